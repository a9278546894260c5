"""Making, changing, removing and switching connections, and accepting the key of a server."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.connections.facts import facts_of
from tresse.connections.fields import checked_secrets, checked_settings
from tresse.connections.kinds import KINDS
from tresse.connections.models import Connection
from tresse.connections.opening import is_reference
from tresse.connections.refusals import CONNECTION_BUILT_IN, NO_HOST_KEY
from tresse.connections.secrets import seal
from tresse.connections.uses import uses_of
from tresse.kernel.clock import now
from tresse.kernel.errors import IN_USE
from tresse.objects.changes.checks import checked_name
from tresse.objects.changes.refusals import NAME_TAKEN

HOST_KEY = "host_key"


@transaction.atomic
def add_connection(
    *,
    name: str,
    kind: str,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Any] | None = None,
) -> Connection:
    """Keep how something is reached; nothing is reached yet.

    Args:
        name: Stored name, unique.
        kind: A member of `KINDS` that is not built in.
        actor: Needs `connections.manage`; told when a daily check fails.
        settings: What differs from the kind's defaults.
        secrets: In clear, or `${NAME}` to read it from the environment at each use.

    Raises:
        TresseError: `not_permitted`, `unknown_name`, `invalid_name`, `reserved_name`,
            `name_taken`, `unknown_key`, `wrong_value`, `setting_missing`, `secret_reserved`.
    """
    require_right(actor, "connections.manage")
    sort = KINDS[kind]
    if sort.is_builtin:
        raise CONNECTION_BUILT_IN(name=sort.name)
    row = Connection(
        name=checked_name(name),
        kind=sort.name,
        settings=checked_settings(sort, settings or {}),
        secrets=_sealed(checked_secrets(sort, secrets or {}, ())),
        owner_id=actor.user_id,
        created_at=now(),
        changed_at=now(),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NAME_TAKEN(object=gettext("Connections"), name=row.name) from None
    audit.log(actor, "connection.add", row.name, after=facts_of(row))
    return row


@transaction.atomic
def change_connection(
    connection: Connection,
    *,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Any] | None = None,
    is_enabled: bool | None = None,
) -> Connection:
    """Change what is given; `settings` are given whole.

    Of the secrets, those named change: `""` takes one away, null and `(set)` leave it as it is.
    What the last check found stands no longer, if settings or secrets differ.

    Raises:
        TresseError: as `add_connection`; `connection_built_in`.
    """
    require_right(actor, "connections.manage")
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    kind = KINDS[row.kind]
    before, kept = facts_of(row), dict(row.secrets)
    if settings is not None:
        _not_of_a_builtin(row, settings != row.settings)
        row.settings = checked_settings(kind, settings)
    if secrets:
        _change_secrets(row, checked_secrets(kind, secrets, row.secrets), actor)
    if is_enabled is not None and bool(is_enabled) != row.is_enabled:
        row.is_enabled = bool(is_enabled)
    was, is_now = audit.difference(before, facts_of(row))
    if not was and row.secrets == kept:
        return row
    if "settings" in is_now or row.secrets != kept:
        _forget_check(row)
    row.changed_at = now()
    row.save()
    if was:
        audit.log(actor, "connection.change", row.name, before=was, after=is_now)
    return row


def enable_connection(connection: Connection, *, enabled: bool, actor: Actor) -> Connection:
    """Switch a connection on or off; runs of a connection that is off are skipped (S7).

    Raises:
        TresseError: `not_permitted`.
    """
    return change_connection(connection, is_enabled=enabled, actor=actor)


@transaction.atomic
def remove_connection(connection: Connection, *, actor: Actor) -> None:
    """Remove a connection with its secrets.

    Raises:
        TresseError: `not_permitted`; `connection_built_in`; `in_use`, with who uses it.
    """
    require_right(actor, "connections.manage")
    if connection.is_builtin:
        raise CONNECTION_BUILT_IN(name=connection.name)
    audit.log(actor, "connection.remove", connection.name, before=facts_of(connection))
    users = uses_of(connection)
    if users:
        raise IN_USE(name=connection.name, users=users)
    try:
        with transaction.atomic():
            connection.delete()
    except ProtectedError:
        # A source was added between the question and the answer.
        raise IN_USE(name=connection.name, users=uses_of(connection)) from None


@transaction.atomic
def accept_host_key(connection: Connection, *, actor: Actor) -> Connection:
    """Take the key that the server showed at the last check as its key (S23).

    Raises:
        TresseError: `not_permitted`; `no_host_key`: none was shown since it last changed.
    """
    require_right(actor, "connections.manage")
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if not row.offered_key:
        raise NO_HOST_KEY(name=row.name)
    return change_connection(row, settings={**row.settings, HOST_KEY: row.offered_key}, actor=actor)


def _not_of_a_builtin(row: Connection, changes: bool) -> None:
    if changes and row.is_builtin:
        raise CONNECTION_BUILT_IN(name=row.name)


def _change_secrets(row: Connection, given: Mapping[str, str], actor: Actor) -> None:
    """Keep or take away secrets; of each that changes, the log has the name alone (S14)."""
    kept = dict(row.secrets)
    for name, value in given.items():
        if value and is_reference(value) and kept.get(name) == value:
            continue
        if value:
            kept |= _sealed({name: value})
        elif kept.pop(name, None) is None:
            continue
        audit.log(actor, "connection.secret", row.name, after={"name": name, "set": bool(value)})
    row.secrets = kept


def _sealed(secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if is_reference(value) else seal(value)
        for name, value in secrets.items()
        if value
    }


def _forget_check(row: Connection) -> None:
    row.checked_at = row.is_good = row.failing_since = None
    row.code, row.said, row.offered_key = "", {}, ""
