"""Putting records on lists and taking them off, as sets (G46)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, UNKNOWN_REFERENCE, nearest
from tresse.objects.database import load, rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.records.selection import Selection, chosen
from tresse.records.tables import EVENT
from tresse.records.visibility import visible
from tresse.records.writing import new_change_set
from tresse.segments.models import List
from tresse.segments.queries import lists, may_fill
from tresse.segments.refusals import BATCH_TOO_LARGE, NOT_FILLED, WRONG_BASE
from tresse.segments.tables import LIST_MEMBER

CHUNK = 5_000
"Records that are put on a list, or taken off, in one transaction."
Where = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of the records: how many changed place, how many were there already.

    `failed`: ids of which the person sees no record.
    """

    changed: int
    unchanged: int
    failed: tuple[int, ...] = ()


def add_members(
    row: List, ids: Sequence[int], *, model: DataModel, actor: Actor, change_set: int | None = None
) -> Filled:
    """Put records on a list; those on it already stay as they are.

    Args:
        row: The list.
        ids: At most 1,000 (the account's `max_batch`).
        model: The data model.
        actor: May fill the list.
        change_set: Of the write this belongs to; a new one if left out.

    Raises:
        TresseError: `not_permitted`, `batch_too_large`.
    """
    return _change(row, ids, model=model, actor=actor, change_set=change_set, add=True)


def remove_members(
    row: List, ids: Sequence[int], *, model: DataModel, actor: Actor, change_set: int | None = None
) -> Filled:
    """Take records off a list; those not on it are nothing to do. As `add_members`."""
    return _change(row, ids, model=model, actor=actor, change_set=change_set, add=False)


def _change(
    row: List,
    ids: Sequence[int],
    *,
    model: DataModel,
    actor: Actor,
    change_set: int | None,
    add: bool,
) -> Filled:
    require_fill(row, actor)
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > (most := account().max_batch):
        raise BATCH_TOO_LARGE(number=len(wanted), most=most)
    object = model.object(row.base)
    table = object.table
    here = sa.and_(table.c.id.in_(wanted), visible(object, actor, table))
    seen = {id for (id,) in rows(sa.select(table.c.id).where(here))}
    with transaction.atomic():
        hold(row)
        change_set = change_set or new_change_set(actor)
        act = put_on if add else take_off
        changed = act(row, object, table.c.id.in_(seen), change_set)
    failed = tuple(id for id in wanted if id not in seen)
    return Filled(len(changed), len(seen) - len(changed), failed)


def require_fill(row: List, actor: Actor) -> None:
    """Go on only if the person may change who is on a list.

    Raises:
        TresseError: `not_permitted`.
    """
    if not may_fill(row, actor):
        raise NOT_PERMITTED(sentence=gettext(NOT_FILLED).format(name=row.label))


def check_list(name: str, base: str, *, model: DataModel, actor: Actor) -> List:
    """A list that records of an object type may be put on by this person.

    Raises:
        TresseError: `unknown_reference`, `wrong_base`, `not_permitted`.
    """
    seen = lists(actor)
    row = seen.filter(name=name).first()
    if row is None:
        near = nearest(name, seen.values_list("name", flat=True))
        raise UNKNOWN_REFERENCE(sort=gettext("list"), name=name, nearest=near)
    if row.base != base:
        made_of, wanted = (shown_plural(model.object(each)).lower() for each in (row.base, base))
        raise WRONG_BASE(name=row.label, base=made_of, wanted=wanted)
    require_fill(row, actor)
    return row


def hold(row: List) -> None:
    """Let nobody else change who is on the list until the transaction ends."""
    List.objects.select_for_update(of=("self",)).get(pk=row.pk)


def put_on(row: List, object: ObjectDef, where: Where, change_set: int) -> list[int]:
    """Put records on a list that the transaction holds; answers those that were not on it.

    Args:
        row: The list.
        object: What it is made of.
        where: On the object's table: which records.
        change_set: Of the write.
    """
    table = object.table
    member = sa.exists().where(
        LIST_MEMBER.c.list_id == row.pk, LIST_MEMBER.c.record_id == table.c.id
    )
    columns = ["list_id", "record_id", "at", "change_set_id"]
    at = sa.literal(now(), LIST_MEMBER.c.at.type)
    found = sa.select(sa.literal(row.pk), table.c.id, at, sa.literal(change_set))
    found = found.where(where, sa.not_(member.correlate(table)))
    statement = LIST_MEMBER.insert().from_select(columns, found).returning(LIST_MEMBER.c.record_id)
    added = sorted(id for (id,) in rows(statement))
    write_events("list_added", row, object, added, change_set=change_set)
    return added


def take_off(row: List, object: ObjectDef, where: Where, change_set: int) -> list[int]:
    """Take records off a list that the transaction holds; answers those that were on it."""
    chosen_ids = sa.select(object.table.c.id).where(where)
    statement = (
        LIST_MEMBER.delete()
        .where(LIST_MEMBER.c.list_id == row.pk, LIST_MEMBER.c.record_id.in_(chosen_ids))
        .returning(LIST_MEMBER.c.record_id)
    )
    removed = sorted(id for (id,) in rows(statement))
    write_events("list_removed", row, object, removed, change_set=change_set)
    return removed


def write_events(
    name: str, row: List, object: ObjectDef, ids: Sequence[int], *, change_set: int
) -> None:
    """One event for each record that came onto a list or left it."""
    data = json.dumps({"list": row.name})
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id", "data"),
        [(name, change_set, object.id, id, data) for id in ids],
    )


def chunk_of(
    selection: Selection, *, after: int, model: DataModel, object: ObjectDef, actor: Actor
) -> list[int]:
    """The next ids of a selection, in their order."""
    table = object.table
    where = chosen(selection, model, object, actor)
    found = sa.select(table.c.id).where(where, table.c.id > after).order_by(table.c.id)
    return [id for (id,) in rows(found.limit(CHUNK))]
