"""What this room does when definitions change: rewrite values, forget links; a check of ids."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from django.db import connection
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.engine.constructs import Position
from tresse.engine.stored import as_text
from tresse.kernel.clock import now
from tresse.objects.database import execute, rows, scalar
from tresse.objects.described import ObjectDef, PropertyDef, data_model
from tresse.objects.doctor import Check, Problem
from tresse.objects.uses import Cleaner, Deleted, Rewriter
from tresse.records.changes.purge import forget_object
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.tables import ACTIVITY_RECORD, COUNTER, EVENT, HISTORY, LINK
from tresse.records.writing import companions, new_change_set


def rewrite(object: ObjectDef, prop: PropertyDef, old: Any, new: Any, actor: Actor) -> None:
    """Give all records that have a value another one, those in the bin too, set by set.

    Args:
        object: The object type.
        prop: A property of the kind option, options, pipeline or stage.
        old: The stored value; of `options` the name of one option.
        new: What replaces it; None empties.
        actor: Who deletes the option, stage or pipeline.
    """
    change_set = new_change_set(actor)
    if prop.kind.name != "options":
        _rewrite_equal(object, prop, (old, new), actor=actor, change_set=change_set)
        return
    column = object.table.c[prop.column]
    order = [option.name for option in prop.options]
    held = rows(sa.select(column).where(Position(column, f"|{old}|") > 0).distinct())
    for (value,) in held:
        names = {new if name == old else name for name in value.strip("|").split("|")} - {None}
        kept = [name for name in order if name in names]
        pair = (value, f"|{'|'.join(kept)}|" if kept else None)
        _rewrite_equal(object, prop, pair, actor=actor, change_set=change_set)


def _rewrite_equal(
    object: ObjectDef, prop: PropertyDef, pair: tuple[Any, Any], *, actor: Actor, change_set: int
) -> None:
    table, at = object.table, now()
    column = table.c[prop.column]
    old, new = pair
    chosen = sa.select(
        sa.literal(change_set), sa.literal(object.id), table.c.id, sa.literal(prop.id)
    ).where(column == old)
    texts = [sa.literal(as_text(each), sa.Text()) for each in pair]
    kept = ["change_set_id", "object_id", "record_id", "property_id", "old", "new"]
    execute(sa.insert(HISTORY).from_select(kept, chosen.add_columns(*texts)))
    _write_events(object, "record_changed", column == old, change_set=change_set, data=None)
    if prop.kind.name == "stage":
        was, is_now = object.stages[old], object.stages[new]
        data = json.dumps({"from": was.name, "to": is_now.name, "kind": is_now.kind})
        _write_events(object, "stage_changed", column == old, change_set=change_set, data=data)
    bound = {prop.column: sa.bindparam(None, new, type_=column.type)}
    execute(
        sa.update(table)
        .where(column == old)
        .values(
            version=table.c.version + 1,
            updated_at=at,
            updated_by=actor.user_id,
            **bound,
            **companions(object, bound, at=at),
        )
    )


def _write_events(
    object: ObjectDef,
    name: str,
    where: sa.ColumnElement[bool],
    *,
    change_set: int,
    data: str | None,
) -> None:
    chosen = sa.select(
        sa.literal(name),
        sa.literal(change_set),
        sa.literal(object.id),
        object.table.c.id,
        sa.literal(data, sa.Text()),
    ).where(where)
    columns = ["name", "change_set_id", "object_id", "record_id", "data"]
    execute(sa.insert(EVENT).from_select(columns, chosen))


def forget(deleted: Deleted) -> None:
    """Drop the links of deleted relations, and the history of a deleted object type's records."""
    if deleted.association_ids:
        execute(sa.delete(LINK).where(LINK.c.association_id.in_(deleted.association_ids)))
    if deleted.property_id is not None:
        execute(sa.delete(OTHER_VALUE).where(OTHER_VALUE.c.property_id == deleted.property_id))
    if deleted.object_id is not None:
        execute(sa.delete(HISTORY).where(HISTORY.c.object_id == deleted.object_id))
        forget_object(deleted.object_id)


def check_counter(fix: bool) -> Iterator[Problem]:
    """Whether the counter of ids is behind an id that was given (C42)."""
    highest = max(
        (scalar(sa.select(sa.func.max(each.table.c.id))) or 0 for each in data_model().objects),
        default=0,
    )
    if _last_id() < highest:
        if fix:
            _set_last_id(highest)
        sentence = gettext("The counter of record ids is behind the record {id}.")
        yield Problem("record_counter", sentence.format(id=highest), is_fixed=fix)


def _last_id() -> int:
    if connection.vendor == "postgresql":
        sequence = sa.table("record_id", sa.column("last_value", sa.BigInteger()))
        return int(scalar(sa.select(sequence.c.last_value)))
    return int(scalar(sa.select(COUNTER.c.last)))


def _set_last_id(id: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('record_id', %s)", [id])
        return
    execute(sa.update(COUNTER).values(last=id))


def check_activities(fix: bool) -> Iterator[Problem]:
    """Whether the records say how many activities they have, and of when the last one is (C41)."""
    for here in data_model().objects:
        table = here.table
        mine = ACTIVITY_RECORD.c.record_id == table.c.id
        number = sa.select(sa.func.count()).where(mine).correlate(table).scalar_subquery()
        last = sa.select(sa.func.max(ACTIVITY_RECORD.c.at)).where(mine).correlate(table)
        wrong = sa.func.coalesce(table.c.activity_count, 0) != number
        count = scalar(sa.select(sa.func.count()).select_from(table).where(wrong))
        if not count:
            continue
        if fix:
            told = {"activity_count": number, "last_activity_at": last.scalar_subquery()}
            execute(sa.update(table).where(wrong).values(told))
        sentence = gettext("{number} records have a wrong number of activities.")
        yield Problem(here.name, sentence.format(number=count), is_fixed=fix)


REWRITERS = (Rewriter("records", rewrite),)
CLEANERS = (Cleaner("records", forget),)
CHECKS = (
    Check("record_counter", "Counter of record ids", check_counter),
    Check("activity_counts", "Numbers of activities", check_activities),
)
