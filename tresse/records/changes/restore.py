"""Giving a property a value back that it held before (C27)."""

from dataclasses import replace

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import from_text
from tresse.objects.database import first
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.sight import readable_property
from tresse.records.changes.update import update_record
from tresse.records.readings import Readings
from tresse.records.refusals import NO_SUCH_CHANGE
from tresse.records.tables import HISTORY
from tresse.records.visibility import found


def restore_value(
    model: DataModel, object: ObjectDef, id: int, *, name: str, change_set: int, actor: Actor
) -> bool:
    """Write what a property held before a change; False if it holds that now.

    Args:
        model: The data model.
        object: The object type.
        id: The record.
        name: The property.
        change_set: Of the change before which it held the value.
        actor: Needs `edit` on the record.

    Raises:
        TresseError: `record_not_found` (the record or the change), as `update_record`.
    """
    found(model, object, [id], actor)
    prop = readable_property(object, name, actor)
    statement = (
        sa.select(HISTORY.c.old)
        .where(
            HISTORY.c.record_id == id,
            HISTORY.c.property_id == prop.id,
            HISTORY.c.change_set_id == change_set,
        )
        .order_by(HISTORY.c.id)
    )
    row = first(statement)
    if row is None:
        raise NO_SUCH_CHANGE(name=name, id=change_set)
    value = from_text(row[0], prop.kind.column)
    reading = Readings(object, actor).of(prop)
    text = None if value is None else prop.kind.format(value, reading)
    restoring = replace(actor, source="restore")
    return bool(update_record(model, object, id, values={name: text}, actor=restoring))
