"""Takes back who came onto a list or left it, as a part of an undo (G46, T71)."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.database import execute, rows
from tresse.objects.described import ObjectDef
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.tables import EVENT
from tresse.records.undo.outcomes import Kind, Outcome
from tresse.records.undo.parts import UndoPart
from tresse.segments.models import List
from tresse.segments.tables import LIST_MEMBER

ITEM, L = UNDO_ITEM.c, LIST_MEMBER.c


def refs(data: Iterable[str]) -> Mapping[str, int]:
    """Ids of the lists that events name."""
    names = {each: json.loads(each).get("list") for each in data}
    ids = dict(List.objects.filter(name__in=set(names.values())).values_list("name", "pk"))
    return {each: ids[name] for each, name in names.items() if name in ids}


def judge(kind: int, object: ObjectDef, ref: int, change_set: int) -> sa.ColumnElement[Any] | int:
    """What was put on is taken off, unless it is off or came anew; and the other way round."""
    member = sa.select(L.change_set_id).where(L.list_id == ref, L.record_id == ITEM.record_id)
    since = member.correlate(UNDO_ITEM).scalar_subquery()
    if kind == Kind.MEMBER_ADDED:
        return sa.case(
            (since.is_(None), int(Outcome.GONE)),
            (since == change_set, int(Outcome.REVERSED)),
            else_=int(Outcome.MEMBER_EDITED),
        )
    table = object.table
    there = sa.select(table.c.id).where(table.c.id == ITEM.record_id).correlate(UNDO_ITEM)
    return sa.case(
        (since.is_not(None), int(Outcome.GONE)),
        (there.exists(), int(Outcome.REVERSED)),
        else_=int(Outcome.NOT_FOUND),
    )


def reverse(kind: int, chosen: sa.ColumnElement[bool], own: int, at: datetime) -> None:
    """Take members off again, or put them on again, list by list, with their events."""
    involved = rows(sa.select(ITEM.ref_id).where(chosen).distinct())
    found = List.objects.select_for_update(of=("self",)).filter(pk__in=[ref for (ref,) in involved])
    for row in found.order_by("pk"):
        mine = sa.and_(chosen, ITEM.ref_id == row.pk)
        if kind == Kind.MEMBER_ADDED:
            name, ids = "list_removed", sa.select(ITEM.record_id).where(mine)
            execute(LIST_MEMBER.delete().where(L.list_id == row.pk, L.record_id.in_(ids)))
        else:
            name = "list_added"
            facts = (sa.literal(row.pk), ITEM.record_id, sa.literal(at, L.at.type), sa.literal(own))
            columns = ["list_id", "record_id", "at", "change_set_id"]
            again = sa.select(*facts).where(mine)
            execute(LIST_MEMBER.insert().from_select(columns, again))
        told = sa.select(
            sa.literal(name, Text),
            sa.literal(own, sa.BigInteger()),
            ITEM.object_id,
            ITEM.record_id,
            sa.literal(json.dumps({"list": row.name}), Text),
        ).where(mine)
        columns = ["name", "change_set_id", "object_id", "record_id", "data"]
        execute(EVENT.insert().from_select(columns, told))


PARTS = (
    UndoPart(
        "lists",
        {"list_added": Kind.MEMBER_ADDED, "list_removed": Kind.MEMBER_REMOVED},
        refs,
        judge,
        reverse,
    ),
)
