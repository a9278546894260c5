"""Answers to programs: JSON, and refusals as problem details (RFC 9457)."""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from tresse.kernel.errors import DID_YOU_MEAN, TresseError, sentence
from tresse.web.templatetags.numbers import number

MARKED = ("sort", "wanted", "things", "type", "found")
"Details that are words of the program, marked for translation where they are given."

COUNTED = ("number", "rows", "rejected", "lines", "most")
"Details that are counts, written with the separators of the language."


def message(error: TresseError) -> str:
    """The sentence of a refusal in the language of the person."""
    return said(error.template, error.details)


def said(template: str, details: Mapping[str, Any]) -> str:
    """A sentence and the words of the program in it, in the language that is active."""
    given = {key: details[key] for key in MARKED if isinstance(details.get(key), str)}
    words = {key: gettext(text) for key, text in given.items() if text}
    # Counts as pages show them; numbers of runs, lines and years are names rather than counts.
    counts = {key: details[key] for key in COUNTED if type(details.get(key)) is int}
    words |= {key: number(count) for key, count in counts.items()}
    return sentence(gettext(template), {**details, **words}, gettext(DID_YOU_MEAN))


def encoded(text: str) -> bytes:
    """JSON as bytes; half of a surrogate pair, which no encoding has, as JSON's escape of it."""
    return text.encode("utf-8", "backslashreplace")


def answer(body: Any, status: int = 200, version: int | None = None) -> HttpResponse:
    """A JSON answer; `ETag` is the version of a record (C126)."""
    text = json.dumps(body, ensure_ascii=False, default=_plain)
    response = HttpResponse(encoded(text), status=status, content_type="application/json")
    if version is not None:
        response["ETag"] = f'"{version}"'
    return response


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def problem(status: int, code: str, detail: str, **more: object) -> HttpResponse:
    """Problem details."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    return HttpResponse(
        encoded(json.dumps(body, ensure_ascii=False, default=str)),
        status=status,
        content_type="application/problem+json",
    )


def problem_of(request: HttpRequest, error: TresseError) -> HttpResponse:
    """A refusal as problem details, its values beside the sentence."""
    details = {k: v for k, v in error.details.items() if k not in {"status", "code", "detail"}}
    identity = getattr(request, "id", None)
    answer = problem(error.status, error.code, message(error), request_id=identity, **details)
    if "seconds" in error.details and error.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(error.details["seconds"])
    return answer
