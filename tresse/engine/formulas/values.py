"""Values of a formula: a Core expression, its type, and how one type becomes another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from tresse.engine.constructs import Exact, LocalDay
from tresse.engine.constructs_formulas import call
from tresse.engine.relations import TextList
from tresse.engine.types import ExactDecimal, Instant, Text
from tresse.kernel.marks import N_

Expression = sa.ColumnElement[Any]


class Type(StrEnum):
    """What a value is. `NULL` is the bare word, which fits every other type.

    `LIST`: options as databases keep them, `|first|second|`. `TEXTS`: a list of the warehouse.
    """

    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LIST = "list"
    TEXTS = "texts"
    NULL = "null"


COLUMNS: Mapping[Type, sa.types.TypeEngine[Any]] = {
    Type.INTEGER: sa.BigInteger(),
    Type.DECIMAL: ExactDecimal(),
    Type.DOUBLE: sa.Double(),
    Type.TEXT: Text,
    Type.BOOLEAN: sa.Boolean(),
    Type.DATE: sa.Date(),
    Type.TIMESTAMP: Instant(),
    Type.LIST: Text,
    Type.TEXTS: TextList(),
    Type.NULL: Text,
}
CALLED: Mapping[Type, str] = {
    Type.INTEGER: N_("a whole number"),
    Type.DECIMAL: N_("a number"),
    Type.DOUBLE: N_("a number"),
    Type.TEXT: N_("text"),
    Type.BOOLEAN: N_("true or false"),
    Type.DATE: N_("a date"),
    Type.TIMESTAMP: N_("a time"),
    Type.LIST: N_("a list"),
    Type.TEXTS: N_("a list"),
    Type.NULL: N_("empty"),
}
NUMBERS = (Type.INTEGER, Type.DECIMAL, Type.DOUBLE)
TIMES = (Type.DATE, Type.TIMESTAMP)
LISTS = (Type.LIST, Type.TEXTS)
WRITTEN = (*TIMES, Type.DOUBLE, Type.DECIMAL)
"Types whose constants say in a statement what they are."


class Setting(Protocol):
    """The moment and the zone a formula is read in; asked only by formulas that need them."""

    @property
    def now(self) -> datetime: ...  # noqa: D102
    @property
    def zone(self) -> tzinfo: ...  # noqa: D102


def today(setting: Setting) -> date:
    """The day it is in the zone."""
    return setting.now.astimezone(setting.zone).date()


@dataclass(frozen=True, slots=True)
class Value:
    """A part of a formula that was built.

    `literal`: the Python value of a number or text that was written out, else None. `shown`: how
    the formula names it. `size`: how much SQL it is at most, in parts; an engine may have to write
    an argument out twice.
    """

    type: Type
    expression: Expression
    literal: Any = None
    shown: str = ""
    position: int = 1
    size: int = 1
    levels: int = 1

    def made(
        self, type_: Type, expression: Expression, *others: "Value", repeats: int = 1
    ) -> "Value":
        """A value that is made of it and others."""
        parts = (self, *others)
        return replace(
            self,
            type=type_,
            expression=expression,
            literal=None,
            size=1 + repeats * sum(part.size for part in parts),
            levels=1 + max(part.levels for part in parts),
        )


def constant(value: Any, type_: Type) -> Expression:
    """A bound value."""
    if value is None:
        return sa.cast(sa.null(), COLUMNS[type_])
    bound = sa.literal(value, COLUMNS[type_])
    # Written out in a statement, a day is a text like any other.
    return call(f"{type_}_constant", COLUMNS[type_], bound) if type_ in WRITTEN else bound


def typed(value: Value, type_: Type, setting: Setting) -> Value | None:
    """The same value as another type where it is one without a CAST; None where it is not.

    A whole number is a decimal, both are doubles, a time is its day in the zone, a text that was
    written out (`'2026-03-01'`) is a date, and NULL is anything.
    """
    if value.type == type_:
        return value
    if value.type == Type.NULL:
        return replace(value, type=type_, expression=constant(None, type_))
    if value.type == Type.INTEGER and type_ == Type.DECIMAL:
        return value.made(type_, Exact(value.expression))
    if value.type in NUMBERS and type_ == Type.DOUBLE:
        return cast(value, type_, setting)
    if value.type == Type.TIMESTAMP and type_ == Type.DATE:
        return value.made(type_, local_day(value.expression, setting))
    if value.type == Type.TEXT and type_ in TIMES and isinstance(value.literal, str):
        return _written(value, type_, setting)
    return None


def _written(value: Value, type_: Type, setting: Setting) -> Value | None:
    try:
        if type_ == Type.DATE:
            read: Any = date.fromisoformat(value.literal)
        else:
            read = datetime.fromisoformat(value.literal).replace(tzinfo=setting.zone)
    except ValueError:
        return None
    return replace(value, type=type_, expression=constant(read, type_))


def local_day(instant: Expression, setting: Setting) -> Expression:
    """The day an instant is on in the zone of the account."""
    return LocalDay(instant, zone_of(setting))


def zone_of(setting: Setting) -> Expression:
    """The zone as a bound value."""
    return sa.literal(str(setting.zone), Text)


def common_type(values: Iterable[Value]) -> Type | None:
    """The type that all values have without a CAST; None if there is none."""
    types = {value.type for value in values if value.type != Type.NULL}
    if len(types) <= 1:
        return next(iter(types), Type.TEXT)
    if types <= set(NUMBERS):
        return Type.DOUBLE if Type.DOUBLE in types else Type.DECIMAL
    if types == set(TIMES):
        return Type.DATE
    if Type.TEXT in types and len(types - {Type.TEXT}) == 1:
        # Dates may be written as text; `typed` tells whether the text is one.
        [other] = types - {Type.TEXT}
        return other if other in TIMES else None
    return None


# Casts that one expression of the engine does; the others go by way of these.
_DIRECT = {
    (Type.INTEGER, Type.DECIMAL),
    (Type.INTEGER, Type.DOUBLE),
    (Type.INTEGER, Type.TEXT),
    (Type.DECIMAL, Type.INTEGER),
    (Type.DECIMAL, Type.DOUBLE),
    (Type.DECIMAL, Type.TEXT),
    (Type.DOUBLE, Type.INTEGER),
    (Type.DOUBLE, Type.DECIMAL),
    (Type.TEXT, Type.INTEGER),
    (Type.TEXT, Type.DECIMAL),
    (Type.TEXT, Type.DOUBLE),
    (Type.TEXT, Type.DATE),
    (Type.DATE, Type.TEXT),
}
_ZONED = {
    (Type.TEXT, Type.TIMESTAMP),
    (Type.DATE, Type.TIMESTAMP),
    (Type.TIMESTAMP, Type.TEXT),
}


def cast(value: Value, type_: Type, setting: Setting) -> Value | None:
    """What CAST gives: NULL where a value is none of that type; None if no value ever is."""
    pair = (value.type, type_)
    if value.type in {type_, Type.NULL} or pair == (Type.TIMESTAMP, Type.DATE):
        return typed(value, type_, setting)
    if pair in _DIRECT:
        name = f"cast_{value.type}_{type_}"
        return value.made(type_, call(name, COLUMNS[type_], value.expression))
    if pair in _ZONED:
        name = f"cast_{value.type}_{type_}"
        made = call(name, COLUMNS[type_], value.expression, zone_of(setting))
        return value.made(type_, made)
    if pair == (Type.DOUBLE, Type.TEXT):
        exact = cast(value, Type.DECIMAL, setting)
        return exact and cast(exact, type_, setting)
    if value.type == Type.BOOLEAN and type_ in {*NUMBERS, Type.TEXT}:
        return _of_boolean(value, type_, setting)
    if pair == (Type.TEXT, Type.BOOLEAN):
        return _to_boolean(value)
    return None


def _of_boolean(value: Value, type_: Type, setting: Setting) -> Value | None:
    yes, no = ("true", "false") if type_ == Type.TEXT else (1, 0)
    base = Type.TEXT if type_ == Type.TEXT else Type.INTEGER
    made = sa.case(
        (value.expression.is_(sa.true()), constant(yes, base)),
        (value.expression.is_(sa.false()), constant(no, base)),
    )
    return typed(value.made(base, made, repeats=2), type_, setting)


def _to_boolean(value: Value) -> Value:
    word = call("lower", Text, call("trim", Text, value.expression))
    made = sa.case(
        (word.in_(["true", "t", "yes", "y", "on", "1"]), sa.true()),
        (word.in_(["false", "f", "no", "n", "off", "0"]), sa.false()),
    )
    return value.made(Type.BOOLEAN, made, repeats=2)
