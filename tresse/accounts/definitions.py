"""Roles, teams and settings as `tresse apply` reads and `tresse config` prints them (C5a)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.account import SETTINGS
from tresse.accounts.actor import Actor
from tresse.accounts.changes import (
    add_role,
    add_team,
    change_role,
    change_settings,
    change_team,
)
from tresse.accounts.changes.roles import facts_of as role_facts
from tresse.accounts.changes.settings import checked_settings
from tresse.accounts.changes.teams import checked_name
from tresse.accounts.changes.teams import facts_of as team_facts
from tresse.accounts.models import Role, Team
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account, roles, teams, user_with_email
from tresse.accounts.rights import checked_rights
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_

PARTS = ("objects", "properties", "rights")


def read_roles() -> list[dict[str, Any]]:
    """All roles; of the administrator the label only, since it may everything."""
    return [
        {"name": role.name, "label": role.label}
        if role.is_administrator
        else {part: fact for part, fact in role_facts(role).items() if fact or part == "objects"}
        for role in roles()
    ]


def write_role(item: Mapping[str, Any], actor: Actor, dry_run: bool) -> Outcome:
    """Make one role so. Without `objects`, `properties` and `rights` its rights stay.

    Raises:
        TresseError: As `add_role` and `change_role`.
    """
    check_keys(item, ("name", "label", *PARTS), N_("a role"))
    require_right(actor, "users.manage")
    name = checked_name(_name(item))
    rights = {part: item[part] for part in PARTS if part in item}
    checked = checked_rights(rights)
    role = Role.objects.filter(name=name).first()
    if role is None:
        if not dry_run:
            add_role(name=name, label=item.get("label", ""), rights=rights, actor=actor)
        return "created"
    same = not rights or checked == checked_rights(role.rights)
    if same and item.get("label", role.label) == role.label:
        return "unchanged"
    with transaction.atomic():
        change_role(role, label=item.get("label"), rights=rights or None, actor=actor)
        if dry_run:
            transaction.set_rollback(True)
    return "changed"


def read_teams() -> list[dict[str, Any]]:
    """All teams, their members by e-mail."""
    return [team_facts(team) for team in teams()]


def write_team(item: Mapping[str, Any], actor: Actor, dry_run: bool) -> Outcome:
    """Make one team so. Without `members` they stay.

    Raises:
        TresseError: As `add_team` and `change_team`.
    """
    check_keys(item, ("name", "label", "members"), N_("a team"))
    require_right(actor, "users.manage")
    name = checked_name(_name(item))
    members = None if item.get("members") is None else item["members"]
    emails = sorted({user_with_email(email).email for email in members or ()})
    team = Team.objects.filter(name=name).first()
    if team is None:
        if not dry_run:
            add_team(name=name, label=item.get("label", ""), members=emails, actor=actor)
        return "created"
    was = team_facts(team)
    same = members is None or was["members"] == emails
    if same and item.get("label", team.label) == team.label:
        return "unchanged"
    if not dry_run:
        given = None if members is None else emails
        change_team(team, label=item.get("label"), members=given, actor=actor)
    return "changed"


def read_settings() -> dict[str, Any]:
    """All settings in force."""
    values = account().values
    return {
        each.name: list(values[each.name])
        if isinstance(values[each.name], tuple)
        else values[each.name]
        for each in SETTINGS
    }


def write_settings(item: Mapping[str, Any], actor: Actor, dry_run: bool) -> Outcome:
    """Make the named settings so.

    Raises:
        TresseError: As `change_settings`.
    """
    require_right(actor, "settings.manage")
    checked = checked_settings(item)
    now = read_settings()
    if all(_plain(value) == now[name] for name, value in checked.items()):
        return "unchanged"
    if not dry_run:
        change_settings(checked, actor=actor)
    return "changed"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _name(item: Mapping[str, Any]) -> str:
    name = item.get("name")
    if not isinstance(name, str):
        raise WRONG_VALUE(name="name", wanted=gettext("a name"), value=name)
    return name


KINDS = (
    DefinitionKind("settings", (), read_settings, write_settings),
    DefinitionKind("roles", ("objects",), read_roles, write_role),
    DefinitionKind("teams", (), read_teams, write_team),
)
