"""Follows the event rows without missing one: what comes after a position, span by span (C55).

On SQLite, which has one writer, a position is the id of an event. On PostgreSQL it is a
transaction: spans end before the first one that may still be open, and never cut one in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import FirstOpen, Transaction, TransactionNumber
from tresse.objects.database import scalar, vendor
from tresse.objects.described import DataModel
from tresse.records.merge_tables import MERGE, MERGE_LINK, MERGED
from tresse.records.tables import EVENT

BATCH = 20_000
xid: sa.ColumnElement[Any] = sa.literal_column("event.xid")
"The transaction that wrote an event; on PostgreSQL alone."


@dataclass(frozen=True, slots=True)
class Span:
    """Events after one position and up to another (`end` is where the next span begins)."""

    where: sa.ColumnElement[bool]
    end: int


def latest() -> int:
    """The position after everything that is sure to be seen by now."""
    if vendor() == "postgresql":
        return int(scalar(sa.select(FirstOpen())))
    return int(scalar(sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0))))


def after(position: int) -> sa.ColumnElement[bool]:
    """All events from a position on, those of open transactions of one's own too."""
    if vendor() == "postgresql":
        return xid >= Transaction(position)
    return EVENT.c.id > position


def span_after(position: int) -> Span | None:
    """The next events to read, or None if there are none yet."""
    if vendor() == "postgresql":
        return _span_of_transactions(position)
    later = sa.select(EVENT.c.id).where(EVENT.c.id > position).order_by(EVENT.c.id).limit(BATCH)
    end = scalar(sa.select(sa.func.max(later.subquery().c.id)))
    if end is None:
        return None
    return Span(sa.and_(EVENT.c.id > position, EVENT.c.id <= end), int(end))


def _span_of_transactions(position: int) -> Span | None:
    end = latest()
    if end <= position:
        return None
    within = sa.and_(xid >= Transaction(position), xid < Transaction(end))
    found = sa.select(TransactionNumber(xid)).select_from(EVENT).where(within).order_by(xid)
    beyond = scalar(found.offset(BATCH).limit(1))
    if beyond is not None:
        # All of one transaction at least, however long it is.
        first = int(scalar(found.limit(1)))
        end = max(int(beyond), first + 1)
    return Span(sa.and_(xid >= Transaction(position), xid < Transaction(end)), end)


def touched(where: sa.ColumnElement[bool], model: DataModel, object_id: int) -> sa.Select[Any]:
    """Ids of the records of an object type that events are about, of links from both ends."""
    other = [each.id for each in model.associations if model.object(each.to_object).id == object_id]
    own = sa.select(EVENT.c.record_id.label("id")).where(where, EVENT.c.object_id == object_id)
    ends = sa.select(EVENT.c.other_id.label("id")).where(
        where,
        EVENT.c.other_id.is_not(None),
        sa.or_(
            EVENT.c.association_id.in_(other),
            # Of a merge both records are of one object.
            sa.and_(EVENT.c.association_id.is_(None), EVENT.c.object_id == object_id),
        ),
    )
    return sa.select(sa.union_all(own, ends, *_merged(where)).subquery().c.id)


def _merged(where: sa.ColumnElement[bool]) -> Iterator[sa.Select[Any]]:
    """Ids of the records that merges took in or gave back, and of those that lost links by them.

    Both events name the survivor alone; the journal of the merge knows the others.
    """
    told = sa.and_(where, EVENT.c.name.in_(("record_merged", "record_unmerged")))
    same = EVENT.c.change_set_id.in_((MERGE.c.change_set_id, MERGE.c.undone_by))
    merges = EVENT.join(MERGE, sa.and_(EVENT.c.record_id == MERGE.c.survivor_id, same))
    yield (
        sa.select(MERGED.c.record_id.label("id"))
        .select_from(merges.join(MERGED, MERGED.c.merge_id == MERGE.c.id))
        .where(told)
    )
    lost = merges.join(
        MERGE_LINK,
        sa.and_(MERGE_LINK.c.merge_id == MERGE.c.id, MERGE_LINK.c.sort.in_(("others", "dropped"))),
    )
    for end in (MERGE_LINK.c.from_id, MERGE_LINK.c.to_id):
        yield sa.select(end.label("id")).select_from(lost).where(told)
