"""Runs Core statements on Django's own connection, in the caller's transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from django.db import connection
from sqlalchemy.sql.base import Executable

from tresse.engine.statements import prepared, writer


def vendor() -> str:
    """`sqlite` or `postgresql`."""
    return connection.vendor


def execute(statement: Executable) -> int:
    """Run a statement that answers no rows; answers how many rows it touched."""
    ready = prepared(statement, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(ready.text, ready.parameters or None)
        return int(cursor.rowcount)


def rows(statement: Executable) -> list[tuple[Any, ...]]:
    """Run a select, or a change with RETURNING, and read all of its rows as Python values."""
    ready = prepared(statement, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(ready.text, ready.parameters or None)
        return ready.read(cursor.fetchall())


def first(statement: Executable) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = rows(statement)
    return found[0] if found else None


def scalar(statement: Executable) -> Any:
    """The first column of the first row, or None."""
    found = first(statement)
    return found[0] if found else None


def mappings(statement: sa.Select[Any]) -> list[dict[str, Any]]:
    """Rows as dictionaries, keyed by the names of the selected columns."""
    keys = [str(column.key) for column in statement.selected_columns]
    return [dict(zip(keys, row, strict=True)) for row in rows(statement)]


def batches(statement: sa.Select[Any], size: int = 5_000) -> Iterator[list[tuple[Any, ...]]]:
    """Read a large result piece by piece: memory does not grow with the number of rows.

    On PostgreSQL a server-side cursor, which needs the surrounding transaction to stay open.
    """
    ready = prepared(statement, connection.vendor)
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with connection.connection.cursor(name="tresse_batches") as cursor:
            cursor.execute(ready.text, ready.parameters or None)
            while found := cursor.fetchmany(size):
                yield ready.read(found)
        return
    with connection.cursor() as cursor:
        cursor.execute(ready.text, ready.parameters or None)
        while found := cursor.fetchmany(size):
            yield ready.read(found)


Rows = list[tuple[Any, ...]]


class Raw:
    """A large result piece by piece, with values as the driver gives them, and questions beside.

    PostgreSQL goes on reading while Python is at work on what it has: `ask` and `ahead` only send.
    Needs a transaction there, which stays open.

        with raw_batches(statement, 5_000) as raw:
            while batch := raw.next():
                answer = raw.ask(about(batch))
                raw.ahead()
                ...
                answer()
    """

    def __init__(self, statement: sa.Select[Any], size: int) -> None:
        self._ready, self._size = prepared(statement, connection.vendor), size
        self._is_sent = connection.vendor == "postgresql"
        self._sent: Any = None
        self._cursor: Any = None

    def begin(self) -> None:
        """Have the database begin."""
        text, parameters = self._ready.text, self._ready.parameters or None
        if not self._is_sent:
            self._cursor = connection.cursor()
            self._cursor.execute(text, parameters)
            return
        connection.connection.execute(f"DECLARE raw NO SCROLL CURSOR FOR {text}", parameters)
        self.ahead()

    def ahead(self) -> None:
        """Have the next piece read meanwhile."""
        if self._is_sent:
            self._sent = connection.connection.execute(f"FETCH FORWARD {self._size} FROM raw")

    def next(self) -> Rows:
        """The next piece; an empty one is the end."""
        source = self._sent if self._is_sent else self._cursor
        found: Rows = source.fetchall() if self._is_sent else source.fetchmany(self._size)
        return found

    def ask(self, statement: sa.Select[Any]) -> Callable[[], Rows]:
        """Ask something else; what is answered reads the rows, as Python values."""
        ready = prepared(statement, connection.vendor)
        text, parameters = ready.text, ready.parameters or None
        if self._is_sent:
            cursor = connection.connection.execute(text, parameters)
            return lambda: ready.read(cursor.fetchall())
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)
            found = ready.read(cursor.fetchall())
        return lambda: found

    def end(self) -> None:
        """Let go of the cursor."""
        if self._is_sent:
            connection.connection.execute("CLOSE raw")
        elif self._cursor is not None:
            self._cursor.close()


@contextmanager
def raw_batches(statement: sa.Select[Any], size: int) -> Iterator[Raw]:
    """Read a large result while the database goes on with it."""
    raw = Raw(statement, size)
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            connection.ensure_connection()
            stack.enter_context(connection.connection.pipeline())
        raw.begin()
        yield raw
        raw.end()


def load(table: sa.TableClause, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Insert many rows the fastest way the database has: COPY, or executemany on SQLite.

    Args:
        table: Where to.
        columns: Names of the columns, in the order of the values.
        values: One sequence per row, Python values of the columns' types.
    """
    chosen = [table.c[name] for name in columns]
    if connection.vendor == "postgresql":
        names = ", ".join(f'"{column.name}"' for column in chosen)
        connection.ensure_connection()
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
        ):
            for value in values:
                copy.write_row(value)
        return
    writers = [writer(column.type, connection.vendor) for column in chosen]
    if any(writers):
        values = (
            [
                value if write is None else write(value)
                for write, value in zip(writers, row, strict=True)
            ]
            for row in values
        )
    names = ", ".join(f'"{column.name}"' for column in chosen)
    marks = ", ".join(["%s"] * len(chosen))
    text = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.executemany(text, values)  # type: ignore[arg-type]  # it takes any iterable
