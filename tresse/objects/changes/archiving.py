"""Hiding definitions and bringing them back, alike for object types, properties and relations."""

from typing import TypeVar

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.objects import models

Row = TypeVar("Row", models.ObjectType, models.Property, models.AssociationType)


def set_archived(row: Row, actor: Actor, *, sort: str, target: str, value: bool) -> Row:
    """Archive or bring back, if it is not so already.

    Args:
        row: The definition.
        actor: Who acts.
        sort: What the audit log calls definitions of this sort: `property`.
        target: What it calls this one.
        value: Whether it is archived from now on.
    """
    if row.is_archived == value:
        return row
    row.is_archived = value
    with transaction.atomic():
        row.save(update_fields=["is_archived"])
        audit.log(actor, f"{sort}.{'archive' if value else 'unarchive'}", target)
    return row
