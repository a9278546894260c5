"""What is picked out of a group of rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tresse.engine.columns.renderings import Value
from tresse.engine.constructs_formulas import Call


class Picked(Call):
    """An aggregate of this module."""

    inherit_cache = True


@compiles(Picked)
def _picked(element: Picked, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    value, *orders = (compiler.process(part, **kw) for part in element.parts)
    # NULL comes first of all, so it is said beside each value.
    keys = (f"'n{i}': {o} IS NOT NULL, 'k{i}': {o}" for i, o in enumerate(orders))
    return f"{element.function}({value}, {{{', '.join(keys)}}}) FILTER (WHERE {value} IS NOT NULL)"


def last_of(value: Value, order: Sequence[Value]) -> Value:
    """The value of the row of a group that comes last in an order, of those not NULL.

    NULLs come first in the order. It must be total: rows alike in it may give either value.
    """
    return Picked("arg_max", value.type, (value, *order))


def first_of(value: Value, order: Sequence[Value]) -> Value:
    """The value of the row of a group that comes first in an order; see `last_of`."""
    return Picked("arg_min", value.type, (value, *order))
