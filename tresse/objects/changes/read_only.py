"""Properties that people read and syncs alone write (D121): the flag `read_only` of own ones.

What is shipped or calculated is written by the product, and stays so.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BUILT_IN
from tresse.kernel.errors import IN_USE
from tresse.objects import models
from tresse.objects.calculated import is_for_syncs, sort_of
from tresse.objects.changes.refusals import NEEDED_OF_PEOPLE
from tresse.objects.labels import shown_row
from tresse.objects.refusals import READ_ONLY_PROPERTY
from tresse.objects.uses import Target, fillers_of

NEVER_READ_ONLY = ("pipeline", "stage")
"Kinds that records are moved by, so that people write them."


def take_read_only(prop: models.Property, wanted: dict[str, Any]) -> None:
    """Check the flag that is wanted of a property; what it is already is taken out.

    Raises:
        TresseError: `built_in`, `read_only_property` (the product writes it), `in_use` (a sync
            fills it from a computed column), `wrong_value` (it is required).
    """
    if "read_only" in wanted and bool(wanted["read_only"]) == prop.is_read_only:
        del wanted["read_only"]
    if "read_only" in wanted:
        _check_turned(prop, is_on=bool(wanted["read_only"]))
    check_needed(
        shown_row(prop),
        is_read_only=bool(wanted.get("read_only", is_for_syncs(prop))),
        is_required=bool(wanted.get("required", prop.is_required)),
    )


def _check_turned(prop: models.Property, *, is_on: bool) -> None:
    if prop.is_builtin and is_on:
        raise BUILT_IN(name=shown_row(prop), action=gettext("made read-only"))
    if prop.is_builtin or sort_of(prop.settings):
        raise READ_ONLY_PROPERTY(name=shown_row(prop))
    if not is_on and (users := fillers_of(Target("property", prop.name, prop.object_type.name))):
        raise IN_USE(name=shown_row(prop), users=users)


def check_needed(label: str, *, is_read_only: bool, is_required: bool) -> None:
    """Refuse a property that people must fill in and cannot.

    Raises:
        TresseError: `wrong_value`.
    """
    if is_read_only and is_required:
        raise NEEDED_OF_PEOPLE(property=label)


def set_for_syncs(
    prop: models.Property, is_on: bool, *, actor: Actor, cause: Mapping[str, Any]
) -> None:
    """Make an own property read-only for people, or editable again, in the caller's transaction.

    What the product writes, and what records are moved by, stays as it is.

    Args:
        prop: Locked by the caller.
        is_on: Whether syncs alone write it from now on.
        actor: Who changed the sync that asks for it. It follows from that, so no right to change
            the data model is needed.
        cause: Stands beside the change in the audit log: `{"sync": "contacts_to_crm"}`.

    Raises:
        TresseError: `wrong_value`; it is required.
    """
    is_ours = prop.is_builtin or sort_of(prop.settings) or prop.kind in NEVER_READ_ONLY
    if is_ours or prop.is_read_only == is_on:
        return
    check_needed(shown_row(prop), is_read_only=is_on, is_required=prop.is_required)
    prop.is_read_only = is_on
    prop.save(update_fields=["is_read_only"])
    target = f"{prop.object_type.name}.{prop.name}"
    after = {"read_only": is_on, **cause}
    audit.log(actor, "property.change", target, before={"read_only": not is_on}, after=after)
