"""Rows that matching works on: records by a key column, or by a key set, past values included."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching.rules import Keys, joined, key_sets
from tresse.datasets.matching.values import JOINT, Value
from tresse.engine import columns
from tresse.engine.base import Engine

Condition = sa.ColumnElement[bool]
Statement = sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What one run of matching works on."""

    engine: Engine
    plan: Plan
    records: sa.TableClause
    accepted: sa.TableClause | None
    "A table of one column `rid`: untrusted records whose claims a person accepted; None: none."
    has_untrusted: bool
    earlier: sa.TableClause | None
    "Values that records had before: `rid, strength, value` (D46)."

    @property
    def keys(self) -> tuple[Keys, ...]:
        """The key sets of the plan."""
        return key_sets(self.plan)

    def is_proved(self, is_device: bool) -> Condition:
        """Of a record: its values are no mere claims (DG13)."""
        if is_device or not self.has_untrusted:
            return sa.true()
        trusted = self.records.c.trusted
        if self.accepted is None:
            return trusted
        return sa.or_(trusted, self.records.c.rid.in_(sa.select(self.accepted.c.rid)))

    def remembered(self, keys: Keys) -> Statement | None:
        """Values of a set that records had before and have no more: `rid, value`, with repeats.

        None where the set remembers nothing.
        """
        if self.earlier is None or not keys.remembers:
            return None
        now = joined(self.records.c[each.match] for each in keys.columns)
        return (
            sa.select(self.records.c.rid, self.earlier.c.value.label("value"))
            .join_from(self.earlier, self.records, self.earlier.c.rid == self.records.c.rid)
            .where(
                self.earlier.c.strength == keys.strength,
                self.earlier.c.value.is_distinct_from(now),
                self.is_proved(keys.is_device),
            )
            .distinct()
        )

    def of_column(self, planned: Planned, others: Sequence[Planned] = ()) -> sa.Subquery:
        """Records by a key column: `value` (match), `cell` (as it is), `m<n>` of the others.

        Mere claims are left out. A record whose set remembers has a row per value, without `cell`.
        """
        others = tuple({each.name: each for each in others}.values())
        proved = self.is_proved(planned.column.name in self.plan.definition.identity.guard.device)
        met = [self.records.c[each.match] for each in others]
        now = sa.select(
            self.records.c[planned.match].label("value"),
            self.records.c[planned.name].label("cell"),
            *met,
        ).where(proved)
        past = [
            found
            for keys in self.keys
            if keys.is_single and keys.columns[0].name == planned.name
            if (found := self.remembered(keys)) is not None
        ]
        if not past:
            return now.subquery()
        before = past[0].subquery()
        nothing = sa.cast(sa.null(), planned.core)
        then = sa.select(before.c.value, nothing, *met).join_from(
            before, self.records, before.c.rid == self.records.c.rid
        )
        return sa.union_all(now, then).subquery()

    def of_set(self, keys: Keys, dropped: "Dropped", *, claimed: bool = False) -> Statement:
        """Records by a key set: `rid, strength, value`, without dropped parts (D40).

        With `claimed`, the mere claims and nothing else.
        """
        parts = [self.records.c[each.match] for each in keys.columns]
        proved = self.is_proved(keys.is_device)
        now = sa.select(
            self.records.c.rid,
            _number(keys.strength).label("strength"),
            joined(parts).label("value"),
        ).where(
            sa.not_(proved) if claimed else proved,
            *(part.is_not(None) for part in parts),
            *dropped.leaves(keys.columns, parts),
        )
        if claimed or (past := self.remembered(keys)) is None:
            return now
        before = past.subquery()
        pieces: list[Value] = [before.c.value]
        if not keys.is_single:
            pieces = [columns.part(before.c.value, JOINT, n + 1) for n in range(len(keys.columns))]
        then = sa.select(before.c.rid, _number(keys.strength), before.c.value).where(
            *dropped.leaves(keys.columns, pieces)
        )
        return sa.select(sa.union_all(now, then).subquery())


@dataclass(frozen=True, slots=True)
class Dropped:
    """Values that tie nothing: `label, value` of key columns and key sets; other columns beside."""

    table: sa.TableClause
    labels: frozenset[str]
    "That are in the table."

    def leaves(self, planned: Sequence[Planned], values: Sequence[Value]) -> list[Condition]:
        """Conditions that values of columns are not among them."""
        return [
            self.leaves_of(each.column.name, value)
            for each, value in zip(planned, values, strict=True)
            if each.column.name in self.labels
        ]

    def leaves_of(self, label: str, value: Value) -> Condition:
        """The condition of one column or set."""
        table = self.table.alias()
        found = sa.select(table.c.value).where(table.c.label == label, table.c.value == value)
        return sa.not_(sa.exists(found.correlate_except(table)))


def _number(value: int) -> Value:
    return sa.cast(sa.literal(value), sa.BigInteger())
