"""The dialog that asks for an export of what an index page shows or has selected (T81a, C92)."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.selection import Selection, number_of, selection_of
from tresse.transfers import changes
from tresse.transfers.exporting import Exporting, read_asked
from tresse.transfers.offered import asked_of, file_name, offered, preset, remembered

WRONG_FORMS = (400, 422)
SHOWN = 3
"Rows of the preview."


def export_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Ask what is written; POST has it written by a job and shows that job.

    The address alone, as somebody types or keeps it, means all records.
    """
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "export", object.name, shown_plural(object))
    given = request.POST if request.method == "POST" else request.GET.copy()
    if request.method != "POST" and "ids" not in given:
        given["all"] = "1"
    selection = selection_of(given)
    sentence = ""
    if request.method == "POST":
        try:
            return _begun(request, object, selection)
        except TresseError as error:
            if error.status not in WRONG_FORMS:
                raise
            sentence = message(error)
    is_asked = given.get("asked") == "1"
    columns = given.get("columns", "").split(",")
    chosen = given.getlist("column") if is_asked else preset(object, columns)
    asked = asked_of(given) if is_asked else remembered(object, actor)
    context = {
        **offered(model, object, actor, asked=_right(asked), chosen=chosen),
        **_about(request, object, selection),
        **_preview(request, object, selection, {**asked, "columns": list(chosen)}),
        "file": given.get("file", _file_name(object)),
        "sentence": sentence,
    }
    template = "transfers/_export_new.html" if is_fragment(request) else "transfers/export_new.html"
    return render(request, template, context, status=422 if sentence else 200)


@require_POST
def export_preview(request: SignedIn, object_name: str) -> HttpResponse:
    """The first rows of what the form asks for."""
    object = model_of(request).object(object_name)
    require(request.actor, "export", object.name, shown_plural(object))
    context = _preview(request, object, selection_of(request.POST), asked_of(request.POST))
    return render(request, "transfers/_export_preview.html", {**context, "object": object})


def _right(asked: dict[str, Any]) -> dict[str, Any]:
    """Choices that there are: of a wrong one the form shows the preset."""
    try:
        read_asked(asked)
    except TresseError:
        return {}
    return asked


def _begun(request: SignedIn, object: ObjectDef, selection: Selection) -> HttpResponse:
    given = request.POST
    asked = asked_of(given)
    _, job = changes.add_export(
        object.name,
        file_name=file_name(given.get("file", ""), asked["format"])
        or f"{_file_name(object)}.{asked['format']}",
        asked={**asked, "filter": filter_of(selection), "words": selection.words},
        actor=request.actor,
    )
    address = f"/jobs/{job.pk}/"
    if is_fragment(request):
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def filter_of(selection: Selection) -> Any:
    """A selection in the filter language; typed words stand beside it."""
    if selection.is_all:
        return selection.filter
    return {"property": "id", "operator": "is_any_of", "value": list(selection.ids)}


def _about(request: SignedIn, object: ObjectDef, selection: Selection) -> dict[str, Any]:
    return {
        "object": object,
        "plural": shown_plural(object),
        "address": index_address(object),
        "number": number_of(selection, model_of(request), object, request.actor),
        "state": list(selection.fields()),
    }


def _preview(
    request: SignedIn, object: ObjectDef, selection: Selection, asked: dict[str, Any]
) -> dict[str, Any]:
    """Header and first rows, or why there are none."""
    try:
        made = Exporting(
            model_of(request),
            object,
            read_asked({**asked, "filter": filter_of(selection), "words": selection.words}),
            request.actor,
        )
        return {"preview_head": made.headers, "preview_rows": made.first(SHOWN)}
    except TresseError as error:
        return {"preview_refusal": message(error)}


def _file_name(object: ObjectDef) -> str:
    return gettext("{things}_{day}").format(
        things=shown_plural(object).lower().replace(" ", "_"), day=f"{now():%Y-%m-%d}"
    )
