"""The records of a bulk edit: staged once, then settled range by range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import execute, first, rows, scalar, vendor
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.bulk import reasons
from tresse.records.bulk_tables import BULK_ITEM
from tresse.records.selection import Selection, chosen
from tresse.records.visibility import reach

Case = tuple[sa.ColumnElement[bool], Any]


@dataclass(frozen=True)
class Items:
    """The items of one bulk edit over the records of one object type."""

    bulk_id: int
    object: ObjectDef
    actor: Actor

    def within(self, low: int, high: int) -> sa.ColumnElement[bool]:
        """The items of a range of record ids."""
        item = BULK_ITEM
        return sa.and_(item.c.bulk_id == self.bulk_id, item.c.record_id.between(low, high))

    def changing(self, low: int, high: int) -> sa.ColumnElement[bool]:
        """The items of a range that will change, joined with their records."""
        return sa.and_(
            self.within(low, high),
            BULK_ITEM.c.reason == reasons.CHANGES,
            self.object.table.c.id == BULK_ITEM.c.record_id,
        )

    def stage(self, selection: Selection, model: DataModel, *, after: int, size: int) -> int | None:
        """Put the next records of a selection beside the others; answers the last id, or None."""
        table = self.object.table
        where = sa.and_(chosen(selection, model, self.object, self.actor), table.c.id > after)
        next_ids = sa.select(table.c.id).where(where).order_by(table.c.id).limit(size)
        high = scalar(sa.select(sa.func.max(next_ids.subquery().c.id)))
        if high is None:
            return None
        found = sa.select(sa.literal(self.bulk_id, sa.BigInteger()), table.c.id).where(
            where, table.c.id <= high
        )
        execute(BULK_ITEM.insert().from_select(["bulk_id", "record_id"], found))
        return int(high)

    def number(self) -> int:
        """How many items are staged."""
        item = BULK_ITEM
        count = sa.select(sa.func.count()).where(item.c.bulk_id == self.bulk_id)
        return int(scalar(count))

    def next_range(self, size: int) -> tuple[int, int] | None:
        """The first and last id of the next waiting items; None when none waits."""
        item = BULK_ITEM
        waiting = (
            sa.select(item.c.record_id)
            .where(item.c.bulk_id == self.bulk_id, item.c.reason.is_(None))
            .order_by(item.c.record_id)
            .limit(size)
            .subquery()
        )
        bounds = sa.select(sa.func.min(waiting.c.record_id), sa.func.max(waiting.c.record_id))
        low, high = first(bounds) or (None, None)
        return None if low is None else (int(low), int(high))

    def lock(self, low: int, high: int) -> None:
        """Lock the records of a range in the order of their ids (SQLite has one writer anyway)."""
        if vendor() != "postgresql":
            return
        table = self.object.table
        rows(
            sa.select(table.c.id)
            .where(table.c.id == BULK_ITEM.c.record_id, self.within(low, high))
            .order_by(table.c.id)
            .with_for_update(key_share=True, of=table)
        )

    def basic(self, *actions: str) -> list[Case]:
        """Cases that hold for every act: gone, in the bin, out of sight, out of reach."""
        table, actor = self.object.table, self.actor
        reached = sa.and_(*(reach(self.object, actor, table, action) for action in actions))
        return [
            (table.c.deleted_at.is_not(None), reasons.IN_BIN),
            (_fails(reach(self.object, actor, table)), reasons.NOT_FOUND),
            (_fails(reached), reasons.NOT_PERMITTED),
        ]

    def settle(self, low: int, high: int, cases: Sequence[Case]) -> None:
        """Give each item of a range the reason of the first case that holds, else `CHANGES`."""
        table, item = self.object.table, BULK_ITEM
        big = sa.BigInteger()
        whens = [
            (condition, sa.literal(reason, big) if isinstance(reason, int) else reason)
            for condition, reason in cases
        ]
        found = (
            sa.select(sa.case(*whens, else_=sa.literal(reasons.CHANGES, big)))
            .where(table.c.id == item.c.record_id)
            .correlate(item)
            .scalar_subquery()
        )
        gone = sa.literal(reasons.NOT_FOUND, big)
        execute(
            item.update()
            .values(reason=sa.func.coalesce(found, gone))
            .where(self.within(low, high), item.c.reason.is_(None))
        )

    def ids(self, low: int, high: int) -> list[int]:
        """The records of a range that will change."""
        item = BULK_ITEM
        statement = (
            sa.select(item.c.record_id)
            .where(self.within(low, high), item.c.reason == reasons.CHANGES)
            .order_by(item.c.record_id)
        )
        return [id for (id,) in rows(statement)]

    def refuse(self, refused: Mapping[int, Sequence[int]]) -> None:
        """Give records a reason after all: reason → ids."""
        item = BULK_ITEM
        for reason, ids in refused.items():
            if ids:
                execute(
                    item.update()
                    .values(reason=reason)
                    .where(item.c.bulk_id == self.bulk_id, item.c.record_id.in_(ids))
                )

    def done(self, low: int, high: int) -> tuple[int, int]:
        """Take out the items of a range that are done with; answers how many, and how many stay."""
        item = BULK_ITEM
        within = self.within(low, high)
        gone = execute(item.delete().where(within, item.c.reason <= reasons.DONE))
        kept = sa.select(sa.func.count()).where(within, item.c.reason > reasons.DONE)
        return gone, int(scalar(kept))


def _fails(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Not true: also where it is unknown, as of a record without owner."""
    return sa.case((condition, sa.literal(0)), else_=sa.literal(1)) == 1
