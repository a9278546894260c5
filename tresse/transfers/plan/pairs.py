"""What is to be linked: every pair of the file once (T49 to T53), and which of them may not be."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from tresse.objects.described import AssociationDef, Side
from tresse.objects.labels import shown_label
from tresse.records.lists import RowNumber
from tresse.records.refusals import ASSOCIATION_LIMIT_EXCEEDED, LINK_TO_ITSELF
from tresse.records.tables import LINK
from tresse.records.title import title_of
from tresse.transfers.decide import CREATED, FAILED, NEW, SKIPPED
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.plan.linked import PER_LINE
from tresse.transfers.refusals import LINK as LINK_LEVEL
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import LEFT_OUT, PLANNED, Staged
from tresse.transfers.told import Told

PAIR = ("ready", "association_id", "from_ref", "to_ref", "line", "kind", "is_counted", "state")


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two association columns of a row whose records are linked with each other (T50)."""

    one: Relation
    two: Relation
    side: Side


class Ends(NamedTuple):
    """Where a pair stands: its two records, the line it waits for, and its own."""

    here: sa.ColumnElement[Any]
    other: sa.ColumnElement[Any]
    ready: sa.ColumnElement[Any]
    line: sa.ColumnElement[Any]


def crossings(layout: Layout) -> tuple[list[Crossing], list[tuple[Relation, Relation]]]:
    """Pairs of `Associated …` columns to be crossed, and those without a default type (T51)."""
    found, without = [], []
    columns = [each for each in layout.relations if each.is_associated]
    if layout.settings.pairs != "all":
        return [], []
    for position, one in enumerate(columns):
        for two in columns[position + 1 :]:
            if one.side.association.id == two.side.association.id:
                continue
            side = layout.model.default_side(one.other.name, two.other.name)
            if side is None:
                without.append((one, two))
            else:
                found.append(Crossing(one, two, side))
    return found, without


def kinds(layout: Layout) -> list[str]:
    """Names of the object pairs that the counters part, own object first."""
    names = [f"{layout.object.name}-{each.other.name}" for each in layout.relations]
    names += [f"{each.one.other.name}-{each.two.other.name}" for each in crossings(layout)[0]]
    return list(dict.fromkeys(names))


