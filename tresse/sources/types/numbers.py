"""Whole numbers, decimals and doubles."""

from collections.abc import Mapping

import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.kernel.marks import N_
from tresse.sources.types.amounts import (
    PLACES,
    WHOLE_DIGITS,
    double,
    double_loses_places,
    exact,
    exact_of_double,
    integer,
    is_not_finite,
    loses_places,
)
from tresse.sources.types.base import Cell, ColumnType, Condition, Parts, Value

EXACT = sa.Numeric(WHOLE_DIGITS + PLACES, PLACES)
INTEGER = Function("cell_integer", integer, sa.BigInteger())
DECIMAL = Function("cell_decimal", exact, EXACT)
LOSES = Function("cell_loses_places", loses_places, sa.Boolean())
NUMBER = Function("cell_number", double, sa.Double())
NOT_FINITE = Function("cell_not_finite", is_not_finite, sa.Boolean())
OF_DOUBLE = Function("double_decimal", exact_of_double, EXACT, takes=(sa.Double(),))
DOUBLE_LOSES = Function(
    "double_loses_places", double_loses_places, sa.Boolean(), takes=(sa.Double(),)
)
WITH_COMMA = r"^\s*[+-]?[0-9]+(,[0-9]+)?\s*$"
CENTS = r"^\s*[+-]?[0-9]+,[0-9]{1,2}\s*$"
MANY_PLACES = r"[.,][0-9]{7}"
LIMIT = 2.0**63


class Integer(ColumnType):
    """Whole numbers."""

    name = "integer"
    label = N_("Whole number")
    column = sa.BigInteger()
    code = "could_not_parse_number"
    stored = N_("64 bits")
    reads = N_("-1 234 and 1,234, by the column's decimal sign")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """Plain ones by the engine, all others one by one."""
        if cell.sort == "integer":
            return cell.raw
        if cell.sort == "double":
            whole = sa.and_(
                cell.raw == columns.rounded(cell.raw, 0), cell.raw >= -LIMIT, cell.raw < LIMIT
            )
            return sa.case((whole, columns.try_cast(cell.raw, sa.BigInteger())))
        return sa.func.coalesce(columns.to_integer(cell.text), INTEGER(cell.text, point=cell.point))

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """NaN and infinities of doubles."""
        if cell.sort != "double":
            return {}
        return {"not_finite": sa.and_(cell.raw.is_not(None), columns.finite(cell.raw).is_(None))}

    def excused(self, counted: Mapping[str, Condition]) -> Condition | None:
        """They are NULL, and no fault."""
        return counted.get("not_finite")


class Decimal_(ColumnType):  # noqa: N801  `Decimal` is Python's
    """Exact decimals."""

    name = "decimal"
    label = N_("Decimal number")
    column = EXACT
    code = "could_not_parse_number"
    stored = N_("exactly, 15 digits before and 6 after the point")
    reads = N_(
        "1 234,50 € and (12.50), which is -12.50; more places are rounded half away from zero and "
        "counted"
    )

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """Plain ones by the engine, all others one by one."""
        if cell.sort in {"integer", "decimal"}:
            return columns.try_cast(cell.raw, EXACT)
        if cell.sort == "double":
            return OF_DOUBLE(cell.raw)
        plain = columns.to_decimal(cell.text)
        with_point = columns.to_decimal(columns.replaced_text(cell.text, ",", "."))
        if cell.point == ",":
            plain = sa.case((columns.matches(cell.text, WITH_COMMA), with_point))
        elif not cell.sign:
            by_comma = sa.case((columns.matches(cell.text, CENTS), with_point))
            plain = sa.func.coalesce(plain, by_comma)
        return sa.func.coalesce(plain, DECIMAL(cell.text, point=cell.sign))

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """Those that were rounded; NaN and infinities of doubles."""
        if cell.sort == "integer":
            return {}
        if cell.sort == "double":
            lost = sa.and_(value.is_not(None), DOUBLE_LOSES(cell.raw))
            nothing = sa.and_(cell.raw.is_not(None), columns.finite(cell.raw).is_(None))
            return {"rounded": lost, "not_finite": nothing}
        if cell.sort == "decimal":
            return {"rounded": sa.and_(value.is_not(None), value != cell.raw)}
        long = sa.and_(value.is_not(None), columns.matches(cell.text, MANY_PLACES))
        return {"rounded": sa.case((long, LOSES(cell.text, point=cell.sign)), else_=sa.false())}

    def excused(self, counted: Mapping[str, Condition]) -> Condition | None:
        """NaN and infinities are NULL, and no fault."""
        return counted.get("not_finite")


class Number(ColumnType):
    """Double precision."""

    name = "number"
    label = N_("Number")
    column = sa.Double()
    code = "could_not_parse_number"
    stored = N_("double precision")
    reads = N_("1e3 too; NaN and infinities are empty and counted")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """Plain ones by the engine, all others one by one; NULL for NaN and infinities."""
        if cell.sort == "double":
            return columns.finite(cell.raw)
        if cell.sort in {"integer", "decimal"}:
            return columns.try_cast(cell.raw, sa.Double())
        plain = columns.to_double(cell.text)
        if cell.point == ",":
            with_point = columns.to_double(columns.replaced_text(cell.text, ",", "."))
            plain = sa.case((columns.matches(cell.text, WITH_COMMA), with_point))
        return sa.func.coalesce(plain, NUMBER(cell.text, point=cell.sign))

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """NaN and infinities."""
        if cell.sort in {"integer", "decimal"}:
            return {}
        nothing = sa.and_(cell.raw.is_not(None), value.is_(None))
        if cell.sort == "double":
            return {"not_finite": nothing}
        return {
            "not_finite": sa.case(
                (nothing, NOT_FINITE(cell.text, point=cell.sign)), else_=sa.false()
            )
        }

    def excused(self, counted: Mapping[str, Condition]) -> Condition | None:
        """They are NULL, and no fault."""
        return counted["not_finite"] if counted else None
