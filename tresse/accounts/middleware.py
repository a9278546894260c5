"""Finds out who asks, before any view runs; a request of nobody gets no further."""

import ipaddress
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext

from tresse.accounts import audit, pace
from tresse.accounts.actor import Actor
from tresse.accounts.answers import problem_of
from tresse.accounts.models import Token
from tresse.accounts.queries import actor_of, actor_of_token, token_given
from tresse.accounts.refusals import TOKEN_NOT_VALID
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, TresseError
from tresse.kernel.marks import N_

API = "/api/"
OPEN = ("/sign-in/", "/invitations/", "/static/", "/health/", "/favicon.ico", "/robots.txt")
"Addresses that need neither session nor token."
OPEN_API = ("/api/v1/openapi.json",)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READING_POSTS = ("/search", "/filters/check")
"Ends of API addresses that only read although they are posted to."
SEEN_EVERY = timedelta(minutes=1)

READ_ONLY_TOKEN = N_("This token may read but not write.")
FOREIGN_PAGE = N_("The request does not come from a page of this account. Load the page anew.")


class Actors:
    """Sets `request.actor`, the person's language and zone, and where an audited act came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse: pages lead to the sign-in, the API answers 401."""
        is_api = request.path.startswith(API)
        address = address_of(request)
        mark = audit.origin.set(audit.Origin(address, getattr(request, "id", "")))
        try:
            actor = _api_actor(request, address) if is_api else _page_actor(request)
        except TresseError as error:
            return problem_of(request, error)
        else:
            request.actor = actor  # type: ignore[attr-defined]
            if actor is None and not request.path.startswith(OPEN_API if is_api else OPEN):
                return _refused(request, is_api=is_api)
            return self._answer(request, actor)
        finally:
            audit.origin.reset(mark)

    def _answer(self, request: HttpRequest, actor: Actor | None) -> HttpResponse:
        with ExitStack() as stack:
            if actor is not None:
                stack.enter_context(translation.override(actor.language))
                stack.enter_context(timezone.override(ZoneInfo(actor.zone)))
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


def address_of(request: HttpRequest) -> str:
    """The address the request came from; of what proxies say only our own are believed.

    With `TRUSTED_PROXIES` of n, each of ours added who spoke to it, so the n-th from the end of
    `X-Forwarded-For` spoke to the first of ours; what stands before it anyone may have written.
    """
    given = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.TRUSTED_PROXIES
    header = request.headers.get("X-Forwarded-For", "")
    passed = [each.strip() for each in header.split(",")] if header else []
    if 0 < proxies <= len(passed):
        given = passed[-proxies]
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        return ""


def known_address(request: HttpRequest) -> str | None:
    """The address, or None, as django-axes wants it."""
    return address_of(request) or None


def secret_in(request: HttpRequest) -> str:
    """The token that a request shows, or nothing."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    return request.headers.get("X-API-Key", "").strip()


def _page_actor(request: HttpRequest) -> Actor | None:
    if not request.user.is_authenticated:
        return None
    _note_session(request)
    return actor_of(request.user)


def _api_actor(request: HttpRequest, address: str) -> Actor | None:
    if secret := secret_in(request):
        token = token_given(secret)
        pace.keep(token.pk)
        if token.scope == "read" and not _only_reads(request):
            raise NOT_PERMITTED(sentence=gettext(READ_ONLY_TOKEN))
        _note_token(token, address)
        return actor_of_token(token)
    actor = _page_actor(request)
    if actor is not None and request.method not in READING_METHODS:
        _require_own_page(request)
    return actor


def _only_reads(request: HttpRequest) -> bool:
    return request.method in READING_METHODS or (
        request.method == "POST" and request.path.rstrip("/").endswith(READING_POSTS)
    )


def _require_own_page(request: HttpRequest) -> None:
    """The cookie of a session comes along with any request, so a write must show the CSRF token."""
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _request: HttpResponse(), (), {}) is not None:
        raise NOT_PERMITTED(sentence=gettext(FOREIGN_PAGE))


def _refused(request: HttpRequest, *, is_api: bool) -> HttpResponse:
    if is_api:
        answer = problem_of(request, TOKEN_NOT_VALID())
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Tresse"'
        return answer
    address = f"/sign-in/?{urlencode({'next': request.get_full_path()})}"
    if getattr(request, "htmx", False):
        # A fragment of a page cannot show the sign-in: the whole page goes there.
        return HttpResponse(status=401, headers={"HX-Redirect": "/sign-in/"})
    return redirect(address)


def _note_session(request: HttpRequest) -> None:
    last = request.session.get("seen_at", "")
    moment = now()
    if last < (moment - SEEN_EVERY * 10).isoformat():
        request.session["seen_at"] = moment.isoformat()


def _note_token(token: Token, address: str) -> None:
    if token.last_used_at is None or now() - token.last_used_at >= SEEN_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now(), last_used_address=address)
