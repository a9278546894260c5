"""How long records stay in the stages of a pipeline, and where they go from there (C51).

From the history rows of `stage`: a stay lasts from one change to the next, the first one from the
record's creation. Stays under one hour are left out, as if the record had never been there. Lengths
are counted by whole hours, so that one statement gives few rows however many records there are.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import SecondsBetween
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PipelineDef
from tresse.records.lists import RowNumber
from tresse.records.tables import CHANGE_SET, HISTORY

SHORTEST_SECONDS = 3_599.99
"An hour, less what is lost when instants become fractions of days."
HOUR_SECONDS = 3_600


class Lead(sa.sql.functions.GenericFunction[Any]):
    """A value of the next row in its window; alike on every engine."""

    inherit_cache = True
    name = "lead"


@dataclass(frozen=True, slots=True)
class Stay:
    """Of one stage: ended stays, their median in days, and where records went from it."""

    stage_id: int
    left: int
    median_days: float | None
    forward: int
    "How many went on to a later open stage or were won (or closed)."
    lost: int
    back: int

    @property
    def forward_share(self) -> float | None:
        """The share of those who left the stage that went on."""
        return self.forward / self.left if self.left else None


def stays_of(object: ObjectDef, pipeline: PipelineDef, where: sa.ColumnElement[bool]) -> list[Stay]:
    """The stays of the records of a pipeline that a condition means, by stage in order."""
    stays = _stays(object, pipeline, where).subquery()
    # To the nearest hour; a whole number divided by a whole number is one everywhere.
    whole = sa.cast(stays.c.seconds, sa.BigInteger())
    hours = (whole + HOUR_SECONDS // 2) // HOUR_SECONDS
    statement = (
        sa.select(stays.c.stage, stays.c.next, hours, sa.func.count())
        .where(stays.c.next.is_not(None))
        .group_by(stays.c.stage, stays.c.next, hours)
    )
    moves: dict[int, Counter[int]] = {}
    lengths: dict[int, Counter[int]] = {}
    for stage, following, length, number in rows(statement):
        moves.setdefault(stage, Counter())[following] += number
        lengths.setdefault(stage, Counter())[length] += number
    return [
        _stay(pipeline, stage.id, moves.get(stage.id, Counter()), lengths.get(stage.id))
        for stage in pipeline.stages
    ]


def _stays(
    object: ObjectDef, pipeline: PipelineDef, where: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    """Rows `record_id, stage, seconds, next`: long stays, each with the stage of the next one."""
    table, prop = object.table, object.property("stage")
    big = sa.BigInteger()
    chosen = sa.select(table.c.id, table.c.created_at).where(
        where, table.c[object.property("pipeline").column] == pipeline.id
    )
    records = chosen.cte("records")
    changes = (
        sa.select(
            HISTORY.c.record_id,
            HISTORY.c.id.label("change"),
            sa.cast(HISTORY.c.old, big).label("old"),
            sa.cast(HISTORY.c.new, big).label("new"),
            CHANGE_SET.c.at,
            records.c.created_at,
        )
        .select_from(
            records.join(
                HISTORY,
                sa.and_(HISTORY.c.record_id == records.c.id, HISTORY.c.property_id == prop.id),
            ).join(CHANGE_SET, CHANGE_SET.c.id == HISTORY.c.change_set_id)
        )
        .cte("changes")
    )
    later = sa.select(
        changes.c.record_id,
        changes.c.change,
        changes.c.new.label("stage"),
        changes.c.at.label("since"),
        Lead(changes.c.at)
        .over(partition_by=changes.c.record_id, order_by=changes.c.change)
        .label("until"),
    )
    rank = RowNumber().over(partition_by=changes.c.record_id, order_by=changes.c.change)
    numbered = sa.select(changes, rank.label("rank")).subquery()
    earliest = sa.select(
        numbered.c.record_id,
        sa.literal(0, big),
        numbered.c.old,
        numbered.c.created_at,
        numbered.c.at,
    ).where(numbered.c.rank == 1)
    every = sa.union_all(later, earliest).subquery()
    seconds = SecondsBetween(every.c.until, every.c.since)
    is_long = sa.or_(every.c.until.is_(None), seconds >= SHORTEST_SECONDS)
    long = (
        sa.select(every.c.record_id, every.c.change, every.c.stage, seconds.label("seconds"))
        .where(is_long, every.c.stage.is_not(None))
        .subquery()
    )
    following = Lead(long.c.stage).over(partition_by=long.c.record_id, order_by=long.c.change)
    return sa.select(
        long.c.record_id, long.c.stage, long.c.seconds, sa.type_coerce(following, big).label("next")
    )


def _median(lengths: Counter[int]) -> float:
    """The middle one of counted lengths, or the mean of the two in the middle."""
    number = lengths.total()
    low, high, seen = -1, -1, 0
    for length in sorted(lengths):
        seen += lengths[length]
        if low < 0 and 2 * seen >= number:
            low = length
        if 2 * seen >= number + 1 and high < 0:
            high = length
            break
    return (low + high) / 2


def _stay(
    pipeline: PipelineDef, stage_id: int, moves: Counter[int], lengths: Counter[int] | None
) -> Stay:
    places = {each.id: place for place, each in enumerate(pipeline.stages)}
    kinds = {each.id: each.kind for each in pipeline.stages}
    forward = lost = back = 0
    for to, number in moves.items():
        if kinds.get(to) == "lost":
            lost += number
        elif places.get(to, 0) > places[stage_id]:
            forward += number
        else:
            back += number
    days = _median(lengths) / 24 if lengths else None
    return Stay(stage_id, sum(moves.values()), days, forward, lost, back)
