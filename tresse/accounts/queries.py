"""Reads of people, roles, teams, tokens, sessions and settings."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from tresse.accounts.account import Account, account_with
from tresse.accounts.actor import Actor
from tresse.accounts.models import (
    ADMINISTRATOR,
    AuditEntry,
    Invitation,
    Role,
    Session,
    Setting,
    Team,
    Token,
    User,
)
from tresse.accounts.refusals import (
    COULD_NOT_FIND_USER,
    INACTIVE_USER,
    LINK_EXPIRED,
    LINK_UNKNOWN,
    TOKEN_NOT_VALID,
)
from tresse.accounts.rights import narrowed, rights_of
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_NAME, UNKNOWN_REFERENCE, Refusal, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean

Named = TypeVar("Named", Role, Team)


def account() -> Account:
    """The settings of the account, in one query."""
    return account_with(dict(Setting.objects.values_list("name", "value")))


def users() -> QuerySet[User]:
    """All users by name, with their role and teams."""
    return User.objects.select_related("role").prefetch_related("teams").order_by("name", "id")


def active_users() -> QuerySet[User]:
    """Users who may sign in and own records."""
    return users().filter(is_active=True)


def teams() -> QuerySet[Team]:
    """All teams by label, with their members."""
    return Team.objects.prefetch_related("members").order_by("label", "id")


def roles() -> QuerySet[Role]:
    """All roles: the shipped ones in their order, then the others."""
    return Role.objects.order_by("-is_builtin", "id")


def tokens(user_id: int | None = None) -> QuerySet[Token]:
    """Tokens, the newest first; of one user if given."""
    found = Token.objects.select_related("user").order_by("-id")
    return found if user_id is None else found.filter(user_id=user_id)


def audit_entries(
    *,
    user_id: int | None = None,
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Entries of the audit log, the latest first; `until` is the first instant left out."""
    found = AuditEntry.objects.order_by("-id")
    if user_id is not None:
        found = found.filter(user_id=user_id)
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if since:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until else found


def audit_actions() -> list[str]:
    """Every action that the audit log tells of, by name."""
    found = AuditEntry.objects.order_by("action").values_list("action", flat=True)
    return list(found.distinct())


def team_mates(user_id: int) -> frozenset[int]:
    """Ids of users who share a team with a user, the user's own included."""
    through = User.teams.through
    own = through.objects.filter(user_id=user_id).values("team_id")
    found = through.objects.filter(team_id__in=own).values_list("user_id", flat=True)
    return frozenset({user_id, *found})


def actor_of(user: User, *, source: str = "page") -> Actor:
    """A person at work, with the rights of their role as they are now."""
    settings = account()
    return Actor(
        user_id=user.pk,
        name=user.name or user.email,
        rights=rights_of(user.role.rights, is_administrator=user.role.is_administrator),
        email=user.email,
        language=user.language,
        zone=user.time_zone or settings.zone,
        team_mates=team_mates(user.pk),
        unowned_hidden=frozenset(settings.unowned_for_all_only),
        source=source,
    )


def actor_of_token(token: Token) -> Actor:
    """The user of a token at work through it: never more than the user may now (C112)."""
    person = actor_of(token.user, source="api")
    rights = narrowed(person.rights, read_only=token.scope == "read", objects=token.objects_allowed)
    return Actor(
        user_id=person.user_id,
        name=person.name,
        rights=rights,
        email=person.email,
        language=person.language,
        zone=person.zone,
        team_mates=person.team_mates,
        unowned_hidden=person.unowned_hidden,
        token_id=token.pk,
        source="api",
    )


def actor_with_id(user_id: int, *, source: str = "page") -> Actor:
    """The actor of an active user by id, as a job that works for someone needs it.

    Raises:
        TresseError: `could_not_find_user` or `inactive_user`.
    """
    user = User.objects.select_related("role").filter(pk=user_id).first()
    return actor_of(_active(user, str(user_id)), source=source)


def user_with_email(email: str) -> User:
    """The user who signs in with an address.

    Raises:
        TresseError: `could_not_find_user`, with the nearest known address.
    """
    wanted = clean(email).lower()
    user = User.objects.select_related("role").filter(email=wanted).first()
    if user is None:
        known = User.objects.values_list("email", flat=True)[:1_000]
        raise COULD_NOT_FIND_USER(name=email, nearest=nearest(wanted, known))
    return user


def actor_with_email(email: str) -> Actor:
    """The actor of an active user by address.

    Raises:
        TresseError: `could_not_find_user` or `inactive_user`.
    """
    return actor_of(_active(user_with_email(email), email))


