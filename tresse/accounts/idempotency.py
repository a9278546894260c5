"""`Idempotency-Key` on any POST of the API: a request repeated with its key acts once (C122).

The key is taken in a transaction of its own, so that a second request sees it at once. The work
and its answer are then written in one transaction: after a crash there is neither, and the key can
be used again as soon as the first request cannot be running any more.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from tresse.accounts.answers import problem_of
from tresse.accounts.audit import masked
from tresse.accounts.middleware import API
from tresse.accounts.models import StoredAnswer
from tresse.accounts.refusals import IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED
from tresse.kernel.clock import now
from tresse.kernel.errors import TOO_LONG, TresseError

LONGEST = 255
KEPT = timedelta(hours=24)
RUNNING_AT_MOST = timedelta(minutes=15)
HEADERS = ("ETag", "Location", "Cache-Control", "Content-Language")
TRY_AGAIN = 429
BUG = 500


class Idempotency:
    """Answers a repeated POST from what was stored; stands after `Actors`, who says whose it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on what has no key; take the key, work, and store the answer of the rest."""
        key = request.headers.get("Idempotency-Key", "")
        actor = getattr(request, "actor", None)
        if not key or actor is None or request.method != "POST" or not request.path.startswith(API):
            return self.get_response(request)
        try:
            stored = taken(actor.user_id or 0, key, body_hash(request))
        except TresseError as error:
            return problem_of(request, error)
        if stored.status is not None:
            return replayed(stored)
        return self._worked(request, stored)

    def _worked(self, request: HttpRequest, stored: StoredAnswer) -> HttpResponse:
        is_stored = False
        try:
            with transaction.atomic():
                response = self.get_response(request)
                if is_kept(response):
                    keep(stored, response)
                if response.status_code >= BUG:
                    transaction.set_rollback(True)
            is_stored = is_kept(response)
        finally:
            if not is_stored:
                stored.delete()
        return response


def body_hash(request: HttpRequest) -> str:
    """What two requests have in common that ask for the same: address, fields, files."""
    digest = hashlib.sha256(request.get_full_path().encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(json.dumps([name, values]).encode())
    files = [(name, file) for name, found in request.FILES.lists() for file in found]
    for name, file in sorted(files, key=lambda each: each[0]):
        digest.update(json.dumps([name, file.name]).encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def taken(user_id: int, key: str, digest: str) -> StoredAnswer:
    """The key's row: new, with `status` null; or of the first request, with its answer.

    Raises:
        TresseError: `wrong_value`, `idempotency_key_reused`, `idempotency_in_progress`.
    """
    if len(key) > LONGEST:
        raise TOO_LONG(name="Idempotency-Key", most=LONGEST)
    ended = StoredAnswer.objects.filter(user_id=user_id, key=key)
    ended.filter(created_at__lt=now() - KEPT).delete()
    ended.filter(status=None, created_at__lt=now() - RUNNING_AT_MOST).delete()
    try:
        with transaction.atomic():
            return StoredAnswer.objects.create(user_id=user_id, key=key, body_hash=digest)
    except IntegrityError:
        first = StoredAnswer.objects.filter(user_id=user_id, key=key).first()
    if first is None:
        # It ended between the two statements: the caller may try again.
        raise IDEMPOTENCY_IN_PROGRESS()
    if first.body_hash != digest:
        raise IDEMPOTENCY_KEY_REUSED()
    if first.status is None:
        raise IDEMPOTENCY_IN_PROGRESS()
    return first


def is_kept(response: HttpResponse) -> bool:
    """Whether a repetition gets this answer: not a bug of ours, a stream, or "later"."""
    return (
        response.status_code < BUG
        and response.status_code != TRY_AGAIN
        and not getattr(response, "streaming", False)
    )


def keep(stored: StoredAnswer, response: HttpResponse) -> None:
    """Store an answer; a secret that is shown once is not shown a second time (C113)."""
    body = response.content
    if "no-store" in response.headers.get("Cache-Control", ""):
        body = json.dumps(masked(json.loads(body)), ensure_ascii=False).encode()
    stored.status = response.status_code
    stored.content_type = response.headers.get("Content-Type", "")
    stored.headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    stored.body = body
    stored.save()


def replayed(stored: StoredAnswer) -> HttpResponse:
    """The stored answer, marked as such."""
    return HttpResponse(
        bytes(stored.body),
        status=stored.status,
        content_type=stored.content_type,
        headers={**stored.headers, "Idempotent-Replay": "true"},
    )


def forget_old() -> int:
    """Delete answers older than a day; answers how many."""
    return StoredAnswer.objects.filter(created_at__lt=now() - KEPT).delete()[0]
