"""What the pages of lists and of segments have in common: their index, and a table of members."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.kernel.text import folded
from tresse.objects.described import DataModel
from tresse.objects.requests import model_of
from tresse.segments.addresses import address_of
from tresse.segments.answers import count_of, filter_of, members, since_of
from tresse.segments.bases import SegmentBase, base_of
from tresse.segments.definitions import names_in
from tresse.segments.models import List, Segment

PAGE = 50
COUNTING_SECONDS = 1.5
"How long the numbers of an index may take together; those left have none."


def index_context(
    request: SignedIn, rows: Sequence[List] | Sequence[Segment], model: DataModel
) -> dict[str, Any]:
    """Rows by folder, those that the typed words and the chosen base leave."""
    words, base = request.GET.get("q", "").strip(), request.GET.get("base", "")
    used = {key: _base(key, model) for key in dict.fromkeys(row.base for row in rows)}
    places = {each.name: at for at, each in enumerate(model.objects)}
    order = sorted(used, key=lambda key: (places.get(key, len(places)), key))
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
            (name, [_line(row, used[row.base]) for row in found]) for name, found in folders.items()
        ],
        "has_any": bool(rows),
        "words": words,
        "base": base,
        "bases": [(key, used[key].plural) for key in order],
    }


def _base(key: str, model: DataModel) -> SegmentBase:
    return base_of(Segment(base=key), model)


def _line(row: List | Segment, base: SegmentBase) -> dict[str, Any]:
    return {
        "row": row,
        "object": base,
        "plural": base.plural,
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


def frame(row: List | Segment, model: DataModel, actor: Actor) -> dict[str, Any]:
    """What every page of a list or segment shows."""
    base = base_of(row, model)
    listing, _ = base.addresses(filter_text(row), actor)
    return {
        "row": row,
        "object": base,
        "plural": base.plural,
        "plural_inside": base.inside,
        "label_inside": base.label.lower(),
        "address": address_of(row),
        "index_address": listing,
    }


def export_address(row: List | Segment, model: DataModel, actor: Actor) -> str:
    """Where all of its members are exported (G59); empty for who may not."""
    return base_of(row, model).addresses(filter_text(row), actor)[1]


def filter_text(row: List | Segment) -> str:
    """The condition on a list or segment as it stands in an address."""
    ((key, name),) = filter_of(row).items()
    return f'{{"{key}": "{name}"}}'


def members_context(request: SignedIn, row: List | Segment, model: DataModel) -> dict[str, Any]:
    """A page of members; or why there is none to show (G38)."""
    base = base_of(row, model)
    said = row.filter if isinstance(row, Segment) else None
    columns = base.columns(request.actor, sorted(names_in(said, "property")))
    try:
        found = members(
            row,
            model,
            request.actor,
            cursor=request.GET.get("cursor") or None,
            limit=PAGE,
            columns=[each.name for each in columns],
            count=True,
        )
    except TresseError as error:
        return {"broken": message(error), "columns": [], "rows": []}
    since = since_of(row, [each.id for each in found.members])
    return {
        "columns": columns,
        "rows": [
            {
                "record": each,
                "address": each.address,
                "cells": [column.cell(each.values.get(column.name)) for column in columns],
                "since": since.get(each.id),
            }
            for each in found.members
        ],
        "has_since": bool(since),
        "count": found.count,
        "next": found.next,
        "previous": found.previous,
        "avatar_class": base.avatar,
        "cell_template": base.cell,
    }
