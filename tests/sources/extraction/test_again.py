"""Rejected rows read again, schedules, and who is told of what."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.sources.extraction.conftest import counts, customers, fill, orders, put, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import User
from tresse.jobs.changes import enqueue_due
from tresse.jobs.kinds import JOBS
from tresse.jobs.models import Job, Notification, Schedule
from tresse.jobs.worker import run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.sources.changes.clearing import clear_sources
from tresse.sources.changes.endings import tell_of_quiet_sources
from tresse.sources.changes.runs import extract, read_rejections_again
from tresse.sources.changes.schedules import set_times
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.definition import When
from tresse.sources.extraction.registries import FOLLOWERS, TOMBSTONES, Follower, Tombstones
from tresse.sources.models import Rejection, SourceRun, SourceVersion
from tresse.sources.rejection_file import NUMBER, columns_of, lines

HEADER = "order_no;total;mail\n"


def again(run, **more):
    """Read the rejected rows of a run again, to the end; the run that did it."""
    found, job = read_rejections_again(run, actor=SYSTEM, **more)
    run_here(job, show=lambda _: None)
    found.refresh_from_db()
    return found


def states(run):
    return dict(run.rejections.values_list("value", "state"))


def test_rejected_rows_enter_by_the_rules_of_today(folder):
    """S105: *Read rejected rows again* uses today's rules; rows that now pass enter as new."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\nN° 2;2;b@x.fr\nxx;3;c@x.fr\n")
    source = orders()
    run = read(source)
    columns = source.definition["columns"]
    columns[0] = {
        "name": "order_no",
        "type": "text",
        "rules": [{"replace_pattern": {"pattern": "[^0-9]+", "by": ""}}, "empty_to_null"],
    }
    source = change_source(source, merged(source, {"columns": columns}), actor=SYSTEM)

    second = again(run)

    assert (second.mode, second.state) == ("rejections", "published")
    assert counts(second) == {"read": 2, "new": 1, "rejected": 1}
    assert states(run) == {"N° 2": "entered", "xx": "again"}
    assert stored(source)["2"]["total"] == 2
    refused = second.rejections.get()
    assert (refused.code, refused.line, refused.file.path) == (
        *("key_null", 4),
        "orders_20260301.csv",
    )
    assert source.needs_full


def test_a_corrected_file_stands_for_its_rows(folder, tmp_path):
    """S100: a CSV that can be corrected and read again."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\nx;2;b@x.fr\n3;3\n")
    source = orders()
    run = read(source)
    text = "".join(lines(run.rejections.select_related("file").order_by("pk"), columns_of(source)))
    found = list(csv.DictReader(io.StringIO(text)))
    found[0].update(order_no="2")
    found[1].update(order_no="3", total="3", mail="c@x.fr")
    found.append({**dict.fromkeys(found[0], ""), "order_no": "4", "total": "4"})
    path = tmp_path / "corrected.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, found[0])
        writer.writeheader()
        writer.writerows(found)

    second = again(run, file=path)

    assert NUMBER in found[0]
    assert counts(second) == {"read": 3, "new": 3}
    assert set(run.rejections.values_list("state", flat=True)) == {"entered"}
    assert list(stored(source)) == ["1", "2", "3", "4"]


def test_a_newer_row_is_not_overwritten_by_a_rejected_one(folder):
    """S105: unless a later extraction brought a newer version of that key."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n2;2;nobody\n")
    columns = [
        {"name": "order_no", "type": "integer"},
        {"name": "total", "type": "decimal"},
        {"name": "mail", "type": "text", "required": True, "rules": ["email"]},
    ]
    source = orders(columns=columns)
    first = read(source)
    put(folder, "orders_20260302.csv", HEADER + "2;9;b@x.fr\n")
    read(source)
    columns[2] = {"name": "mail", "type": "text"}
    source = change_source(source, merged(source, {"columns": columns}), actor=SYSTEM)

    run = again(first)

    assert counts(run) == {"read": 1, "superseded": 1}
    assert states(first) == {"nobody": "passed"}
    assert stored(source)["2"]["total"] == 9


@pytest.mark.usefixtures("folder")
def test_nothing_rejected_is_said(folder):
    """S105: there must be something to read again."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    run = read(orders())

    with pytest.raises(TresseError) as caught:
        again(run)

    assert caught.value.code == "nothing_rejected"


def test_rows_of_erased_people_leave_nothing_but_a_count(shelf, monkeypatch):
    """S103: neither row nor value is kept, only the count."""

    def erased(engine, source, columns):
        gone = pa.RecordBatch.from_pylist([{"name": "Bo"}])
        table = engine.load("gone", [gone], [sa.column("name", sa.Text())])
        assert source.name == "customers"
        return sa.exists().where(table.c.name == columns["name"][1])

    monkeypatch.setitem(TOMBSTONES._things, "test", Tombstones("test", erased))
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    source = customers()

    run = read(source)

    assert counts(run) == {"read": 2, "new": 1, "rejected": 1}
    assert run.warnings["erased"]["count"] == 1
    assert not Rejection.objects.exists()
    assert list(stored(source)) == ["1"]


def test_a_schedule_reads_a_source(shelf):
    """S114: a cron line with a zone; missed times run once."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    set_times(source, When(cron="*/15 * * * *", zone="Europe/Paris"))
    later = clock.now() + timedelta(days=3)

    with clock.at(later):
        assert enqueue_due() == 1
        run_here(Job.objects.get(kind="source_due"), show=lambda _: None)
        run = source.runs.get()
        run_here(run.job, show=lambda _: None)

    run.refresh_from_db()
    assert (run.state, run.cause) == ("published", "schedule")
    next_at = Schedule.objects.get(name=f"source:{source.pk}").next_at
    assert next_at is not None
    assert next_at > later


