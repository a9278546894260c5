"""A text is cut into the same words by every database, as `engine.fulltext` says."""

import sys
import unicodedata
from typing import Any

import pytest
import sqlalchemy as sa
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tresse.engine.fulltext import LONGEST_WORD, WITHIN, Searched, digits, searched, words
from tresse.engine.types import Text
from tresse.kernel.text import folded
from tresse.objects import database

# PostgreSQL keeps no NUL, and knows letters of later Unicode than Python does.
LETTERS = [
    character
    for character in map(chr, range(1, sys.maxunicode + 1))
    if unicodedata.category(character) not in {"Cn", "Cs", "Co"}
]
EUROPEAN = "azAZ09 .,-_@'’łŁøØđĐðÐßœæąćęéèêëïöüñçšžőțİıſKẞǰŉ\u0300\u0301\u0345\u034f\u00a0´½…\t"  # noqa: RUF001  letters that look alike
TEXTS = [
    "",
    " ",
    "@",
    "Zoé Dupont-Łącka zoe_d@example.org",
    "x" * (LONGEST_WORD + 1),
    f"a {'é' * (LONGEST_WORD + 1)} b",
    f"{'ab ' * 40}{'c' * LONGEST_WORD}",
    f"{'ab ' * 40}{'c' * (LONGEST_WORD + 1)}",
    "a\u0345b",
    "ᾳ",
]


def kept(texts):
    """What the database keeps of each text, and what Python says: sets of words."""
    table = sa.Table(
        "said", sa.MetaData(), sa.Column("id", sa.BigInteger()), sa.Column("value", Text)
    )
    cut: Any = Searched(table.c.value)
    if connection.vendor == "postgresql":
        cut = sa.func.tsvector_to_array(cut)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE said (id bigint, value text)")
        database.load(table, ["id", "value"], list(enumerate(texts)))
        cursor.execute(
            str(sa.select(cut).order_by(table.c.id).compile(dialect=sa.dialects.sqlite.dialect()))
        )
        got = [value for (value,) in cursor.fetchall()]
        cursor.execute("DROP TABLE said")
    return [set(each.split() if isinstance(each, str) else each) for each in got], [
        set(searched(text).split()) for text in texts
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("around", ["{}", "x{}y  {}Z", "é{}ł"])
def test_every_letter_is_cut_as_python_does(around):
    texts = [around.replace("{}", letter) for letter in LETTERS[:: 1 if around == "{}" else 7]]
    got, wanted = kept(texts)
    wrong = [each for each in zip(texts, got, wanted, strict=True) if each[1] != each[2]]
    assert wrong == []


def the_long_way(text):
    """The definition: the folded text, cut where no letter, mark or number stands."""
    cut = "".join(c if unicodedata.category(c)[0] in WITHIN else " " for c in folded(text))
    return [word[:LONGEST_WORD] for word in cut.split()]


@pytest.mark.parametrize("around", ["{}", "x{}y  {}Z", "é{}ł"])
def test_the_short_way_cuts_every_letter_as_the_long_one(around):
    texts = [around.replace("{}", letter) for letter in LETTERS]
    assert [text for text in texts if words(text) != the_long_way(text)] == []


@given(text=st.text(st.sampled_from(EUROPEAN), max_size=90) | st.text(st.sampled_from(LETTERS)))
def test_the_short_way_cuts_any_text_as_the_long_one(text):
    assert words(text) == the_long_way(text)


@pytest.mark.django_db
def test_known_texts_are_cut_as_python_does():
    got, wanted = kept(TEXTS)
    assert got == wanted


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(
        st.text(st.sampled_from(EUROPEAN), max_size=90) | st.text(st.sampled_from(LETTERS)),
        min_size=1,
        max_size=40,
    )
)
def test_any_text_is_cut_as_python_does(texts):
    got, wanted = kept(texts)
    assert got == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["+48 600 100 200", "0048600", "+1 555", "600-100", "", "+"])
def test_digits_of_a_phone_are_the_same(phone):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tresse_digits(%s)", [phone])
        assert cursor.fetchone()[0].split() == digits(phone).split()
