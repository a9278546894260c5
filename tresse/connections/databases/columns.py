"""Columns of a database as a read needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
import sqlalchemy as sa

from tresse.connections.kinds.base import ColumnSeen
from tresse.connections.refusals import COLUMN_MISSING, TYPE_NOT_READABLE
from tresse.kernel.errors import nearest

As = Literal["", "text", "json", "double", "number", "numeric"]
"How the server is to give a column: as it is, an array as JSON, and so on."
TEXT = pa.string()
INTEGER = pa.int64()
DOUBLE = pa.float64()
BOOLEAN = pa.bool_()
DATE = pa.date32()
LOCAL = pa.timestamp("us")
INSTANT = pa.timestamp("us", "UTC")
DATED = (DATE, LOCAL, INSTANT)


@dataclass(frozen=True, slots=True)
class ServerColumn:
    """A column, the Arrow type its values come as, and how the server is asked for them."""

    seen: ColumnSeen
    arrow: pa.DataType
    as_: As = ""

    @property
    def name(self) -> str:
        """Its name there."""
        return self.seen.name

    @property
    def is_readable(self) -> bool:
        """Whether its type is read at all."""
        return bool(self.seen.proposed)

    def as_text(self) -> "ServerColumn":
        """The same column, its values as the server writes them."""
        return replace(self, arrow=TEXT, as_="text")


def chosen(
    columns: Sequence[ServerColumn], names: Sequence[str], table: str
) -> tuple[ServerColumn, ...]:
    """The named columns in the order named; all that can be read, where none is named.

    Raises:
        TresseError: `column_missing`, `type_not_readable`.
    """
    if not names:
        return tuple(column for column in columns if column.is_readable)
    known = {column.name: column for column in columns}
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise COLUMN_MISSING(table=table, name=name, nearest=near, known=list(known))
        if not known[name].is_readable:
            raise TYPE_NOT_READABLE(column=name, found_type=known[name].seen.type)
    return tuple(known[name] for name in names)


def schema_of(columns: Sequence[ServerColumn]) -> pa.Schema:
    """The schema of what is read."""
    return pa.schema([pa.field(column.name, column.arrow) for column in columns])


def decimal_type(precision: int | None, scale: int | None) -> str:
    """The type of S52 for an exact number: an integer where no place follows the point."""
    longest_integer = 18
    is_whole = scale == 0 and precision is not None and precision <= longest_integer
    return "integer" if is_whole else "decimal"


def told(source: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """A column of a source by its name there."""
    column: sa.ColumnElement[Any] = source.c[name]
    return column
