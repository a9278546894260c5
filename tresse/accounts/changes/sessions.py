"""Ends sessions."""

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.models import Session, User
from tresse.accounts.queries import handle_of
from tresse.kernel.errors import UNKNOWN_NAME
from tresse.kernel.marks import N_


def end_sessions(user: User, *, but: str = "") -> int:
    """End all sessions of a person, but the one with this key; answers how many ended."""
    return Session.objects.filter(user=user).exclude(session_key=but).delete()[0]


def end_session(handle: str, *, actor: Actor) -> None:
    """End one session of the actor's own, named as `queries.handle_of` names it (C105).

    Raises:
        TresseError: `unknown_name`; the actor has no such session.
    """
    with transaction.atomic():
        for session in Session.objects.filter(user_id=actor.user_id or 0):
            if handle_of(session.session_key) == handle:
                session.delete()
                audit.log(actor, "session.end", actor.email, after={"address": session.address})
                return
    raise UNKNOWN_NAME(sort=N_("session"), name=handle)
