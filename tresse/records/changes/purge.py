"""Deleting records in the bin for good (C57, C60)."""

from collections.abc import Sequence

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.jobs.work import Work
from tresse.objects.database import execute, rows
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.labels import shown_label
from tresse.records.bin import in_bin, overdue
from tresse.records.changes.bin import parts_of
from tresse.records.keepers import forget_all
from tresse.records.merge_tables import (
    DUPLICATE_GROUP,
    DUPLICATE_KEY,
    DUPLICATE_MEMBER,
    DUPLICATE_RUN,
    MERGE,
    MERGE_ACTIVITY,
    MERGE_LINK,
    MERGED,
    NOT_DUPLICATE,
    OTHER_VALUE,
)
from tresse.records.merging import associations_of, merged_ids
from tresse.records.refusals import NUMBER_CHANGED, RECORD_NOT_FOUND
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT, HISTORY, LINK

CHUNK = 500
"""Records of one transaction: on SQLite nobody else waits long for the write lock."""


@transaction.atomic
def purge_records(
    model: DataModel, object: ObjectDef, ids: Sequence[int], *, actor: Actor, number: int
) -> int:
    """Delete records in the bin for good, with their parts, links and history.

    Args:
        model: The data model.
        object: The object type.
        ids: Records in the bin.
        actor: Needs the right `records.purge`.
        number: How many the person typed; it must be how many there are.

    Returns:
        How many records went, parts and merged ones too.

    Raises:
        TresseError: `not_permitted`, `record_not_found`, `changed_meanwhile` (another number).
    """
    require_right(actor, "records.purge")
    wanted = list(dict.fromkeys(ids))
    table = object.table
    statement = sa.select(table.c.id).where(table.c.id.in_(wanted), in_bin(object, actor))
    there = {id for (id,) in rows(statement)}
    for id in wanted:
        if id not in there:
            raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)
    if number != len(wanted):
        raise NUMBER_CHANGED(number=len(wanted), confirmed=number)
    audit.log(actor, "record.purge", f"{object.name}: {len(wanted)}", after={"ids": wanted})
    return _purge(model, object, wanted)


def purge_overdue(work: Work) -> dict[str, int]:
    """Delete for good what has been in the bin for 90 days (a setting); a job."""
    model = data_model()
    numbers: dict[str, int] = {}
    for object in model.objects:
        while True:
            work.check_cancelled()
            with transaction.atomic():
                ids = overdue(object, CHUNK)
                if not ids:
                    break
                gone = _purge(model, object, ids)
            numbers[object.name] = numbers.get(object.name, 0) + gone
    return numbers


def _purge(model: DataModel, object: ObjectDef, ids: Sequence[int]) -> int:
    number = 0
    for part, parts in parts_of(model, object, ids, in_bin=True):
        number += _forget(model, part, parts)
    everyone = [*ids, *(merged for id in ids for merged in merged_ids(id))]
    return number + _forget(model, object, everyone)


def _forget(model: DataModel, object: ObjectDef, ids: Sequence[int]) -> int:
    """Drop the rows of records and all rows about them."""
    if not ids:
        return 0
    forget_all(object, ids)
    _forget_merges(ids)
    _forget_activities(ids)
    known = LINK.c.association_id.in_([each.id for each in associations_of(model, object)])
    for end in (LINK.c.from_id, LINK.c.to_id):
        execute(LINK.delete().where(known, end.in_(ids)))
    for table, columns in (
        (HISTORY, ("record_id",)),
        (EVENT, ("record_id", "other_id")),
        (OTHER_VALUE, ("record_id",)),
        (DUPLICATE_KEY, ("record_id",)),
        (DUPLICATE_MEMBER, ("record_id",)),
        (NOT_DUPLICATE, ("low_id", "high_id")),
    ):
        for column in columns:
            execute(table.delete().where(table.c[column].in_(ids)))
    return execute(object.table.delete().where(object.table.c.id.in_(ids)))


def _forget_merges(ids: Sequence[int]) -> None:
    """Drop the journals of merges of which a record goes: they can be taken apart no more."""
    merges = sa.union(
        sa.select(MERGE.c.id).where(MERGE.c.survivor_id.in_(ids)),
        sa.select(MERGED.c.merge_id).where(MERGED.c.record_id.in_(ids)),
    )
    gone = [id for (id,) in rows(merges)]
    for table in (MERGE_LINK, MERGE_ACTIVITY, MERGED):
        execute(table.delete().where(table.c.merge_id.in_(gone)))
    execute(MERGE.delete().where(MERGE.c.id.in_(gone)))


def _forget_activities(ids: Sequence[int]) -> None:
    """Activities go with the last record they are about."""
    about = ACTIVITY_RECORD
    theirs = [
        id
        for (id,) in rows(
            sa.select(about.c.activity_id).where(about.c.record_id.in_(ids)).distinct()
        )
    ]
    execute(about.delete().where(about.c.record_id.in_(ids)))
    left = sa.exists().where(about.c.activity_id == ACTIVITY.c.id)
    execute(ACTIVITY.delete().where(ACTIVITY.c.id.in_(theirs), ~left))


def forget_object(object_id: int) -> None:
    """Drop what merging kept about the records of an object type that is deleted."""
    merges = sa.select(MERGE.c.id).where(MERGE.c.object_id == object_id)
    for table in (MERGE_LINK, MERGE_ACTIVITY, MERGED):
        execute(table.delete().where(table.c.merge_id.in_(merges)))
    groups = sa.select(DUPLICATE_GROUP.c.id).where(DUPLICATE_GROUP.c.object_id == object_id)
    execute(DUPLICATE_MEMBER.delete().where(DUPLICATE_MEMBER.c.group_id.in_(groups)))
    for table in (MERGE, OTHER_VALUE, DUPLICATE_KEY, DUPLICATE_GROUP, DUPLICATE_RUN):
        execute(table.delete().where(table.c.object_id == object_id))


@transaction.atomic
def erase_records(model: DataModel, object: ObjectDef, ids: Sequence[int]) -> int:
    """Delete records for good, wherever they are, as a person is erased (D91).

    Whoever calls this has the right `people.erase`, and says what was done.

    Returns:
        How many records went, parts and merged ones too.
    """
    there = [id for (id,) in rows(sa.select(object.table.c.id).where(object.table.c.id.in_(ids)))]
    number = 0
    for part, parts in parts_of(model, object, there):
        number += _forget(model, part, parts)
    return number + _purge(model, object, there)
