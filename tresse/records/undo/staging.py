"""The items of an undo, put together from events and history by set statements, window by window.

A link that came and went within the change set is as it was before, and no item; of several writes
of one value the first old and the last new one count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tresse.engine.stored import from_text
from tresse.engine.types import Text
from tresse.objects.database import execute, first, load, rows, scalar, vendor
from tresse.objects.described import DataModel, PropertyDef
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.tables import EVENT, HISTORY
from tresse.records.undo.items import COLUMNS, Items, Part
from tresse.records.undo.outcomes import Kind, Outcome
from tresse.records.undo.parts import UNDO_PARTS, UndoPart, kinds_by_event, refs_of

EVENTS = {
    "record_created": Kind.CREATED,
    "record_deleted": Kind.DELETED,
    "record_linked": Kind.LINK_ADDED,
    "record_unlinked": Kind.LINK_REMOVED,
}
SIGNS = {"record_linked": 1, "record_unlinked": -1}
OPPOSITES = (
    (Kind.LINK_ADDED, Kind.LINK_REMOVED),
    (Kind.LINK_ADDED, Kind.LABEL_REMOVED),
    (Kind.MEMBER_ADDED, Kind.MEMBER_REMOVED),
)
ITEM = UNDO_ITEM
SMALL, BIG = sa.SmallInteger(), sa.BigInteger()


@dataclass(frozen=True)
class Extent:
    """First and last id of a change set's rows in a log, and how many there are."""

    low: int
    high: int
    number: int


