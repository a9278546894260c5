"""Changes to teams."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.models import Team
from tresse.accounts.permission import require_right
from tresse.accounts.queries import user_with_email
from tresse.accounts.refusals import INVALID_NAME, NAME_TAKEN
from tresse.accounts.rights import NAME
from tresse.kernel.text import clean, folded


def checked_name(name: str) -> str:
    """A stored name (C4).

    Raises:
        TresseError: `invalid_name`.
    """
    if not NAME.fullmatch(name):
        raise INVALID_NAME(name=name)
    return name


def name_from(label: str, taken: Iterable[str]) -> str:
    """A name that fits a label, for people who type labels only: `Field sales`: `field_sales`."""
    stem = re.sub(r"[^a-z0-9]+", "_", folded(label)).strip("_")[:50]
    if not stem[:1].isalpha():
        stem = f"n_{stem}".rstrip("_")
    name, number, known = stem, 1, set(taken)
    while name in known:
        number += 1
        name = f"{stem}_{number}"
    return name


def add_team(*, name: str, actor: Actor, label: str = "", members: Sequence[str] = ()) -> Team:
    """Add a team of the users with these e-mails.

    Raises:
        TresseError: `not_permitted`, `invalid_name`, `name_taken`, `could_not_find_user`.
    """
    require_right(actor, "users.manage")
    team = Team(name=checked_name(name), label=clean(label) or name)
    try:
        with transaction.atomic():
            team.save()
            team.members.set([user_with_email(email) for email in members])
            audit.log(actor, "team.add", team.name, after=facts_of(team))
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("The account"), name=name) from None
    return team


def change_team(
    team: Team,
    *,
    actor: Actor,
    label: str | None = None,
    members: Sequence[str] | None = None,
) -> Team:
    """Change the label or the members (e-mails; all of them) of a team.

    Raises:
        TresseError: `not_permitted`, `could_not_find_user`.
    """
    require_right(actor, "users.manage")
    before = facts_of(team)
    with transaction.atomic():
        if label is not None:
            team.label = clean(label) or team.label
            team.save()
        if members is not None:
            team.members.set([user_with_email(email) for email in members])
        was, now_is = audit.difference(before, facts_of(team))
        if now_is:
            audit.log(actor, "team.change", team.name, before=was, after=now_is)
    return team


def delete_team(team: Team, *, actor: Actor) -> None:
    """Delete a team; its members stay users.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, "users.manage")
    with transaction.atomic():
        audit.log(actor, "team.delete", team.name, before=facts_of(team))
        team.delete()


def facts_of(team: Team) -> dict[str, Any]:
    """A team as `apply` and the audit log say it."""
    members = team.members.order_by("email").values_list("email", flat=True)
    return {"name": team.name, "label": team.label, "members": list(members)}
