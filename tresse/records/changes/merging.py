"""Merging records of one object into a survivor (C61 to C63, C65)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.accounts.queries import account
from tresse.engine.stored import as_text
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.objects.calculated import is_set_by_product
from tresse.objects.database import execute, load, rows, scalar
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_full_name, shown_label, shown_plural
from tresse.records.changes.create import duplicate
from tresse.records.changes.merged_activities import move_activities
from tresse.records.changes.merged_links import move_links
from tresse.records.changes.other_values import COLUMNS, hold_writers, refuse_held
from tresse.records.changes.values import check_required, writable
from tresse.records.keepers import Move, move_all
from tresse.records.merge_tables import MERGE, MERGED, OTHER_VALUE
from tresse.records.merging import (
    Crowded,
    Made,
    Rows,
    crowded,
    kept_properties,
    presets,
    rows_of,
)
from tresse.records.other_values import compared, may_hold_more
from tresse.records.refusals import (
    ASSOCIATION_LIMIT_EXCEEDED,
    MERGE_NEEDS_ONE_OBJECT,
    RECORD_NOT_FOUND,
)
from tresse.records.tables import HISTORY
from tresse.records.title import title_of
from tresse.records.visibility import check_reach, found
from tresse.records.writing import lock, new_change_set, write_event

WITH_OWNER = ("owner_assigned_at",)
WITH_STAGE = ("pipeline", "stage_updated_at", "closed_at")
WITH_CREATION = ("created_at", "created_by", "created_source")


@transaction.atomic
def merge_records(
    model: DataModel,
    object: ObjectDef,
    survivor: int,
    others: Sequence[int],
    *,
    actor: Actor,
    choices: Mapping[str, int] | None = None,
    links: Mapping[str, Sequence[int]] | None = None,
    from_bin: bool = False,
) -> Made:
    """Merge records into a survivor, under one change set; everything can be taken apart again.

    Args:
        model: The data model.
        object: The object type of all of them.
        survivor: The record that stays.
        others: 1 to 9 more; their ids lead to the survivor from now on.
        actor: Needs `merge` on all of them.
        choices: Property name → the record whose value is taken; those left out take the preset:
            the survivor's value, or if that is empty the newest one that is not.
        links: For a relation in which the survivor would have more links than it allows (its key,
            `order_contact:forward`): the other records that stay.
        from_bin: Whether the others may be in the bin: what is offered where one cannot be restored
            since the survivor has its unique value (C59).

    Raises:
        TresseError: `merge_needs_one_object`, `record_not_found`, `record_in_bin`, `not_permitted`,
            `unknown_property`, `read_only_property`, `wrong_value` (a choice that is no record of
            these), `association_limit_exceeded` (a relation of which nobody picked what stays).
    """
    everyone = [survivor, *dict.fromkeys(others)]
    _check(model, object, everyone, actor, from_bin=from_bin)
    lock(object, sorted(everyone))
    hold_writers(object, [prop for prop in object.properties if may_hold_more(prop)])
    there = rows_of(object, everyone)
    chosen = _chosen(object, there, survivor, choices or {}, actor)
    left = _left(model, object, everyone, links or {}, actor)
    change_set = new_change_set(actor, source="merge")
    merge = int(
        scalar(
            MERGE.insert()
            .values(object_id=object.id, survivor_id=survivor, change_set_id=change_set, kept="{}")
            .returning(MERGE.c.id)
        )
    )
    rest = tuple(sorted(everyone[1:]))
    load(MERGED, ("merge_id", "record_id"), [(merge, id) for id in rest])
    move_links(
        model,
        object,
        merge=merge,
        survivor=survivor,
        others=rest,
        left=left,
        change_set=change_set,
    )
    _send_to(object, survivor, rest)
    before, after = _write_values(
        object, there, survivor, chosen, actor=actor, change_set=change_set
    )
    held = _keep_other_values(object, there, survivor, chosen, change_set=change_set)
    move_activities(object, merge=merge, survivor=survivor, others=rest)
    keepers = move_all(Move(object, survivor, rest, change_set))
    binned = {str(id): as_text(there[id]["deleted_at"]) for id in rest}
    kept = {
        "before": before,
        "after": after,
        "other_values": held,
        "keepers": keepers,
        "binned": binned,
    }
    execute(MERGE.update().where(MERGE.c.id == merge).values(kept=json.dumps(kept)))
    data = json.dumps({"survivor": survivor, "merged": rest})
    write_event(
        "record_merged", change_set=change_set, object=object, record_id=survivor, data=data
    )
    audit.log(actor, "record.merge", f"{object.name} {survivor}", after={"merged": list(rest)})
    return Made(merge, survivor, rest, change_set)


def _check(
    model: DataModel,
    object: ObjectDef,
    everyone: Sequence[int],
    actor: Actor,
    *,
    from_bin: bool,
) -> None:
    most = account().max_merge
    if not 2 <= len(set(everyone)) == len(everyone) <= most:
        raise MERGE_NEEDS_ONE_OBJECT(most=most)
    try:
        found(model, object, everyone[:1] if from_bin else everyone, actor)
    except TresseError as error:
        if error.code == "wrong_object":
            raise MERGE_NEEDS_ONE_OBJECT(most=most, **error.details) from None
        raise
    require(actor, "merge", object.name, shown_plural(object))
    check_reach(object, everyone, actor, "merge")
    if from_bin:
        table = object.table
        loose = sa.and_(table.c.id.in_(everyone), table.c.merged_into.is_(None))
        there = {id for (id,) in rows(sa.select(table.c.id).where(loose))}
        for id in everyone:
            if id not in there:
                raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)


def _chosen(
    object: ObjectDef, there: Rows, survivor: int, choices: Mapping[str, int], actor: Actor
) -> dict[str, int]:
    chosen = presets(object, there, survivor)
    for name, id in choices.items():
        if name in chosen and chosen[name] == id:
            continue
        prop = writable(object, name, actor)
        if id not in there:
            known = ", ".join(map(str, there))
            raise WRONG_VALUE(name=shown_label(prop), wanted=known, value=id)
        if name != "pipeline" or "pipeline" in chosen:
            chosen[name] = id
    return chosen


def _left(
    model: DataModel,
    object: ObjectDef,
    everyone: Sequence[int],
    links: Mapping[str, Sequence[int]],
    actor: Actor,
) -> list[tuple[Crowded, list[int]]]:
    """For each relation beyond its limit the other records that lose their link."""
    found_left = []
    for relation in crowded(model, object, everyone[0], everyone[1:], actor):
        if relation.key not in links and relation.room and relation.candidates:
            raise _picked_nothing(object, relation, everyone[0], actor)
        stay = list(dict.fromkeys(links.get(relation.key, ())))
        if not set(stay) <= set(relation.candidates) or len(stay) > relation.room:
            raise WRONG_VALUE(
                name=shown_full_name(relation.side, object),
                wanted=_wanted(relation),
                value=", ".join(map(str, stay)),
            )
        kept = {*stay, *relation.hidden[: relation.most]}
        everything = (*relation.candidates, *relation.hidden)
        found_left.append((relation, [id for id in everything if id not in kept]))
    return found_left


def _wanted(relation: Crowded) -> str:
    return f"≤ {relation.room}: {', '.join(map(str, relation.candidates[:20]))}"


def _picked_nothing(
    object: ObjectDef, relation: Crowded, survivor: int, actor: Actor
) -> TresseError:
    table = object.table
    title = scalar(sa.select(title_of(object, table, actor)).where(table.c.id == survivor))
    return ASSOCIATION_LIMIT_EXCEEDED(
        record=f'{shown_label(object)} "{title}" ({survivor})',
        number=len(relation.candidates) + len(relation.hidden),
        label=shown_label(relation.side),
        relation=shown_full_name(relation.side, object),
        most=relation.most,
        key=relation.key,
        candidates=list(relation.candidates[:100]),
    )


def _send_to(object: ObjectDef, survivor: int, others: Sequence[int]) -> None:
    """Let the ids of the others, and of what went into them before, lead to the survivor."""
    table = object.table
    execute(
        table.update()
        .where(table.c.id.in_(others))
        .values(deleted_at=now(), merged_into=survivor, version=table.c.version + 1)
    )
    execute(table.update().where(table.c.merged_into.in_(others)).values(merged_into=survivor))


def _write_values(
    object: ObjectDef,
    there: Rows,
    survivor: int,
    chosen: Mapping[str, int],
    *,
    actor: Actor,
    change_set: int,
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Write the chosen values; answers the columns that changed, as they were and as they are."""
    table, own = object.table, there[survivor]
    columns = _new_columns(object, there, survivor, chosen)
    changed = {name: value for name, value in columns.items() if value != own[name]}
    final = {**own, **changed}
    check_required(
        object, {prop.name: final[prop.column] for prop in object.properties if prop.column}
    )
    props = [
        prop
        for prop in object.properties
        if prop.column in changed and (not is_set_by_product(prop) or prop.name == "pipeline")
    ]
    given = {prop.name: changed[prop.column] for prop in props}
    bound = {
        name: sa.bindparam(None, value, type_=table.c[name].type) for name, value in changed.items()
    }
    stamp = {"version": table.c.version + 1, "updated_at": now(), "updated_by": actor.user_id}
    try:
        with transaction.atomic():
            execute(table.update().where(table.c.id == survivor).values(**stamp, **bound))
    except IntegrityError:
        raise duplicate(object, given, actor, but=survivor) from None
    refuse_held(object, survivor, given, actor)
    write_history(object, survivor, props, own, final, change_set=change_set)
    return (
        {name: as_text(own[name]) for name in changed},
        {name: as_text(value) for name, value in changed.items()},
    )


