"""Types of the columns of sources (S52): the registry."""

from typing import Any

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.sources.columns import Column, Defaults
from tresse.sources.types.base import Cell, ColumnType, Typed
from tresse.sources.types.boolean import Boolean
from tresse.sources.types.lists import Json, ListOfText
from tresse.sources.types.numbers import Decimal_, Integer, Number
from tresse.sources.types.text import Text
from tresse.sources.types.times import Date, DateTime

TYPES: Registry[ColumnType] = Registry(
    N_("type of column"),
    (
        Text(),
        Integer(),
        Decimal_(),
        Number(),
        Boolean(),
        Date(),
        DateTime(),
        ListOfText(),
        Json(),
    ),
)


def typed(raw: sa.ColumnElement[Any], column: Column, defaults: Defaults) -> Typed:
    """Read a column as its type; one without a type as text.

    Args:
        raw: The cells, with the Core type they came with.
        column: Its type, zone, format, decimal sign and separator.
        defaults: Zone of the account.

    For whole tables use `normalising.normalised`, which writes no expression out twice.
    """
    return TYPES[column.type or "text"].typed(Cell(raw, column, defaults))
