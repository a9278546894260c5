"""Connections as `apply` and `config` have them (S12, S31), and what `doctor` asks of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.connections.changes import add_connection, change_connection
from tresse.connections.facts import definition_of, facts_of
from tresse.connections.models import Connection
from tresse.connections.opening import secrets_of
from tresse.connections.refusals import KIND_STAYS, SECRET_UNREADABLE
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.doctor import Check, Problem

KEYS = ("name", "kind", "settings", "secrets", "is_enabled")
Item = Mapping[str, Any]


def read() -> list[dict[str, Any]]:
    """All connections but those that are built in, without a secret."""
    return [
        definition_of(row) for row in Connection.objects.filter(is_builtin=False).order_by("name")
    ]


def write(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one connection so; `(set)` leaves a secret as it is.

    Raises:
        TresseError: As `add_connection` and `change_connection`; `kind_stays`.
    """
    sort = gettext("a connection")
    there = item.get("name")
    check_keys(item, KEYS, f"{sort} ({there})" if isinstance(there, str) and there else sort)
    name = _text(item, "name")
    try:
        return _written(item, name, actor)
    except TresseError as error:
        raise _placed(error, name) from None


def _written(item: Item, name: str, actor: Actor) -> Outcome:
    kind = _text(item, "kind")
    enabled = item.get("is_enabled", True)
    if not isinstance(enabled, bool):
        raise WRONG_VALUE(name="is_enabled", wanted=gettext("true or false"), value=enabled)
    settings, secrets = item.get("settings") or {}, item.get("secrets") or {}
    row = Connection.objects.filter(name=name).first()
    if row is None:
        row = add_connection(name=name, kind=kind, settings=settings, secrets=secrets, actor=actor)
        change_connection(row, is_enabled=enabled, actor=actor)
        return "created"
    if row.kind != kind:
        raise KIND_STAYS(name=name, kind=row.kind, wanted=kind)
    before = (facts_of(row), row.secrets)
    after = change_connection(
        row, actor=actor, settings=settings, secrets=secrets, is_enabled=enabled
    )
    return "unchanged" if (facts_of(after), after.secrets) == before else "changed"


def _placed(error: TresseError, name: str) -> TresseError:
    """A refusal that names the connection: a file has many of them, with the same keys."""
    where = {
        "unknown_key": ("sort", "{told} ({name})"),
        "wrong_value": ("name", "{name}: {told}"),
        "setting_missing": ("kind", "{told} ({name})"),
    }.get(error.code)
    if where is None or where[0] not in error.details:
        return error
    key, form = where
    told = form.format(told=error.details[key], name=name)
    return error.refusal(**{**error.details, key: told})


def _text(item: Item, key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise WRONG_VALUE(name=key, wanted=gettext("a text"), value=value or '""')
    return value


def check_secrets(fix: bool) -> Iterator[Problem]:  # noqa: ARG001  only a person knows them
    """Connections whose secrets were sealed with another key (S13)."""
    for row in Connection.objects.order_by("name"):
        try:
            secrets_of(row)
        except TresseError as error:
            yield Problem(row.name, f"{SECRET_UNREADABLE.code}: {message(error)}")


KINDS = (DefinitionKind("connections", (), read, write),)
CHECKS = (Check("connection_secrets", N_("Secrets of connections"), check_secrets),)
