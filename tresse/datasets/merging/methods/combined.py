"""Methods that make one value of all."""

import sqlalchemy as sa

from tresse.datasets.merging.methods.base import NUMBERS, Combine, Value
from tresse.engine import columns
from tresse.engine.relations import TextList
from tresse.kernel.marks import N_

EXACT = sa.Numeric(28, 6)
"What numbers are summed as, so that no order of records makes a difference (D83)."
WIDE = sa.Numeric(38, 6)


class Sum(Combine):
    """Of counters that each system keeps for itself."""

    name = "sum"
    label = N_("Sum")
    does = N_(
        "The sum of all values: of counters that each system keeps for itself. Numbers are rounded "
        "to 6 places before; a sum that does not fit the column is empty."
    )
    takes = NUMBERS

    def of_one(self, value: Value) -> Value:
        """Rounded as it is among others."""
        if isinstance(value.type, sa.Float):
            return columns.try_cast(_exact(value), sa.Double())
        return value

    def of_many(self, value: Value) -> Value:
        """Exact, whatever the order."""
        if isinstance(value.type, sa.Float):
            exact = _exact(value)
            lost = sa.func.count(value) - sa.func.count(exact)
            total = sa.type_coerce(sa.func.sum(exact), WIDE)
            return sa.case((lost == 0, columns.try_cast(total, sa.Double())))
        if isinstance(value.type, sa.Integer):
            total = sa.type_coerce(sa.func.sum(sa.cast(value, sa.Numeric(28, 0))), WIDE)
            return columns.try_cast(total, sa.BigInteger())
        total = sa.type_coerce(sa.func.sum(value), WIDE)
        return columns.try_cast(total, value.type)


class Union(Combine):
    """A list of what there is."""

    name = "union"
    label = N_("All values, as a list")
    does = N_(
        "Each value once, sorted by code point, as a list of texts; of lists all that is in them."
    )

    def of_one(self, value: Value) -> Value:
        """A list of one."""
        if isinstance(value.type, TextList):
            return columns.list_sorted(value)
        text = columns.text_of(value)
        return sa.case((value.is_not(None), columns.list_of(text)))

    def of_many(self, value: Value) -> Value:
        """Sorted, each once."""
        if isinstance(value.type, TextList):
            found = columns.list_sorted(columns.flattened(value))
            return sa.case((sa.func.count(value) > 0, found))
        return columns.gathered(columns.text_of(value))


class Any(Combine):
    """Whether one is true."""

    name = "any"
    label = N_("True if one is")
    does = N_("True if any known value is true.")
    takes = frozenset({"boolean"})

    def of_many(self, value: Value) -> Value:
        """NULLs are passed over."""
        return sa.type_coerce(sa.func.bool_or(value), sa.Boolean())


class All(Combine):
    """Whether none is false."""

    name = "all"
    label = N_("True if all are")
    does = N_("True if every known value is true.")
    takes = frozenset({"boolean"})

    def of_many(self, value: Value) -> Value:
        """NULLs are passed over."""
        return sa.type_coerce(sa.func.bool_and(value), sa.Boolean())


def _exact(value: Value) -> Value:
    return columns.try_cast(columns.finite(value), EXACT)
