"""Changing values of records, with history and events."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.engine.stored import as_text
from tresse.kernel.clock import now
from tresse.objects.database import execute, first, load
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.records.changes.create import duplicate
from tresse.records.changes.values import check_required, check_stage, columns_of, typed
from tresse.records.refusals import RECORD_CHANGED_MEANWHILE
from tresse.records.tables import HISTORY
from tresse.records.visibility import check_reach, found
from tresse.records.writing import companions, lock, new_change_set, write_event


def update_record(
    model: DataModel,
    object: ObjectDef,
    id: int,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    version: int | None = None,
    change_set: int | None = None,
) -> tuple[str, ...]:
    """Change the values named, nothing else; answers the names of those that really changed.

    Args:
        model: The data model.
        object: The object type.
        id: The record.
        values: Property name → text as typed, or JSON value; None empties.
        actor: Needs `edit` on the record.
        version: The version the change is based on; refused if the record has moved on.
        change_set: Of the write this belongs to; a new one if left out.

    Raises:
        TresseError: as `create_record`; `record_not_found`, `record_in_bin`, `changed_meanwhile`.
    """
    found(model, object, [id], actor)
    require(actor, "edit", object.name, shown_plural(object))
    check_reach(object, [id], actor, "edit")
    given: dict[str, Any] = {}
    try:
        with transaction.atomic():
            lock(object, [id])
            current = _current(object, id)
            given = typed(object, values, actor=actor, pipeline=current.get("pipeline"))
            if version is not None and version != current["version"]:
                raise RECORD_CHANGED_MEANWHILE(record=f"{object.label} {id}", version=version)
            changed = _changed(object, current, given)
            if not changed:
                return ()
            after = {**current, **changed}
            check_required(object, after)
            check_stage(object, after, changed)
            change_set = change_set or new_change_set(actor)
            _write(object, id, current, changed, actor=actor, change_set=change_set)
    except IntegrityError:
        raise duplicate(object, given, actor, but=id) from None
    return tuple(changed)


def _current(object: ObjectDef, id: int) -> dict[str, Any]:
    table = object.table
    kept = [prop for prop in object.properties if prop.column]
    columns = [table.c[prop.column].label(prop.name) for prop in kept]
    values = first(sa.select(table.c.version, *columns).where(table.c.id == id))
    return dict(zip(["version", *(prop.name for prop in kept)], values or (), strict=True))


def _changed(
    object: ObjectDef, current: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    wanted = _with_pipeline(object, current, given)
    return {name: value for name, value in wanted.items() if value != current[name]}


def _with_pipeline(
    object: ObjectDef, current: Mapping[str, Any], given: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A stage carries its pipeline with it; a new pipeline alone starts at its first stage."""
    if given.get("stage"):
        return {**given, "pipeline": object.stages[given["stage"]].pipeline_id}
    pipeline = given.get("pipeline")
    if pipeline and pipeline != current["pipeline"] and "stage" not in given:
        chosen = next(each for each in object.pipelines if each.id == pipeline)
        return {**given, "stage": chosen.stages[0].id}
    return given


def _write(
    object: ObjectDef,
    id: int,
    current: Mapping[str, Any],
    changed: Mapping[str, Any],
    *,
    actor: Actor,
    change_set: int,
) -> None:
    table, at = object.table, now()
    columns = columns_of(object, changed)
    bound = {
        name: sa.bindparam(None, value, type_=table.c[name].type) for name, value in columns.items()
    }
    execute(
        table.update()
        .where(table.c.id == id)
        .values(
            version=table.c.version + 1,
            updated_at=at,
            updated_by=actor.user_id,
            **bound,
            **companions(object, bound, at=at),
        )
    )
    load(
        HISTORY,
        ("change_set_id", "object_id", "record_id", "property_id", "old", "new"),
        [
            (
                change_set,
                object.id,
                id,
                object.property(name).id,
                as_text(current[name]),
                as_text(value),
            )
            for name, value in changed.items()
        ],
    )
    write_event("record_changed", change_set=change_set, object=object, record_id=id)
    _write_consequences(object, id, current, changed, change_set=change_set)


def _write_consequences(
    object: ObjectDef,
    id: int,
    current: Mapping[str, Any],
    changed: Mapping[str, Any],
    *,
    change_set: int,
) -> None:
    if "stage" in changed and object.has_pipelines:
        old, new = (object.stages.get(each) for each in (current["stage"], changed["stage"]))
        data = {
            "from": old.name if old else None,
            "to": new.name if new else None,
            "kind": new.kind if new else None,
        }
        write_event(
            "stage_changed",
            change_set=change_set,
            object=object,
            record_id=id,
            data=json.dumps(data),
        )
    if object.name == "task" and changed.get("status") == "done":
        write_event("task_completed", change_set=change_set, object=object, record_id=id)
