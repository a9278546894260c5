"""The linked records that share their timeline with a record."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tresse.objects.database import rows
from tresse.objects.described import Side
from tresse.records.links import pairs_from, side_key
from tresse.records.timeline.entries import TASK, Entry, Reading
from tresse.records.visibility import visible

MOST_LINKED = 5_000


@dataclass(frozen=True, slots=True)
class Source:
    """A linked record, the relation, and the times of its last activity and its last change."""

    side: Side
    id: int
    active_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sources:
    """Linked records by id, those with the latest activity first; how many there are in all."""

    by_id: dict[int, Source]
    everyone: int


def linked_sources(reading: Reading, linked_by: Container[str] | None) -> Sources:
    """Linked records in sight whose relation shares its timeline, the most being 5,000 (C78).

    Tasks are no sources: they are entries themselves.

    Args:
        reading: Whose timeline, and who looks.
        linked_by: Keys of the sides that have links, if the caller knows; no others are asked.
    """
    model, wanted = reading.model, reading.wanted
    sides = [
        side
        for side in model.sides(reading.object.name)
        if side.association.shares_timeline
        and model.object(side.other).has_activities
        and side.other != TASK
        and wanted.object in {"", side.other}
        and (linked_by is None or side_key(side) in linked_by)
    ]
    if not sides or wanted.origin == "own":
        return Sources({}, 0)
    parts = [_of_side(reading, number, side) for number, side in enumerate(sides)]
    found = sa.union_all(*parts).subquery()
    latest = (found.c.active_at.desc().nulls_last(), found.c.changed_at.desc().nulls_last())
    statement = (
        sa.select(found, sa.func.count().over()).order_by(*latest, found.c.id).limit(MOST_LINKED)
    )
    by_id: dict[int, Source] = {}
    everyone = 0
    for number, id, active_at, changed_at, everyone in rows(statement):  # noqa: B007
        by_id.setdefault(id, Source(sides[number], id, active_at, changed_at))
    # Two relations may link one record: as long as all are read, they are counted one by one.
    return Sources(by_id, everyone if everyone > MOST_LINKED else len(by_id))


def _of_side(reading: Reading, number: int, side: Side) -> sa.Select[tuple[object, ...]]:
    other = reading.model.object(side.other)
    links, table = pairs_from(side), other.table
    return (
        sa.select(
            sa.literal(number, sa.Integer()).label("side"),
            links.c.other.label("id"),
            table.c.last_activity_at.label("active_at"),
            table.c.updated_at.label("changed_at"),
        )
        .join(table, table.c.id == links.c.other)
        .where(links.c.here == reading.id, visible(other, reading.actor, table))
    )


def newest(
    reading: Reading,
    sources: Sources,
    stamp: Callable[[Source], datetime | None],
    read: Callable[[Sequence[int]], list[Entry]],
) -> list[Entry]:
    """The newest entries of linked records, asking no more records than it takes.

    No record has an entry above its stamp. So those with the latest stamps are asked first; when
    the entries found lie above the stamps of all others, these need not be asked.

    Args:
        reading: How many entries are wanted, and below which.
        sources: The linked records.
        stamp: The time of the last entry of a record; None: it has none.
        read: Reads the newest entries of records, newest first.
    """
    stamped = [(at, each.id) for each in sources.by_id.values() if (at := stamp(each)) is not None]
    stamped.sort(reverse=True)
    passed = 0
    if reading.before is not None:
        passed = sum(at >= reading.before[0] for at, _ in stamped)
    first = stamped[: passed + reading.limit]
    left = stamped[passed + reading.limit :]
    found = read([id for _, id in first])
    if left and not (len(found) >= reading.limit and found[-1].at > left[0][0]):
        found = read([id for _, id in stamped])
    return found
