"""What every engine promises (`tresse.engine.base`)."""

import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from tests.engine.contract.rows import COLUMNS, batch
from tests.engines import ENGINES, opened_for_tests
from tresse.engine import columns as c
from tresse.engine.base import Stopped
from tresse.engine.functions import Function
from tresse.kernel.errors import TresseError

LOCAL = datetime(1969, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001  a local time
INSTANTS = (datetime(2026, 3, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
DAYS = (date(1, 1, 1), date(9999, 12, 31))
FULL = ("é", None, 1, -1, Decimal("0.000001"), 0.5, True, *DAYS, LOCAL, *INSTANTS, ["a", None, ""])
ALL = [FULL, (None,) * 13]
PEOPLE = (sa.column("name", sa.Text()), sa.column("n", sa.BigInteger()))
PLACE = sa.column("place", sa.Text())


def people(*rows) -> list[pa.RecordBatch]:
    return [pa.record_batch({"name": [r[0] for r in rows], "n": [r[1] for r in rows]})]


def spelled(value: str, *, mark: str) -> str:
    return f"{value[::-1]}{mark}"


SPELLED = Function("spelled", spelled, sa.Text())


def test_values_of_every_type_come_back_as_they_were(any_engine):
    table = any_engine.load("types", [batch(ALL)], COLUMNS)
    kept = any_engine.keep("types_kept", sa.select(table))
    folder = any_engine.root / "types"
    written = any_engine.write(sa.select(kept), folder)
    read = any_engine.read([folder / name for name in written.files], COLUMNS)

    for each in (table, kept, read):
        rows = any_engine.rows(sa.select(each).order_by(each.c.id))
        assert [row[1:] for row in rows] == ALL
    assert written.rows == 2
    assert written.bytes == sum((folder / name).stat().st_size for name in written.files)
    assert sorted(each.name for each in folder.iterdir()) == list(written.files)


def test_not_a_number_is_found_in_files_too(any_engine):
    """S52: NaN is NULL, though statistics of Parquet as Arrow writes them leave it out."""
    x: sa.ColumnClause[float] = sa.column("x", sa.Double())
    file = any_engine.root / "nan.parquet"
    pq.write_table(pa.table({"x": [1e300, float("nan"), None]}), file)
    read = any_engine.read([file], [x])

    found = any_engine.rows(sa.select(c.finite(read.c.x)))

    assert sorted(found, key=str) == [(1e300,), (None,), (None,)]


def test_writes_the_same_types_on_every_engine(any_engine):
    table = any_engine.load("schemas", [batch(ALL)], COLUMNS)
    counted = sa.select(
        table.c.b, sa.func.count().label("n"), sa.func.sum(table.c.n).label("s")
    ).group_by(table.c.b)
    folder = any_engine.root / "schemas"

    written = any_engine.write(sa.select(*table.c, sa.literal("x").label("z")), folder)
    summed = any_engine.write(counted, any_engine.root / "summed")

    file = pq.ParquetFile(folder / written.files[0])
    assert {f.name: str(f.type) for f in file.schema_arrow} == {
        "id": "int64",
        "t": "string",
        "u": "string",
        "n": "int64",
        "m": "int64",
        "d": "decimal128(21, 6)",
        "x": "double",
        "b": "bool",
        "day": "date32[day]",
        "other_day": "date32[day]",
        "local": "timestamp[us]",
        "at": "timestamp[us, tz=UTC]",
        "later": "timestamp[us, tz=UTC]",
        "l": "list<element: string>",
        "z": "string",
    }
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    types = pq.read_schema(any_engine.root / "summed" / summed.files[0]).types
    assert [str(each) for each in types] == ["bool", "int64", "int64"]


def test_no_rows_are_a_file_of_no_rows(any_engine):
    table = any_engine.read([], PEOPLE)

    written = any_engine.write(sa.select(table), any_engine.root / "nothing")

    assert (written.rows, len(written.files)) == (0, 1)
    read = any_engine.read([any_engine.root / "nothing" / written.files[0]], PEOPLE)
    assert any_engine.rows(sa.select(read)) == []
    assert any_engine.scalar(sa.select(read.c.n)) is None


def test_a_column_that_a_file_lacks_is_null(any_engine):
    folder = any_engine.root / "lacking"
    folder.mkdir()
    pq.write_table(pa.table({"name": ["Ada"]}), folder / "a.parquet")
    pq.write_table(pa.table({"NAME": ["Bo"], "n": pa.array([7], "int32")}), folder / "b.parquet")
    table = any_engine.read(sorted(folder.iterdir()), [*PEOPLE, PLACE])

    rows = any_engine.rows(sa.select(table).order_by(table.c.name))

    assert rows == [("Ada", None, None), ("Bo", 7, None)]


def test_a_step_replaces_one_of_its_name_that_it_reads(any_engine):
    step = any_engine.load("again", people(("Ada", 1)), PEOPLE)

    for _ in range(2):
        step = any_engine.keep("again", sa.select(step.c.name, (step.c.n + 1).label("n")))

    assert any_engine.rows(sa.select(step)) == [("Ada", 3)]
    any_engine.drop("again")
    any_engine.drop("again")
    with pytest.raises(Exception, match=r"(?i)again"):
        any_engine.rows(sa.select(step))


def test_batches_keep_the_order_asked_for(any_engine):
    table = any_engine.load("many", people(*((f"p{i}", i) for i in range(5000))), PEOPLE)
    other = sa.select(sa.func.count()).select_from(table)

    found = []
    for each in any_engine.batches(sa.select(table).order_by(table.c.n.desc()), 700):
        assert each.num_rows <= 700
        assert any_engine.scalar(other) == 5000  # other statements do not end the stream
        found += each.column("n").to_pylist()

    assert found == list(range(4999, -1, -1))


def test_large_results_are_several_files(any_engine):
    table = any_engine.load("files", people(*((f"p{i}", i) for i in range(300_000))), PEOPLE)

    written = any_engine.write(sa.select(table), any_engine.root / "files", rows_per_file=130_000)

    assert written.rows == 300_000
    assert len(written.files) >= 2


def test_nulls_and_ties_in_groups_windows_and_joins(any_engine):
    rows = [("a", 2), ("a", None), ("b", None), (None, 5), (None, 1)]
    table = any_engine.load("groups", people(*rows), PEOPLE)
    other = table.alias("other")
    number = sa.func.row_number().over(
        partition_by=table.c.name, order_by=[table.c.n.desc().nulls_last()]
    )
    numbered = sa.select(table.c.name, table.c.n, number.label("place"))

    assert sorted(any_engine.rows(numbered), key=repr) == sorted(
        [("a", 2, 1), ("a", None, 2), ("b", None, 1), (None, 5, 1), (None, 1, 2)], key=repr
    )
    picked = sa.select(
        table.c.name, c.last_of(table.c.n, [table.c.n]), c.first_of(table.c.n, [table.c.n])
    ).group_by(table.c.name)
    assert set(any_engine.rows(picked)) == {("a", 2, 2), ("b", None, None), (None, 5, 1)}
    last = c.last_of(table.c.name, [table.c.n, table.c.name])
    assert any_engine.scalar(sa.select(last)) == "a"
    lists = sa.select(table.c.n, c.gathered(table.c.name)).group_by(table.c.n)
    assert (None, ["a", "b"]) in any_engine.rows(lists)
    assert (5, None) in any_engine.rows(lists)
    twice = c.flattened(c.list_of(table.c.name, table.c.name))
    flat = sa.select(table.c.n, twice).where(table.c.name.is_not(None)).group_by(table.c.n)
    assert {n: sorted(found) for n, found in any_engine.rows(flat)} == {
        2: ["a", "a"],
        None: ["a", "a", "b", "b"],
    }
    joined = sa.select(sa.func.count()).select_from(
        table.join(other, table.c.name.is_not_distinct_from(other.c.name))
    )
    assert any_engine.scalar(joined) == 4 + 1 + 4
    ordered = sa.select(table.c.n).order_by(table.c.n, table.c.name)
    assert any_engine.rows(ordered) == [(1,), (2,), (5,), (None,), (None,)]


def test_functions_in_python_are_told_their_settings(any_engine):
    table = any_engine.load("functions", people(("Ada", 1), (None, 2), ("Ada", 3)), PEOPLE)
    calls = [SPELLED(table.c.name, mark=mark) for mark in ("!", "?")]

    rows = any_engine.rows(sa.select(table.c.n, *calls, SPELLED(calls[0], mark="")))

    assert sorted(rows) == [
        (1, "adA!", "adA?", "!Ada"),
        (2, None, None, None),
        (3, "adA!", "adA?", "!Ada"),
    ]


def test_refuses_files_elsewhere_clashing_names_and_unknown_types(any_engine, tmp_path):
    pq.write_table(pa.table({"name": ["Ada"]}), tmp_path / "a.parquet")
    inside = any_engine.root / "link.parquet"
    inside.symlink_to(tmp_path / "a.parquet")

    for path in (tmp_path / "a.parquet", any_engine.root / ".." / "x.parquet", inside):
        with pytest.raises(TresseError, match="outside of the folders"):
            any_engine.read([path], PEOPLE)
    with pytest.raises(TresseError, match="outside of the folders"):
        any_engine.write(sa.select(sa.literal("x").label("x")), tmp_path / "out")
    with pytest.raises(TresseError, match='"name" and "Name" differ only in case'):
        any_engine.read([], [*PEOPLE, sa.column("Name", sa.Text())])
    with pytest.raises(TresseError, match='"x" has the type LargeBinary'):
        any_engine.read([], [sa.column("x", sa.LargeBinary())])
    with pytest.raises(TresseError, match='"x" has the type NullType'):
        any_engine.keep("unknown", sa.select(sa.column("x")))


@pytest.fixture(params=ENGINES)
def own_engine(request, tmp_path):
    """Opens engines of this test alone."""
    return lambda **settings: opened_for_tests(request.param, tmp_path, **settings)


def slow(engine):
    """A statement of hours, in constant memory."""
    table = engine.load("slow", people(*((f"p{i}", i) for i in range(20_000))), PEOPLE)
    a, b, d = (table.alias(name) for name in "abd")
    digits = c.hashed(a.c.name + b.c.name + d.c.name)
    crossed = sa.join(sa.join(a, b, sa.true()), d, sa.true())
    return sa.select(sa.func.count()).select_from(crossed).where(digits == "")


def test_ends_a_statement_within_seconds(own_engine):
    told: list[float] = []
    started: list[float] = []

    def cancelled() -> bool:
        return bool(started) and time.monotonic() - started[0] > 1.5

    with own_engine(progress=told.append, cancelled=cancelled) as engine:
        statement = slow(engine)
        started.append(time.monotonic())
        with pytest.raises(Stopped):
            engine.rows(statement)
        assert time.monotonic() - started[0] < 1.5 + 5
        with pytest.raises(Stopped):
            engine.rows(sa.select(sa.literal(1).label("x")))
    assert all(0 <= share <= 1 for share in told)
    assert told


def test_ends_a_statement_from_another_thread(own_engine):
    with own_engine() as engine:
        statement = slow(engine)
        timer = threading.Timer(1.5, engine.cancel)
        timer.start()
        started = time.monotonic()
        with pytest.raises(Stopped):
            engine.rows(statement)
        assert time.monotonic() - started < 1.5 + 5
        timer.join()


def test_leaves_nothing_behind(own_engine, tmp_path):
    with own_engine() as engine:
        engine.load("left", people(("Ada", 1)), PEOPLE)
        engine.keep("left_too", sa.select(sa.literal("x").label("x")))
    assert list((tmp_path / "spill").iterdir()) == []


def test_names_what_has_no_name(any_engine):
    table = any_engine.load("unnamed", people(("Ada", 1)), PEOPLE)
    cells = (c.length(table.c.name), c.length(table.c.name), sa.func.max(table.c.n), table.c.n + 1)

    kept = any_engine.keep("unnamed_kept", sa.select(*cells[:2], cells[3]))

    assert len({*kept.c.keys()}) == 3
    assert any_engine.rows(sa.select(kept)) == [(3, 3, 2)]
    assert any_engine.rows(sa.select(cells[2], SPELLED(sa.func.max(table.c.name), mark="."))) == [
        (1, "adA.")
    ]
