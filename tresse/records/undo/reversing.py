"""Takes items back by set statements, with history, events and all that goes with a value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import typed_value
from tresse.engine.types import Text
from tresse.objects.database import execute, rows, vendor
from tresse.objects.described import AssociationDef, ObjectDef, PropertyDef
from tresse.objects.readings import is_kept_by_index
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.lists import RowNumber
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY, LINK
from tresse.records.undo.items import Items, Part
from tresse.records.undo.outcomes import Kind, Outcome
from tresse.records.undo.parts import part_of
from tresse.records.writing import stage_data

ITEM = UNDO_ITEM
EVENT_NAMES = ["name", "change_set_id", "object_id", "record_id"]
LINK_NAMES = [*EVENT_NAMES, "other_id", "association_id"]
LINK_COLUMNS = ["association_id", "from_id", "to_id", "change_set_id"]
HISTORY_NAMES = ["change_set_id", "object_id", "record_id", "property_id", "old", "new"]
BIG = sa.BigInteger()


@dataclass(frozen=True)
class Reversal:
    """Takes back the items of a range that were judged so; `own` is its own change set."""

    items: Items
    actor: Actor
    own: int
    at: datetime

    def reverse(self, kind: int, part: Part) -> None:
        """Take back the items of a kind in a part."""
        chosen = sa.and_(self.items.within(kind, part), ITEM.c.outcome == int(Outcome.REVERSED))
        if room := part_of(kind):
            room.reverse(kind, chosen, self.own, self.at)
        elif kind == Kind.VALUE:
            self._values(chosen)
        elif kind == Kind.CREATED:
            self._mark(chosen, "record_deleted", deleted=True)
        elif kind == Kind.DELETED:
            self._mark(chosen, "record_restored", deleted=False)
        elif kind == Kind.LINK_ADDED:
            self._unlink(chosen)
        elif kind in (Kind.LINK_REMOVED, Kind.LABEL_REMOVED):
            self._link(chosen)

    def lock(self, kind: int, part: Part) -> None:
        """Lock the records of a part in the order of their ids (SQLite has one writer anyway)."""
        if vendor() != "postgresql":
            return
        for object in self._objects(kind):
            table = object.table
            chosen = sa.select(ITEM.c.record_id).where(self.items.within(kind, part))
            rows(
                sa.select(table.c.id)
                .where(table.c.id.in_(chosen))
                .order_by(table.c.id)
                .with_for_update(key_share=True)
            )

    def _objects(self, kind: int) -> list[ObjectDef]:
        ids = {object_id for object_id, _ in self.items.refs(kind)}
        return [each for each in self.items.model.objects if each.id in ids]

    def _facts(self) -> list[sa.ColumnElement[Any]]:
        return [sa.literal(self.own, BIG), ITEM.c.object_id, ITEM.c.record_id]

    def _event(self, name: str, chosen: sa.ColumnElement[bool]) -> None:
        found = sa.select(sa.literal(name, Text), *self._facts()).where(chosen)
        execute(EVENT.insert().from_select(EVENT_NAMES, found))

    def _stamp(self, table: sa.FromClause) -> dict[str, Any]:
        return {
            "version": table.c.version + 1,
            "updated_at": sa.bindparam(None, self.at, type_=table.c.updated_at.type),
            "updated_by": self.actor.user_id,
        }

    # Values.

    def _values(self, chosen: sa.ColumnElement[bool]) -> None:
        """Give values back; what the change set made of a value, it still is."""
        was = sa.select(*self._facts(), ITEM.c.ref_id, ITEM.c.new, ITEM.c.old).where(chosen)
        execute(HISTORY.insert().from_select(HISTORY_NAMES, was))
        for object in self._objects(Kind.VALUE):
            of_object = sa.and_(chosen, ITEM.c.object_id == object.id)
            refs = [ref for id, ref in self.items.refs(Kind.VALUE) if id == object.id]
            props = [each for each in object.properties if each.id in refs and each.column]
            if not props:
                continue
            for prop in props:
                if prop.kind.name == "stage":
                    self._moved(object, prop, of_object)
            self._give_back(object, props, of_object)
        changed = sa.select(sa.literal("record_changed", Text), *self._facts()).where(chosen)
        execute(EVENT.insert().from_select(EVENT_NAMES, changed.distinct()))

    def _moved(self, object: ObjectDef, prop: PropertyDef, chosen: sa.ColumnElement[bool]) -> None:
        old, new = (sa.cast(column, BIG) for column in (ITEM.c.new, ITEM.c.old))
        data = stage_data(object, old, new)
        moved = sa.select(sa.literal("stage_changed", Text), *self._facts(), data)
        of_prop = moved.where(chosen, ITEM.c.ref_id == prop.id)
        execute(EVENT.insert().from_select([*EVENT_NAMES, "data"], of_prop))

    def _give_back(
        self, object: ObjectDef, props: Sequence[PropertyDef], chosen: sa.ColumnElement[bool]
    ) -> None:
        """Write the former values of a range, a record once.

        On SQLite those that an index holds apart and only where they differ: it renews an index
        entry for every column named, changed or not.
        """
        apart = [each for each in props if vendor() == "sqlite" and is_kept_by_index(each)]
        together = [each for each in props if each not in apart]
        self._write(object, together, chosen, stamp=self._stamp(object.table))
        for prop in apart:
            self._write(object, [prop], sa.and_(chosen, ITEM.c.ref_id == prop.id), stamp={})

    def _write(
        self,
        object: ObjectDef,
        props: Sequence[PropertyDef],
        chosen: sa.ColumnElement[bool],
        *,
        stamp: dict[str, Any],
    ) -> None:
        table = object.table
        picked: list[sa.ColumnElement[Any]] = [ITEM.c.record_id]
        for prop in props:
            is_its = ITEM.c.ref_id == prop.id
            picked += [
                sa.func.max(sa.case((is_its, 1))).label(f"has_{prop.id}"),
                sa.func.max(sa.case((is_its, ITEM.c.old))).label(f"old_{prop.id}"),
                sa.func.max(sa.case((is_its, ITEM.c.normal))).label(f"normal_{prop.id}"),
            ]
        former = sa.select(*picked).where(chosen).group_by(ITEM.c.record_id).subquery("former")
        values = dict(stamp)
        for prop in props:
            old = typed_value(former.c[f"old_{prop.id}"], prop.kind.column)
            given = {prop.column: old}
            if prop.has_normal:
                given[prop.normal_column] = former.c[f"normal_{prop.id}"]
            given |= self._companions(object, prop, old)
            is_back = former.c[f"has_{prop.id}"].is_not(None)
            for name, value in given.items():
                values[name] = sa.case((is_back, value), else_=table.c[name])
        execute(table.update().values(values).where(table.c.id == former.c.record_id))

    def _companions(
        self, object: ObjectDef, prop: PropertyDef, old: sa.ColumnElement[Any]
    ) -> dict[str, sa.ColumnElement[Any]]:
        """When the former value was given: of the owner and of the stage."""
        if prop.name == "owner":
            since = self._since(object, prop)
            return {"owner_assigned_at": sa.case((old.is_not(None), since), else_=sa.null())}
        if prop.kind.name != "stage":
            return {}
        found = {}
        closing = [id for id, each in object.stages.items() if each.kind != "open"]
        since = self._since(object, prop)
        if object.has("stage_updated_at"):
            found[object.property("stage_updated_at").column] = since
        if object.has("closed_at"):
            column = object.property("closed_at").column
            found[column] = sa.case((old.in_(closing), since), else_=sa.null())
        return found

    def _since(self, object: ObjectDef, prop: PropertyDef) -> sa.ColumnElement[Any]:
        table, history = object.table, HISTORY.alias()
        last = (
            sa.select(CHANGE_SET.c.at)
            .select_from(history.join(CHANGE_SET, CHANGE_SET.c.id == history.c.change_set_id))
            .where(
                history.c.record_id == table.c.id,
                history.c.property_id == prop.id,
                history.c.change_set_id < self.items.change_set,
            )
            .order_by(history.c.id.desc())
            .limit(1)
            .correlate(table)
            .scalar_subquery()
        )
        return sa.func.coalesce(last, table.c.created_at)

    # Records.

    def _mark(self, chosen: sa.ColumnElement[bool], event: str, *, deleted: bool) -> None:
        kind = Kind.CREATED if deleted else Kind.DELETED
        for object in self._objects(kind):
            table = object.table
            ids = sa.select(ITEM.c.record_id).where(chosen, ITEM.c.object_id == object.id)
            at = sa.bindparam(None, self.at, type_=table.c.deleted_at.type)
            execute(
                table.update()
                .values(version=table.c.version + 1, deleted_at=at if deleted else None)
                .where(table.c.id.in_(ids))
            )
        self._event(event, chosen)

    # Links.

    def _link_event(self, name: str, chosen: sa.ColumnElement[bool]) -> None:
        found = sa.select(
            sa.literal(name, Text), *self._facts(), ITEM.c.other_id, ITEM.c.ref_id
        ).where(chosen)
        execute(EVENT.insert().from_select(LINK_NAMES, found))

    def _unlink(self, chosen: sa.ColumnElement[bool]) -> None:
        self._link_event("record_unlinked", chosen)
        place = sa.tuple_(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id)
        keys = sa.select(ITEM.c.ref_id, ITEM.c.record_id, ITEM.c.other_id).where(chosen)
        execute(LINK.delete().where(place.in_(keys)))

    def _link(self, chosen: sa.ColumnElement[bool]) -> None:
        """Make links again under the change set that had made them, so that they are as before."""
        event = EVENT.alias()
        made_by = (
            sa.select(sa.func.max(event.c.change_set_id))
            .where(
                event.c.name == "record_linked",
                event.c.record_id == ITEM.c.record_id,
                event.c.other_id == ITEM.c.other_id,
                event.c.association_id == ITEM.c.ref_id,
                event.c.change_set_id < self.items.change_set,
            )
            .correlate(ITEM)
            .scalar_subquery()
        )
        change_set = sa.func.coalesce(made_by, sa.literal(self.own, BIG))
        found = sa.select(ITEM.c.ref_id, ITEM.c.record_id, ITEM.c.other_id, change_set)
        execute(LINK.insert().from_select(LINK_COLUMNS, found.where(chosen)))
        self._link_event("record_linked", chosen)

    @property
    def has_primaries(self) -> bool:
        """Whether links that went may have had a label that passes on."""
        return any(self._primary_labels())

    def _primary_labels(self) -> Iterator[tuple[AssociationDef, AssociationDef]]:
        model = self.items.model
        refs = {ref for _, ref in self.items.refs(Kind.LINK_ADDED)}
        for association in model.associations:
            if association.id not in refs:
                continue
            for label in model.labels_of(association):
                if label.is_primary and not label.is_archived:
                    yield association, label

    def primaries(self, part: Part) -> None:
        """Give the primary label of records that lost it to their oldest link left (C39)."""
        for association, label in self._primary_labels():
            left, labelled = LINK.alias("left"), LINK.alias("labelled")
            there = self.items.model.object(label.to_object).table.alias("there")
            lost = sa.select(ITEM.c.record_id).where(
                self.items.within(Kind.LINK_ADDED, part),
                ITEM.c.ref_id == association.id,
                ITEM.c.outcome == int(Outcome.REVERSED),
            )
            has = sa.exists().where(
                labelled.c.association_id == label.id, labelled.c.from_id == left.c.from_id
            )
            rank = RowNumber().over(
                partition_by=left.c.from_id, order_by=(left.c.change_set_id, left.c.to_id)
            )
            ranked = (
                sa.select(left.c.from_id.label("one"), left.c.to_id.label("two"), rank.label("n"))
                .select_from(left.join(there, there.c.id == left.c.to_id))
                .where(
                    left.c.association_id == association.id,
                    left.c.from_id.between(part.low, part.high),
                    left.c.from_id.in_(lost),
                    there.c.deleted_at.is_(None),
                    ~has,
                )
                .subquery("ranked")
            )
            oldest = ranked.c.n == 1
            object_id = self.items.model.object(label.from_object).id
            told = sa.select(
                sa.literal("record_linked", Text),
                sa.literal(self.own, BIG),
                sa.literal(object_id, sa.Integer()),
                ranked.c.one,
                ranked.c.two,
                sa.literal(label.id, sa.Integer()),
            )
            execute(EVENT.insert().from_select(LINK_NAMES, told.where(oldest)))
            given = sa.select(
                sa.literal(label.id, sa.Integer()),
                ranked.c.one,
                ranked.c.two,
                sa.literal(self.own, BIG),
            )
            execute(LINK.insert().from_select(LINK_COLUMNS, given.where(oldest)))
