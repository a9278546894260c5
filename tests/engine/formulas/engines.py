"""A formula tried on one row, on every database and engine."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import sqlalchemy as sa
from django.db import connection
from sqlalchemy.dialects import sqlite as sqlite_dialect

from tresse.engine import duckdb as our_duckdb
from tresse.engine import sqlite as our_sqlite
from tresse.engine.formulas import Column, Type, built
from tresse.engine.formulas.values import constant
from tresse.engine.statements import prepared, reader
from tresse.objects.kinds import Moment

SETTING = Moment(datetime(2026, 11, 26, 10, 30, tzinfo=UTC), ZoneInfo("Europe/Paris"))
ROW = {
    "name": (Type.TEXT, "Élodie O'Brien-Ñandú"),
    "country": (Type.TEXT, "FR"),
    "street": (Type.TEXT, "Straße 5"),
    "none": (Type.TEXT, None),
    "blank": (Type.TEXT, ""),
    "amount": (Type.DECIMAL, Decimal("1234.5")),
    "rate": (Type.DECIMAL, Decimal("-0.3333")),
    "huge": (Type.DECIMAL, Decimal("99999999999999.9999")),
    "no_amount": (Type.DECIMAL, None),
    "count_": (Type.INTEGER, 7),
    "big": (Type.INTEGER, 9_007_199_254_740_991),
    "no_count": (Type.INTEGER, None),
    "half": (Type.DOUBLE, 0.5),
    "yes": (Type.BOOLEAN, True),
    "unknown": (Type.BOOLEAN, None),
    "day_": (Type.DATE, date(2026, 1, 31)),
    "no_day": (Type.DATE, None),
    "at": (Type.TIMESTAMP, datetime(2026, 6, 30, 22, 15, 59, tzinfo=UTC)),
    "no_time": (Type.TIMESTAMP, None),
    "topics": (Type.LIST, "|news|événements|"),
    "no_topics": (Type.LIST, None),
}


def row() -> sa.Subquery:
    cells = [constant(v, t).label(name) for name, (t, v) in ROW.items()]
    return sa.select(*cells).subquery("tried")


def statement(text: str):
    table = row()
    given = {n: Column(t, table.c[n], n) for n, (t, _) in ROW.items()}
    value = built(text, given, SETTING)
    return value, sa.select(value.expression).select_from(table)


def on_duckdb(text: str):
    value, select = statement(text)
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.execute("SET TimeZone = 'UTC'")
        asked = our_duckdb.sql(select)
        if value.type == Type.TIMESTAMP:
            # Its driver reads times with a zone only where a package of zones is installed.
            asked = f"SELECT t.c AT TIME ZONE 'UTC' FROM ({asked}) AS t(c)"  # noqa: S608
        [(found,)] = engine.execute(asked).fetchall()
    return _read(value, found, our_duckdb.DIALECT)


def on_sqlite(text: str):
    value, select = statement(text)
    dialect = sqlite_dialect.dialect()
    engine = sqlite3.connect(":memory:")
    our_sqlite.register(engine)
    compiled = str(select.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    [(found,)] = engine.execute(compiled).fetchall()
    engine.close()
    return _read(value, found, dialect)


def on_django(text: str):
    _, select = statement(text)
    ready = prepared(select, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(ready.text, ready.parameters)
        [(found,)] = ready.read(cursor.fetchall())
    return found


def _read(value, found, dialect):
    read = reader(value.expression.type, dialect)
    return read(found) if read else found


ENGINES = {"duckdb": on_duckdb, "sqlite": on_sqlite, "django": on_django}
