"""Changes to roles."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.changes.teams import checked_name
from tresse.accounts.handover import check_references
from tresse.accounts.models import Role
from tresse.accounts.permission import require_right
from tresse.accounts.refusals import BUILT_IN, NAME_TAKEN
from tresse.accounts.rights import checked_rights
from tresse.kernel.errors import IN_USE
from tresse.kernel.text import clean


def add_role(*, name: str, actor: Actor, label: str = "", rights: Mapping[str, Any]) -> Role:
    """Add a role.

    Args:
        name: Stored name; never changes.
        actor: Needs `users.manage`.
        label: What people read; empty: the name.
        rights: `objects`, `properties`, `rights` as in C106.

    Raises:
        TresseError: `not_permitted`, `invalid_name`, `name_taken`, and as `checked_rights`.
    """
    require_right(actor, "users.manage")
    role = Role(name=checked_name(name), label=clean(label) or name, rights=_checked(rights))
    try:
        with transaction.atomic():
            role.save()
            audit.log(actor, "role.add", role.name, after=facts_of(role))
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("The account"), name=name) from None
    return role


def change_role(
    role: Role,
    *,
    actor: Actor,
    label: str | None = None,
    rights: Mapping[str, Any] | None = None,
) -> Role:
    """Change the label or all rights of a role; those of the administrator stay everything.

    Raises:
        TresseError: `not_permitted`, `built_in`, and as `checked_rights`.
    """
    require_right(actor, "users.manage")
    before = facts_of(role)
    if label is not None:
        role.label = clean(label) or role.label
    if rights is not None:
        checked = _checked(rights)
        if role.is_administrator and checked != role.rights:
            raise BUILT_IN(name=role.label, action=gettext("limited"))
        role.rights = checked
    was, now_is = audit.difference(before, facts_of(role))
    if now_is:
        with transaction.atomic():
            role.save()
            audit.log(actor, "role.change", role.name, before=was, after=now_is)
    return role


def delete_role(role: Role, *, actor: Actor) -> None:
    """Delete a role that nobody has.

    Raises:
        TresseError: `not_permitted`, `built_in`, `in_use`.
    """
    require_right(actor, "users.manage")
    if role.is_builtin:
        raise BUILT_IN(name=role.label, action=gettext("deleted"))
    try:
        with transaction.atomic():
            audit.log(actor, "role.delete", role.name, before=facts_of(role))
            role.delete()
    except ProtectedError:
        names = [user.name for user in role.users.order_by("name")[:20]]
        raise IN_USE(name=role.label, users=names) from None


def _checked(rights: Mapping[str, Any]) -> dict[str, Any]:
    checked = checked_rights(rights)
    check_references(checked)
    return checked


def facts_of(role: Role) -> dict[str, Any]:
    """A role as `apply` and the audit log say it."""
    return {"name": role.name, "label": role.label, **role.rights}
