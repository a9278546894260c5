"""Runs broken off, resumed, cancelled, and disturbed by others (T63 to T68)."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from django.db import connection

from tests.transfers.imports.house import codes, empty, links, numbers
from tresse.jobs.models import Notification
from tresse.jobs.work import Work
from tresse.jobs.worker import run_here
from tresse.objects.database import rows
from tresse.records.changes import create_record, delete_records
from tresse.records.tables import EVENT, HISTORY, LINK
from tresse.transfers import changes, stage
from tresse.transfers.models import Import
from tresse.transfers.prepare import folder_of
from tresse.transfers.run import chunks

ROOT = Path(__file__).parents[3]


class Killed(BaseException):
    """In place of kill -9: nothing of ours catches it."""


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of 7 rows, so that a small file has many."""
    for name in ("MOST_ROWS", "FIRST_ROWS", "FEWEST_ROWS"):
        monkeypatch.setattr(chunks, name, 7)
    monkeypatch.setattr(chunks, "PAUSE_SECONDS", 0)


def content(count=60):
    """Half of the contacts exist; links to two companies, some rows bad, some repeated."""
    lines = ["E-mail,First name,City,Associated Company"]
    for n in range(count):
        company = ("Acme", "Beta", "nowhere", "Acme;Beta")[n % 4]
        lines.append(f"p{n % (count - 5)}@ex.org,N{n},{('Paris', 'Lyon')[n % 2]},{company}")
    lines.append("bad@,X,Y,Acme")
    return "\n".join(lines) + "\n"


def fill(house):
    for name in ("Acme", "Beta"):
        house.make("company", name=name)
    first = "E-mail,First name,City,Associated Company\n"
    half = [f"p{n}@ex.org,Old{n},Paris,Acme" for n in range(0, 50, 2)]
    house.load("contacts", first + "\n".join(half) + "\n", name="first.csv")


def state(house, row):
    """All that a run leaves, without times and ids that runs of their own have."""
    own = row.change_set_id
    events = rows(
        sa.select(EVENT.c.name, EVENT.c.record_id, EVENT.c.other_id, EVENT.c.association_id).where(
            EVENT.c.change_set_id == own
        )
    )
    history = rows(
        sa.select(HISTORY.c.record_id, HISTORY.c.property_id, HISTORY.c.old, HISTORY.c.new).where(
            HISTORY.c.change_set_id == own
        )
    )
    first = row.first_id
    return {
        "records": _shifted(house.values("contact", "email", "first_name", "city"), first),
        "links": sorted(
            (association, _near(one, first), two)
            for association, one, two in rows(
                sa.select(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id)
            )
        ),
        "events": sorted(
            (name, _near(one, first), str(two), str(kind)) for name, one, two, kind in events
        ),
        "history": sorted(
            (_near(one, first), prop, str(old), str(new)) for one, prop, old, new in history
        ),
        "counters": row.counters,
        "findings": codes(row),
        "notifications": Notification.objects.filter(cause__startswith="job:").count(),
    }


def _near(id_, first):
    return id_ - first if id_ >= first else id_ - 100_000


def _shifted(values, first):
    return sorted((_near(id_, first), each) for id_, each in values.items())


@pytest.fixture
def undisturbed(house, small_chunks):  # noqa: ARG001  chunks of 7 rows
    """What the run leaves if nobody disturbs it; then the house is as before."""
    house.start_ids(1_000)
    fill(house)
    row = house.run(house.check("contacts", content()))
    found = state(house, row)
    folder, ada = house.folder, house.ada
    empty()
    house.__init__(folder)
    _ = ada
    house.start_ids(1_000)
    fill(house)
    return found


def test_killed_at_any_statement_and_resumed(house, undisturbed, monkeypatch):
    """T66, T91 c: records, links, history, events, counters, report, the one notification."""
    row = house.check("contacts", content())
    row, job = changes.run_import(row, actor=house.ada)
    die = random.Random(7)  # noqa: S311  a test's moments
    run, left = stage.Ready.run, [0]

    def dying(self, **values):
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return run(self, **values)

    monkeypatch.setattr(stage.Ready, "run", dying)
    deaths = 0
    while True:
        left[0] = die.randrange(5, 60)
        job.refresh_from_db()
        if job.state == "done":
            break
        try:
            run_here(job, show=lambda _: None)
        except Killed:
            deaths += 1
            connection.close()

    row = Import.objects.get(pk=row.pk)
    assert deaths > 5
    assert row.state == "done"
    assert row.counters == row.planned
    assert state(house, row) == undisturbed


