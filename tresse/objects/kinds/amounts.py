"""Operators of numbers."""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.engine.constructs import Exact
from tresse.engine.types import PLACES, ExactDecimal
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.objects.kinds.operators import (
    EMPTINESS,
    Column,
    Condition,
    Operator,
    Subject,
    Unfit,
    negative,
    present,
)
from tresse.objects.kinds.reading import Reading, Unreadable

if TYPE_CHECKING:
    from tresse.objects.kinds.base import PropertyKind

# Past these no stored number lies, and every database still takes them as a bound value.
MOST_WHOLE, MOST_EXACT = Decimal(2**53), Decimal("99999999999999.9999")


def _number(value: Any, kind: "PropertyKind", reading: Reading) -> Decimal:
    """Any finite number, with more digits than are stored if need be."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        found = Decimal(str(value))
        if found.is_finite():
            return found
    if isinstance(value, str) and clean(value):
        try:
            return Decimal(kind.parse(clean(value), reading))
        except Unreadable as error:
            raise Unfit(kind.wanted) from error
    raise Unfit(kind.wanted)


def _numbers(value: Any, kind: "PropertyKind", reading: Reading) -> list[Decimal]:
    if not isinstance(value, list) or not 1 <= len(value) <= 1_000:
        raise Unfit(N_("a list of 1 to 1,000 values"))
    return [_number(each, kind, reading) for each in value]


def _pair(value: Any, kind: "PropertyKind", reading: Reading) -> tuple[Decimal, Decimal]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Unfit(N_("two numbers, the lower one first"))
    low, high = _number(value[0], kind, reading), _number(value[1], kind, reading)
    if low > high:
        raise Unfit(N_("two numbers, the lower one first"))
    return low, high


def _scale(column: Column) -> int:
    return PLACES if isinstance(column.type, ExactDecimal | sa.Numeric) else 0


def _bound(column: Column, value: Decimal, rounding: str) -> Any:
    """The nearest storable number on one side, so that no database compares more digits."""
    places = _scale(column)
    most = MOST_EXACT if places else MOST_WHOLE
    short = value if abs(value) > most else value.quantize(Decimal(1).scaleb(-places), rounding)
    kept = max(min(short, most), -most)
    return kept if places else int(kept)


def _is(column: Column, value: Decimal) -> Condition:
    low = _bound(column, value, ROUND_FLOOR)
    return column == low if low == value else sa.false()


def _at_most(column: Column, value: Decimal) -> Condition:
    low = _bound(column, value, ROUND_FLOOR)
    return column <= low if low <= value else sa.false()


def _at_least(column: Column, value: Decimal) -> Condition:
    high = _bound(column, value, ROUND_CEILING)
    return column >= high if high >= value else sa.false()


def _less_than(column: Column, value: Decimal) -> Condition:
    return sa.not_(_at_least(column, value))


def _more_than(column: Column, value: Decimal) -> Condition:
    return sa.not_(_at_most(column, value))


Compare = Callable[[Column, Decimal], Condition]
Between = Callable[[Column, Column], Condition]


def _same_scale(column: Column, other: Column) -> tuple[Column, Column]:
    """Whole numbers beside exact decimals as exact decimals (SQLite keeps these scaled)."""
    if _scale(column) == _scale(other):
        return column, other
    return (column, Exact(other)) if _scale(column) else (Exact(column), other)


def _compared(constant: Compare, columns: Between) -> Callable[[Subject, Any], Condition]:
    def where(subject: Subject, operand: Any) -> Condition:
        if isinstance(operand, Subject):
            here, there = _same_scale(subject.column, operand.column)
            return present(subject, operand.column.is_not(None), columns(here, there))
        return present(subject, constant(subject.column, operand))

    return where


def _between(subject: Subject, operand: tuple[Decimal, Decimal]) -> Condition:
    low, high = operand
    return present(subject, _at_least(subject.column, low), _at_most(subject.column, high))


def _any_of(subject: Subject, operand: list[Decimal]) -> Condition:
    column = subject.column
    storable = [_bound(column, value, ROUND_FLOOR) for value in operand]
    kept = [low for low, value in zip(storable, operand, strict=True) if low == value]
    return present(subject, column.in_(kept) if kept else sa.false())


def _comparison(constant: Compare, columns: Between) -> Operator:
    return Operator(_number, _compared(constant, columns), takes_property=True)


_EQUAL = _comparison(_is, lambda here, there: here == there)
_ANY_OF = Operator(_numbers, _any_of)
NUMBER: Mapping[str, Operator] = {
    "is": _EQUAL,
    "is_not": negative(_EQUAL),
    "less_than": _comparison(_less_than, lambda here, there: here < there),
    "at_most": _comparison(_at_most, lambda here, there: here <= there),
    "more_than": _comparison(_more_than, lambda here, there: here > there),
    "at_least": _comparison(_at_least, lambda here, there: here >= there),
    "between": Operator(_pair, _between),
    "is_any_of": _ANY_OF,
    "is_none_of": negative(_ANY_OF),
    **EMPTINESS,
}
