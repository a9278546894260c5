"""Segments: a filter under a name (G50, G51, G56, G60), and conditions that name one (G30)."""

import pytest

from tests.segments.conftest import FRENCH
from tresse.accounts.actor import Rights
from tresse.filters import checked, words
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property, archive_property, delete_property
from tresse.objects.definitions import apply_file
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named, property_named
from tresse.records.changes import update_record
from tresse.segments.changes import (
    add_list,
    add_segment,
    change_segment,
    delete_segment,
    effect_of,
)
from tresse.segments.definitions import read_lists, read_segments
from tresse.segments.models import Segment


def refused(error):
    return error.value.code


@pytest.mark.usefixtures("french")
def test_a_segment_is_its_filter_read_now(model, ada, make, ids_of):
    """G51"""
    anna, bob = make("contact", first_name="Anna", country="FR"), make("contact", first_name="Bob")

    assert ids_of({"segment": "french"}) == [anna]
    update_record(model, model.object("contact"), bob, values={"country": "FR"}, actor=ada)
    assert ids_of({"segment": "french"}) == [anna, bob]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"segment": "french"}, ["Anna"]),
        ({"segment": "french", "operator": "is_not_in"}, ["Bob", "Empty"]),
        ({"not": {"segment": "french"}}, ["Bob", "Empty"]),
        ({"not": {"segment": "french", "operator": "is_not_in"}}, ["Anna"]),
    ],
    ids=["in", "not in", "not", "not not in"],
)
def test_a_segment_is_a_condition(make, french, ids_of, filter, found):  # noqa: ARG001
    """G2, G30, G37: and its complement is exact"""
    people = {
        "Anna": make("contact", first_name="Anna", country="FR"),
        "Bob": make("contact", first_name="Bob", country="PL"),
        "Empty": make("contact", first_name="Empty"),
    }

    assert ids_of(filter) == [people[name] for name in found]


