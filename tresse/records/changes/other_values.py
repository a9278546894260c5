"""Adding and removing other values, and refusing main values that are one already (C21)."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.engine.stored import as_text, stored_text
from tresse.objects.database import execute, first, load, scalar, vendor
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import value_of
from tresse.records.changes.values import writable
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.other_values import compared, may_hold_more
from tresse.records.readings import Readings
from tresse.records.refusals import ANOTHER_RECORD, DUPLICATE_VALUE, NO_OTHER_VALUES
from tresse.records.title import title_of
from tresse.records.visibility import check_reach, found, visible
from tresse.records.writing import lock, new_change_set

COLUMNS = ("property_id", "compared", "record_id", "value", "object_id", "change_set_id")


@transaction.atomic
def add_other_value(
    model: DataModel, object: ObjectDef, id: int, *, name: str, value: Any, actor: Actor
) -> bool:
    """Give a record another value by which it is found; False if it has that value already.

    Args:
        model: The data model.
        object: The object type.
        id: The record.
        name: A unique or match-key property.
        value: Text as typed, or JSON value.
        actor: Needs `edit` on the record.

    Raises:
        TresseError: `no_other_values`, a code of the property's kind, `duplicate_value` (if it is
            unique and belongs to another record), and as `update_record`.
    """
    prop, read = _asked(model, object, id, name, value, actor=actor)
    lock(object, [id])
    hold_writers(object, [prop])
    text = compared(prop, read)
    table = object.table
    own = scalar(sa.select(table.c[prop.normal_column]).where(table.c.id == id))
    if text is None or text == as_text(own) or _has(prop, id, text):
        return False
    change_set = new_change_set(actor)
    load(OTHER_VALUE, COLUMNS, [(prop.id, text, id, as_text(read), object.id, change_set)])
    refuse_taken(object, prop, [id], actor)
    return True


@transaction.atomic
def remove_other_value(
    model: DataModel, object: ObjectDef, id: int, *, name: str, value: Any, actor: Actor
) -> bool:
    """Take an other value away; False if the record has none such.

    Raises:
        TresseError: as `add_other_value`.
    """
    prop, read = _asked(model, object, id, name, value, actor=actor)
    chosen = sa.and_(
        OTHER_VALUE.c.property_id == prop.id,
        OTHER_VALUE.c.record_id == id,
        OTHER_VALUE.c.compared == compared(prop, read),
    )
    return bool(execute(OTHER_VALUE.delete().where(chosen)))


def _asked(
    model: DataModel, object: ObjectDef, id: int, name: str, value: Any, *, actor: Actor
) -> tuple[PropertyDef, Any]:
    found(model, object, [id], actor)
    require(actor, "edit", object.name, shown_plural(object))
    check_reach(object, [id], actor, "edit")
    prop = writable(object, name, actor)
    if not may_hold_more(prop):
        raise NO_OTHER_VALUES(name=shown_label(prop))
    return prop, value_of(prop.kind, value, Readings(object, actor).of(prop))


def _has(prop: PropertyDef, id: int, text: str) -> bool:
    return bool(
        first(
            sa.select(OTHER_VALUE.c.record_id).where(
                OTHER_VALUE.c.property_id == prop.id,
                OTHER_VALUE.c.compared == text,
                OTHER_VALUE.c.record_id == id,
            )
        )
    )


def hold_writers(object: ObjectDef, properties: Sequence[PropertyDef]) -> None:
    """Let nobody write main values of these properties while other values are checked.

    No index can tell a main value from an other one of another table. So who writes a main value
    looks for other values afterwards (`refuse_held`), and who writes other values waits here for
    those before: one of the two sees the other. On SQLite the transaction is the only writer.
    """
    if vendor() == "postgresql" and any(prop.is_unique for prop in properties):
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{object.table.name}" IN SHARE ROW EXCLUSIVE MODE')


def refuse_taken(object: ObjectDef, prop: PropertyDef, ids: Sequence[int], actor: Actor) -> None:
    """Refuse values of records, main or other, that clash with an other value (C21).

    Raises:
        TresseError: `duplicate_value`.
    """
    if not prop.is_unique:
        return
    table, more = object.table, OTHER_VALUE.alias("more")
    here = table.alias("here")
    own = sa.and_(OTHER_VALUE.c.property_id == prop.id, OTHER_VALUE.c.record_id.in_(ids))
    chosen = sa.select(table.c.id, OTHER_VALUE.c.value)
    theirs_is_main = chosen.join(
        OTHER_VALUE, OTHER_VALUE.c.compared == stored_text(table.c[prop.normal_column])
    ).where(own)
    both_are_other = (
        chosen.join(more, more.c.record_id == table.c.id)
        .join(
            OTHER_VALUE,
            sa.and_(
                OTHER_VALUE.c.property_id == more.c.property_id,
                OTHER_VALUE.c.compared == more.c.compared,
                OTHER_VALUE.c.record_id != more.c.record_id,
            ),
        )
        .where(own)
    )
    ours_is_main = (
        sa.select(table.c.id, OTHER_VALUE.c.value)
        .join(OTHER_VALUE, OTHER_VALUE.c.record_id == table.c.id)
        .join(here, stored_text(here.c[prop.normal_column]) == OTHER_VALUE.c.compared)
        .where(OTHER_VALUE.c.property_id == prop.id, here.c.id.in_(ids), here.c.id != table.c.id)
    )
    for statement, is_self in (
        (theirs_is_main, table.c.id == OTHER_VALUE.c.record_id),
        (both_are_other, sa.false()),
        (ours_is_main, sa.false()),
    ):
        taken = first(statement.where(table.c.deleted_at.is_(None), ~is_self).limit(1))
        if taken:
            raise duplicate_of(object, prop, taken[1], taken[0], actor)


def refuse_held(object: ObjectDef, id: int, values: Mapping[str, Any], actor: Actor) -> None:
    """Refuse main values, just written, that are other values of another record (C21).

    Raises:
        TresseError: `duplicate_value`.
    """
    unique = {
        prop.id: (prop, compared(prop, value))
        for name, value in values.items()
        if value is not None and (prop := object.property(name)).is_unique
    }
    if not unique:
        return
    table = object.table
    held = sa.or_(
        *(
            sa.and_(OTHER_VALUE.c.property_id == prop.id, OTHER_VALUE.c.compared == text)
            for prop, text in unique.values()
        )
    )
    taken = first(
        sa.select(OTHER_VALUE.c.property_id, table.c.id)
        .join(table, table.c.id == OTHER_VALUE.c.record_id)
        .where(held, table.c.deleted_at.is_(None), table.c.id != id)
        .limit(1)
    )
    if taken:
        prop, _ = unique[taken[0]]
        raise duplicate_of(object, prop, values[prop.name], taken[1], actor)


def duplicate_of(
    object: ObjectDef, prop: PropertyDef, value: Any, holder: int, actor: Actor
) -> Exception:
    """The refusal of a value that another record holds, named if the person may see it."""
    table = object.table
    seen = first(
        sa.select(title_of(object, table, actor)).where(
            table.c.id == holder, visible(object, actor, table)
        )
    )
    shown = (
        f"{seen[0]} ({holder})"
        if seen
        else gettext(ANOTHER_RECORD).format(object=shown_label(object).lower())
    )
    more = {"record_id": holder} if seen else {}
    return DUPLICATE_VALUE(name=shown_label(prop), value=value, holder=shown, **more)
