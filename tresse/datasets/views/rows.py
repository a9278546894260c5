"""Golden records as a table: searched, sorted, with columns by choice; as a file."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.cells import cell_of, icon_of
from tresse.datasets.golden_rows import (
    COUNTED,
    FILTERS,
    UNSORTED,
    GoldenPage,
    golden_batches,
    golden_page,
    sortable,
)
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import title_columns, title_of
from tresse.datasets.queries import MANAGE, published
from tresse.datasets.views.filtering import filter_context, with_edited
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.filters.editor import is_edited
from tresse.kernel.errors import TresseError
from tresse.sources.rules.base import NUMBERS
from tresse.sources.versions import engine

A_PAGE = 50
SHOWN = 8
"Columns at first."
SYSTEM = ("_members", "_first_seen_at", "_modified_at", "_changed_in", "_sources")
GUARDED = ("=", "+", "-", "@", "\t", "\r")
"First characters that a spreadsheet takes for a formula (T84)."


@require_safe
def row_list(request: SignedIn, name: str) -> HttpResponse:
    """A page of golden records; only its rows are read."""
    dataset = dataset_of(request, name)
    context = frame(request, dataset, "rows")
    if dataset.version is None:
        return page(request, "rows.html", context)
    if is_edited(request.GET):
        return with_edited(request, dataset, dataset.version)
    chosen = chosen_of(request, dataset, dataset.version)
    try:
        found = _found(request, dataset.version, chosen)
    except TresseError as error:
        # A filter that cannot be read shows no rows, and says why (G74).
        if chosen["filter"] is None:
            raise
        found, fault = GoldenPage([], None, None, 0), message(error)
    else:
        fault = ""
    context |= _table(request, dataset, dataset.version, chosen, found)
    context |= filter_context(request, dataset, chosen["filter"], fault)
    return page(request, "_rows.html" if is_fragment(request) else "rows.html", context)


def _found(request: SignedIn, version: DatasetVersion, chosen: dict[str, Any]) -> GoldenPage:
    """What the address asks for."""
    with engine() as session:
        return golden_page(
            session,
            version,
            [*title_columns(plan_of(version)), *chosen["columns"]],
            sort=chosen["sort"],
            text=chosen["q"],
            only=chosen["which"],
            filter=chosen["filter"],
            actor=request.actor,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            limit=A_PAGE,
        )


def chosen_of(request: SignedIn, dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
    """What the address asks for; columns are kept for the session, all else stands in it."""
    given, plan = request.GET, plan_of(version)
    known = [*SYSTEM, *(each.name for each in plan.shown)]
    kept = request.session.get("datasets", {})
    columns = [each for each in given.get("columns", "").split(",") if each in known]
    columns = columns or [each for each in given.getlist("column") if each in known]
    if columns:
        request.session["datasets"] = {**kept, dataset.name: columns}
    elif "columns" in given:
        request.session["datasets"] = {k: v for k, v in kept.items() if k != dataset.name}
    else:
        columns = [each for each in kept.get(dataset.name, ()) if each in known]
    sort = given.get("sort", "")
    which = given.get("which", "")
    return {
        "q": given.get("q", "").strip(),
        "which": which if which in FILTERS else "",
        "sort": sort if sort.removeprefix("-") in sortable(plan) else "",
        "filter": _filter(given.get("filter", "")),
        "filter_text": given.get("filter", ""),
        "columns": columns or _at_first(plan, _filter(given.get("filter", ""))),
        "is_own": bool(columns),
    }


def _filter(text: str) -> Any:
    """The filter of an address; None without one. What is no JSON is refused as it stands."""
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return text


def _at_first(plan: Plan, filter: Any = None) -> list[str]:  # as doors call it
    """What the filter is about, then the first merged columns that do not name a record."""
    titles = set(title_columns(plan))
    own = [each.column.name for each in plan.columns if each.column.name not in titles]
    known = {each.name for each in plan.shown}
    about = [each for each in _named(filter) if each in known]
    return [*dict.fromkeys((*about, *own[:SHOWN])), "_sources"]


def _named(filter: Any) -> Iterator[str]:  # as doors call it
    """Columns that a filter names, as they stand in it."""
    if isinstance(filter, dict):
        if isinstance(filter.get("property"), str):
            yield filter["property"]
        for each in filter.values():
            yield from _named(each)
    elif isinstance(filter, list):
        for each in filter:
            yield from _named(each)


def _table(
    request: SignedIn,
    dataset: Dataset,
    version: DatasetVersion,
    chosen: dict[str, Any],
    found: GoldenPage,
) -> dict[str, Any]:
    plan = plan_of(version)
    types = {each.name: each.type for each in plan.shown}
    fields = {each.name: each.semantic for each in plan.shown}
    merged = {each.column.name for each in plan.columns}
    here = f"{address_of(dataset)}rows/"
    heads = [_head(each, types, fields, chosen) for each in chosen["columns"]]
    rows = [
        {
            "title": title_of(plan, row),
            "address": f"{here}{row['_id']}/",
            "members": row["_members"],
            "cells": [
                {
                    **cell_of(row.get(each), types.get(each, each), fields.get(each, "")),
                    "why": f"{here}{row['_id']}/value/?{urlencode({'column': each})}"
                    if each in merged and row.get(each) is not None
                    else "",
                }
                for each in chosen["columns"]
            ],
        }
        for row in found.rows
    ]
    asked = {key: chosen[key] for key in ("q", "which", "sort") if chosen[key]}
    if chosen["filter"] is not None:
        asked["filter"] = chosen["filter_text"]
    return {
        "version": version,
        "heads": heads,
        "lines": rows,
        "chosen": chosen,
        "asked": asked,
        "row_number": found.number,
        "is_capped": found.number > COUNTED and len(asked) > bool(chosen["sort"]),
        "previous_link": _link(asked, "before", found.previous),
        "next_link": _link(asked, "after", found.following),
        "pickable": _pickable(plan, chosen["columns"]),
        "filters": [
            ("", gettext("All")),
            ("joined", gettext("Of several records")),
            ("changed", gettext("Changed in this version")),
        ],
        "may_export": request.actor.has(MANAGE),
    }


def _link(asked: dict[str, str], way: str, cursor: str | None) -> str:
    return f"?{urlencode({**asked, way: cursor})}" if cursor else ""


def _head(
    name: str,
    types: dict[str, str],
    fields: dict[str, str],
    chosen: dict[str, Any],
) -> dict[str, Any]:
    type_ = types.get(name, "")
    is_sorted = chosen["sort"].removeprefix("-") == name
    is_down = chosen["sort"].startswith("-")
    wanted = f"-{name}" if is_sorted and not is_down else name
    kept = {key: chosen[key] for key in ("q", "which") if chosen[key]}
    if chosen["filter"] is not None:
        kept["filter"] = chosen["filter_text"]
    can_sort = type_ not in UNSORTED and name != "_sources"
    return {
        "name": name,
        "label": system_label(name) or name,
        "is_system": name.startswith("_"),
        "icon": icon_of(type_, fields.get(name, ""), name),
        "is_number": type_ in NUMBERS or name in ("_members", "_changed_in"),
        "link": f"?{urlencode({**kept, 'sort': wanted})}" if can_sort else "",
        "sorted": ("descending" if is_down else "ascending") if is_sorted else "",
    }


def system_label(name: str) -> str:
    """A column that Tresse writes (D4), in words; nothing for others."""
    return {
        "_id": gettext("Id"),
        "_members": gettext("Records"),
        "_first_seen_at": gettext("First seen"),
        "_modified_at": gettext("Last changed"),
        "_changed_in": gettext("Changed in version"),
        "_sources": gettext("Sources"),
        "_keys": gettext("Keys of its records"),
    }.get(name, "")


def _pickable(plan: Plan, chosen: Sequence[str]) -> dict[str, Any]:
    """Columns for the chooser: those that are shown in their order, then all others."""
    fields = {each.name: each.semantic for each in plan.shown}
    types = {each.name: each.type for each in plan.shown}

    def shown(name: str) -> dict[str, str]:
        icon = icon_of(types.get(name, ""), fields.get(name, ""), name)
        return {"key": name, "label": system_label(name) or name, "icon": icon}

    every = [*(each.name for each in plan.shown), *SYSTEM]
    return {
        "chosen": [shown(each) for each in chosen],
        "left": [shown(each) for each in every if each not in chosen],
    }


@require_safe
def row_file(request: SignedIn, name: str) -> StreamingHttpResponse:
    """Golden records of one version as CSV: the search and columns of the page (D130b)."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    version = published(dataset)
    chosen = chosen_of(request, dataset, version)
    plan = plan_of(version)
    columns = list(dict.fromkeys(("_id", *title_columns(plan), *chosen["columns"])))
    if request.GET.get("all"):
        columns = ["_id", *SYSTEM, "_keys", *(each.name for each in plan.shown)]
    facts = {"version": version.number, "q": chosen["q"], "which": chosen["which"]}
    if chosen["filter"] is not None:
        facts["filter"] = chosen["filter"]
    audit.log(request.actor, "dataset.export", dataset.name, after={**facts, "columns": columns})
    lines = _lines(version, columns, chosen, request.actor)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    file = f"{dataset.name}_{version.number}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _lines(
    version: DatasetVersion, columns: list[str], chosen: dict[str, Any], actor: Actor
) -> Iterator[bytes]:
    texts = {each.name for each in plan_of(version).shown if each.type in ("text", "json")}
    yield "\ufeff".encode() + _line(columns)
    with engine() as session:
        found = golden_batches(
            session,
            version,
            columns,
            text=chosen["q"],
            only=chosen["which"],
            filter=chosen["filter"],
            actor=actor,
        )
        for batch in found:
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield _line(
                    [
                        guarded(cell) if name in texts else cell or ""
                        for name, cell in zip(columns, row, strict=True)
                    ]
                )


def guarded(text: str | None) -> str:
    """A text that a spreadsheet does not take for a formula (T84); phones and numbers stay."""
    if text is None:
        return ""
    bare = text.lstrip("'")
    is_number = bare[1:].replace(" ", "").replace(".", "").isdecimal()
    return f"'{text}" if bare.startswith(GUARDED) and not is_number else text


def _line(cells: list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()
