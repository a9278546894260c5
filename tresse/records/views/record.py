"""The page of one record: properties, timeline, linked records; creating, editing, deleting."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side, data_model
from tresse.objects.labels import shown_group, shown_label, shown_plural
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cell, Cells, choices_of, tone_of
from tresse.records.changes import create_record, delete_records, restore_records, update_record
from tresse.records.index import ICONS, QUIET
from tresse.records.links import counts, linked, side_key
from tresse.records.queries import Record, history_of
from tresse.records.queries import record as read_record
from tresse.records.timeline import timeline
from tresse.records.views.lines import shown_entries

SHOWN_LINKS = 5


def record(request: HttpRequest, object_name: str, id: int) -> HttpResponse:
    """The page; a record in the bin is shown as such, with its way back."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    try:
        found = read_record(model, object, id, actor)
    except TresseError as error:
        if error.code != "record_in_bin":
            raise
        context = {"object": object, "id": id, "title": error.details["record"]}
        return render(request, "records/binned.html", context, status=409)
    context = {
        **_head(model, object, found, actor),
        "groups": property_groups(object, found, actor),
        "cards": cards(model, object, id, actor),
        **timeline_context(model, object, id, actor, request),
    }
    return render(request, "records/record.html", context)


def _head(model: DataModel, object: ObjectDef, found: Record, actor: Actor) -> dict[str, Any]:
    stage = object.stages.get(found.values.get("stage") or 0) if object.has_pipelines else None
    pipeline = None
    if stage:
        pipeline = next(each for each in object.pipelines if each.id == stage.pipeline_id)
    subtitle = None
    if object.subtitle and object.subtitle in found.values:
        subtitle = Cells(object, actor).cell(
            object.property(object.subtitle), found.values[object.subtitle]
        )
    return {
        "model": model,
        "object": object,
        "label": shown_label(object),
        "plural": shown_plural(object),
        "record": found,
        "address": record_address(object, found.id),
        "index_address": index_address(object),
        "subtitle": subtitle,
        "stage": stage,
        "stage_label": shown_label(stage, object) if stage else "",
        "stage_tone": tone_of(object, stage) if stage else "",
        "stages": [(each, shown_label(each, object)) for each in pipeline.stages]
        if pipeline
        else [],
        "may_edit": actor.scope(object.name, "edit") != "none",
        "may_delete": actor.scope(object.name, "delete") != "none",
        "activity_kinds": list(ACTIVITY_KINDS),
    }


def property_groups(
    object: ObjectDef, found: Record, actor: Actor
) -> list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Properties by group: name, those with a value, empty ones (folded away, C94)."""
    cells = Cells(object, actor)
    entries = [
        property_entry(object, prop, cells.cell(prop, found.values[prop.name]), actor)
        for prop in object.active
        if prop.name in found.values and prop.name not in QUIET | {object.title, "id"}
    ]
    order = list(dict.fromkeys(entry["group"] for entry in entries))
    entries.sort(key=lambda entry: order.index(entry["group"]))
    groups = []
    for name, members in groupby(entries, key=lambda entry: entry["group"]):
        each = list(members)
        filled = [entry for entry in each if entry["cell"].value is not None]
        empty = [entry for entry in each if entry["cell"].value is None]
        groups.append((name, filled, empty))
    return groups


def property_entry(
    object: ObjectDef, prop: PropertyDef, cell: Cell, actor: Actor
) -> dict[str, Any]:
    """One property as its line shows it."""
    return {
        "prop": prop,
        "label": shown_label(prop),
        "icon": ICONS.get(prop.kind.name, "type"),
        "group": shown_group(prop.group),
        "cell": cell,
        "may_edit": not prop.is_read_only
        and bool(prop.column)
        and actor.access(object.name, prop.name) == "edit"
        and actor.scope(object.name, "edit") != "none",
    }


def cards(model: DataModel, object: ObjectDef, id: int, actor: Actor) -> list[dict[str, Any]]:
    """One card per association type the person may see: the first links and their number."""
    numbers = counts(model, object, id, actor)
    found = []
    for side in model.sides(object.name):
        other = model.object(side.other)
        if actor.scope(other.name, "view") == "none" or other.is_archived:
            continue
        key = side_key(side)
        number = numbers.get(key, 0)
        links = linked(model, side, id, actor, limit=SHOWN_LINKS) if number else []
        for each in links:
            each["address"] = record_address(other, each["id"])
            each["label_names"] = [shown_association(model, name) for name in each["labels"]]
        found.append(
            {
                "key": key,
                "side": side,
                "label": shown_label(side),
                "other": other,
                "links": links,
                "number": number,
                "more": number - SHOWN_LINKS,
            }
        )
    # Relations in use first, in the order of the definitions.
    return sorted(found, key=lambda card: not card["number"])


def shown_association(model: DataModel, name: str) -> str:
    """What a link label is called."""
    return shown_label(Side(model.association(name), forward=True))


def timeline_context(
    model: DataModel, object: ObjectDef, id: int, actor: Actor, request: HttpRequest
) -> dict[str, Any]:
    """A page of the timeline, by month."""
    kinds = [each for each in request.GET.getlist("kind") if each]
    found = timeline(model, object, id, actor, cursor=request.GET.get("after") or None, kinds=kinds)
    entries = shown_entries(model, object, found.entries, actor)
    return {
        "months": by_month(entries),
        "next": found.next,
        "kinds": kinds,
        "linked_shown": found.linked_shown,
        "linked_all": found.linked_all,
        "object": object,
        "address": record_address(object, id),
    }


def by_month(entries: Iterable[Any]) -> list[tuple[Any, list[Any]]]:
    """Entries under the month they fall in, in the person's time zone."""
    return [
        (month, list(members))
        for month, members in groupby(
            entries, key=lambda entry: timezone.localtime(entry.at).date().replace(day=1)
        )
    ]


