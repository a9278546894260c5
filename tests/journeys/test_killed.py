"""kill -9 in the middle of long work, two workers at once: the same result, nothing twice."""

import os
import signal

import pytest
import sqlalchemy as sa

from tests.jobs.conftest import wait_until
from tresse.jobs.models import Job, Notification
from tresse.jobs.queries import fresh
from tresse.objects.changes import add_property
from tresse.objects.database import load, mappings, rows
from tresse.objects.described import data_model
from tresse.objects.models import KindChange, ObjectType, Property
from tresse.records.changes import bulk_edit, create_record, link_records
from tresse.records.changes.kinds import change_kind
from tresse.records.models import BulkEdit
from tresse.records.selection import Selection
from tresse.records.tables import EVENT, HISTORY
from tresse.segments.changes import add_list, fill_list
from tresse.segments.tables import LIST_MEMBER

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 150


def companies(boss, **values):
    """Many companies; answers their ids."""
    model = data_model()
    table = model.object("company").table
    first = create_record(
        model, model.object("company"), values={"name": "C0"} | values, actor=boss
    )
    template = mappings(sa.select(*table.c).where(table.c.id == first))[0]
    names = [name for name, value in template.items() if value is not None]
    more = [template | {"id": first + n} for n in range(1, MANY)]
    load(table, names, [[each[name] for name in names] for each in more])
    return [first + n for n in range(MANY)]


def through(worker, job, *, at=(40, 90)):
    """Kill a worker in the middle, twice; then two at once end it."""
    for done in at:
        process = worker()
        wait_until(lambda done=done: fresh(job.pk).done > done, seconds=60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert fresh(job.pk).state == "running"
    both = [worker(), worker()]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    ended = fresh(job.pk)
    assert (ended.state, ended.attempt) == ("done", 3)
    return ended


def test_a_bulk_edit_killed_in_the_middle(worker, boss):
    """C56, C119a: each record once in history, version and events; told once."""
    ids = companies(boss, city="Paris")
    model = data_model()
    company = model.object("company")
    edit = {"act": "edit", "changes": [{"property": "city", "act": "set", "value": "Lyon"}]}
    everyone = Selection(is_all=True)
    row = bulk_edit(model, company, everyone, settings=edit, number=MANY, actor=boss)

    through(worker, Job.objects.get(pk=row.job_id or 0))

    row = BulkEdit.objects.get(pk=row.pk)
    assert (row.state, row.changed, row.unchanged, row.refused) == ("done", MANY, 0, 0)
    table = company.table
    city = table.c[company.property("city").column]
    assert rows(sa.select(city, table.c.version).distinct()) == [("Lyon", 2)]
    for log in (HISTORY, EVENT):
        found = rows(sa.select(log.c.record_id).where(log.c.change_set_id == row.change_set_id))
        assert sorted(id for (id,) in found) == ids
    assert Notification.objects.filter(user_id=boss.user_id).count() == 1


def test_a_list_fill_killed_in_the_middle(worker, boss, monkeypatch):
    """G48, C119a: each record is on the list once, by one event."""
    ids = companies(boss)
    model = data_model()
    monkeypatch.setattr("tresse.segments.changes.filling.AT_ONCE", 10)
    row = add_list(base="company", label="Big", model=model, actor=boss)
    job = fill_list(row, Selection(is_all=True), model=model, actor=boss)

    ended = through(worker, job)

    assert ended.result["changed"] == MANY
    assert sorted(id for (id,) in rows(sa.select(LIST_MEMBER.c.record_id))) == ids
    added = rows(sa.select(EVENT.c.record_id).where(EVENT.c.name == "list_added"))
    assert sorted(id for (id,) in added) == ids


def test_a_change_of_kind_killed_in_the_middle(worker, boss):
    """C30, C119a: every value is of the new kind."""
    add_property(
        ObjectType.objects.get(name="company"),
        name="floors",
        label="Floors",
        kind="text",
        actor=boss,
    )
    companies(boss, floors="12")
    change = change_kind(
        Property.objects.get(object_type__name="company", name="floors"), "integer", actor=boss
    )

    through(worker, Job.objects.get(kind="kind_change"))
    assert KindChange.objects.get(pk=change.pk).state == "done"

    company = data_model().object("company")
    assert company.property("floors").kind.name == "integer"
    column = company.table.c[company.property("floors").column]
    assert rows(sa.select(column, sa.func.count()).group_by(column)) == [(12, MANY)]


def test_a_rollup_fill_killed_in_the_middle(worker, boss):
    """C24, C119a: every company counts its deals."""
    ids = companies(boss)
    model = data_model()
    deal = create_record(model, model.object("deal"), values={"name": "D"}, actor=boss)
    side = model.default_side("deal", "company")
    assert side
    link_records(model, side, [(deal, ids[-1])], actor=boss)
    add_property(
        ObjectType.objects.get(name="company"),
        name="deal_count",
        label="Deal count",
        actor=boss,
        rollup={"over": "deal_company", "pick": "count"},
    )

    through(worker, Job.objects.get(kind="rollup_fill"))

    company = data_model().object("company")
    table = company.table
    column = table.c[company.property("deal_count").column]
    found = dict(rows(sa.select(table.c.id, column)))
    assert found == dict.fromkeys(ids, 0) | {ids[-1]: 1}
