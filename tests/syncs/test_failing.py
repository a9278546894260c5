"""Rows that could not be sent: listed, tried again, given up, told of (Y22, Y23, Y37, Y40, Y41)."""

import pytest

from tests.syncs.worlds import (
    contacts,
    counts,
    ended,
    faults,
    listed,
    looked,
    people,
    republish,
    sent,
    sync_to_crm,
)
from tresse.accounts.actor import SYSTEM
from tresse.jobs.models import Notification
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.records.changes import delete_records, purge_records
from tresse.syncs.changes.runs import give_up, retry
from tresse.syncs.limits import STUCK
from tresse.syncs.models import Sync, SyncFault

COLUMNS = [{"from": "email"}, {"from": "last_name"}, {"from": "city", "to": "language"}]
KEYED = {"key": {"email": "email"}, "match": None, "columns": COLUMNS[1:]}


def row(number, **more):
    return {"_id": f"g{number}", "email": f"p{number}@x.fr", "last_name": f"N {number}", **more}


@pytest.fixture
def dataset():
    return people({"id": "1", "email": "p@x.fr", "last_name": "P"})


def test_keys_that_tell_nobody_apart_are_refused(dataset):
    """Y23: no key, a key of several rows (none of them is sent), one that is too long."""
    sync = sync_to_crm(dataset, **KEYED)
    same = {"email": "same@x.fr"}
    long = f"{'x' * 700}@x.fr"
    republish(dataset, [row(1), row(2, **same), row(3, **same), row(4, email=None)])
    run = sent(sync)
    republish(dataset, [row(1), row(5, email=long)])
    later = sent(sync)

    assert counts(run) == {"added": 1, "refused": 3}
    assert sorted(code for _, _, code in listed(run)) == [
        "",
        "key_null",
        "key_repeated",
        "key_repeated",
    ]
    assert counts(later) == {"unchanged": 1, "refused": 1}
    assert [code for _, code, _ in faults(sync)] == ["text_too_long"]


def test_values_that_the_crm_cannot_hold_are_refused_row_by_row(dataset):
    """Y23, Y39: the others of the batch are written; the field and the words are kept."""
    sync = sync_to_crm(dataset, columns=COLUMNS)
    republish(dataset, [row(n, city="fr" if n else "Klingon") for n in range(30)])

    run = sent(sync)

    assert counts(run) == {"added": 29, "refused": 1}
    fault = SyncFault.objects.get(sync=sync)
    assert (fault.field, fault.code, fault.status) == ("language", "invalid_option", "refused")
    assert "Klingon" in str(fault.details)


def test_a_run_that_only_refuses_writes_nothing(dataset):
    """Y64: rows that are refused again are no call, and leave nothing to take back."""
    sync = sync_to_crm(dataset, columns=COLUMNS)
    republish(dataset, [row(1), row(2, city="Klingon")])
    first, second = sent(sync), sent(sync)

    assert (first.calls, second.calls) == (1, 0)
    assert (first.change_set_id is None, second.change_set_id) == (False, None)
    assert counts(second) == {"unchanged": 1, "refused": 1}
    assert listed(second) == [("added", "refused", "invalid_option")]
    assert faults(sync)[0][2] == 2


def test_a_row_without_any_value_makes_no_record(dataset):
    """Y23, Y50: an external id alone tells nobody; the row is refused, by preview and run."""
    sync = sync_to_crm(dataset, match=None, columns=[{"from": "city"}])
    republish(dataset, [row(1, city="Lyon"), row(2)])
    seen, run = looked(sync), sent(sync)
    republish(dataset, [row(1), row(2, city="Nice")])
    later = sent(sync)

    assert counts(seen) == counts(run) == {"added": 1, "refused": 1}
    assert listed(run) == [("added", "sent", ""), ("added", "refused", "nothing_to_identify")]
    assert counts(later) == {"added": 1, "unchanged": 1}
    assert [each["city"] for each in contacts()] == ["Lyon", "Nice"]


def test_a_record_that_was_made_of_a_row_is_lost_and_its_values_too(house, dataset):
    """Y23: purged since, it is not made anew of a row that holds nothing any more."""
    sync = sync_to_crm(dataset, match=None, columns=[{"from": "city", "nulls": "erase"}])
    republish(dataset, [row(1, city="Lyon")])
    sent(sync)
    model, [made] = data_model(), contacts()
    delete_records(model, model.object("contact"), [made["id"]], actor=house.ada)
    purge_records(model, model.object("contact"), [made["id"]], number=1, actor=house.ada)
    republish(dataset, [row(1)])

    run = sent(sync)

    assert counts(run) == {"refused": 1}
    assert listed(run) == [("changed", "refused", "nothing_to_identify")]


def test_a_unique_value_of_another_record_fails_until_it_is_free(house, dataset):
    """Y22, Y37, Y40: a row that was never acknowledged stays added, however often it was tried."""
    house.make("contact", email="p1@x.fr", last_name="Holder")
    sync = sync_to_crm(dataset, match=None, columns=COLUMNS)
    republish(dataset, [row(1), row(2)])
    first, second = sent(sync), sent(sync)
    republish(dataset, [row(1, email="free@x.fr"), row(2)])
    third = sent(sync)

    assert counts(first) == {"added": 1, "failed": 1}
    assert counts(second) == {"unchanged": 1, "failed": 1, "retried": 1}
    assert counts(third) == {"added": 1, "unchanged": 1, "retried": 1}
    assert faults(sync) == []


def test_a_row_that_is_given_up_is_left_until_somebody_tries_it(house, dataset):
    """Y66: it counts as refused with the reason; *Try now* sends it alone."""
    holder = house.make("contact", email="p1@x.fr", last_name="Holder")
    sync = sync_to_crm(dataset, match=None, columns=COLUMNS)
    republish(dataset, [row(1), row(2)])
    sent(sync)
    give_up(sync, ["g1"], reason="A double.", actor=house.ada)
    left = sent(sync)
    delete_records(data_model(), data_model().object("contact"), [holder], actor=house.ada)
    run, job = retry(Sync.objects.get(pk=sync.pk), actor=house.ada, keys=["g1"])
    run_here(job)
    tried = ended(run)

    assert counts(left) == {"unchanged": 1, "refused": 1}
    assert listed(left) == [("added", "refused", "given_up")]
    assert counts(tried)["added"] == 1
    assert tried.rows == 1
    assert {each["email"] for each in contacts()} == {"p1@x.fr", "p2@x.fr"}
    with pytest.raises(TresseError) as refused:
        give_up(sync, ["nobody"], reason="x", actor=SYSTEM)
    assert refused.value.code == "unknown_name"


def test_the_owner_is_told_once_of_each_state(house, dataset):
    """Y41, Y63: partial, many failed, stuck; not again while it stays so."""
    house.make("contact", email="p1@x.fr", last_name="Holder")
    sync = sync_to_crm(dataset, match=None, columns=COLUMNS)
    Sync.objects.filter(pk=sync.pk).update(owner_id=house.ada.user_id)
    republish(dataset, [row(1), row(2)])
    sent(sync)
    sent(sync)
    SyncFault.objects.filter(sync=sync).update(tries=STUCK - 1)
    sent(sync)

    titles = list(Notification.objects.order_by("pk").values_list("title", flat=True))

    assert titles == ["Many rows of contacts_to_crm failed", "Rows of contacts_to_crm are stuck"]
