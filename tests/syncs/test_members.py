"""Records of the CRM among the members of a golden record, and what people do there meanwhile."""

import sqlalchemy as sa

from tests.datasets.builds.worlds import built
from tests.syncs.worlds import (
    contacts,
    counts,
    faults,
    people,
    read_crm,
    sent,
    state,
    sync_to_crm,
    with_crm,
)
from tresse.jobs.models import Job
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.records.changes import delete_records, update_record
from tresse.records.merge_tables import DUPLICATE_KEY
from tresse.syncs.models import SyncState

SHOP = {"id": "s1", "email": "jane@x.fr", "first_name": "Jane", "last_name": "Roe", "city": "Lyon"}


def contact():
    return data_model().object("contact")


def edit(house, id, **values):
    update_record(data_model(), contact(), id, values=values, actor=house.ada)


def test_the_record_among_the_members_is_written(house):
    """Y50: nothing is matched where the CRM itself said who it is; a new one gets the golden id."""
    known = house.make("contact", email="jane@x.fr", last_name="Roe")
    dataset = with_crm(SHOP, {"id": "s2", "email": "new@x.fr", "last_name": "New"})
    sync = sync_to_crm(dataset, match=None)

    run = sent(sync)

    assert counts(run) == {"added": 2}
    first, second = contacts("email", "first_name", "external_id")
    assert (first["id"], first["first_name"], first["external_id"]) == (known, "Jane", None)
    golden = SyncState.objects.get(sync=sync, remote=str(second["id"]))
    assert (second["email"], second["external_id"]) == ("new@x.fr", golden.golden_id)


def test_of_several_members_the_oldest_is_written_and_all_are_proposed(house):
    """Y50: the pair goes to the merge proposals; records are not merged by a sync."""
    old = house.make("contact", email="jane@x.fr", last_name="Roe", city="Lyon")
    young = house.make("contact", last_name="Roe", city="Lyon")
    dataset = with_crm(SHOP)

    run = sent(sync_to_crm(dataset, match=None))

    assert counts(run) == {"added": 1}
    assert run.facts["proposed"] == 2
    written = {each["id"]: each["first_name"] for each in contacts()}
    assert written == {old: "Jane", young: None}
    keys = rows(sa.select(DUPLICATE_KEY.c.record_id).where(DUPLICATE_KEY.c.rule == "dataset"))
    assert sorted(id for (id,) in keys) == [old, young]
    assert Job.objects.filter(kind="duplicates").exists()


def test_a_sync_may_be_told_to_merge(house):
    """Y50: with `merge_records` they are merged into the oldest."""
    old = house.make("contact", email="jane@x.fr", last_name="Roe", city="Lyon")
    house.make("contact", last_name="Roe", city="Lyon")
    dataset = with_crm(SHOP)

    run = sent(sync_to_crm(dataset, match=None, merge_records=True))

    assert run.facts["merged_records"] == 1
    assert [each["id"] for each in contacts()] == [old]


def test_a_field_that_somebody_changed_since_is_left(house):
    """Y46: counted as kept newer; the next build takes the value in, or has it written."""
    known = house.make("contact", email="jane@x.fr", last_name="Roe", city="Paris")
    dataset = with_crm(SHOP)
    sync = sync_to_crm(dataset, match=None)
    edit(house, known, city="Nice")

    first = sent(sync)
    again = sent(sync)
    read_crm()
    built(dataset)
    later = sent(sync)

    assert counts(first) == {"added": 1}
    assert first.facts["kept_newer"] == 1
    assert counts(again) == {"unchanged": 1}
    [written] = contacts()
    assert (written["first_name"], "kept_newer" in later.facts) == ("Jane", False)
    [values] = state(sync).values()
    assert values["city"] == written["city"]


def test_rows_that_mean_one_record_are_both_refused(house):
    """Y31: never last wins; neither is known to be the one."""
    house.make("contact", external_id="Lyon", last_name="Somebody")
    dataset = people(SHOP, {**SHOP, "id": "s2", "email": "other@x.fr", "last_name": "Other"})
    sync = sync_to_crm(dataset, match=[{"city": "external_id"}])

    run = sent(sync)

    assert counts(run) == {"failed": 2}
    assert [code for _, code, _ in faults(sync)] == ["ambiguous_match"] * 2


def test_a_record_that_a_sync_made_is_not_written_for_another(house):  # noqa: ARG001
    """Y22: it comes back as a person of its own where no key ties it; the row is told of."""
    dataset = with_crm({"id": "s1", "last_name": "Alone"})
    sync = sync_to_crm(dataset, match=None)
    sent(sync)
    read_crm()
    built(dataset)

    run = sent(sync)

    assert counts(run) == {"unchanged": 1, "failed": 1}
    assert [code for _, code, _ in faults(sync)] == ["record_taken"]
    assert len(contacts()) == 1


def test_a_record_that_was_deleted_is_not_made_again(house):
    """Y37: a person put it into the bin; the row fails until somebody decides."""
    dataset = with_crm(SHOP)
    sync = sync_to_crm(dataset, match=None)
    sent(sync)
    [made] = contacts()
    delete_records(data_model(), contact(), [made["id"]], actor=house.ada)
    SyncState.objects.filter(sync=sync).update(asked="", values="{}")

    run = sent(sync)

    assert counts(run) == {"failed": 1}
    assert [code for _, code, _ in faults(sync)] == ["record_in_bin"]
    assert contacts() == []


def test_a_unique_value_stays_with_the_other_record_of_a_person(house):
    """Y50: the oldest gets all but the e-mail that a younger one holds, until they are merged."""
    old = house.make("contact", email="j@old.fr", last_name="Roe", city="Lyon")
    young = house.make("contact", email="jane@x.fr", last_name="Roe", city="Lyon")
    dataset = with_crm(SHOP)

    run = sent(sync_to_crm(dataset, match=None))

    assert counts(run) == {"added": 1}
    assert run.facts["left_to_merge"] == 1
    written = {each["id"]: (each["email"], each["first_name"]) for each in contacts()}
    assert written == {old: ("j@old.fr", "Jane"), young: ("jane@x.fr", None)}
