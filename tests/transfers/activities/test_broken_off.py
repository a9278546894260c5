"""Imports of activities killed, cancelled, and disturbed by others (T65 to T68)."""

import json
import random

import pytest
import sqlalchemy as sa
from django.db import connection, transaction

from tests.transfers.imports.house import codes, numbers
from tests.transfers.imports.test_resume import Killed, cancelled, small_chunks
from tresse.jobs.worker import run_here
from tresse.objects.database import execute, rows
from tresse.records.changes import delete_activity, log_activity
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT
from tresse.transfers import changes, stage
from tresse.transfers.models import Import
from tresse.transfers.prepare import folder_of

__all__ = ["small_chunks"]
COUNT = 50


def content():
    """Some with external ids, some twice, some about contacts that are made, some not at all."""
    lines = ["External id,When,Subject,To,Associated Contact,Associated Deal"]
    for n in range(COUNT):
        key = f"k{n % (COUNT - 4)}" if n % 3 else ""
        contact = ("anna@ex.org", "52;53", f"new{n % 7}@ex.org", "")[n % 4]
        lines.append(f"{key},2026-02-{n % 27 + 1:02},Mail {n},cleo@ex.org,{contact},{61 + n % 2}")
    return "\n".join(lines) + "\n"


def state():
    """All that the import leaves, without ids and times that runs of their own have."""
    table, about = ACTIVITY.c, ACTIVITY_RECORD.c
    said = dict(
        rows(sa.select(table.id, table.fields).where(table.deleted_at.is_(None), table.kind != ""))
    )
    pairs = rows(sa.select(about.activity_id, about.record_id))
    told = rows(sa.select(EVENT.c.record_id, EVENT.c.name).where(EVENT.c.name == "activity_logged"))
    held = rows(sa.select(table.id).where(table.kind == ""))
    return {
        "activities": sorted(json.loads(text)["subject"] for text in said.values()),
        "pairs": sorted(
            (json.loads(said[activity])["subject"], min(record, 70)) for activity, record in pairs
        ),
        "told": sorted(min(record, 70) for record, _ in told),
        "held": held,
    }


@pytest.fixture
def undisturbed(start, small_chunks):  # noqa: ARG001  chunks of 7 rows
    """What the run leaves if nobody disturbs it, and its counters; then all of it is undone."""
    start.load("contacts", "E-mail\nkept@ex.org\n")
    row = start.run(start.check("emails", content(), missing="create"))
    found = state(), row.counters, codes(row)
    with connection.cursor() as cursor:
        for name in ("activity_record", "activity"):
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608  our own names
        cursor.execute("DELETE FROM event WHERE name = 'activity_logged'")
    contact = start.model.object("contact")
    email = contact.table.c[contact.property("email").column]
    with transaction.atomic():
        execute(contact.table.delete().where(email.like("new%")))
    return found


def test_killed_at_any_statement_and_resumed(start, undisturbed, monkeypatch):
    """T66: activities, timelines, events, counters and findings are as undisturbed."""
    row = start.check("emails", content(), missing="create")
    row, job = changes.run_import(row, actor=start.ada)
    die = random.Random(11)  # noqa: S311  a test's moments
    run, left, deaths = stage.Ready.rows, [0], 0

    def dying(self, **values):
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return run(self, **values)

    monkeypatch.setattr(stage.Ready, "rows", dying)
    for _ in range(200):
        left[0] = die.randrange(3, 16 + 2 * deaths)  # so that it ends
        job.refresh_from_db()
        if job.state == "done":
            break
        try:
            run_here(job, show=lambda _: None)
        except Killed:
            deaths += 1
            connection.close()

    row = Import.objects.get(pk=row.pk)
    assert (row.state, deaths > 3) == ("done", True)
    assert row.counters == row.planned
    told = [each for each in codes(row) if each[1] != "same_file_before"]
    assert (state(), row.counters, told) == undisturbed


def test_a_stage_lost_in_the_middle_of_a_run(start, undisturbed, monkeypatch):
    """T66: planned anew behind the cursor; those written are not written twice."""
    row = start.check("emails", content(), missing="create")
    row = cancelled(start, row, monkeypatch)
    assert 0 < row.counters["rows"] < row.planned["rows"]
    stage.Stage(row.pk, folder_of(row.pk)).remove()

    row, job = changes.resume_import(row, actor=start.ada)
    run_here(job, show=lambda _: None)

    row = Import.objects.get(pk=row.pk)
    assert (row.state, row.counters) == ("done", undisturbed[1])
    assert state()["held"] == []
    assert len(state()["activities"]) == len(undisturbed[0]["activities"])


def test_others_log_meanwhile(start, small_chunks, monkeypatch):  # noqa: ARG001
    """T68: between chunks; each has an id of its own; one with the same external id is updated."""
    row = start.check("emails", content(), missing="create")
    row = cancelled(start, row, monkeypatch)
    model, company = start.model, start.model.object("company")
    mine = [
        log_activity(
            model,
            "email",
            [(company, 41)],
            fields={"subject": "Meanwhile"},
            actor=start.ada,
            external_id=key,
        )
        for key in ("k44", None)
    ]

    row, job = changes.resume_import(row, actor=start.ada)
    run_here(job, show=lambda _: None)

    row = Import.objects.get(pk=row.pk)
    assert row.state == "done"
    assert "plan_drift" in [code for _, code in codes(row)]
    said = dict(rows(sa.select(ACTIVITY.c.id, ACTIVITY.c.fields)))
    assert json.loads(said[mine[1]])["subject"] == "Meanwhile"
    assert json.loads(said[mine[0]])["subject"] != "Meanwhile"
    assert state()["held"] == []


def test_one_deleted_meanwhile_is_made_anew(start):
    """T63, T68: an activity that was found at the check, and is gone at the run."""
    company = start.model.object("company")
    text = {"fields": {"text": "Old"}, "actor": start.ada}
    ids = [
        log_activity(start.model, "note", [(company, 41)], external_id=key, **text)
        for key in ("a", "b")
    ]
    row = start.check("notes", "External id,Text,Associated Company\na,New,41\nb,Newer,41\n")
    delete_activity(start.model, ids[0], actor=start.ada)

    row = start.run(row)

    assert row.state == "done"
    assert numbers(row)["updated"] == 1
    assert row.counters["rows"] == 2
