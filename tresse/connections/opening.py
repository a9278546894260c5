"""A connection as its kind gets it: defaults filled in, secrets in clear."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings as installation

from tresse.connections.fields import REFERENCE, with_defaults
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Limits, Opened
from tresse.connections.models import Connection
from tresse.connections.queries import allows_private
from tresse.connections.refusals import CONNECTION_OFF, SECRET_MISSING, SECRET_UNREADABLE
from tresse.connections.secrets import unseal
from tresse.kernel.errors import TresseError


def opened(connection: Connection) -> Opened:
    """What a kind needs to reach the other side; nothing is reached yet.

    Raises:
        TresseError: `connection_off`, `secret_missing`, `secret_unreadable`.
    """
    if not connection.is_enabled:
        raise CONNECTION_OFF(name=connection.name)
    return opened_with(
        connection.name, connection.kind, connection.settings, secrets_of(connection)
    )


def opened_with(
    name: str, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Opened:
    """As `opened`, of settings and secrets that need not be kept; `${NAME}` is looked up.

    Raises:
        TresseError: `secret_missing`, `unknown_name`.
    """
    whole = with_defaults(KINDS[kind], settings)
    limits = Limits()
    if isinstance(seconds := whole.get("query_seconds"), int):
        limits = replace(limits, statement_seconds=seconds)
    return Opened(
        name=name,
        kind=kind,
        settings=whole,
        secrets={key: _looked_up(value) for key, value in secrets.items()},
        allows_private=allows_private(),
        folder=home_of_connections(),
        limits=limits,
    )


def home_of_connections() -> Path:
    """Where connections keep what has to be a file."""
    return Path(installation.HOME) / "connections"


def secrets_of(connection: Connection) -> dict[str, str]:
    """The stored secrets in clear; those of the environment still as `${NAME}`.

    Raises:
        TresseError: `secret_unreadable`.
    """
    clear: dict[str, str] = {}
    for name, kept in connection.secrets.items():
        try:
            clear[name] = kept if is_reference(kept) else unseal(kept)
        except TresseError:
            raise SECRET_UNREADABLE(secret=name, name=connection.name) from None
    return clear


def is_reference(secret: str) -> bool:
    """Whether a secret names a variable of the environment."""
    return bool(REFERENCE.fullmatch(secret))


def _looked_up(secret: str) -> str:
    found = REFERENCE.fullmatch(secret)
    if not found:
        return secret
    value = os.environ.get(found[1])
    if value is None:
        raise SECRET_MISSING(name=found[1])
    return value
