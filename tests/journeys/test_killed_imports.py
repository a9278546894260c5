"""kill -9 while an import is undone, two imports into the same records: as if undisturbed."""

import os
import signal

import pytest
import sqlalchemy as sa

from tests.jobs.conftest import wait_until
from tests.transfers.imports.test_undo import records
from tresse.accounts.changes import change_settings
from tresse.engine.stored import stored_text
from tresse.jobs.changes import claim, enqueue, release
from tresse.jobs.models import Job, Notification
from tresse.jobs.queries import fresh
from tresse.jobs.worker import run_here
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.records.changes import create_record
from tresse.records.models import Undo
from tresse.records.tables import EVENT, HISTORY
from tresse.transfers import changes
from tresse.transfers.counters import Counters
from tresse.transfers.models import Import
from tresse.transfers.queries import ahead_of

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 120


class House:
    """What `records` asks for."""

    @property
    def model(self):
        return data_model()


def added(boss, path, name, lines, **settings):
    """An import with a file of its own, not run yet."""
    file = path / name
    file.write_text("E-mail,First name,City,Associated Company\n" + "".join(lines))
    return changes.add_import("contacts", file=file, file_name=name, actor=boss, settings=settings)


def imported(boss, path, name, lines, **settings):
    row = added(boss, path, name, lines, **settings)
    row, job = changes.run_import(row, actor=boss)
    run_here(job, show=lambda _: None)
    row.refresh_from_db()
    assert row.state == "done", row.error
    return row


def companies(boss):
    model = data_model()
    for name in ("Acme", "Beta"):
        create_record(model, model.object("company"), values={"name": name}, actor=boss)


def test_an_undo_killed_in_the_middle(worker, boss, tmp_path, monkeypatch):
    """T74, C119a: everything is as before the import, each reversal written once; told once."""
    companies(boss)
    first = [f"p{n}@ex.org,Old,Paris,Acme\n" for n in range(0, MANY, 2)]
    imported(boss, tmp_path, "first.csv", first)
    before = records(House())
    second = [f"p{n}@ex.org,New{n},Lyon,Beta\n" for n in range(MANY)]
    row = imported(boss, tmp_path, "second.csv", second)
    Notification.objects.all().delete()
    Job.objects.filter(state="queued").delete()
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", 10)

    undo = changes.undo_import(row, actor=boss)
    assert Import.objects.get(pk=row.pk).state == "undoing"
    moments = ("event", "is_staged", "reversed_1", "reversed_2", "reversed_3")
    for moment in moments:
        process = worker()
        wait_until(
            lambda moment=moment: moment in (fresh(undo.job_id or 0).cursor or {}), seconds=60
        )
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    both = [worker(), worker()]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert fresh(undo.job_id or 0).state == "done"

    assert records(House()) == before
    undo = Undo.objects.get(pk=undo.pk)
    changed, made = MANY // 2, MANY // 2
    assert (undo.state, undo.reversed) == ("done", 2 * changed + made + MANY)
    assert Import.objects.get(pk=row.pk).state == "undone"
    assert Notification.objects.filter(user_id=boss.user_id).count() == 1
    _each_once(undo.own_change_set_id)


def _each_once(change_set):
    of_event = (EVENT.c.name, EVENT.c.record_id, EVENT.c.other_id, EVENT.c.association_id)
    of_history = (HISTORY.c.record_id, HISTORY.c.property_id)
    for log, columns in ((EVENT, of_event), (HISTORY, of_history)):
        twice = (
            sa.select(*columns)
            .where(log.c.change_set_id == change_set)
            .group_by(*columns)
            .having(sa.func.count() > 1)
        )
        assert rows(twice) == []


def test_two_imports_into_the_same_records_one_killed(worker, boss, tmp_path):
    """T68, T91 h: each contact once; sums hold; every history tells an unbroken story."""
    companies(boss)
    old = [f"p{n}@ex.org,Old,Paris,\n" for n in range(0, MANY, 3)]
    imported(boss, tmp_path, "old.csv", old)
    Job.objects.filter(state="queued").delete()
    begun = [
        changes.run_import(
            added(
                boss,
                tmp_path,
                f"{name}.csv",
                [f"p{n}@ex.org,{name}{n},{city},{company}\n" for n in range(MANY)],
            ),
            actor=boss,
        )
        for name, city, company in (("A", "Lyon", "Acme"), ("B", "Gdańsk", "Beta"))
    ]
    jobs = [job for _, job in begun]

    one = worker()
    wait_until(lambda: any(fresh(job.pk).done > 40 for job in jobs), seconds=60)
    two = worker()
    os.kill(one.pid, signal.SIGKILL)
    one.wait()
    three = worker()
    assert [two.wait(timeout=120), three.wait(timeout=120)] == [0, 0]
    for job in jobs:
        if fresh(job.pk).is_live:
            run_here(fresh(job.pk), show=lambda _: None)

    for row, job in begun:
        row.refresh_from_db()
        assert (fresh(job.pk).state, row.state) == ("done", "done")
        counters = Counters.read(row.counters)
        counters.check()
        assert counters.rows == MANY
    made = [Counters.read(row.counters).created for row, _ in begun]
    assert sum(made) == MANY - len(old)
    _story_is_whole()


def _story_is_whole():
    """Of each value: every write begins with what the one before left; the last one stands."""
    contact = data_model().object("contact")
    table, email = contact.table, contact.property("email").column
    found = rows(sa.select(table.c[email], sa.func.count()).group_by(table.c[email]))
    assert sorted(found) == sorted((f"p{n}@ex.org", 1) for n in range(MANY))
    for name in ("first_name", "city"):
        prop = contact.property(name)
        now = dict(rows(sa.select(table.c.id, stored_text(table.c[prop.column]))))
        told: dict[int, str] = {}
        statement = (
            sa.select(HISTORY.c.record_id, HISTORY.c.old, HISTORY.c.new)
            .where(HISTORY.c.property_id == prop.id)
            .order_by(HISTORY.c.id)
        )
        for id, was, new in rows(statement):
            assert told.get(id, was) == was
            told[id] = new
        assert all(now[id] == new for id, new in told.items())


def test_two_imports_run_at_once_and_others_wait(boss, tmp_path):
    """T68: they see their place, hold no worker, and are not refused; the number is a setting."""
    begun = [
        changes.run_import(added(boss, tmp_path, f"{n}.csv", [f"a{n}@ex.org,,,\n"]), actor=boss)
        for n in range(4)
    ]
    other = enqueue("duplicates", arguments={"objects": ["contact"]}, actor=boss)

    taken = [claim() for _ in range(4)]

    jobs = [job.pk for _, job in begun]
    assert [job and job.pk for job in taken] == [*jobs[:2], other.pk, None]
    assert [ahead_of(row) for row, _ in begun] == [0, 0, 2, 3]
    assert claim(job_id=jobs[2]) is None
    change_settings({"imports_at_once": 3}, actor=boss)
    third = claim()
    assert third is not None
    assert third.pk == jobs[2]
    assert claim() is None
    assert ahead_of(begun[3][0]) == 3
    release(third)
