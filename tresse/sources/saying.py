"""Definitions of sources said again as a file has them, without what goes without saying (S31)."""

from datetime import timedelta
from typing import Any

from tresse.sources.columns import Column
from tresse.sources.definition import Extract, Read, SourceDefinition, When
from tresse.sources.given import duration_said
from tresse.sources.parsing import FILE_KEYS
from tresse.sources.written import column_written


def said(definition: SourceDefinition) -> dict[str, Any]:
    """The mapping that `parsing.parsed` reads back equal; made of JSON values."""
    facts: dict[str, Any] = {
        "name": definition.name,
        "connection": definition.connection,
        "read": _read(definition.read),
        "entity": definition.entity,
        "record_key": list(definition.record_key),
        "further_keys": [list(key) for key in definition.further_keys],
        "relations": [
            {"columns": list(each.columns), "to": each.to, "key": list(each.key)}
            for each in definition.relations
        ],
        "columns": columns_said(definition.columns),
        "computed": [{"name": each.name, "sql": each.sql} for each in definition.computed],
        "created_at": definition.created_at,
        "modified_at": definition.modified_at,
        "extract": _extract(definition.extract, definition.read),
        "schedule": schedule_said(definition.schedule),
    }
    flags = {
        "trusted": definition.trusted,
        "enabled": definition.is_enabled,
        "reviewed": definition.is_reviewed,
    }
    facts |= {key: value for key, value in flags.items() if not value}
    return {key: value for key, value in facts.items() if value not in ("", [], {}, None)}


def columns_said(columns: tuple[Column, ...] | None) -> list[dict[str, Any]] | None:
    """Columns as a file has them; a type is said unless it is left to detection."""
    return None if columns is None else [column_said(column) for column in columns]


def column_said(column: Column) -> dict[str, Any]:
    """One column as a file has it."""
    return column_written(column)


def _read(read: Read) -> dict[str, Any]:
    unsaid = Read()
    what = read.sort if not read.starts_with else "starts_with"
    facts = {key: getattr(read, key) for key in FILE_KEYS}
    return {what: getattr(read, what)} | {
        key: value for key, value in facts.items() if value != getattr(unsaid, key)
    }


def _extract(extract: Extract, read: Read) -> dict[str, Any]:
    unsaid = Extract()
    facts: dict[str, Any] = {}
    if extract.mode != ("each" if read.is_files else "snapshot"):
        facts["mode"] = extract.mode
    if extract.cursor:
        facts["cursor"] = extract.cursor
    if isinstance(extract.overlap, timedelta):
        facts["overlap"] = duration_said(extract.overlap)
    elif extract.overlap is not None:
        facts["overlap"] = extract.overlap
    if extract.deletes == "column":
        facts["deletes"] = {"column": extract.deletes_column}
    elif extract.deletes != unsaid.deletes:
        facts["deletes"] = extract.deletes
    if extract.timeout_seconds != unsaid.timeout_seconds:
        facts["timeout"] = duration_said(timedelta(seconds=extract.timeout_seconds))
    return facts


def schedule_said(schedule: When) -> dict[str, str]:
    """Times as a file has them."""
    facts = {"cron": schedule.cron, "zone": schedule.zone, "after": schedule.after}
    return {key: value for key, value in facts.items() if value}
