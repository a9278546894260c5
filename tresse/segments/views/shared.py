"""What the pages of lists and of segments have in common: their index, and a table of members."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.kernel.text import folded
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_properties
from tresse.records.addresses import index_address, record_address
from tresse.records.bulk_actions import BULK_ACTIONS
from tresse.records.cells import Cells
from tresse.records.columns import SHIPPED_COLUMNS
from tresse.segments.addresses import address_of
from tresse.segments.answers import count_of, filter_of, members, since_of
from tresse.segments.models import List, Segment

PAGE = 50
MOST_COLUMNS = 4
COUNTING_SECONDS = 1.5
"How long the numbers of an index may take together; those left have none."


def index_context(
    request: SignedIn, rows: Sequence[List] | Sequence[Segment], model: DataModel
) -> dict[str, Any]:
    """Rows by folder, those that the typed words and the chosen object type leave."""
    words, base = request.GET.get("q", "").strip(), request.GET.get("base", "")
    used = [each for each in model.objects if any(row.base == each.name for row in rows)]
    left = [
        row
        for row in rows
        if base in {"", row.base}
        and folded(words) in folded(f"{row.label} {row.name} {row.folder} {row.description}")
    ]
    folders: dict[str, list[Any]] = {}
    for row in sorted(left, key=lambda each: (each.folder == "", folded(each.folder))):
        folders.setdefault(row.folder, []).append(row)
    return {
        "folders": [
            (name, [_line(row, model) for row in found]) for name, found in folders.items()
        ],
        "has_any": bool(rows),
        "words": words,
        "base": base,
        "bases": [(each.name, shown_plural(each)) for each in used],
    }


def _line(row: List | Segment, model: DataModel) -> dict[str, Any]:
    object = model.object(row.base)
    return {
        "row": row,
        "object": object,
        "plural": shown_plural(object),
        "address": address_of(row),
    }


def numbers(request: SignedIn, rows: Iterable[List | Segment]) -> HttpResponse:
    """How many are in each, counted when the page is there; what takes too long has none."""
    model, begun = model_of(request), time.monotonic()
    counts: list[tuple[int, int]] = []
    for row in rows:
        if time.monotonic() - begun > COUNTING_SECONDS:
            break
        try:
            counts.append((row.pk, count_of(row, model, request.actor)))
        except TresseError:
            continue  # Its own page says why.
    return render(request, "segments/_numbers.html", {"counts": counts})


def frame(row: List | Segment, model: DataModel) -> dict[str, Any]:
    """What every page of a list or segment shows."""
    object = model.object(row.base)
    return {
        "row": row,
        "object": object,
        "plural": shown_plural(object),
        "plural_inside": shown_plural(object).lower(),
        "label_inside": shown_label(object).lower(),
        "address": address_of(row),
        "index_address": f"{index_address(object)}?{urlencode({'filter': filter_text(row)})}",
    }


def export_address(row: List | Segment, model: DataModel, actor: Actor) -> str:
    """Where all of its members are exported (G59); empty for who may not."""
    object = model.object(row.base)
    if "export" not in BULK_ACTIONS or not BULK_ACTIONS["export"].may(actor, object):
        return ""
    query = urlencode({"all": "1", "filter": filter_text(row)})
    return f"{BULK_ACTIONS['export'].address(object)}?{query}"


def filter_text(row: List | Segment) -> str:
    """The condition on a list or segment as it stands in an address."""
    ((key, name),) = filter_of(row).items()
    return f'{{"{key}": "{name}"}}'


def members_context(request: SignedIn, row: List | Segment, model: DataModel) -> dict[str, Any]:
    """A page of members; or why there is none to show (G38)."""
    object = model.object(row.base)
    columns = _columns(object, request)
    try:
        found = members(
            row,
            model,
            request.actor,
            cursor=request.GET.get("cursor") or None,
            limit=PAGE,
            columns=[prop.name for prop in columns],
            count=True,
        )
    except TresseError as error:
        return {"broken": message(error), "columns": [], "rows": []}
    cells = Cells(object, request.actor)
    since = since_of(row, [record.id for record in found.records])
    return {
        "columns": [(shown_label(prop), prop) for prop in columns],
        "rows": [
            {
                "record": record,
                "address": record_address(object, record.id),
                "cells": [cells.cell(prop, record.values[prop.name]) for prop in columns],
                "since": since.get(record.id),
            }
            for record in found.records
        ],
        "has_since": bool(since),
        "count": found.count,
        "next": found.next,
        "previous": found.previous,
        "avatar_class": "" if object.name == "contact" else "avatar--sq",
    }


def _columns(object: ObjectDef, request: SignedIn) -> list[Any]:
    """The first columns of the index page, or the first properties of a type people made."""
    readable = {prop.name: prop for prop in readable_properties(object, request.actor)}
    shipped = [readable[name] for name in SHIPPED_COLUMNS.get(object.name, ()) if name in readable]
    own = [prop for prop in readable.values() if prop.name != object.title and not prop.is_fixed]
    return (shipped or own)[:MOST_COLUMNS]
