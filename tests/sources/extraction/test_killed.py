"""Runs that are killed, cancelled, or go on beside others: nothing is half, doubled or lost."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.jobs.conftest import wait_until, worker  # noqa: F401  a fixture
from tests.sources.extraction.conftest import (
    INCREMENTAL,
    counts,
    customers,
    fill,
    orders,
    put,
    read,
    stored,
)
from tresse.accounts.actor import SYSTEM
from tresse.engine.warehouse import Warehouse
from tresse.jobs.changes import recover
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.objects.doctor import examine
from tresse.sources.changes.runs import cancel_run, extract
from tresse.sources.changes.schedules import set_times
from tresse.sources.definition import When
from tresse.sources.extraction import afterwards, places, publishing, reading, rejecting
from tresse.sources.extraction.making import Making
from tresse.sources.extraction.staging import Part
from tresse.sources.models import Rejection, Source, SourceFile, SourceVersion
from tresse.sources.versions import engine, files_of, house, owner_of, table_of

HEADER = "order_no;total;mail\n"
FIRST = HEADER + "".join(f"{n};1;p{n}@x.fr\n" for n in range(30))
SECOND = HEADER + "".join(f"{n};2;p{n}@x.fr\n" for n in range(15, 60)) + "x;1;a@x.fr\n"


class Killed(BaseException):
    """As `kill -9`: nothing of ours may catch it."""


def kill(monkeypatch, owner, name, *, call=1, after=False):
    """Let the process die at a call of a function, the first time it is reached."""
    real, calls = getattr(owner, name), []

    def dying(*args, **named):
        calls.append(1)
        if len(calls) == call and not after:
            raise Killed
        answer = real(*args, **named)
        if len(calls) == call:
            raise Killed
        return answer

    monkeypatch.setattr(owner, name, dying)


POINTS: dict[str, tuple[object, str, dict[str, Any]]] = {
    "before the first part counts": (Part, "close", {}),
    "after the first part": (Part, "close", {"after": True}),
    "in the second file": (Part, "close", {"call": 2}),
    "before the rows are made": (Making, "made", {}),
    "after the version was written aside": (Making, "made", {"after": True}),
    "before refused rows are kept": (rejecting, "write", {}),
    "after refused lines were kept": (rejecting, "write", {"after": True}),
    "after refused rows were kept": (rejecting, "write", {"call": 2, "after": True}),
    "before the rename": (Warehouse, "publish", {}),
    "after the rename": (Warehouse, "publish", {"after": True}),
    "within the transaction": (publishing, "end", {"after": True}),
    "after the version is published": (publishing, "publish", {"after": True}),
    "before a file is put away": (afterwards, "done_with", {}),
    "after a file was put away": (afterwards, "done_with", {"after": True}),
    "between two files that are put away": (afterwards, "done_with", {"call": 2}),
    "before old versions go": (afterwards, "retire", {}),
    "before the staged rows go": (places, "clear", {}),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_anywhere_ends_as_an_undisturbed_one(folder, monkeypatch, point):
    """S71, S125: a second run after `kill -9` gives what an uninterrupted one gives."""
    source = orders(read={"afterwards": "move"})
    put(folder, "orders_20260301.csv", FIRST)
    put(folder, "orders_20260302.csv", SECOND)
    owner, name, how = POINTS[point]
    run, job = extract(source, actor=SYSTEM)
    with monkeypatch.context() as patched:
        kill(patched, owner, name, **how)
        with pytest.raises(Killed):
            run_here(job, show=lambda _: None)

    recover()
    run_here(Job.objects.get(pk=job.pk), show=lambda _: None)

    run.refresh_from_db()
    assert (run.state, run.number) == ("published", 1)
    assert counts(run) == {"read": 76, "new": 60, "rejected": 1, "superseded": 15}
    rows = stored(source)
    assert [row["total"] for row in rows.values()].count(2) == 45
    assert list(Rejection.objects.values_list("value", flat=True)) == ["x"]
    assert house().numbers(owner_of(source.pk)) == [1]
    assert {file.state for file in SourceFile.objects.all()} == {"read"}
    assert sorted(path.name for path in (folder / "done").iterdir()) == [
        "orders_20260301.csv",
        "orders_20260302.csv",
    ]
    assert read(source).state == "unchanged"


@pytest.mark.parametrize("point", ["after the first part", "after the rename"])
def test_an_incremental_run_killed_keeps_its_cursor(shelf, monkeypatch, point):
    """S75: the cursor is committed with the version, never earlier."""
    monkeypatch.setattr(reading, "PART_ROWS", 100)
    fill(shelf, *[(n, "x", n // 50) for n in range(500)])
    shelf.batch_rows = 100
    source = customers(extract={**INCREMENTAL, "overlap": "0"})
    owner, name, how = POINTS[point]
    run, job = extract(source, actor=SYSTEM)
    with monkeypatch.context() as patched:
        kill(patched, owner, name, **how)
        with pytest.raises(Killed):
            run_here(job, show=lambda _: None)
    assert Source.objects.get(pk=source.pk).cursor is None

    recover()
    run_here(Job.objects.get(pk=job.pk), show=lambda _: None)

    run.refresh_from_db()
    source.refresh_from_db()
    assert counts(run) == {"read": 500, "new": 500}
    assert source.cursor is not None
    assert source.cursor["value"] == "2026-03-01T12:09:00"
    assert len(stored(source)) == 500


def test_a_table_altered_between_two_parts_is_read_anew(shelf, monkeypatch):
    """S125: a table altered between two pages: one state, or none."""
    monkeypatch.setattr(reading, "PART_ROWS", 100)
    monkeypatch.setattr(reading, "WAIT_SECONDS", (0.0,) * 4)
    fill(shelf, *[(n, "x", n // 50) for n in range(300)])
    shelf.batch_rows, shelf.failures = 100, [2]
    source = customers(extract={**INCREMENTAL, "overlap": "0"})
    read_ = type(shelf).read

    def altered(self, opened, request):
        if len(self.requests) == 1:
            self.schema = self.schema.set(1, self.schema.field("name").with_type(pa.large_string()))
        return read_(self, opened, request)

    monkeypatch.setattr(type(shelf), "read", altered)

    run = read(source)

    assert counts(run) == {"read": 300, "new": 300}
    assert [len(request.after) for request in shelf.requests] == [0, 2, 0]


def test_a_waiting_run_is_cancelled_at_once(shelf):
    """S113, S71: a cancelled run leaves the old version in place."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    read(source)
    fill(shelf, (1, "Bo", 0))
    run, job = extract(source, actor=SYSTEM)

    run = cancel_run(run, actor=SYSTEM)

    assert (run.state, Job.objects.get(pk=job.pk).state) == ("cancelled", "cancelled")
    assert stored(source)["1"]["name"] == "Ada"
    assert read(source).state == "published"


