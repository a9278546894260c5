"""Activities in a merge: moved to the survivor as sets, and moved back (C62, C64)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tresse.objects.database import execute
from tresse.objects.described import ObjectDef
from tresse.records.merge_tables import MERGE_ACTIVITY
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD

JOURNAL = ("merge_id", "sort", "activity_id", "record_id")
ABOUT = ("record_id", "at", "activity_id", "object_id")


def move_activities(object: ObjectDef, *, merge: int, survivor: int, others: Sequence[int]) -> None:
    """Make the activities about the others be about the survivor, each once."""
    about, own = ACTIVITY_RECORD, ACTIVITY_RECORD.alias("own")
    theirs = about.c.record_id.in_(others)
    line: list[Any] = [
        sa.literal(merge),
        sa.literal("others"),
        about.c.activity_id,
        about.c.record_id,
    ]
    execute(MERGE_ACTIVITY.insert().from_select(list(JOURNAL), sa.select(*line).where(theirs)))
    is_own = sa.exists().where(
        own.c.record_id == survivor,
        own.c.at == about.c.at,
        own.c.activity_id == about.c.activity_id,
    )
    made: list[Any] = [
        sa.literal(merge),
        sa.literal("made"),
        about.c.activity_id,
        sa.literal(survivor),
    ]
    execute(
        MERGE_ACTIVITY.insert().from_select(
            list(JOURNAL), sa.select(*made).where(theirs, ~is_own).distinct()
        )
    )
    execute(about.delete().where(theirs))
    _put_back(object, merge, "made", [survivor])


def take_activities_back(
    object: ObjectDef, *, merge: int, survivor: int, others: Sequence[int]
) -> None:
    """Make activities be about the records they were about; those deleted since stay so."""
    kept, about = MERGE_ACTIVITY, ACTIVITY_RECORD
    made = sa.select(kept.c.activity_id).where(kept.c.merge_id == merge, kept.c.sort == "made")
    execute(about.delete().where(about.c.record_id == survivor, about.c.activity_id.in_(made)))
    _put_back(object, merge, "others", [survivor, *others])


def _put_back(object: ObjectDef, merge: int, sort: str, counted: Sequence[int]) -> None:
    kept, about = MERGE_ACTIVITY, ACTIVITY_RECORD
    statement = (
        sa.select(kept.c.record_id, ACTIVITY.c.at, ACTIVITY.c.id, sa.literal(object.id))
        .join_from(kept, ACTIVITY, ACTIVITY.c.id == kept.c.activity_id)
        .where(kept.c.merge_id == merge, kept.c.sort == sort, ACTIVITY.c.deleted_at.is_(None))
    )
    execute(about.insert().from_select(list(ABOUT), statement))
    table = object.table
    mine = about.c.record_id == table.c.id
    last = sa.select(sa.func.max(about.c.at)).where(mine).correlate(table).scalar_subquery()
    number = sa.select(sa.func.count()).where(mine).correlate(table).scalar_subquery()
    execute(
        table.update()
        .where(table.c.id.in_(counted))
        .values(last_activity_at=last, activity_count=number)
    )
