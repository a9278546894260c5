"""Numbers of columns, and their texts."""

from typing import Any

import sqlalchemy as sa

from tresse.engine.columns.renderings import FLOAT, TEXT, WHOLE, Value, column
from tresse.engine.relations import TextList
from tresse.engine.types import Instant


def to_integer(text: Value) -> Value:
    """Digits with a sign or none as a whole number of 64 bits; else NULL."""
    return column("to_integer", WHOLE, text)


def to_decimal(text: Value, precision: int = 21, scale: int = 6) -> Value:
    """`-12.50` exactly, more places rounded half away from zero; what does not fit is NULL."""
    return column("to_decimal", sa.Numeric(precision, scale), text)


def to_double(text: Value) -> Value:
    """`-1.5e3`; NULL for what is no number, and beyond what a double holds."""
    return column("to_double", FLOAT, text)


def finite(number: Value) -> Value:
    """A double; NULL for NaN and infinities."""
    return column("finite", FLOAT, number)


def try_cast(value: Value, type_: sa.types.TypeEngine[Any]) -> Value:
    """Between numbers, and from numbers to text; NULL for what does not fit.

    Of texts use `to_integer`, `iso_day` and the like, which say what they read.
    """
    return column("try_cast", type_, value)


def rounded(number: Value, places: int) -> Value:
    """A decimal or double rounded half away from zero; the type stays."""
    return column("rounded", number.type, number, places)


def divided(number: Value, by: Value) -> Value:
    """A double; NULL for a division by zero."""
    return column("divided", FLOAT, number, by)


def power(number: Value | float, exponent: Value | float) -> Value:
    """One to the power of the other, a double; NULL where that is no finite number."""
    return column("power", FLOAT, number, exponent)


def logarithm(number: Value) -> Value:
    """The natural one, a double; NULL at zero and below, and where it is no finite number."""
    return column("logarithm", FLOAT, number)


def mean(total: Value, number: Value) -> Value:
    """A sum divided by a whole number: a decimal of 6 places, rounded half away from zero.

    `total`: a decimal with at most 6 places. NULL for a number below 1, and for what does not fit
    into 21 digits.
    """
    return column("mean", sa.Numeric(21, 6), total, number)


def quotient(number: Value, by: Value) -> Value:
    """Of whole numbers, cut towards zero; NULL for a division by zero."""
    return column("quotient", WHOLE, number, by)


def remainder(number: Value, by: Value) -> Value:
    """Of whole numbers, with the sign of `number`; NULL for a division by zero."""
    return column("remainder", WHOLE, number, by)


def text_of(value: Value) -> Value:
    """The canonical text of a value (Y21).

    Whole numbers plain, decimals without trailing zeros, doubles to 9 significant places, `true`
    and `false`, days in ISO 8601, instants in UTC with 6 places and `Z`, lists as JSON.
    """
    match value.type:
        case sa.Boolean():
            return column("text_of_yes", TEXT, value)
        case sa.Integer():
            return column("text_of_whole", TEXT, value)
        case sa.Float():
            return column("text_of_double", TEXT, value)
        case sa.Numeric():
            is_whole = value.type.scale == 0
            return column("text_of_whole" if is_whole else "text_of_decimal", TEXT, value)
        case Instant():
            return column("text_of_instant", TEXT, value)
        case sa.DateTime():
            return column("text_of_local", TEXT, value)
        case sa.Date():
            return column("text_of_day", TEXT, value)
        case TextList():
            return column("text_of_list", TEXT, value)
    return value
