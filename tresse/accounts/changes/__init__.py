"""Changes to people, teams, roles, tokens, sessions and settings, for all doors alike."""

from tresse.accounts.changes.people import (
    accept_invitation,
    add_user,
    change_password,
    change_user,
    deactivate_user,
    ensure_administrator,
    invite,
)
from tresse.accounts.changes.roles import add_role, change_role, delete_role
from tresse.accounts.changes.sessions import end_session, end_sessions
from tresse.accounts.changes.settings import change_settings
from tresse.accounts.changes.teams import add_team, change_team, delete_team
from tresse.accounts.changes.tokens import add_token, revoke_token

__all__ = [
    "accept_invitation",
    "add_role",
    "add_team",
    "add_token",
    "add_user",
    "change_password",
    "change_role",
    "change_settings",
    "change_team",
    "change_user",
    "deactivate_user",
    "delete_role",
    "delete_team",
    "end_session",
    "end_sessions",
    "ensure_administrator",
    "invite",
    "revoke_token",
]
