"""Runs that are broken off anywhere and begun again (Y35, Y36, Y61)."""

import random

import pytest
import sqlalchemy as sa
from django.db import OperationalError, connection

from tests.syncs.worlds import (
    contacts,
    counts,
    ended,
    looked,
    people,
    republish,
    state,
    sync_to_crm,
)
from tresse.accounts.actor import SYSTEM
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.kernel.clock import now
from tresse.objects.database import rows, scalar
from tresse.objects.described import data_model
from tresse.records.tables import EVENT, HISTORY
from tresse.syncs.changes.runs import start
from tresse.syncs.models import Sync, SyncRow
from tresse.transfers.run import chunks

NAMES = ("email", "last_name", "city")
COLUMNS = [{"from": name} for name in NAMES]


class Killed(BaseException):
    """The process is gone."""


class Breaking:
    """Breaks the statement off that is the n-th, as a kill does, or as a line that is lost."""

    def __init__(self, after, sort):
        self.left, self.sort = after, sort

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            raise self.sort
        return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Several transactions for a few rows."""
    monkeypatch.setattr(chunks, "FIRST_ROWS", 7)
    monkeypatch.setattr(chunks, "MOST_ROWS", 7)
    monkeypatch.setattr(chunks, "FEWEST_ROWS", 7)


def row(number, version, pick):
    return {
        "_id": f"g{number:03}",
        "email": f"p{number}@x.fr",
        "last_name": f"Name {number}",
        "city": pick.choice(["Lyon", "Paris", None, f"City {version}"]),
    }


def attempt(sync, pick, sort):
    """One attempt at a run that is broken off somewhere, if it lasts that long."""
    run, job = start(Sync.objects.get(pk=sync.pk), actor=SYSTEM)
    try:
        with connection.execute_wrapper(Breaking(pick.randrange(1, 400), sort)):
            run_here(job)
    except Killed:
        pass
    Job.objects.filter(pk=job.pk).update(run_at=now())
    return run


def finished(sync):
    """The run to its end, whatever was done of it before."""
    run, job = start(Sync.objects.get(pk=sync.pk), actor=SYSTEM)
    run_here(job)
    return ended(run)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_is_killed_anywhere_doubles_nothing(seed):
    """Y35, Y36: at the end the CRM is as it should be, and nothing was sent twice."""
    pick = random.Random(seed)  # noqa: S311  test data
    dataset = people({"id": "1", "email": "p@x.fr", "last_name": "P"})
    sync = sync_to_crm(dataset, columns=COLUMNS, mode=pick.choice(["mirror", "new_and_existing"]))
    wanted, versions = {}, 4
    for version in range(versions):
        numbers = pick.sample(range(40), pick.randrange(25, 40)) if version else range(30)
        given = [row(number, version, pick) for number in sorted(numbers)]
        republish(dataset, given)
        for _ in range(pick.randrange(3)):
            attempt(sync, pick, pick.choice([Killed(), OperationalError("the line is lost")]))
        run = finished(sync)
        assert run.state in ("done", "held"), (run.code, run.message, run.details)
        wanted |= {each["email"]: each for each in given}

        there = {each["email"]: each for each in contacts(*NAMES)}
        for each in given:
            found = there[each["email"]]
            assert found["last_name"] == each["last_name"]
            if each["city"] is not None:
                assert found["city"] == each["city"]
        assert counts(looked(sync)).keys() <= {"unchanged", "removed"}

    contact = data_model().object("contact")
    made = sa.select(sa.func.count()).where(EVENT.c.name == "record_created")
    assert scalar(made) == scalar(sa.select(sa.func.count()).select_from(contact.table))
    assert SyncRow.objects.filter(status="sent", sort="added").count() >= len(state(sync))
    again = sa.select(HISTORY.c.record_id, HISTORY.c.change_set_id, HISTORY.c.property_id)
    doubled = rows(again.group_by(*again.selected_columns).having(sa.func.count() > 1))
    assert doubled == []


def test_a_run_that_goes_on_keeps_what_it_counted():
    """Y61: rows that an attempt sent count as sent, not as unchanged, in the run that goes on."""
    pick = random.Random(7)  # noqa: S311  test data
    dataset = people({"id": "1", "email": "p@x.fr", "last_name": "P"})
    sync = sync_to_crm(dataset, columns=COLUMNS)
    republish(dataset, [row(number, 0, pick) for number in range(40)])
    calls = []

    def counting(execute, sql, params, many, context):
        if "syncs_syncrow" in sql and sql.startswith("INSERT"):
            calls.append(sql)
            if len(calls) == 3:
                raise Killed
        return execute(sql, params, many, context)

    run, job = start(Sync.objects.get(pk=sync.pk), actor=SYSTEM)
    with pytest.raises(Killed), connection.execute_wrapper(counting):
        run_here(job)
    written = len(contacts())
    Job.objects.filter(pk=job.pk).update(run_at=now())
    done = finished(sync)

    assert written == 14
    assert done.pk == run.pk
    assert counts(done) == {"added": 40}
    assert SyncRow.objects.filter(run=done, status="sent").count() == 40
