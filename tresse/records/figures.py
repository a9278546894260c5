"""Figures of a whole list, not of its page: exact count, totals of number columns (C79, C86)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.constructs import SummedUp
from tresse.objects.database import first
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.records.columns import NUMBERS, Column
from tresse.records.lists import condition_of

MOST_TOTALS = 8


@dataclass(frozen=True, slots=True)
class Total:
    """Sum and average of a property over all records that have a value."""

    prop: PropertyDef
    label: str
    sum: Any
    average: Decimal
    number: int
    "How many records have a value."


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all records a list means: how many, exactly, and the totals of some columns."""

    count: int
    totals: list[Total]


def figures_of(
    model: DataModel,
    object: ObjectDef,
    actor: Actor,
    *,
    filter: Any,
    words: str,
    columns: Sequence[Column],
) -> Figures:
    """Count and sum in one statement, in the database.

    Args:
        model: The data model.
        object: The object type.
        actor: Who looks.
        filter: In the filter language; None: no filter.
        words: Typed words.
        columns: Of the list; those of numbers get totals, the first eight of them.

    Raises:
        TresseError: what a filter is refused with.
    """
    table = object.table
    chosen = summed(columns)
    parts: list[sa.ColumnElement[Any]] = [sa.func.count()]
    for column in chosen:
        assert column.prop is not None  # noqa: S101  `summed` takes properties only
        value = value_of(column.prop, object, table, model)
        parts += [sa.func.count(value), SummedUp(value)]
    where = condition_of(model, object, actor, filter, words=words)
    count, *sums = first(sa.select(*parts).select_from(table).where(where)) or (0,)
    totals = []
    for column, number, total in zip(chosen, sums[::2], sums[1::2], strict=True):
        if column.prop and number:
            average = Decimal(total) / number
            totals.append(Total(column.prop, column.label, total, average, number))
    return Figures(count, totals)


def summed(columns: Sequence[Column]) -> list[Column]:
    """Columns whose totals mean something: numbers of the record itself."""
    numbers = [each for each in columns if each.prop and each.prop.kind.name in NUMBERS]
    return numbers[:MOST_TOTALS]
