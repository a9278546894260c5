"""Reads of the bin: what is in it, since when, by whom; links over a limit after a restore."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.kernel.clock import now
from tresse.objects.database import rows, scalar
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_full_name
from tresse.records.links import numbers_of, pairs_from
from tresse.records.tables import CHANGE_SET, EVENT
from tresse.records.title import title_of
from tresse.records.visibility import reach

PAGE = 50


@dataclass(frozen=True, slots=True)
class Binned:
    """A record in the bin; `days_left` until it goes for good."""

    id: int
    title: str
    deleted_at: datetime
    user_id: int | None
    days_left: int


def days_left(deleted_at: datetime) -> int:
    """Days until a record goes for good."""
    return max(0, account().bin_days - (now() - deleted_at).days)


def in_bin(object: ObjectDef, actor: Actor) -> sa.ColumnElement[bool]:
    """Records in the bin that the person may see; merged ones are elsewhere."""
    table = object.table
    return sa.and_(
        table.c.deleted_at.is_not(None),
        table.c.merged_into.is_(None),
        reach(object, actor, table),
    )


def binned(
    object: ObjectDef, actor: Actor, *, before: tuple[datetime, int] | None = None
) -> tuple[list[Binned], tuple[datetime, int] | None]:
    """A page of the bin, the newest first; where the next page begins, or None."""
    table = object.table
    where = in_bin(object, actor)
    if before:
        at, id = before
        older = sa.and_(table.c.deleted_at == at, table.c.id < id)
        where = sa.and_(where, sa.or_(table.c.deleted_at < at, older))
    statement = (
        sa.select(table.c.id, title_of(object, table, actor), table.c.deleted_at)
        .where(where)
        .order_by(table.c.deleted_at.desc(), table.c.id.desc())
        .limit(PAGE + 1)
    )
    chosen = rows(statement)
    page = chosen[:PAGE]
    people = _who([id for id, _, _ in page])
    most, at = account().bin_days, now()
    found = [
        Binned(id, title, since, people.get(id), max(0, most - (at - since).days))
        for id, title, since in page
    ]
    last = (page[-1][2], page[-1][0]) if len(chosen) > PAGE else None
    return found, last


def _who(ids: Sequence[int]) -> dict[int, int | None]:
    """Who put records into the bin, last."""
    statement = (
        sa.select(EVENT.c.record_id, CHANGE_SET.c.user_id)
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(EVENT.c.record_id.in_(ids), EVENT.c.name == "record_deleted")
        .order_by(EVENT.c.id)
    )
    return dict(rows(statement))


def number_in_bin(object: ObjectDef, actor: Actor) -> int:
    """How many records of an object type are in the bin, in sight."""
    statement = sa.select(sa.func.count()).select_from(object.table).where(in_bin(object, actor))
    return int(scalar(statement))


def overdue(object: ObjectDef, limit: int) -> list[int]:
    """Records that have been in the bin for longer than it keeps them, the oldest first."""
    table = object.table
    end = now() - timedelta(days=account().bin_days)
    statement = (
        sa.select(table.c.id)
        .where(table.c.deleted_at < end, table.c.merged_into.is_(None))
        .order_by(table.c.deleted_at, table.c.id)
        .limit(limit)
    )
    return [id for (id,) in rows(statement)]


def over_limit(model: DataModel, object: ObjectDef, ids: Sequence[int]) -> list[str]:
    """Relations in which a restored record, or one it is linked to, has more links than allowed.

    Links of records in the bin wait; meanwhile others may have taken their place (C59).
    """
    found = []
    for side in model.sides(object.name):
        back = Side(side.association, forward=not side.forward)
        if side.most is not None:
            numbers = numbers_of(side, ids, model.object(side.other))
            found += [
                f"{shown_full_name(side, object)}: {number} > {side.most} ({id})"
                for id, number in numbers.items()
                if number > side.most
            ]
        if back.most is not None and not side.association.is_symmetric:
            other = model.object(side.other)
            found += [
                f"{shown_full_name(back, other)}: {number} > {back.most} ({id})"
                for id, number in numbers_of(back, _linked(side, ids), object).items()
                if number > back.most
            ]
    return found


def _linked(side: Side, ids: Sequence[int]) -> list[int]:
    links = pairs_from(side)
    statement = sa.select(links.c.other).where(links.c.here.in_(ids)).distinct()
    return [id for (id,) in rows(statement)]
