"""How dates and numbers of each column are written, told by the whole file (T16, T17)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.kinds.forms import ColumnForm, DateForm, Form, NumberForm
from tresse.transfers.mapping.answers import (
    AssociationColumn,
    ColumnAnswer,
    KeyColumn,
    LinkedColumn,
    PropertyColumn,
    ReadOnlyColumn,
)
from tresse.transfers.refusals import DATE_ORDER_UNKNOWN, NUMBER_FORM_UNKNOWN

DATES, NUMBERS = frozenset({"date", "datetime"}), frozenset({"decimal", "money"})
Telling = DateForm | NumberForm

_NUMBERS, _SIGN = re.compile(r"[0-9]+"), re.compile(r"[.,]")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def forms_of(
    columns: Sequence[ColumnAnswer],
    cells: Callable[[Sequence[int]], Iterable[Sequence[Sequence[str]]]],
    *,
    object: ObjectDef,
    model: DataModel,
    chosen: Mapping[int, ColumnForm] = {},
    zone: str | None = None,
) -> dict[int, ColumnForm]:
    """The form of every column with values, by position; reads the file only if it must.

    Args:
        columns: Decided ones.
        cells: Gives, of the columns at some positions, the cells of the whole file in pieces
            (`files.telling`).
        object: What the rows are.
        model: For the properties of linked records.
        chosen: What the person said about a column, which then tells nothing itself.
        zone: Of times without one; None: the account's.

    Raises:
        TresseError: `date_order_unknown`, `number_form_unknown`: two readings fit every cell.
    """
    forms: dict[int, ColumnForm] = {}
    tellings: dict[int, Telling] = {}
    for column in columns:
        prop = property_of(column, columns, object=object, model=model)
        if prop is None:
            continue
        given = chosen.get(column.position, ColumnForm())
        forms[column.position] = replace(given, zone=given.zone or zone)
        if prop.kind.name in DATES and given.date_order is None:
            tellings[column.position] = DateForm()
        elif prop.kind.name in NUMBERS and given.decimal_sign is None:
            tellings[column.position] = NumberForm()
    if tellings:
        for piece in cells(list(tellings)):
            for telling, texts in zip(tellings.values(), piece, strict=True):
                telling.feed(texts)
    for position, telling in tellings.items():
        found = telling.result()
        if found.code:
            raise _unclear(columns[position].header, found)
        part = "date_order" if isinstance(telling, DateForm) else "decimal_sign"
        forms[position] = replace(forms[position], **{part: found.found})
    return forms


def property_of(
    column: ColumnAnswer,
    columns: Sequence[ColumnAnswer],
    *,
    object: ObjectDef,
    model: DataModel,
) -> PropertyDef | None:
    """The property whose values a column holds, of the row's record or of the linked one."""
    answer = column.answer
    if isinstance(answer, PropertyColumn | KeyColumn):
        return object.property(answer.property)
    if isinstance(answer, ReadOnlyColumn) and answer.property == "created_at":
        return object.property(answer.property)
    if isinstance(answer, LinkedColumn):
        link = columns[answer.column].answer
        if isinstance(link, AssociationColumn):
            return model.object(link.side.other).property(answer.property)
    return None


def _unclear(header: str, found: Form) -> TresseError:
    """The refusal, with both readings of a cell that fits either."""
    if found.code == DATE_ORDER_UNKNOWN.code:
        one, other = map(int, _NUMBERS.findall(found.example)[:2])
        first, second = f"{one} {MONTHS[other - 1]}", f"{other} {MONTHS[one - 1]}"
        return DATE_ORDER_UNKNOWN(column=header, value=found.example, first=first, second=second)
    first, second = _SIGN.sub("", found.example), _SIGN.sub(".", found.example)
    return NUMBER_FORM_UNKNOWN(column=header, value=found.example, first=first, second=second)