def test_the_check_is_made_anew_if_its_stage_is_gone(house, undisturbed):
    """T66: a crash of PostgreSQL empties the stage; a lost file is the same."""
    row = house.check("contacts", content())
    if connection.vendor == "sqlite":
        (folder_of(row.pk) / "stage.sqlite3").unlink()
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE stage_{row.pk}_plan, stage_{row.pk}_rows")

    row = house.run(row)

    assert row.state == "done"
    assert state(house, row) == undisturbed


def cancelled(house, row, monkeypatch):
    """The import, cancelled between its chunks."""
    asked, check = [0], Work.check_cancelled

    def cancelling(self):
        asked[0] += 1
        if asked[0] == 4:
            self.cancel_asked.set()
        check(self)

    with monkeypatch.context() as patch:
        patch.setattr(Work, "check_cancelled", cancelling)
        row = house.run(row)
    assert row.state == "cancelled"
    assert row.seconds > 0, "the time of what was written before counts"
    return row


def test_a_stage_lost_in_the_middle_of_a_run(house, undisturbed, monkeypatch):
    """T66: planned anew behind the cursor; findings and numbers are those of the first plan."""
    row = cancelled(house, house.check("contacts", content()), monkeypatch)
    stage.Stage(row.pk, folder_of(row.pk)).remove()

    row, job = changes.resume_import(row, actor=house.ada)
    run_here(job, show=lambda _: None)

    row = Import.objects.get(pk=row.pk)
    assert row.state == "done"
    assert row.counters == row.planned
    found = state(house, row)
    for name in ("counters", "findings", "notifications"):
        assert found[name] == undisturbed[name]
    for name in ("records", "links", "history"):
        assert len(found[name]) == len(undisturbed[name])


def test_the_stage_goes_at_the_end(house):
    """T64: nothing is left of it but the report and the file."""
    row = house.load("contacts", "E-mail\na@ex.org\n")

    assert sorted(path.name for path in folder_of(row.pk).iterdir()) == ["file"]
    names = connection.introspection.table_names()
    assert not [name for name in names if name.startswith(f"stage_{row.pk}_")]


def test_cancelled_between_chunks_and_resumed(house, undisturbed, monkeypatch):
    """T67: what was written stays and is counted; resumed, it ends as undisturbed."""
    row = cancelled(house, house.check("contacts", content()), monkeypatch)
    assert 0 < row.counters["rows"] < row.planned["rows"]

    row, job = changes.resume_import(row, actor=house.ada)
    run_here(job, show=lambda _: None)
    row = Import.objects.get(pk=row.pk)
    assert row.state == "done"
    assert state(house, row) == undisturbed


def test_a_record_made_meanwhile_is_updated(house):
    """T63, T68: `plan_drift`; the run's numbers hold; never doubled."""
    row = house.check("contacts", "E-mail,First name\nnew@ex.org,N\nother@ex.org,O\n")
    made = house.make("contact", email="new@ex.org", first_name="Page")

    row = house.run(row)

    assert numbers(row) == {"rows": 2, "created": 1, "updated": 1}
    assert row.planned["created"] == 2
    assert codes(row) == [(2, "plan_drift")]
    assert row.findings.get().record_id == made
    assert house.values("contact", "first_name")[made] == "N"
    assert len(house.values("contact", "email")) == 2


def test_create_only_skips_what_was_made_meanwhile(house):
    """T68."""
    row = house.check("contacts", "E-mail,First name\nnew@ex.org,N\n", mode="create")
    house.make("contact", email="new@ex.org", first_name="Page")

    row = house.run(row)

    assert numbers(row) == {"rows": 1, "skipped": 1}
    assert set(house.values("contact", "first_name").values()) == {"Page"}


def test_a_record_binned_meanwhile(house):
    """T63: matched again, its row fails and its links are left out."""
    house.make("company", id=41, name="Acme")
    id_ = house.make("contact", email="a@ex.org")
    content_ = f"ID,First name,Associated Company\n{id_},N,41\n"
    row = house.check("contacts", content_)
    model = house.model
    delete_records(model, model.object("contact"), [id_], actor=house.ada)

    row = house.run(row)

    assert numbers(row) == {"rows": 1, "failed": 1}
    assert codes(row) == [(2, "record_in_bin")]
    assert house.links("contact", "company") == []


def test_links_of_a_record_made_meanwhile(house):
    """T65, T68: the pair follows the record that is meant now."""
    house.make("company", id=41, name="Acme")
    row = house.check("contacts", "E-mail,Associated Company\nnew@ex.org,41\n")
    made = house.make("contact", email="new@ex.org")

    row = house.run(row)

    assert house.links("contact", "company") == [(made, 41)]
    assert links(row) == {"asked": 1, "created": 1}


