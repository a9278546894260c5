"""Definitions of syncs said again as a file has them, without what goes without saying (Y1)."""

from collections.abc import Iterable
from typing import Any

from tresse.sources.saying import schedule_said
from tresse.syncs.definition import AFTER_BUILD, Brakes, Mapped, SyncDefinition


def said(definition: SyncDefinition) -> dict[str, Any]:
    """The mapping that `parsing.parsed` reads back equal; made of JSON values."""
    facts: dict[str, Any] = {
        "name": definition.name,
        "dataset": definition.dataset,
        "filter": definition.filter,
        "to": dict(definition.to),
        "key": _pairs(definition.key),
        "match": [_pairs([each]) for each in definition.match],
        "columns": [column_said(each) for each in definition.columns],
        "links": [{"relation": each.relation, "type": each.type} for each in definition.links],
        "mode": definition.mode if definition.mode != "new_and_existing" else "",
        "removed": _removed(definition),
        "brakes": _brakes(definition.brakes),
        "automations": "" if definition.automations == "after_first" else definition.automations,
        "merge_records": definition.merge_records or None,
        "schedule": AFTER_BUILD
        if definition.is_after_build
        else schedule_said(definition.schedule),
        "active": definition.is_active or None,
    }
    return {key: value for key, value in facts.items() if value not in ("", [], {}, None)}


def _pairs(pairs: Iterable[Mapped]) -> dict[str, str]:
    return {each.column: each.field for each in pairs}


def column_said(each: Mapped) -> dict[str, str]:
    """One mapped column as a file has it."""
    facts = {"from": each.column}
    if each.field != each.column:
        facts["to"] = each.field
    if each.nulls != "skip":
        facts["nulls"] = each.nulls
    return facts


def _removed(definition: SyncDefinition) -> Any:
    if definition.mode != "mirror" or definition.removed.how == "delete":
        return None
    if definition.removed.how == "set":
        return {"set": dict(definition.removed.values)}
    return definition.removed.how


def _brakes(brakes: Brakes) -> dict[str, str]:
    unsaid = Brakes()
    facts = {"removed": brakes.removed, "emptied": brakes.emptied}
    return {key: f"{value:g} %" for key, value in facts.items() if value != getattr(unsaid, key)}
