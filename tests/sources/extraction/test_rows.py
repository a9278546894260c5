"""Rows of tables: snapshots, cursors, deletes, guards."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sources.extraction.conftest import (
    INCREMENTAL,
    NOON,
    counts,
    customers,
    fill,
    many,
    read,
    stored,
)
from tresse.accounts.actor import SYSTEM
from tresse.connections.changes import enable_connection
from tresse.sources.changes.runs import cancel_run, extract, publish_held
from tresse.sources.changes.sources import enable_source
from tresse.sources.extraction import publishing, reading
from tresse.sources.models import SourceVersion
from tresse.sources.versions import house, owner_of


def test_a_snapshot_finds_what_is_new_and_changed(shelf):
    """S70: everything, each time; S75: changes are found by key and hash."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    source = customers()
    first = read(source)
    fill(shelf, (1, "Ada", 0), (2, "Bob", 5), (3, "Cy", 6))

    second = read(source)
    third = read(source)

    assert counts(first) == {"read": 2, "new": 2}
    assert counts(second) == {"read": 3, "new": 1, "changed": 1, "unchanged": 1}
    assert (third.state, counts(third)) == ("unchanged", {"read": 3, "unchanged": 3})
    rows = stored(source)
    assert rows["2"]["_read_at"] == second.started_at
    assert rows["2"]["_first_read_at"] == rows["1"]["_read_at"] == first.started_at
    assert rows["2"]["_modified_at"] == datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    assert source.version.number == 2


def test_the_newest_row_of_a_key_stays(shelf):
    """S43: lines of 03-01, 03-05 and 03-05 with one key: the last stays, `superseded: 2`."""
    fill(shelf, (7, "first", 0), (7, "newest", 5), (7, "last of them", 5), (8, "other", None))
    source = customers()

    run = read(source)

    assert counts(run) == {"read": 4, "new": 2, "superseded": 2}
    assert stored(source)["7"]["name"] == "last of them"
    assert stored(source)["8"]["_modified_at"] == run.started_at


def test_an_incremental_run_reads_from_the_cursor_less_its_overlap(shelf):
    """S76: cursor at 10:00, overlap 1 h; a row stamped 09:40 and written late is read next time."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 60))
    source = customers(extract=INCREMENTAL)
    first = read(source)
    fill(shelf, (1, "Ada", 0), (2, "Bo", 60), (3, "late", 40), (4, "new", 70))

    second = read(source)

    assert first.cursor_to == {"kind": "datetime", "value": "2026-03-01T13:00:00"}
    assert shelf.requests[-1].since == NOON
    assert counts(second) == {"read": 4, "new": 2, "unchanged": 2}
    assert second.cursor_from == first.cursor_to
    assert source.cursor["value"] == "2026-03-01T13:10:00"
    assert list(stored(source)) == ["1", "2", "3", "4"]


def test_rows_without_cursor_are_read_in_every_run(shelf):
    """S77: they are counted as `cursor_null`."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", None))
    source = customers(extract=INCREMENTAL, modified_at=None)
    read(source)

    run = read(source)

    assert run.warnings["cursor_null"]["count"] == 1
    assert counts(run) == {"read": 2, "unchanged": 2}


def test_a_run_that_finds_nothing_makes_no_version(shelf):
    """S123: an incremental run that finds nothing makes no version."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 300))
    source = customers(extract=INCREMENTAL)
    read(source)

    run = read(source)

    assert (run.state, counts(run)) == ("unchanged", {"read": 1, "unchanged": 1})
    assert SourceVersion.objects.count() == 1


def test_a_full_reading_begins_from_nothing(shelf):
    """S70: a person can ask for a full reading at any time."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 300))
    source = customers(extract=INCREMENTAL)
    read(source)

    run = read(source, full=True)

    assert shelf.requests[-1].since is None
    assert run.cursor_from is None
    assert counts(run) == {"read": 2, "unchanged": 2}


def test_a_source_that_went_back_in_time_is_read_in_full(shelf):
    """S75: the cursor leads nowhere after a backup was restored; the run says so and reads all."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 300))
    source = customers(extract=INCREMENTAL)
    read(source)
    fill(shelf, (1, "Ada was", -10), (3, "Cy", 10))

    run = read(source)

    assert run.warnings["cursor_went_back"]["count"] == 1
    assert run.is_full
    assert counts(run) == {"read": 2, "new": 1, "changed": 1}
    assert run.warnings["time_went_back"]["count"] == 1
    assert list(stored(source)) == ["1", "2", "3"]
    assert source.cursor["value"] == "2026-03-01T12:10:00"


def test_gone_rows_stay_unless_asked(shelf):
    """S80: `deletes: keep` is the default."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    source = customers()
    read(source)
    fill(shelf, (1, "Ada", 0))

    assert read(source).state == "unchanged"


