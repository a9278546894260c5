"""Tasks as their page shows them: by when they are due, with the records they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from django.utils import timezone

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.objects.database import mappings, rows, scalar
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.links import pairs_from
from tresse.records.title import title_of
from tresse.records.visibility import visible

TASK = "task"
SCOPES = ("mine", "team", "all")
OPEN_PERIODS = ("overdue", "today", "upcoming", "undated")
PERIODS = (*OPEN_PERIODS, "done")
SHOWN = 100
ABOUT_SHOWN = 3
READ = ("type", "due_at", "reminder_at", "priority", "owner", "done_at")


@dataclass(frozen=True, slots=True)
class About:
    """A record that a task is about."""

    object: ObjectDef
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task; `values` by property name, those the person may not read left out."""

    id: int
    title: str
    values: Mapping[str, Any]
    about: tuple[About, ...]


def tasks(
    model: DataModel, actor: Actor, *, scope: str = "mine", period: str, limit: int = SHOWN
) -> list[Task]:
    """Tasks of a period, those due first first; done ones, those done last first.

    Args:
        model: The data model.
        actor: Who looks; days are those of the active time zone.
        scope: One of `SCOPES`: my own, those of people who share a team with me, all in sight.
        period: One of `PERIODS`.
        limit: The most to read.
    """
    task = model.object(TASK)
    table = task.table
    read = [name for name in READ if actor.access(TASK, name) != "none"]
    columns = [table.c[task.property(name).column].label(name) for name in read]
    due = table.c[task.property("due_at").column]
    done = table.c[task.property("done_at").column]
    order = done.desc().nulls_last() if period == "done" else due.asc().nulls_last()
    statement = (
        sa.select(table.c.id, title_of(task, table, actor).label("title"), *columns)
        .where(*_within(task, actor, scope), _in_period(task, period))
        .order_by(order, table.c.id)
        .limit(limit)
    )
    found = mappings(statement)
    about = _about(model, [row["id"] for row in found], actor)
    return [
        Task(row["id"], row["title"], {name: row[name] for name in read}, about.get(row["id"], ()))
        for row in found
    ]


def numbers(model: DataModel, actor: Actor, *, scope: str = "mine") -> dict[str, int]:
    """How many open tasks there are in each period but `done`, in one query."""
    task = model.object(TASK)
    counted: list[sa.ColumnElement[Any]] = [
        sa.func.count(sa.case((_in_period(task, period), 1))).label(period)
        for period in OPEN_PERIODS
    ]
    statement = sa.select(*counted).where(*_within(task, actor, scope), _is_open(task))
    [found] = mappings(statement)
    return found


def due_number(model: DataModel, actor: Actor) -> int:
    """How many of the person's own open tasks are overdue or due today."""
    task = model.object(TASK)
    if task.is_archived or actor.user_id is None or actor.scope(TASK, "view") == "none":
        return 0
    due = sa.or_(_in_period(task, "overdue"), _in_period(task, "today"))
    statement = sa.select(sa.func.count()).select_from(task.table)
    return int(scalar(statement.where(*_within(task, actor, "mine"), due)))


def midnight(*, days: int = 0) -> datetime:
    """When a day of the active time zone begins: today, or so many days ahead."""
    day = timezone.localtime(now()).date() + timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def _within(task: ObjectDef, actor: Actor, scope: str) -> list[sa.ColumnElement[bool]]:
    table = task.table
    seen = [visible(task, actor, table)]
    if scope == "mine":
        seen.append(table.c.owner == (actor.user_id or 0))
    elif scope == "team":
        seen.append(table.c.owner.in_(sorted(actor.team_mates)))
    return seen


def _is_open(task: ObjectDef) -> sa.ColumnElement[bool]:
    status = task.table.c[task.property("status").column]
    return sa.or_(status.is_(None), status != "done")


def _in_period(task: ObjectDef, period: str) -> sa.ColumnElement[bool]:
    """Tasks of a period; one is overdue from its very time on, so today's may be."""
    table = task.table
    due = table.c[task.property("due_at").column]
    if period == "done":
        return table.c[task.property("status").column] == "done"
    when = {
        "overdue": due < now(),
        "today": sa.and_(due >= now(), due < midnight(days=1)),
        "upcoming": sa.and_(due >= now(), due >= midnight(days=1)),
        "undated": due.is_(None),
    }[period]
    return sa.and_(_is_open(task), when)


def _about(model: DataModel, ids: Sequence[int], actor: Actor) -> dict[int, tuple[About, ...]]:
    """The first records in sight that tasks are about, in one query."""
    if not ids:
        return {}
    parts = []
    for side in model.sides(TASK):
        other = model.object(side.other)
        if other.is_archived or actor.scope(other.name, "view") == "none":
            continue
        links, table = pairs_from(side), other.table
        parts.append(
            sa.select(
                links.c.here,
                sa.literal(other.id, sa.Integer()).label("object"),
                links.c.other,
                title_of(other, table, actor).label("title"),
            )
            .join(table, table.c.id == links.c.other)
            .where(links.c.here.in_(ids), visible(other, actor, table))
        )
    found: dict[int, tuple[About, ...]] = {}
    for here, object, id, title in sorted(rows(sa.union_all(*parts))) if parts else ():
        so_far = found.get(here, ())
        if len(so_far) < ABOUT_SHOWN:
            found[here] = (*so_far, About(model.object_by_id(object), id, title))
    return found
