"""Writes the audit log: who did what, to what, from where; no secrets, no record values (C116)."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from tresse.accounts.actor import Actor
from tresse.accounts.models import AuditEntry
from tresse.accounts.queries import account
from tresse.kernel.clock import now

SECRET_WORDS = ("password", "secret", "token", "hash", "api_key", "private_key", "invitation")
MASK = "…"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the present request comes from; empty in jobs and on the command line."""

    address: str = ""
    request_id: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def log(
    actor: Actor,
    action: str,
    target: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write an entry, in the caller's transaction.

    Args:
        actor: Who did it.
        action: A noun and a verb, `user.change`; in the log one can ask for all of a noun.
        target: What it was done to, as a person would name it.
        before: What changed, as it was. Values under names of secrets are masked.
        after: What changed, as it is.
    """
    here = origin.get()
    return AuditEntry.objects.create(
        user_id=actor.user_id,
        person=actor.email or actor.name,
        token_id=actor.token_id,
        address=here.address,
        action=action,
        target=target[:200],
        before=masked(before),
        after=masked(after),
        request_id=here.request_id,
    )


def masked(value: Any) -> Any:
    """The value without what stands under a name of a secret, however deep."""
    if isinstance(value, Mapping):
        return {
            key: MASK if _is_secret(str(key)) and each else masked(each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    return value


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs of two states, as it was and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def forget_old() -> int:
    """Delete entries older than the account keeps them; answers how many."""
    oldest = now() - timedelta(days=30.5 * account().audit_months)
    return QuerySet(AuditEntry).filter(at__lt=oldest).delete()[0]
