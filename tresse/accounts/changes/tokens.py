"""Changes to API tokens."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.handover import check_references
from tresse.accounts.models import Token, User
from tresse.accounts.permission import require_right
from tresse.accounts.queries import hash_of
from tresse.accounts.refusals import INACTIVE_USER, INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import clean

PREFIX = "trs_"
DAYS = 365
NOT_BY_TOKEN = N_("A token cannot make tokens. Sign in instead.")


def add_token(
    user: User,
    *,
    name: str,
    actor: Actor,
    scope: str = "write",
    objects: Sequence[str] | None = None,
    days: int | None = DAYS,
) -> tuple[Token, str]:
    """Make a token for a user.

    Args:
        user: Whose rights it has, as they are at each request.
        name: What it is for.
        actor: The user, or someone with `tokens.others`.
        scope: `read` or `write`.
        objects: Names of the only object types it reaches; None: all.
        days: Until it expires; None: never.

    Returns:
        The token, and its secret, which is shown this once (C113).

    Raises:
        TresseError: `not_permitted`, `inactive_user`, `wrong_value`, `invalid_name`.
    """
    _may(user, actor)
    if not user.is_active:
        raise INACTIVE_USER(name=user.name or user.email)
    if actor.token_id is not None:
        raise NOT_PERMITTED(sentence=gettext(NOT_BY_TOKEN))
    if scope not in {"read", "write"}:
        raise WRONG_VALUE(name="scope", wanted="read / write", value=f'"{scope}"')
    if days is not None and not 1 <= days <= 36_500:
        raise WRONG_VALUE(name="days", wanted="1 to 36500", value=days)
    if not clean(name):
        raise WRONG_VALUE(name="name", wanted=gettext("some text"), value='""')
    for each in objects or ():
        if not NAME.fullmatch(each):
            raise INVALID_NAME(name=each)
    check_references({"objects": objects or (), "properties": {}})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        user=user,
        name=clean(name)[:100],
        prefix=secret[:8],
        hash=hash_of(secret),
        scope=scope,
        objects_allowed=None if objects is None else list(objects),
        expires_at=None if days is None else now() + timedelta(days=days),
    )
    with transaction.atomic():
        token.save()
        after = {"user": user.email, "scope": scope, "objects": token.objects_allowed}
        audit.log(actor, "token.add", _target(token), after=after)
    return token, secret


def revoke_token(token: Token, *, actor: Actor) -> Token:
    """End a token; it stays in the list.

    Raises:
        TresseError: `not_permitted`.
    """
    _may(token.user, actor)
    if token.revoked_at is None:
        with transaction.atomic():
            token.revoked_at = now()
            token.save(update_fields=["revoked_at"])
            audit.log(actor, "token.revoke", _target(token), after={"user": token.user.email})
    return token


def _may(user: User, actor: Actor) -> None:
    if user.pk != actor.user_id:
        require_right(actor, "tokens.others")


def _target(token: Token) -> str:
    return f"{token.name} ({token.prefix})"
