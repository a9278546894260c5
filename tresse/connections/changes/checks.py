"""Checking connections: on demand, before they are kept, and daily (S20 to S25)."""

import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext, override

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.models import User
from tresse.accounts.permission import require_right
from tresse.accounts.queries import administrators
from tresse.connections.facts import sentence_of
from tresse.connections.fields import checked_secrets, checked_settings
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Kind, Opened, Said, Seen
from tresse.connections.models import Connection
from tresse.connections.opening import opened, opened_with, secrets_of
from tresse.connections.refusals import HOST_KEY_CHANGED, HOST_KEY_UNKNOWN, TIMEOUT, WRITES_NONE
from tresse.connections.uses import uses_of
from tresse.jobs.changes import notify
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_

SECONDS = 15
"A check answers within this time (S21)."
FAILS = N_("{name} cannot be reached")
FAILS_SENTENCE = N_("The daily check of the connection {name} found: {sentence}")
WORKS = N_("{name} can be reached again")
WORKS_SENTENCE = N_("The connection {name} works again.")
Result = TypeVar("Result")


def check_connection(connection: Connection, *, actor: Actor) -> Seen:
    """Connect and say what is seen; keeps the outcome with the connection.

    Raises:
        TresseError: `not_permitted`, `connection_off`. What the other side does is in the answer.
    """
    require_right(actor, "connections.manage")
    seen = _seen(lambda: opened(connection), lambda kind, there: kind.check(there), connection.kind)
    keep_outcome(connection, seen)
    return seen


def check_settings(
    *,
    kind: str,
    actor: Actor,
    settings: Mapping[str, Any],
    secrets: Mapping[str, Any] | None = None,
    connection: Connection | None = None,
) -> Seen:
    """Check settings that are not kept (yet); secrets not given are those of `connection`.

    Raises:
        TresseError: `not_permitted`, and as `add_connection`.
    """
    require_right(actor, "connections.manage")
    sort = KINDS[kind]
    kept = connection.secrets if connection else {}
    given = checked_secrets(sort, secrets or {}, kept)
    checked = checked_settings(sort, settings)

    def there() -> Opened:
        clear = {**(secrets_of(connection) if connection else {}), **given}
        return opened_with(connection.name if connection else kind, kind, checked, clear)

    return _seen(there, lambda found, at: found.check(at), kind)


def check_writing(connection: Connection, *, actor: Actor) -> Seen:
    """Make and remove one temporary table or file there (S21).

    Raises:
        TresseError: `not_permitted`, `connection_off`, `writes_none`.
    """
    require_right(actor, "connections.manage")
    if not KINDS[connection.kind].writes:
        raise WRITES_NONE(name=connection.name)
    audit.log(actor, "connection.check_writing", connection.name)
    return _seen(
        lambda: opened(connection), lambda kind, there: kind.check_writing(there), connection.kind
    )


def _seen(open_it: Callable[[], Opened], ask: Callable[[Kind, Opened], Seen], name: str) -> Seen:
    kind = KINDS[name]
    try:
        there = open_it()
        if kind.is_builtin:
            # It asks our own database, whose connection is this thread's.
            return ask(kind, there)
        host = str(there.settings.get("host") or there.name)
        return within(SECONDS, lambda: ask(kind, there), host)
    except TresseError as error:
        return failed(error)


def failed(error: TresseError) -> Seen:
    """A refusal of the other side as what a check found."""
    is_key = error.code in {HOST_KEY_UNKNOWN.code, HOST_KEY_CHANGED.code}
    key = str(error.details.get("key", "")) if is_key else ""
    return Seen(False, Said(error.template, error.details), code=error.code, host_key=key)


def within(seconds: float, ask: Callable[[], Result], host: str) -> Result:
    """The answer of something that may hang.

    Its thread is left to its own time-outs once the time is over.

    Raises:
        TresseError: `timeout`; what `ask` raises.
    """
    found: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            errors.append(error)

    thread = threading.Thread(target=work, name="check", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not found:
        raise TIMEOUT(host=host, limit=seconds)
    return found[0]


@transaction.atomic
def keep_outcome(connection: Connection, seen: Seen) -> None:
    """Keep what a check found, if the connection was not changed or removed meanwhile."""
    rows = Connection.objects.select_for_update().filter(
        pk=connection.pk, changed_at=connection.changed_at
    )
    row = rows.first()
    if row is None:
        return
    row.checked_at, row.is_good, row.code = now(), seen.ok, seen.code
    row.said = {"template": seen.message.template, "details": _plain(seen.message.details)}
    row.offered_key = seen.host_key
    row.failing_since = None if seen.ok else row.failing_since or row.checked_at
    row.save()
    for each in ("checked_at", "is_good", "code", "said", "offered_key", "failing_since"):
        setattr(connection, each, getattr(row, each))


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details as JSON keeps them."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(details), default=str))
    return plain


def check_used(*, between: Callable[[], object] = int) -> dict[str, int]:
    """Check every connection that is on and in use; tell its owner of a first failure (S25).

    A failure is told once, and once more when it is over. Answers `checked` and `failing`.
    `between` is called before each check, and may raise to end the work.
    """
    checked = failing = 0
    for row in Connection.objects.filter(is_enabled=True, is_builtin=False).order_by("pk"):
        if uses_of(row):
            between()
            seen = _seen(partial(opened, row), lambda kind, there: kind.check(there), row.kind)
            keep_outcome(row, seen)
            _tell_once(row)
            checked += 1
            failing += not seen.ok
    return {"checked": checked, "failing": failing}


@transaction.atomic
def _tell_once(row: Connection) -> None:
    """Tell of a failure, or of its end, what was not told yet; by whichever worker comes first."""
    fails = row.is_good is False
    told = Connection.objects.filter(pk=row.pk, is_good=row.is_good, is_told=not fails)
    if told.update(is_told=fails):
        _tell(row, f"connection:{row.pk}:{row.checked_at:%Y%m%d%H%M%S}")


def _tell(row: Connection, cause: str) -> None:
    """Tell whoever made the connection, or the administrators if that person is gone."""
    owner = User.objects.filter(pk=row.owner_id or 0, is_active=True).first()
    for person in [owner] if owner else administrators():
        with override(person.language):
            title, sentence = (WORKS, WORKS_SENTENCE) if row.is_good else (FAILS, FAILS_SENTENCE)
            notify(
                person.pk,
                "connection",
                title=gettext(title).format(name=row.name),
                sentence=gettext(sentence).format(name=row.name, sentence=sentence_of(row)),
                link=f"/connections/{row.name}/",
                cause=cause,
            )