@pytest.mark.parametrize(
    ("filter", "code", "sentence"),
    [
        ({"segment": "frnch"}, "unknown_reference", 'There is no segment "frnch". Did you mean'),
        ({"list": "vipp"}, "unknown_reference", 'There is no list "vipp"'),
        ({"segment": 7}, "bad_filter", '"segment" needs the name of a segment, not 7.'),
        ({"segment": "french", "operator": "in"}, "unknown_operator", "is_in, is_not_in"),
        ({"segment": "big"}, "wrong_base", "Big is made of companies, not of contacts."),
        ({"property": "owner", "operator": "is", "value": "me"}, "wrong_value", "me"),
        ({"property": "owner", "operator": "is_any_of", "value": ["my_teams"]}, "wrong_value", ""),
        ({"any": []}, "bad_filter", ""),
        ({"list": "vip", "since": 1}, "unknown_key", '"since" is not a key'),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.usefixtures("french", "vip")
def test_refuses_a_filter_that_no_segment_can_have(
    model,
    ada,
    filter,
    code,
    sentence,
):
    """G6, G10, G30, G61"""
    add_segment(base="company", name="big", filter={"all": []}, model=model, actor=ada)

    with pytest.raises(TresseError) as error:
        add_segment(base="contact", label="New", filter=filter, model=model, actor=ada)

    assert refused(error) == code
    assert sentence in error.value.message


def test_segments_name_each_other_without_a_circle(model, ada, french):
    """G30"""
    outer = add_segment(
        base="contact", label="Outer", filter={"segment": "french"}, model=model, actor=ada
    )
    add_segment(base="contact", label="Top", filter={"segment": "outer"}, model=model, actor=ada)

    with pytest.raises(TresseError, match="French uses Outer, which leads back to French") as error:
        change_segment(french, filter={"segment": "top"}, model=model, actor=ada)
    assert refused(error) == "segment_cycle"
    with pytest.raises(TresseError) as error:
        change_segment(outer, filter={"segment": "outer"}, model=model, actor=ada)
    assert refused(error) == "segment_cycle"


def test_segments_name_each_other_five_deep_at_most(model, ada, french, ids_of, make):  # noqa: ARG001
    """G30"""
    make("contact", first_name="Anna", country="FR")
    below = "french"
    for number in range(2, 6):
        below = f"level_{number}"
        inner = "french" if number == 2 else f"level_{number - 1}"
        filter = {"segment": inner}
        add_segment(base="contact", name=below, filter=filter, model=model, actor=ada)

    assert len(ids_of({"segment": "level_5"})) == 1
    with pytest.raises(TresseError, match="6 deep; the most is 5"):
        add_segment(
            base="contact", label="Six", filter={"segment": "level_5"}, model=model, actor=ada
        )


def test_segments_that_name_each_other_many_times_stay_in_bounds(model, ada, french):  # noqa: ARG001
    """G31: what is named counts too, or five levels would make millions of conditions"""
    wide = {"any": [{"segment": "french"}] * 40}
    add_segment(base="contact", name="wide", filter=wide, model=model, actor=ada)

    with pytest.raises(TresseError) as error:
        add_segment(
            base="contact",
            name="wider",
            filter={"any": [{"segment": "wide"}] * 40},
            model=model,
            actor=ada,
        )

    assert refused(error) == "filter_too_large"


def test_a_segment_hides_what_its_reader_may_not_read(model, ada, rea, french, make, ids_of):
    """G38, C109: no rows, and it says why"""
    make("contact", first_name="Anna", country="FR")
    change_segment(french, sharing="everyone", model=model, actor=ada)
    rights = rea.rights
    blind = Rights(rights.objects, {"contact": {"country": "none"}}, rights.general)
    object.__setattr__(rea, "rights", blind)

    with pytest.raises(TresseError) as error:
        ids_of({"segment": "french"}, actor=rea)

    assert refused(error) == "unknown_property"
    assert error.value.details["faults"][0]["place"] == "segment"


def test_linked_records_count_whoever_looks(model, ada, mia, make, side, ids_of):
    """G24: a segment runs without a person"""
    company = make("company", name="Iron")
    anna = make(
        "contact",
        first_name="Anna",
        owner="mia@example.com",
        links=[(side("contact", "company"), company)],
    )
    add_segment(
        base="contact",
        name="of_iron",
        sharing="everyone",
        filter={
            "linked": "company",
            "filter": {"property": "name", "operator": "is", "value": "Iron"},
        },
        model=model,
        actor=ada,
    )
    objects = {**mia.rights.objects, "company": {"view": "own"}}
    object.__setattr__(mia, "rights", Rights(objects, {}, mia.rights.general))
    update_record(
        model, model.object("company"), company, values={"owner": "ada@example.com"}, actor=ada
    )

    assert ids_of({"segment": "of_iron"}, actor=mia) == [anna]


def test_says_a_membership_in_words(model, ada, french, vip):  # noqa: ARG001
    """G40"""
    filter = {"all": [{"list": "vip"}, {"segment": "french", "operator": "is_not_in"}]}

    said = words(checked(filter, model.object("contact"), model=model, actor=ada))

    assert said == "is on the list VIP and is not in the segment French"


def test_a_changed_filter_first_says_who_enters_and_leaves(model, ada, french, make):
    """G56"""
    make("contact", first_name="Anna", country="FR")
    for name in ("Bob", "Cid"):
        make("contact", first_name=name, country="PL")
    add_segment(base="contact", label="All", filter={"segment": "french"}, model=model, actor=ada)
    polish = {"property": "country", "operator": "is", "value": "PL"}

    effect = effect_of(french, polish, model=model, actor=ada)

    assert (effect.enter, effect.leave, effect.users) == (2, 1, ['segment "All"'])


def test_two_who_change_a_segment_do_not_overwrite_each_other(model, ada, french):
    """G56"""
    change_segment(french, label="In France", version=1, model=model, actor=ada)

    with pytest.raises(TresseError) as error:
        change_segment(french, label="Français", version=1, model=model, actor=ada)

    assert refused(error) == "changed_meanwhile"


def test_a_segment_in_use_is_not_deleted_but_renamed(model, ada, french, ids_of):
    """G60: renaming its label changes nothing"""
    add_segment(base="contact", label="All", filter={"segment": "french"}, model=model, actor=ada)

    with pytest.raises(TresseError, match='French is used by segment "All"') as error:
        delete_segment(french, actor=ada)

    assert refused(error) == "in_use"
    change_segment(french, label="People of France", model=model, actor=ada)
    assert ids_of({"segment": "all"}) == []


def test_a_property_that_a_segment_reads_is_in_use(model, ada):  # noqa: ARG001
    """C33, G60"""
    contact = object_type_named("contact")
    add_property(contact, name="shoe", label="Shoe", kind="integer", actor=ada)
    row = property_named(contact, "shoe")
    filter = {"property": "shoe", "operator": "at_least", "value": 40}
    add_segment(base="contact", label="Large feet", filter=filter, model=data_model(), actor=ada)

    archive_property(row, actor=ada)
    row.refresh_from_db()

    with pytest.raises(TresseError, match='segment "Large feet"'):
        delete_property(row, actor=ada, typed_label="Shoe")


def test_lists_and_segments_are_applied_and_printed_as_yaml(model, ada):  # noqa: ARG001
    """G50, G67: idempotent, and what `config` prints changes nothing"""
    asked = {
        "segments": [
            {"name": "both", "base": "contact", "filter": {"segment": "fr"}},
            {"name": "fr", "base": "contact", "label": "Customers in France", "filter": FRENCH},
        ][::-1],
        "lists": [{"name": "vip", "base": "contact", "label": "VIP"}],
    }

    first = apply_file(asked, ada)
    second = apply_file({"segments": read_segments(), "lists": read_lists()}, ada)

    assert first["created"] == ["lists vip", "segments fr", "segments both"]
    assert second["unchanged"] == ["lists vip", "segments fr", "segments both"]
    assert read_segments()[0]["name"] == "fr"
    assert Segment.objects.get(name="fr").filter == FRENCH


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"name": "x", "base": "contact", "filtre": {}}, "unknown_key"),
        ({"name": "x", "filter": FRENCH}, "wrong_value"),
        ({"name": "french", "base": "company"}, "wrong_base"),
        ({"name": "x", "base": "kontact"}, "unknown_reference"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_refuses_a_file_that_names_no_segment(ada, french, item, code):  # noqa: ARG001
    """G50"""
    with pytest.raises(TresseError) as error:
        apply_file({"segments": [item]}, ada)

    assert refused(error) == code


def test_a_list_over_another_object_is_refused(model, ada):
    """G61"""
    add_list(base="company", name="firms", model=model, actor=ada)

    with pytest.raises(TresseError, match="Firms is made of companies, not of contacts") as error:
        checked({"list": "firms"}, model.object("contact"), model=model, actor=ada)

    assert refused(error) == "wrong_base"
