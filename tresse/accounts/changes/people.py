"""Changes to users: add, invite, change, deactivate, passwords."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.account import LANGUAGES, ZONES
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.changes.sessions import end_sessions
from tresse.accounts.handover import OWNERSHIPS
from tresse.accounts.models import ADMINISTRATOR, Invitation, Role, User
from tresse.accounts.permission import require_right
from tresse.accounts.queries import (
    account,
    administrators,
    hash_of,
    invitation_given,
    role_named,
    teams_named,
)
from tresse.accounts.refusals import (
    INVALID_EMAIL,
    LAST_ADMINISTRATOR,
    NAME_TAKEN,
    PASSWORD_TOO_EASY,
    PASSWORD_TOO_SHORT,
)
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import clean

INVITATION_DAYS = 7
OWN = frozenset({"name", "language", "time_zone", "theme"})
"What a person changes of themselves without the right to manage users."
ONLY_ADMINISTRATORS = N_("Only an administrator gives or takes the role Administrator.")
ONLY_OWN_PASSWORD = N_("The present password is another one.")


def add_user(
    *,
    email: str,
    role: str,
    actor: Actor,
    name: str = "",
    language: str = "",
    time_zone: str = "",
    teams: Sequence[str] = (),
    password: str | None = None,
) -> User:
    """Add a person. Without a password they need an invitation (`invite`).

    Args:
        email: Signs in; unique whatever its case.
        role: Name of a role.
        actor: Needs `users.manage`.
        name: Empty: the part of the address before the @.
        language: Empty: the account's.
        time_zone: Empty: the account's.
        teams: Names of teams.
        password: 12 characters or more.

    Raises:
        TresseError: `not_permitted`, `invalid_email`, `name_taken`, `unknown_reference`,
            `wrong_value`, `password_too_short`, `failed_validation`.
    """
    require_right(actor, "users.manage")
    address = checked_email(email)
    given = role_named(role)
    _may_give(given, actor)
    user = User(
        email=address,
        name=clean(name) or address.partition("@")[0],
        language=_language(language or account().language),
        time_zone=_zone(time_zone),
        role=given,
    )
    _set_password(user, password)
    with transaction.atomic():
        _save(user)
        user.teams.set(teams_named(teams))
        audit.log(actor, "user.add", user.email, after=facts_of(user))
    return user


def change_user(user: User, *, actor: Actor, **changes: Any) -> User:
    """Change facts of a person: `email name language time_zone theme role teams is_active`.

    One changes one's own name, language, zone and theme; anything else needs `users.manage`.

    Raises:
        TresseError: As `add_user`, and `last_administrator`.
    """
    if user.pk != actor.user_id or not OWN.issuperset(changes):
        require_right(actor, "users.manage")
    before = facts_of(user)
    with transaction.atomic():
        checked = {
            name: _checked(name, value, user, actor)
            for name, value in changes.items()
            if name != "teams"
        }
        _keep_an_administrator(user, changes)
        for name, value in checked.items():
            setattr(user, name, value)
        _save(user)
        if "teams" in changes:
            user.teams.set(teams_named(changes["teams"]))
        if not user.is_active:
            _shut_out(user, actor)
        was, now_is = audit.difference(before, facts_of(user))
        if now_is:
            audit.log(actor, "user.change", user.email, before=was, after=now_is)
    return user


def deactivate_user(user: User, *, actor: Actor, hand_over_to: User | None = None) -> User:
    """End a person's access; what they own stays theirs unless it is handed over (C111).

    Raises:
        TresseError: `not_permitted`, `last_administrator`.
    """
    with transaction.atomic():
        change_user(user, actor=actor, is_active=False)
        if hand_over_to is not None:
            for ownership in OWNERSHIPS:
                ownership.hand_over(user.pk, hand_over_to.pk, actor=actor)
            audit.log(actor, "user.hand_over", user.email, after={"to": hand_over_to.email})
    return user


def ensure_administrator(
    *, email: str, name: str = "", password: str | None = None
) -> tuple[User, str | None]:
    """The first administrator of a fresh installation, made if there is none.

    Returns:
        The person, and the password if one was made up for them (it is shown once).
    """
    existing = administrators().first()
    if existing is not None:
        return existing, None
    made_up = None if password else secrets.token_urlsafe(12)
    user = add_user(
        email=email,
        name=name,
        role=ADMINISTRATOR,
        password=password or made_up,
        actor=SYSTEM,
    )
    return user, made_up


def invite(user: User, *, actor: Actor) -> str:
    """Make the link by which a person chooses a password; older ones end.

    Returns:
        The secret of the link, shown this once.
    """
    require_right(actor, "users.manage")
    _may_give(user.role, actor)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        user.invitations.filter(used_at=None).delete()
        ends = now() + timedelta(days=INVITATION_DAYS)
        Invitation.objects.create(user=user, hash=hash_of(secret), expires_at=ends)
        audit.log(actor, "user.invite", user.email, after={"until": ends.isoformat()})
    return secret


def accept_invitation(secret: str, *, name: str, password: str) -> User:
    """Choose a name and a password by the link of an invitation.

    Raises:
        TresseError: `link_expired`, `password_too_short`, `failed_validation`.
    """
    with transaction.atomic():
        invitation = invitation_given(secret)
        user = invitation.user
        user.name = clean(name) or user.name
        _set_password(user, password)
        # Of two who use the link at once, one finds it used.
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now()):
            invitation_given(secret)
        _save(user)
        end_sessions(user)
        audit.log(_itself(user), "user.accept", user.email)
    return user


def change_password(user: User, *, old: str, new: str, actor: Actor, keep: str = "") -> User:
    """Choose another password; all sessions of the person but `keep` (a session key) end.

    Raises:
        TresseError: `not_permitted`, `password_too_short`, `failed_validation`.
    """
    if user.pk != actor.user_id or not user.check_password(old):
        raise NOT_PERMITTED(sentence=gettext(ONLY_OWN_PASSWORD))
    _set_password(user, new)
    with transaction.atomic():
        _save(user)
        end_sessions(user, but=keep)
        audit.log(actor, "user.password", user.email)
    return user


def facts_of(user: User) -> dict[str, Any]:
    """What the audit log and the API say of a person."""
    return {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "time_zone": user.time_zone,
        "theme": user.theme,
        "role": user.role.name,
        "teams": sorted(team.name for team in user.teams.all()),
        "is_active": user.is_active,
    }


def checked_email(value: str) -> str:
    """An address in lower case.

    Raises:
        TresseError: `invalid_email`.
    """
    address = clean(value).lower()
    try:
        validate_email(address)
    except ValidationError:
        raise INVALID_EMAIL(value=value) from None
    return address


def _checked(name: str, value: Any, user: User, actor: Actor) -> Any:
    if name == "role":
        role = role_named(value)
        if role != user.role:
            _may_give(role, actor)
            _may_give(user.role, actor)
        return role
    if name == "is_active" and value != user.is_active:
        _may_give(user.role, actor)
    if name == "email":
        return checked_email(value)
    if name == "theme" and value not in {"", "light", "dark"}:
        raise WRONG_VALUE(name="theme", wanted="light / dark", value=f'"{value}"')
    if name == "name":
        return clean(value) or user.name
    if name == "language":
        return _language(value)
    return _zone(value) if name == "time_zone" else value


def _may_give(role: Role, actor: Actor) -> None:
    if role.is_administrator and not actor.rights.is_administrator:
        raise NOT_PERMITTED(sentence=gettext(ONLY_ADMINISTRATORS))


def _keep_an_administrator(user: User, changes: Mapping[str, Any]) -> None:
    goes = changes.get("is_active", True) is False or changes.get("role", ADMINISTRATOR) != (
        ADMINISTRATOR
    )
    if goes and user.is_active and user.role.is_administrator:
        # Locked, so that of the last two administrators only one can go at a time.
        remaining = {each.pk for each in administrators().select_for_update(of=("self",))}
        if remaining <= {user.pk}:
            raise LAST_ADMINISTRATOR(name=user.name)


def _shut_out(user: User, actor: Actor) -> None:
    end_sessions(user)
    for token in user.tokens.filter(revoked_at=None):
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        audit.log(actor, "token.revoke", f"{token.name} ({token.prefix})")


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        codes = {each.code for each in error.error_list}
        refusal = PASSWORD_TOO_SHORT if "password_too_short" in codes else PASSWORD_TOO_EASY
        raise refusal() from None
    user.set_password(password)


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("The account"), name=user.email) from None


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise WRONG_VALUE(name="language", wanted=" / ".join(LANGUAGES), value=f'"{value}"')
    return value


def _zone(value: str) -> str:
    if value and value not in ZONES:
        wanted = gettext("a time zone such as Europe/Paris")
        raise WRONG_VALUE(name="time_zone", wanted=wanted, value=f'"{value}"')
    return value


def _itself(user: User) -> Actor:
    return Actor(user.pk, user.name, SYSTEM.rights, email=user.email)
