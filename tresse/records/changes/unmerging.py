"""Taking a merge apart: every record as it was, later changes with the survivor (C64)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.engine.stored import as_text, from_text, stored_text
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.objects.calculated import is_set_by_product
from tresse.objects.database import execute, load, rows, scalar
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.changes.merged_activities import take_activities_back
from tresse.records.changes.merged_links import take_links_back
from tresse.records.changes.merging import WITH_OWNER, WITH_STAGE, write_history
from tresse.records.changes.other_values import COLUMNS, hold_writers
from tresse.records.keepers import Move, move_all_back
from tresse.records.links import pairs_from, side_key
from tresse.records.merge_tables import MERGE, OTHER_VALUE
from tresse.records.merging import Made, merged_ids, merges_of, rows_of, survivor_of
from tresse.records.other_values import may_hold_more
from tresse.records.refusals import MERGED_LATER, NOT_MERGED, RECORD_NOT_FOUND
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.title import title_of
from tresse.records.visibility import check_reach, found, visible
from tresse.records.writing import lock, new_change_set, write_event

MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What came of taking a merge apart.

    `kept_with_survivor`: values, links and activities that came later, each with its `sort`.
    `conflicts`: values that stay empty since another record took them, links without room.
    """

    survivor: int
    records: tuple[int, ...]
    kept_with_survivor: tuple[Mapping[str, Any], ...]
    conflicts: tuple[Mapping[str, Any], ...]

    @property
    def fields(self) -> dict[str, Any]:
        """As REST and `--json` give it."""
        return {name: getattr(self, name) for name in self.__slots__}


@transaction.atomic
def unmerge_records(
    model: DataModel, object: ObjectDef, id: int, *, actor: Actor, dry_run: bool = False
) -> Unmerged:
    """Take the last merge into a record apart.

    Args:
        model: The data model.
        object: The object type.
        id: The survivor, or a record that the merge took in.
        actor: Needs `merge` on the survivor and on the others.
        dry_run: Say what would come of it; write nothing.

    Raises:
        TresseError: `record_not_found`, `record_in_bin`, `not_permitted`, `not_merged`,
            `merged_later` (the record went in with an earlier merge than the last one).
    """
    made = _asked(model, object, id, actor)
    everyone = [made.survivor, *made.others]
    lock(object, sorted(everyone))
    hold_writers(object, [prop for prop in object.properties if may_hold_more(prop)])
    kept = json.loads(scalar(sa.select(MERGE.c.kept).where(MERGE.c.id == made.id)))
    change_set = new_change_set(actor, source="unmerge")
    values, back = _values_back(object, made, kept)
    later = [*values, *_later_links(model, object, made, actor), *_later_activities(made)]
    conflicts = _free_other_values(object, made, kept["other_values"])
    conflicts += _write_back(
        object, made, back, kept.get("binned", {}), change_set=change_set, actor=actor
    )
    lost = take_links_back(model, object, merge=made.id, others=made.others, change_set=change_set)
    conflicts += _lost_links(model, lost)
    take_activities_back(object, merge=made.id, survivor=made.survivor, others=made.others)
    move_all_back(Move(object, made.survivor, made.others, change_set), kept["keepers"])
    execute(MERGE.update().where(MERGE.c.id == made.id).values(undone_by=change_set))
    data = json.dumps({"survivor": made.survivor, "merged": made.others})
    write_event(
        "record_unmerged",
        change_set=change_set,
        object=object,
        record_id=made.survivor,
        data=data,
    )
    target = f"{object.name} {made.survivor}"
    audit.log(actor, "record.unmerge", target, after={"restored": list(made.others)})
    transaction.set_rollback(dry_run)
    return Unmerged(made.survivor, made.others, tuple(later), tuple(conflicts))


