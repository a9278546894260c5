"""Hiding definitions, bringing them back, and what must be so before one is deleted for good.

Alike for object types, properties and relations.
"""

from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BUILT_IN
from tresse.kernel.text import clean, normal
from tresse.objects import models
from tresse.objects.changes.refusals import LABEL_NOT_TYPED, NOT_ARCHIVED

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


def check_deletable(row: Row, label: str) -> None:
    """Refuse to delete what comes with the product or is not archived.

    Raises:
        TresseError: `built_in`, `not_archived`.
    """
    if row.is_builtin:
        raise BUILT_IN(name=label, action=gettext("deleted"))
    if not row.is_archived:
        raise NOT_ARCHIVED(name=label)


def check_typed(typed: str, label: str, *, records: int, links: int) -> None:
    """Refuse to delete without the label as proof; says how much would be lost.

    Raises:
        TresseError: `label_not_typed`.
    """
    if normal(clean(typed)) != normal(label):
        raise LABEL_NOT_TYPED(label=label, records=records, links=links)
