"""The stage of an import: tables of its own, out of the way of everybody else.

SQLite: a file beside the import's file. It is filled through a connection of its own, so that
nobody waits for the one write lock of the house, and attached to Django's connection as `stage` to
be joined with records. PostgreSQL: unlogged tables `stage_<id>_<name>`, which a crash empties; then
the file is staged again.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from django.db import DatabaseError, connection
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable
from sqlalchemy.sql.base import Executable

from tresse.engine.sqlite import register
from tresse.engine.statements import DIALECTS, prepared, writer

SCHEMA = "stage"
FILE = "stage.sqlite3"
FEW = 500
SESSION = {"random_page_cost": "1.1", "jit": "off", "max_parallel_workers_per_gather": "0"}
"""Of PostgreSQL, while a stage is at hand: many statements over a few thousand rows, each found by
line or key. Compiling them to machine code, or reading whole tables by several workers, never pays.
"""
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Ready:
    """A statement compiled once and run many times with other bound numbers."""

    def __init__(self, statement: Executable) -> None:
        self._prepared = prepared(statement, connection.vendor)

    def run(self, **values: Any) -> int:
        """Run it; answers how many rows it touched."""
        with connection.cursor() as cursor:
            cursor.execute(self._prepared.text, {**self._prepared.parameters, **values} or None)
            return int(cursor.rowcount)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run it and read all rows."""
        with connection.cursor() as cursor:
            cursor.execute(self._prepared.text, {**self._prepared.parameters, **values} or None)
            return self._prepared.read(cursor.fetchall())

    def numbers(self, **values: Any) -> npt.NDArray[np.int64]:
        """Run a select of whole numbers, none of them NULL: an array for each column."""
        with connection.cursor() as cursor:
            cursor.execute(self._prepared.text, {**self._prepared.parameters, **values} or None)
            found, width = cursor.fetchall(), len(self._prepared.readers)
        flat = np.fromiter(chain.from_iterable(found), np.int64, len(found) * width)
        return flat.reshape(-1, width).T


def pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values few enough for one statement."""
    return (values[start : start + FEW] for start in range(0, len(values), FEW))


class Stage:
    """The stage tables of one import, or of rows that another room hands over.

    `name` tells its tables from those of others: the id of the import, a word and an id of others.
    """

    def __init__(self, name: int | str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.file = folder / FILE
        self.is_file = connection.vendor == "sqlite"
        self._metadata = sa.MetaData()
        self._own: sqlite3.Connection | None = None
        self._bare: set[str] = set()
        "Names of tables that are still to get their primary key."

    def table(self, name: str, *columns: sa.Column[Any], **options: Any) -> sa.Table:
        """Describe a stage table; the same name twice gives the same table."""
        schema = SCHEMA if self.is_file else None
        full = name if self.is_file else f"stage_{self.name}_{name}"
        options.setdefault("prefixes", [] if self.is_file else ["UNLOGGED"])
        return sa.Table(full, self._metadata, *columns, schema=schema, **options)

    def create(self, *tables: sa.Table, keyed_later: Collection[sa.Table] = ()) -> None:
        """Make tables, empty; those of the same name go.

        `keyed_later` get their primary key by `key`, once they are full: PostgreSQL makes an index
        at once in a fraction of the time that it takes row by row.
        """
        for table in tables:
            is_bare = table in keyed_later and not self.is_file
            made = _without_key(table) if is_bare else table
            self._define(DropTable(table, if_exists=True), CreateTable(made))
            if is_bare:
                self._bare.add(table.name)
            for index in table.indexes:
                self.index(index)

    def key(self, *tables: sa.Table) -> None:
        """Give tables that are full their primary key, where they have none yet."""
        for table in tables:
            if table.name in self._bare:
                self._bare.discard(table.name)
                names = ", ".join(f'"{column.name}"' for column in table.primary_key)
                with connection.cursor() as cursor:
                    cursor.execute(f'ALTER TABLE "{table.name}" ADD PRIMARY KEY ({names})')

    def index(self, index: sa.Index) -> None:
        """Make an index of a stage table."""
        self._define(CreateIndex(index))

    def _define(self, *elements: Any) -> None:
        # DDL goes through Django's connection: in a file, the attached schema names the place.
        with connection.cursor() as cursor:
            for element in elements:
                cursor.execute(str(element.compile(dialect=DIALECTS[connection.vendor])))

    def is_there(self, table: sa.Table) -> bool:
        """Whether a table exists and holds a row."""
        try:
            return bool(Ready(sa.select(sa.literal(1)).select_from(table).limit(1)).rows())
        except DatabaseError:
            return False

    def load(self, table: sa.Table, columns: Mapping[str, Sequence[Any]]) -> None:
        """Insert rows given column by column, Python values of the columns' types.

        A column without any value is left out: binding it costs as much as one that has some.
        """
        size = len(next(iter(columns.values()), ()))
        if not size:
            return
        names = [name for name, values in columns.items() if values.count(None) < size]
        listed = ", ".join(f'"{name}"' for name in names)
        written = [_written(table.c[name].type, columns[name]) for name in names]
        if not self.is_file:
            body = "\n".join(map("\t".join, zip(*map(_copied, written), strict=True)))
            connection.ensure_connection()
            with (
                connection.connection.cursor() as cursor,
                cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy,
            ):
                copy.write(body + "\n")
            return
        marks = ", ".join("?" * len(names))
        text = f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})'  # noqa: S608  our own names
        own = self._connection()
        own.execute("BEGIN")
        own.executemany(text, zip(*written, strict=True))
        own.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if self._own is None:
            self._own = sqlite3.connect(self.file, isolation_level=None, timeout=30)
            self._own.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16384;"
            )
            register(self._own)
        return self._own

    @contextmanager
    def attached(self) -> Iterator["Stage"]:
        """Within the block, statements on Django's connection may name the stage's tables.

        Opened and closed outside of a transaction.
        """
        if not self.is_file:
            with connection.cursor() as cursor:
                for name, value in SESSION.items():
                    cursor.execute(f"SET {name} = {value}")
            try:
                yield self
            finally:
                if connection.is_usable():
                    with connection.cursor() as cursor:
                        for name in SESSION:
                            cursor.execute(f"RESET {name}")
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("ATTACH DATABASE %s AS stage", [str(self.file)])
            cursor.execute("PRAGMA stage.journal_mode=MEMORY")
            cursor.execute("PRAGMA stage.synchronous=OFF")
            cursor.execute("PRAGMA stage.cache_size=-32768")
            cursor.execute("PRAGMA stage.mmap_size=0")
        try:
            yield self
        finally:
            self.close()
            if connection.connection is not None and not connection.in_atomic_block:
                with connection.cursor() as cursor:
                    cursor.execute("DETACH DATABASE stage")

    @contextmanager
    def read_by_several(self) -> Iterator[None]:
        """Within the block, PostgreSQL may read whole tables by more than one process.

        Of use where statements go over a whole file and nobody else of ours is at work.
        """
        if self.is_file:
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 2")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")

    def settled(self, *tables: sa.Table) -> None:
        """Tell PostgreSQL what the tables hold now; without it, its plans guess wildly."""
        if not self.is_file:
            with connection.cursor() as cursor:
                for table in tables:
                    cursor.execute(f'ANALYZE "{table.name}"')

    def close(self) -> None:
        """Let go of the file."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def remove(self) -> None:
        """Drop everything, outside of `attached`."""
        self.close()
        if self.is_file:
            self.file.unlink(missing_ok=True)
            return
        names = [
            name
            for name in connection.introspection.table_names()
            if name.startswith(f"stage_{self.name}_")
        ]
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f'DROP TABLE IF EXISTS "{name}"')


def _without_key(table: sa.Table) -> sa.Table:
    columns = [sa.Column(each.name, each.type, nullable=each.nullable) for each in table.columns]
    return sa.Table(table.name, sa.MetaData(), *columns, prefixes=["UNLOGGED"])


def _written(type_: sa.types.TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any]:
    write = writer(type_, connection.vendor)
    if write is None:
        return values
    if isinstance(values[0], date | None):
        # Days and instants of a file are few, or cost as much to look up as to write.
        known = {value: None if value is None else write(value) for value in set(values)}
        return [known[value] for value in values]
    return [None if value is None else write(value) for value in values]


def _copied(values: Sequence[Any]) -> Sequence[str]:
    """A column as COPY reads it: texts escaped, NULL as backslash and N."""
    given = [value for value in values if value is not None]
    try:
        joined = "".join(given)
    except TypeError:
        return ["\\N" if value is None else _copy_text(value) for value in values]
    if not joined.isprintable() or "\\" in joined:
        return ["\\N" if value is None else _copy_text(value) for value in values]
    if len(given) == len(values):
        return values
    return ["\\N" if value is None else value for value in values]


def _copy_text(value: Any) -> str:
    return value.translate(_SPECIAL) if isinstance(value, str) else str(value)
