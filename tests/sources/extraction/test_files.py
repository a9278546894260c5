"""Files of a source: which are read, what enters, what is refused, what becomes of them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.sources.extraction.conftest import counts, orders, put, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.connections import files as arrivals
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import FileKind
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.commands_extract import lines_of
from tresse.sources.models import SourceFile
from tresse.sources.queries import source_named
from tresse.sources.reported import warnings_of
from tresse.sources.shown import run_state, source_state

HEADER = "order_no;total;mail\n"


def test_one_file_becomes_the_first_version(folder):
    """S73: what extract answers adds up; S72: each row carries its bookkeeping."""
    put(folder, "orders_20260301.csv", HEADER + "1;12.50; A@X.fr\n2;;\n")
    source = orders()

    run = read(source)

    assert run.state == "published"
    assert run.is_first
    assert counts(run) == {"read": 2, "new": 2}
    rows = stored(source)
    assert rows["1"]["total"] == Decimal("12.5")
    assert (rows["1"]["mail"], rows["1"]["_raw.mail"]) == ("a@x.fr", " A@X.fr")
    assert rows["1"]["_modified_at"] == datetime(2026, 3, 1, tzinfo=UTC)
    assert rows["1"]["_first_read_at"] == rows["1"]["_read_at"] == run.started_at
    assert rows["1"]["_deleted_at"] is None
    assert len(rows["1"]["_hash"]) == 64
    assert source.version.number == run.number == 1
    assert (source.version.rows, source.version.record_key) == (2, ["order_no"])
    names = [column["name"] for column in source.version.columns]
    assert names == ["order_no", "total", "mail"]


def test_each_reads_only_files_that_are_new(folder):
    """S82: `each` reads at every run the files not read yet; S113: none is no new version."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n2;2;b@x.fr\n")
    source = orders()
    first = read(source)
    nothing = read(source)
    put(folder, "orders_20260302.csv", HEADER + "2;2;b@x.fr\n3;3;c@x.fr\n1;9;a@x.fr\n")

    second = read(source)

    assert (nothing.state, counts(nothing)) == ("unchanged", {})
    assert counts(second) == {"read": 3, "new": 1, "changed": 1, "unchanged": 1}
    rows = stored(source)
    assert [row["total"] for row in rows.values()] == [9, 2, 3]
    assert rows["1"]["_first_read_at"] == rows["2"]["_read_at"] == first.started_at
    assert rows["1"]["_read_at"] == second.started_at
    assert source.version.number == 2


def test_once_reads_all_files_and_then_stops(folder):
    """S82: `once` reads all matching files once, then stops."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;2;a@x.fr\n")
    source = orders(extract={"mode": "once"})
    first = read(source)
    put(folder, "orders_20260303.csv", HEADER + "3;3;a@x.fr\n")

    second = read(source)
    again = read(source, full=True)

    assert counts(first) == {"read": 2, "new": 2}
    assert (second.state, second.code) == ("skipped", "already_read")
    assert counts(again) == {"read": 3, "new": 1, "unchanged": 2}


def test_files_are_read_in_the_order_of_their_dates(folder):
    """S82: file date first; S90: of two files with one key in a run the later date stays."""
    put(folder, "orders_20260302.csv", HEADER + "1;2;b@x.fr\n", at=datetime(2026, 1, 1, tzinfo=UTC))
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n", at=datetime(2026, 2, 1, tzinfo=UTC))
    source = orders()

    run = read(source)

    assert counts(run) == {"read": 2, "new": 1, "superseded": 1}
    assert stored(source)["1"]["total"] == 2
    paths = list(SourceFile.objects.order_by("position").values_list("path", flat=True))
    assert paths == ["orders_20260301.csv", "orders_20260302.csv"]


def test_a_late_file_with_an_older_date_changes_nothing_newer(folder):
    """S90: the file date stands in for `modified_at`, also between runs."""
    put(folder, "orders_20260305.csv", HEADER + "1;5;a@x.fr\n")
    source = orders()
    read(source)
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n2;1;b@x.fr\n")

    run = read(source)

    assert counts(run) == {"read": 2, "new": 1, "superseded": 1}
    assert run.warnings["older_than_known"]["count"] == 1
    assert stored(source)["1"]["total"] == 5


def test_known_content_is_not_read_twice(folder):
    """S83: same content under another name is skipped and said; new content is read again."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    source = orders()
    read(source)
    put(folder, "orders_20260302.csv", HEADER + "1;1;a@x.fr\n")
    same = read(source)
    put(folder, "orders_20260301.csv", HEADER + "1;7;a@x.fr\n", at=datetime(2026, 3, 9, tzinfo=UTC))

    other = read(source)

    assert (same.state, counts(same)) == ("unchanged", {})
    assert same.warnings["same_content"]["examples"] == ["orders_20260302.csv"]
    skipped = SourceFile.objects.get(path="orders_20260302.csv")
    assert skipped.same_as is not None
    assert (skipped.state, skipped.same_as.path) == ("same_content", "orders_20260301.csv")
    assert counts(other) == {"read": 1, "changed": 1}


