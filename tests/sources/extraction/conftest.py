"""Sources of a folder and of a shelf: a connection that lies in memory and does as it is told."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pyarrow as pa
import pytest

from tresse.accounts.actor import SYSTEM
from tresse.connections.changes import add_connection
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import ColumnSeen, Kind, Said, Seen
from tresse.connections.refusals import CONNECTION_LOST
from tresse.jobs.worker import run_here
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import add_source
from tresse.sources.versions import engine, table_of

OLD = datetime(2026, 3, 1, tzinfo=UTC)
"When files were written: long ago, so that they are at rest."


class Shelf(Kind):
    """Rows in memory that keep the promises of `Kind.read`; `fails_after` breaks a reading off."""

    name: ClassVar[str] = "shelf"
    label: ClassVar[str] = "Shelf"
    reads: ClassVar[tuple[str, ...]] = ("table",)

    def __init__(self):
        self.rows = []
        self.schema = pa.schema([])
        self.batch_rows = 1_000
        self.failures = []
        "Each: after how many batches a reading breaks off; None: it does not."
        self.requests = []
        self.between = lambda _number: None

    def check(self, opened):  # noqa: ARG002  as of every kind
        return Seen(True, Said("ok"))

    def check_writing(self, opened):
        return self.check(opened)

    def tables(self, opened):  # noqa: ARG002  as of every kind
        return ()

    def describe(self, opened, request):  # noqa: ARG002  as of every kind
        proposed = {
            pa.int64(): "integer",
            pa.float64(): "number",
            pa.bool_(): "boolean",
            pa.timestamp("us"): "datetime",
            pa.timestamp("us", "UTC"): "datetime",
            pa.date32(): "date",
        }
        return tuple(
            ColumnSeen(each.name, str(each.type), proposed.get(each.type, "text"))
            for each in self.schema
        )

    def read(self, opened, request) -> Iterator[pa.RecordBatch]:  # noqa: ARG002  as of every kind
        self.requests.append(request)
        schema = pa.schema([self.schema.field(name) for name in request.columns])
        rows = list(self._wanted(request))
        fails = self.failures.pop(0) if self.failures else None
        yield pa.RecordBatch.from_pylist([], schema=schema)
        for number, at in enumerate(range(0, len(rows), self.batch_rows)):
            if fails == number:
                raise CONNECTION_LOST(host="shelf", reason="it fell over")
            self.between(number)
            chunk = [
                {n: row[n] for n in request.columns} for row in rows[at : at + self.batch_rows]
            ]
            yield pa.RecordBatch.from_pylist(chunk, schema=schema)

    def _wanted(self, request):
        if not request.cursor:
            return self.rows
        empty = [row for row in self.rows if row[request.cursor] is None]
        dated = [row for row in self.rows if row[request.cursor] is not None]

        def place(row):
            return (row[request.cursor], *(row[name] for name in request.key))

        dated.sort(key=place)
        if request.after:
            return [row for row in dated if place(row) > request.after]
        if request.since is not None:
            dated = [row for row in dated if row[request.cursor] >= request.since]
        return [*(empty if request.null_cursor else []), *dated]


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    """A home of this test alone: ids of sources come again."""
    settings.HOME = tmp_path / "home"
    return settings.HOME


@pytest.fixture
def shelf(monkeypatch, db):  # noqa: ARG001  rows of a connection
    """The shelf, and the connection `shelf` to it."""
    kind = Shelf()
    monkeypatch.setitem(KINDS._things, "shelf", kind)
    add_connection(name="shelf", kind="shelf", settings={}, secrets={}, actor=SYSTEM)
    return kind


@pytest.fixture
def folder(tmp_path, db):  # noqa: ARG001  rows of a connection
    """A folder of files, and the connection `till` to it; `put` writes a file that is at rest."""
    path = tmp_path / "till"
    path.mkdir()
    add_connection(
        name="till", kind="folder", settings={"url": str(path)}, secrets={}, actor=SYSTEM
    )
    return path


def put(folder, name, text, at=OLD):
    """Write a file, last changed long ago."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def orders(**facts):
    """A source of CSV files `orders_20260301.csv` with order_no, total and mail."""
    extract = {"mode": "each", **facts.pop("extract", {})}
    read = {"files": r"orders_(?P<date>\d{8})\.csv", "separator": ";", **facts.pop("read", {})}
    item = {
        "name": "orders",
        "connection": "till",
        "entity": "orders",
        "record_key": ["order_no"],
        "read": read,
        "columns": [
            {"name": "order_no", "type": "integer"},
            {"name": "total", "type": "decimal"},
            {"name": "mail", "type": "text", "rules": ["trim", "email"]},
        ],
        "extract": extract,
    }
    return add_source({**item, **facts}, actor=SYSTEM)


def customers(**facts):
    """A source of the shelf with id, name and updated_at."""
    item = {
        "name": "customers",
        "connection": "shelf",
        "entity": "contacts",
        "record_key": ["id"],
        "read": {"table": "customers"},
        "columns": [
            {"name": "id", "type": "integer"},
            {"name": "name", "type": "text"},
            {"name": "updated_at", "type": "datetime", "zone": "UTC"},
        ],
        "modified_at": "updated_at",
    }
    return add_source({**item, **facts}, actor=SYSTEM)


def read(source, **asked):
    """Read a source to the end; the run."""
    run, job = extract(source, actor=SYSTEM, **asked)
    run_here(job, show=lambda _progress: None)
    run.refresh_from_db()
    source.refresh_from_db()
    return run


def counts(run):
    """The counts of S73 that are not 0."""
    names = ("read", "new", "changed", "unchanged", "rejected", "superseded", "deleted")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def stored(source):
    """The rows of the published version by key, each a dictionary."""
    source.refresh_from_db()
    with engine() as session:
        table = table_of(session, source.version)
        names = [column.name for column in table.c]
        found = session.rows(table.select())
    rows = [dict(zip(names, row, strict=True)) for row in found]
    assert len({row["_key"] for row in rows}) == len(rows)
    return {row["_key"]: row for row in sorted(rows, key=lambda row: row["_key"])}


NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001  as servers without zones have it
SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("updated_at", pa.timestamp("us"))])
INCREMENTAL = {"mode": "incremental", "cursor": "updated_at", "overlap": "1h"}


def fill(shelf, *rows):
    """Put rows of id, name and minutes after noon (None: no time) on the shelf."""
    shelf.schema = SCHEMA
    shelf.rows = [
        {"id": n, "name": name, "updated_at": None if m is None else NOON + timedelta(minutes=m)}
        for n, name, m in rows
    ]


def many(number, name="x"):
    return [(n, name, 0) for n in range(number)]
