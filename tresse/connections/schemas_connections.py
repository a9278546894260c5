"""What the API of connections takes and gives."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class ConnectionChange(Body):
    """What can be changed of a connection; `secrets`: in clear, or `${NAME}`."""

    sort: ClassVar[str] = N_("a connection")
    settings: dict[str, Any] | None = None
    secrets: dict[str, Any] | None = None
    is_enabled: bool | None = None


class ConnectionIn(Body):
    """A connection to make."""

    sort: ClassVar[str] = N_("a connection")
    name: str
    kind: str
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = {}


class SettingsIn(Body):
    """Settings to try."""

    sort: ClassVar[str] = N_("a connection")
    kind: str
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = {}


class SecretOut(Schema):
    """Of a secret, whether there is one."""

    set: bool


class CheckOut(Schema):
    """What the last check found."""

    ok: bool
    code: str
    message: str
    at: datetime
    failing_since: datetime | None


class ConnectionOut(Schema):
    """A connection without its secrets."""

    name: str
    kind: str
    settings: dict[str, Any]
    secrets: dict[str, SecretOut]
    is_enabled: bool
    is_builtin: bool
    reads: list[str]
    writes: list[str]
    check: CheckOut | None


class ColumnOut(Schema):
    """A column; `proposed` is empty where its type is not read."""

    name: str
    type: str
    proposed: str
    is_nullable: bool


class TableOut(Schema):
    """A table, view, entity or association."""

    name: str
    kind: str
    rows: int | None
    is_estimate: bool
    key: list[str]
    columns: list[ColumnOut]


class SeenOut(Schema):
    """What a check found; `host_key` is one to be accepted."""

    ok: bool
    code: str
    message: str
    warnings: list[str]
    host_key: str
    tables: list[TableOut]