def test_a_touched_file_is_not_read_twice(folder):
    """S83: a file is known by its content, whatever its time."""
    path = put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    source = orders()
    read(source)
    put(folder, path.name, path.read_text(), at=datetime(2026, 3, 9, tzinfo=UTC))

    assert read(source).state == "unchanged"


def test_files_are_put_away_once_they_are_read(folder):
    """S85: `move` to done/ after the version is published."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    source = orders(read={"afterwards": "move"})

    run = read(source)

    assert run.state == "published"
    assert [path.name for path in (folder / "done").iterdir()] == ["orders_20260301.csv"]
    assert SourceFile.objects.get().afterwards == "moved"


def test_a_file_that_cannot_be_put_away_is_a_warning(folder):
    """S85: the run stays successful with a warning, and the file is not read twice."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    (folder / "done").write_text("a file stands where the folder should be")
    source = orders(read={"afterwards": "move"})

    run = read(source)

    assert run.state == "published"
    assert run.warnings["afterwards_failed"]["count"] == 1
    assert SourceFile.objects.get().afterwards == "failed"
    assert read(source).state == "unchanged"


def test_a_file_waits_for_its_marker(folder):
    """S84: with `ready: marker` a file is taken only when `<name>.done` exists."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;1;a@x.fr\n")
    put(folder, "orders_20260302.csv.done", "")
    source = orders(read={"ready": "marker", "afterwards": "delete"})

    run = read(source)

    assert list(stored(source)) == ["2"]
    assert run.warnings["file_unmarked"]["examples"] == ["orders_20260301.csv"]
    assert [path.name for path in folder.iterdir()] == ["orders_20260301.csv"]


def test_a_refused_file_does_not_stop_the_others(folder):
    """S88: a header without a picked column refuses the file; other files of the run go on."""
    put(folder, "orders_20260301.csv", "order_no;totals;mail\n1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;2;a@x.fr\n")
    source = orders()

    run = read(source)

    assert counts(run) == {"read": 1, "new": 1}
    refused = SourceFile.objects.get(path="orders_20260301.csv")
    assert (refused.state, refused.code) == ("refused", "header_mismatch")
    assert run.warnings["header_mismatch"]["examples"] == ["orders_20260301.csv"]


def test_a_file_that_is_mostly_unreadable_is_refused(folder):
    """S91: more than half of its lines and more than 20 rejected: nothing of the file enters."""
    bad = "".join(f"{n}\n" for n in range(21))
    put(folder, "orders_20260301.csv", HEADER + "77;1;a@x.fr\n" + bad)
    put(folder, "orders_20260302.csv", HEADER + "2;2;a@x.fr\n" + ";3;c@x.fr\n" * 20)
    source = orders()

    run = read(source)

    assert counts(run) == {"read": 21, "new": 1, "rejected": 20}
    assert list(stored(source)) == ["2"]
    refused = SourceFile.objects.get(path="orders_20260301.csv")
    assert (refused.state, refused.code) == ("refused", "file_refused")
    assert refused.details["rejected"] == 21
    assert run.warnings["file_refused"]["count"] == 1


def test_rejected_lines_and_rows_are_kept_as_they_came(folder):
    """S100: a refused row is kept with file, line, key, column, value, code and the raw row."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\nx;2;b@x.fr\n3;3\n;4;d@x.fr\n")
    source = orders()

    run = read(source)

    assert counts(run) == {"read": 4, "new": 1, "rejected": 3}
    found = list(run.rejections.order_by("line"))
    assert [(r.line, r.code, r.column, r.value) for r in found] == [
        (3, "could_not_parse_number", "order_no", "x"),
        (4, "incorrect_number_of_columns", "", ""),
        (5, "key_null", "order_no", ""),
    ]
    assert found[0].file.path == "orders_20260301.csv"
    assert found[0].raw == '{"order_no": "x", "total": "2", "mail": "b@x.fr"}'
    assert found[1].raw == "3;3"


def test_an_unreadable_cell_is_a_warning_and_its_row_stays(folder):
    """S101: null with a warning, unless the column is a key, the cursor or required."""
    put(folder, "orders_20260301.csv", HEADER + "1;one;a@x.fr\n2;2;nobody\n")
    columns = [
        {"name": "order_no", "type": "integer"},
        {"name": "total", "type": "decimal"},
        {"name": "mail", "type": "text", "required": True, "rules": ["email"]},
    ]
    source = orders(columns=columns)

    run = read(source)

    assert counts(run) == {"read": 2, "new": 1, "rejected": 1}
    assert stored(source)["1"]["total"] is None
    warned = run.warnings["could_not_parse_number"]
    assert (warned["columns"], warned["examples"]) == ({"total": 1}, ["one"])
    assert run.rejections.get().code == "email_unreadable"