def _active(user: User | None, name: str) -> User:
    if user is None:
        raise COULD_NOT_FIND_USER(name=name)
    if not user.is_active:
        raise INACTIVE_USER(name=user.name or user.email)
    return user


def administrators() -> QuerySet[User]:
    """Active administrators, the first one first."""
    return (
        User.objects.select_related("role")
        .filter(is_active=True, role__name=ADMINISTRATOR)
        .order_by("id")
    )


def first_administrator() -> Actor:
    """The actor a command line acts as without `--as`.

    Raises:
        TresseError: `could_not_find_user`; the account has no administrator yet.
    """
    user = administrators().first()
    if user is None:
        raise COULD_NOT_FIND_USER(name=ADMINISTRATOR)
    return actor_of(user)


def role_named(name: str) -> Role:
    """The role of that name.

    Raises:
        TresseError: `unknown_reference`, with the nearest.
    """
    return _named(Role, name, UNKNOWN_REFERENCE, N_("role"))


def teams_named(names: Iterable[str]) -> list[Team]:
    """The teams of those names, in that order.

    Raises:
        TresseError: `unknown_reference`, with the nearest.
    """
    known = {team.name: team for team in Team.objects.all()}
    for name in names:
        if name not in known:
            raise UNKNOWN_REFERENCE(sort=N_("team"), name=name, nearest=nearest(name, known))
    return [known[name] for name in names]


def user_with_id(user_id: int) -> User:
    """The user with that id, active or not.

    Raises:
        TresseError: `unknown_name`.
    """
    user = users().filter(pk=user_id).first()
    if user is None:
        raise UNKNOWN_NAME(sort=N_("user"), name=user_id)
    return user


def role_at(name: str) -> Role:
    """The role an address names.

    Raises:
        TresseError: `unknown_name`, with the nearest.
    """
    return _named(Role, name, UNKNOWN_NAME, N_("role"))


def team_at(name: str) -> Team:
    """The team an address names.

    Raises:
        TresseError: `unknown_name`, with the nearest.
    """
    return _named(Team, name, UNKNOWN_NAME, N_("team"))


def _named(model: type[Named], name: str, refusal: Refusal, sort: str) -> Named:
    found = model.objects.filter(name=name).first()
    if found is None:
        known = list(model.objects.values_list("name", flat=True))
        raise refusal(sort=sort, name=name, nearest=nearest(name, known))
    return found


def token_with_id(token_id: int, actor: Actor) -> Token:
    """A token that the actor may see: their own, or with `tokens.others` anyone's.

    Raises:
        TresseError: `unknown_name`.
    """
    found = tokens() if actor.has("tokens.others") else tokens(actor.user_id or 0)
    token = found.filter(pk=token_id).first()
    if token is None:
        raise UNKNOWN_NAME(sort=N_("token"), name=token_id)
    return token


def public_address(otherwise: str) -> str:
    """Where people reach this account, with a slash at the end: the setting, or what they used."""
    return (account().public_url or otherwise).rstrip("/") + "/"


def hash_of(secret: str) -> str:
    """What is stored of a secret that is long and random, so that a plain hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_given(secret: str) -> Token:
    """The token that a request shows.

    Raises:
        TresseError: `token_not_valid`; revoked, expired, unknown or of a user who is not active.
    """
    token = Token.objects.select_related("user", "user__role").filter(hash=hash_of(secret)).first()
    if (
        token is None
        or token.revoked_at is not None
        or (token.expires_at is not None and token.expires_at <= now())
        or not token.user.is_active
    ):
        raise TOKEN_NOT_VALID()
    return token


def invitation_given(secret: str) -> Invitation:
    """The invitation of a link.

    Raises:
        TresseError: `link_expired`.
    """
    found = Invitation.objects.select_related("user", "user__role").filter(hash=hash_of(secret))
    invitation = found.first()
    if invitation is None or invitation.used_at is not None or not invitation.user.is_active:
        raise LINK_UNKNOWN()
    if invitation.expires_at <= now():
        raise LINK_EXPIRED(date=day_of(invitation.expires_at))
    return invitation


def day_of(instant: datetime) -> str:
    """The day of an instant as a sentence names it."""
    return instant.date().isoformat()


def sessions_of(user_id: int) -> QuerySet[Session]:
    """The open sessions of a user, the one used last first."""
    return Session.objects.filter(user_id=user_id, expire_date__gt=now()).order_by("-seen_at")


def handle_of(session_key: str) -> str:
    """How a page names a session: not by its key, which would open it."""
    return hash_of(session_key)[:16]
