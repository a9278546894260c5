"""Rows that go: modes, nulls, brakes, and what a person decides (Y25, Y26, Y44, Y45)."""

import pytest

from tests.syncs.worlds import (
    change,
    contacts,
    counts,
    ended,
    looked,
    people,
    republish,
    sent,
    state,
    sync_to_crm,
)
from tresse.accounts.actor import SYSTEM
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.syncs.changes.runs import cancel, confirm
from tresse.syncs.models import SyncRun
from tresse.syncs.reported import brakes_of

KEYED = {"key": {"email": "email"}, "match": None, "columns": [{"from": "city"}]}


def row(number, **more):
    return {"_id": f"g{number}", "email": f"p{number}@x.fr", "last_name": f"N {number}", **more}


@pytest.fixture
def dataset():
    return people({"id": "1", "email": "p@x.fr", "last_name": "P"})


def through(run):
    run, job = confirm(run, actor=SYSTEM)
    run_here(job)
    return ended(run)


def test_mirror_removes_and_the_others_do_not(dataset):
    """Y24, Y45: rows that go are deleted by `mirror` alone; a record goes to the bin."""
    mirror = sync_to_crm(dataset, name="mirror", mode="mirror", columns=[{"from": "email"}])
    republish(dataset, [row(1), row(2)])
    sent(mirror)
    republish(dataset, [row(1)])

    seen, run = looked(mirror), sent(mirror)

    assert counts(run) == counts(seen) == {"removed": 1, "unchanged": 1}
    assert [each["email"] for each in contacts()] == ["p1@x.fr"]
    assert len(state(mirror)) == 1


@pytest.mark.parametrize(
    ("removed", "left"), [("empty", None), ({"set": {"city": "gone"}}, "gone")]
)
def test_rows_that_go_may_be_emptied_or_marked(dataset, removed, left):
    """Y45: `empty` takes away what was sent, `set` says that the row is gone."""
    columns = [{"from": "email"}, {"from": "last_name"}, {"from": "city"}]
    chosen = columns[1:] if removed == "empty" else columns
    sync = sync_to_crm(
        dataset,
        mode="mirror",
        removed=removed,
        columns=chosen,
        **({"key": {"email": "email"}} if removed == "empty" else {}),
    )
    republish(dataset, [row(1, city="Lyon"), row(2, city="Paris")])
    sent(sync)
    republish(dataset, [row(1, city="Lyon")])

    run = sent(sync)

    assert counts(run)["removed"] + run.facts.get("not_removed", 0) == 1
    cities = [each["city"] for each in contacts()]
    assert len(cities) == 2
    if removed != "empty":
        assert cities == ["Lyon", left]


def test_too_many_removals_wait_for_a_person(dataset):
    """Y31, Y45: all else is sent; confirmed for that version, they are removed."""
    sync = sync_to_crm(dataset, mode="mirror", columns=[{"from": "email"}, {"from": "city"}])
    republish(dataset, [row(n) for n in range(40)])
    sent(sync)
    republish(dataset, [row(n, city="Nice") for n in range(10)])

    seen, held = looked(sync), sent(sync)
    done = through(held)

    [brake] = brakes_of(seen)
    assert [each["code"] for each in seen.facts["brakes"]] == ["delete_brake"]
    assert "A run would send the others, and wait" in brake
    assert "were sent" not in brake
    assert (held.state, held.code, counts(held)) == ("held", "delete_brake", {"changed": 10})
    assert (done.pk, done.state, done.removed, done.changed) == (held.pk, "done", 30, 10)
    assert len(contacts()) == 10


def test_a_run_that_is_held_may_be_dropped_or_be_too_old(dataset):
    """Y41, Y45: a person drops it; a newer version has to be looked at anew."""
    sync = sync_to_crm(dataset, mode="mirror", columns=[{"from": "email"}])
    republish(dataset, [row(n) for n in range(40)])
    sent(sync)
    republish(dataset, [row(n) for n in range(10)])
    held = sent(sync)
    republish(dataset, [row(n) for n in range(9)])

    with pytest.raises(TresseError) as refused:
        confirm(held, actor=SYSTEM)
    cancel(held, actor=SYSTEM)

    assert refused.value.code == "held_outdated"
    assert SyncRun.objects.get(pk=held.pk).state == "cancelled"
    assert len(contacts()) == 40


def test_nulls_are_skipped_or_erase(dataset):
    """Y44: by default the value there stands, and the row counts as if it still had it."""
    columns = [{"from": "email"}, {"from": "city"}, {"from": "first_name", "nulls": "erase"}]
    sync = sync_to_crm(dataset, columns=columns)
    republish(dataset, [row(1, city="Lyon", first_name="Ada")])
    sent(sync)
    republish(dataset, [row(1, first_name="Ada")])
    skipped = sent(sync)
    again = sent(sync)
    republish(dataset, [row(1)])
    erased = sent(sync)

    assert counts(skipped) == counts(again) == {"unchanged": 1}
    assert counts(erased) == {"changed": 1}
    assert [(each["city"], each["first_name"]) for each in contacts()] == [("Lyon", None)]
    assert list(state(sync).values()) == [{"email": "p1@x.fr", "city": "Lyon"}]


def test_too_many_emptied_values_stop_a_run_before_it_sends(dataset):
    """Y31, Y44: the brake `emptied` asks first; nothing was written."""
    columns = [{"from": "email"}, {"from": "city", "nulls": "erase"}]
    sync = sync_to_crm(dataset, columns=columns)
    republish(dataset, [row(n, city="Lyon") for n in range(50)])
    sent(sync)
    republish(dataset, [row(n) for n in range(50)])

    seen, held = looked(sync), sent(sync)
    before = {each["city"] for each in contacts()}
    done = through(held)

    [brake] = brakes_of(seen)
    assert [each["code"] for each in seen.facts["brakes"]] == ["emptied_brake"]
    assert "A run would send nothing" in brake
    assert "was sent" not in brake
    assert (held.state, held.code, counts(held)) == ("held", "emptied_brake", {})
    assert held.facts["waiting"] == 50
    assert before == {"Lyon"}
    assert counts(done) == {"changed": 50}
    assert {each["city"] for each in contacts()} == {None}


def test_another_key_of_one_golden_record_changes_its_row(dataset):
    """Y25: the golden record keeps its id, so its record of the CRM is changed, not made anew."""
    sync = sync_to_crm(dataset, **KEYED)
    republish(dataset, [row(1, city="Lyon")])
    sent(sync)
    republish(dataset, [row(1, city="Lyon", email="new@x.fr")])

    run = sent(sync)

    assert counts(run) == {"changed": 1}
    assert [each["email"] for each in contacts()] == ["new@x.fr"]
    assert list(state(sync)) == ["new@x.fr"]


def test_merged_rows_are_told_of(dataset):  # noqa: ARG001  made by it
    """Y26: the survivor's row is sent; what was sent for the other stays, and is counted."""
    first = {"id": "1", "email": "p1@x.fr", "last_name": "One"}
    second = {"id": "2", "email": "p2@x.fr", "last_name": "Two"}
    two = people(first, second, source="till", name="merging")
    sync = sync_to_crm(two, name="merging", columns=[{"from": "last_name"}])
    sent(sync)
    change(two, first, {**second, "email": "p1@x.fr"}, source="till")

    run = sent(sync)

    assert run.facts["merged_since"] == 1
    assert len(contacts()) == 2