@dataclass(frozen=True)
class Staging:
    """Puts the items of one undo together."""

    items: Items

    @property
    def _model(self) -> DataModel:
        return self.items.model

    def extent(self, log: sa.Table) -> Extent:
        """Where the rows of the change set lie in `EVENT` or `HISTORY`."""
        statement = sa.select(sa.func.min(log.c.id), sa.func.max(log.c.id), sa.func.count()).where(
            log.c.change_set_id == self.items.change_set
        )
        low, high, number = first(statement) or (None, None, 0)
        return Extent(int(low or 1), int(high or 0), int(number))

    def _window(self, log: sa.Table, low: int, high: int) -> sa.ColumnElement[bool]:
        return sa.and_(log.c.change_set_id == self.items.change_set, log.c.id.between(low, high))

    def events(self, low: int, high: int) -> None:
        """Stage the events of a window of ids."""
        event, window = EVENT.c, self._window(EVENT, low, high)
        labels = [each.id for each in self._model.associations if each.parent]
        by_name = {name: sa.literal(int(kind), SMALL) for name, kind in EVENTS.items()}
        kind: sa.ColumnElement[Any] = sa.case(by_name, value=event.name)
        if labels:
            is_label = sa.and_(event.name == "record_unlinked", event.association_id.in_(labels))
            kind = sa.case((is_label, sa.literal(int(Kind.LABEL_REMOVED), SMALL)), else_=kind)
        self._insert(
            sa.select(
                self._undo_id(),
                kind,
                event.record_id,
                sa.func.coalesce(event.association_id, 0),
                sa.func.coalesce(event.other_id, 0),
                event.object_id,
                *_nothing(),
                self._outcome(),
            ).where(window, event.name.in_(EVENTS))
        )
        self._parts(window)

    def _parts(self, window: sa.ColumnElement[bool]) -> None:
        """Events of rows beside records: who is on a list, what stands on a timeline."""
        for part in UNDO_PARTS:
            if part.other is not None:
                self._insert(self._of_part(part, part.other(EVENT)).where(window))
        kinds = kinds_by_event()
        if not kinds:
            return
        event = EVENT.c
        told = sa.select(event.name, event.data).where(window, event.name.in_(kinds)).distinct()
        found = rows(told)
        for (name, data), ref in refs_of(found).items():
            self._insert(
                sa.select(
                    self._undo_id(),
                    sa.literal(int(kinds[name]), SMALL),
                    event.record_id,
                    sa.literal(ref, BIG),
                    sa.literal(0, BIG),
                    event.object_id,
                    *_nothing(),
                    self._outcome(),
                ).where(window, event.name == name, event.data == data)
            )

    def _of_part(self, part: UndoPart, other: sa.ColumnElement[int]) -> sa.Select[Any]:
        event = EVENT.c
        kinds = {name: sa.literal(int(kind), SMALL) for name, kind in part.events.items()}
        return sa.select(
            self._undo_id(),
            sa.case(kinds, value=event.name),
            event.record_id,
            sa.literal(0, BIG),
            other,
            event.object_id,
            *_nothing(),
            self._outcome(),
        ).where(event.name.in_(kinds))

    def values(self, low: int, high: int) -> bool:
        """Stage the history rows of a window; answers whether a value was written twice."""
        history, window = HISTORY.c, self._window(HISTORY, low, high)
        compared = {each.id: each for each in self._properties() if each.has_normal}
        plain = history.property_id.not_in(compared) if compared else sa.true()
        added = self._insert(
            sa.select(
                self._undo_id(),
                sa.literal(int(Kind.VALUE), SMALL),
                history.record_id,
                history.property_id,
                sa.literal(0, BIG),
                history.object_id,
                history.old,
                history.new,
                sa.null(),
                self._outcome(),
            )
            .where(window, plain)
            .order_by(history.id)
        )
        added += self._compared(window, compared) if compared else 0
        number = int(scalar(sa.select(sa.func.count()).select_from(HISTORY).where(window)))
        if added < number:
            self._renew(window, high)
        return added < number

    def _properties(self) -> Iterable[PropertyDef]:
        return (prop for object in self._model.objects for prop in object.properties)

    def _compared(self, window: sa.ColumnElement[bool], props: dict[int, PropertyDef]) -> int:
        """Values that are kept in a second, compared form, which their kind works out."""
        history = HISTORY.c
        found = rows(
            sa.select(
                history.object_id, history.record_id, history.property_id, history.old, history.new
            )
            .where(window, history.property_id.in_(props))
            .order_by(history.id)
        )
        firsts: dict[tuple[int, int], tuple[Any, ...]] = {}
        for object_id, record_id, ref, old, new in found:
            firsts.setdefault((record_id, ref), (object_id, old, new))
        there = set()
        if firsts:
            ids = [id for id, _ in firsts]
            known = sa.select(ITEM.c.record_id, ITEM.c.ref_id).where(
                self.items.within(Kind.VALUE, Part(min(ids), max(ids))), ITEM.c.ref_id.in_(props)
            )
            there = set(rows(known))
        new_ones = [
            (
                *(self.items.undo_id, Kind.VALUE, record_id, ref, 0, object_id, old, new),
                *(_normal(props[ref], old), Outcome.REVERSED),
            )
            for (record_id, ref), (object_id, old, new) in firsts.items()
            if (record_id, ref) not in there
        ]
        load(ITEM, COLUMNS, new_ones)
        return len(new_ones)

    def _renew(self, window: sa.ColumnElement[bool], high: int) -> None:
        """Give values of the window that were written twice their last form so far."""
        later = HISTORY.alias("later")
        last = (
            sa.select(later.c.new)
            .where(
                later.c.record_id == ITEM.c.record_id,
                later.c.property_id == ITEM.c.ref_id,
                later.c.change_set_id == self.items.change_set,
                later.c.id <= high,
            )
            .order_by(later.c.id.desc())
            .limit(1)
            .correlate(ITEM)
            .scalar_subquery()
        )
        written = sa.select(HISTORY.c.record_id, HISTORY.c.property_id).where(window)
        execute(
            ITEM.update()
            .values(new=last)
            .where(
                ITEM.c.undo_id == self.items.undo_id,
                ITEM.c.kind == int(Kind.VALUE),
                sa.tuple_(ITEM.c.record_id, ITEM.c.ref_id).in_(written),
            )
        )

    def drop_unchanged(self, part: Part) -> None:
        """Take out values that are in the end what they were at first."""
        same = ITEM.c.old.is_not_distinct_from(ITEM.c.new)
        execute(ITEM.delete().where(self.items.within(Kind.VALUE, part), same))

    def has_opposites(self, added: int, removed: int) -> bool:
        """Whether anything that one kind of item added another took away."""
        one, two = ITEM.alias("one"), ITEM.alias("two")
        both = (
            sa.select(sa.literal(1))
            .select_from(two.join(one, sa.and_(*_same(one, two), one.c.kind == int(added))))
            .where(two.c.undo_id == self.items.undo_id, two.c.kind == int(removed))
            .limit(1)
        )
        return scalar(both) is not None

    def settle_opposites(self, added: int, removed: int, part: Part) -> None:
        """Take out what came and went; what went and came again in the end stays as added."""
        twin = ITEM.alias("twin")
        within = self.items.within(removed, part)
        waits = int(Outcome.WAITS)
        others = sa.exists().where(*_same(twin, ITEM), twin.c.kind == int(added))
        execute(ITEM.update().values(outcome=waits).where(within, others))
        marked = sa.exists().where(
            *_same(twin, ITEM), twin.c.kind == int(removed), twin.c.outcome == waits
        )
        net = self._net() if added == Kind.LINK_ADDED else sa.literal(0)
        execute(ITEM.delete().where(self.items.within(added, part), marked, net <= 0))
        execute(ITEM.delete().where(within, ITEM.c.outcome == waits, net >= 0))
        execute(ITEM.update().values(outcome=int(Outcome.REVERSED)).where(within))

    def _net(self) -> sa.ColumnElement[int]:
        """How often the link of an item was made in the change set, less how often it went."""
        event = EVENT.alias("its")
        return (
            sa.select(sa.func.sum(sa.case(SIGNS, value=event.c.name)))
            .where(
                event.c.change_set_id == self.items.change_set,
                event.c.record_id == ITEM.c.record_id,
                event.c.other_id == ITEM.c.other_id,
                event.c.association_id == ITEM.c.ref_id,
                event.c.name.in_(SIGNS),
            )
            .correlate(ITEM)
            .scalar_subquery()
        )

    def _undo_id(self) -> sa.ColumnElement[int]:
        return sa.literal(self.items.undo_id, BIG)

    @staticmethod
    def _outcome() -> sa.ColumnElement[int]:
        return sa.literal(int(Outcome.REVERSED), SMALL)

    @staticmethod
    def _insert(chosen: sa.Select[Any]) -> int:
        """Insert items that are not there yet; answers how many."""
        dialect = postgresql if vendor() == "postgresql" else sqlite
        insert: Any = dialect.insert(ITEM).from_select(list(COLUMNS), chosen)
        return execute(insert.on_conflict_do_nothing())


def _nothing() -> list[sa.ColumnElement[Any]]:
    """Old, new and compared form of what is no value."""
    return [sa.cast(sa.null(), Text)] * 3


def _same(one: sa.FromClause, two: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    names = ("undo_id", "record_id", "ref_id", "other_id")
    return [one.c[name] == two.c[name] for name in names]


def _normal(prop: PropertyDef, old: str | None) -> str | None:
    """The compared form of a former value."""
    if old is None:
        return None
    normal: str | None = prop.kind.normal(from_text(old, prop.kind.column))
    return normal
