"""Datasets as a world has them, written as Parquet without a build, and columns worked out there.

small = world(duck, orders=Table({"net": "decimal"}, [{"contact_id": "ada", "net": 3}]))
small.aggregates("contacts", Aggregate("total", ("orders",), "sum", "net"))["ada"]["total"]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.builds.tables import Tables
from tresse.datasets.computed.aggregates import aggregates_of
from tresse.datasets.computed.formulas import formulas_of
from tresse.datasets.computed.graph import Node
from tresse.datasets.computed.needs import GIVES
from tresse.datasets.computed.reach import Reach
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import Aggregate, Column, DatasetDefinition, Formula, Relation
from tresse.datasets.layout import Plan, Planned, Worked
from tresse.engine.relations import schema
from tresse.sources.types import TYPES

NUMBERS = count()
AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
Found = dict[str, dict[str, Any]]


@dataclass
class Table:
    """A dataset: type by column, rows by column, and where its relations lead."""

    types: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    relations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    "By name: the dataset it leads to, and its inverse."
    fields: Mapping[str, str] = field(default_factory=dict)
    "Semantic field by column."
    entity: str = ""


def world(engine: Any, *, as_of: datetime = AS_OF, zone: str = "Europe/Paris", **tables: Table):
    """The world of these datasets; rows without an `id` or `_keys` get one."""
    folder = engine.root / f"sides_{next(NUMBERS)}"
    sides = {}
    for name, table in tables.items():
        columns = tuple(
            Planned(Column(each, type_, table.fields.get(each, "")), type_,
                    TYPES[type_].column, number)
            for number, (each, type_) in enumerate(table.types.items())
        )  # fmt: skip
        leads = tuple(Relation(each, *where) for each, where in table.relations.items())
        definition = DatasetDefinition(name, table.entity or name, relations=leads)
        plan = Plan(definition, columns, ("shop",), zone)
        _write(folder / name / "golden", plan, tuple(table.relations), table.rows)
        tables_ = Tables(engine, folder / name, plan, tuple(table.relations))
        sides[name] = Side(tables_, definition)
    return Small(World(engine, sides, as_of, zone, "EUR"))


def _write(folder: Any, plan: Plan, relations: Sequence[str], rows: Any) -> None:
    wanted = schema(layout.golden_columns(plan, relations))
    filled = []
    for number, row in enumerate(rows, 1):
        id_ = row.get("id") or f"{plan.definition.name}{number}"
        system = {"id": id_, "first_seen_at": AS_OF, "modified_at": AS_OF, "changed_in": 1}
        keys = row.get("_keys") or [f"shop/{id_}"]
        cells = {each.name: _cell(row.get(each.column.name), each.type) for each in plan.columns}
        leads = {f"{each}_id": row.get(f"{each}_id") for each in relations}
        filled.append({**system, "members": 1, "keys": keys, **cells, **leads})
    folder.mkdir(parents=True)
    named = [{name: row.get(name) for name in wanted.names} for row in filled]
    pq.write_table(pa.Table.from_pylist(named, schema=wanted), folder / "part-0.parquet")


def _cell(value: Any, type_: str) -> Any:
    if value is None or type_ != "decimal":
        return value
    return Decimal(str(value)).quantize(Decimal("0.000001"))


@dataclass
class Small:
    """A world, and what is worked out in it."""

    world: World

    def aggregates(self, dataset: str, *items: Aggregate) -> Found:
        """Values by golden record and column."""
        side = self.world.sides[dataset]
        nodes = [
            _node(dataset, item, self._type(side, item), number)
            for number, item in enumerate(items)
        ]
        return self._rows(aggregates_of(self.world, side, nodes), [each.name for each in items])

    def formulas(self, dataset: str, types: Mapping[str, str], **texts: str) -> Found:
        """Values by golden record and column, of formulas with the types they have."""
        side = self.world.sides[dataset]
        nodes = [
            _node(dataset, Formula(name, text), types.get(name, "text"), number)
            for number, (name, text) in enumerate(texts.items())
        ]
        return self._rows(formulas_of(self.world, side, nodes), list(texts))

    def added(self, dataset: str, *items: Aggregate) -> None:
        """Work out aggregates, and let the side have them."""
        side = self.world.sides[dataset]
        nodes = [
            _node(dataset, item, self._type(side, item), number)
            for number, item in enumerate(items)
        ]
        table = aggregates_of(self.world, side, nodes)
        side.add(table, {each.name: each for node in nodes for each in node.columns})

    def _type(self, side: Side, item: Aggregate) -> str:
        if item.do in GIVES:
            return GIVES[item.do]
        here = side
        for step in item.over:
            [here] = [
                other
                for other in self.world.sides.values()
                for relation in other.definition.relations
                if relation.to == here.name and (relation.inverse or other.name) == step
            ]
        return Reach(self.world, here, [item.column]).types[item.column]

    def _rows(self, table: sa.TableClause, names: Sequence[str]) -> Found:
        rows = self.world.engine.rows(sa.select(*table.c))
        found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
        assert len(found) == len(rows), "one row per golden record"
        return found


def _node(dataset: str, item: Any, type_: str, number: int) -> Node:
    worked = Worked(item.name, type_, "computed", number)
    return Node(dataset, item, (worked,), frozenset(), has_time=False)
