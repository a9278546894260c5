"""What filters ask of links and activities: conditions handed over to `filters`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from django.utils.formats import number_format
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.filters.check import Checking
from tresse.filters.compile import Compiling
from tresse.filters.counts import Count, count_of
from tresse.filters.editing import MOST_LINKS, Asking, Control, Head, Offer
from tresse.filters.fields import Fields, row_of
from tresse.filters.paths import check_relations, side_name, side_named
from tresse.filters.refusals import BAD_SHAPE, NO_SUCH_FACTS, TOO_DEEP
from tresse.filters.shape import Base, ConditionKind, Node, Read
from tresse.filters.shown import shown
from tresse.filters.stores import Found
from tresse.filters.windows import Window, window_of
from tresse.filters.words import node_words
from tresse.kernel.errors import UNKNOWN_REFERENCE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.database import rows, scalar
from tresse.objects.described import DataModel, Side
from tresse.objects.kinds import Reading
from tresse.objects.kinds.operators import joined
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.records import asking as asked
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.activity_fields import field_of, fields_of
from tresse.records.addresses import record_address
from tresse.records.links import pairs_from
from tresse.records.paging import capped_count
from tresse.records.searching import begins_words
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.title import title_of
from tresse.records.visibility import visible

Where = sa.ColumnElement[bool]


class RecordLinks:
    """The links of records, as the compiler of filters asks for them."""

    name = "records"

    def base(self, name: str, model: DataModel, actor: Actor) -> Base | None:
        """An object type whose records the person may see."""
        found = next((each for each in model.objects if each.name == name), None)
        if found is not None:
            require(actor, "view", found.name, shown_plural(found))
        return found

    def pairs(self, side: Side) -> sa.FromClause:
        """All links of a side as rows `here`, `other`, each way of a symmetric one."""
        return pairs_from(side)

    def visible(self, base: Base, actor: Actor, table: sa.FromClause) -> Where:
        """Records out of the bin that the person may see."""
        return visible(base, actor, table)

    def count(self, base: Base, where: Where, actor: Actor, *, is_exact: bool = False) -> int:
        """How many records in sight pass, exact to 10,000; 10,001 means more (C86)."""
        seen = sa.and_(visible(base, actor, base.table), where)
        if not is_exact:
            return capped_count(base.table, seen)
        return int(scalar(sa.select(sa.func.count()).select_from(base.table).where(seen)))

    def sample(self, base: Base, where: Where, actor: Actor, limit: int) -> list[Found]:
        """Some records in sight that pass, the newest first."""
        table = base.table
        statement = (
            sa.select(table.c.id, title_of(base, table, actor))
            .where(visible(base, actor, table), where)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        return [Found(id, title, record_address(base, id)) for id, title in rows(statement)]

    def named(self, base: Base, words: str, actor: Actor, limit: int) -> list[Found]:
        """Records in sight that typed words find."""
        return self.sample(base, begins_words(base, base.table, words, actor), actor, limit)

    def tally(
        self, base: Base, column: sa.ColumnElement[Any], actor: Actor
    ) -> list[tuple[Any, int]]:
        """Each value of a column of the records in sight, with how many have it."""
        statement = sa.select(column, sa.func.count()).where(visible(base, actor, base.table))
        return [(value, number) for value, number in rows(statement.group_by(column))]

    def asked(
        self, base: Base, id: str, actor: Actor, columns: Sequence[sa.ColumnElement[Any]]
    ) -> Sequence[Any] | None:
        """Title and expressions of one record in sight."""
        if not id.isdecimal() or len(id) > 18:
            return None
        table = base.table
        statement = sa.select(title_of(base, table, actor).label("title"), *columns)
        found = rows(statement.where(table.c.id == int(id), visible(base, actor, table)))
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class LinkedFacts:
    """How many records of an object, linked by one of the sides, must pass the filter."""

    other: Base
    sides: tuple[Side, ...]
    is_any_side: bool
    filter: Node | None
    count: Count


class Linked(ConditionKind):
    """`{linked: deal, by: [deal_contact], filter: {…}, operator: at_least, value: 2}` (G21)."""

    name = "linked"
    keys = ("linked", "by", "filter", "operator", "value")

    def check(self, node: Mapping[str, Any], base: Base, checking: Checking) -> LinkedFacts | None:
        """Read the condition and the filter in it."""
        try:
            check_relations(str(node["linked"]), base, checking.model)
            other = _object(node["linked"], checking.model)
            sides = _sides(node.get("by"), base, other, checking.model)
            count = count_of(node, other.label)
        except TresseError as error:
            checking.refuse(error)
            return None
        inner = None
        with checking.linked() as away, checking.at("filter"):
            if away > MOST_LINKS:
                checking.refuse(TOO_DEEP(number=away, most=MOST_LINKS))
                return None
            if "filter" in node:
                inner = checking.node(node["filter"], other)
        return LinkedFacts(other, sides, "by" not in node, inner, count)

    def compile(
        self,
        facts: LinkedFacts,
        base: Base,  # noqa: ARG002  the sides know it
        table: sa.FromClause,
        compiling: Compiling,
        *,
        negated: bool,
    ) -> Where:
        """EXISTS for "any" and "none", a grouped count for other numbers (G37)."""

        def between(low: int, high: int | None) -> Where:
            if (low, high) == (1, None):
                each = [
                    _exists(compiling.pairs(side), facts, table, compiling) for side in facts.sides
                ]
                return joined(sa.or_, each, empty=sa.false())
            return _counted(facts, table, compiling, low, high=high)

        found = facts.count.condition(between)
        return sa.not_(found) if negated else found

    def words(self, facts: LinkedFacts) -> str:
        """`linked to at least 2 deals (Decision maker) where Amount is more than 5,000`."""
        things, thing = shown_plural(facts.other).lower(), shown_label(facts.other).lower()
        labels = dict.fromkeys(shown_label(side) for side in facts.sides)
        # A relation called as what it leads to says nothing more: "a deal (Deal)".
        if not facts.is_any_side and list(labels) != [shown_label(facts.other)]:
            things, thing = (f"{each} ({', '.join(labels)})" for each in (things, thing))
        text = gettext("linked to %(count)s") % {"count": facts.count.words(things, thing)}
        if facts.filter is None:
            return text
        parts = {"linked": text, "filter": node_words(facts.filter)}
        return gettext("%(linked)s where (%(filter)s)") % parts

    def offers(self, asking: Asking) -> Iterable[Offer]:
        """Relations of the base, and properties of what they lead to."""
        return asked.linked_offers(asking)

    def head(self, node: Mapping[str, Any], asking: Asking) -> Head | None:
        """The other object type."""
        return asked.linked_head(node, asking)

    def controls(self, node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
        """By which relations, how many."""
        return asked.linked_controls(node, asking)

    def read(
        self,
        facts: LinkedFacts,
        base: Base,  # noqa: ARG002  the sides know it
        table: sa.FromClause,
        compiling: Compiling,
    ) -> Read:
        """How many records pass."""
        return Read(_number(facts, table, compiling), number_words)


def _object(name: Any, model: DataModel) -> Base:
    for each in model.objects:
        if each.name == name and not each.is_archived:
            return each
    known = [each.name for each in model.objects if not each.is_archived]
    near = nearest(str(name), known)
    raise UNKNOWN_REFERENCE(sort=gettext("object type"), name=name, nearest=near, known=known)


def _sides(by: Any, base: Base, other: Base, model: DataModel) -> tuple[Side, ...]:
    there = [side for side in model.sides(base.name, labels=True) if side.other == other.name]
    if by is None:
        found = tuple(side for side in there if side.association.parent is None)
        if not found:
            raise NO_SUCH_FACTS(base=shown_label(base), name=shown_label(other))
        return found
    names = [by] if isinstance(by, str) else by
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise BAD_SHAPE(name='"by"', wanted=gettext(N_("names of relations")), value=shown(by))
    sides = []
    for name in dict.fromkeys(names):
        side = side_named(name, base, model)
        if side.other != other.name:
            known = [side_name(each) for each in there]
            raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=nearest(name, known))
        sides.append(side)
    return tuple(sides)


def _passing(facts: LinkedFacts, compiling: Compiling) -> tuple[sa.FromClause, list[Where]]:
    """The other object's table, and what its rows must fulfil."""
    other = compiling.table_of(facts.other)
    conditions = [compiling.visible(facts.other, other)]
    if facts.filter is not None:
        with compiling.inside(facts.other):
            conditions.append(compiling.node(facts.filter, facts.other, other))
    return other, conditions