def _new_columns(
    object: ObjectDef, there: Rows, survivor: int, chosen: Mapping[str, int]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for prop in kept_properties(object):
        row = there[chosen.get(prop.name, survivor)]
        columns[prop.column] = row[prop.column]
        columns[prop.normal_column] = row[prop.normal_column]
        for name in {"owner": WITH_OWNER, "stage": WITH_STAGE}.get(prop.name, ()):
            if object.has(name) and object.property(name).column:
                column = object.property(name).column
                columns[column] = row[column]
    first = min(
        there, key=lambda id: (there[id]["created_at"] is None, there[id]["created_at"], id)
    )
    return columns | {name: there[first][name] for name in WITH_CREATION}


def write_history(
    object: ObjectDef,
    id: int,
    properties: Sequence[PropertyDef],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    change_set: int,
) -> None:
    """Write a history row for each of these properties; `old` and `new` by column."""
    load(
        HISTORY,
        ("change_set_id", "object_id", "record_id", "property_id", "old", "new"),
        [
            (
                change_set,
                object.id,
                id,
                prop.id,
                as_text(old[prop.column]),
                as_text(new[prop.column]),
            )
            for prop in properties
        ],
    )


def _keep_other_values(
    object: ObjectDef,
    there: Rows,
    survivor: int,
    chosen: Mapping[str, int],
    *,
    change_set: int,
) -> list[list[Any]]:
    """Let values that were not taken go on finding the survivor (C63); answers those there were.

    The other values of all records, as rows of their table: what taking apart restores.
    """
    everyone = list(there)
    mine = OTHER_VALUE.c.record_id.in_(everyone)
    before = rows(sa.select(*(OTHER_VALUE.c[name] for name in COLUMNS)).where(mine))
    execute(OTHER_VALUE.delete().where(mine))
    props = {prop.id: prop for prop in object.properties if may_hold_more(prop)}
    final = {
        id: compared(prop, there[chosen.get(prop.name, survivor)][prop.column])
        for id, prop in props.items()
    }
    more: dict[tuple[int, str], tuple[Any, ...]] = {}
    for property_id, text, _, value, _, age in before:
        more.setdefault((property_id, text), (value, age))
    for id, prop in props.items():
        for record in everyone:
            value = there[record][prop.column]
            text = compared(prop, value)
            if text is not None:
                more.setdefault((id, text), (as_text(value), change_set))
    load(
        OTHER_VALUE,
        COLUMNS,
        [
            (id, text, survivor, value, object.id, age)
            for (id, text), (value, age) in sorted(more.items())
            if text != final.get(id)
        ],
    )
    return [list(each) for each in before]
