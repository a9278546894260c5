"""Merging on pages: which record stays, whose values it takes, which links; and taking apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_full_name, shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_properties
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cell, Cells
from tresse.records.changes import merge_records, unmerge_records
from tresse.records.duplicates import duplicates_of
from tresse.records.lists import listed
from tresse.records.merging import (
    Crowded,
    Rows,
    activity_numbers,
    crowded,
    differences,
    link_numbers,
    merged_titles,
    rows_of,
)
from tresse.records.queries import titles
from tresse.records.refusals import MERGE_NEEDS_ONE_OBJECT
from tresse.records.selection import chosen, selection_of
from tresse.records.views.requests import id_in
from tresse.records.visibility import found

FOUND = 8


@dataclass(frozen=True, slots=True)
class Column:
    """One record of a merge."""

    id: int
    title: str
    address: str
    created_at: datetime | None
    activities: int
    is_survivor: bool
    without: str
    "The page without this record."
    take: str
    "The page with all values of this record chosen."
    keep: str
    "The page with this record as the survivor."


@dataclass(frozen=True, slots=True)
class Choice:
    """One record's value of a property."""

    id: int
    title: str
    cell: Cell
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A property of which the records differ."""

    prop: PropertyDef
    label: str
    choices: list[Choice]
    may_choose: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """A relation with more links than it allows."""

    crowded: Crowded
    label: str
    candidates: list[tuple[int, str, bool]]


def merge(request: SignedIn, object_name: str) -> HttpResponse:
    """The page that compares the records; POST merges them and leads to the survivor."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "merge", object.name, shown_plural(object))
    given = request.POST if request.method == "POST" else request.GET
    ids = _ids(request, object)
    if request.headers.get("HX-Target") == "dialog":
        return HttpResponseClientRedirect(_address(object, ids))
    survivor = id_in(given.get("survivor", ""), object) if given.get("survivor") else ids[0]
    refused: TresseError | None = None
    if request.method == "POST":
        try:
            return _merged(request, object, ids, survivor)
        except TresseError as error:
            if error.code in {"not_permitted", "record_not_found", "record_in_bin"}:
                raise
            refused = error
    context = _context(request, object, ids, survivor if survivor in ids else ids[0])
    context["sentence"] = message(refused) if refused else ""
    template = "records/_merge.html" if is_fragment(request) else "records/merge.html"
    return render(request, template, context, status=422 if refused else 200)


def merge_search(request: SignedIn, object_name: str) -> HttpResponse:
    """Records to merge with: those whose words begin as typed."""
    object = model_of(request).object(object_name)
    if not is_fragment(request):
        return merge(request, object_name)
    context = _found(request, object, _ids(request, object))
    return render(request, "records/_merge_found.html", context)


def _ids(request: SignedIn, object: ObjectDef) -> list[int]:
    model, actor = model_of(request), request.actor
    given = request.POST if request.method == "POST" else request.GET
    most = account().max_merge
    if given.get("all"):
        condition = chosen(selection_of(given), model, object, actor)
        table = object.table
        ids = [
            id
            for (id,) in rows(
                sa.select(table.c.id).where(condition).order_by(table.c.id).limit(most + 1)
            )
        ]
    else:
        ids = [id_in(each, object) for each in dict.fromkeys(given.getlist("ids"))]
    if not 1 <= len(ids) <= most:
        raise MERGE_NEEDS_ONE_OBJECT(most=most)
    found(model, object, ids, actor)
    return ids


def _address(object: ObjectDef, ids: Sequence[int], **more: Any) -> str:
    query = urlencode({"ids": ids, **more}, doseq=True)
    return f"{index_address(object)}merge/?{query}"


def _merged(
    request: SignedIn, object: ObjectDef, ids: Sequence[int], survivor: int
) -> HttpResponse:
    posted = request.POST
    choices = {
        name.removeprefix("value-"): id_in(str(value), object)
        for name, value in posted.items()
        if name.startswith("value-")
    }
    links = {
        key: [id_in(each, object) for each in posted.getlist(f"keep-{key}")]
        for key in posted.getlist("relations")
    }
    others = [id for id in ids if id != survivor]
    made = merge_records(
        model_of(request),
        object,
        survivor,
        others,
        actor=request.actor,
        choices=choices,
        links=links,
    )
    number = len(made.others) + 1
    told = ngettext("{n} record is one now.", "{n} records are one now.", number)
    messages.success(request, told.format(n=number))
    return HttpResponseRedirect(record_address(object, made.survivor))


def _context(
    request: SignedIn, object: ObjectDef, ids: Sequence[int], survivor: int
) -> dict[str, Any]:
    model, actor = model_of(request), request.actor
    there = rows_of(object, ids)
    named = titles(object, ids, actor)
    activities = activity_numbers(ids)
    columns = [
        Column(
            id,
            named[id],
            record_address(object, id),
            there[id]["created_at"],
            activities.get(id, 0),
            is_survivor=id == survivor,
            without=_address(object, [each for each in ids if each != id]),
            take=_address(object, ids, survivor=survivor, take=id),
            keep=_address(object, ids, survivor=id),
        )
        for id in ids
    ]
    return {
        "object": object,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "columns": columns,
        "lines": _lines(request, object, there, survivor, ids=ids, named=named),
        "picks": _picks(request, object, ids, survivor),
        "numbers": _numbers(model, object, ids, request),
        "activities": sum(activities.values()),
        "is_enough": len(ids) > 1,
        "may_add": len(ids) < account().max_merge,
        **_found(request, object, ids),
    }


