"""What the API of this room takes and gives."""

from datetime import datetime
from typing import Any

from ninja import Schema
from ninja.params.functions import Query
from pydantic import ConfigDict, Field

LIMIT: Any = Query(50, ge=1, le=200)
"How many rows of a list are asked for (C125)."


class Body(Schema):
    """What a request sends: a field that is not named here is refused (C123)."""

    model_config = ConfigDict(extra="forbid")


class UserOut(Schema):
    """A user."""

    id: int
    email: str
    name: str
    language: str
    time_zone: str
    theme: str
    role: str
    teams: list[str]
    is_active: bool
    created_at: datetime


class UserPage(Schema):
    """Some users, and where to go on."""

    users: list[UserOut]
    cursor: str | None


class UserIn(Body):
    """A user to add; without a password they get an invitation."""

    email: str
    role: str
    name: str = ""
    language: str = ""
    time_zone: str = ""
    teams: list[str] = []
    password: str | None = None


class UserChange(Body):
    """What to change of a user; what is not named stays."""

    email: str | None = None
    name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    theme: str | None = None
    role: str | None = None
    teams: list[str] | None = None
    is_active: bool | None = None


class UserAdded(UserOut):
    """A new user with the address of their invitation, shown once."""

    invitation: str | None = None


class InvitationOut(Schema):
    """The address by which a user chooses a password; shown once."""

    invitation: str


class TeamOut(Schema):
    """A team with the e-mails of its members."""

    name: str
    label: str
    members: list[str]


class TeamIn(Body):
    """A team to add."""

    name: str
    label: str = ""
    members: list[str] = []


class TeamChange(Body):
    """What to change of a team."""

    label: str | None = None
    members: list[str] | None = None


class RoleOut(Schema):
    """A role; `objects`, `properties` and `rights` as in C106."""

    name: str
    label: str
    is_builtin: bool
    is_administrator: bool
    objects: dict[str, dict[str, str]]
    properties: dict[str, dict[str, str]]
    rights: list[str]


class RoleChange(Body):
    """What to change of a role; a part that is named is replaced as a whole."""

    label: str | None = None
    objects: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    rights: list[str] | None = None


class RoleIn(RoleChange):
    """A role to add."""

    name: str


class TokenOut(Schema):
    """A token as the list shows it (C113)."""

    id: int
    name: str
    user: str
    prefix: str
    scope: str
    objects: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str


class TokenPage(Schema):
    """Some tokens, and where to go on."""

    tokens: list[TokenOut]
    cursor: str | None


class TokenIn(Body):
    """A token to make; `days` null: it never expires."""

    name: str
    user: str | None = Field(None, description="E-mail of its user; left out: you.")
    scope: str = "write"
    objects: list[str] | None = None
    days: int | None = 365


class TokenMade(TokenOut):
    """A new token with its secret, shown this once."""

    token: str


class EntryOut(Schema):
    """A row of the audit log (C115)."""

    id: int
    at: datetime
    user_id: int | None
    person: str
    token_id: int | None
    address: str
    action: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str


class EntryPage(Schema):
    """Some entries of the audit log, the latest first, and where to go on."""

    entries: list[EntryOut]
    cursor: str | None


class SessionOut(Schema):
    """One of your own sessions."""

    id: str
    address: str
    browser: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
