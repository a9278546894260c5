"""Taking merges apart after something happened (C64)."""

import pytest

from tresse.kernel.errors import TresseError
from tresse.records.changes import (
    create_record,
    delete_records,
    link_records,
    log_activity,
    merge_records,
    remove_other_value,
    unlink_records,
    unmerge_records,
    update_record,
)
from tresse.records.links import linked
from tresse.records.queries import history_of, record


@pytest.fixture
def contact(model):
    return model.object("contact")


@pytest.fixture
def pair(make):
    """Two contacts that are one person."""
    one = make("contact", first_name="Anna", email="anna@ex.org")
    two = make("contact", first_name="Ania", email="ania@ex.org", city="Lyon")
    return one, two


@pytest.fixture
def apart(model, contact, pair, ada):
    """Merges the pair; answers what takes it apart again."""
    one, two = pair
    merge_records(model, contact, one, [two], actor=ada)
    return lambda **more: unmerge_records(model, contact, one, actor=ada, **more)


def test_later_values_stay_with_the_survivor(model, contact, pair, apart, ada):
    """C64: and are listed; the other one gets its own back."""
    one, two = pair
    update_record(model, contact, one, values={"city": "Paris"}, actor=ada)
    told = apart()
    assert record(model, contact, one, ada).values["city"] == "Paris"
    assert record(model, contact, two, ada).values["city"] == "Lyon"
    [kept] = told.kept_with_survivor
    assert (kept["sort"], kept["property"], kept["value"]) == ("value", "city", "Paris")


def test_values_go_back_with_a_line_of_history(contact, pair, apart, ada):
    """C25: source unmerge."""
    one, _ = pair
    apart()
    back, there = history_of(contact, one, ada, name="city")
    assert (back.old, back.new, back.source) == ("Lyon", None, "unmerge")
    assert there.source == "merge"


def test_later_links_and_activities_stay_with_the_survivor(
    model, contact, pair, apart, make, side, ada
):
    """C64."""
    one, two = pair
    acme = make("company", name="Acme")
    link_records(model, side("contact", "company"), [(one, acme)], actor=ada)
    note = log_activity(model, "note", [(contact, one)], fields={"text": "x"}, actor=ada)
    told = apart()
    assert {(each["sort"], each["id"]) for each in told.kept_with_survivor} == {
        ("link", acme),
        ("activity", note),
    }
    assert [each["id"] for each in linked(model, side("contact", "company"), one, ada)] == [acme]
    assert linked(model, side("contact", "company"), two, ada) == []
    assert record(model, contact, one, ada).values["activity_count"] == 1


def test_a_link_taken_away_later_comes_back_to_the_other_one_only(model, contact, make, side, ada):
    """C64: each of the others is as it was."""
    acme, works = make("company", name="Acme"), side("contact", "company")
    one = make("contact", last_name="One")
    two = make("contact", last_name="Two", links=[(works, acme)])
    merge_records(model, contact, one, [two], actor=ada)
    unlink_records(model, works, [(one, acme)], actor=ada)
    unmerge_records(model, contact, one, actor=ada)
    assert linked(model, works, one, ada) == []
    assert [each["id"] for each in linked(model, works, two, ada)] == [acme]


def test_a_unique_value_taken_meanwhile_stays_empty(model, contact, pair, apart, ada):
    """C64: and is listed, with who has it."""
    one, two = pair
    remove_other_value(model, contact, one, name="email", value="ania@ex.org", actor=ada)
    bob = create_record(model, contact, values={"email": "ania@ex.org"}, actor=ada)
    told = apart()
    assert record(model, contact, two, ada).values["email"] is None
    [conflict] = told.conflicts
    assert (conflict["record"], conflict["property"], conflict["held_by"]) == (two, "email", bob)
    [change] = history_of(contact, two, ada, name="email")
    assert (change.old, change.new, change.source) == ("ania@ex.org", None, "unmerge")


def test_the_survivor_may_keep_a_value_of_the_other_one(model, contact, pair, apart, ada):
    """C64: it was made the main one after the merge."""
    one, two = pair
    update_record(model, contact, one, values={"email": "ania@ex.org"}, actor=ada)
    told = apart()
    assert record(model, contact, one, ada).values["email"] == "ania@ex.org"
    assert record(model, contact, two, ada).values["email"] is None
    assert [each["held_by"] for each in told.conflicts] == [one]


def test_a_place_taken_meanwhile_leaves_the_link_away(model, contact, make, side, ada):
    """C37, C64: the order has another contact now."""
    to = side("order", "contact")
    one, two, bob = (make("contact", last_name=name) for name in ("One", "Two", "Bob"))
    order = make("order", order_number="1", ordered_at="2026-01-01", links=[(to, two)])
    merge_records(model, contact, one, [two], actor=ada)
    link_records(model, to, [(order, bob)], actor=ada, mode="replace")
    told = unmerge_records(model, contact, one, actor=ada)
    assert [each["id"] for each in linked(model, to, order, ada)] == [bob]
    assert told.conflicts == (
        {"sort": "link", "relation": "order_contact", "from": order, "to": two},
    )


def test_a_dry_run_writes_nothing(model, contact, pair, apart, ada):
    """C64."""
    one, two = pair
    assert apart(dry_run=True).records == (two,)
    assert record(model, contact, one, ada).values["city"] == "Lyon"
    assert apart().records == (two,)


def test_merges_are_taken_apart_the_last_one_first(model, contact, pair, apart, make, ada):
    """C64: naming the record of an earlier merge says so."""
    one, two = pair
    three = make("contact", last_name="Three")
    merge_records(model, contact, one, [three], actor=ada)
    with pytest.raises(TresseError) as refused:
        unmerge_records(model, contact, two, actor=ada)
    assert refused.value.code == "merged_later"
    assert apart().records == (three,)
    assert apart().records == (two,)
    with pytest.raises(TresseError) as refused:
        apart()
    assert refused.value.code == "not_merged"


def test_merges_within_merges_come_apart(model, contact, pair, apart, make, ada):
    """C64, C42: the survivor went into another one; each id leads to where it belongs."""
    one, two = pair
    three = make("contact", last_name="Three")
    merge_records(model, contact, three, [one], actor=ada)
    unmerge_records(model, contact, three, actor=ada)
    with pytest.raises(TresseError) as refused:
        record(model, contact, two, ada)
    assert refused.value.details["survivor_id"] == one
    assert apart().records == (two,)


def test_nothing_is_taken_apart_while_the_survivor_is_in_the_bin(model, contact, pair, apart, ada):
    """C64: while the survivor exists."""
    delete_records(model, contact, [pair[0]], actor=ada)
    with pytest.raises(TresseError) as refused:
        apart()
    assert refused.value.code == "record_in_bin"


def test_taking_apart_needs_the_right(model, contact, pair, apart, rea):  # noqa: ARG001
    """C106."""
    with pytest.raises(TresseError) as refused:
        unmerge_records(model, contact, pair[0], actor=rea)
    assert refused.value.code == "not_permitted"


def test_an_id_out_of_sight_says_nothing_of_the_survivor(model, contact, make, ada, mia):
    """C108: a merged record of somebody else answers as an id that does not exist."""
    one, two = (make("contact", last_name=name, owner=ada.email) for name in ("One", "Two"))
    merge_records(model, contact, one, [two], actor=ada)

    with pytest.raises(TresseError) as refused:
        unmerge_records(model, contact, two, actor=mia)

    assert refused.value.code == "record_not_found"
    assert refused.value.details["id"] == two
