"""Signs people in and out of a browser, with the throttle of django-axes before it (C105)."""

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db.models import Max, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor, Rights
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.accounts.refusals import TOO_MANY_ATTEMPTS
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, TresseError
from tresse.kernel.marks import N_

DO_NOT_FIT = N_("The e-mail and the password do not belong together.")


def sign_in(request: HttpRequest, *, email: str, password: str) -> User:
    """Open a session.

    Raises:
        TresseError: `too_many_attempts`; or `not_permitted`, without saying which of the two is
            wrong or whether the person exists.
    """
    email = email.strip().lower()
    credentials = {"username": email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        _note_refusal(email)
        raise _stopped(email)
    user = authenticate(request, username=email, password=password)
    if user is None:
        _note_refusal(email)
        if not AxesProxyHandler.is_allowed(request, credentials):
            raise _stopped(email)
        raise NOT_PERMITTED(sentence=gettext(DO_NOT_FIT))
    open_session(request, user)
    return user


def open_session(request: HttpRequest, user: User) -> None:
    """Sign a person in who has shown who they are."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.session["address"] = audit.origin.get().address
    request.session["browser"] = request.headers.get("User-Agent", "")[:255]
    request.session["started_at"] = request.session["seen_at"] = now().isoformat()
    audit.log(actor_of(user), "sign_in", user.email)


def sign_out(request: HttpRequest, *, actor: Actor) -> None:
    """Close the session of a request."""
    logout(request)
    audit.log(actor, "sign_out", actor.email)


def _note_refusal(email: str) -> None:
    audit.log(Actor(None, email, Rights()), "sign_in.refuse", email)


def _stopped(email: str) -> TresseError:
    address = audit.origin.get().address or None
    tries = AccessAttempt.objects.filter(Q(username=email) | Q(ip_address=address))
    last: datetime = tries.aggregate(last=Max("attempt_time"))["last"] or now()
    cool_off: timedelta = get_cool_off()
    ends = timezone.localtime(last + cool_off)
    return TOO_MANY_ATTEMPTS(time=f"{ends:%H:%M}")
