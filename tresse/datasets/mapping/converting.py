"""How values of a source become those of a column of a dataset, and what fits into it (D16)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.layout import Planned
from tresse.datasets.merging.methods import fits
from tresse.datasets.refusals import FILL_TYPE, METHOD_TAKES
from tresse.engine import columns
from tresse.sources.given import shown
from tresse.sources.types import TYPES

WIDER = ("integer", "decimal", "number")
"Each goes into those after it."


def converts(here: str, there: str) -> bool:
    """Whether a column of one type may feed one of another (D16)."""
    if here == there or there == "text":
        return True
    return here in WIDER and there in WIDER and WIDER.index(here) < WIDER.index(there)


def converted(value: sa.ColumnElement[Any], here: str, there: str) -> sa.ColumnElement[Any]:
    """A value of one type as one of another, for which `converts` holds.

    Texts are canonical (Y21): a decimal without trailing zeros, an instant in UTC.
    """
    value = sa.type_coerce(value, TYPES[here].column)
    if here == there or (here, there) == ("json", "text"):
        return value
    if there == "text":
        return sa.type_coerce(columns.text_of(value), sa.Text())
    return columns.try_cast(value, TYPES[there].column)


def check_column(planned: Planned, definition: DatasetDefinition) -> None:
    """Refuse a merge method or a fill that does not go with the type of a column.

    Raises:
        TresseError: `wrong_value`.
    """
    column, place = planned.column, f"{definition.name}: {planned.column.name}"
    method = column.merge.method
    if not fits(method, planned.type):
        takes = [each.name for each in TYPES if fits(method, each.name)]
        raise METHOD_TAKES(
            name=f"{place}.merge", method=method, takes=takes, column=column.name, type=planned.type
        )
    if column.fill is not None and not FITS[planned.merged_type](column.fill):
        raise FILL_TYPE(
            name=f"{place}.fill",
            value=shown(column.fill),
            column=column.name,
            type=planned.merged_type,
        )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


FITS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "json": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "decimal": _is_number,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "date": _is_day,
    "datetime": _is_moment,
    "list": lambda value: isinstance(value, list),
}
"Whether a fill is one of a type of S52."
