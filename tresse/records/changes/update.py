"""Changing values of records, with history and events."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.engine.stored import as_text
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, first, load
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import value_of
from tresse.objects.sight import readable_property
from tresse.records.cells import Cell, Cells
from tresse.records.changes.create import duplicate
from tresse.records.changes.email_companies import link_by_email
from tresse.records.changes.other_values import refuse_held
from tresse.records.changes.telling import tell_assigned
from tresse.records.changes.values import check_required, check_stage, columns_of, typed
from tresse.records.queries import history_of
from tresse.records.refusals import CHANGED_MEANWHILE, RECORD_CHANGED_MEANWHILE
from tresse.records.tables import HISTORY
from tresse.records.visibility import check_reach, found
from tresse.records.writing import companions, lock, new_change_set, write_event
from tresse.web.templatetags.numbers import moment


def update_record(
    model: DataModel,
    object: ObjectDef,
    id: int,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    version: int | None = None,
    expected: Mapping[str, Any] | None = None,
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
        expected: Property name → what it held when the person began, as text or JSON value; refused
            if it holds something else now, unless that is what is to be written (C54).
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
            _check_expected(object, id, current, given, expected=expected or {}, actor=actor)
            changed = _changed(object, current, given)
            if not changed:
                return ()
            after = {**current, **changed}
            check_required(object, after)
            check_stage(object, after, changed)
            is_alone = change_set is None
            change_set = change_set or new_change_set(actor)
            _write(object, id, current, changed, actor=actor, change_set=change_set)
            if object.name == "contact" and changed.get("email"):
                link_by_email(model, [id], actor=actor, change_set=change_set)
            if is_alone and "owner" in changed:
                tell_assigned(object, id, changed["owner"], actor=actor, change_set=change_set)
    except IntegrityError:
        raise duplicate(object, given, actor, but=id) from None
    return tuple(changed)


def _check_expected(
    object: ObjectDef,
    id: int,
    current: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    expected: Mapping[str, Any],
    actor: Actor,
) -> None:
    cells = Cells(object, actor)
    for name, before in expected.items():
        cell = cells.cell(readable_property(object, name, actor), current.get(name))
        if _is(cell, before, cells.reading(cell.prop)) or given.get(name, ...) == cell.value:
            continue
        change = next(iter(history_of(object, id, actor, name=name, limit=1)), None)
        person = cells.people.get(change.user_id or 0) if change else None
        raise CHANGED_MEANWHILE(
            name=shown_label(cell.prop),
            value=cell.shown or cell.text,
            person=person or gettext("somebody else"),
            time=moment(change.at) if change else "–",
        )


def _is(cell: Cell, before: Any, reading: Reading) -> bool:
    """Whether a cell holds what was seen; a text that can no longer be read is compared as text."""
    if before == cell.text:
        return True
    try:
        return bool(value_of(cell.prop.kind, before, reading) == cell.value)
    except TresseError:
        return False


def _current(object: ObjectDef, id: int) -> dict[str, Any]:
    table = object.table
    kept = [prop for prop in object.properties if prop.column]
    columns = [table.c[prop.column].label(prop.name) for prop in kept]
    values = first(sa.select(table.c.version, *columns).where(table.c.id == id))
    return dict(zip(["version", *(prop.name for prop in kept)], values or (), strict=True))


def _changed(
    object: ObjectDef, current: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    wanted = with_pipeline(object, current, given)
    return {name: value for name, value in wanted.items() if value != current[name]}


def with_pipeline(
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
    refuse_held(object, id, changed, actor)
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


def stage_change(object: ObjectDef, before: int | None, after: int | None) -> str:
    """What the event of another stage carries, as JSON."""
    old, new = (object.stages.get(each or 0) for each in (before, after))
    data = {
        "from": old.name if old else None,
        "to": new.name if new else None,
        "kind": new.kind if new else None,
    }
    return json.dumps(data)


def _write_consequences(
    object: ObjectDef,
    id: int,
    current: Mapping[str, Any],
    changed: Mapping[str, Any],
    *,
    change_set: int,
) -> None:
    if "stage" in changed and object.has_pipelines:
        write_event(
            "stage_changed",
            change_set=change_set,
            object=object,
            record_id=id,
            data=stage_change(object, current["stage"], changed["stage"]),
        )
    if object.name == "task" and changed.get("status") == "done":
        write_event("task_completed", change_set=change_set, object=object, record_id=id)
