"""To the bin and back (C57 to C59)."""

from collections.abc import Sequence

import sqlalchemy as sa
from django.db import IntegrityError, transaction

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.kernel.clock import now
from tresse.objects.database import execute, load, rows
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.changes.other_values import duplicate_of, refuse_taken
from tresse.records.links import pairs_from
from tresse.records.other_values import may_hold_more
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.records.tables import EVENT
from tresse.records.visibility import check_reach, found, reach
from tresse.records.writing import lock, new_change_set


@transaction.atomic
def delete_records(
    model: DataModel,
    object: ObjectDef,
    ids: Sequence[int],
    *,
    actor: Actor,
    change_set: int | None = None,
) -> int:
    """Put records and their parts in the bin; links stay and wait. Answers how many, parts too.

    Raises:
        TresseError: `not_permitted`, `record_not_found`, `record_in_bin`.
    """
    found(model, object, ids, actor)
    require(actor, "delete", object.name, shown_plural(object))
    check_reach(object, ids, actor, "delete")
    change_set = change_set or new_change_set(actor)
    number = _mark(object, lock(object, sorted(set(ids))), change_set, deleted=True)
    for part, parts in parts_of(model, object, ids):
        number += _mark(part, parts, change_set, deleted=True)
    return number


@transaction.atomic
def restore_records(
    model: DataModel,
    object: ObjectDef,
    ids: Sequence[int],
    *,
    actor: Actor,
    change_set: int | None = None,
) -> int:
    """Take records and their parts out of the bin as they were. Answers how many, parts too.

    Raises:
        TresseError: `not_permitted`, `record_not_found`; `duplicate_value` while another record
            holds a unique value of one.
    """
    require(actor, "delete", object.name, shown_plural(object))
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_(ids),
        table.c.deleted_at.is_not(None),
        table.c.merged_into.is_(None),
        reach(object, actor, table),
    )
    binned = [id for (id,) in rows(statement)]
    for id in ids:
        if id not in binned:
            raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)
    check_reach(object, ids, actor, "delete")
    _check_free(object, binned, actor)
    change_set = change_set or new_change_set(actor)
    try:
        with transaction.atomic():
            number = _mark(object, binned, change_set, deleted=False)
            for part, parts in parts_of(model, object, binned, in_bin=True):
                number += _mark(part, parts, change_set, deleted=False)
            for prop in filter(may_hold_more, object.properties):
                refuse_taken(object, prop, binned, actor)
    except IntegrityError:
        _check_free(object, binned, actor)
        raise
    return number


def parts_of(
    model: DataModel, whole: ObjectDef, ids: Sequence[int], *, in_bin: bool = False
) -> list[tuple[ObjectDef, list[int]]]:
    """Parts of the records (order lines of orders), by object type."""
    found_parts = []
    for side in model.sides(whole.name):
        if not side.association.is_part or side.forward:
            continue
        part = model.object(side.other)
        links = pairs_from(Side(side.association, forward=False))
        table = part.table
        binned = table.c.deleted_at.is_not(None) if in_bin else table.c.deleted_at.is_(None)
        statement = (
            sa.select(links.c.other)
            .join(table, table.c.id == links.c.other)
            .where(links.c.here.in_(ids), binned)
        )
        found_parts.append((part, [id for (id,) in rows(statement)]))
    return found_parts


def _mark(object: ObjectDef, ids: Sequence[int], change_set: int, *, deleted: bool) -> int:
    if not ids:
        return 0
    table, at = object.table, now()
    execute(
        table.update()
        .where(table.c.id.in_(ids))
        .values(version=table.c.version + 1, deleted_at=at if deleted else None)
    )
    name = "record_deleted" if deleted else "record_restored"
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id"),
        [(name, change_set, object.id, id) for id in ids],
    )
    return len(ids)


def _check_free(object: ObjectDef, ids: Sequence[int], actor: Actor) -> None:
    """Refuse if a unique value of a binned record is taken by a live one (C59)."""
    table, other = object.table, object.table.alias("other")
    for prop in object.active:
        if not prop.is_unique or not prop.column:
            continue
        statement = (
            sa.select(table.c[prop.column], other.c.id)
            .join(other, other.c[prop.normal_column] == table.c[prop.normal_column])
            .where(table.c.id.in_(ids), other.c.deleted_at.is_(None), other.c.id != table.c.id)
            .limit(1)
        )
        for value, id in rows(statement):
            raise duplicate_of(object, prop, value, id, actor)
