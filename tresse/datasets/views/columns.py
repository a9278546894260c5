"""The columns of a dataset: where each comes from, how it is cleaned, which value is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import GROUP_METHODS
from tresse.datasets.queries import MANAGE
from tresse.datasets.rule_versions import draft_of
from tresse.datasets.saying import merge_said
from tresse.datasets.shown import method_label
from tresse.datasets.stored import facts_of
from tresse.datasets.views.computed import computed_context
from tresse.datasets.views.drafting import (
    content_of,
    drafted_definition,
    save_rules,
    tell_saved,
)
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import Mapped, mapped_of
from tresse.kernel.errors import TresseError


@require_safe
def dataset_columns(request: SignedIn, name: str) -> HttpResponse:
    """All columns, with the groups, and what of its sources goes nowhere."""
    dataset = dataset_of(request, name)
    return _shown(request, dataset, "")


def _shown(
    request: SignedIn, dataset: Dataset, sentence: str, given: Mapping[str, str] | None = None
) -> HttpResponse:
    mapped = mapped_of(dataset, drafted_definition(dataset))
    address = address_of(dataset)
    lines = mapped.lines()
    for line in lines:
        line["address"] = f"{address}column/?{urlencode({'name': line['name']})}"
    context = {
        **frame(request, dataset, "columns"),
        **computed_context(dataset),
        "columns": lines,
        "mapping_sentence": mapped.sentence,
        "draft": draft_of(dataset),
        "groups": _groups(mapped),
        "names": [line["name"] for line in lines],
        "free": [line["name"] for line in lines if not line["group"]],
        "methods": [(each, method_label(each)) for each in GROUP_METHODS],
        "left": list(_left(mapped, address)),
        "relations": mapped.definition.relations,
        "sentence": sentence,
        "given": given or {},
    }
    return page(request, "columns.html", context, is_refused=bool(sentence))


def _groups(mapped: Mapped) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "columns": each.columns,
            "requires": each.requires,
            "method": method_label(each.merge.method),
            "sources": each.merge.sources,
        }
        for each in mapped.definition.groups
    ]


def _left(mapped: Mapped, address: str) -> Iterator[dict[str, Any]]:
    """Columns of feeds that go nowhere, each with the way to take it in (D15)."""
    for feed, names in mapped.unmapped.items():
        if names:
            yield {
                "feed": feed,
                "columns": [
                    {
                        "name": name,
                        "address": f"{address}column/?{urlencode({'feed': feed, 'take': name})}",
                    }
                    for name in names
                ],
            }


@require_POST
def dataset_group(request: SignedIn, name: str) -> HttpResponse:
    """Add a group of columns that move as one (D72), or take one away."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    content, given = content_of(dataset), request.POST
    groups = list(content.get("groups", []))
    drop = given.get("drop", "")
    if drop:
        groups = [each for each in groups if each["name"] != drop]
    else:
        group: dict[str, Any] = {
            "name": given.get("name", "").strip(),
            "columns": given.getlist("column"),
            "requires": given.getlist("requires"),
            "merge": given.get("method", "latest"),
        }
        if group["merge"] == "source_priority":
            feeds = [each["source"] for each in dataset.definition.get("sources", [])]
            group["merge"] = {"source_priority": feeds}
        groups.append({key: value for key, value in group.items() if value and value != "latest"})
    columns = content.get("columns", {})
    taken = {column for each in groups for column in each.get("columns", ())}
    # A group says which record its columns come from: what one of them said of itself goes.
    columns = {key: value for key, value in columns.items() if key not in taken}
    try:
        draft = save_rules(
            dataset, {**content, "groups": groups, "columns": columns}, actor=request.actor
        )
    except TresseError as error:
        return _shown(request, dataset, message(error), given)
    tell_saved(request, draft)
    return redirect(f"{address_of(dataset)}columns/#groups")


@require_POST
def dataset_column_drop(request: SignedIn, name: str) -> HttpResponse:
    """Take what is said of a column away; what feeds it by name or field feeds it still."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    column = request.POST.get("name", "")
    facts = facts_of(dataset)
    columns = [each for each in facts.get("columns", []) if each["name"] != column]
    sources = [_without(each, column) for each in facts.get("sources", [])]
    try:
        item = merged(dataset, {"columns": columns or None, "sources": sources or None})
        change_dataset(dataset, item, actor=request.actor)
    except TresseError as error:
        return _shown(request, dataset, message(error))
    messages.success(request, gettext("It is as its sources have it now."))
    return redirect(f"{address_of(dataset)}columns/")


def _without(feed: Mapping[str, Any], column: str) -> dict[str, Any]:
    taken = {key: value for key, value in feed.get("columns", {}).items() if key != column}
    return {"source": feed["source"]} | ({"columns": taken} if taken else {})


def merge_of(dataset: Dataset, column: str) -> Any:
    """What the rules say of the merge of a column, as a definition writes it."""
    found = next(
        (each.merge for each in drafted_definition(dataset).columns if each.name == column), None
    )
    return merge_said(found) if found else None