def _asked(model: DataModel, object: ObjectDef, id: int, actor: Actor) -> Made:
    survivor = survivor_of(object, id)
    try:
        found(model, object, [survivor], actor)
    except TresseError as error:
        if error.code != RECORD_NOT_FOUND.code:
            raise
        # Of the id that was asked for: the survivor's is not theirs to know.
        raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id) from None
    require(actor, "merge", object.name, shown_plural(object))
    merges = merges_of(survivor)
    if not merges:
        table = object.table
        title = scalar(sa.select(title_of(object, table, actor)).where(table.c.id == survivor))
        raise NOT_MERGED(record=title, id=survivor)
    last = merges[0]
    if id != survivor and id not in last.others:
        raise MERGED_LATER(record=id, id=survivor)
    check_reach(object, [survivor, *last.others], actor, "merge")
    return last


def _values_back(
    object: ObjectDef, made: Made, kept: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """Values that were changed later, and the columns of the survivor that go back."""
    table, before, after = object.table, kept["before"], kept["after"]
    current = rows_of(object, [made.survivor])[made.survivor]
    moved = {name for name, text in after.items() if as_text(current[name]) != text}
    later: list[Mapping[str, Any]] = []
    for prop in object.properties:
        if prop.column not in moved or (is_set_by_product(prop) and prop.name != "pipeline"):
            continue
        later.append(
            {
                "sort": "value",
                "property": prop.name,
                "value": current[prop.column],
                "before": from_text(before[prop.column], table.c[prop.column].type),
            }
        )
        moved |= set(_with(object, prop))
    back = {
        name: from_text(text, table.c[name].type)
        for name, text in before.items()
        if name not in moved
    }
    return later, back


def _with(object: ObjectDef, prop: PropertyDef) -> Iterator[str]:
    """Columns that go with a property."""
    yield prop.normal_column
    for name in {"owner": WITH_OWNER, "stage": WITH_STAGE}.get(prop.name, ()):
        if object.has(name):
            yield object.property(name).column


def _free_other_values(
    object: ObjectDef, made: Made, before: Sequence[Sequence[Any]]
) -> list[Mapping[str, Any]]:
    """Other values as they were; those that another record took meanwhile are told."""
    mine = OTHER_VALUE.c.record_id == made.survivor
    own = {(property_id, text) for property_id, text, *_ in before}
    pair = sa.tuple_(OTHER_VALUE.c.property_id, OTHER_VALUE.c.compared)
    given = OTHER_VALUE.c.change_set_id == made.change_set
    execute(OTHER_VALUE.delete().where(mine, sa.or_(given, pair.in_(list(own)))))
    by_id = {prop.id: prop for prop in object.properties}
    taken = _taken(object, [(by_id[each[0]], each[1]) for each in before if each[0] in by_id])
    good = [each for each in before if each[0] in by_id and (each[0], each[1]) not in taken]
    load(OTHER_VALUE, COLUMNS, good)
    return [
        _conflict(record, by_id[id], value, taken[id, text])
        for id, text, record, value, *_ in before
        if (id, text) in taken
    ]


def _conflict(record: int, prop: PropertyDef, value: Any, holder: int) -> Mapping[str, Any]:
    return {
        "sort": "value",
        "record": record,
        "property": prop.name,
        "value": value,
        "held_by": holder,
    }


def _taken(
    object: ObjectDef, wanted: Sequence[tuple[PropertyDef, str]]
) -> dict[tuple[int, str], int]:
    """Which compared forms of unique properties live records hold, and which records."""
    table = object.table
    held: dict[tuple[int, str], int] = {}
    for prop in {prop.id: prop for prop, _ in wanted if prop.is_unique}.values():
        texts = [text for each, text in wanted if each.id == prop.id]
        column = stored_text(table.c[prop.normal_column])
        main = sa.select(column, table.c.id).where(column.in_(texts), table.c.deleted_at.is_(None))
        other = (
            sa.select(OTHER_VALUE.c.compared, table.c.id)
            .join(table, table.c.id == OTHER_VALUE.c.record_id)
            .where(
                OTHER_VALUE.c.property_id == prop.id,
                OTHER_VALUE.c.compared.in_(texts),
                table.c.deleted_at.is_(None),
            )
        )
        held |= {(prop.id, text): id for text, id in rows(main.union_all(other))}
    return held


def _write_back(
    object: ObjectDef,
    made: Made,
    back: Mapping[str, Any],
    binned: Mapping[str, str | None],
    *,
    change_set: int,
    actor: Actor,
) -> list[Mapping[str, Any]]:
    """The survivor's values, then the others out of the bin; a taken unique value stays empty."""
    table = object.table
    there = rows_of(object, [made.survivor, *made.others])
    conflicts: list[Mapping[str, Any]] = []
    version = table.c.version + 1
    survivor: dict[str, Any] = {"updated_at": now(), "updated_by": actor.user_id}
    for id in (made.survivor, *made.others):
        own = dict(back) if id == made.survivor else {}
        if not binned.get(str(id)):
            own |= _emptied(object, id, back if id == made.survivor else there[id], conflicts)
        bound = {
            name: sa.bindparam(None, value, type_=table.c[name].type) for name, value in own.items()
        }
        since = from_text(binned.get(str(id)), table.c.deleted_at.type)
        other = {"deleted_at": since, "merged_into": None}
        stamp = survivor if id == made.survivor else other
        execute(table.update().where(table.c.id == id).values(version=version, **stamp, **bound))
        told = [
            prop
            for prop in object.properties
            if prop.column in own and (not is_set_by_product(prop) or prop.name == "pipeline")
        ]
        write_history(object, id, told, there[id], {**there[id], **own}, change_set=change_set)
    for id in made.others:
        inside = merged_ids(id)
        execute(table.update().where(table.c.id.in_(inside)).values(merged_into=id))
    return conflicts


def _emptied(
    object: ObjectDef, id: int, row: Mapping[str, Any], conflicts: list[Mapping[str, Any]]
) -> dict[str, None]:
    """Columns of unique values of a record that another one took, as None."""
    wanted = [
        (prop, text)
        for prop in object.properties
        if prop.is_unique
        and prop.column in row
        and (text := as_text(row[prop.normal_column])) is not None
    ]
    emptied: dict[str, None] = {}
    taken = _taken(object, wanted)
    for prop, text in wanted:
        holder = taken.get((prop.id, text), id)
        if holder != id:
            conflicts.append(_conflict(id, prop, row[prop.column], holder))
            emptied |= {prop.column: None, prop.normal_column: None}
    return emptied


def _later_links(
    model: DataModel, object: ObjectDef, made: Made, actor: Actor
) -> Iterator[Mapping[str, Any]]:
    for side in model.sides(object.name):
        other = model.object(side.other)
        links, table = pairs_from(side), other.table
        statement = (
            sa.select(links.c.other, title_of(other, table, actor))
            .join(table, table.c.id == links.c.other)
            .where(
                links.c.here == made.survivor,
                links.c.change_set_id > made.change_set,
                visible(other, actor, table),
            )
            .order_by(links.c.other)
            .limit(MOST_LISTED)
        )
        for id, title in rows(statement):
            yield {
                "sort": "link",
                "relation": side_key(side),
                "object": other.name,
                "id": id,
                "title": title,
            }


def _later_activities(made: Made) -> list[Mapping[str, Any]]:
    statement = (
        sa.select(ACTIVITY.c.id, ACTIVITY.c.kind)
        .join(ACTIVITY_RECORD, ACTIVITY_RECORD.c.activity_id == ACTIVITY.c.id)
        .where(
            ACTIVITY_RECORD.c.record_id == made.survivor,
            ACTIVITY.c.change_set_id > made.change_set,
        )
        .order_by(ACTIVITY.c.id)
        .limit(MOST_LISTED)
    )
    return [{"sort": "activity", "id": id, "kind": kind} for id, kind in rows(statement)]


def _lost_links(model: DataModel, lost: Sequence[tuple[int, int, int]]) -> list[Mapping[str, Any]]:
    names = {each.id: each.name for each in model.associations}
    return [
        {"sort": "link", "relation": names[association], "from": one, "to": two}
        for association, one, two in lost
    ]
