"""Formulas of datasets as steps (D100); with aggregates of related rows in them (D110)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.aggregates import aggregated
from tresse.datasets.computed.graph import Node
from tresse.datasets.computed.needs import GIVES
from tresse.datasets.computed.paths import leads_over
from tresse.datasets.computed.reach import (
    FORMULA_TYPES,
    RESULT_TYPES,
    SYSTEM,
    Reach,
    formula_column,
)
from tresse.datasets.computed.splitting import Split, aggregates_in
from tresse.datasets.computed.windows import setting_of
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import Aggregate, Formula
from tresse.datasets.layout import AGGREGATE, Worked
from tresse.engine.columns import try_cast
from tresse.engine.formulas import Column, Type, Value, built, cast

__all__ = ["aggregates_in", "formulas_of"]


def formulas_of(world: World, side: Side, nodes: Sequence[Node]) -> sa.TableClause:
    """A kept table `id, f<n> …` of formulas that need none of each other.

    Raises:
        TresseError: What a formula and its aggregates are refused for.
    """
    rows = side.rows
    source: Any = rows
    known = _known(side, rows)
    splits = [_split(world, side, node) for node in nodes]
    items = [each for split in splits for each in split.aggregates.values()]
    wanted = [(item, _marked(world, side, item, at)) for at, item in enumerate(items)]
    related = aggregated(world, side, wanted) if wanted else None
    marks = iter(worked for _, worked in wanted)
    cells: list[Any] = []
    for node, split in zip(nodes, splits, strict=True):
        columns = dict(known)
        for mark in split.aggregates:
            one = next(marks)
            if related is not None:
                made = formula_column(one.type, related.c[one.column], split.said[mark])
                columns[mark] = made
        worked = node.columns[0]
        value = built(split.text, columns, setting_of(world))
        cells.append(_as(value, worked, world).label(worked.column))
    if related is not None:
        source = rows.join(related, related.c.id == rows.c.id)
    name = f"formulas_{side.name}_{len(world.kept)}"
    world.kept[("formulas", name)] = True
    kept = world.engine.keep(name, sa.select(rows.c.id, *cells).select_from(source))
    if related is not None:
        world.engine.drop(related.name)
    return kept


def _known(side: Side, rows: sa.FromClause) -> dict[str, Column]:
    """What formulas over the rows of a side may name."""
    found = {
        name: formula_column(type_, rows.c[column], name)
        for name, (column, type_) in SYSTEM.items()
    }
    for name, cell in side.cells.items():
        found[name] = formula_column(cell.type, rows.c[cell.column], name)
    return found


def _split(world: World, side: Side, node: Node) -> Split:
    item = node.item
    if not isinstance(item, Formula):
        raise TypeError
    definitions = {name: each.definition for name, each in world.sides.items()}
    return aggregates_in(
        item.sql, definitions, side.name, side.cells, name=f"{side.name}: {item.name}"
    )


def _marked(world: World, side: Side, item: Aggregate, number: int) -> Worked:
    """The column that an aggregate in a formula is worked out as."""
    type_ = GIVES.get(item.do, "")
    if not type_:
        definitions = {name: each.definition for name, each in world.sides.items()}
        rows = leads_over(definitions, side.name, item.over)[-1].of
        type_ = Reach(world, world.sides[rows], [item.column]).types[item.column]
    return Worked(item.name, type_, AGGREGATE, number)


def _as(value: Value, worked: Worked, world: World) -> sa.ColumnElement[Any]:
    """A formula as the column that it becomes."""
    if value.type is Type.NULL:
        return sa.cast(sa.null(), worked.core)
    if RESULT_TYPES[value.type] != worked.type:
        found = cast(value, FORMULA_TYPES[worked.type], setting_of(world))
        if found is None:
            return sa.cast(sa.null(), worked.core)
        value = found
    if value.type is Type.DECIMAL:
        return try_cast(value.expression, worked.core)
    return sa.type_coerce(value.expression, worked.core)
