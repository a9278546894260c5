"""The page of one record: properties, timeline, linked records; to the bin and back."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.layouts import layout_of
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_property
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cells, tone_of
from tresse.records.changes import delete_records
from tresse.records.changes.activities import may_log
from tresse.records.composer import quick_kinds
from tresse.records.neighbours import neighbours
from tresse.records.panels import offered_actions, shown_panels
from tresse.records.queries import Record
from tresse.records.queries import record as read_record
from tresse.records.views.activities import timeline_context
from tresse.records.views.asked import LIST
from tresse.records.views.bin import binned_page
from tresse.records.views.cards import cards_context
from tresse.records.views.composing import composer_of
from tresse.records.views.requests import may
from tresse.records.views.values import (
    Editing,
    posted,
    property_field,
    property_groups,
    property_line,
    property_saved,
    saved,
)

NOT_TYPED = {"not_permitted", "read_only_property", "property_archived", "record_in_bin"}
"""Refusals that no other text would mend: they are told in place of the page."""


def record(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """The page; a record in the bin is shown as such, with its way back.

    `edit` names a property whose field is open: what editing is without scripts.
    """
    object = model_of(request).object(object_name)
    try:
        return record_page(request, object, id, Editing(request.GET.get("edit", "")))
    except TresseError as error:
        if error.code == "record_in_bin":
            return binned_page(request, object, id)
        if error.code == "record_merged":
            messages.info(request, message(error))
            return HttpResponseRedirect(record_address(object, error.details["survivor_id"]))
        if error.code == "wrong_object" and (other := _home_of(request, error)):
            return HttpResponseRedirect(record_address(other, id))
        raise


def _home_of(request: SignedIn, error: TresseError) -> ObjectDef | None:
    """The object type that a record really is of; its refusal names it by its label."""
    label = error.details.get("object")
    for each in model_of(request).objects:
        if label in {each.label.lower(), shown_label(each).lower()}:
            return each
    return None


def record_page(request: SignedIn, object: ObjectDef, id: int, editing: Editing) -> HttpResponse:
    """The page of a record in sight, with one property open or none."""
    model, actor = model_of(request), request.actor
    found = read_record(model, object, id, actor)
    cells = Cells(object, actor)
    may_edit = may(object, id, actor, "edit")
    cards = cards_context(model, object, id, actor)
    linked_by = {card.relation.key for card in cards["cards"]}
    context = {
        **head_context(model, object, found, cells),
        **timeline_context(request, object, id, cells=cells, linked_by=linked_by),
        **cards,
        "groups": property_groups(object, found, cells, may_edit, open_name=editing.name),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "own_address": request.build_absolute_uri(record_address(object, id)),
        "may_edit": may_edit,
        "may_log": may_log(object, actor),
        "may_delete": may(object, id, actor, "delete"),
        "composer": composer_of(
            request, object, cards=cards["cards"], given={"kind": request.GET.get("compose", "")}
        ),
        "editing": editing,
        "panels": layout_of(object).arranged(
            shown_panels(model, object, id, actor), lambda each: each.panel.name
        ),
        "beside": _beside(request, object, id),
        "actions": offered_actions(object, id, actor),
    }
    return render(request, "records/record.html", context, status=422 if editing.sentence else 200)


def _beside(request: SignedIn, object: ObjectDef, id: int) -> dict[str, str] | None:
    """Addresses of the records before and after, in the list that the page was opened from."""
    query = request.GET.get(LIST)
    if query is None:
        came_from = urlsplit(request.headers.get("Referer", ""))
        if came_from.path != index_address(object):
            return None
        query = came_from.query
    found = neighbours(model_of(request), object, id, request.actor, list_query=query)
    if found is None:
        return None
    state = urlencode({LIST: found.list})
    ids = {"previous": found.previous, "next": found.next}
    back = f"{index_address(object)}?{found.list}".rstrip("?")
    addresses = {
        name: f"{record_address(object, each)}?{state}" if each else ""
        for name, each in ids.items()
    }
    return {**addresses, "back": back}


def head_context(
    model: DataModel, object: ObjectDef, found: Record, cells: Cells
) -> dict[str, Any]:
    """Title, subtitle, owner, quick buttons and stage path (C94)."""
    may_write = object.has_activities and may_log(object, cells.actor)
    stage = object.stages.get(found.values.get("stage") or 0) if object.has_pipelines else None
    path: tuple[Any, ...] = ()
    if stage:
        path = next(each.stages for each in object.pipelines if each.id == stage.pipeline_id)
    subtitle = owner = None
    if object.subtitle in found.values and object.subtitle != "stage":
        subtitle = cells.cell(object.property(object.subtitle), found.values[object.subtitle])
    if found.values.get("owner"):
        owner = cells.cell(object.property("owner"), found.values["owner"])
    return {
        "object": object,
        "label": shown_label(object),
        "record": found,
        "address": record_address(object, found.id),
        "subtitle": subtitle,
        "quick": quick_kinds(model, object, cells.actor) if may_write else [],
        "owner": owner,
        "stage": stage,
        "stage_label": shown_label(stage, object) if stage else "",
        "stage_tone": tone_of(object, stage) if stage else "",
        "stages": [(each, shown_label(each, object)) for each in path],
        "avatar_class": "avatar--lg" if object.name == "contact" else "avatar--lg avatar--sq",
    }


def property_edit(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """One property of a record: its line, or its field (`edit`); POST saves it.

    With HTMX the line or field alone; without scripts the whole page.
    """
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    prop = readable_property(object, name, actor)
    editing = Editing(name if "edit" in request.GET else "")
    if request.method == "POST":
        try:
            before = saved(request, object, prop, id)
        except TresseError as error:
            if error.code in NOT_TYPED:
                raise
            editing = Editing(name, posted(request, name), message(error))
        else:
            return _after_saving(request, object, prop, before)
    if not is_fragment(request):
        return record_page(request, object, id, editing)
    if editing.name:
        return property_field(request, object, prop, id, editing=editing)
    return property_line(request, object, prop, id)


def _after_saving(
    request: SignedIn, object: ObjectDef, prop: PropertyDef, before: Record
) -> HttpResponse:
    if not is_fragment(request):
        label = shown_label(prop)
        messages.success(request, gettext("{label} is saved.").format(label=label))
        return HttpResponseRedirect(record_address(object, before.id))
    found = read_record(model_of(request), object, before.id, request.actor)
    head = head_context(model_of(request), object, found, Cells(object, request.actor))
    return property_saved(request, object, prop, before, head=head)


def record_delete(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """To the bin; GET asks first, for those without scripts."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    found = read_record(model, object, id, actor)
    context = {
        "record": found,
        "days": account().bin_days,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "address": record_address(object, id),
    }
    if request.method != "POST":
        return render(request, "records/delete.html", context)
    delete_records(model, object, [id], actor=actor)
    messages.success(request, gettext("{title} is in the bin.").format(title=found.title))
    return HttpResponseRedirect(record_address(object, id))