def _exists(
    pairs: sa.FromClause, facts: LinkedFacts, table: sa.FromClause, compiling: Compiling
) -> Where:
    other, conditions = _passing(facts, compiling)
    linked: sa.Select[Any] = (
        sa.select(sa.literal_column("1"))
        .select_from(pairs.join(other, other.c.id == pairs.c.other))
        .where(pairs.c.here == table.c.id, *conditions)
    )
    return linked.correlate(table).exists()


def _counted(
    facts: LinkedFacts, table: sa.FromClause, compiling: Compiling, low: int, *, high: int | None
) -> Where:
    """Rows with so many others; a record linked by two of the sides counts once (G21)."""
    selects = [sa.select(pairs.c.here, pairs.c.other) for pairs in map(pairs_from, facts.sides)]
    links = selects[0].subquery() if _is_single(facts.sides) else sa.union(*selects).subquery()
    other, conditions = _passing(facts, compiling)
    number = sa.func.count()
    enough = [number >= low, *([] if high is None else [number <= high])]
    grouped = (
        sa.select(links.c.here)
        .select_from(links.join(other, other.c.id == links.c.other))
        .where(*conditions)
        .group_by(links.c.here)
        .having(sa.and_(*enough))
        .subquery()
    )
    found: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(grouped).where(grouped.c.here == table.c.id)
    )
    return found.correlate(table).exists()


