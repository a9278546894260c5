"""Users, teams, roles, tokens, settings and the audit log over REST."""

from typing import Any

from django.http import HttpResponse
from ninja import Body, Router, Status

from tresse.accounts import schemas as shape
from tresse.accounts.changes import (
    add_role,
    add_team,
    add_token,
    add_user,
    change_role,
    change_settings,
    change_team,
    change_user,
    deactivate_user,
    delete_role,
    delete_team,
    end_session,
    invite,
    revoke_token,
)
from tresse.accounts.changes.people import facts_of as user_facts
from tresse.accounts.changes.roles import facts_of as role_facts
from tresse.accounts.changes.teams import facts_of as team_facts
from tresse.accounts.definitions import read_settings
from tresse.accounts.models import AuditEntry, Role, Team, Token, User
from tresse.accounts.paging import page_of
from tresse.accounts.permission import require_right
from tresse.accounts.queries import (
    audit_entries,
    handle_of,
    public_address,
    role_at,
    roles,
    sessions_of,
    team_at,
    teams,
    token_with_id,
    tokens,
    user_with_email,
    user_with_id,
    users,
)
from tresse.accounts.requests import SignedIn
from tresse.accounts.schemas import LIMIT

router = Router(tags=["People"])


def shown_user(user: User) -> dict[str, Any]:
    """A user as it is answered."""
    return {"id": user.pk, "created_at": user.created_at, **user_facts(user)}


def shown_role(role: Role) -> dict[str, Any]:
    """A role as it is answered."""
    parts = {"objects": {}, "properties": {}, "rights": []} | role_facts(role)
    return parts | {"is_builtin": role.is_builtin, "is_administrator": role.is_administrator}


def shown_token(token: Token) -> dict[str, Any]:
    """A token as it is answered, without its secret."""
    names = shape.TokenOut.model_fields.keys() - {"user", "objects"}
    facts = {name: getattr(token, name) for name in names}
    return facts | {"user": token.user.email, "objects": token.objects_allowed}


def shown_entry(entry: AuditEntry) -> dict[str, Any]:
    """An entry of the audit log as it is answered."""
    return {name: getattr(entry, name) for name in shape.EntryOut.model_fields}


