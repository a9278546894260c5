"""Runs Core statements on Django's own connection, in the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
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


def load(table: sa.Table, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
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
