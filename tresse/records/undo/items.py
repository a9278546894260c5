"""The items of an undo: walked through, counted, listed (`staging` puts them together)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.objects.database import execute, first, load, mappings, rows, scalar
from tresse.objects.described import AssociationDef, DataModel
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.undo.outcomes import Kind, Outcome

COLUMNS = (
    "undo_id",
    "kind",
    "record_id",
    "ref_id",
    "other_id",
    "object_id",
    "old",
    "new",
    "normal",
    "outcome",
)
ITEM = UNDO_ITEM
LAST = 2**62
"Beyond every id."
WHOLE = (Kind.VALUE, Kind.CREATED, Kind.DELETED)
"Kinds whose items of one record are taken back at once."

Key = tuple[int, int, int]
"Place of an item among those of its kind: record, property or association, other record."
FIRST_KEY: Key = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """Items of the records from `low` to `high`; only those after and up to a place, if given."""

    low: int
    high: int
    after: Key | None = None
    end: Key | None = None


@dataclass(frozen=True)
class Items:
    """The items of one undo."""

    undo_id: int
    change_set: int
    model: DataModel
    _refs: dict[int, list[tuple[int, int]]] = field(default_factory=dict, compare=False)

    def within(self, kind: int, part: Part) -> sa.ColumnElement[bool]:
        """The items of a kind in a part."""
        item = UNDO_ITEM
        conditions = [
            item.c.undo_id == self.undo_id,
            item.c.kind == kind,
            item.c.record_id.between(part.low, part.high),
        ]
        if part.after is not None:
            conditions.append(_is_after(part.after))
        if part.end is not None:
            conditions.append(~_is_after(part.end))
        return sa.and_(*conditions)

    def next_part(self, kind: int, after: Key, size: int) -> tuple[Part, Key] | None:
        """The next items of a kind, and the place of the last; None when there are no more.

        All items of a record are in one part where it is written as a whole; of links to it there
        may be a million.
        """
        item = UNDO_ITEM
        later = (
            sa.select(item.c.record_id, item.c.ref_id, item.c.other_id)
            .where(
                item.c.undo_id == self.undo_id,
                item.c.kind == kind,
                item.c.record_id >= after[0],
                _is_after(after),
            )
            .order_by(item.c.record_id, item.c.ref_id, item.c.other_id)
        )
        begin = first(later.limit(1))
        if begin is None:
            return None
        end = first(later.offset(size - 1).limit(1))
        if end is None:
            down = (item.c.record_id.desc(), item.c.ref_id.desc(), item.c.other_id.desc())
            end = first(later.order_by(None).order_by(*down).limit(1)) or begin
        low, high = int(begin[0]), int(end[0])
        if kind in WHOLE:
            return Part(low, high), (high, LAST, LAST)
        place = (high, int(end[1]), int(end[2]))
        return Part(low, high, after, place), place

    def refs(self, kind: int) -> list[tuple[int, int]]:
        """Object id and property or association id of the items of a kind, each pair once.

        Asked once everything is staged; remembered.
        """
        if kind in self._refs:
            return self._refs[kind]
        item = UNDO_ITEM
        statement = (
            sa.select(item.c.object_id, item.c.ref_id)
            .where(item.c.undo_id == self.undo_id, item.c.kind == kind)
            .distinct()
            .order_by(item.c.object_id, item.c.ref_id)
        )
        self._refs[kind] = [(object_id, ref) for object_id, ref in rows(statement)]
        return self._refs[kind]

    def forget(self, *kinds: int) -> None:
        """Take out the items of some kinds."""
        execute(ITEM.delete().where(ITEM.c.undo_id == self.undo_id, ITEM.c.kind.in_(kinds)))

    def forget_within(self, kind: int, part: Part) -> None:
        """Take out the items of a kind in a part."""
        execute(ITEM.delete().where(self.within(kind, part)))

    def number(self) -> int:
        """How many items there are."""
        counted = sa.select(sa.func.count()).where(ITEM.c.undo_id == self.undo_id)
        return int(scalar(counted))

    def add(self, added: Iterable[tuple[int, int, int, str]]) -> None:
        """Add definitions as items: kind, object id, property id, option name."""
        load(
            UNDO_ITEM,
            COLUMNS,
            [
                (self.undo_id, kind, number, ref, 0, object_id, None, name, None, Outcome.WAITS)
                for number, (kind, object_id, ref, name) in enumerate(added, 1)
            ],
        )

    def counts(self) -> dict[tuple[int, int, bool], int]:
        """(Kind, outcome, whether a primary mark) → how many items.

        A link label that goes with its link is none.
        """
        item = UNDO_ITEM
        marks = [each.id for each in self.model.associations if each.is_primary]
        is_mark = sa.and_(item.c.ref_id.in_(marks), item.c.other_id != 0)
        parts = (item.c.kind, item.c.outcome, sa.case((is_mark, 1), else_=0))
        statement = (
            sa.select(*parts, sa.func.count())
            .where(item.c.undo_id == self.undo_id)
            .group_by(*parts)
        )
        found = {(kind, outcome, bool(mark)): n for kind, outcome, mark, n in rows(statement)}
        for kind, outcome, mark, number in rows(statement.where(self._goes_along())):
            found[kind, outcome, bool(mark)] -= number
        return {key: number for key, number in found.items() if number}

    def _goes_along(self) -> sa.ColumnElement[bool]:
        """Whether an item is a link label whose link has the same outcome: then they are one."""
        parents = {
            each.id: self.model.association(each.parent)
            for each in self.model.associations
            if each.parent
        }
        if not parents:
            return sa.false()
        link = ITEM.alias("its_link")
        kinds = {int(Kind.LINK_ADDED): int(Kind.LINK_ADDED)}
        kinds[int(Kind.LABEL_REMOVED)] = int(Kind.LINK_REMOVED)
        turned = [id for id, parent in parents.items() if parent.is_symmetric]
        same = self._its_link(link, parents, kinds, link.c.record_id, link.c.other_id)
        found: sa.ColumnElement[bool] = sa.exists().where(*same)
        if turned:
            other = ITEM.alias("its_link_turned")
            back = self._its_link(other, parents, kinds, other.c.other_id, other.c.record_id)
            found = sa.or_(found, sa.and_(ITEM.c.ref_id.in_(turned), sa.exists().where(*back)))
        return sa.and_(ITEM.c.kind.in_(kinds), ITEM.c.ref_id.in_(parents), found)

    def _its_link(
        self,
        link: sa.FromClause,
        parents: Mapping[int, AssociationDef],
        kinds: Mapping[int, int],
        one: sa.ColumnElement[Any],
        two: sa.ColumnElement[Any],
    ) -> list[sa.ColumnElement[bool]]:
        ids = {label: parent.id for label, parent in parents.items()}
        return [
            link.c.undo_id == self.undo_id,
            link.c.kind == sa.case(kinds, value=ITEM.c.kind),
            one == ITEM.c.record_id,
            two == ITEM.c.other_id,
            link.c.ref_id == sa.case(ids, value=ITEM.c.ref_id),
            link.c.outcome == ITEM.c.outcome,
        ]

    def listed(self, low: int, high: int, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Items whose outcome lies between two, batch by batch in their order."""
        item, key, left = UNDO_ITEM, (0, 0, 0, 0), limit
        place = sa.tuple_(item.c.kind, item.c.record_id, item.c.ref_id, item.c.other_id)
        while left is None or left > 0:
            statement = (
                sa.select(
                    item.c.kind,
                    item.c.record_id,
                    item.c.ref_id,
                    item.c.other_id,
                    item.c.object_id,
                    item.c.old,
                    item.c.new,
                    item.c.outcome,
                )
                .where(
                    item.c.undo_id == self.undo_id,
                    item.c.outcome.between(low, high),
                    ~self._goes_along(),
                    place > sa.tuple_(*map(sa.literal, key)),
                )
                .order_by(item.c.kind, item.c.record_id, item.c.ref_id, item.c.other_id)
                .limit(min(2_000, left or 2_000))
            )
            found: Sequence[dict[str, Any]] = mappings(statement)
            yield from found
            if not found:
                return
            last = found[-1]
            key = (last["kind"], last["record_id"], last["ref_id"], last["other_id"])
            if left is not None:
                left -= len(found)


def _is_after(key: Key) -> sa.ColumnElement[bool]:
    """Whether an item comes after a place."""
    place = sa.tuple_(ITEM.c.record_id, ITEM.c.ref_id, ITEM.c.other_id)
    return place > sa.tuple_(*(sa.literal(each, sa.BigInteger()) for each in key))
