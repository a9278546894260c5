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

    def remembered(self, keys: Keys) -> sa.Subquery | None:
        """Values of a set that records had before and have no more: `rid, value`, each once.

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
            .subquery()
        )

    def of_column(
        self, planned: Planned, others: Sequence[Planned] = (), *, claimed: bool = False
    ) -> sa.Subquery:
        """Records by a key column: `value` (match), `cell` (as it is), `m<n>` of the others.

        Mere claims are there with `claimed` only. A record whose set remembers has a row per value,
        without `cell`.
        """
        others = tuple({each.name: each for each in others}.values())
        devices = self.plan.definition.identity.guard.device
        proved = self.is_proved(claimed or planned.column.name in devices)
        met = [self.records.c[each.match] for each in others]
        now = sa.select(
            self.records.c[planned.match].label("value"),
            self.records.c[planned.name].label("cell"),
            *met,
        ).where(proved)
        past = [
            sa.select(found.c.rid, _pieces(keys, found.c.value)[keys.columns.index(planned)])
            for keys in self.keys
            if planned in keys.columns and (found := self.remembered(keys)) is not None
        ]
        if not past:
            return now.subquery()
        # A set, as several sets may remember the same value of a record.
        before = sa.union(*past).subquery()
        rid, value = before.c
        then = (
            sa.select(value, sa.cast(sa.null(), planned.core), *met)
            .join_from(before, self.records, rid == self.records.c.rid)
            .where(value.is_distinct_from(self.records.c[planned.match]))
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
        then = sa.select(past.c.rid, _number(keys.strength), past.c.value).where(
            *dropped.leaves(keys.columns, _pieces(keys, past.c.value))
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


def _pieces(keys: Keys, value: Value) -> list[Value]:
    """Match values of the columns of a set, out of its value."""
    if keys.is_single:
        return [value]
    return [columns.part(value, JOINT, number + 1) for number in range(len(keys.columns))]


def _number(value: int) -> Value:
    return sa.cast(sa.literal(value), sa.BigInteger())
