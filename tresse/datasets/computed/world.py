"""What computed columns are worked out over: the golden records of several datasets, side by side.

A column of the world is known by its dataset and name. Stored columns are there from the start;
computed ones come step by step, each as a table of the engine with a row per golden record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables
from tresse.datasets.definition import DatasetDefinition, Relation
from tresse.datasets.layout import Plan, Worked
from tresse.engine.base import Engine

Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a dataset: its type of S52, its semantic field, and its name in `Side.rows`."""

    name: str
    type: str
    semantic: str
    column: str
    core: sa.types.TypeEngine[Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """A relation from many rows to one: `relation` of the dataset `of` leads to `to`."""

    of: str
    relation: Relation

    @property
    def column(self) -> str:
        """In the rows of `of`: the golden id it leads to."""
        return f"{self.relation.name}_id"


class Side:
    """One dataset of the world: its golden records, and what is worked out of them so far."""

    def __init__(
        self, tables: Tables, definition: DatasetDefinition, *, is_done: bool = False
    ) -> None:
        """See the class.

        Args:
            tables: Of the version that is being made, or of a published one.
            definition: With the computed columns that are to be worked out.
            is_done: The version is complete: its computed columns are taken as they stand.
        """
        self.tables, self.definition = tables, definition
        self._first = tables.golden if is_done else tables.merged
        self.cells: dict[str, Cell] = {
            each.column.name: Cell(
                each.column.name,
                each.merged_type,
                each.column.semantic,
                each.name,
                each.merged_core,
            )
            for each in self.plan.columns
        }
        for name in tables.relations:
            self.cells[f"{name}_id"] = Cell(f"{name}_id", "text", "", f"{name}_id", sa.Text())
        for each in self.plan.computed if is_done else ():
            self.cells[each.name] = Cell(
                each.name, each.type, each.semantic, each.column, each.core
            )
        self._steps: list[sa.FromClause] = []
        self._read: dict[Any, sa.FromClause] = {}

    @property
    def name(self) -> str:
        """Of the dataset."""
        return self.definition.name

    @property
    def entity(self) -> str:
        """Of the dataset."""
        return self.definition.entity

    @property
    def plan(self) -> Plan:
        """Of the merged columns."""
        return self.tables.plan

    @property
    def rows(self) -> sa.FromClause:
        """A row per golden record: `layout.golden_columns`, and the computed columns so far.

        Named as `Cell.column` says. Joined with no more than what was worked out.
        """
        key = len(self._steps)
        if key not in self._read:
            first: Any = self._first
            joined, cells = first, list(first.c)
            for step in self._steps:
                joined = joined.outerjoin(step, step.c.id == first.c.id)
                cells += [each for each in step.c if each.name != "id"]
            self._read[key] = (
                self.tables.engine.view(sa.select(*cells).select_from(joined))
                if self._steps
                else first
            )
        return self._read[key]

    def with_field(self, semantic: str) -> Cell | None:
        """The column that holds a semantic field; None if none does (D17)."""
        return next((each for each in self.cells.values() if each.semantic == semantic), None)

    def add(self, step: sa.FromClause, columns: Mapping[str, Worked]) -> None:
        """Take in worked-out columns.

        Args:
            step: A table `id, f<n> …`, each golden record at most once, kept in the engine.
            columns: By name, whose `Worked.column` stands in it.
        """
        self._steps.append(step)
        for name, worked in columns.items():
            cell = Cell(name, worked.type, worked.semantic, worked.column, worked.core)
            self.cells[name] = cell


@dataclass(slots=True)
class World:
    """The datasets of a build, and those that its computed columns read."""

    engine: Engine
    sides: Mapping[str, Side]
    as_of: datetime
    "Nothing is worked out by any other clock."
    zone: str
    currency: str
    kept: dict[Any, Any] = field(default_factory=dict)
    "Steps that several columns share, by what tells them apart."

    @property
    def today(self) -> date:
        """t0: `as_of` as a day in the zone of the account (SC5)."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).date()

    def leads_to(self, name: str) -> Iterator[Lead]:
        """Relations of all datasets that lead to one, by name of dataset, then in their order."""
        for other in sorted(self.sides):
            for relation in self.sides[other].definition.relations:
                if relation.to == name:
                    yield Lead(other, relation)

    def related(self, name: str, entity: str) -> Lead | None:
        """The relation by which rows of an entity belong to the rows of a dataset.

        Of several datasets of the entity, the one that is called as the entity, else the first by
        name; None: no dataset of the entity leads there.
        """
        found = [lead for lead in self.leads_to(name) if self.sides[lead.of].entity == entity]
        return next((lead for lead in found if lead.of == entity), found[0] if found else None)
