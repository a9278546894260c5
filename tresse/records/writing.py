"""What every write of records shares: change sets, ids, and values that go with another value."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction

from tresse.accounts.actor import Actor
from tresse.engine.types import Text
from tresse.kernel.clock import now
from tresse.objects.database import execute, rows, scalar, vendor
from tresse.objects.described import ObjectDef
from tresse.records.tables import CHANGE_SET, COUNTER, EVENT

Assignments = dict[str, sa.ColumnElement[Any]]


def new_change_set(
    actor: Actor,
    *,
    source: str | None = None,
    source_id: int | None = None,
    is_quiet: bool = False,
    at: datetime | None = None,
) -> int:
    """Write who changes something, when, from where; answers the id that all its rows name.

    Args:
        actor: The person, token or the system.
        source: One of C25; the actor's own door if left out.
        source_id: Id of the import, automation … behind it.
        is_quiet: Whether automations must not fire (C55).
        at: The instant; the present one if left out.
    """
    return int(
        scalar(
            CHANGE_SET.insert()
            .values(
                at=at or now(),
                user_id=actor.user_id,
                token_id=actor.token_id,
                source=source or actor.source,
                source_id=source_id,
                is_quiet=is_quiet,
            )
            .returning(CHANGE_SET.c.id)
        )
    )


def take_id() -> int:
    """The id for one new record; ids are shared by all objects and never used again (C42)."""
    if vendor() == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('record_id')")
            return int(cursor.fetchone()[0])
    return take_ids(1)


def take_ids(number: int) -> int:
    """Reserve a block of ids that follow each other; answers the first.

    On PostgreSQL in a short transaction of its own if none is open: the lock it takes holds up
    others that ask for ids.
    """
    if vendor() == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            # ALTER SEQUENCE locks out nextval() of others, which setval() alone does not.
            cursor.execute("ALTER SEQUENCE record_id CACHE 1")
            cursor.execute(
                "SELECT setval('record_id', nextval('record_id') + %s)", [max(number, 1) - 1]
            )
            return int(cursor.fetchone()[0]) - number + 1
    last = scalar(COUNTER.update().values(last=COUNTER.c.last + number).returning(COUNTER.c.last))
    return int(last) - number + 1


def write_event(
    name: str,
    *,
    change_set: int,
    object: ObjectDef,
    record_id: int,
    data: str | None = None,
) -> None:
    """Write one event row, in the transaction of its cause."""
    execute(
        EVENT.insert().values(
            name=name,
            change_set_id=change_set,
            object_id=object.id,
            record_id=record_id,
            data=data,
        )
    )


def companions(
    object: ObjectDef,
    changed: Mapping[str, sa.ColumnElement[Any]],
    *,
    at: datetime,
) -> Assignments:
    """Columns that must be written because others are: for one record or a whole set.

    Args:
        object: The object type.
        changed: Column name → its new value, an expression over the row (bound value or column).
        at: The instant of the write.

    Returns:
        Column name → value: `owner_assigned_at` with the owner; `stage_updated_at` and `closed_at`
        (the instant when the stage is a closing one, else NULL) with the stage; `done_at` of a task
        (the instant when it is done, else NULL) with its status.
    """
    more: Assignments = {}
    instant = sa.bindparam(None, at, type_=object.table.c.created_at.type)
    if "owner" in changed:
        owner = changed["owner"]
        more["owner_assigned_at"] = sa.case((owner.is_not(None), instant), else_=sa.null())
    if object.name == "task" and (status := object.property("status").column) in changed:
        done_at = object.property("done_at").column
        more[done_at] = sa.case((changed[status] == "done", instant), else_=sa.null())
    if not (object.has_pipelines and object.has("stage")):
        return more
    stage_column = object.property("stage").column
    if stage_column not in changed:
        return more
    stage = changed[stage_column]
    closing = [id for id, each in object.stages.items() if each.kind != "open"]
    if object.has("stage_updated_at"):
        more[object.property("stage_updated_at").column] = instant
    if object.has("closed_at"):
        more[object.property("closed_at").column] = sa.case(
            (stage.in_(closing), instant), else_=sa.null()
        )
    return more


def lock(object: ObjectDef, ids: list[int]) -> list[int]:
    """Lock records in the order of their ids; answers those that exist and are not in the bin.

    On SQLite the transaction holds the only write lock already.
    """
    table = object.table
    statement = (
        sa.select(table.c.id)
        .where(table.c.id.in_(ids), table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )
    if vendor() == "postgresql":
        statement = statement.with_for_update(key_share=True)
    return [id for (id,) in rows(statement)]


def stage_data(
    object: ObjectDef, old: sa.ColumnElement[Any], new: sa.ColumnElement[Any]
) -> sa.ColumnElement[str]:
    """The JSON of a `stage_changed` event: `{"from": …, "to": …, "kind": …}`, for a whole set."""
    names = {id: f'"{each.name}"' for id, each in object.stages.items()}
    kinds = {id: f'"{each.kind}"' for id, each in object.stages.items()}
    return (
        sa.literal('{"from": ', Text)
        + sa.case(names, value=old, else_="null")
        + sa.literal(', "to": ', Text)
        + sa.case(names, value=new, else_="null")
        + sa.literal(', "kind": ', Text)
        + sa.case(kinds, value=new, else_="null")
        + sa.literal("}", Text)
    )