def _number(
    facts: LinkedFacts, table: sa.FromClause, compiling: Compiling
) -> sa.ColumnElement[Any]:
    """How many records linked to a row pass."""
    selects = [sa.select(pairs.c.here, pairs.c.other) for pairs in map(pairs_from, facts.sides)]
    links = selects[0].subquery() if _is_single(facts.sides) else sa.union(*selects).subquery()
    other, conditions = _passing(facts, compiling)
    number = (
        sa.select(sa.func.count())
        .select_from(links.join(other, other.c.id == links.c.other))
        .where(links.c.here == table.c.id, *conditions)
    )
    return number.correlate(table).scalar_subquery()


def number_words(number: Any) -> str:
    """A number as the language writes it."""
    return number_format(number, use_l10n=True, force_grouping=True)


def _is_single(sides: Sequence[Side]) -> bool:
    return len(sides) == 1


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """How many activities of these kinds that pass the filter there must be in the window."""

    kinds: tuple[str, ...]
    fields: Fields
    filter: Node | None
    window: Window
    count: Count


class Activity(ConditionKind):
    """`{activity: [call, meeting], filter: {…}, in: {last: 14 days}, operator: none}`."""

    name = "activity"
    keys = ("activity", "filter", "in", "operator", "value")

    def check(
        self, node: Mapping[str, Any], base: Base, checking: Checking
    ) -> ActivityFacts | None:
        """Read the condition and the filter in it."""
        try:
            if not base.has_activities:
                raise NO_SUCH_FACTS(base=shown_label(base), name=gettext("activities"))
            kinds = _activity_kinds(node["activity"])
            reading = Reading(zone=ZoneInfo(checking.account.zone))
            window = window_of(node.get("in"), reading)
            count = count_of(node, gettext("Activity"))
        except TresseError as error:
            checking.refuse(error)
            return None
        fields, inner = fields_of(kinds), None
        if "filter" in node:
            with checking.at("filter"):
                inner = checking.node(node["filter"], fields)
        return ActivityFacts(kinds, fields, inner, window, count)

    def compile(
        self,
        facts: ActivityFacts,
        base: Base,  # noqa: ARG002  ids of records are of one counter
        table: sa.FromClause,
        compiling: Compiling,
        *,
        negated: bool,
    ) -> Where:
        """EXISTS over the record's own activities, or a grouped count."""
        source, conditions = _activities(facts, table, compiling)

        def between(low: int, high: int | None) -> Where:
            if (low, high) == (1, None):
                found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source)
                return found.where(*conditions).correlate(table).exists()
            number = sa.select(sa.func.count()).select_from(source).where(*conditions)
            many = number.correlate(table).scalar_subquery()
            return many >= low if high is None else many.between(low, high)

        found = facts.count.condition(between)
        return sa.not_(found) if negated else found

    def words(self, facts: ActivityFacts) -> str:
        """`has at least 2 activities (call, meeting) in the last 14 days where (…)`."""
        labels = [gettext(ACTIVITY_KINDS[kind].label).lower() for kind in facts.kinds]
        things = gettext("activities (%(kinds)s)") % {"kinds": ", ".join(labels)}
        text = gettext("has %(count)s") % {"count": facts.count.words(things)}
        text = f"{text} {facts.window.words()}".strip()
        if facts.filter is None:
            return text
        parts = {"linked": text, "filter": node_words(facts.filter)}
        return gettext("%(linked)s where (%(filter)s)") % parts

    def offers(self, asking: Asking) -> Iterable[Offer]:
        """Any activity, and each kind."""
        return asked.activity_offers(asking)

    def head(self, node: Mapping[str, Any], asking: Asking) -> Head:
        """Activities."""
        return asked.activity_head(node, asking)

    def controls(self, node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
        """Kinds, how many, when."""
        return asked.activity_controls(node, asking)

    def read(
        self,
        facts: ActivityFacts,
        base: Base,  # noqa: ARG002  ids of records are of one counter
        table: sa.FromClause,
        compiling: Compiling,
    ) -> Read:
        """How many activities pass."""
        source, conditions = _activities(facts, table, compiling)
        number = sa.select(sa.func.count()).select_from(source).where(*conditions)
        return Read(number.correlate(table).scalar_subquery(), number_words)


def _activities(
    facts: ActivityFacts, table: sa.FromClause, compiling: Compiling
) -> tuple[sa.FromClause, list[Where]]:
    """A record's own activities, and what they must fulfil; fields are read only if asked for."""
    source = ACTIVITY_RECORD.join(ACTIVITY, ACTIVITY.c.id == ACTIVITY_RECORD.c.activity_id)
    conditions: list[Where] = [
        ACTIVITY_RECORD.c.record_id == table.c.id,
        ACTIVITY.c.kind.in_(facts.kinds),
        ACTIVITY.c.deleted_at.is_(None),
        *facts.window.condition(ACTIVITY_RECORD.c.at, compiling.moment),
    ]
    if facts.filter is None:
        return source, conditions
    columns = {prop.name: field_of(prop, ACTIVITY.c.fields) for prop in facts.fields.properties}
    row = row_of(facts.fields, columns, sa.select(ACTIVITY.c.id))
    conditions.append(compiling.node(facts.filter, facts.fields, row))
    return source.join(row, row.c.id == ACTIVITY.c.id), conditions


def _activity_kinds(given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names:
        wanted = gettext(N_("kinds of activity"))
        raise BAD_SHAPE(name='"activity"', wanted=wanted, value=shown(given))
    known = [kind.name for kind in ACTIVITY_KINDS]
    for name in names:
        if name not in known:
            near = nearest(str(name), known)
            raise UNKNOWN_REFERENCE(
                sort=gettext("kind of activity"), name=name, nearest=near, known=known
            )
    return tuple(dict.fromkeys(names))


CONDITIONS = (Linked(), Activity())
STORES = LINKS = (RecordLinks(),)