def test_a_local_time_that_does_not_exist_runs_after_the_gap(shelf):
    """S114: times that do not exist run at the next instant; times that occur twice run once."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    with clock.at(datetime(2026, 3, 28, 12, tzinfo=UTC)):
        set_times(source, When(cron="30 2 * * *", zone="Europe/Paris"))
        first = Schedule.objects.get(name=f"source:{source.pk}").next_at
    with clock.at(datetime(2026, 10, 24, 12, tzinfo=UTC)):
        set_times(source, When(cron="31 2 * * *", zone="Europe/Paris"))
        second = Schedule.objects.get(name=f"source:{source.pk}").next_at

    assert first == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert second is not None
    assert second.date() == datetime(2026, 10, 25, tzinfo=UTC).date()


def test_followers_are_told_of_every_end(shelf, monkeypatch):
    """S115: a published version starts the builds of datasets fed by it."""
    told = []
    follower = Follower("test", lambda run: told.append((run.source.name, run.state)))
    monkeypatch.setitem(FOLLOWERS._things, "test", follower)
    fill(shelf, (1, "Ada", 0))
    source = customers()

    read(source)
    read(source)

    assert told == [("customers", "published"), ("customers", "unchanged")]


def test_a_source_asked_for_while_it_is_read_is_read_once_more(shelf):
    """S110: what a source comes after may change while it is read."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    run, job = extract(source, actor=SYSTEM)
    shelf.between = lambda _: None
    asked: list[tuple[SourceRun, Job]] = []

    def ask(_number):
        if not asked:
            asked.append(extract(source, actor=SYSTEM, cause="after", cause_name="shops"))

    shelf.between = ask
    shelf.is_builtin = True  # read on this thread, which has the transaction of the test

    run_here(job, show=lambda _: None)

    assert asked[0][0].pk == run.pk
    assert [run.state for run in source.runs.order_by("pk")] == ["published", "queued"]


def test_each_change_of_state_is_one_message(shelf, ada):
    """S116: `failed`, `held`, fresh rejections: one message per state change."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    source.owner = User.objects.get(pk=ada.user_id)
    source.save()
    read(source)
    shelf.schema = pa.schema([("id", pa.int64())])
    read(source)
    read(source)
    fill(shelf)
    read(source)
    fill(shelf, (1, "Ada", 0), (None, "Bo", 0))
    read(source)
    read(source)

    titles = list(Notification.objects.order_by("pk").values_list("title", flat=True))

    assert titles == [
        "customers could not be read",
        "customers waits for your decision",
        "Rows of customers were rejected",
    ]
    sentence = Notification.objects.order_by("pk")[0].sentence
    assert sentence.startswith('customers of customers has no column "name"')


def test_a_source_that_brings_nothing_new_is_told(shelf, ada):
    """S116: nothing new for three times the usual interval."""
    source = customers()
    source.owner = User.objects.get(pk=ada.user_id)
    source.save()
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(5):
        fill(shelf, (1, f"Ada {day}", 0))
        with clock.at(begin + timedelta(days=day)):
            read(source)

    with clock.at(begin + timedelta(days=6.5)):
        assert tell_of_quiet_sources() == 0
    with clock.at(begin + timedelta(days=7.5)):
        assert tell_of_quiet_sources() == 1
        assert tell_of_quiet_sources() == 1

    told = Notification.objects.get()
    assert told.title == "customers has brought nothing new"
    assert "3 days" in told.sentence


def test_what_is_old_is_forgotten(folder):
    """S100: rejected rows are kept 30 days; S111: runs 400 days."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\nx;2;b@x.fr\n")
    source = orders()
    read(source)

    with clock.at(clock.now() + timedelta(days=29)):
        assert clear_sources()["rejections"] == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert clear_sources()["rejections"] == 1
    with clock.at(clock.now() + timedelta(days=401)):
        assert clear_sources()["runs"] == 1

    assert not SourceRun.objects.exists()
    assert SourceVersion.objects.get().run is None
    assert len(stored(source)) == 1


def test_a_run_records_what_it_did(folder):
    """S111: start, end, who started it, version, mode, files, counts, bytes, memory, the log."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    source = orders()

    run = read(source)

    assert run.started_at < run.ended_at
    assert 0 < run.seconds < 30
    assert (run.mode, run.cause, run.files, run.number) == ("each", "person", 1, 1)
    assert run.bytes > 0
    assert run.peak_bytes is None or run.peak_bytes > 10_000_000
    assert run.definition["name"] == "orders"
    assert run.log
    assert JOBS["extraction"].label
