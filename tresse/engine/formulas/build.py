"""Builds the Core expression of a formula over given columns, and checks its types (D101 to D104).

Nothing of the user's text reaches an engine: names become columns, numbers and texts become bound
values, all else is chosen from our own tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NoReturn

import sqlalchemy as sa

from tresse.engine.constructs_formulas import call
from tresse.engine.formulas.functions import FUNCTIONS, Function
from tresse.engine.formulas.operators import OPERATORS
from tresse.engine.formulas.reader import MOST_LEVELS, Node, read
from tresse.engine.formulas.refusals import (
    FORMULA_ARGUMENT,
    FORMULA_COLUMN,
    FORMULA_FUNCTION,
    FORMULA_SYNTAX,
    FORMULA_TOO_LONG,
    FORMULA_TYPE,
)
from tresse.engine.formulas.values import (
    CALLED,
    LISTS,
    NUMBERS,
    Expression,
    Setting,
    Type,
    Value,
    cast,
    common_type,
    constant,
    typed,
)
from tresse.engine.types import PLACES, Text
from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_

MOST_SIZE = 3_000
"Parts of the SQL a formula becomes, with the formulas it names and what engines write twice."
MOST_DEPTH = 2 * MOST_LEVELS
MOST_WILDCARDS = 5
MOST_WHOLE = 2**53 - 1
TYPES: Mapping[str, Type] = {
    "integer": Type.INTEGER,
    "bigint": Type.INTEGER,
    "decimal": Type.DECIMAL,
    "double": Type.DOUBLE,
    "text": Type.TEXT,
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "timestamp": Type.TIMESTAMP,
}
UNITS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Column:
    """A column a formula may name: its type and what it is in a statement.

    `size` and `levels`: of the formula that it is itself, if it is one.
    """

    type: Type
    expression: Expression
    label: str = ""
    size: int = 1
    levels: int = 1


def built(text: str, columns: Mapping[str, Column], setting: Setting) -> Value:
    """The expression of a formula.

    Args:
        text: The formula.
        columns: What it may name.
        setting: The moment and the zone for `today()` and days of times.

    Raises:
        TresseError: One of the codes of D104, with `position`.
    """
    return Building(text, columns, setting).node(read(text))


class Building:
    """One formula in the making."""

    def __init__(self, text: str, columns: Mapping[str, Column], setting: Setting) -> None:
        self._source = text
        self._columns = columns
        self.setting = setting

    def node(self, node: Node) -> Value:
        """Build one part."""
        made = getattr(self, f"_{node.sort}")(node)
        value: Value = replace(made, shown=self._shown(node), position=node.start + 1)
        if value.size > MOST_SIZE or value.levels > MOST_DEPTH:
            raise FORMULA_TOO_LONG(
                number=f"{MOST_SIZE:,}+",
                things=N_("parts when it is worked out"),
                most=f"{MOST_SIZE:,}",
                position=node.start + 1,
            )
        return value

    def _shown(self, node: Node) -> str:
        if node.sort == "column" and (column := self._columns.get(node.text)):
            return column.label or node.text
        return self._source[node.start : node.end].strip()

    def _column(self, node: Node) -> Value:
        found = self._columns.get(node.text) or self._columns.get(node.text.lower())
        if found is None:
            near = nearest(node.text.lower(), self._columns)
            raise FORMULA_COLUMN(name=node.text, nearest=near, position=node.start + 1)
        return Value(found.type, found.expression, size=found.size, levels=found.levels)

    def _number(self, node: Node) -> Value:
        number = Decimal(node.text)
        if number.adjusted() > 60 or number.adjusted() < -60:
            self._refuse_number(node)
        if node.text.isdigit():
            if number > MOST_WHOLE:
                self._refuse_number(node)
            return Value(Type.INTEGER, constant(int(number), Type.INTEGER), literal=int(number))
        is_plain = "e" not in node.text.lower() and number.adjusted() < 14
        if is_plain and number == round(number, PLACES):
            return Value(Type.DECIMAL, constant(number, Type.DECIMAL), literal=number)
        value = float(number)
        return Value(Type.DOUBLE, constant(value, Type.DOUBLE), literal=value)

    def _refuse_number(self, node: Node) -> NoReturn:
        raise FORMULA_ARGUMENT(
            function=N_("A number"),
            wanted=f"-{MOST_WHOLE:,} … {MOST_WHOLE:,}",
            value=node.text,
            position=node.start + 1,
        )

    def _text(self, node: Node) -> Value:
        return Value(Type.TEXT, constant(node.text, Type.TEXT), literal=node.text)

    def _boolean(self, node: Node) -> Value:
        return Value(Type.BOOLEAN, constant(node.text == "true", Type.BOOLEAN))

    def _null(self, node: Node) -> Value:  # noqa: ARG002
        return Value(Type.NULL, constant(None, Type.NULL))

    def _cast(self, node: Node) -> Value:
        wanted = TYPES.get(node.text)
        if wanted is None:
            near = nearest(node.text, TYPES)
            found = f'"{node.text}"'
            raise FORMULA_SYNTAX(position=node.start + 1, found=found, nearest=near)
        value = self.node(node.parts[0])
        found_value = cast(value, wanted, self.setting)
        if found_value is None:
            self.refuse_type(value, "CAST", CALLED[wanted])
        return found_value

    def _case(self, node: Node) -> Value:
        parts = [self.node(part) for part in node.parts]
        otherwise = parts.pop() if len(parts) % 2 else None
        conditions = [self.boolean(value, "CASE") for value in parts[::2]]
        results = self.alike([*parts[1::2], *([otherwise] if otherwise else [])], "CASE")
        made = sa.case(
            *zip([c.expression for c in conditions], [r.expression for r in results], strict=False),
            **({"else_": results[-1].expression} if otherwise else {}),
        )
        return results[0].made(results[0].type, made, *results[1:], *conditions)

    def _operator(self, node: Node) -> Value:
        if node.text in {"like", "ilike"}:
            return self._like(node)
        parts = _joined(node) if node.text == "||" else node.parts
        return OPERATORS[node.text]([self.node(part) for part in parts], node.text, self)

    def _like(self, node: Node) -> Value:
        text = self.node(node.parts[0])
        if text.type not in {Type.TEXT, Type.NULL}:
            self.refuse_type(text, node.text.upper(), N_("text"))
        pattern = node.parts[1]
        if pattern.sort != "text" or pattern.text.count("%") > MOST_WILDCARDS:
            wanted = N_("a text that is written out, with at most 5 %")
            self.refuse_argument(node.text.upper(), wanted, pattern)
        words, column = pattern.text, text.expression
        if node.text == "ilike":
            words, column = words.lower(), call("lower", Text, column)
        return text.made(Type.BOOLEAN, call("like", sa.Boolean(), column, sa.literal(words, Text)))

    def _call(self, node: Node) -> Value:
        if node.text == "if":
            return self._if(node)
        if node.text not in FUNCTIONS:
            near = nearest(node.text, [each.name for each in FUNCTIONS] + ["if"])
            raise FORMULA_FUNCTION(name=node.text, nearest=near, position=node.start + 1)
        function = FUNCTIONS[node.text]
        number = len(node.parts)
        if number < function.fewest or (function.most is not None and number > function.most):
            self._refuse_count(node, function)
        values = [self.node(part) for part in node.parts]
        if function.name == "date" and number == 2:
            self._refuse_count(node, function)
        return function.build(self._arguments(node, function, values), self.setting)

    def _if(self, node: Node) -> Value:
        if len(node.parts) not in {2, 3}:
            raise FORMULA_ARGUMENT(
                function="if",
                wanted=N_("a condition and one or two values"),
                value=len(node.parts),
                position=node.start + 1,
            )
        return self._case(node)

    def _refuse_count(self, node: Node, function: Function) -> NoReturn:
        raise FORMULA_ARGUMENT(
            function=node.text,
            wanted=f"({function.takes})",
            value=f"({len(node.parts)})",
            position=node.start + 1,
        )

    def _arguments(self, node: Node, function: Function, values: list[Value]) -> list[Value]:
        if function.parameters and function.sort(0) == "same":
            return self.alike(values, function.name)
        if function.name == "date" and len(values) == 3:
            return [self.whole(value, "date") for value in values]
        return [
            ARGUMENTS[function.sort(number)](self, value, function.name, node.parts[number])
            for number, value in enumerate(values)
        ]

    # What operators and functions ask of their arguments.

    def refuse_type(self, value: Value, operator: str, wanted: str) -> NoReturn:
        """Refuse a value of a type that does not fit."""
        raise FORMULA_TYPE(
            name=value.shown,
            type=CALLED[value.type],
            operator=operator,
            wanted=wanted,
            position=value.position,
        )

    def refuse_argument(self, function: str, wanted: str, node: Node) -> NoReturn:
        """Refuse an argument for what it says."""
        shown = self._source[node.start : node.end]
        raise FORMULA_ARGUMENT(
            function=function, wanted=wanted, value=shown, position=node.start + 1
        )

    def as_type(self, value: Value, type_: Type, operator: str, wanted: str) -> Value:
        """The value as that type, or a refusal."""
        found = typed(value, type_, self.setting)
        if found is None:
            self.refuse_type(value, operator, wanted)
        return found

    def number(self, value: Value, operator: str, wanted: str = N_("a number")) -> Value:
        """A number of any type."""
        if value.type == Type.NULL:
            return self.as_type(value, Type.DECIMAL, operator, wanted)
        if value.type not in NUMBERS:
            self.refuse_type(value, operator, wanted)
        return value

    def boolean(self, value: Value, operator: str) -> Value:
        """A truth value."""
        return self.as_type(value, Type.BOOLEAN, operator, N_("true or false"))

    def whole(self, value: Value, operator: str) -> Value:
        """A whole number."""
        return self.as_type(value, Type.INTEGER, operator, N_("a whole number"))

    def alike(self, values: Sequence[Value], operator: str) -> list[Value]:
        """All values as the one type they share."""
        type_ = common_type(values)
        if type_ is None:
            first = next(value for value in values if value.type != Type.NULL)
            other = next(v for v in values if common_type([first, v]) is None)
            self.refuse_type(other, operator, CALLED[first.type])
        return [self.as_type(value, type_, operator, CALLED[type_]) for value in values]


def _joined(node: Node) -> Iterator[Node]:
    """What a chain of `||` joins, from left to right."""
    for part in node.parts:
        is_chain = part.sort == "operator" and part.text == "||"
        yield from _joined(part) if is_chain else (part,)


def _sort(type_: Type, wanted: str):  # type: ignore[no-untyped-def]
    def check(building: Building, value: Value, function: str, node: Node) -> Value:  # noqa: ARG001
        return building.as_type(value, type_, function, wanted)

    return check


def _a_number(building: Building, value: Value, function: str, node: Node) -> Value:  # noqa: ARG001
    return building.number(value, function)


def _anything(building: Building, value: Value, function: str, node: Node) -> Value:  # noqa: ARG001
    if value.type in LISTS:
        building.refuse_type(value, function, N_("a single value"))
    return building.as_type(value, Type.TEXT, function, "") if value.type == Type.NULL else value


def _from(low: int, wanted: str, high: int | None = None, *, is_written: bool = False):  # type: ignore[no-untyped-def]
    def check(building: Building, value: Value, function: str, node: Node) -> Value:
        found = building.whole(value, function)
        number = value.literal
        if node.sort == "operator" and node.text == "negative":
            number = -1
        fits = number is None or (number >= low and (high is None or number <= high))
        if not fits or (is_written and number is None):
            building.refuse_argument(function, wanted, node)
        return found

    return check


def _a_day(building: Building, value: Value, function: str, node: Node) -> Value:  # noqa: ARG001
    if value.type == Type.TEXT:
        return value
    return building.as_type(value, Type.DATE, function, N_("a date"))


def _a_list(building: Building, value: Value, function: str, node: Node) -> Value:  # noqa: ARG001
    if value.type == Type.TEXTS:
        return value
    return building.as_type(value, Type.LIST, function, N_("a list"))


def _a_unit(building: Building, value: Value, function: str, node: Node) -> Value:
    if value.literal not in UNITS:
        building.refuse_argument(function, ", ".join(f"'{unit}'" for unit in UNITS), node)
    return value


ARGUMENTS = {
    "text": _sort(Type.TEXT, N_("text")),
    "boolean": _sort(Type.BOOLEAN, N_("true or false")),
    "date": _sort(Type.DATE, N_("a date")),
    "time": _sort(Type.TIMESTAMP, N_("a time")),
    "list": _a_list,
    "whole": _sort(Type.INTEGER, N_("a whole number")),
    "number": _a_number,
    "any": _anything,
    "count": _from(0, N_("0 or more")),
    "place": _from(1, N_("1 or more")),
    "places": _from(0, N_("a number from 0 to 4"), 4, is_written=True),
    "day": _a_day,
    "unit": _a_unit,
}