def test_a_linked_record_made_meanwhile(house):
    """T47, T68: linked, not doubled."""
    house.make("deal", id=61, name="Roof")
    row = house.check("deals", "Deal ID,Associated Contact\n61,new@ex.org\n", missing="create")
    made = house.make("contact", email="new@ex.org")

    row = house.run(row)

    assert row.state == "done"
    assert house.links("deal", "contact") == [(61, made)]
    assert row.counters["through"] == {}


def test_same_plan_stops_before_any_write(house):
    """T63: `plan_changed`."""
    row = house.check("contacts", "E-mail\nnew@ex.org\n", same_plan=True)
    house.make("contact", email="new@ex.org")

    row = house.run(row)

    assert (row.state, row.error_code) == ("failed", "plan_changed")
    assert row.change_set_id is None


def test_two_equal_files_at_once(house):
    """T91 h, T68: each contact once."""
    content_ = "E-mail,First name\n" + "".join(f"p{n}@ex.org,N{n}\n" for n in range(30))
    first = house.check("contacts", content_)
    second = house.check("contacts", content_, name="y.csv")

    first, second = house.run(first), house.run(second)

    assert numbers(first) == {"rows": 30, "created": 30}
    assert numbers(second) == {"rows": 30, "unchanged": 30}
    assert len(house.values("contact", "email")) == 30


def test_planned_while_another_run_is_half_way(house, small_chunks, monkeypatch):
    """T63, T68: what the other run writes later, in the change set it has, is met too."""
    _ = small_chunks
    lines = "E-mail,First name\n" + "".join(f"p{n}@ex.org,N{n}\n" for n in range(30))
    first = cancelled(house, house.check("contacts", lines), monkeypatch)
    second = house.check("contacts", lines.replace(",N", ",M"), name="y.csv")
    _, job = changes.resume_import(first, actor=house.ada)
    run_here(job, show=lambda _: None)

    second = house.run(second)

    assert second.state == "done"
    assert second.counters["rows"] == second.counters["updated"] == 30
    assert len(house.values("contact", "email")) == 30
    assert set(house.values("contact", "first_name").values()) == {f"M{n}" for n in range(30)}


@pytest.mark.usefixtures("small_chunks")
def test_others_may_write_between_chunks(house, monkeypatch):
    """T65: a record made between two chunks is met by the later one."""
    content_ = "E-mail,First name\n" + "".join(f"p{n}@ex.org,N{n}\n" for n in range(30))
    row = house.check("contacts", content_)
    asked, check = [0], Work.check_cancelled
    model = house.model

    def meddling(self):
        asked[0] += 1
        if asked[0] == 3:
            create_record(
                model, model.object("contact"), values={"email": "p25@ex.org"}, actor=house.ada
            )
        check(self)

    monkeypatch.setattr(Work, "check_cancelled", meddling)
    row = house.run(row)

    assert numbers(row) == {"rows": 30, "created": 29, "updated": 1}
    assert codes(row) == [(27, "plan_drift")]


def test_a_killed_process_is_resumed_by_command(tmp_path):
    """T66, T91 c: kill -9 at random moments, `tresse resume`, the numbers of an undisturbed run."""
    if connection.vendor != "sqlite":
        pytest.skip("needs a database of its own")
    env = {**os.environ, "TRESSE_HOME": str(tmp_path / "home"), "TRESSE_DATABASE_URL": ""}
    tresse = [sys.executable, "-m", "tresse"]
    subprocess.run(  # noqa: S603  our own command
        [*tresse, "init"], env=env, cwd=ROOT, check=True, capture_output=True
    )
    path = tmp_path / "contacts.csv"
    lines = (f"p{n}@ex.org,N{n},Paris" for n in range(30_000))
    path.write_text("E-mail,First name,City\n" + "\n".join(lines) + "\n")

    began = time.monotonic()
    words = [*tresse, "import", "contacts", str(path)]
    running = subprocess.Popen(  # noqa: S603  our own command
        words, env=env, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    database = tmp_path / "home" / "tresse.sqlite3"
    _wait_until_written(database, running)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert time.monotonic() - began < 60

    done = subprocess.run(  # noqa: S603  our own command
        [*tresse, "resume", "1", "--json"], env=env, cwd=ROOT, capture_output=True, text=True
    )
    assert '"state": "done"' in done.stdout, done.stderr[-2000:]
    assert '"rows": 30000' in done.stdout
    assert '"created": 30000' in done.stdout


def _wait_until_written(database, running):
    import sqlite3  # noqa: PLC0415  used once

    with sqlite3.connect(database, timeout=10) as looking:
        for _ in range(600):
            [(cursor,)] = looking.execute("SELECT coalesce(max(cursor), 0) FROM transfers_import")
            if cursor or running.poll() is not None:
                return
            time.sleep(0.02)
