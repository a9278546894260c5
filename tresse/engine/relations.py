"""Types of columns in the warehouse, alike on every engine: Core, Arrow and SQL side by side."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.sql import elements
from sqlalchemy.types import TypeEngine, UserDefinedType

from tresse.engine.refusals import NAMES_CLASH, TYPE_UNKNOWN
from tresse.engine.types import ByteOrderText, ExactDecimal, ExactSum, Instant


class TextList(UserDefinedType[list[str]]):
    """A list of texts; may be NULL, and so may what is in it."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:  # noqa: ARG002
        """DuckDB's spelling, which sqlglot reads."""
        return "VARCHAR[]"

    @property
    def python_type(self) -> type[list[str]]:
        """A list."""
        return list


def arrow_type(type_: TypeEngine[Any], column: str = "") -> pa.DataType:  # noqa: C901  a table
    """The Arrow type of a Core type.

    Raises:
        TresseError: `type_unknown`.
    """
    match type_:
        case TextList():
            return pa.list_(pa.string())
        case ByteOrderText() | sa.String():
            return pa.string()
        case sa.Boolean():
            return pa.bool_()
        case sa.SmallInteger() | sa.BigInteger() | sa.Integer():
            return pa.int64()
        case Instant():
            return pa.timestamp("us", "UTC")
        case sa.DateTime():
            return pa.timestamp("us", "UTC" if type_.timezone else None)
        case sa.Date():
            return pa.date32()
        case ExactDecimal():
            return pa.decimal128(18, 4)
        case ExactSum():
            return pa.decimal128(38, 4 if type_.is_decimal else 0)
        case sa.Float():
            return pa.float64()
        case sa.Numeric():
            # Without a precision, 28 digits before the point and 10 after it.
            precise = type_.precision is not None
            return pa.decimal128(type_.precision or 38, (type_.scale or 0) if precise else 10)
    raise TYPE_UNKNOWN(column=column, type=type(type_).__name__)


_DUCKDB = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMP WITH TIME ZONE",
    pa.list_(pa.string()): "VARCHAR[]",
}


def duckdb_type(type_: TypeEngine[Any], column: str = "") -> str:
    """A Core type as DuckDB writes it, and sqlglot reads it for Spark.

    Raises:
        TresseError: `type_unknown`.
    """
    arrow = arrow_type(type_, column)
    if pa.types.is_decimal(arrow):
        return f"DECIMAL({arrow.precision}, {arrow.scale})"
    return _DUCKDB[arrow]


def schema(columns: Iterable[sa.ColumnElement[Any]]) -> pa.Schema:
    """The Arrow schema of columns, all of them nullable.

    Raises:
        TresseError: `names_clash`, `type_unknown`.
    """
    fields = [pa.field(c.name, arrow_type(c.type, c.name)) for c in columns]
    seen: dict[str, str] = {}
    for field in fields:
        lower = field.name.lower()
        if lower in seen:
            raise NAMES_CLASH(first=seen[lower], second=field.name)
        seen[lower] = field.name
    return pa.schema(fields)


def table(name: str, columns: Iterable[Any]) -> sa.TableClause:
    """A table of columns with the names and types of those given."""
    return sa.table(name, *(sa.column(c.name, c.type) for c in columns))


def typed(statement: sa.SelectBase) -> sa.Select[Any]:
    """The statement with each column cast to its type in Core, where it has one."""
    cells: list[Any] = []
    for number, column in enumerate(statement.subquery("typed").columns):
        has_type = not isinstance(column.type, sa.types.NullType)
        cell = sa.cast(column, column.type) if has_type else column
        # What Core names when it writes a statement would have no name in the next one.
        is_named = not isinstance(column.name, elements._anonymous_label)
        cells.append(cell.label(column.name if is_named else f"unnamed_{number}"))
    return sa.select(*cells)


def python_rows(found: pa.Table, columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a result as Python values of the types in Core."""
    cells = [
        _values(column.to_pylist(), core.type)
        for column, core in zip(found.columns, columns, strict=True)
    ]
    return list(zip(*cells, strict=True))


def _values(cells: list[Any], type_: TypeEngine[Any]) -> list[Any]:
    if isinstance(type_, ExactDecimal | ExactSum):
        return [None if c is None else type_.process_result_value(c, _OTHER) for c in cells]
    if isinstance(type_, sa.Integer) and any(isinstance(c, Decimal | float) for c in cells):
        return [None if c is None else int(c) for c in cells]
    return cells


class _Other:
    """What result processors ask of a dialect that is not SQLite."""

    name = "duckdb"


_OTHER: Any = _Other()
