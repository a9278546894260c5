"""Passing the records of one user to another, as sets (C111)."""

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.objects.database import execute
from tresse.objects.described import ObjectDef, data_model
from tresse.records.tables import EVENT, HISTORY
from tresse.records.writing import new_change_set


@transaction.atomic
def hand_over_records(old: int, new: int, *, actor: Actor) -> int:
    """Make `new` the owner of all records that `old` owns, those in the bin too; answers how many.

    Args:
        old: Id of the user who owned them.
        new: Id of the user who owns them from now on.
        actor: Who decided it; the change set names them.
    """
    change_set = new_change_set(actor, source="bulk_edit")
    return sum(
        _hand_over(object, old, new, actor, change_set=change_set)
        for object in data_model().objects
    )


def _hand_over(object: ObjectDef, old: int, new: int, actor: Actor, *, change_set: int) -> int:
    table, at = object.table, now()
    owned = table.c.owner == old
    property_id = object.property("owner").id
    facts = [sa.literal(change_set), sa.literal(object.id), table.c.id]
    execute(
        HISTORY.insert().from_select(
            ["change_set_id", "object_id", "record_id", "property_id", "old", "new"],
            sa.select(*facts, sa.literal(property_id), sa.literal(str(old)), sa.literal(str(new)))
            .where(owned)
            .order_by(table.c.id),
        )
    )
    execute(
        EVENT.insert().from_select(
            ["name", "change_set_id", "object_id", "record_id"],
            sa.select(sa.literal("record_changed"), *facts).where(owned).order_by(table.c.id),
        )
    )
    return execute(
        table.update()
        .where(owned)
        .values(
            owner=new,
            owner_assigned_at=at,
            updated_at=at,
            updated_by=actor.user_id,
            version=table.c.version + 1,
        )
    )


class RecordOwnership:
    """What `accounts` hands over when a person leaves."""

    name = "records"

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:
        """Pass all records on."""
        hand_over_records(old, new, actor=actor)
