"""Columns decided: what still asks is refused, what is left is ignored (T19, T24, T43)."""

from collections.abc import Sequence
from dataclasses import replace

from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.transfers.mapping.answers import (
    AskingColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    NewColumn,
    PropertyColumn,
    UndecidedColumn,
)
from tresse.transfers.refusals import COLUMNS_UNDECIDED, PROPERTY_MAPPED_TWICE


def decided(
    columns: Sequence[ColumnAnswer], *, object: ObjectDef, unmapped: str = "ignore"
) -> list[ColumnAnswer]:
    """The columns with an answer each, ready to be checked and run.

    Args:
        columns: As `recognise` gave them.
        object: What the rows are.
        unmapped: What becomes of columns without answer: `ignore`, or `ask`. A file of which no
            column is known is asked about anyway: each of its rows would be refused.

    Raises:
        TresseError: `column_needs_answer` or `association_type_not_found`, with `lines` to add to a
            mapping file for all columns that ask; `columns_undecided`; `property_mapped_twice`.
    """
    asking = [each.answer for each in columns if isinstance(each.answer, AskingColumn)]
    if asking:
        error = asking[0].refusal
        lines = [each.refusal.details["line"] for each in asking]
        raise TresseError(error.refusal, {**error.details, "lines": lines})
    open_ones = [each.header for each in columns if isinstance(each.answer, UndecidedColumn)]
    none_is_known = all(
        isinstance(each.answer, UndecidedColumn | IgnoredColumn) for each in columns
    )
    if open_ones and (unmapped == "ask" or none_is_known):
        raise COLUMNS_UNDECIDED(number=len(open_ones), columns=open_ones)
    _check_twice(columns, object)
    return [
        replace(each, answer=IgnoredColumn()) if isinstance(each.answer, UndecidedColumn) else each
        for each in columns
    ]


def _check_twice(columns: Sequence[ColumnAnswer], object: ObjectDef) -> None:
    seen: dict[str, str] = {}
    for each in columns:
        if isinstance(each.answer, PropertyColumn | KeyColumn):
            label = object.property(each.answer.property).label
        elif isinstance(each.answer, IdColumn):
            label = "ID"
        elif isinstance(each.answer, NewColumn):
            label = each.answer.label
        else:
            continue
        if label in seen:
            raise PROPERTY_MAPPED_TWICE(column=seen[label], other=each.header, property=label)
        seen[label] = each.header
