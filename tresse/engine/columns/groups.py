"""What is picked out of a group of rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tresse.engine.columns.renderings import LIST, Value
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


class Gathered(Picked):
    """The list of what is in a group."""

    inherit_cache = True


@compiles(Gathered)
def _gathered(element: Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    [text] = (compiler.process(part, **kw) for part in element.parts)
    found = f"list_sort(list(DISTINCT {text}) FILTER (WHERE {text} IS NOT NULL))"
    return f"CASE WHEN count({text}) > 0 THEN {found} END"


def gathered(text: Value) -> Value:
    """The texts of a group as a list: NULLs left out, each once, by code point; NULL for none."""
    return Gathered("gathered", LIST, (text,))


class Listed(Picked):
    """The list of what is in a group, in an order."""

    inherit_cache = True


@compiles(Listed)
def _listed(element: Listed, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    text, place = (compiler.process(part, **kw) for part in element.parts)
    # By the place in each, as Spark's lists of a group take no order.
    cells = f"list({{'k': {place}, 'v': {text}}}) FILTER (WHERE {text} IS NOT NULL)"
    return f"list_transform(list_sort({cells}), lambda x: x.v)"


def listed(text: Value, place: Value) -> Value:
    """The texts of a group as a list by whole numbers, each another; NULLs left out.

    NULL or empty where all of them are NULL.
    """
    return Listed("listed", LIST, (text, place))


class Flattened(Picked):
    """All that is in the lists of a group."""

    inherit_cache = True


@compiles(Flattened)
def _flattened(element: Flattened, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    [found] = (compiler.process(part, **kw) for part in element.parts)
    return f"flatten(list({found}) FILTER (WHERE {found} IS NOT NULL))"


def flattened(lists: Value) -> Value:
    """What is in all lists of a group as one, in no order; NULL or empty where all are NULL."""
    return Flattened("flattened", LIST, (lists,))


def last_of(value: Value, order: Sequence[Value]) -> Value:
    """The value of the row of a group that comes last in an order, of those not NULL.

    NULLs come first in the order. It must be total: rows alike in it may give either value.
    """
    return Picked("arg_max", value.type, (value, *order))


def first_of(value: Value, order: Sequence[Value]) -> Value:
    """The value of the row of a group that comes first in an order; see `last_of`."""
    return Picked("arg_min", value.type, (value, *order))
