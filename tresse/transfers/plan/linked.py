"""Records made or changed through association columns (T26, T47)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.readings import reading_for
from tresse.records.visibility import reach
from tresse.transfers.decide import CREATED, FOUND, NEW
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged

PER_LINE = 1_000
"Linked records are numbered by line times this, plus their number on the line."
CREATES_BY = {"contact": ("email", "phone"), "company": ("domain", "name")}
Ask = tuple[int, int, str, int | None, str | None, str]
"Line, number, how, id, compared text, text as shown."


@dataclass
class LinkedRecords:
    """Plans records that association columns make. `next_new()` numbers a new record."""

    layout: Layout
    staged: Staged
    actor: Actor
    next_new: Callable[[], int]
    _made: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def make(self, relation: Relation, asks: Sequence[Ask]) -> list[Ask]:
        """Plan a record for each ask that can make one; answers those that cannot."""
        other = relation.other
        if self.layout.settings.links != "associate" or (
            self.actor.scope(other.name, "create") == "none"
        ):
            return list(asks)
        left: list[Ask] = []
        named: list[tuple[int, int, int, int]] = []
        new: list[tuple[int, int, PropertyDef, Any]] = []
        for ask in asks:
            line, number, _, id_value, text, shown = ask
            prop = self._key(relation, ask)
            if id_value is not None or text is None or prop is None:
                left.append(ask)
                continue
            place = (other.name, prop.name, text)
            ref = self._made.get(place)
            if ref is None:
                reading = reading_for(prop, other, actor=self.actor)
                [value], refused = prop.kind.parse_all([shown.removeprefix("ext:")], reading)
                if refused or value is None:
                    left.append(ask)
                    continue
                ref = self._made[place] = self.next_new()
                new.append((line * PER_LINE + number % PER_LINE, ref, prop, value))
            named.append((line, relation.number, number, ref))
        self._write(relation, new)
        self._name(named)
        return left

    def _key(self, relation: Relation, ask: Ask) -> PropertyDef | None:
        """The property that the ask's text becomes; None if no record can be made of it."""
        other, hows = relation.other, ask[2].split(",")
        allowed = CREATES_BY.get(other.name, (other.title,))
        names = [name for name in hows if name in allowed]
        if not names:
            return None
        prop = other.property(names[0])
        given = {prop.name, *(each.prop.name for each in relation.linked)}
        for each in other.active:
            needs = each.is_required and each.column and not each.default
            needs = needs and each.name != other.title
            if needs and each.name not in given and each.kind.name not in ("stage", "pipeline"):
                return None
        return prop

    def _write(self, relation: Relation, new: Sequence[tuple[int, int, PropertyDef, Any]]) -> None:
        if not new:
            return
        target = self.staged.linked[relation.number]
        linked = self._linked_values(relation, [line // PER_LINE for line, *_ in new])
        columns: dict[str, list[Any]] = {
            "line": [],
            **{name: [] for prop in self._props(relation) for name in _columns(prop)},
        }
        title = self._required_title(relation.other)
        if title is not None:
            for name in _columns(title):
                columns.setdefault(name, [])
        for prop in {prop.id: prop for _, _, prop, _ in new}.values():
            for name in _columns(prop):
                columns.setdefault(name, [])
        for line, _, prop, value in new:
            given = {**linked.get(line // PER_LINE, {}), **_stored(prop, value)}
            if title is not None and given.get(title.column) is None:
                # A company known by its domain alone is called by it.
                given |= _stored(title, str(value))
            for name, values in columns.items():
                values.append(line if name == "line" else given.get(name))
        self.staged.stage.load(target.rows, columns)
        lines = [line for line, *_ in new]
        self.staged.stage.load(
            target.plan,
            {
                "line": lines,
                "outcome": [CREATED] * len(new),
                "ref": [ref for _, ref, _, _ in new],
                "lead": lines,
            },
        )

    @staticmethod
    def _required_title(other: ObjectDef) -> PropertyDef | None:
        if not other.title or not other.has(other.title):
            return None
        title = other.property(other.title)
        return title if title.is_required and title.column else None

    @staticmethod
    def _props(relation: Relation) -> list[PropertyDef]:
        return [each.prop for each in relation.linked]

    def _linked_values(self, relation: Relation, lines: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Values of the linked properties on these lines, by physical column."""
        if not relation.linked:
            return {}
        rows = self.staged.rows
        names = [
            (each.prefix + name, name) for each in relation.linked for name in _columns(each.prop)
        ]
        found: dict[int, dict[str, Any]] = {}
        statement = sa.select(rows.c.line, *(rows.c[here] for here, _ in names)).where(
            rows.c.line.in_(sorted(set(lines)))
        )
        for line, *values in Ready(statement).rows():
            found[line] = dict(zip((name for _, name in names), values, strict=True))
        return found

    def _name(self, named: Sequence[tuple[int, int, int, int]]) -> None:
        if named:
            columns = zip(*named, strict=True)
            self.staged.stage.load(
                self.staged.named,
                dict(
                    zip(
                        ("line", "relation", "number", "ref"),
                        (list(each) for each in columns),
                        strict=True,
                    )
                ),
            )

    def change_found(self, relation: Relation) -> None:
        """Plan changes of records found, where `missing` is `upsert` (T47): the last row wins."""
        if relation.missing != "upsert" or not relation.linked:
            return
        if self.layout.settings.links != "associate":
            return
        named, rows = self.staged.named, self.staged.rows
        target = self.staged.linked[relation.number]
        table = relation.other.table
        last = (
            sa.select(named.c.ref, sa.func.max(named.c.line).label("line"))
            .join_from(named, table, table.c.id == named.c.ref)
            .where(
                named.c.relation == relation.number,
                named.c.ref < NEW,
                reach(relation.other, self.actor, table, "edit"),
            )
            .group_by(named.c.ref)
            .subquery()
        )
        # With linked properties a cell holds one key: a line changes one record of this relation.
        line = last.c.line * PER_LINE + (PER_LINE - 1)
        found = sa.literal_column(str(FOUND), sa.SmallInteger())
        Ready(
            target.plan.insert().from_select(
                ["line", "outcome", "ref", "lead"], sa.select(line, found, last.c.ref, line)
            )
        ).run()
        names = [(each.prefix + n, n) for each in relation.linked for n in _columns(each.prop)]
        Ready(
            target.rows.insert().from_select(
                ["line", *(name for _, name in names)],
                sa.select(line, *(rows.c[here] for here, _ in names)).join_from(
                    last, rows, rows.c.line == last.c.line
                ),
            )
        ).run()


def _stored(prop: PropertyDef, value: Any) -> dict[str, Any]:
    """A value by physical column, with its compared form."""
    if not prop.has_normal:
        return {prop.column: value}
    return {prop.column: value, prop.normal_column: prop.kind.normals([value])[0]}


def _columns(prop: PropertyDef) -> list[str]:
    return [prop.column, prop.normal_column] if prop.has_normal else [prop.column]
