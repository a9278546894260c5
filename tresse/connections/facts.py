"""What can be said about a connection: to people, programs and files; never a secret."""

from typing import Any

from django.utils.translation import gettext

from tresse.accounts.answers import said
from tresse.connections.fields import KEPT
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Field, Seen, TableSeen
from tresse.connections.models import Connection
from tresse.connections.opening import is_reference


def facts_of(row: Connection) -> dict[str, Any]:
    """Name, kind, settings and whether it is on, as the audit log keeps them."""
    return {
        "name": row.name,
        "kind": row.kind,
        "settings": row.settings,
        "is_enabled": row.is_enabled,
    }


def definition_of(row: Connection) -> dict[str, Any]:
    """A connection as `config` prints it: `${NAME}` as it is, other secrets as `(set)` (S12)."""
    found: dict[str, Any] = {"name": row.name, "kind": row.kind}
    if row.settings:
        found["settings"] = row.settings
    if row.secrets:
        found["secrets"] = {
            name: kept if is_reference(kept) else KEPT for name, kept in row.secrets.items()
        }
    if not row.is_enabled:
        found["is_enabled"] = False
    return found


def shown(row: Connection) -> dict[str, Any]:
    """A connection as the API answers it; of secrets, whether they are set (S12)."""
    kind = KINDS[row.kind]
    return {
        **facts_of(row),
        "is_builtin": row.is_builtin,
        "reads": list(kind.reads),
        "writes": list(kind.writes),
        "secrets": {each.name: {"set": each.name in row.secrets} for each in kind.secrets},
        "check": None if row.checked_at is None else _last_check(row),
    }


def _last_check(row: Connection) -> dict[str, Any]:
    return {
        "ok": bool(row.is_good),
        "code": row.code,
        "message": sentence_of(row),
        "at": row.checked_at,
        "failing_since": row.failing_since,
    }


def kinds_as_data() -> list[dict[str, Any]]:
    """Every kind with its fields, as the API gives it."""
    return [
        {
            "name": kind.name,
            "label": gettext(kind.label),
            "reads": list(kind.reads),
            "writes": list(kind.writes),
            "is_builtin": kind.is_builtin,
            "settings": [_field(each) for each in kind.fields],
            "secrets": [_field(each) for each in kind.secrets],
        }
        for kind in KINDS
    ]


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": gettext(field.label),
        "kind": field.kind,
        "default": field.default,
        "choices": list(field.choices),
        "help": gettext(field.help) if field.help else "",
        "is_required": field.is_required,
    }


def sentence_of(row: Connection) -> str:
    """What the last check said, in the language that is active; empty if there was none."""
    return said(row.said["template"], row.said.get("details", {})) if row.said else ""


def seen_as_data(seen: Seen) -> dict[str, Any]:
    """What a check found, as S20 has it."""
    return {
        "ok": seen.ok,
        "code": seen.code,
        "message": said(seen.message.template, seen.message.details),
        "warnings": [said(each.template, each.details) for each in seen.warnings],
        "host_key": seen.host_key,
        "tables": tables_as_data(seen.tables),
    }


def tables_as_data(tables: tuple[TableSeen, ...]) -> list[dict[str, Any]]:
    """Tables with their columns."""
    return [
        {
            "name": table.name,
            "kind": table.kind,
            "rows": table.rows,
            "is_estimate": table.is_estimate,
            "key": list(table.key),
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "proposed": column.proposed,
                    "is_nullable": column.is_nullable,
                }
                for column in table.columns
            ],
        }
        for table in tables
    ]
