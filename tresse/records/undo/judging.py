"""What may be reversed: the outcome of each item, from how things stand now (T72)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.stored import stored_text
from tresse.objects.database import execute
from tresse.objects.described import AssociationDef, ObjectDef, PropertyDef
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.other_values import held_elsewhere
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT, LINK
from tresse.records.undo.items import Items, Part
from tresse.records.undo.outcomes import Kind, Outcome
from tresse.records.undo.parts import part_of

Case = tuple[sa.ColumnElement[bool], int]
ITEM = UNDO_ITEM
OWN_EVENTS = (
    *("record_created", "task_created", "record_calculated"),
    *("segment_entered", "segment_left"),
)
"What happens to a record by itself, or when it is made: no edit of it."


@dataclass(frozen=True)
class Judge:
    """Gives the items of a range their outcome; `own`: the change sets that do not count."""

    items: Items
    own: tuple[int, ...]

    def judge(self, kind: int, part: Part) -> None:
        """Judge the items of a kind in a part anew."""
        within = self.items.within(kind, part)
        if kind in (Kind.LINK_REMOVED, Kind.LABEL_REMOVED):
            # Those before an item count against a limit, so they must not be settled yet.
            execute(ITEM.update().values(outcome=Outcome.WAITS).where(within))
        refs = self.items.refs(kind)
        if kind == Kind.VALUE:
            for object_id in dict.fromkeys(id for id, _ in refs):
                props = [ref for id, ref in refs if id == object_id]
                of_object = sa.and_(within, ITEM.c.object_id == object_id)
                self._set(of_object, self._values(self._object(object_id), props))
            return
        for object_id, ref in refs:
            mine = sa.and_(within, ITEM.c.object_id == object_id, ITEM.c.ref_id == ref)
            self._set(mine, self._outcome(kind, self._object(object_id), ref))

    def _object(self, id: int) -> ObjectDef | None:
        return next((each for each in self.items.model.objects if each.id == id), None)

    def _set(self, where: sa.ColumnElement[bool], outcome: sa.ColumnElement[Any] | int) -> None:
        """Write outcomes that are not so already: most items are taken back, as staged."""
        if not isinstance(outcome, sa.ColumnElement):
            outcome = sa.literal(int(outcome), ITEM.c.outcome.type)
        statement = ITEM.update().values(outcome=outcome)
        execute(statement.where(where, ITEM.c.outcome != outcome))

    def _outcome(
        self, kind: int, object: ObjectDef | None, ref: int
    ) -> sa.ColumnElement[Any] | int:
        if object is None:
            return Outcome.NOT_FOUND
        if part := part_of(kind):
            return part.judge(kind, object, ref, self.items.change_set)
        if kind == Kind.CREATED:
            return self._created(object)
        if kind == Kind.DELETED:
            return self._deleted(object)
        association = next((e for e in self.items.model.associations if e.id == ref), None)
        if association is None:
            return Outcome.NO_LINK
        if kind == Kind.LINK_ADDED:
            return self._link_added(association)
        return self._link_removed(association)

    def _of_record(self, object: ObjectDef, *cases: Case) -> sa.ColumnElement[Any]:
        """The first case that holds for the record of an item; gone for good: not found."""
        table = object.table
        whens = [(condition, sa.literal(int(outcome))) for condition, outcome in cases]
        found = (
            sa.select(sa.case(*whens, else_=sa.literal(int(Outcome.REVERSED))))
            .where(table.c.id == ITEM.c.record_id)
            .correlate(ITEM)
            .scalar_subquery()
        )
        return sa.func.coalesce(found, sa.literal(int(Outcome.NOT_FOUND)))

    def _values(self, object: ObjectDef | None, refs: Sequence[int]) -> sa.ColumnElement[Any] | int:
        """Values of all properties of an object type in one pass, so that a record is met once."""
        if object is None:
            return Outcome.NOT_FOUND
        table, ref = object.table, ITEM.c.ref_id
        found = [each for each in object.properties if each.id in refs and each.column]
        if not found:
            return Outcome.NO_PROPERTY
        archived = [each.id for each in found if each.is_archived]
        missing = set(refs) - {each.id for each in found}
        texts = {each.id: stored_text(table.c[each.column]) for each in found}
        cases: list[Case] = [(ref.in_(missing), Outcome.NO_PROPERTY)] if missing else []
        if archived:
            cases.append((ref.in_(archived), Outcome.ARCHIVED))
        cases += [
            (table.c.deleted_at.is_not(None), Outcome.IN_BIN),
            (
                sa.case(texts, value=ref).is_distinct_from(ITEM.c.new),
                Outcome.VALUE_EDITED,
            ),
        ]
        cases += [
            (sa.and_(ref == each.id, self._taken(table, each)), Outcome.TAKEN)
            for each in found
            if each.is_unique
        ]
        return self._of_record(object, *cases)

    @staticmethod
    def _taken(table: sa.FromClause, prop: PropertyDef) -> sa.ColumnElement[bool]:
        """Whether another record outside the bin has the former value of a unique property."""
        other = table.alias("other")
        compared = ITEM.c.normal if prop.has_normal else ITEM.c.old
        column = other.c[prop.normal_column]
        taken = sa.exists().where(
            (column if prop.has_normal else stored_text(column)) == compared,
            other.c.deleted_at.is_(None),
            other.c.id != table.c.id,
        )
        return sa.or_(taken, held_elsewhere(prop, compared, table.c.id, table))

    def _created(self, object: ObjectDef) -> sa.ColumnElement[Any]:
        table, event = object.table, EVENT
        later = sa.and_(event.c.change_set_id.not_in(self.own), event.c.name.not_in(OWN_EVENTS))
        touched = sa.or_(
            sa.exists().where(event.c.record_id == table.c.id, later),
            sa.exists().where(event.c.other_id == table.c.id, later),
        )
        about = (
            sa.select(sa.literal(1))
            .select_from(
                ACTIVITY_RECORD.join(ACTIVITY, ACTIVITY.c.id == ACTIVITY_RECORD.c.activity_id)
            )
            .where(
                ACTIVITY_RECORD.c.record_id == table.c.id,
                ACTIVITY.c.deleted_at.is_(None),
                ACTIVITY.c.change_set_id.not_in(self.own),
            )
        )
        return self._of_record(
            object,
            (table.c.merged_into.is_not(None), Outcome.RECORD_EDITED),
            (table.c.deleted_at.is_not(None), Outcome.GONE),
            (touched, Outcome.RECORD_EDITED),
            (sa.exists(about), Outcome.RECORD_EDITED),
        )

    def _deleted(self, object: ObjectDef) -> sa.ColumnElement[Any]:
        table, event = object.table, EVENT
        again = sa.exists().where(
            event.c.record_id == table.c.id,
            event.c.name.in_(("record_deleted", "record_restored")),
            event.c.change_set_id.not_in(self.own),
            event.c.change_set_id > self.items.change_set,
        )
        cases: list[Case] = [
            (table.c.merged_into.is_not(None), Outcome.RECORD_EDITED),
            (table.c.deleted_at.is_(None), Outcome.GONE),
            (again, Outcome.RECORD_EDITED),
        ]
        for prop in object.active:
            if prop.is_unique and prop.column:
                other = table.alias("other")
                column = prop.normal_column
                taken = sa.exists().where(
                    other.c[column] == table.c[column],
                    other.c.deleted_at.is_(None),
                    other.c.id != table.c.id,
                )
                cases.append((taken, Outcome.TAKEN))
        return self._of_record(object, *cases)

    def _link(self, association_id: int, *more: Any) -> sa.ColumnElement[bool]:
        """Whether the pair of an item has a link of a type."""
        link = LINK.alias()
        return sa.exists().where(
            link.c.association_id == association_id,
            link.c.from_id == ITEM.c.record_id,
            link.c.to_id == ITEM.c.other_id,
            *(condition(link) for condition in more),
        )

    def _link_added(self, association: AssociationDef) -> sa.ColumnElement[Any]:
        link = LINK.alias("made")
        made_by = (
            sa.select(link.c.change_set_id)
            .where(
                link.c.association_id == association.id,
                link.c.from_id == ITEM.c.record_id,
                link.c.to_id == ITEM.c.other_id,
            )
            .correlate(ITEM)
            .scalar_subquery()
        )
        cases: list[tuple[sa.ColumnElement[bool], Any]] = []
        labels = [each.id for each in self.items.model.labels_of(association)]
        if labels:
            ends = [(ITEM.c.record_id, ITEM.c.other_id)]
            if association.is_symmetric:
                ends.append((ITEM.c.other_id, ITEM.c.record_id))
            for one, two in ends:
                label = LINK.alias()
                marked = sa.exists().where(
                    label.c.association_id.in_(labels),
                    label.c.from_id == one,
                    label.c.to_id == two,
                    label.c.change_set_id.not_in(self.own),
                )
                cases.append((marked, Outcome.LINK_EDITED))
        if association.is_part:
            made = ITEM.alias()
            kept = sa.exists().where(
                made.c.undo_id == self.items.undo_id,
                made.c.kind == Kind.CREATED,
                made.c.record_id == ITEM.c.record_id,
                made.c.outcome >= Outcome.VALUE_EDITED,
            )
            cases.append((kept, Outcome.RECORD_EDITED))
        mine = sa.case(
            (made_by == self.items.change_set, _case(cases)),
            else_=sa.literal(int(Outcome.LINK_EDITED)),
        )
        # Who made it is looked up once more, to tell a link that is gone from one made anew.
        return sa.case((made_by.is_(None), sa.literal(int(Outcome.GONE))), else_=mine)

    def _link_removed(self, association: AssociationDef) -> sa.ColumnElement[Any]:
        model = self.items.model
        ends = (
            (model.object(association.from_object), ITEM.c.record_id),
            (model.object(association.to_object), ITEM.c.other_id),
        )
        cases: list[tuple[sa.ColumnElement[bool], Any]] = [
            (self._link(association.id), Outcome.GONE)
        ]
        for object, id in ends:
            table = object.table.alias()
            live = sa.exists().where(table.c.id == id, table.c.deleted_at.is_(None))
            cases.append((~live, Outcome.IN_BIN))
        if association.parent:
            parent = model.association(association.parent)
            back = LINK.alias()
            there = self._link(parent.id)
            if parent.is_symmetric:
                there = sa.or_(
                    there,
                    sa.exists().where(
                        back.c.association_id == parent.id,
                        back.c.from_id == ITEM.c.other_id,
                        back.c.to_id == ITEM.c.record_id,
                    ),
                )
            cases.append((~there, Outcome.NO_LINK))
        cases += self._limits(association)
        return _case(cases)

    def _limits(self, association: AssociationDef) -> list[tuple[sa.ColumnElement[bool], Any]]:
        """Full already, counting those of this undo that come before."""
        found: list[tuple[sa.ColumnElement[bool], Any]] = []
        for most, end, other, mine, theirs in (
            (association.max_forward, "from_id", "to_id", "record_id", "other_id"),
            (association.max_inverse, "to_id", "from_id", "other_id", "record_id"),
        ):
            if most is None:
                continue
            link, again, before = LINK.alias(), LINK.alias(), ITEM.alias()
            there = self.items.model.object(
                association.to_object if end == "from_id" else association.from_object
            ).table.alias()
            have = (
                sa.select(sa.func.count())
                .select_from(link.join(there, there.c.id == link.c[other]))
                .where(
                    link.c.association_id == association.id,
                    link.c[end] == ITEM.c[mine],
                    there.c.deleted_at.is_(None),
                )
                .correlate(ITEM)
                .scalar_subquery()
            )
            earlier = (
                sa.select(sa.func.count())
                .where(
                    before.c.undo_id == self.items.undo_id,
                    before.c.kind == ITEM.c.kind,
                    before.c.ref_id == association.id,
                    before.c[mine] == ITEM.c[mine],
                    before.c[theirs] < ITEM.c[theirs],
                    before.c.outcome.in_((Outcome.WAITS, Outcome.REVERSED)),
                    ~sa.exists().where(
                        again.c.association_id == association.id,
                        again.c.from_id == before.c.record_id,
                        again.c.to_id == before.c.other_id,
                    ),
                )
                .correlate(ITEM)
                .scalar_subquery()
            )
            found.append((have + earlier >= most, Outcome.LIMIT))
        return found


def _case(cases: list[tuple[sa.ColumnElement[bool], Any]]) -> sa.ColumnElement[Any]:
    if not cases:
        return sa.literal(int(Outcome.REVERSED))
    whens = [(condition, sa.literal(int(outcome))) for condition, outcome in cases]
    return sa.case(*whens, else_=sa.literal(int(Outcome.REVERSED)))
