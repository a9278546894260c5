"""Searching by words: prefixes of folded words, phones by digits, exact ids (C88)."""

import pytest

from tresse.accounts.actor import Actor
from tresse.records.changes import delete_records, update_record
from tresse.records.lists import listed


@pytest.fixture
def people(make):
    """Three contacts whose names fold."""
    return [
        make("contact", first_name="Łukasz", last_name="Żółtowski", email="lukasz@gdkawa.pl"),
        make("contact", first_name="Élodie", last_name="Brasseur-Œuvrard", phone="+33612345678"),
        make("contact", first_name="Anna", last_name="Nowak", email="anna.nowak@example.org"),
    ]


def found(model, actor: Actor, words: str, object: str = "contact") -> list[int]:
    return [
        each.id for each in listed(model, model.object(object), actor=actor, words=words).records
    ]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("luk", 0),
        ("zolt", 0),
        ("ŻÓŁ luk", 0),
        ("gdkawa", 0),
        ("elod bras", 1),
        ("oeuvr", 1),
        ("06 12 34", 1),
        ("0612345", 1),
        ("+33 6 12", 1),
        ("612345678", 1),
        ("33612345678", 1),
        ("0033 6 12", 1),
        ("anna.now", 2),
        ("nowak anna", 2),
        ("anna.nowak@example.org", 2),
    ],
)
def test_every_word_begins_a_word(model, ada, people, words, place):
    """C88: folded prefixes; digits match phones however they are written."""
    assert found(model, ada, words) == [people[place]]


@pytest.mark.parametrize(
    "words", ["owak", "anna luk", "99", "@", "€ ", '"', "a'b", "^anno%", "x" * 700]
)
@pytest.mark.usefixtures("people")
def test_other_words_find_nothing(model, ada, words):
    """C88: the middle of a word is not its beginning; hostile texts are texts."""
    assert found(model, ada, words) == []


def test_an_id_finds_its_record(model, ada, people):
    """C88: a whole id finds exactly."""
    assert found(model, ada, str(people[1])) == [people[1]]


def test_a_search_follows_every_change(model, ada, people):
    """C88: what is written can be found at once, and no longer what was there before."""
    contact = model.object("contact")

    update_record(model, contact, people[2], values={"last_name": "Zając"}, actor=ada)

    assert found(model, ada, "zajac") == [people[2]]
    assert found(model, ada, "now") == [people[2]]  # the e-mail still begins so
    update_record(model, contact, people[2], values={"email": None}, actor=ada)
    assert found(model, ada, "now") == []
    delete_records(model, contact, [people[2]], actor=ada)
    assert found(model, ada, "zajac") == []
