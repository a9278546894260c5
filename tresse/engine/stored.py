"""The text of a stored value, the same on every database: what history keeps.

    true  1234  12345000 (ten-thousandths)  2026-03-01  2026-03-01 09:30:00.000000  any text

`stored_text` writes it in a statement, `as_text` in Python, `from_text` reads it back.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tresse.engine.types import SCALE, ExactDecimal, Instant, Text, plain

FORM = "%Y-%m-%d %H:%M:%S.%f"


class TenThousandths(sa.sql.functions.GenericFunction[int]):
    """An exact decimal as a whole number of ten-thousandths; NULL for NULL."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(TenThousandths)
def _ten_thousandths(element: TenThousandths, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} * {SCALE} AS BIGINT)"


@compiles(TenThousandths, "sqlite")
def _ten_thousandths_on_sqlite(element: TenThousandths, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class InstantText(sa.sql.functions.GenericFunction[str]):
    """An instant in UTC as text of fixed width; NULL for NULL."""

    type = sa.Text()
    inherit_cache = True


@compiles(InstantText)
def _instant_text(element: InstantText, compiler: SQLCompiler, **kw: Any) -> str:
    instant = compiler.process(element.clauses, **kw)
    return f"to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


@compiles(InstantText, "sqlite")
def _instant_text_on_sqlite(element: InstantText, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


def stored_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A column's value as text; NULL for NULL."""
    if isinstance(column.type, sa.Boolean):
        return sa.case((column.is_(sa.true()), "true"), (column.is_(sa.false()), "false"))
    if isinstance(column.type, ExactDecimal):
        return sa.cast(TenThousandths(column), Text)
    if isinstance(column.type, Instant):
        return InstantText(column)
    return sa.cast(column, Text)


def as_text(value: Any) -> str | None:
    """A Python value as the same text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(int(value * SCALE))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(FORM)
    return value.isoformat() if isinstance(value, date) else str(value)


def from_text(text: str | None, type_: sa.types.TypeEngine[Any]) -> Any:
    """The Python value of a column of that type; None for a text that no such column holds.

    Such texts stand in the history of a property that was of another kind.
    """
    try:
        return None if text is None else _from_text(text, type_)
    except (ValueError, ArithmeticError):
        return None


def _from_text(text: str, type_: sa.types.TypeEngine[Any]) -> Any:
    if isinstance(type_, sa.Boolean):
        return text == "true"
    if isinstance(type_, ExactDecimal):
        return plain(Decimal(text) / SCALE)
    if isinstance(type_, Instant):
        return datetime.strptime(text, FORM).replace(tzinfo=UTC)
    if isinstance(type_, sa.Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(type_, sa.Integer) else text


class FromTenThousandths(sa.sql.functions.GenericFunction[Any]):
    """An exact decimal from a whole number of ten-thousandths; NULL for NULL."""

    type = ExactDecimal()
    inherit_cache = True


@compiles(FromTenThousandths)
def _from_ten_thousandths(element: FromTenThousandths, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS NUMERIC(18, 4)) / {SCALE}"


@compiles(FromTenThousandths, "sqlite")
def _from_ten_thousandths_on_sqlite(
    element: FromTenThousandths, compiler: SQLCompiler, **kw: Any
) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS INTEGER)"


class FromDayText(sa.sql.functions.GenericFunction[Any]):
    """A day from its text; NULL for NULL."""

    type = sa.Date()
    inherit_cache = True


@compiles(FromDayText)
def _from_day_text(element: FromDayText, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS DATE)"


@compiles(FromDayText, "sqlite")
def _from_day_text_on_sqlite(element: FromDayText, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class FromInstantText(sa.sql.functions.GenericFunction[Any]):
    """An instant from its text; NULL for NULL."""

    type = Instant()
    inherit_cache = True


@compiles(FromInstantText)
def _from_instant_text(element: FromInstantText, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} || '+00' AS TIMESTAMPTZ)"


@compiles(FromInstantText, "sqlite")
def _from_instant_text_on_sqlite(element: FromInstantText, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


def typed_value(
    text: sa.ColumnElement[Any], type_: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[Any]:
    """The value of a column of that type from its text: the inverse of `stored_text`."""
    if isinstance(type_, sa.Boolean):
        return sa.case((text == "true", sa.true()), (text == "false", sa.false()))
    if isinstance(type_, ExactDecimal):
        return FromTenThousandths(text)
    if isinstance(type_, Instant):
        return FromInstantText(text)
    if isinstance(type_, sa.Date):
        return FromDayText(text)
    return sa.cast(text, sa.BigInteger()) if isinstance(type_, sa.Integer) else text