@router.get("/users", response=shape.UserPage)
def user_list(
    request: SignedIn,  # noqa: ARG001
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Any:
    """Users, the newest first."""
    rows, following = page_of(users(), cursor=cursor, limit=limit)
    return {"users": [shown_user(row) for row in rows], "cursor": following}


@router.post("/users", response={201: shape.UserAdded})
def user_add(request: SignedIn, response: HttpResponse, body: shape.UserIn) -> Status[Any]:
    """Add a user; without a password, with an invitation."""
    shown_once(response)
    actor = request.actor
    user = add_user(**body.dict(), actor=actor)
    link = None if body.password else invitation_address(request, invite(user, actor=actor))
    return Status(201, shown_user(user) | {"invitation": link})


@router.get("/users/me", response=shape.UserOut)
def user_me(request: SignedIn) -> Any:
    """The user who asks."""
    return shown_user(user_with_id(request.actor.user_id or 0))


@router.get("/users/{user_id}", response=shape.UserOut)
def user_get(request: SignedIn, user_id: int) -> Any:  # noqa: ARG001
    """One user."""
    return shown_user(user_with_id(user_id))


@router.patch("/users/{user_id}", response=shape.UserOut)
def user_change(request: SignedIn, user_id: int, body: shape.UserChange) -> Any:
    """Change a user."""
    changes = {name: value for name, value in body.dict().items() if value is not None}
    return shown_user(change_user(user_with_id(user_id), actor=request.actor, **changes))


@router.delete("/users/{user_id}", response=shape.UserOut)
def user_deactivate(request: SignedIn, user_id: int, hand_over_to: str | None = None) -> Any:
    """Deactivate a user; with an e-mail in `hand_over_to`, what they own passes to that user."""
    heir = user_with_email(hand_over_to) if hand_over_to else None
    user = user_with_id(user_id)
    return shown_user(deactivate_user(user, hand_over_to=heir, actor=request.actor))


@router.post("/users/{user_id}/invite", response={201: shape.InvitationOut})
def user_invite(request: SignedIn, response: HttpResponse, user_id: int) -> Status[Any]:
    """Make a new invitation; older ones of the user end."""
    shown_once(response)
    secret = invite(user_with_id(user_id), actor=request.actor)
    return Status(201, {"invitation": invitation_address(request, secret)})


@router.get("/teams", response=list[shape.TeamOut])
def team_list(request: SignedIn) -> Any:  # noqa: ARG001
    """All teams."""
    return [team_facts(team) for team in teams()]


@router.post("/teams", response={201: shape.TeamOut})
def team_add(request: SignedIn, body: shape.TeamIn) -> Status[Any]:
    """Add a team."""
    return Status(201, team_facts(add_team(**body.dict(), actor=request.actor)))


@router.patch("/teams/{name}", response=shape.TeamOut)
def team_change(request: SignedIn, name: str, body: shape.TeamChange) -> Any:
    """Change a team."""
    team: Team = team_at(name)
    return team_facts(change_team(team, **body.dict(), actor=request.actor))


@router.delete("/teams/{name}", response={204: None})
def team_delete(request: SignedIn, name: str) -> Status[None]:
    """Delete a team."""
    delete_team(team_at(name), actor=request.actor)
    return Status(204, None)


@router.get("/roles", response=list[shape.RoleOut])
def role_list(request: SignedIn) -> Any:  # noqa: ARG001
    """All roles."""
    return [shown_role(role) for role in roles()]


@router.post("/roles", response={201: shape.RoleOut})
def role_add(request: SignedIn, body: shape.RoleIn) -> Status[Any]:
    """Add a role."""
    role = add_role(
        name=body.name, label=body.label or "", rights=parts_of(body), actor=request.actor
    )
    return Status(201, shown_role(role))


@router.patch("/roles/{name}", response=shape.RoleOut)
def role_change(request: SignedIn, name: str, body: shape.RoleChange) -> Any:
    """Change a role."""
    role = role_at(name)
    given = parts_of(body)
    rights = {**role.rights, **given} if given else None
    return shown_role(change_role(role, label=body.label, rights=rights, actor=request.actor))


@router.delete("/roles/{name}", response={204: None})
def role_delete(request: SignedIn, name: str) -> Status[None]:
    """Delete a role that nobody has."""
    delete_role(role_at(name), actor=request.actor)
    return Status(204, None)


@router.get("/tokens", response=shape.TokenPage)
def token_list(request: SignedIn, cursor: str | None = None, limit: int = LIMIT) -> Any:
    """Your tokens; with the right `tokens.others`, everyone's."""
    actor = request.actor
    found = tokens() if actor.has("tokens.others") else tokens(actor.user_id or 0)
    rows, following = page_of(found, cursor=cursor, limit=limit)
    return {"tokens": [shown_token(row) for row in rows], "cursor": following}


@router.post("/tokens", response={201: shape.TokenMade})
def token_add(request: SignedIn, response: HttpResponse, body: shape.TokenIn) -> Status[Any]:
    """Make a token; its secret is in this answer only."""
    shown_once(response)
    actor = request.actor
    user = user_with_email(body.user or actor.email)
    given = body.dict(exclude={"user"})
    token, secret = add_token(user, **given, actor=actor)
    return Status(201, shown_token(token) | {"token": secret})


@router.delete("/tokens/{token_id}", response=shape.TokenOut)
def token_revoke(request: SignedIn, token_id: int) -> Any:
    """Revoke a token."""
    actor = request.actor
    return shown_token(revoke_token(token_with_id(token_id, actor), actor=actor))


@router.get("/sessions", response=list[shape.SessionOut])
def session_list(request: SignedIn) -> Any:
    """Your open sessions."""
    return [
        {
            "id": handle_of(each.session_key),
            "address": each.address,
            "browser": each.browser,
            "started_at": each.started_at,
            "seen_at": each.seen_at,
            "expires_at": each.expire_date,
        }
        for each in sessions_of(request.actor.user_id or 0)
    ]


@router.delete("/sessions/{handle}", response={204: None})
def session_end(request: SignedIn, handle: str) -> Status[None]:
    """End one of your sessions."""
    end_session(handle, actor=request.actor)
    return Status(204, None)


@router.get("/settings", response=dict[str, Any])
def settings_get(request: SignedIn) -> Any:  # noqa: ARG001
    """The settings of the account."""
    return read_settings()


@router.patch("/settings", response=dict[str, Any])
def settings_change(request: SignedIn, body: Body[dict[str, Any]]) -> Any:
    """Change settings of the account."""
    change_settings(body, actor=request.actor)
    return read_settings()


@router.get("/audit", response=shape.EntryPage)
def audit_list(
    request: SignedIn,
    user: int | None = None,
    action: str = "",
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Any:
    """The audit log, the latest first; needs the right `audit.read`."""
    require_right(request.actor, "audit.read")
    found = audit_entries(user_id=user, action=action)
    rows, following = page_of(found, cursor=cursor, limit=limit)
    return {"entries": [shown_entry(row) for row in rows], "cursor": following}


def shown_once(response: HttpResponse) -> None:
    """Mark an answer with a secret in it: nobody keeps it, `accounts.idempotency` neither."""
    response.headers["Cache-Control"] = "no-store"


def parts_of(body: shape.RoleChange) -> dict[str, Any]:
    """The parts of a role's rights that a body names."""
    given = body.dict(include={"objects", "properties", "rights"})
    return {part: value for part, value in given.items() if value is not None}


def invitation_address(request: SignedIn, secret: str) -> str:
    """The full address of an invitation."""
    return public_address(request.build_absolute_uri("/")) + f"invitations/{secret}/"
