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
    """The Python value of a column of that type."""
    if text is None:
        return None
    if isinstance(type_, sa.Boolean):
        return text == "true"
    if isinstance(type_, ExactDecimal):
        return plain(Decimal(text) / SCALE)
    if isinstance(type_, Instant):
        return datetime.strptime(text, FORM).replace(tzinfo=UTC)
    if isinstance(type_, sa.Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(type_, sa.Integer) else text