def test_absent_rows_are_marked_and_come_back(shelf):
    """S80: `absent` in snapshot modes: absent rows get `_deleted_at`."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    source = customers(extract={"deletes": "absent"})
    read(source)
    fill(shelf, (1, "Ada", 0))
    gone = read(source)
    still = read(source)
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    rows = stored(source)

    back = read(source)

    assert counts(gone) == {"read": 1, "unchanged": 1, "deleted": 1}
    assert rows["2"]["_deleted_at"] == gone.started_at
    assert still.state == "unchanged"
    assert counts(back) == {"read": 2, "changed": 1, "unchanged": 1}
    assert stored(source)["2"]["_deleted_at"] is None


def test_a_column_says_which_rows_are_gone(shelf):
    """S80: `{column: is_deleted}`: true marks a row."""
    shelf.schema = pa.schema([("id", pa.int64()), ("gone", pa.bool_())])
    shelf.rows = [{"id": 1, "gone": False}, {"id": 2, "gone": False}]
    columns = [{"name": "id", "type": "integer"}, {"name": "gone", "type": "boolean"}]
    source = customers(columns=columns, modified_at=None, extract={"deletes": {"column": "gone"}})
    read(source)
    shelf.rows = [{"id": 1, "gone": False}, {"id": 2, "gone": True}]

    run = read(source)
    again = read(source)

    assert counts(run) == {"read": 2, "changed": 1, "unchanged": 1, "deleted": 1}
    assert stored(source)["2"]["_deleted_at"] == run.started_at
    assert again.state == "unchanged"


def test_a_rejected_row_is_not_taken_for_a_gone_one(shelf):
    """S80: only rows that are absent at the source are marked."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    columns = [
        {"name": "id", "type": "integer"},
        {"name": "name", "type": "text", "required": True},
        {"name": "updated_at", "type": "datetime"},
    ]
    source = customers(columns=columns, extract={"deletes": "absent"})
    read(source)
    fill(shelf, (1, "Ada", 0), (2, None, 0))

    run = read(source)

    assert (run.state, counts(run)) == ("unchanged", {"read": 2, "unchanged": 1, "rejected": 1})
    assert run.rejections.get().code == "required_null"
    assert stored(source)["2"]["_deleted_at"] is None


def test_too_many_deletes_wait_for_a_person(shelf):
    """S80: over 20 % and over 20 rows would be marked: nothing is published until confirmed."""
    fill(shelf, *many(100))
    source = customers(extract={"deletes": "absent"})
    read(source)
    fill(shelf, *many(79))

    held = read(source)

    assert (held.state, held.code) == ("held", "too_many_deleted")
    assert (held.details["number"], held.details["rows"], held.details["percent"]) == (21, 100, 21)
    assert source.version.number == 1
    run = read(source, publish_held=True)
    assert (run.pk, run.state, run.number) == (held.pk, "published", 2)
    rows = stored(source)
    assert sum(row["_deleted_at"] is not None for row in rows.values()) == 21
    assert source.version.deleted == 21


def test_twenty_deletes_are_not_suspicious(shelf):
    """S80: the guard needs more than 20 rows."""
    fill(shelf, *many(30))
    source = customers(extract={"deletes": "absent"})
    read(source)
    fill(shelf, *many(10))

    assert read(source).state == "published"


def test_nothing_after_something_waits_for_a_person(shelf):
    """S80: a reading of 0 rows after more than 0 is always refused so."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    read(source)
    fill(shelf)

    run = read(source)

    assert (run.state, run.code) == ("held", "too_many_deleted")


def test_too_many_rejections_wait_for_a_person(shelf):
    """S104: over 10 % of `read` and more than 100 rows: `held`, `too_many_rejected`."""
    fill(shelf, *many(900), *[(None, "x", 0) for _ in range(101)])
    source = customers()

    held = read(source)
    run, job = publish_held(held, actor=SYSTEM)

    assert (held.state, held.code) == ("held", "too_many_rejected")
    assert counts(held) == {"read": 1001, "new": 900, "rejected": 101}
    assert held.rejections.count() == 101
    assert run.state == "queued"
    assert job.is_live


def test_a_held_run_can_be_thrown_away(shelf):
    """S113: `held` waits for a person, who may also say no."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    read(source)
    fill(shelf)
    held = read(source)

    run = cancel_run(held, actor=SYSTEM)

    assert run.state == "cancelled"
    assert source.version.number == 1


def test_a_newer_version_outdates_a_held_run(shelf):
    """S113: what waited is given up once a newer run is published."""
    fill(shelf, *many(2))
    source = customers()
    read(source)
    fill(shelf)
    held = read(source)
    fill(shelf, *many(3))

    newer = read(source)
    held.refresh_from_db()

    assert newer.state == "published"
    assert (held.state, held.code) == ("cancelled", "held_outdated")


def test_a_time_in_the_future_is_clamped(shelf):
    """S57: `modified_at` later than the run's start is clamped to it and counted."""
    fill(shelf, (1, "Ada", 60 * 24 * 365 * 50))
    source = customers()

    run = read(source)

    assert run.warnings["future_date"]["count"] == 1
    assert stored(source)["1"]["_modified_at"] == run.started_at


