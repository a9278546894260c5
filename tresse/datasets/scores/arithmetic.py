"""Sums, shares and middle values as scores need them: the same on every engine, in any row order.

Amounts are summed as decimals, which is exact; whole numbers too. Doubles are never summed: say
them in whole units, or round them to decimals before (D83).
"""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.engine import columns as do
from tresse.engine.constructs_formulas import call
from tresse.sources.types import TYPES

Value = sa.ColumnElement[Any]
MONEY = TYPES["decimal"].column
WHOLE = sa.BigInteger()
DOUBLE: sa.Double[float] = sa.Double()
WIDE = sa.Numeric(38, 6)
"What sums of amounts have room in."
ZERO = sa.cast(Decimal(0), MONEY)
MOST = 1e15
"What amounts have room for."


def count() -> Value:
    """Rows of a group."""
    return sa.func.count()


def counted(condition: Value) -> Value:
    """Rows of a group of which it is true; 0 for none."""
    return sa.func.count(sa.case((condition, sa.literal(1))))


def total(amount: Value, condition: Value | None = None) -> Value:
    """The sum of decimals of a group, of rows of which a condition is true; NULL for none.

    One that does not fit a column of amounts is NULL.
    """
    chosen = amount if condition is None else sa.case((condition, amount))
    return do.try_cast(sa.type_coerce(sa.func.sum(chosen), WIDE), MONEY)


def whole_total(number: Value, condition: Value | None = None) -> Value:
    """The sum of whole numbers of a group; NULL for none, and beyond 64 bits."""
    chosen = number if condition is None else sa.case((condition, number))
    wide = sa.func.sum(sa.cast(chosen, sa.Numeric(28, 0)))
    return do.try_cast(sa.type_coerce(wide, sa.Numeric(38, 0)), WHOLE)


def or_zero(amount: Value) -> Value:
    """An amount, 0 where there is none."""
    return sa.func.coalesce(amount, ZERO)


def exact(number: Value) -> Value:
    """A number as a decimal of six places, so that it can be summed (D83)."""
    if isinstance(number.type, sa.Float):
        return do.try_cast(do.rounded(do.finite(number), 6), MONEY)
    return do.try_cast(number, MONEY)


def number(value: Value) -> Value:
    """A whole number or decimal as a double."""
    return do.try_cast(value, DOUBLE)


def share(part: Value, whole: Value) -> Value:
    """One through the other, a double; NULL where the second is 0 or NULL (SC8)."""
    return do.divided(part, whole)


def money(value: Value) -> Value:
    """A double as a decimal of six places."""
    return do.try_cast(do.rounded(value, 6), MONEY)


def times(amount: Value, by: Value) -> Value:
    """The product of two decimals, rounded half away from zero; NULL where it does not fit."""
    size = number(amount) * number(by)
    # The engine refuses a product of over 38 digits, even where nobody asks for it.
    fitting = sa.case((sa.and_(size < MOST, size > -MOST), by))
    return do.try_cast(amount * fitting, MONEY)


def between(value: Value, low: float, high: float) -> Value:
    """A double, or the nearer bound."""
    least, most = (sa.literal(each, DOUBLE) for each in (low, high))
    return sa.case((value < least, least), (value > most, most), else_=value)


def root(value: Value) -> Value:
    """The square root of a double; NULL below 0."""
    return call("sqrt", DOUBLE, value)


def pick(value: Value, condition: Value) -> Value:
    """The value of the only row of a group of which a condition is true; NULL for none."""
    return sa.type_coerce(sa.func.max(sa.case((condition, value))), value.type)


def middle(rows: sa.FromClause, value: Value, by: Value | None = None) -> sa.Select[Any]:
    """The median: the middle value, of an even number the mean of the two.

    Args:
        rows: Any.
        value: Of each row: a decimal, whole number or double; NULLs are passed over.
        by: A column of theirs, to have one median for each of its values.

    Returns:
        `id` (the value of `by`; left out without it), `middle`: a decimal for decimals, else a
        double. Of no rows no row.
    """
    numbered: dict[str, Any] = {} if by is None else {"partition_by": by}
    groups = [] if by is None else [by.label("id")]
    placed = (
        sa.select(
            *groups,
            value.label("value"),
            sa.func.row_number().over(**numbered, order_by=value).label("place"),
            sa.func.count().over(**numbered).label("number"),
        )
        .select_from(rows)
        .where(value.is_not(None))
        .subquery("placed")
    )
    twice = 2 * placed.c.place - placed.c.number
    least, most = (
        sa.type_coerce(each(placed.c.value), value.type) for each in (sa.func.min, sa.func.max)
    )
    mean: Value
    is_decimal = isinstance(value.type, sa.Numeric) and not isinstance(value.type, sa.Float)
    if is_decimal:
        wide = sa.type_coerce(sa.func.sum(placed.c.value), WIDE)
        both = do.try_cast(wide * sa.cast(Decimal("0.5"), sa.Numeric(2, 1)), MONEY)
        mean = sa.case((sa.func.count() == 1, least), else_=both)
    else:
        mean = (number(least) + number(most)) * sa.literal(0.5, DOUBLE)
    keys = [] if by is None else [placed.c.id]
    chosen = (
        sa.select(*keys, sa.type_coerce(mean, MONEY if is_decimal else DOUBLE).label("middle"))
        .where(twice.in_((0, 1, 2)))
        .having(sa.func.count() > 0)
    )
    return chosen.group_by(*keys) if keys else chosen
