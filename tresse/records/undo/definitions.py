"""Options and properties that a change set added: archived again where no record uses them."""

from typing import Any

import sqlalchemy as sa

from tresse.objects import models
from tresse.objects.database import execute, mappings, scalar
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.records.bulk_tables import UNDO_ITEM
from tresse.records.undo.items import Items
from tresse.records.undo.outcomes import Kind, Outcome

ADDED = (int(Kind.OPTION_ADDED), int(Kind.PROPERTY_ADDED))


def judge_added(items: Items) -> None:
    """Kept where records outside the bin hold a value of it that this undo does not take back."""
    for row in _rows(items):
        found = _property(items, row["ref_id"])
        outcome = Outcome.NO_PROPERTY
        if found is not None:
            object, prop = found
            is_used = _is_used(items, object, prop, row["new"])
            outcome = Outcome.IN_USE if is_used else Outcome.REVERSED
        execute(
            UNDO_ITEM.update()
            .values(outcome=int(outcome))
            .where(
                UNDO_ITEM.c.undo_id == items.undo_id,
                UNDO_ITEM.c.kind == row["kind"],
                UNDO_ITEM.c.record_id == row["record_id"],
            )
        )


def archive_added(items: Items) -> None:
    """Archive those judged so."""
    for row in _rows(items):
        if row["outcome"] != Outcome.REVERSED:
            continue
        if row["kind"] == Kind.OPTION_ADDED:
            options = models.Option.objects.filter(property_id=row["ref_id"], name=row["new"])
            options.update(is_archived=True)
        else:
            models.Property.objects.filter(pk=row["ref_id"]).update(is_archived=True)


def _rows(items: Items) -> list[dict[str, Any]]:
    item = UNDO_ITEM
    statement = (
        sa.select(item.c.kind, item.c.record_id, item.c.ref_id, item.c.new, item.c.outcome)
        .where(item.c.undo_id == items.undo_id, item.c.kind.in_(ADDED))
        .order_by(item.c.kind, item.c.record_id)
    )
    return mappings(statement)


def _property(items: Items, id: int) -> tuple[ObjectDef, PropertyDef] | None:
    for object in items.model.objects:
        for prop in object.properties:
            if prop.id == id:
                return object, prop
    return None


def _is_used(items: Items, object: ObjectDef, prop: PropertyDef, option: str) -> bool:
    table = object.table
    column = table.c[prop.column]
    holds: sa.ColumnElement[bool] = column.is_not(None)
    if option:
        holds = column == option
        if prop.kind.name == "options":
            holds = column.contains(f"|{option}|", autoescape=True)
    item = UNDO_ITEM
    goes = sa.exists().where(
        item.c.undo_id == items.undo_id,
        item.c.record_id == table.c.id,
        item.c.outcome == int(Outcome.REVERSED),
        sa.or_(
            item.c.kind == int(Kind.CREATED),
            sa.and_(item.c.kind == int(Kind.VALUE), item.c.ref_id == prop.id),
        ),
        item.c.kind.in_((int(Kind.CREATED), int(Kind.VALUE))),
    )
    found = sa.select(table.c.id).where(table.c.deleted_at.is_(None), holds, ~goes).limit(1)
    return scalar(found) is not None
