"""What a source leads to: relations with their counts (S46, S47)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.keys import RelationCounts
from tresse.sources.models import Source
from tresse.sources.preview import relations_counted
from tresse.sources.queries import MANAGE
from tresse.sources.stored import definition_of, resolved_of
from tresse.sources.views.frame import address_of, frame, page, source_of

PARTS = " + "


def source_relations(request: SignedIn, name: str) -> HttpResponse:
    """Relations with what they match; add one, take one away."""
    source = source_of(request, name)
    sentence = ""
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        try:
            item = merged(source, {"relations": _wanted(request, source) or None})
            change_source(source, item, actor=request.actor)
            return redirect(f"{address_of(source)}relations/")
        except TresseError as error:
            sentence = message(error)
    resolved = resolved_of(source)
    to = request.POST.get("to") or request.GET.get("to", "")
    target = Source.objects.filter(name=to).first()
    columns = [*(column.name for column in resolved.columns or ()), *resolved.computed_names]
    keys = definition_of(target).keys if target else ()
    context = {
        **frame(request, source, "relations"),
        "relations": _shown(request, source),
        "targets": list(Source.objects.order_by("name").values_list("name", flat=True)),
        "to": to if target else "",
        "target_keys": [(PARTS.join(key), PARTS.join(key)) for key in keys],
        "proposed": request.POST.get("columns", "") or _proposed(columns, keys),
        "names": columns,
        "sentence": sentence,
    }
    return page(request, "relations.html", context, is_refused=bool(sentence))


def _wanted(request: SignedIn, source: Source) -> list[dict[str, Any]]:
    given = request.POST
    there = [dict(each) for each in source.definition.get("relations", [])]
    if (at := given.get("drop", "")).isdecimal():
        return [each for index, each in enumerate(there) if str(index) != at]
    columns = [part.strip() for part in given.get("columns", "").split(",") if part.strip()]
    added = {
        "columns": columns,
        "to": given.get("to", ""),
        "key": given.get("key", "").split(PARTS),
    }
    return [*there, added]


def _proposed(columns: list[str], keys: tuple[tuple[str, ...], ...]) -> str:
    """Columns called as the key of the other side."""
    for key in keys:
        if all(part in columns for part in key):
            return ", ".join(key)
    return ""


def _shown(request: SignedIn, source: Source) -> list[dict[str, Any]]:
    relations = definition_of(source).relations
    counts: list[RelationCounts | None] = [None] * len(relations)
    sentence = gettext("It is counted once both sides were read.")
    if relations:
        try:
            counts = relations_counted(resolved_of(source), source=source, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
    return [
        {
            "columns": PARTS.join(each.columns),
            "to": each.to,
            "key": PARTS.join(each.key),
            "counts": count,
            "sentence": sentence,
        }
        for each, count in zip(relations, counts, strict=True)
    ]
