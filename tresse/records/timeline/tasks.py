"""Linked tasks on a timeline: when they were made, when they were due, when they were done."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import Folded
from tresse.kernel.clock import now
from tresse.kernel.text import folded
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, Side
from tresse.records.links import pairs_from
from tresse.records.tables import CHANGE_SET, EVENT
from tresse.records.timeline.entries import TASK, Entry, Reading
from tresse.records.title import title_of
from tresse.records.visibility import visible

PHASES = ("created", "due", "done")


def task_entries(reading: Reading) -> list[Entry]:
    """Up to three entries of each linked task in sight, newest first; at most `reading.limit`."""
    wanted, model = reading.wanted, reading.model
    if not (wanted.has(TASK) and wanted.has_own):
        return []
    sides = [
        side
        for side in model.sides(reading.object.name)
        if side.other == TASK and side.association.shares_timeline
    ]
    task = model.object(TASK)
    if not sides or task.is_archived or reading.actor.scope(TASK, "view") == "none":
        return []
    moments = [_moments(reading, task, side) for side in sides]
    found = sa.union_all(*(each for part in moments for each in part)).subquery()
    statement = (
        sa.select(found)
        .where(reading.below("t", found.c.at, found.c.key), wanted.within(found.c.at))
        .order_by(found.c.at.desc(), found.c.key.desc())
        .limit(reading.limit)
    )
    entries = [_entry(*row) for row in rows(statement)]
    _name_finishers(entries)
    return entries


def _moments(reading: Reading, task: ObjectDef, side: Side) -> list[sa.Select[Any]]:
    links, table = pairs_from(side), task.table
    column = {name: table.c[task.property(name).column] for name in ("due_at", "done_at", "status")}
    is_done = sa.and_(column["status"] == "done", column["done_at"].is_not(None))
    conditions = [links.c.here == reading.id, visible(task, reading.actor, table)]
    conditions += [
        Folded(title_of(task, table, reading.actor)).contains(folded(word), autoescape=True)
        for word in reading.wanted.words.split()
    ]
    times: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (table.c.created_at, _by(reading, table.c.created_by)),
        (
            column["due_at"],
            (
                sa.false() if reading.wanted.author else sa.true(),
                column["due_at"] <= now(),
                sa.or_(
                    sa.not_(sa.func.coalesce(is_done, sa.false())),
                    column["done_at"] > column["due_at"],
                ),
            ),
        ),
        (column["done_at"], (is_done, *_finished_by(reading, table))),
    )
    return [
        sa.select(
            at.label("at"),
            (table.c.id * len(PHASES) + number).label("key"),
            table.c.id.label("task"),
            title_of(task, table, reading.actor).label("title"),
            table.c.created_by.label("author"),
            table.c.created_source.label("source"),
            column["due_at"].label("due_at"),
            sa.case((is_done, sa.true()), else_=sa.false()).label("is_done"),
        )
        .join(table, table.c.id == links.c.other)
        .where(*conditions, *more)
        for number, (at, more) in enumerate(times)
    ]


def _by(reading: Reading, column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
    return (column == reading.wanted.author,) if reading.wanted.author else ()


def _finished_by(reading: Reading, table: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    if not reading.wanted.author:
        return ()
    return (
        sa.exists()
        .where(
            EVENT.c.record_id == table.c.id,
            EVENT.c.name == "task_completed",
            CHANGE_SET.c.id == EVENT.c.change_set_id,
            CHANGE_SET.c.user_id == reading.wanted.author,
        )
        .correlate(table),
    )


def _entry(
    at: datetime,
    key: int,
    task: int,
    title: str,
    author: int | None,
    source: str,
    due_at: datetime | None,
    is_done: bool,
) -> Entry:
    phase = PHASES[key % len(PHASES)]
    fields = {"task": task, "title": title, "phase": phase, "due_at": due_at, "is_done": is_done}
    entry = Entry(at, TASK, (at, "t", key), fields=fields)
    if phase == "created":
        entry.author_id, entry.source = author, source
    return entry


def _name_finishers(entries: list[Entry]) -> None:
    done = {each.fields["task"]: each for each in entries if each.fields["phase"] == "done"}
    statement = (
        sa.select(EVENT.c.record_id, CHANGE_SET.c.user_id, CHANGE_SET.c.source)
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(EVENT.c.record_id.in_(done), EVENT.c.name == "task_completed")
        .order_by(EVENT.c.id)
    )
    for task, user, source in rows(statement) if done else ():
        done[task].author_id, done[task].source = user, source