@dataclass
class Pairs:
    """Fills the stage table of pairs. `failed`: kind → pairs left out by a finding."""

    layout: Layout
    staged: Staged
    told: Told
    failed: dict[str, int] = field(default_factory=dict)
    without_type: int = 0

    def expand(self) -> None:
        """Write each pair once, with the first line that asks for it."""
        selects = list(self._selects())
        if not selects:
            return
        union = sa.union_all(*selects).subquery()
        pairs = self.staged.pairs
        first = (
            sa.select(
                sa.func.min(union.c.ready).label("ready"),
                union.c.association_id,
                union.c.from_ref,
                union.c.to_ref,
                sa.func.min(union.c.line).label("line"),
                sa.func.min(union.c.kind).label("kind"),
                sa.func.max(union.c.is_counted).label("is_counted"),
                _number(PLANNED).label("state"),
            )
            .where(union.c.from_ref != union.c.to_ref)
            .group_by(union.c.association_id, union.c.from_ref, union.c.to_ref)
            .order_by("ready")
        )
        Ready(pairs.insert().from_select(list(PAIR), first)).run()
        self.staged.stage.key(pairs)
        self._tell_selves(union)
        self._count_without_type()
        self.staged.stage.settled(pairs)

    def _selects(self) -> Iterator[sa.Select[Any]]:
        names = kinds(self.layout)
        for each in self.layout.relations:
            kind = names.index(f"{self.layout.object.name}-{each.other.name}")
            yield from self._own(each, kind)
        for crossing in crossings(self.layout)[0]:
            kind = names.index(f"{crossing.one.other.name}-{crossing.two.other.name}")
            yield self._crossed(crossing, kind)

    def _own(self, relation: Relation, kind: int) -> Iterator[sa.Select[Any]]:
        """Pairs of the row's own record; with a link label, those of the relation too (C38)."""
        named, plan, labels = self.staged.named, self.staged.plan, self.staged.labels
        joined = named.join(plan, plan.c.line == named.c.line)
        joined, ready = self._waiting(joined, relation, named, named.c.line)
        here = named.c.relation == relation.number
        is_label_only = self.layout.settings.label_only == "yes" and (
            self.layout.settings.links == "dissociate"
        )
        is_dissociating = self.layout.settings.links == "dissociate"
        ends = Ends(plan.c.ref, named.c.ref, ready, named.c.line)
        if not (relation.label and is_label_only):
            is_counted = relation.label is None or is_dissociating
            yield (
                self._pair(relation.side, ends, kind, is_counted=is_counted)
                .select_from(joined)
                .where(here)
            )
        if is_dissociating and not is_label_only:
            return
        if relation.label:
            side = Side(relation.label, relation.side.forward)
            yield self._pair(side, ends, kind).select_from(joined).where(here)
        if relation.labels_position is not None:
            for label in self.layout.model.labels_of(relation.side.association):
                side = Side(label, relation.side.forward)
                with_label = joined.join(
                    labels,
                    sa.and_(labels.c.line == named.c.line, labels.c.relation == named.c.relation),
                )
                yield (
                    self._pair(side, ends, kind, is_counted=False)
                    .select_from(with_label)
                    .where(here, labels.c.association_id == label.id)
                )

    def _crossed(self, crossing: Crossing, kind: int) -> sa.Select[Any]:
        one, two = self.staged.named.alias("one"), self.staged.named.alias("two")
        both = one.join(two, two.c.line == one.c.line)
        joined, ready = self._waiting(both, crossing.one, one, one.c.line)
        joined, ready = self._waiting(joined, crossing.two, two, ready)
        ends = Ends(one.c.ref, two.c.ref, ready, one.c.line)
        return (
            self._pair(crossing.side, ends, kind)
            .select_from(joined)
            .where(one.c.relation == crossing.one.number, two.c.relation == crossing.two.number)
        )

    def _waiting(
        self,
        joined: sa.Join,
        relation: Relation,
        named: sa.FromClause,
        ready: sa.ColumnElement[Any],
    ) -> tuple[sa.Join, sa.ColumnElement[Any]]:
        """The line from which on a named record is there: one made further down is waited for."""
        makers: list[tuple[sa.FromClause, bool]] = []
        if relation.other.name == self.layout.object.name:
            makers.append((self.staged.plan, False))
        makers += [
            (self.staged.linked[each.number].plan, True)
            for each in self.layout.relations
            if each.number != relation.number
            and each.other.name == relation.other.name
            and each.number in self.staged.linked
        ]
        for plan, is_linked in makers:
            made = plan.alias()
            joined = joined.outerjoin(
                made, sa.and_(made.c.ref == named.c.ref, made.c.outcome == CREATED)
            )
            line = made.c.line // PER_LINE if is_linked else made.c.line
            ready = sa.case((line > ready, line), else_=ready)
        return joined, ready

    def _pair(
        self, side: Side, ends: Ends, kind: int, *, is_counted: bool = True
    ) -> sa.Select[Any]:
        """A pair as it is kept: `from` first; of a symmetric type the lower number first."""
        here, other = ends.here, ends.other
        from_ref, to_ref = (here, other) if side.forward else (other, here)
        if side.association.is_symmetric:
            from_ref, to_ref = (
                sa.case((here < other, here), else_=other),
                sa.case((here < other, other), else_=here),
            )
        return sa.select(
            ends.ready.label("ready"),
            _number(side.association.id).label("association_id"),
            from_ref.label("from_ref"),
            to_ref.label("to_ref"),
            ends.line.label("line"),
            _number(kind).label("kind"),
            _number(int(is_counted)).label("is_counted"),
        )

    def _tell_selves(self, union: sa.Subquery) -> None:
        """A record is never linked to itself (C36)."""
        own = [e for e in self.layout.relations if e.other.name == self.layout.object.name]
        if not own:
            return
        statement = (
            sa.select(union.c.line, union.c.kind, union.c.is_counted)
            .where(union.c.from_ref == union.c.to_ref)
            .order_by(union.c.line)
        )
        for line, kind, is_counted in Ready(statement).rows():
            if is_counted:
                self._fail(kind)
                error = LINK_TO_ITSELF()
                self.told.add(of_error(error, line, level=LINK_LEVEL, column=own[0].place))

    def _fail(self, kind: int) -> None:
        name = kinds(self.layout)[kind]
        self.failed[name] = self.failed.get(name, 0) + 1

    def _count_without_type(self) -> None:
        for one, two in crossings(self.layout)[1]:
            first, second = self.staged.named.alias("one"), self.staged.named.alias("two")
            statement = (
                sa.select(sa.func.count())
                .select_from(first.join(second, second.c.line == first.c.line))
                .where(first.c.relation == one.number, second.c.relation == two.number)
            )
            self.without_type += Ready(statement).rows()[0][0]

    def check_limits(self) -> None:
        """Leave out pairs over a limit, in file order (C37, T52)."""
        if self.layout.settings.links != "associate":
            return
        for association in self._associations():
            for forward in (True, False):
                side = Side(association, forward)
                if side.most is not None:
                    self._check_limit(side)

    def _associations(self) -> list[AssociationDef]:
        ids = {
            id for (id,) in Ready(sa.select(self.staged.pairs.c.association_id).distinct()).rows()
        }
        return [each for each in self.layout.model.associations if each.id in ids]

    def _check_limit(self, side: Side) -> None:
        over = self._over_limit(side)
        if not over:
            return
        names, label = kinds(self.layout), self.layout.model.full_name(side)
        here_name = side.association.from_object if side.forward else side.association.to_object
        object = self.layout.model.object(here_name)
        table, shown = object.table, {}
        for few in pieces([here for *_, here in over if here < NEW]):
            statement = sa.select(table.c.id, title_of(object, table)).where(table.c.id.in_(few))
            shown.update(dict(Ready(statement).rows()))
        for _, from_ref, to_ref, line, kind, is_counted, here in over:
            self._leave_out(side.association, from_ref, to_ref)
            if is_counted:
                self.failed[names[kind]] = self.failed.get(names[kind], 0) + 1
            named = shown_label(object)
            record = f'{named} "{shown[here]}" ({here})' if here in shown else named
            error = ASSOCIATION_LIMIT_EXCEEDED(
                record=record, number=side.most, label=shown_label(side), relation=label
            )
            told = of_error(error, line, level=LINK_LEVEL, column=self._place(kind))
            self.told.add(told._replace(record_id=here if here < NEW else None))

    def _leave_out(self, association: AssociationDef, from_ref: int, to_ref: int) -> None:
        """Leave a pair out; of a link label, also the link that only the label asked for."""
        pairs = self.staged.pairs
        one = sa.tuple_(pairs.c.from_ref, pairs.c.to_ref)
        Ready(
            pairs.update()
            .where(pairs.c.association_id == association.id, one == (from_ref, to_ref))
            .values(state=LEFT_OUT)
        ).run()
        if association.parent:
            parent = self.layout.model.association(association.parent).id
            ends = [(from_ref, to_ref), (to_ref, from_ref)]
            Ready(
                pairs.update()
                .where(pairs.c.association_id == parent, pairs.c.is_counted == 0, one.in_(ends))
                .values(state=LEFT_OUT)
            ).run()

    def _place(self, kind: int) -> tuple[str, int] | None:
        name = kinds(self.layout)[kind]
        for each in self.layout.relations:
            if f"{self.layout.object.name}-{each.other.name}" == name:
                return each.place
        return None

    def _over_limit(self, side: Side) -> list[tuple[Any, ...]]:
        """New pairs beyond the limit: `(ready, from, to, line, kind, is_counted, here)`."""
        pairs, link = self.staged.pairs, LINK.alias("l")
        here = pairs.c.from_ref if side.forward else pairs.c.to_ref
        link_here = link.c.from_id if side.forward else link.c.to_id
        new = sa.and_(
            pairs.c.association_id == side.association.id,
            pairs.c.state == PLANNED,
            ~linked(pairs),
        )
        rank = RowNumber().over(
            partition_by=here, order_by=(pairs.c.line, pairs.c.from_ref, pairs.c.to_ref)
        )
        stays: sa.ColumnElement[bool] = sa.true()
        if any(each.existing == "replace" for each in self.layout.relations):
            kept = pairs.alias("k")
            stays = sa.exists().where(
                kept.c.association_id == link.c.association_id,
                kept.c.from_ref == link.c.from_id,
                kept.c.to_ref == link.c.to_id,
            )
        if side.association.is_primary:
            stays = sa.false()  # giving the primary label to another link moves it (C39)
        has = (
            sa.select(sa.func.count())
            .where(link.c.association_id == side.association.id, link_here == here, stays)
            .scalar_subquery()
        )
        ranked = (
            sa.select(
                pairs.c.ready,
                pairs.c.from_ref,
                pairs.c.to_ref,
                pairs.c.line,
                pairs.c.kind,
                pairs.c.is_counted,
                here.label("here"),
                (rank + has).label("rank"),
            )
            .where(new)
            .subquery()
        )
        columns = [column for column in ranked.c if column.name != "rank"]
        statement = sa.select(*columns).where(ranked.c.rank > side.most).order_by(ranked.c.line)
        return Ready(statement).rows()