def test_a_reading_that_hangs_is_cancelled_at_once(shelf):
    """S113: also where the other side does not answer."""
    fill(shelf, *[(n, "x", 0) for n in range(100)])
    source = customers()
    go_on = threading.Event()
    shelf.between = lambda _: go_on.wait(20)
    run, job = extract(source, actor=SYSTEM)
    began = time.monotonic()
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    run_here(job, show=lambda _: None)

    go_on.set()
    run.refresh_from_db()
    assert time.monotonic() - began < 5
    assert (run.state, Job.objects.get(pk=job.pk).state) == ("cancelled", "cancelled")


def test_readers_never_see_half_a_version(folder):
    """Readers during publications see one version or the next, whole."""
    put(folder, "orders_20260301.csv", FIRST)
    source = orders()
    read(source)
    seen, stop = [], threading.Event()
    version = SourceVersion.objects.get()
    paths = [files_of(version)]

    def look():
        while not stop.is_set():
            with engine() as session:
                found = paths[-1]
                table = session.read(found, list(table_of(session, version).c))
                rows = session.rows(table.select())
                totals = {row[1] for row in rows}
                seen.append((len(rows), len(totals)))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for day in range(2, 5):
        lines = "".join(f"{n};{day};p{n}@x.fr\n" for n in range(30))
        put(folder, f"orders_202603{day:02}.csv", HEADER + lines)
        read(source)
        paths.append(files_of(source.version))
    stop.set()
    for thread in threads:
        thread.join()

    assert len(seen) > 2
    assert set(seen) == {(30, 1)}


def test_the_doctor_finds_what_killed_runs_left(folder):
    """S117: `doctor` lists files that no version owns; only `doctor --fix` removes them."""
    put(folder, "orders_20260301.csv", FIRST)
    source = orders()
    read(source)
    (house().folder(owner_of(source.pk), 7)).mkdir(parents=True)
    house().aside(owner_of(source.pk))
    places.made(4711)

    found = [each for each in examine() if "7" in each.sentence or "aside" in each.sentence]
    mended = [each for each in examine(fix=True) if each.is_fixed and "folder" in each.sentence]

    assert len(found) >= 2
    assert len(mended) >= 3
    assert house().numbers(owner_of(source.pk)) == [1]
    assert not [each for each in examine() if "folder" in each.sentence]


@pytest.mark.django_db(transaction=True)
def test_real_kills_while_a_file_is_read(worker, folder):  # noqa: F811
    """S71, S125: `kill -9` in the middle of a file, again and again, loses and doubles nothing."""
    lines = "".join(f"{n};{n % 7};p{n}@x.fr\n" for n in range(200_000))
    put(folder, "orders_20260301.csv", HEADER + lines)
    source = orders()
    run, job = extract(source, actor=SYSTEM)

    for until in ("raw/.*", "raw/*.parquet"):
        process = worker("run_here", str(job.pk))
        place = places.place(run.pk)
        wait_until(lambda place=place, until=until: list(Path(place).glob(until)), seconds=30)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    recover()
    assert Source.objects.get().version is None
    assert worker("run_here", str(job.pk)).wait() == 0

    run.refresh_from_db()
    assert counts(run) == {"read": 200_000, "new": 200_000}
    source.refresh_from_db()
    assert source.version.rows == 200_000
    assert house().numbers(owner_of(source.pk)) == [1]


def test_two_workers_do_not_read_one_source_twice(shelf):
    """S110: one run at a time per source; what it comes after changed: once more at its end."""
    fill(shelf, (1, "Ada", 0))
    first = customers()
    second = customers(name="followers", schedule={"after": "customers"})
    set_times(second, When(after="customers"))

    read(first)

    waiting = second.runs.get()
    assert (waiting.state, waiting.cause, waiting.cause_name) == ("queued", "after", "customers")
    run_here(waiting.job, show=lambda _: None)
    waiting.refresh_from_db()
    assert waiting.state == "published"