def record_timeline(request: HttpRequest, object_name: str, id: int) -> HttpResponse:
    """The timeline alone: another page of it, or another choice of kinds."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    read_record(model, object, id, actor)
    context = timeline_context(model, object, id, actor, request)
    return render(request, "records/_timeline.html", context)


def property_edit(request: HttpRequest, object_name: str, id: int, name: str) -> HttpResponse:
    """One property of a record: its field (GET with `edit`), or its line; POST saves it."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    prop = object.property(name)
    text = _posted(request, name)
    error = None
    if request.method == "POST":
        try:
            update_record(model, object, id, values={name: text}, actor=actor)
        except TresseError as refused:
            error = refused
    found = read_record(model, object, id, actor)
    cell = Cells(object, actor).cell(prop, found.values[name])
    context = {
        "entry": property_entry(object, prop, cell, actor),
        "object": object,
        "record": found,
        "address": record_address(object, id),
        "typed": text if error else cell.text,
        "refused": error,
        "sentence": message(error) if error else "",
        "has_saved": request.method == "POST" and not error,
        "options": choices_of(object, prop),
    }
    if error or "edit" in request.GET:
        status = 422 if error else 200
        return render(request, "records/_property_edit.html", context, status=status)
    if request.method == "POST" and not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(record_address(object, id))
    return render(request, "records/_property.html", context)


def _posted(request: HttpRequest, name: str) -> str:
    return ";".join(request.POST.getlist(name))


@require_POST
def record_delete(request: HttpRequest, object_name: str, id: int) -> HttpResponse:
    """To the bin, with the way back in the message."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    found = read_record(model, object, id, actor)
    delete_records(model, object, [id], actor=actor)
    text = gettext("%(title)s is in the bin. It can be restored for 90 days.")
    messages.success(request, text % {"title": found.title})
    return HttpResponseRedirect(record_address(object, id))


@require_POST
def record_restore(request: HttpRequest, object_name: str, id: int) -> HttpResponse:
    """Out of the bin."""
    model = data_model()
    object = model.object(object_name)
    restore_records(model, object, [id], actor=request.actor)  # type: ignore[attr-defined]
    messages.success(request, gettext("The record is back."))
    return HttpResponseRedirect(record_address(object, id))


def new_record(request: HttpRequest, object_name: str) -> HttpResponse:
    """The form for a new record; POST creates it and leads to its page."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    fields = [
        prop
        for prop in object.active
        if prop.column and not prop.is_read_only and actor.access(object.name, prop.name) == "edit"
    ]
    typed = {prop.name: _posted(request, prop.name) for prop in fields}
    errors: dict[str, str] = {}
    refused = None
    if request.method == "POST":
        given = {name: text for name, text in typed.items() if text.strip()}
        try:
            id = create_record(model, object, values=given, actor=actor)
            return HttpResponseRedirect(record_address(object, id))
        except TresseError as error:
            refused = error
            errors = {each["field"]: each["sentence"] for each in error.details.get("errors", ())}
    fields.sort(key=lambda prop: (not prop.is_required, not prop.column.startswith("p_")))
    cells = Cells(object, actor)
    context = {
        "object": object,
        "label": shown_label(object),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "refused": refused,
        "sentence": message(refused) if refused else "",
        "fields": [
            {
                "prop": prop,
                "label": shown_label(prop),
                "cell": cells.cell(prop, None),
                "typed": typed[prop.name] or prop.default,
                "error": errors.get(prop.name),
                "options": choices_of(object, prop),
            }
            for prop in fields
        ],
    }
    return render(request, "records/new.html", context, status=422 if refused else 200)


def property_history(request: HttpRequest, object_name: str, id: int, name: str) -> HttpResponse:
    """What a property held before: who, when, from where, old and new (C27)."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    found = read_record(model, object, id, actor)
    prop = object.property(name)
    cells = Cells(object, actor)
    changes = [
        {
            "change": change,
            "person": cells.people.get(change.user_id or 0, ""),
            "old": cells.cell(prop, change.old),
            "new": cells.cell(prop, change.new),
        }
        for change in history_of(object, id, actor, name=name)
    ]
    context = {
        "record": found,
        "label": shown_label(prop),
        "changes": changes,
        "address": record_address(object, id),
    }
    return render(request, "records/history.html", context)
