"""Links of a chunk made or taken away, as set statements, with events and primary link labels."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.described import AssociationDef
from tresse.records.lists import RowNumber
from tresse.records.tables import EVENT, LINK
from tresse.transfers.counters import Counters
from tresse.transfers.decide import NEW
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.plan.counting import primary_labels, replaced
from tresse.transfers.plan.pairs import kinds, linked
from tresse.transfers.stage import Ready
from tresse.transfers.staged import PLANNED, Staged, real_id
from tresse.transfers.writes import change_set_parameter

EVENT_COLUMNS = ["name", "change_set_id", "object_id", "record_id", "other_id", "association_id"]
LINK_COLUMNS = ["association_id", "from_id", "to_id", "change_set_id"]


class Links:
    """The statements for the pairs of a chunk, compiled once."""

    def __init__(self, layout: Layout, staged: Staged) -> None:
        self._layout, self._staged = layout, staged
        self._kinds = kinds(layout)
        self._pairs = staged.pairs
        self._is_dissociating = layout.settings.links == "dissociate"
        asked = [id for (id,) in Ready(sa.select(self._pairs.c.association_id).distinct()).rows()]
        self._asked = set(asked)
        self._count = Ready(self._counting())
        self._replaces = any(each.existing == "replace" for each in layout.relations)
        self._steps: list[tuple[str, Ready]] = []
        fresh = staged.fresh
        self._count_new = Ready(
            sa.select(fresh.c.kind, sa.func.count())
            .where(fresh.c.is_counted == 1)
            .group_by(fresh.c.kind)
        )
        if not asked:
            return
        if self._is_dissociating:
            self._steps += [("", each) for each in self._removals()]
        else:
            for relation in layout.relations:
                if relation.existing == "replace":
                    self._steps += self._replacements(relation)
            self._steps += self._moves()
            self._steps += [("", each) for each in self._additions()]

    def write(self, counters: Counters, **values: Any) -> None:
        """Write the pairs that are ready in a range of lines, and count them."""
        if not self._asked:
            return
        low, high = values["low"], values["high"]
        asked = {
            kind: (number, int(there))
            for kind, number, there in self._count.rows(low=low, high=high)
        }
        if not asked and not self._replaces:
            return
        for name, ready in self._steps:
            touched = ready.run(**values)
            if name:
                setattr(counters, name, getattr(counters, name) + touched)
        new = dict(self._count_new.rows()) if not self._is_dissociating else {}
        for kind, (number, there) in asked.items():
            if self._is_dissociating:
                counters.add_pairs(self._kinds[kind], removed=there, missing=number - there)
            else:
                created = new.get(kind, 0)
                counters.add_pairs(self._kinds[kind], created=created, existing=number - created)

    def _in_chunk(self, pairs: sa.FromClause) -> sa.ColumnElement[bool]:
        big = sa.BigInteger()
        low, high = (sa.bindparam(name, 0, type_=big) for name in ("low", "high"))
        return sa.and_(pairs.c.ready.between(low, high), pairs.c.state == PLANNED)

    def _counting(self) -> sa.Select[Any]:
        """Pairs of the chunk by kind and, when dissociating, how many of them are linked."""
        pairs = self._pairs
        there: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer())
        if self._is_dissociating:
            there = sa.case((linked(pairs), 1), else_=0)
        return (
            sa.select(pairs.c.kind, sa.func.count(), sa.func.sum(there))
            .where(self._in_chunk(pairs), pairs.c.is_counted == 1)
            .group_by(pairs.c.kind)
        )

    def _event(
        self,
        name: str,
        association: sa.ColumnElement[Any],
        one: sa.ColumnElement[Any],
        two: sa.ColumnElement[Any],
    ) -> sa.Select[Any]:
        objects = {
            each.id: self._layout.model.object(each.from_object).id
            for each in self._layout.model.associations
            if each.id in self._asked or self._is_label(each)
        }
        whose: sa.ColumnElement[Any] = sa.case(objects, value=association, else_=0)
        if len(set(objects.values())) == 1:
            whose = sa.literal_column(str(next(iter(objects.values()))), sa.Integer())
        return sa.select(
            sa.literal(name, Text), change_set_parameter(), whose, one, two, association
        )

    def _is_label(self, each: AssociationDef) -> bool:
        if not each.parent:
            return False
        return self._layout.model.association(each.parent).id in self._asked

    def _additions(self) -> Iterator[Ready]:
        """New links with their events; the first link of a record gets the primary label (C39)."""
        pairs, fresh, firsts = self._pairs, self._staged.fresh, self._staged.firsts
        yield Ready(fresh.delete())
        yield Ready(firsts.delete())
        new = sa.select(
            pairs.c.line,
            pairs.c.kind,
            pairs.c.is_counted,
            pairs.c.association_id,
            real_id(pairs.c.from_ref).label("one"),
            real_id(pairs.c.to_ref).label("two"),
        ).where(self._in_chunk(pairs), ~linked(pairs))
        yield Ready(fresh.insert().from_select([column.name for column in fresh.c], new))
        labels = [
            (relation, label)
            for relation, label in primary_labels(self._layout)
            if relation in self._asked
        ]
        for relation, label in labels:
            yield Ready(
                firsts.insert().from_select(
                    ["association_id", "one", "two"], self._first_links(relation, label)
                )
            )
        made = (fresh, firsts) if labels else (fresh,)
        for table in made:
            events = self._event("record_linked", table.c.association_id, table.c.one, table.c.two)
            yield Ready(EVENT.insert().from_select(EVENT_COLUMNS, events))
        for table in made:
            chosen = sa.select(
                table.c.association_id, table.c.one, table.c.two, change_set_parameter()
            )
            yield Ready(LINK.insert().from_select(LINK_COLUMNS, chosen))

    def _first_links(self, relation: int, label: int) -> sa.Select[Any]:
        """Records that get their first link here, with the record at the other end."""
        fresh, labelled, old = self._staged.fresh, LINK.alias("labelled"), LINK.alias("old")
        has = sa.exists().where(
            labelled.c.association_id == label, labelled.c.from_id == fresh.c.one
        )
        conditions = [fresh.c.association_id == relation, ~has]
        if label in self._asked:
            asked = self._pairs.alias("asked")
            conditions.append(
                ~sa.exists().where(
                    asked.c.association_id == label, real_id(asked.c.from_ref) == fresh.c.one
                )
            )
        rank = RowNumber().over(partition_by=fresh.c.one, order_by=(fresh.c.line, fresh.c.two))
        ranked = (
            sa.select(fresh.c.one, fresh.c.two, rank.label("rank")).where(*conditions).subquery()
        )
        oldest = (
            sa.select(old.c.to_id)
            .where(old.c.association_id == relation, old.c.from_id == ranked.c.one)
            .order_by(old.c.change_set_id, old.c.to_id)
            .limit(1)
            .scalar_subquery()
        )
        return sa.select(
            sa.literal_column(str(label), sa.Integer()).label("association_id"),
            ranked.c.one,
            sa.func.coalesce(oldest, ranked.c.two).label("two"),
        ).where(ranked.c.rank == 1)

    def _moves(self) -> list[tuple[str, Ready]]:
        """A primary label asked for in the file leaves the link it was on (C39)."""
        made = []
        pairs, link = self._pairs, LINK
        for _, label in primary_labels(self._layout):
            if label not in self._asked:
                continue
            asked = sa.select(pairs.c.from_ref).where(
                self._in_chunk(pairs), pairs.c.association_id == label
            )
            kept = sa.exists().where(
                pairs.c.association_id == label,
                pairs.c.from_ref == link.c.from_id,
                pairs.c.to_ref == link.c.to_id,
            )
            gone = (link.c.association_id == label, link.c.from_id.in_(asked), ~kept)
            events = self._event(
                "record_unlinked", link.c.association_id, link.c.from_id, link.c.to_id
            ).where(*gone)
            made.append(("", Ready(EVENT.insert().from_select(EVENT_COLUMNS, events))))
            made.append(("", Ready(link.delete().where(*gone))))
        return made

    def _removals(self) -> Iterator[Ready]:
        """Links of the chunk's pairs go, with their link labels (T55, C38)."""
        pairs = self._pairs
        keys = sa.select(pairs.c.association_id, pairs.c.from_ref, pairs.c.to_ref).where(
            self._in_chunk(pairs)
        )
        yield from self._gone(keys)
        for relation, label in primary_labels(self._layout):
            if relation in self._asked:
                chunk = sa.select(pairs.c.from_ref).where(
                    self._in_chunk(pairs), pairs.c.association_id == relation
                )
                yield from self._pass_on(relation, label, chunk)

    def _gone(self, keys: sa.Select[Any]) -> Iterator[Ready]:
        """Take away links by key, link labels of a relation first."""
        for condition in self._with_labels(keys):
            events = self._event(
                "record_unlinked", LINK.c.association_id, LINK.c.from_id, LINK.c.to_id
            ).where(condition)
            yield Ready(EVENT.insert().from_select(EVENT_COLUMNS, events))
            yield Ready(LINK.delete().where(condition))

    def _with_labels(self, keys: sa.Select[Any]) -> Iterator[sa.ColumnElement[bool]]:
        model = self._layout.model
        place = sa.tuple_(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id)
        back = sa.tuple_(LINK.c.association_id, LINK.c.to_id, LINK.c.from_id)
        parents = [each for each in model.associations if each.id in self._asked]
        for parent in parents:
            for label in model.labels_of(parent):
                found = keys.subquery()
                same = sa.select(
                    sa.literal_column(str(label.id), sa.Integer()),
                    *(found.c[name] for name in found.c.keys()[1:]),
                ).where(found.c[found.c.keys()[0]] == parent.id)
                yield place.in_(same)
                if parent.is_symmetric and not label.is_symmetric:
                    yield back.in_(same)
        yield place.in_(keys)

    def _pass_on(self, relation: int, label: int, records: sa.Select[Any]) -> Iterator[Ready]:
        """Give the primary label of records that lost it to their oldest link left (C39)."""
        link, labelled = LINK.alias("left"), LINK.alias("labelled")
        has = sa.exists().where(
            labelled.c.association_id == label, labelled.c.from_id == link.c.from_id
        )
        rank = RowNumber().over(
            partition_by=link.c.from_id, order_by=(link.c.change_set_id, link.c.to_id)
        )
        ranked = (
            sa.select(link.c.from_id.label("one"), link.c.to_id.label("two"), rank.label("rank"))
            .where(link.c.association_id == relation, link.c.from_id.in_(records), ~has)
            .subquery()
        )
        id = sa.literal_column(str(label), sa.Integer())
        events = self._event("record_linked", id, ranked.c.one, ranked.c.two)
        yield Ready(EVENT.insert().from_select(EVENT_COLUMNS, events.where(ranked.c.rank == 1)))
        chosen = sa.select(id, ranked.c.one, ranked.c.two, change_set_parameter())
        yield Ready(LINK.insert().from_select(LINK_COLUMNS, chosen.where(ranked.c.rank == 1)))

    def _replacements(self, relation: Relation) -> list[tuple[str, Ready]]:
        """Links not named in the file go, of records whose first row is in the chunk (T53)."""
        plan, big = self._staged.plan, sa.BigInteger()
        low, high = (sa.bindparam(name, 0, type_=big) for name in ("low", "high"))
        owners = sa.select(plan.c.ref).where(
            plan.c.line.between(low, high), plan.c.lead == plan.c.line, plan.c.ref < NEW
        )
        gone = replaced(relation, self._staged).subquery("going")
        ends = [gone.c.from_id if relation.side.forward else gone.c.to_id]
        if relation.side.association.is_symmetric:
            ends = [gone.c.from_id, gone.c.to_id]
        keys = sa.select(gone.c.association_id, gone.c.from_id, gone.c.to_id).where(
            sa.or_(*(end.in_(owners) for end in ends))
        )
        steps = [("", ready) for ready in self._gone(keys)]
        steps[-1] = ("replaced_links", steps[-1][1])
        return steps
