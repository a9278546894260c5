"""Writes who is in a watched segment: set differences between what is stored and its filter."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.kernel.clock import now
from tresse.objects.database import execute, load, rows
from tresse.records.links import pairs_from
from tresse.records.tables import EVENT
from tresse.segments.bases import sort_of
from tresse.segments.membership import Chain, Meaning, Moved
from tresse.segments.models import Segment
from tresse.segments.tables import SEGMENT_MEMBER, TOUCHED

CHUNK = 5_000
ENTERED, LEFT = "segment_entered", "segment_left"
M = SEGMENT_MEMBER.c


def differences(meaning: Meaning, some: sa.FromClause | None = None) -> list[Moved]:
    """Records whose stored membership is not what the filter says now.

    Args:
        meaning: The segment.
        some: Rows `record_id`, `change_set_id`: only these records. None: all, with change set 0.

    Returns:
        By record id; those that leave come first.
    """
    table, segment_id = meaning.object.table, meaning.segment.pk
    now_in = sa.and_(table.c.deleted_at.is_(None), meaning.where())
    stored = sa.exists().where(
        M.segment_id == segment_id, M.left_at.is_(None), M.record_id == table.c.id
    )
    fits = sa.exists(sa.select(table.c.id).where(table.c.id == M.record_id, now_in))
    mine = sa.and_(M.segment_id == segment_id, M.left_at.is_(None))
    if some is None:
        cause: sa.ColumnElement[Any] = sa.literal(0)
        entering = sa.select(table.c.id, cause, sa.true())
        leaving = sa.select(M.record_id, cause, sa.false())
    else:
        cause = some.c.change_set_id
        entering = sa.select(table.c.id, cause, sa.true()).join(
            some, some.c.record_id == table.c.id
        )
        leaving = sa.select(M.record_id, cause, sa.false()).join(
            some, some.c.record_id == M.record_id
        )
    entering = entering.where(now_in, sa.not_(stored.correlate(table)))
    leaving = leaving.where(mine, sa.not_(fits.correlate(SEGMENT_MEMBER)))
    found = [Moved(*row) for row in rows(sa.union_all(leaving, entering))]
    return sorted(found, key=lambda each: (each.is_in, each.record_id))


def touched_by(meaning: Meaning) -> sa.Subquery:
    """Records of the base that the staged batch may have moved: `record_id`, `change_set_id`."""
    parts = [_reached(meaning, chain) for chain in sorted(meaning.chains, key=len)]
    both = (sa.union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
    record_id, change_set_id = both.c
    return (
        sa.select(record_id.label("record_id"), sa.func.max(change_set_id).label("change_set_id"))
        .group_by(record_id)
        .subquery("touched")
    )


def _reached(meaning: Meaning, chain: Chain) -> sa.Select[Any]:
    """Records of the base from which a touched record can be reached over a chain of relations."""
    object = meaning.object if not chain else meaning.model.object(chain[-1].other)
    here = sa.and_(TOUCHED.c.object_id == object.id)
    if not chain:
        return sa.select(TOUCHED.c.record_id, TOUCHED.c.change_set_id).where(here)
    steps = [pairs_from(side) for side in chain]
    source: sa.FromClause = TOUCHED.join(steps[-1], steps[-1].c.other == TOUCHED.c.record_id)
    for nearer, further in zip(reversed(steps[:-1]), reversed(steps[1:]), strict=True):
        source = source.join(nearer, nearer.c.other == further.c.here)
    return sa.select(steps[0].c.here, TOUCHED.c.change_set_id).select_from(source).where(here)


def write_moves(
    meaning: Meaning, moves: Sequence[Moved], *, cause: str, with_events: bool = True
) -> None:
    """Store moves in their order, with an event each; the transaction holds the members.

    A record may move several times: it then has a stay for each time it was in.
    """
    for run in _runs(moves):
        for start in range(0, len(run), CHUNK):
            _write(meaning, run[start : start + CHUNK], cause=cause, with_events=with_events)


def _runs(moves: Sequence[Moved]) -> Iterable[list[Moved]]:
    """Moves cut where they change direction."""
    run: list[Moved] = []
    for each in moves:
        if run and run[-1].is_in != each.is_in:
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _write(meaning: Meaning, moves: Sequence[Moved], *, cause: str, with_events: bool) -> None:
    at, segment = now(), meaning.segment
    if moves[0].is_in:
        load(
            SEGMENT_MEMBER,
            ("segment_id", "record_id", "entered_at", "cause", "change_set_id"),
            [(segment.pk, each.record_id, at, cause, each.change_set or None) for each in moves],
        )
    else:
        ids = [each.record_id for each in moves]
        execute(
            SEGMENT_MEMBER.update()
            .where(M.segment_id == segment.pk, M.left_at.is_(None), M.record_id.in_(ids))
            .values(left_at=at)
        )
    if not with_events:
        return
    name, data = ENTERED if moves[0].is_in else LEFT, json.dumps({"segment": segment.name})
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id", "data"),
        [(name, each.change_set, meaning.object.id, each.record_id, data) for each in moves],
    )


def fill(meaning: Meaning) -> int:
    """Store everybody who is in a segment now, without events (G56); answers how many."""
    table = meaning.object.table
    found = sa.select(
        sa.literal(meaning.segment.pk),
        table.c.id,
        sa.literal(now(), M.entered_at.type),
        sa.literal("filled"),
    ).where(table.c.deleted_at.is_(None), meaning.where())
    columns = ["segment_id", "record_id", "entered_at", "cause"]
    return execute(SEGMENT_MEMBER.insert().from_select(columns, found))


def empty(segment: Segment) -> None:
    """Forget all stays of a segment."""
    table = sort_of(segment.base)[0].stays
    execute(table.delete().where(table.c.segment_id == segment.pk))
