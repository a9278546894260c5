"""Types of PostgreSQL: what each is proposed as, and how its values come."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tresse.connections.databases import columns as arrow
from tresse.connections.databases.columns import As, ServerColumn, decimal_type
from tresse.connections.kinds.base import ColumnSeen

TYPES = {
    "int2": ("integer", arrow.INTEGER),
    "int4": ("integer", arrow.INTEGER),
    "int8": ("integer", arrow.INTEGER),
    "oid": ("integer", arrow.INTEGER),
    "float4": ("number", arrow.DOUBLE),
    "float8": ("number", arrow.DOUBLE),
    "bool": ("boolean", arrow.BOOLEAN),
    "date": ("date", arrow.DATE),
    "timestamp": ("datetime", arrow.LOCAL),
    "timestamptz": ("datetime", arrow.INSTANT),
    "numeric": ("decimal", arrow.TEXT),
    "money": ("decimal", arrow.TEXT),
    "json": ("json", arrow.TEXT),
    "jsonb": ("json", arrow.TEXT),
}
"What is not here comes as text, as the server writes it."
NATIVE = frozenset({"text", "varchar", "bpchar", "name"})
"Texts as they are: to cast a `char(5)` to text would cut its blanks off."
UNREADABLE = frozenset({"bytea", "_bytea"})
ARRAY = "A"
HEADER = 4


def server_column(
    name: str, *, shown: str, base: str, category: str, modifier: int, is_nullable: bool
) -> ServerColumn:
    """A column as a read needs it.

    Args:
        name: Of the column.
        shown: The type as PostgreSQL writes it, `numeric(12,2)`.
        base: The type's stored name, of a domain that of the type below it.
        category: Of the type (`pg_type.typcategory`).
        modifier: Of the type (`atttypmod`), -1 for none.
        is_nullable: Whether it may hold NULL.
    """
    proposed, kind = TYPES.get(base, ("text", arrow.TEXT))
    as_: As = "text" if kind == arrow.TEXT and base not in NATIVE else ""
    if base in UNREADABLE:
        proposed = ""
    elif category == ARRAY:
        proposed, as_ = "list", "json"
    elif base == "numeric" and modifier >= HEADER:
        precision, scale = (modifier - HEADER) >> 16 & 0xFFFF, (modifier - HEADER) & 0x7FF
        proposed = decimal_type(precision, scale)
    elif base == "money":
        # Written, it has the currency and the commas of the server's language.
        as_ = "numeric"
    elif base == "float4":
        # 0.1 is to be 0.1 and not the double that is nearest to the float nearest to it.
        as_ = "double"
    seen = ColumnSeen(name, shown, proposed, is_nullable)
    return ServerColumn(seen, kind, as_)


def expression(column: sa.ColumnElement[Any], as_: As) -> sa.ColumnElement[Any]:
    """What to select of a column."""
    if as_ == "json":
        texts = sa.cast(column, postgresql.ARRAY(sa.Text()))
        return sa.cast(sa.Function("to_json", texts), sa.Text())
    if as_ == "numeric":
        return sa.cast(sa.cast(column, sa.Numeric()), sa.Text())
    if as_ == "double":
        return sa.cast(sa.cast(column, sa.Text()), postgresql.DOUBLE_PRECISION())
    return sa.cast(column, sa.Text()) if as_ == "text" else column
