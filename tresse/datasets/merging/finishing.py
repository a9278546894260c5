"""From merged rows to golden records: pins, fills, the version of the last change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging.choices import Line
from tresse.datasets.merging.methods.base import Value
from tresse.datasets.merging.reading import canonical, read_as
from tresse.engine.base import Engine

PINS = [
    sa.column("id", sa.Text()),  # of the golden record
    sa.column("number", sa.BigInteger()),  # of the column
    sa.column("value", sa.Text()),  # canonical text (Y21), a list as JSON; NULL pins NULL
]
"""Values that people pinned (D74): one row per golden record and column at most."""
SYSTEM = ("first_seen_at", "modified_at", "members", "sources", "keys")


class Before(Protocol):
    """The version before: its tables, and by what they were made."""

    @property
    def golden(self) -> sa.FromClause: ...  # noqa: D102

    @property
    def values(self) -> sa.FromClause: ...  # noqa: D102


def pinned(engine: Engine, pins: sa.FromClause | None, name: str) -> sa.TableClause | None:
    """`id`, and `p<n>` (the text) with `h<n>` (1) per column that has pins; None: no pins."""
    if pins is None:
        return None
    numbers = sorted(number for (number,) in engine.rows(sa.select(pins.c.number).distinct()))
    if not numbers:
        return None
    cells = [
        cell
        for number in numbers
        for cell in (
            sa.func.max(sa.case((pins.c.number == number, pins.c.value))).label(f"p{number}"),
            sa.func.max(sa.case((pins.c.number == number, 1))).label(f"h{number}"),
        )
    ]
    return engine.keep(name, sa.select(pins.c.id, *cells).group_by(pins.c.id))


class Finished:
    """Merged rows with pins and fills: statements over them."""

    def __init__(
        self, rows: sa.FromClause, lines: Sequence[Line], pins: sa.FromClause | None
    ) -> None:
        self.rows, self.lines, self.pins = rows, lines, pins
        self._source: Any = rows
        if pins is not None:
            self._source = rows.join(pins, pins.c.id == rows.c.id, isouter=True)

    def golden(self) -> sa.Select[Any]:
        """All columns of `layout.golden_columns` but `changed_in` and relations."""
        cells = [self.rows.c[name] for name in ("id", *SYSTEM)]
        values = [self._value(line).label(line.name) for line in self.lines]
        return sa.select(*cells, *values).select_from(self._source)

    def values(self) -> sa.Select[Any]:
        """By `layout.value_columns`."""
        cells: list[Value] = [self.rows.c.id]
        for line in self.lines:
            number = line.planned.number
            cells.append(self._winner(line.planned).label(f"r{number}"))
            cells += [self.rows.c[f"{letter}{number}"] for letter in "kd"]
        return sa.select(*cells).select_from(self._source)

    def _value(self, line: Line) -> Value:
        value: Value = self.rows.c[line.name]
        planned = line.planned
        if planned.column.fill is not None:
            constant = sa.literal(canonical(planned.column.fill), sa.Text())
            value = sa.func.coalesce(value, read_as(constant, line.core), type_=line.core)
        if self._is_pinned(planned):
            assert self.pins is not None  # noqa: S101
            text = self.pins.c[f"p{planned.number}"]
            is_there = self.pins.c[f"h{planned.number}"] == 1
            value = sa.case((is_there, read_as(text, line.core)), else_=value)
        return sa.type_coerce(value, line.core)

    def _winner(self, planned: Planned) -> Value:
        """The record whose value stands; NULL where a fill or a pin does."""
        winner: Value = self.rows.c[f"r{planned.number}"]
        if planned.column.fill is not None:
            winner = sa.case((self.rows.c[planned.name].is_not(None), winner))
        if self._is_pinned(planned):
            assert self.pins is not None  # noqa: S101
            is_there = self.pins.c[f"h{planned.number}"] == 1
            winner = sa.case((is_there, sa.null()), else_=winner)
        return sa.type_coerce(winner, layout.RID)

    def _is_pinned(self, planned: Planned) -> bool:
        return self.pins is not None and f"h{planned.number}" in self.pins.c


@dataclass(frozen=True, slots=True)
class Relations:
    """Where golden records lead: names, and `id` with `<name>_id` per name; None: nowhere."""

    names: Sequence[str] = ()
    table: sa.FromClause | None = None


def stamped(
    golden: sa.FromClause,
    plan: Plan,
    relations: Relations,
    *,
    before: sa.FromClause | None,
    before_plan: Plan | None,
    number: int,
) -> sa.Select[Any]:
    """Golden records by `layout.golden_columns`.

    `changed_in` is that of `before` where no other column differs, else `number`. Columns are
    compared by their names in the definitions; one that is new, gone or of another type is a
    difference where it holds something.
    """
    source: Any = golden
    cells: dict[str, Value] = {each.name: each for each in golden.c}
    for name in relations.names:
        cell: Any = sa.null() if relations.table is None else relations.table.c[f"{name}_id"]
        cells[f"{name}_id"] = sa.type_coerce(cell, sa.Text()).label(f"{name}_id")
    if relations.table is not None:
        source = source.outerjoin(relations.table, relations.table.c.id == golden.c.id)
    changed: Any = sa.literal(number, sa.BigInteger())
    if before is not None:
        before = before.alias("version_before")
        source = source.outerjoin(before, before.c.id == golden.c.id)
        differs = _differing(cells, plan, before, before_plan or plan, relations.names)
        changed = sa.case((sa.or_(*differs), number), else_=before.c.changed_in)
    cells["changed_in"] = sa.type_coerce(changed, sa.BigInteger()).label("changed_in")
    wanted = layout.golden_columns(plan, relations.names)
    return sa.select(*(cells[each.name] for each in wanted)).select_from(source)


def _differing(
    cells: Mapping[str, Value],
    plan: Plan,
    before: sa.FromClause,
    before_plan: Plan,
    relations: Sequence[str],
) -> list[Value]:
    """Conditions of which one is true where a golden record is not as before, or was not there."""
    found: list[Value] = [before.c.id.is_(None)]
    found += [cells[name].is_distinct_from(before.c[name]) for name in SYSTEM]
    old = {each.column.name: each for each in before_plan.columns}
    for each in plan.columns:
        known = old.pop(each.column.name, None)
        if known is not None and known.merged_type == each.merged_type:
            found.append(cells[each.name].is_distinct_from(before.c[known.name]))
            continue
        found.append(cells[each.name].is_not(None))
        if known is not None:
            found.append(before.c[known.name].is_not(None))
    found += [before.c[each.name].is_not(None) for each in old.values()]
    there = {each.name for each in before.c if each.name.endswith("_id")}
    for name in (f"{each}_id" for each in relations):
        cell = cells[name].element if isinstance(cells[name], sa.Label) else cells[name]
        is_known = name in there
        there.discard(name)
        found.append(cell.is_distinct_from(before.c[name]) if is_known else cell.is_not(None))
    return [*found, *(before.c[name].is_not(None) for name in sorted(there))]
