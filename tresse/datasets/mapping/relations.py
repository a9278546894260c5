"""Relations from many rows of a dataset to one of another: golden ids, counted (D18).

A record leads where the relations of its source lead, else where its `match` columns do. Of the
records of one golden record the latest that leads anywhere counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tresse.datasets.definition import DatasetDefinition, Relation
from tresse.datasets.layout import Plan, Planned, rid_of
from tresse.datasets.mapping.feeds import Fed, rows_of
from tresse.datasets.matching.rules import joined, label_of
from tresse.datasets.matching.values import country_of, match_value
from tresse.datasets.refusals import RELATION_MATCH
from tresse.engine.base import Engine
from tresse.sources.canonical import key_text
from tresse.sources.definition import Relation as SourceRelation

Value = sa.ColumnElement[Any]
RESOLVED, BLOCKED, UNMATCHED, EMPTY = "resolved", "blocked", "unmatched", "empty"


@dataclass(frozen=True, slots=True)
class Target:
    """The dataset that a relation leads to, as far as relations ask: a version, or one being made.

    `members`, `attachments` and `guards` as `layout` has them. `feeds`: what the plan is of.
    """

    plan: Plan
    feeds: Sequence[Fed]
    salt: int
    members: sa.FromClause
    attachments: sa.FromClause
    guards: sa.FromClause


@dataclass(frozen=True, slots=True)
class Related:
    """Where the golden records of a dataset lead.

    `ids`: a row per golden record: `id`, and for every relation `<name>_id`, NULL where it leads
    nowhere; without relations no rows. `counts`: as `DatasetVersion.relations` keeps them, `{name,
    to, resolved, unmatched, blocked, empty}`, which add up to the golden records; `empty`: without
    a value by which they could lead anywhere.
    """

    ids: sa.TableClause
    counts: list[dict[str, Any]]


def related(
    engine: Engine,
    plan: Plan,
    feeds: Sequence[Fed],
    records: sa.FromClause,
    members: sa.FromClause,
    *,
    targets: Mapping[str, Target],
    salt: int = 0,
) -> Related:
    """Resolve all relations of a dataset.

    Args:
        engine: Keeps the steps; those named `relation_…` are replaced.
        plan: Of the dataset.
        feeds: That the plan is of.
        records: Of the build.
        members: Likewise.
        targets: The datasets that relations lead to, by name, those without a version left out:
            nothing leads to them. A relation to the dataset itself has a target too.
        salt: Of the records.

    Raises:
        TresseError: `wrong_value`: a relation is matched by columns that are no identity key of
            the dataset that it leads to.
    """
    relations = plan.definition.relations
    counts: list[dict[str, Any]] = []
    tables: list[tuple[Relation, sa.TableClause]] = []
    for number, relation in enumerate(relations):
        target = targets.get(relation.to)
        step = _Step(engine, plan, feeds, records, members, salt, f"relation_{number}")
        found = step.resolved(relation, target)
        tables.append((relation, found))
        counts.append({"name": relation.name, "to": relation.to, **step.counted(found)})
    return Related(_ids(engine, members, tables), counts)


def check_match(relation: Relation, target: DatasetDefinition, *, dataset: str) -> int | None:
    """The strength of the identity key that a relation is matched by; None: by none.

    Raises:
        TresseError: `wrong_value`.
    """
    if not relation.match:
        return None
    for strength, key in enumerate(target.identity.keys):
        if set(key.columns) == set(relation.match):
            return strength
    raise RELATION_MATCH(
        name=f"{dataset}: {relation.name}.match",
        column=label_of(relation.match),
        dataset=relation.to,
        known=[" + ".join(key.columns) for key in target.identity.keys],
    )


def leads_of(fed: Fed, target: Target) -> Iterator[SourceRelation]:
    """Relations of a source that lead to a source of a dataset, in their order."""
    there = {each.name for each in target.feeds}
    for relation in fed.relations:
        if relation.to in there and all(name in fed.types for name in relation.columns):
            yield relation


class _Step:
    """One relation on its way; `name` begins the names of its steps."""

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        feeds: Sequence[Fed],
        records: sa.FromClause,
        members: sa.FromClause,
        salt: int,
        name: str,
    ) -> None:
        self.engine, self.plan, self.feeds = engine, plan, feeds
        self.records, self.members = records, members
        self.salt, self.name = salt, name

    def resolved(self, relation: Relation, target: Target | None) -> sa.TableClause:
        """A row per golden record: `id`, `to` (NULL: nowhere), `is_blocked`, `is_said`."""
        parts = [] if target is None else list(self._parts(relation, target))
        if not parts:
            nothing = [sa.cast(sa.null(), sa.Text()).label("to")]
            flags = [sa.false().label("is_blocked"), sa.false().label("is_said")]
            everyone = sa.select(self.members.c.id, *nothing, *flags).distinct()
            return self.engine.keep(self.name, everyone)
        # Source relations go before matches, each in their order: `rank`.
        led = self.engine.keep(f"{self.name}_led", sa.union_all(*parts) if parts[1:] else parts[0])
        return self.engine.keep(self.name, self._chosen(led))

    def counted(self, found: sa.TableClause) -> dict[str, int]:
        """How many golden records lead where (D18)."""
        state = sa.case(
            (found.c.to.is_not(None), RESOLVED),
            (found.c.is_blocked, BLOCKED),
            (found.c.is_said, UNMATCHED),
            else_=EMPTY,
        ).label("state")
        states = sa.select(state).subquery("states")
        rows = self.engine.rows(sa.select(states.c.state, sa.func.count()).group_by(states.c.state))
        numbers = {name: int(number) for name, number in rows}
        return {name: numbers.get(name, 0) for name in (RESOLVED, UNMATCHED, BLOCKED, EMPTY)}

    def _parts(self, relation: Relation, target: Target) -> Iterator[sa.Select[Any]]:
        rank = 0
        for fed in self.feeds:
            for lead in leads_of(fed, target):
                yield self._by_source(fed, lead, target, rank)
                rank += 1
        strength = check_match(relation, target.plan.definition, dataset=self.plan.definition.name)
        if strength is not None:
            yield self._by_match(relation, target, strength, rank)

    def _by_source(
        self, fed: Fed, lead: SourceRelation, target: Target, rank: int
    ) -> sa.Select[Any]:
        """Records of one source, and the golden record of what their relation leads to."""
        rows = rows_of(self.engine, fed)
        own = rid_of(sa.literal(fed.name, sa.Text()), rows.c["_key"], self.salt)
        said = sa.type_coerce(
            key_text([(fed.types[name], rows.c[name]) for name in lead.columns]), sa.Text()
        )
        left = sa.select(own.label("rid"), said.label("said")).where(said.is_not(None))
        here = left.subquery("here")
        there = self._keys(lead, target).subquery("there")
        members = target.members.alias("theirs")
        # The other side may hold a further key twice: then the least golden id, on every engine.
        to = (
            sa.select(there.c.said, sa.func.min(members.c.id).label("to"))
            .select_from(there.join(members, members.c.rid == there.c.rid))
            .group_by(there.c.said)
            .subquery("to")
        )
        return sa.select(
            here.c.rid,
            sa.literal(rank, sa.BigInteger()).label("rank"),
            to.c.to,
            sa.false().label("is_blocked"),
        ).select_from(here.outerjoin(to, to.c.said == here.c.said))

    def _keys(self, lead: SourceRelation, target: Target) -> sa.Select[Any]:
        """Key as a relation says it, and rid, of every row of the source that it leads to."""
        fed = next(each for each in target.feeds if each.name == lead.to)
        rows = rows_of(self.engine, fed)
        said = key_text([(fed.types[name], rows.c[name]) for name in lead.key])
        rid = rid_of(sa.literal(fed.name, sa.Text()), rows.c["_key"], target.salt)
        return sa.select(sa.type_coerce(said, sa.Text()).label("said"), rid.label("rid")).where(
            said.is_not(None)
        )

    def _by_match(
        self, relation: Relation, target: Target, strength: int, rank: int
    ) -> sa.Select[Any]:
        """Records, and the golden record that holds their value of an identity key."""
        key = target.plan.definition.identity.keys[strength]
        values = [self._value(relation.match[name], target.plan.of(name)) for name in key.columns]
        value = sa.type_coerce(joined(values), sa.Text())
        here = (
            sa.select(self.records.c.rid, value.label("said"))
            .where(value.is_not(None))
            .subquery("here")
        )
        holds, members = target.attachments.alias("holds"), target.members.alias("theirs")
        to = (
            sa.select(holds.c.value.label("said"), sa.func.min(members.c.id).label("to"))
            .select_from(holds.join(members, members.c.rid == holds.c.rid))
            .where(holds.c.strength == strength, holds.c.is_accepted)
            .group_by(holds.c.value)
            .subquery("to")
        )
        guards = target.guards.alias("guards")
        blocked = (
            sa.select(guards.c.value.label("said"))
            .where(guards.c.columns == label_of(key.columns))
            .distinct()
            .subquery("blocked")
        )
        tables = here.outerjoin(to, to.c.said == here.c.said)
        tables = tables.outerjoin(blocked, blocked.c.said == here.c.said)
        return sa.select(
            here.c.rid,
            sa.literal(rank, sa.BigInteger()).label("rank"),
            to.c.to,
            sa.and_(to.c.to.is_(None), blocked.c.said.is_not(None)).label("is_blocked"),
        ).select_from(tables)

    def _value(self, name: str, there: Planned) -> Value:
        """A column of this dataset as the other one compares it."""
        here = self.plan.of(name)
        column = replace(there.column, rules=here.column.rules)
        planned = replace(there, column=column, type=here.type, core=here.core)
        told = self.plan.with_field("country")
        country: Value | str = self.plan.country
        if told is not None and told.type == "text":
            country = country_of(self.records.c[told.name], self.plan.country)
        return match_value(self.records.c[here.name], planned, country)

    def _chosen(self, led: sa.TableClause) -> sa.Select[Any]:
        """Of each golden record: where its latest record that leads anywhere leads."""
        records, members = self.records.alias("own"), self.members.alias("of")
        tables = members.outerjoin(led, led.c.rid == members.c.rid)
        tables = tables.outerjoin(records, records.c.rid == members.c.rid)
        order = (
            sa.case((led.c.to.is_(None), 1), else_=0),
            records.c.modified_at.desc(),
            records.c.priority,
            records.c.source,
            records.c.key,
            led.c.rank,
        )
        place = sa.func.row_number().over(partition_by=members.c.id, order_by=order)
        any_blocked = sa.func.coalesce(led.c.is_blocked, sa.false())
        ranked = (
            sa.select(members.c.id, led.c.to, place.label("place"))
            .select_from(tables)
            .subquery("ranked")
        )
        flags = (
            sa.select(
                members.c.id,
                _any(any_blocked).label("is_blocked"),
                _any(led.c.rid.is_not(None)).label("is_said"),
            )
            .select_from(members.outerjoin(led, led.c.rid == members.c.rid))
            .group_by(members.c.id)
            .subquery("flags")
        )
        return (
            sa.select(ranked.c.id, ranked.c.to, flags.c.is_blocked, flags.c.is_said)
            .select_from(ranked.join(flags, flags.c.id == ranked.c.id))
            .where(ranked.c.place == 1)
        )


def _any(condition: Value) -> Value:
    return sa.type_coerce(sa.func.bool_or(condition), sa.Boolean())


def _ids(
    engine: Engine, members: sa.FromClause, tables: Sequence[tuple[Relation, sa.TableClause]]
) -> sa.TableClause:
    if not tables:
        return engine.keep("relation_ids", sa.select(members.c.id).where(sa.false()))
    _, first = tables[0]
    joins: sa.FromClause = first
    for _, other in tables[1:]:
        joins = joins.join(other, other.c.id == first.c.id)
    cells = [table.c.to.label(f"{relation.name}_id") for relation, table in tables]
    return engine.keep("relation_ids", sa.select(first.c.id, *cells).select_from(joins))
