"""Creating records."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.kernel.clock import now
from tresse.objects.database import execute, first
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.changes.defaults import with_defaults
from tresse.records.changes.email_companies import link_by_email
from tresse.records.changes.links import link_records
from tresse.records.changes.other_values import refuse_held
from tresse.records.changes.telling import tell_assigned
from tresse.records.changes.values import check_required, check_stage, columns_of, typed
from tresse.records.refusals import ANOTHER_RECORD, DUPLICATE_VALUE, MISSING_REQUIRED_PROPERTY
from tresse.records.title import title_of
from tresse.records.visibility import visible
from tresse.records.writing import companions, new_change_set, take_id, write_event

Link = tuple[Side, int, str | None]
"""A link to make with the record: the side, the other record, a link label or None."""


def create_record(
    model: DataModel,
    object: ObjectDef,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    links: Sequence[Link] = (),
    change_set: int | None = None,
) -> int:
    """Create a record with its links, all or nothing; answers its id.

    Args:
        model: The data model.
        object: Its object type.
        values: Property name → text as typed, or JSON value; None and empty text are empty.
        actor: Needs `create`; owns the record if no owner is named.
        links: Made in the same transaction (C96a).
        change_set: Of the write this belongs to; a new one if left out.

    Raises:
        TresseError: `not_permitted`, `unknown_property`, `read_only_property`, a code of the
            property's kind, `missing_required_property`, `nothing_to_identify`,
            `duplicate_value`, `stage_requirements_missing`, or what `link_records` refuses.
    """
    require(actor, "create", object.name, shown_plural(object))
    read = with_defaults(object, typed(object, values, actor=actor), actor)
    check_required(object, read)
    check_stage(object, read, read)
    check_parts(model, object, links)
    try:
        with transaction.atomic():
            is_alone = change_set is None
            change_set = change_set or new_change_set(actor)
            id = take_id()
            execute(
                object.table.insert().values(id=id, **first_columns(object, read, actor, now()))
            )
            refuse_held(object, id, read, actor)
            write_event("record_created", change_set=change_set, object=object, record_id=id)
            if object.name == "task":
                write_event("task_created", change_set=change_set, object=object, record_id=id)
            for side, other, label in links:
                link_records(
                    model, side, [(id, other)], actor=actor, label=label, change_set=change_set
                )
            if object.name == "contact" and read.get("email"):
                link_by_email(model, [id], actor=actor, change_set=change_set)
            if is_alone:
                tell_assigned(object, id, read.get("owner"), actor=actor, change_set=change_set)
    except IntegrityError:
        raise duplicate(object, read, actor) from None
    return id


def first_columns(
    object: ObjectDef, values: Mapping[str, Any], actor: Actor, at: datetime
) -> dict[str, Any]:
    """The columns of a new record but its id, as expressions or plain values."""
    columns = columns_of(object, values)
    table = object.table
    bound = {
        name: sa.bindparam(None, value, type_=table.c[name].type) for name, value in columns.items()
    }
    return {
        "version": 1,
        "created_at": at,
        "created_by": actor.user_id,
        "created_source": actor.source,
        "updated_at": at,
        "updated_by": actor.user_id,
        "activity_count": 0,
        **bound,
        **companions(object, bound, at=at),
    }


def check_parts(model: DataModel, object: ObjectDef, links: Sequence[Link]) -> None:
    """A part (an order line) belongs to a whole from the start.

    Raises:
        TresseError: `missing_required_property`.
    """
    for side in model.sides(object.name):
        if side.association.is_part and side.forward:
            given = any(link[0].association.id == side.association.id for link in links)
            if not given:
                raise MISSING_REQUIRED_PROPERTY(object=shown_label(object), name=shown_label(side))


def duplicate(
    object: ObjectDef, values: Mapping[str, Any], actor: Actor, *, but: int = 0
) -> Exception:
    """Which value the database refused, and whose it is, if the person may know."""
    table = object.table
    columns = columns_of(object, values)
    for name, value in values.items():
        prop = object.property(name)
        if not prop.is_unique or value is None:
            continue
        taken = sa.and_(
            table.c[prop.normal_column] == columns[prop.normal_column],
            table.c.deleted_at.is_(None),
            table.c.id != but,
        )
        holder = first(sa.select(table.c.id, title_of(object, table, actor)).where(taken))
        if holder is None:
            continue
        seen = first(sa.select(table.c.id).where(taken, visible(object, actor, table)))
        shown = (
            f"{holder[1]} ({holder[0]})"
            if seen
            else gettext(ANOTHER_RECORD).format(object=shown_label(object).lower())
        )
        return DUPLICATE_VALUE(
            name=shown_label(prop),
            value=value,
            holder=shown,
            **({"record_id": holder[0]} if seen else {}),
        )
    return DUPLICATE_VALUE(
        name=shown_label(object), value="", holder=gettext(ANOTHER_RECORD).format(object="")
    )