def test_a_repeated_further_key_is_a_warning(shelf):
    """S44: a further key repeated is counted; rows stay."""
    fill(shelf, (1, "Ada", 0), (2, "Ada", 0), (3, "Bo", 0), (4, None, 0), (5, None, 0))
    source = customers(further_keys=[["name"]])

    run = read(source)

    assert run.warnings["further_key_repeated"]["columns"] == {"name": 2}
    assert counts(run) == {"read": 5, "new": 5}


def test_a_broken_reading_goes_on_behind_its_last_part(shelf, monkeypatch):
    """S94: broken connections are tried 5 times; a retry continues at the last full page."""
    monkeypatch.setattr(reading, "PART_ROWS", 100)
    monkeypatch.setattr(reading, "WAIT_SECONDS", (0.0,) * 4)
    fill(shelf, *[(n, "x", n // 50) for n in range(1_000)])
    shelf.batch_rows, shelf.failures = 100, [5, 2]
    source = customers(extract={**INCREMENTAL, "overlap": "0"})

    run = read(source)

    assert counts(run) == {"read": 1_000, "new": 1_000}
    assert [len(request.after) for request in shelf.requests[-3:]] == [0, 2, 2]
    assert shelf.requests[-2].after[1] == 499
    assert len(stored(source)) == 1_000


def test_a_broken_snapshot_begins_again(shelf, monkeypatch):
    """S78: one run sees one state, so half of another state is thrown away."""
    monkeypatch.setattr(reading, "PART_ROWS", 100)
    monkeypatch.setattr(reading, "WAIT_SECONDS", (0.0,) * 4)
    fill(shelf, *many(500))
    shelf.batch_rows, shelf.failures = 100, [3]
    source = customers()

    run = read(source)

    assert counts(run) == {"read": 500, "new": 500}


def test_a_source_that_stays_away_fails_and_keeps_its_version(shelf, monkeypatch):
    """S94, S71: after five tries the run fails; the old version stays."""
    monkeypatch.setattr(reading, "WAIT_SECONDS", (0.0,) * 4)
    fill(shelf, *many(5))
    source = customers()
    read(source)
    shelf.failures = [0] * 5

    run = read(source)

    assert (run.state, run.code) == ("failed", "connection_lost")
    assert len(stored(source)) == 5
    assert house().numbers(owner_of(source.pk)) == [1]


def test_a_full_disk_is_said(shelf, monkeypatch):
    """S125: disk full: one sentence, and the old version stays."""

    def full(*_args, **_named):
        raise OSError(28, "No space left on device")

    fill(shelf, *many(5))
    source = customers()
    read(source)
    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)

    run = read(source)

    assert (run.state, run.code) == ("failed", "no_space")
    assert source.version.number == 1


def test_a_source_that_is_switched_off_is_skipped(shelf):
    """S7: runs of a disabled connection or source are `skipped`, and say why."""
    fill(shelf, *many(5))
    source = customers()
    connection = source.connection
    enable_connection(connection, enabled=False, actor=SYSTEM)
    away = read(source)
    enable_connection(connection, enabled=True, actor=SYSTEM)
    source = enable_source(source, is_enabled=False, actor=SYSTEM)

    off = read(source)

    assert (away.state, away.code) == ("skipped", "connection_disabled")
    assert (off.state, off.code) == ("skipped", "source_disabled")


def test_a_second_request_joins_the_first(shelf):
    """S110: one run at a time per source; a second request joins the waiting one."""
    fill(shelf, *many(5))
    source = customers()
    first, job = extract(source, actor=SYSTEM)

    second, same = extract(source, actor=SYSTEM, full=True)

    assert (second.pk, same.pk) == (first.pk, job.pk)
    assert second.is_full


def test_old_versions_go(shelf, monkeypatch):
    """S117: the last 10 versions stay; here the last 3."""
    assert publishing.KEPT_VERSIONS == 10
    monkeypatch.setattr(publishing, "KEPT_VERSIONS", 3)
    fill(shelf, (1, "Ada", 0))
    source = customers()
    for number in range(5):
        fill(shelf, (1, f"Ada {number}", 0))
        read(source)

    assert house().numbers(owner_of(source.pk)) == [3, 4, 5]
    assert SourceVersion.objects.count() == 3


@pytest.mark.parametrize("name", ["_deleted_at", "_line"])
def test_columns_with_names_of_ours_are_left_out(shelf, name):
    """S72: bookkeeping columns are ours alone."""
    shelf.schema = pa.schema([("id", pa.int64()), (name, pa.string())])
    shelf.rows = [{"id": 1, name: "x"}]
    source = customers(columns=None, modified_at=None)

    run = read(source)

    assert (run.state, counts(run)) == ("published", {"read": 1, "new": 1}), run.details
