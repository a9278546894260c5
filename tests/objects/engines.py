"""The databases and engines a condition is tried on: rows in, ids of the rows that pass out."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import sqlalchemy as sa
from django.db import connection, transaction
from sqlalchemy.dialects import sqlite as sqlite_dialect

from tresse.engine import duckdb as our_duckdb
from tresse.engine import sqlite as our_sqlite
from tresse.engine.statements import DIALECTS, writer
from tresse.engine.types import Text
from tresse.objects import database
from tresse.objects.kinds import Moment, PropertyKind, Subject

Ask = Callable[[Subject], sa.ColumnElement[bool]]


def a_table(kind: PropertyKind) -> sa.Table:
    """`id` from 0, `value`, and its compared form `normal`."""
    return sa.Table(
        "tried",
        sa.MetaData(),
        sa.Column("id", sa.BigInteger()),
        sa.Column("value", kind.column),
        sa.Column("normal", Text if kind.has_normal else kind.column),
    )


def rows_of(kind: PropertyKind, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [(n, *pair) for n, pair in enumerate(zip(values, kind.normals(values), strict=True))]


def selects(table: sa.Table, asks: Sequence[Ask], moment: Moment) -> list[sa.Select[Any]]:
    subject = Subject(table.c.value, table.c.normal, moment)
    return [sa.select(table.c.id).where(ask(subject)) for ask in asks]


def ddl(table: sa.Table, dialect: Any) -> str:
    columns = ", ".join(f"{c.name} {c.type.compile(dialect=dialect)}" for c in table.columns)
    return f"CREATE TEMP TABLE {table.name} ({columns})"


def on_duckdb(kind, values, asks, moment):
    table = a_table(kind)
    with duckdb.connect() as engine:
        our_duckdb.register(engine)
        engine.execute(ddl(table, our_duckdb.DIALECT))
        if values:
            engine.executemany("INSERT INTO tried VALUES (?, ?, ?)", rows_of(kind, values))
        found = selects(table, asks, moment)
        return [ids(engine.execute(our_duckdb.sql(each)).fetchall()) for each in found]


def on_sqlite(kind, values, asks, moment):
    table = a_table(kind)
    dialect = sqlite_dialect.dialect()
    engine = sqlite3.connect(":memory:")
    our_sqlite.register(engine)
    engine.execute(ddl(table, dialect))
    writers = [writer(column.type, "sqlite") or (lambda value: value) for column in table.columns]
    engine.executemany(
        "INSERT INTO tried VALUES (?, ?, ?)",
        [[w(v) for w, v in zip(writers, row, strict=True)] for row in rows_of(kind, values)],
    )
    found = []
    for each in selects(table, asks, moment):
        text = str(each.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        found.append(ids(engine.execute(text).fetchall()))
    engine.close()
    return found


def on_django(kind, values, asks, moment):
    """The operational database, with bound parameters as everywhere in the product."""
    table = a_table(kind)
    dialect = DIALECTS[connection.vendor]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table.name}")
            cursor.execute(ddl(table, dialect))
        if values:
            database.load(table, ["id", "value", "normal"], rows_of(kind, values))
        return [ids(database.rows(each)) for each in selects(table, asks, moment)]


def ids(found: Sequence[Sequence[Any]]) -> set[int]:
    return {row[0] for row in found}


ENGINES = {"duckdb": on_duckdb, "sqlite": on_sqlite, "django": on_django}
