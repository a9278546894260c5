"""Takes activities off the timelines that a change set put them on, as a part of an undo (T71)."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.engine.constructs import JsonText
from tresse.objects.database import execute, rows
from tresse.objects.described import ObjectDef, data_model
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.changes.activities_at_once import (
    Changed,
    change_activities,
    changed_text,
    counts_of,
    stamped,
)
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.undo.outcomes import Kind, Outcome
from tresse.records.undo.parts import UndoPart

ITEM, A, ABOUT = UNDO_ITEM.c, ACTIVITY.c, ACTIVITY_RECORD.c


def no_refs(data: Iterable[str]) -> Mapping[str, int]:  # noqa: ARG001  the items name the activity
    """Nothing: an item is a record and an activity."""
    return {}


def activity_of(event: sa.FromClause) -> sa.ColumnElement[int]:
    """The activity that an event tells of."""
    return sa.cast(JsonText(event.c.data, sa.literal("activity")), sa.BigInteger())


def judge(kind: int, object: ObjectDef, ref: int, change_set: int) -> sa.ColumnElement[Any]:  # noqa: ARG001
    """What was logged goes and what was changed comes back, unless somebody edited it since."""
    mine = A.id == ITEM.other_id
    if kind == Kind.ACTIVITY_CHANGED:
        there = sa.exists().where(mine, A.deleted_at.is_(None))
        last = sa.exists().where(mine, A.fields.endswith(changed_text(change_set), autoescape=True))
        return sa.case(
            (~there.correlate(UNDO_ITEM), int(Outcome.GONE)),
            (last.correlate(UNDO_ITEM), int(Outcome.REVERSED)),
            else_=int(Outcome.VALUE_EDITED),
        )
    about = sa.exists().where(ABOUT.record_id == ITEM.record_id, ABOUT.activity_id == ITEM.other_id)
    edited = sa.exists().where(mine, A.change_set_id == change_set, A.edited_at.is_not(None))
    return sa.case(
        (~about.correlate(UNDO_ITEM), int(Outcome.GONE)),
        (edited.correlate(UNDO_ITEM), int(Outcome.RECORD_EDITED)),
        else_=int(Outcome.REVERSED),
    )


def reverse(kind: int, chosen: sa.ColumnElement[bool], own: int, at: datetime) -> None:
    """Take activities off, or give them their former fields back."""
    (_restore if kind == Kind.ACTIVITY_CHANGED else _take_off)(chosen, own, at)


def _restore(chosen: sa.ColumnElement[bool], own: int, at: datetime) -> None:  # noqa: ARG001
    """The fields before the change are written again, what stood there is kept (C70, T73)."""
    ids = sa.select(ITEM.other_id).where(chosen)
    changed = []
    for id, was_at, text in rows(sa.select(A.id, A.at, A.fields).where(A.id.in_(ids))):
        stored = json.loads(text)
        former = stored["earlier"][-1]
        fields = {name: value for name, value in former["fields"].items() if name != "mentions"}
        whole = stamped(fields, stored, actor=SYSTEM, change_set=own, was_at=was_at)
        changed.append(Changed(id, datetime.fromisoformat(former["was_at"]), whole))
    change_activities(changed, change_set=own)
    _recount(chosen)


def _take_off(chosen: sa.ColumnElement[bool], own: int, at: datetime) -> None:  # noqa: ARG001
    """One that is about nothing any more is deleted.

    It gives its external id back, so that the same file can be imported again.
    """
    pairs = sa.select(ITEM.record_id, ITEM.other_id).where(chosen)
    execute(
        ACTIVITY_RECORD.delete().where(sa.tuple_(ABOUT.record_id, ABOUT.activity_id).in_(pairs))
    )
    left = sa.exists().where(ABOUT.activity_id == A.id)
    activities = sa.select(ITEM.other_id).where(chosen)
    execute(
        ACTIVITY.update()
        .values(deleted_at=sa.literal(at, A.deleted_at.type), external_id=None)
        .where(A.id.in_(activities), ~left)
    )
    _recount(chosen)


def _recount(chosen: sa.ColumnElement[bool]) -> None:
    model = data_model()
    for (object_id,) in rows(sa.select(ITEM.object_id).where(chosen).distinct()):
        table = model.object_by_id(object_id).table
        mine = sa.select(ITEM.record_id).where(chosen, ITEM.object_id == object_id)
        execute(table.update().values(counts_of(table)).where(table.c.id.in_(mine)))


PARTS = (
    UndoPart(
        "activities",
        {"activity_logged": Kind.ACTIVITY_LOGGED, "activity_changed": Kind.ACTIVITY_CHANGED},
        no_refs,
        judge,
        reverse,
        other=activity_of,
    ),
)
