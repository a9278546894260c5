"""Keeps rollups and lookups right: filled once, then as events come in, then every night (C24).

The event rows are the queue: they are written with their cause, so an import adds nothing for it.
What a batch changes is told by events of its own (`record_calculated`), so that rollups of rollups
and segments follow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.jobs import changes as jobs
from tresse.jobs.work import Work
from tresse.objects import models as definitions
from tresse.objects.database import execute, rows, scalar, vendor
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, data_model
from tresse.objects.labels import shown_label
from tresse.records.following import latest, span_after, touched
from tresse.records.links import pairs_from
from tresse.records.models import Follower
from tresse.records.rollups import (
    CALCULATED,
    NAME,
    differing,
    filling,
    side_of,
    stored_properties,
)
from tresse.records.tables import EVENT
from tresse.records.writing import new_change_set

CHUNK = 5_000
SOURCE = "system"


def begin_fill(object_: ObjectDef, property_id: int, actor: Actor) -> None:
    """Have a new or changed rollup or lookup filled, in the transaction of its definition."""
    others = [
        row
        for row in definitions.Property.objects.filter(is_read_only=True).exclude(id=property_id)
        if {"rollup", "lookup"} & set(row.settings)
    ]
    follower, is_new = Follower.objects.get_or_create(name=NAME, defaults={"position": latest()})
    if not is_new and not others:
        # Nothing was followed meanwhile, and nothing has to be made up for.
        follower.position = latest()
        follower.save()
    Follower.objects.update_or_create(name=filling(property_id), defaults={"position": 0})
    prop = definitions.Property.objects.get(id=property_id)
    jobs.enqueue(
        "rollup_fill",
        arguments={"object": object_.name, "property": prop.name},
        actor=actor,
        target=f"{object_.label}: {prop.label}",
        link=f"/data-model/{object_.name}/properties/{prop.name}/",
        unique=f"rollup_fill {property_id}",
    )


def fill(work: Work) -> dict[str, int]:
    """The job of `begin_fill`: goes on after the last id it wrote."""
    model = data_model()
    object_ = model.object(work.arguments["object"])
    if not object_.has(work.arguments["property"]):
        return {"changed": 0}
    prop = object_.property(work.arguments["property"])
    cursor = work.cursor or {"after": 0, "done": 0, "changed": 0}
    total = int(scalar(sa.select(sa.func.count()).select_from(object_.table)))
    for ids in _chunks(object_, cursor["after"]):
        work.check_cancelled()
        with transaction.atomic():
            changed = _recompute(model, object_, prop, ids)
            cursor = {
                "after": ids[-1],
                "done": cursor["done"] + len(ids),
                "changed": cursor["changed"] + changed,
            }
            work.save(cursor, done=cursor["done"], total=total)
    Follower.objects.filter(name=filling(prop.id)).delete()
    return {"changed": cursor["changed"]}


def _chunks(object_: ObjectDef, last: int) -> Iterator[list[int]]:
    table = object_.table
    while True:
        next_ = sa.select(table.c.id).where(table.c.id > last).order_by(table.c.id).limit(CHUNK)
        ids = [id for (id,) in rows(next_)]
        if not ids:
            return
        yield ids
        last = ids[-1]


def follow() -> bool:
    """Recompute what the next events touched; whether there were any."""
    if not Follower.objects.filter(name=NAME).exists():
        return False
    model = data_model()
    stored = [(each, prop) for each in model.objects for prop in stored_properties(each)]
    if not stored:
        return False
    with _holding() as follower:
        span = span_after(follower.position)
        if span is None:
            return False
        has_events = rows(sa.select(EVENT.c.id).where(span.where).limit(1))
        for object_, prop in stored if has_events else ():
            ids = list(_affected(span.where, prop, object_, model))
            for start in range(0, len(ids), CHUNK):
                _recompute(model, object_, prop, ids[start : start + CHUNK])
        follower.position = span.end
        follower.save()
    return bool(has_events)


@contextmanager
def _holding() -> Iterator[Follower]:
    """A transaction that alone follows events for rollups."""
    with transaction.atomic():
        yield Follower.objects.select_for_update().get(name=NAME)


def _affected(
    where: sa.ColumnElement[bool], prop: PropertyDef, object_: ObjectDef, model: DataModel
) -> set[int]:
    """Records whose value may be another one now: touched themselves, or linked to touched ones."""
    side = side_of(prop, object_, model)
    pairs = pairs_from(side)
    other = touched(where, model, model.object(side.other).id)
    linked = sa.select(pairs.c.here).where(pairs.c.other.in_(other))
    own = touched(sa.and_(where, EVENT.c.name != CALCULATED), model, object_.id)
    return {id for (id,) in rows(sa.union(own, linked))}


def _recompute(model: DataModel, object_: ObjectDef, prop: PropertyDef, ids: list[int]) -> int:
    """Write what differs, and an event for each such record; answers how many."""
    if not ids:
        return 0
    table = object_.table
    if vendor() == "postgresql":
        # In the order of their ids, as every writer of records does.
        execute(
            sa.select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()
        )
    wanted, differs = differing(prop, object_, model, ids)
    found = rows(sa.select(wanted.c.id).where(differs))
    if not found:
        return 0
    changed = [id for (id,) in found]
    update = (
        sa.update(table)
        .values({table.c[prop.column]: wanted.c.value})
        .where(table.c.id == wanted.c.id, differs)
    )
    execute(update)
    change_set = new_change_set(SYSTEM, source=SOURCE, is_quiet=True)
    told = sa.select(
        sa.literal("record_calculated"), sa.literal(change_set), sa.literal(object_.id), table.c.id
    ).where(table.c.id.in_(changed))
    names = ["name", "change_set_id", "object_id", "record_id"]
    execute(sa.insert(EVENT).from_select(names, told))
    return len(changed)


def compare(work: Work) -> dict[str, Any]:
    """Every night: work out all of them anew, mend what differs and say how many did."""
    model = data_model()
    different: dict[str, int] = {}
    for object_ in model.objects:
        for prop in stored_properties(object_):
            number = 0
            for ids in _chunks(object_, 0):
                work.check_cancelled()
                with transaction.atomic():
                    number += _recompute(model, object_, prop, ids)
            if number:
                name = f"{object_.name}.{prop.name}"
                different[name] = number
                sentence = gettext("{name}: {number} values differed and were mended.")
                work.log(sentence.format(name=shown_label(prop), number=number))
    return {"different": different}
