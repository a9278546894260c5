"""Computed columns of a source: formulas over the columns of the same row (S62)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa

from tresse.engine.formulas import COLUMNS, Type, Value, built
from tresse.engine.formulas import Column as FormulaColumn
from tresse.engine.types import ExactDecimal
from tresse.sources.canonical import canonical_value
from tresse.sources.definition import Computed

TYPE_OF: Mapping[str, Type] = {
    "text": Type.TEXT,
    "json": Type.TEXT,
    "integer": Type.INTEGER,
    "decimal": Type.DECIMAL,
    "number": Type.DOUBLE,
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "datetime": Type.TIMESTAMP,
    "list": Type.LIST,
}
"What formulas take a column of each type of S52 as."
NAME_OF: Mapping[Type, str] = {
    Type.TEXT: "text",
    Type.NULL: "text",
    Type.LIST: "json",
    Type.INTEGER: "integer",
    Type.DECIMAL: "decimal",
    Type.DOUBLE: "number",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.TIMESTAMP: "datetime",
}
"The type of S52 that a formula of each type gives."


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant and the zone that `now()` and `today()` of a formula mean."""

    now: datetime
    zone: tzinfo


def formula(
    computed: Computed, columns: Mapping[str, tuple[str, sa.ColumnElement[Any]]], moment: Moment
) -> tuple[str, sa.ColumnElement[Any]]:
    """Type and expression of a computed column.

    Args:
        computed: Its name and formula.
        columns: Type of S52 and expression of every column it may name, after their rules.
        moment: When and where it is worked out.

    Raises:
        TresseError: One of the codes of formulas (D104).
    """
    known = {name: _column(type_, column) for name, (type_, column) in columns.items()}
    value: Value = built(computed.sql, known, moment)
    return NAME_OF[value.type], sa.type_coerce(value.expression, COLUMNS[value.type])


def _column(type_: str, column: sa.ColumnElement[Any]) -> FormulaColumn:
    if type_ == "list":
        # As formulas know lists: JSON.
        return FormulaColumn(Type.LIST, canonical_value(column, "list"))
    sort = TYPE_OF[type_]
    if sort is Type.DECIMAL:
        # Six places stay six places: only its name in Core is the one that formulas know.
        return FormulaColumn(sort, sa.type_coerce(column, ExactDecimal()))
    return FormulaColumn(sort, column)
