"""The operators of formulas (D101), with the meaning of D103."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.engine.constructs_formulas import call
from tresse.engine.formulas.values import (
    COLUMNS,
    LISTS,
    Expression,
    Type,
    Value,
    cast,
    typed,
)
from tresse.engine.types import Text
from tresse.kernel.marks import N_

if TYPE_CHECKING:
    from tresse.engine.formulas.build import Building

Operator = Callable[[list[Value], str, "Building"], Value]
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "//": "cut", "%": "mod"}
_TWO_NUMBERS = N_("two numbers")


def _numbers(values: list[Value], sign: str, building: "Building") -> list[Value]:
    """Two numbers of one type."""
    checked = [building.number(value, sign, _TWO_NUMBERS) for value in values]
    return building.alike(checked, sign)


def _arithmetic(values: list[Value], sign: str, building: "Building") -> Value:
    left, right = _numbers(values, sign, building)
    if sign == "%" and left.type == Type.DOUBLE:
        left, right = (_exact(value, building) for value in (left, right))
    gives = Type.INTEGER if sign == "//" else left.type
    name = f"{_ARITHMETIC[sign]}_{left.type}"
    return left.made(gives, call(name, COLUMNS[gives], left.expression, right.expression), right)


def _exact(value: Value, building: "Building") -> Value:
    found = cast(value, Type.DECIMAL, building.setting)
    assert found is not None  # noqa: S101  numbers are cast to numbers
    return found


def _divide(values: list[Value], sign: str, building: "Building") -> Value:
    checked = [building.number(value, sign, _TWO_NUMBERS) for value in values]
    left, right = (typed(value, Type.DOUBLE, building.setting) for value in checked)
    assert left is not None  # noqa: S101
    assert right is not None  # noqa: S101  numbers are doubles
    made = call("divide", sa.Double(), left.expression, right.expression)
    return left.made(Type.DOUBLE, made, right)


def _negative(values: list[Value], sign: str, building: "Building") -> Value:  # noqa: ARG001
    value = building.number(values[0], "-")
    return value.made(value.type, -value.expression)


def _join(values: list[Value], sign: str, building: "Building") -> Value:
    texts = []
    for value in values:
        found = cast(value, Type.TEXT, building.setting)
        if found is None:
            building.refuse_type(value, sign, N_("text"))
        texts.append(found)
    parts = [text.expression for text in texts]
    if len(parts) == 2:
        return texts[0].made(Type.TEXT, call("joined", Text, *parts), texts[1])
    # Three and more at once: one after the other an engine would hold every text on the way.
    is_there = sa.and_(*(part.is_not(None) for part in parts))
    made = sa.case((is_there, call("concat", Text, *parts)))
    return texts[0].made(Type.TEXT, made, *texts[1:], repeats=2)


_COMPARED: Mapping[str, Callable[[Expression, Expression], sa.ColumnElement[bool]]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "is distinct": lambda left, right: left.is_distinct_from(right),
    "is not distinct": lambda left, right: left.is_not_distinct_from(right),
}
# Texts are ordered by code point, whatever a server's locale says.
_ORDERED: Mapping[str, tuple[str, bool]] = {
    "<": ("before", False),
    "<=": ("not_after", False),
    ">": ("before", True),
    ">=": ("not_after", True),
}


def _compared(left: Value, right: Value, sign: str) -> Expression:
    if left.type == Type.TEXT and sign in _ORDERED:
        name, is_turned = _ORDERED[sign]
        sides = (left.expression, right.expression)
        return call(name, sa.Boolean(), *(reversed(sides) if is_turned else sides))
    return _COMPARED[sign](left.expression, right.expression)


def _compare(values: list[Value], sign: str, building: "Building") -> Value:
    left, right = building.alike(values, sign)
    if left.type in {Type.BOOLEAN, *LISTS} and sign in _ORDERED:
        building.refuse_type(values[0], sign, N_("numbers, texts or dates"))
    return left.made(Type.BOOLEAN, _compared(left, right, sign), right)


def _between(values: list[Value], sign: str, building: "Building") -> Value:  # noqa: ARG001
    value, low, high = building.alike(values, "BETWEEN")
    if value.type in {Type.BOOLEAN, *LISTS}:
        building.refuse_type(values[0], "BETWEEN", N_("numbers, texts or dates"))
    made = sa.and_(_compared(value, low, ">="), _compared(value, high, "<="))
    return value.made(Type.BOOLEAN, made, low, high, repeats=2)


def _in(values: list[Value], sign: str, building: "Building") -> Value:  # noqa: ARG001
    value, *others = building.alike(values, "IN")
    made = value.expression.in_([other.expression for other in others])
    return value.made(Type.BOOLEAN, made, *others)


def _logic(join: Callable[..., Any]) -> Operator:
    def build(values: list[Value], sign: str, building: "Building") -> Value:
        checked = [building.boolean(value, sign.upper()) for value in values]
        made = join(*(value.expression for value in checked))
        return checked[0].made(Type.BOOLEAN, made, *checked[1:])

    return build


def _not(values: list[Value], sign: str, building: "Building") -> Value:  # noqa: ARG001
    value = building.boolean(values[0], "NOT")
    return value.made(Type.BOOLEAN, sa.type_coerce(sa.not_(value.expression), sa.Boolean()))


def _is_null(values: list[Value], sign: str, building: "Building") -> Value:  # noqa: ARG001
    return values[0].made(Type.BOOLEAN, values[0].expression.is_(None))


def _is(values: list[Value], sign: str, building: "Building") -> Value:
    value = building.boolean(values[0], sign.upper())
    wanted = sa.true() if sign == "is true" else sa.false()
    return value.made(Type.BOOLEAN, value.expression.is_(wanted))


OPERATORS: Mapping[str, Operator] = {
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    "/": _divide,
    "negative": _negative,
    "||": _join,
    **dict.fromkeys(_COMPARED, _compare),
    "between": _between,
    "in": _in,
    "and": _logic(sa.and_),
    "or": _logic(sa.or_),
    "not": _not,
    "is null": _is_null,
    "is true": _is,
    "is false": _is,
}