def test_a_file_that_holds_everything_marks_what_is_absent(folder):
    """S90: `file_holds: all` makes each file a snapshot; S80: absent rows get `_deleted_at`."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n2;2;b@x.fr\n3;3;c@x.fr\n")
    source = orders(read={"file_holds": "all"})
    read(source)
    put(folder, "orders_20260302.csv", HEADER + "1;1;a@x.fr\n4;4;c@x.fr\n2;;\n")
    put(folder, "orders_20260303.csv", HEADER + "1;1;a@x.fr\n2;2;b@x.fr\n")

    run = read(source)
    between = stored(source)
    put(folder, "orders_20260304.csv", HEADER + "1;1;a@x.fr\n2;2;b@x.fr\n3;3;c@x.fr\n")
    back = read(source)

    assert counts(run) == {"read": 5, "new": 1, "unchanged": 2, "superseded": 2, "deleted": 1}
    assert between["3"]["_deleted_at"] == between["4"]["_deleted_at"] == run.started_at
    assert counts(back) == {"read": 3, "changed": 1, "unchanged": 2}
    rows = stored(source)
    assert rows["3"]["_deleted_at"] is None
    assert rows["4"]["_deleted_at"] == run.started_at


@pytest.mark.usefixtures("folder")
def test_no_matching_file_at_all_is_said():
    """S112: the first run of a source without files says what it looked for."""
    source = orders()

    run = read(source)

    assert (run.state, run.code) == ("failed", "no_files")
    assert "orders_" in run.details["pattern"]


def test_a_file_that_is_being_written_waits_for_the_next_run(folder, monkeypatch):
    """S84: a file changed within the last minute is listed twice and left if it differs."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;", at=datetime.now(UTC))
    kind = KINDS["folder"]
    assert isinstance(kind, FileKind)
    listing = kind.listing
    seen = []

    def growing(_self, opened):
        seen.append(opened)
        if len(seen) > 1:
            put(folder, "orders_20260302.csv", HEADER + "2;2;b@x.fr\n", at=datetime.now(UTC))
        return listing(opened)

    monkeypatch.setattr(type(kind), "listing", growing)
    monkeypatch.setattr(arrivals, "PAUSE_SECONDS", 0.0)
    source = orders()

    run = read(source)

    assert list(stored(source)) == ["1"]
    assert run.warnings["file_unsettled"]["examples"] == ["orders_20260302.csv"]


@pytest.mark.usefixtures("folder")
def test_only_reviewed_sources_are_read():
    """S53: a person reviews the types before the first run."""
    source = orders(reviewed=False)

    with pytest.raises(TresseError) as caught:
        read(source)

    assert caught.value.code == "not_reviewed"


def test_rows_of_files_that_are_gone_get_their_new_keys(folder):
    """S45: a changed key; files that were deleted cannot be read again, so their rows stay."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n2;2;b@x.fr\n3;3;b@x.fr\n4;4;\n")
    source = orders(read={"afterwards": "delete"})
    read(source)
    source = change_source(source, merged(source, {"record_key": ["mail"]}), actor=SYSTEM)
    put(folder, "orders_20260302.csv", HEADER + "9;9;b@x.fr\n5;5;c@x.fr\n")

    run = read(source)

    assert counts(run) == {"read": 2, "new": 1, "changed": 1}
    assert run.warnings["not_carried"]["count"] == 2
    assert {key: row["total"] for key, row in stored(source).items()} == {
        "a@x.fr": 1,
        "b@x.fr": 9,
        "c@x.fr": 5,
    }
    assert read(source).state == "unchanged"


def priced(folder, cells):
    """The run of a file of prices, one a line."""
    lines = "".join(f"{at};{cell};a@x.fr\n" for at, cell in enumerate(cells))
    put(folder, "orders_20260301.csv", HEADER + lines)
    return read(orders())


def state_of(run):
    """What the pages say of the source of a run."""
    return source_state(source_named(run.source.name, SYSTEM))


def test_amounts_are_read_without_a_decimal_sign(folder):
    """S52: `1 234,50 €` reads where no decimal sign is set."""
    run = priced(folder, ["1\u00a0234,01 €"] * 30)

    assert {row["total"] for row in stored(run.source).values()} == {Decimal("1234.01")}
    assert run.warnings == {}
    assert state_of(run) == ("Healthy", "ok")


def test_a_column_that_lost_all_its_cells_is_no_healthy_one(folder):
    """S101: cells that cannot be read are told; where that empties a column, before all else."""
    run = priced(folder, ["1 234 zł 50"] * 20)

    assert run.state == "published"
    told = run.warnings["column_emptied"]
    assert (told["count"], told["columns"], told["examples"][0]) == (
        20,
        {"total": 20},
        "1 234 zł 50",
    )
    assert warnings_of(run)[0].words.startswith("Cells of columns none of whose cells")
    assert state_of(run) == ("Worth a look", "warn")
    assert run_state(run) == ("Published", "warn")
    assert lines_of(run)[2].strip().startswith("20  Cells of columns none of whose")
    nothing = read(run.source)
    assert (nothing.state, nothing.warnings) == ("unchanged", {})
    assert state_of(nothing) == ("Worth a look", "warn")


@pytest.mark.parametrize("cells", [["much"] * 19, [*["much"] * 40, "1"]])
def test_a_column_with_a_value_left_is_not_emptied(folder, cells):
    """S101: fewer than 20 cells, or one that can be read, are no emptied column."""
    assert "column_emptied" not in priced(folder, cells).warnings