def linked(pairs: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a pair of records that exist is linked already."""
    link = LINK.alias("there")
    return sa.exists().where(
        link.c.association_id == pairs.c.association_id,
        link.c.from_id == pairs.c.from_ref,
        link.c.to_id == pairs.c.to_ref,
    )


def not_tried(layout: Layout, staged: Staged) -> dict[str, int]:
    """Pairs of rows that failed or were skipped, by kind (T76)."""
    asks, plan = staged.asks, staged.plan
    counts: dict[str, int] = {}
    lost = plan.c.outcome.in_((FAILED, SKIPPED))
    own = (
        sa.select(asks.c.relation, sa.func.count())
        .join_from(plan, asks, asks.c.line == plan.c.line)
        .where(lost)
        .group_by(asks.c.relation)
    )
    for number, count in Ready(own).rows():
        name = f"{layout.object.name}-{layout.relations[number].other.name}"
        counts[name] = counts.get(name, 0) + count
    for each in crossings(layout)[0]:
        one, two = asks.alias("one"), asks.alias("two")
        crossed = (
            sa.select(sa.func.count())
            .select_from(
                plan.join(one, one.c.line == plan.c.line).join(two, two.c.line == one.c.line)
            )
            .where(lost, one.c.relation == each.one.number, two.c.relation == each.two.number)
        )
        [(count,)] = Ready(crossed).rows()
        name = f"{each.one.other.name}-{each.two.other.name}"
        counts[name] = counts.get(name, 0) + count
    return {name: count for name, count in counts.items() if count}


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(int(value)), sa.Integer())
