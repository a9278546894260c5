"""Types of MariaDB and MySQL: what each is proposed as, and how its values come."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE, FLAG

from tresse.connections.databases import columns as arrow
from tresse.connections.databases.columns import As, ServerColumn, decimal_type
from tresse.connections.kinds.base import ColumnSeen

INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
# Texts, and what is exact only as text.
# fmt: off
TEXTS = (
    "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "time", "uuid",
    "inet4", "inet6",
)
# fmt: on
BINARY = 63
"The character set that is none."
WIDEST_INTEGER = 63


@dataclass(frozen=True, slots=True)
class Type:
    """A type as the catalogue or the description of a result has it.

    `name`: as `information_schema` calls it, `varchar`. `shown`: in full. `places`: of a bit.
    """

    name: str
    shown: str
    is_unsigned: bool = False
    precision: int | None = None
    scale: int | None = None
    places: int = 1


def server_column(name: str, type: Type, *, is_nullable: bool) -> ServerColumn:
    """A column as a read needs it; what is not known here proposes no type and is not read."""
    proposed, kind, as_ = _read_as(type)
    return ServerColumn(ColumnSeen(name, type.shown, proposed, is_nullable), kind, as_)


def _read_as(type: Type) -> tuple[str, pa.DataType, As]:
    name = type.name
    if name in INTEGERS:
        if type.shown.startswith("tinyint(1)") and not type.is_unsigned:
            # What BOOLEAN stands for; whatever else it may hold is refused cell by cell.
            return "boolean", arrow.INTEGER, ""
        is_wide = name == "bigint" and type.is_unsigned
        return "integer", arrow.TEXT if is_wide else arrow.INTEGER, ""
    if name == "bit":
        proposed = "boolean" if type.places == 1 else "integer"
        return proposed, arrow.TEXT if type.places > WIDEST_INTEGER else arrow.INTEGER, "number"
    if name == "decimal":
        return decimal_type(type.precision, type.scale), arrow.TEXT, ""
    others: dict[str, tuple[str, pa.DataType, As]] = {
        "year": ("integer", arrow.INTEGER, ""),
        # Written as it is, a FLOAT has six digits.
        "float": ("number", arrow.DOUBLE, "double"),
        "double": ("number", arrow.DOUBLE, ""),
        "date": ("date", arrow.DATE, ""),
        "datetime": ("datetime", arrow.LOCAL, ""),
        "timestamp": ("datetime", arrow.INSTANT, ""),
        "json": ("json", arrow.TEXT, ""),
    }
    if name in TEXTS:
        return "text", arrow.TEXT, ""
    return others.get(name, ("", arrow.TEXT, ""))


def expression(column: sa.ColumnElement[Any], as_: As) -> sa.ColumnElement[Any]:
    """What to select of a column."""
    if as_ == "double":
        return column + sa.literal_column("0e0", sa.Double())
    return column + sa.literal_column("0", sa.Integer()) if as_ == "number" else column


def type_of_catalogue(
    data_type: str, column_type: str, precision: int | None, scale: int | None
) -> Type:
    """A type as `information_schema.columns` has it; MariaDB's JSON is a text there."""
    name = {"integer": "int", "real": "double", "numeric": "decimal"}.get(data_type, data_type)
    return Type(
        name,
        column_type,
        is_unsigned="unsigned" in column_type,
        precision=precision,
        scale=scale,
        places=precision or 1,
    )


FIELDS = {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.DECIMAL: "decimal",
    FIELD_TYPE.NEWDECIMAL: "decimal",
    FIELD_TYPE.NULL: "char",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.YEAR: "year",
    FIELD_TYPE.BIT: "bit",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.GEOMETRY: "geometry",
    FIELD_TYPE.ENUM: "enum",
    FIELD_TYPE.SET: "set",
}


def type_of_field(field: Any) -> Type:
    """The type of a column of a result, as its description on the wire tells it."""
    name = FIELDS.get(field.type_code)
    if name is None:
        if field.flags & FLAG.ENUM:
            name = "enum"
        elif field.flags & FLAG.SET:
            name = "set"
        else:
            name = "binary" if field.charsetnr == BINARY else "text"
    unsigned = bool(field.flags & FLAG.UNSIGNED)
    shown = f"{name}(1)" if name == "tinyint" and field.length == 1 else name
    # Beside the digits the length counts the sign, and the point where there is one.
    digits = field.length - (0 if unsigned else 1) - (1 if field.scale else 0)
    return Type(
        name,
        f"{shown} unsigned" if unsigned else shown,
        is_unsigned=unsigned,
        precision=digits,
        scale=field.scale,
        places=field.length,
    )
