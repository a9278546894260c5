"""Definitions of datasets said again as a file has them, without what goes without saying (D3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tresse.accounts.queries import account
from tresse.datasets.definition import (
    Column,
    DatasetDefinition,
    Feed,
    Group,
    Guard,
    Identity,
    KeySet,
    Limit,
    Merge,
    Relation,
)
from tresse.datasets.parsing import end_of
from tresse.datasets.saying_computed import computed_said
from tresse.sources.saying import schedule_said
from tresse.sources.written import rules_written

Said = dict[str, Any]
RULES = ("identity", "groups")
"Keys of a definition that are of its rules (D66), beside `merge` of columns."


def said(definition: DatasetDefinition) -> Said:
    """The mapping that `parsing.parsed` reads back equal; made of JSON values."""
    facts: Said = {
        "name": definition.name,
        "entity": definition.entity,
        "as_of": _as_of(definition.as_of) if definition.as_of else None,
        "sources": [_feed(each) for each in definition.sources or ()],
        "columns": [column_said(each) for each in definition.columns],
        "groups": [_group(each) for each in definition.groups],
        "identity": identity_said(definition.identity),
        "relations": [_relation(each) for each in definition.relations],
        **computed_said(definition),
        "erasure": dict(definition.erasure),
        "schedule": schedule_said(definition.schedule),
    }
    facts = _filled(facts)
    return facts if definition.is_enabled else facts | {"enabled": False}


def split(item: Mapping[str, Any]) -> tuple[Said, Said]:
    """A mapping as `said` gives it, parted: without its rules, and the rules alone (D66).

    Returns:
        What `Dataset.definition` keeps, and what `RuleVersion.content` keeps: `{identity,
        columns: {name: {merge}}, groups}`, without what is empty. `joined` puts them together.
    """
    columns = item.get("columns", ())
    rest = {key: value for key, value in item.items() if key not in RULES}
    if columns:
        rest["columns"] = [_without_merge(column) for column in columns]
    merges = {c["name"]: {"merge": c["merge"]} for c in columns if "merge" in c}
    rules = _filled({key: item.get(key) for key in RULES} | {"columns": merges})
    return rest, rules


def joined(rest: Mapping[str, Any], rules: Mapping[str, Any]) -> Said:
    """A definition of its two parts; the opposite of `split`.

    Rules of columns that the rest does not name come after those it names.
    """
    merges = dict(rules.get("columns", {}))
    columns = [column | merges.pop(column["name"], {}) for column in rest.get("columns", ())]
    columns += [{"name": name, **merge} for name, merge in sorted(merges.items())]
    own = {key: rules[key] for key in RULES if rules.get(key)}
    return {**rest, **own} | ({"columns": columns} if columns else {})


def rules_of(definition: DatasetDefinition) -> DatasetDefinition:
    """The same definition with nothing but its rules, to be compared (D66)."""
    columns = (Column(each.name, merge=each.merge) for each in definition.columns)
    return DatasetDefinition(
        name=definition.name,
        entity="",
        columns=tuple(
            sorted((c for c in columns if c.merge != Merge()), key=lambda column: column.name)
        ),
        groups=definition.groups,
        identity=definition.identity,
    )


def column_said(column: Column) -> Said:
    """One column as a file has it."""
    facts = _filled(
        {
            "name": column.name,
            "type": column.type,
            "semantic": column.semantic,
            "rules": rules_written(column.rules),
            "merge": merge_said(column.merge),
        }
    )
    return facts if column.fill is None else facts | {"fill": column.fill}


def merge_said(merge: Merge) -> str | Said | None:
    """A merge as a file has it; None for the default."""
    if merge == Merge():
        return None
    if merge.sources:
        return {merge.method: list(merge.sources)}
    return {merge.method: {"by": merge.by}} if merge.by else merge.method


def identity_said(identity: Identity) -> Said:
    """An identity as a file has it; empty for that of no keys."""
    facts = _filled(
        {
            "keys": [_key(each) for each in identity.keys],
            "separate": list(identity.separate),
            "guard": guard_said(identity.guard),
        }
    )
    if identity.limits is not None:
        facts["limits"] = [_limit(each) for each in identity.limits]
    return facts


def guard_said(guard: Guard) -> Said:
    """Guard rails as a file has them."""
    unsaid = Guard()
    facts: Said = {}
    if guard.cap != unsaid.cap:
        facts["cap"] = guard.cap
    if guard.soft != min(unsaid.soft, guard.cap):
        facts["soft"] = guard.soft
    for key, values in (("blocked", guard.blocked), ("allowed", guard.allowed)):
        if values:
            facts[key] = {column: list(texts) for column, texts in values.items()}
    if guard.device != unsaid.device:
        facts["device"] = list(guard.device)
    if guard.fan_out is not None:
        facts["fan_out"] = [
            {"column": each.column, "of": each.of, "over": each.over} for each in guard.fan_out
        ]
    if guard.direction:
        facts["direction"] = [
            {"each": each.each, "of": each.of, "at_most": each.at_most} for each in guard.direction
        ]
    return facts


def _filled(facts: Said) -> Said:
    return {key: value for key, value in facts.items() if value not in ("", [], {}, None)}


def _without_merge(column: Mapping[str, Any]) -> Said:
    return {key: value for key, value in column.items() if key != "merge"}


def _as_of(moment: datetime) -> str:
    """A day, where it is the end of one in the zone of the account; else the moment."""
    day = moment.astimezone(ZoneInfo(account().zone)).date()
    return day.isoformat() if moment == end_of(day) else moment.astimezone(UTC).isoformat()


def _feed(feed: Feed) -> Said:
    columns = {own: source or None for own, source in feed.columns.items()}
    return {"source": feed.source} | ({"columns": columns} if columns else {})


def _group(group: Group) -> Said:
    return _filled(
        {
            "name": group.name,
            "columns": list(group.columns),
            "merge": merge_said(group.merge),
            "requires": list(group.requires),
        }
    )


def _key(key: KeySet) -> list[str] | Said:
    return {"columns": list(key.columns), "memory": "all"} if key.remembers else list(key.columns)


def _limit(limit: Limit) -> Said:
    facts: Said = {"column": limit.column, "at_most": limit.at_most}
    return facts if limit.days is None else facts | {"days": limit.days}


def _relation(relation: Relation) -> Said:
    return _filled(
        {
            "name": relation.name,
            "to": relation.to,
            "inverse": relation.inverse,
            "match": dict(relation.match),
        }
    )
