"""What is typed about one column of a dataset, and the definition that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from tresse.datasets.definition import Column
from tresse.datasets.models import Dataset
from tresse.datasets.saying import column_said, joined
from tresse.datasets.stored import facts_of
from tresse.datasets.views.columns import merge_of
from tresse.datasets.views.drafting import content_of, with_merge
from tresse.datasets.views.mapped import Mapped
from tresse.sources.rule_forms import given_rules, moved
from tresse.sources.semantics import rules_for

BY_ITSELF, NOTHING = "", "-"
"Choices of a feed: as names and fields say it, and no column of it."


@dataclass(slots=True)
class Form:
    """What is typed: the column as a definition has it, its merge, what of each feed it takes."""

    column: dict[str, Any]
    merge: Any
    taken: dict[str, str]
    "By feed: the column of it, `BY_ITSELF` or `NOTHING`."


def form_there(dataset: Dataset, mapped: Mapped, column: Column, given: Mapping[str, str]) -> Form:
    """The form of a column as it stands."""
    said = {feed.source: feed.columns for feed in mapped.definition.sources or ()}
    taken = {}
    for feed in mapped.feeds:
        choice = said.get(feed.name, {}).get(column.name)
        taken[feed.name] = BY_ITSELF if choice is None else choice or NOTHING
    if given.get("take") and given.get("feed") in taken:
        taken[given["feed"]] = given["take"]
    facts = column_said(replace(column, merge=replace(column.merge, method="latest")))
    facts.pop("merge", None)
    return Form(facts, merge_of(dataset, column.name), taken)


def form_sent(given: QueryDict, mapped: Mapped, column: Column) -> Form:
    """The form as it was typed; buttons have moved, added or dropped rules."""
    more, act = given.get("more", ""), given.get("act", "")
    proposed = list(rules_for(given.get("semantic", "")))
    facts: dict[str, Any] = {
        "name": given.get("new_name", "").strip()
        if not column.name or _is_new(given)
        else column.name,
        "type": given.get("type", ""),
        "semantic": given.get("semantic", ""),
        "rules": moved(given_rules(given), act, more, proposed),
    }
    facts = {key: value for key, value in facts.items() if value or key == "name"}
    fill = _fill(given.get("fill", ""), str(facts.get("type", "")) or type_of(mapped, column.name))
    if fill is not None:
        facts["fill"] = fill
    taken = {feed.name: given.get(f"from-{feed.name}", BY_ITSELF) for feed in mapped.feeds}
    return Form(facts, _merge(given), taken)


def _is_new(given: QueryDict) -> bool:
    return "new_name" in given


def type_of(mapped: Mapped, name: str) -> str:
    """The type of a column in golden records; text of one that is not there."""
    planned = mapped.plan.columns if mapped.plan else ()
    return next((each.merged_type for each in planned if each.column.name == name), "text")


def _merge(given: QueryDict) -> Any:
    """The merge as a definition writes it; None for the default."""
    method = given.get("method", "latest")
    if method == "source_priority":
        return {method: given.getlist("priority")}
    if method == "earliest" and given.get("by"):
        return {method: {"by": given["by"]}}
    return None if method == "latest" else method


def _fill(text: str, type_: str) -> Any:
    """What stands where the merge gives nothing, as a value of the type, else as it was typed."""
    text = text.strip()
    if not text:
        return None
    if type_ == "boolean":
        return {"yes": True, "no": False, "true": True, "false": False}.get(text.lower(), text)
    if type_ in ("integer", "decimal", "number"):
        try:
            return int(text) if type_ == "integer" else float(text)
        except ValueError:
            return text
    if type_ == "list":
        return [each.strip() for each in text.split(",") if each.strip()]
    return text


def item_of_form(dataset: Dataset, form: Form, *, has_rules: bool = True) -> dict[str, Any]:
    """The whole definition with this column as it is typed."""
    facts = facts_of(dataset)
    item = dict(form.column)
    name = item["name"]
    columns: list[dict[str, Any]] = list(facts.get("columns", []))
    at = next((n for n, each in enumerate(columns) if each["name"] == name), None)
    if at is None:
        columns.append(item)
    else:
        if "merge" in columns[at]:
            item["merge"] = columns[at]["merge"]
        columns[at] = item
    found = {**facts, "columns": columns}
    sources = _sources(facts, form)
    if sources is not None:
        found["sources"] = sources
    if has_rules:
        content = with_merge(content_of(dataset), name, form.merge)
        rest = {**found, "columns": [{k: v for k, v in c.items() if k != "merge"} for c in columns]}
        rest.pop("identity", None)
        rest.pop("groups", None)
        return joined(rest, content)
    return found


def _sources(facts: Mapping[str, Any], form: Form) -> list[dict[str, Any]] | None:
    """Feeds with what they give to the column; None: as they are, all of the entity."""
    there = facts.get("sources")
    said = {name: choice for name, choice in form.taken.items() if choice != BY_ITSELF}
    if there is None and not said:
        return None
    feeds: list[dict[str, Any]] = list(there or ({"source": name} for name in form.taken))
    found = []
    for feed in feeds:
        name = form.column["name"]
        columns = {k: v for k, v in feed.get("columns", {}).items() if k != name}
        choice = form.taken.get(str(feed["source"]), BY_ITSELF)
        if choice != BY_ITSELF:
            columns[name] = None if choice == NOTHING else choice
        found.append({"source": feed["source"]} | ({"columns": columns} if columns else {}))
    return found
