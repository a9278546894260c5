"""Requests that `middleware.Actors` let through: their type, and how a program's are read."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from tresse.accounts.actor import Actor
from tresse.accounts.refusals import JSON_BROKEN, UNKNOWN_PARAMETER
from tresse.kernel.errors import UNKNOWN_KEY, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_


class SignedIn(HttpRequest):
    """A request of a signed-in person or a valid token."""

    actor: Actor
    id: str


def is_fragment(request: HttpRequest) -> bool:
    """Whether HTMX asked for a part of a page, rather than a browser or a boosted link."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def parameters_of(request: HttpRequest, known: Sequence[str]) -> dict[str, str]:
    """Query parameters, with none but the known ones.

    Raises:
        TresseError: `unknown_parameter`.
    """
    for name in request.GET:
        if name not in known:
            raise UNKNOWN_PARAMETER(name=name, nearest=nearest(name, known))
    return {name: request.GET[name] for name in request.GET}


def body_of(request: HttpRequest, known: Sequence[str], sort: str) -> dict[str, Any]:
    """The JSON body, with no key but the known ones.

    Raises:
        TresseError: `json_broken`, `wrong_value`, `unknown_key`.
    """
    try:
        body = json_in(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise broken(error) from None
    if not isinstance(body, dict):
        raise WRONG_VALUE(name="body", wanted=N_("a JSON object"), value=type(body).__name__)
    for name in body:
        if name not in known:
            raise UNKNOWN_KEY(name=name, sort=sort, nearest=nearest(name, known))
    return body


def json_in(text: str | bytes) -> Any:
    """The value of a JSON text; `NaN` and `Infinity`, which Python reads, are no JSON.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is too deep.
    """
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    message = f"{constant} is no JSON"
    raise ValueError(message)


def broken(error: Exception) -> TresseError:
    """Where a text stops being JSON; 1 where it is JSON that no program can hold.

    Args:
        error: Of the reader, or what a framework made of it.
    """
    cause = error.__cause__ or error
    at = getattr(cause, "pos", getattr(cause, "start", 0))
    return JSON_BROKEN(position=at + 1)
