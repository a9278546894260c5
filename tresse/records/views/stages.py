"""Moving a record along its pipeline from its page, asking for what the stage needs (C49, C94)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef, StageDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cells
from tresse.records.changes import update_record
from tresse.records.queries import Record
from tresse.records.queries import record as read_record
from tresse.records.views.new import errors_of, new_field
from tresse.records.views.record import head_context, property_edit
from tresse.records.views.requests import CHANGED
from tresse.records.views.values import posted, saved_context

STAGE = "stage"


def stage(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """POST moves the record; values that the stage needs may be sent along.

    Where they are missing, the answer is a form that asks for them: in the dialog, or as a page.
    """
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    if request.method != "POST" or not object.has_pipelines or "before" in request.POST:
        return property_edit(request, object_name, id, STAGE)
    before = read_record(model, object, id, actor)
    wanted = _stage(object, request.POST.get(STAGE, ""))
    needed = wanted.required if wanted else ()
    sent = {name: posted(request, name) for name in needed if name in request.POST}
    values = {STAGE: request.POST.get(STAGE), **sent}
    try:
        update_record(model, object, id, values=values, actor=actor)
    except TresseError as error:
        if wanted is None or not (sent or error.code == "stage_requirements_missing"):
            return _refused(request, object_name, id, error)
        return _asked(request, object, before, wanted, error)
    if not is_fragment(request):
        label = shown_label(object.property(STAGE))
        messages.success(request, gettext("{label} is saved.").format(label=label))
        return HttpResponseRedirect(record_address(object, id))
    found = read_record(model, object, id, actor)
    context = {
        **head_context(model, object, found, Cells(object, actor)),
        **saved_context(request, object, object.property(STAGE), before),
    }
    answer = render(request, "records/_stage_moved.html", context)
    answer.headers["HX-Trigger"] = CHANGED
    return answer


def _stage(object: ObjectDef, name: str) -> StageDef | None:
    return next((each for each in object.stages.values() if each.name == name), None)


def _refused(request: SignedIn, object_name: str, id: int, error: TresseError) -> HttpResponse:
    """Told in place, as by the field of the property; a dialog would have nothing to ask."""
    if is_fragment(request):
        raise error
    return property_edit(request, object_name, id, STAGE)


def _asked(
    request: SignedIn, object: ObjectDef, before: Record, wanted: StageDef, error: TresseError
) -> HttpResponse:
    """The form for what the stage needs and the record lacks."""
    cells, errors = Cells(object, request.actor), errors_of(object, error)
    missing = [
        object.property(name)
        for name in wanted.required
        if object.has(name) and before.values.get(name) is None
    ]
    shown = errors or error.code == "stage_requirements_missing"
    context = {
        "stage": wanted,
        "stage_label": shown_label(wanted, object),
        "fields": [new_field(request, prop, cells, errors.get(prop.name, "")) for prop in missing],
        "sentence": "" if shown else message(error),
        "record": before,
        "address": record_address(object, before.id),
        "plural": shown_plural(object),
        "index_address": index_address(object),
    }
    template = "_stage_asked" if is_fragment(request) else "stage_asked"
    return render(request, f"records/{template}.html", context, status=422)
