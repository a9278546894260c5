"""What the filter of a segment means now, what it reads, and whether time moves rows (G53)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from tresse.accounts.account import Account
from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account as current_account
from tresse.filters import Checked, checked, condition
from tresse.filters.property import PropertyFacts
from tresse.filters.shape import Condition, Node, Not
from tresse.kernel import clock
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.records.conditions import LinkedFacts
from tresse.segments.conditions import SegmentFacts
from tresse.segments.models import Segment

Where = sa.ColumnElement[bool]
Chain = tuple[Side, ...]
"Relations that lead from the base to records whose change may move a row; none: the row itself."
FOLLOWED = frozenset({"property", "linked", "list", "segment"})
"Kinds all of whose causes are event rows. Filters with others are compared every 15 minutes too."
LATER = timedelta(days=400, hours=13)


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that comes into a segment or leaves it, and the change set that caused it."""

    record_id: int
    change_set: int
    is_in: bool


@dataclass(frozen=True)
class Meaning:
    """The filter of a segment, checked as the system reads it: every linked record counts (G24)."""

    segment: Segment
    object: ObjectDef
    model: DataModel
    node: Node
    account: Account

    def where(self, table: sa.FromClause | None = None) -> Where:
        """The rows of the base's table (or an alias) that are in it now, the bin apart."""
        source = self.object.table if table is None else table
        good = Checked(self.object, self.node, self.segment.filter)
        return condition(good, source, model=self.model, actor=SYSTEM, account=self.account)

    @cached_property
    def chains(self) -> frozenset[Chain]:
        """Where the filter looks: the row itself, and what is linked to it, each part of the way.

        A link that goes or comes is an event of both of its ends, so every step is looked at.
        """
        found = set(_chains(self.node, ()))
        return frozenset({chain[:end] for chain in found for end in range(len(chain) + 1)} | {()})

    @cached_property
    def is_moved_by_time(self) -> bool:
        """Whether a row may enter or leave while nothing happens.

        Asked of the compiler: a filter that compiles to something else at another time reads the
        clock.
        """
        if any(kind not in FOLLOWED for kind in _kinds(self.node)):
            return True
        return self._compiled() != self._later()

    def _later(self) -> tuple[str, list[str]]:
        with clock.at(clock.now() + LATER):
            return self._compiled()

    def _compiled(self) -> tuple[str, list[str]]:
        compiled = self.where().compile()
        return str(compiled), sorted(map(str, compiled.params.values()))


def meaning_of(segment: Segment, model: DataModel, *, account: Account | None = None) -> Meaning:
    """Read a segment's filter as the system does.

    Raises:
        TresseError: It can no longer be read: it names what is not there any more.
    """
    account = account or current_account()
    object = model.object(segment.base)
    good = checked(segment.filter, object, model=model, actor=SYSTEM, account=account)
    return Meaning(segment, object, model, good.node, account)


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from _conditions(node.part)
    else:
        for part in node.parts:
            yield from _conditions(part)


def _chains(node: Node, before: Chain) -> Iterator[Chain]:
    for each in _conditions(node):
        yield from _chains_of(each.facts, before)


def _chains_of(facts: Any, before: Chain) -> Iterator[Chain]:
    if isinstance(facts, PropertyFacts):
        for path in (facts.path, facts.other):
            if path is not None:
                yield (*before, *(hop.side for hop in path.hops))
    elif isinstance(facts, LinkedFacts):
        for side in facts.sides:
            yield (*before, side)
            if facts.filter is not None:
                yield from _chains(facts.filter, (*before, side))
    elif isinstance(facts, SegmentFacts):
        yield from _chains(facts.filter, before)
    else:
        yield before


def _kinds(node: Node) -> Iterator[str]:
    for each in _conditions(node):
        yield each.kind.name
        inner = getattr(each.facts, "filter", None)
        if inner is not None:
            yield from _kinds(inner)