def _lines(
    request: SignedIn,
    object: ObjectDef,
    there: Rows,
    survivor: int,
    *,
    ids: Sequence[int],
    named: Mapping[int, str],
) -> list[Line]:
    actor, given = request.actor, request.POST or request.GET
    cells = Cells(object, actor)
    readable = [prop for prop in readable_properties(object, actor) if not prop.is_archived]
    taken = given.get("take", "")
    lines = []
    for each in differences(object, there, survivor, readable):
        may_edit = actor.access(object.name, each.prop.name) == "edit"
        may_choose = may_edit and not each.prop.is_read_only
        wanted = given.get(f"value-{each.prop.name}", taken)
        picked = int(wanted) if may_choose and wanted in map(str, ids) else each.chosen
        choices = [
            Choice(id, named[id], cells.cell(each.prop, each.values[id]), is_chosen=id == picked)
            for id in ids
        ]
        lines.append(Line(each.prop, shown_label(each.prop), choices, may_choose))
    return lines


def _picks(request: SignedIn, object: ObjectDef, ids: Sequence[int], survivor: int) -> list[Pick]:
    model, actor = model_of(request), request.actor
    others = [id for id in ids if id != survivor]
    picks = []
    for each in crowded(model, object, survivor, others, actor):
        other = model.object(each.side.other)
        named = titles(other, each.candidates[:200], actor)
        posted = request.POST.getlist(f"keep-{each.key}")
        kept = {int(id) for id in posted if id.isdecimal()} if request.POST else set(each.preset)
        candidates = [
            (id, named.get(id, f"{shown_label(other)} {id}"), id in kept)
            for id in each.candidates[:200]
        ]
        picks.append(Pick(each, shown_full_name(each.side, object), candidates))
    return picks


def _numbers(
    model: DataModel, object: ObjectDef, ids: Sequence[int], request: SignedIn
) -> list[tuple[str, list[int], int]]:
    return [
        (shown_plural(model.object(side.other)), [each[id] for id in ids], together)
        for side, each, together in link_numbers(model, object, ids, request.actor)
    ]


def _found(request: SignedIn, object: ObjectDef, ids: Sequence[int]) -> dict[str, Any]:
    """Records that could be added, found by typed words."""
    words = request.GET.get("q", "")
    context: dict[str, Any] = {"words": words, "ids": ids, "object": object}
    context["search_address"] = f"{index_address(object)}merge/search/"
    if not words.strip():
        likely = duplicates_of(object, ids[0], request.actor) if len(ids) == 1 else []
        return {
            **context,
            "found": [(each.id, each.title, _address(object, [*ids, each.id])) for each in likely]
            or None,
        }
    records = listed(
        model_of(request), object, actor=request.actor, words=words, columns=(), limit=FOUND + 10
    ).records
    fresh = [each for each in records if each.id not in ids][:FOUND]
    return {
        **context,
        "found": [(each.id, each.title, _address(object, [*ids, each.id])) for each in fresh],
    }


def unmerge(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """What taking the last merge apart would bring; POST does it."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    is_asked = request.method == "POST"
    told = unmerge_records(model, object, id, actor=actor, dry_run=not is_asked)
    address = record_address(object, told.survivor)
    if is_asked:
        number = len(told.records) + 1
        sentence = ngettext("It is {n} record again.", "It is {n} records again.", number)
        messages.success(request, sentence.format(n=number))
        for each in told.conflicts:
            messages.warning(request, _conflict(object, each))
        return HttpResponseRedirect(address)
    named = titles(object, [told.survivor], actor)
    restored = merged_titles(object, told.records, actor)
    context = {
        "object": object,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "address": address,
        "title": named[told.survivor],
        "records": list(restored.items()),
        "kept": [_kept(model, object, each, request) for each in told.kept_with_survivor],
        "conflicts": [_conflict(object, each) for each in told.conflicts],
    }
    return render(request, "records/unmerge.html", context)


def _kept(model: DataModel, object: ObjectDef, each: Mapping[str, Any], request: SignedIn) -> str:
    if each["sort"] == "value":
        prop = object.property(each["property"])
        cell = Cells(object, request.actor).cell(prop, each["value"])
        return gettext("{label}: {value}").format(label=shown_label(prop), value=cell.text)
    if each["sort"] == "link":
        other = shown_label(model.object(each["object"]))
        return gettext("{label}: {value}").format(label=other, value=each["title"])
    return gettext("An activity: {kind}").format(kind=each["kind"])


def _conflict(object: ObjectDef, each: Mapping[str, Any]) -> str:
    if each["sort"] == "value":
        sentence = gettext("{label} of {record} stays empty: {holder} has {value} now.")
        return sentence.format(
            label=shown_label(object.property(each["property"])),
            record=each["record"],
            holder=each["held_by"],
            value=each["value"],
        )
    sentence = gettext("The link of {one} and {two} stays away: there is no room for it now.")
    return sentence.format(one=each["from"], two=each["to"])
