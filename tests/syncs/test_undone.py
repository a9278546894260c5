"""Runs that are taken back: the sync is paused, and what it holds for sent follows (Y4, Y20)."""

import pytest

from tests.datasets.builds.worlds import built
from tests.syncs.test_doors import tresse
from tests.syncs.worlds import (
    change,
    contacts,
    counts,
    faults,
    looked,
    people,
    read_crm,
    republish,
    sent,
    state,
    sync_to_crm,
    with_crm,
)
from tresse.accounts.actor import SYSTEM
from tresse.objects.described import data_model
from tresse.records.changes import delete_records, update_record
from tresse.syncs.changes.runs import start
from tresse.syncs.changes.syncs import activate_sync
from tresse.syncs.models import Sync, SyncRun, SyncState

COLUMNS = [{"from": "email"}, {"from": "last_name"}, {"from": "city"}]


def person(number, **more):
    return {"id": str(number), "email": f"p{number}@x.fr", "last_name": f"N {number}", **more}


def row(number, **more):
    return {"_id": f"g{number}", "email": f"p{number}@x.fr", "last_name": f"N {number}", **more}


def undo(run):
    code, undone = tresse("undo", f"sync:{run.pk}")
    assert code == 0, undone
    return undone


def resumed(sync):
    activate_sync(Sync.objects.get(pk=sync.pk), actor=SYSTEM)
    return sent(sync)


@pytest.mark.parametrize("at_once", [1_000, 0])
def test_records_that_a_run_made_are_made_again_once_it_is_switched_on(house, monkeypatch, at_once):
    """Y4, Y20: the undo pauses the sync and says why; its rows are forgotten, so they are added."""
    # A large undo is a job, in several transactions.
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", at_once)
    sync = sync_to_crm(people(person(1, city="Lyon"), person(2)), columns=COLUMNS)
    run = sent(sync)
    undone = undo(run)
    paused = Sync.objects.get(pk=sync.pk)
    left, known = contacts(), state(sync)
    seen = looked(sync)
    again = resumed(sync)

    assert undone["reversed"] == 2
    assert (paused.state, paused.code) == ("paused", "run_undone")
    assert paused.details == {"run": str(run.pk), "person": house.ada.name}
    assert (left, known, paused.has_sent) == ([], {}, False)
    assert SyncRun.objects.get(pk=run.pk).facts["taken_back"] == 2
    assert counts(seen) == counts(again) == {"added": 2}, faults(sync)
    assert [each["city"] for each in contacts()] == ["Lyon", None]


def test_values_that_a_run_changed_are_sent_again_and_edited_ones_are_not(house):
    """Y20: the state says what the records hold again; what somebody edited since stays."""
    dataset = people(person(1, city="Lyon"), person(2, city="Lyon"), person(3))
    sync = sync_to_crm(dataset, match=None, columns=COLUMNS)
    sent(sync)
    change(dataset, person(1, city="Nice"), person(2, city="Nice"), person(3, city="Nice"))
    run = sent(sync)
    second = contacts()[1]["id"]
    update_record(
        data_model(),
        data_model().object("contact"),
        second,
        values={"city": "Metz"},
        actor=house.ada,
    )
    undo(run)
    cities, known = [each["city"] for each in contacts()], state(sync)
    seen = looked(sync)
    again = resumed(sync)

    assert counts(run) == {"changed": 3}
    assert cities == ["Lyon", "Metz", None]
    assert sorted(each.get("city", "") for each in known.values()) == ["", "Lyon", "Nice"]
    assert counts(seen) == counts(again) == {"changed": 2, "unchanged": 1}
    assert [each["city"] for each in contacts()] == ["Nice", "Metz", "Nice"]
    assert len({each["id"] for each in contacts()}) == 3


def test_what_was_taken_back_is_no_newer_value_of_somebody(house):
    """Y46: read by the dataset before the undo, it is sent again, not left as edited since."""
    known = house.make("contact", email="p1@x.fr", last_name="Roe", city="Metz")
    dataset = with_crm(person(1, first_name="Ada"), identity={"keys": [["email"]]})
    columns = [{"from": "email"}, {"from": "first_name"}]
    sync = sync_to_crm(dataset, match=None, columns=columns)
    run = sent(sync)
    undo(run)
    before = contacts("email", "first_name")
    again = resumed(sync)

    assert (counts(run), run.is_first) == ({"added": 1}, True)
    assert before == [{"id": known, "email": "p1@x.fr", "first_name": None}]
    assert (counts(again), again.is_first) == ({"changed": 1}, True)
    assert "kept_newer" not in again.facts
    assert contacts("first_name") == [{"id": known, "first_name": "Ada"}]


def test_a_member_that_the_sync_made_itself_is_made_anew_after_an_undo(house):
    """Y50: the version has read it already; in the bin by the undo, it is no record of anybody."""
    dataset = with_crm(person(1), identity={"keys": [["email"]]})
    sync = sync_to_crm(dataset, match=None, columns=COLUMNS)
    run = sent(sync)
    read_crm()
    built(dataset)
    undo(run)
    again = resumed(sync)
    [made] = contacts()
    delete_records(data_model(), data_model().object("contact"), [made["id"]], actor=house.ada)
    SyncState.objects.update(asked="", values="{}")
    binned = sent(sync)

    assert counts(again) == {"added": 1}, faults(sync)
    assert counts(binned) == {"failed": 1}


def test_rows_that_a_run_removed_are_removed_again(house):  # noqa: ARG001
    """Y45: the record is back from the bin, and the mirror knows it as its own again."""
    sync = sync_to_crm(people(person(1)), mode="mirror", columns=[{"from": "email"}])
    dataset = sync.dataset
    republish(dataset, [row(1), row(2)])
    sent(sync)
    republish(dataset, [row(1)])
    run = sent(sync)
    undo(run)
    back = len(contacts())
    again = resumed(sync)

    assert counts(run) == {"removed": 1, "unchanged": 1}
    assert back == 2
    assert counts(again) == {"removed": 1, "unchanged": 1}
    assert len(contacts()) == 1


def test_a_run_that_waits_is_stopped_by_an_undo(house):  # noqa: ARG001
    """Y4: it would do again at once what is taken back; a check of an undo changes nothing."""
    sync = sync_to_crm(people(person(1)), columns=COLUMNS)
    run = sent(sync)
    sync.refresh_from_db()
    waiting, _job = start(sync, actor=SYSTEM)
    tresse("undo", f"sync:{run.pk}", "--dry-run")
    before = Sync.objects.get(pk=sync.pk).state
    undo(run)

    assert before == "active"
    assert SyncRun.objects.get(pk=waiting.pk).state == "cancelled"
    assert contacts() == []
