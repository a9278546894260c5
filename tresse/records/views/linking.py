"""Linking, unlinking and activities on a record's page."""

from datetime import datetime
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
from tresse.objects.described import DataModel, ObjectDef, Side, data_model
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.addresses import record_address
from tresse.records.changes import (
    delete_activity,
    link_records,
    log_activity,
    unlink_records,
)
from tresse.records.links import side_key
from tresse.records.lists import listed
from tresse.records.queries import record as read_record
from tresse.records.views.record import cards, timeline_context

FOUND = 8


def side_of(model: DataModel, object: ObjectDef, key: str) -> Side:
    """The side with that key on an object.

    Raises:
        TresseError: `association_type_not_found`.
    """
    for side in model.sides(object.name):
        if side_key(side) == key:
            return side
    known = [side_key(side) for side in model.sides(object.name)]
    raise ASSOCIATION_TYPE_NOT_FOUND(name=key, known=known, nearest=None)


def link_search(request: HttpRequest, object_name: str, id: int, key: str) -> HttpResponse:
    """Records that could be linked: those whose words begin as typed."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    side = side_of(model, object, key)
    other = model.object(side.other)
    words = request.GET.get("q", "")
    found = listed(model, other, actor=actor, words=words, columns=(), limit=FOUND)
    context = {
        "found": [each for each in found.records if each.id != id],
        "other": other,
        "key": key,
        "address": record_address(object, id),
        "words": words,
    }
    return render(request, "records/_link_results.html", context)


@require_POST
def link(request: HttpRequest, object_name: str, id: int, key: str) -> HttpResponse:
    """Link the record with another one, or take the link away (`remove`)."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    side = side_of(model, object, key)
    other = int(request.POST["id"])
    if request.POST.get("remove"):
        unlink_records(model, side, [(id, other)], actor=actor)
    else:
        mode = "replace" if request.POST.get("mode") == "replace" else "add"
        link_records(model, side, [(id, other)], actor=actor, mode=mode)
    return _after(request, model, object, id, actor)


@require_POST
def log(request: HttpRequest, object_name: str, id: int) -> HttpResponse:
    """Log what the composer holds; a refusal keeps the text."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    kind = ACTIVITY_KINDS[request.POST.get("kind", "note")]
    fields: dict[str, Any] = {
        name: request.POST[name] for name in kind.fields if request.POST.get(name)
    }
    for name, form in kind.fields.items():
        if form == "instant" and name in fields:
            zone = timezone.get_current_timezone()
            moment = datetime.fromisoformat(fields[name])
            fields[name] = moment.replace(tzinfo=zone).isoformat()
    try:
        log_activity(model, kind.name, [(object, id)], fields=fields, actor=actor)
    except TresseError as error:
        context = {
            "refused": error,
            "sentence": message(error),
            "typed": request.POST,
            "activity_kinds": list(ACTIVITY_KINDS),
            "address": record_address(object, id),
        }
        return render(request, "records/_composer.html", context, status=422)
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(record_address(object, id))
    context = {
        **timeline_context(model, object, id, actor, request),
        "activity_kinds": list(ACTIVITY_KINDS),
    }
    return render(request, "records/_logged.html", context)


@require_POST
def remove_activity(request: HttpRequest, object_name: str, id: int, activity: int) -> HttpResponse:
    """Take an activity off the timeline."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    delete_activity(model, activity, actor=actor)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, gettext("The activity was removed."))
        return HttpResponseRedirect(record_address(object, id))
    context = timeline_context(model, object, id, actor, request)
    return render(request, "records/_timeline.html", context)


def _after(
    request: HttpRequest, model: DataModel, object: ObjectDef, id: int, actor: Actor
) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(record_address(object, id))
    found = read_record(model, object, id, actor)
    context = {
        "cards": cards(model, object, id, actor),
        "object": object,
        "record": found,
        "address": record_address(object, id),
        "may_edit": actor.scope(object.name, "edit") != "none",
    }
    return render(request, "records/_cards.html", context)
