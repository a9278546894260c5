"""Dialogs of the bulk bar: put a selection on a list, take it off, make a list of it (G48)."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts.forms import refusals_in
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import UNKNOWN_NAME
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.selection import Selection, number_of, selection_of
from tresse.segments.addresses import address_of
from tresse.segments.changes import fill_list, make_list
from tresse.segments.forms import ChooseListForm, LabelForm
from tresse.segments.queries import list_named, lists, may_fill
from tresse.segments.views.lists import FIELDS, say_filled

HEADINGS = {
    "add": N_("Add to list"),
    "remove": N_("Remove from list"),
    "make": N_("Make a list of these"),
}


def bulk(request: SignedIn, object_name: str, act: str) -> HttpResponse:
    """One of the three dialogs; POST does it and leads to the list."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    if act not in HEADINGS:
        raise UNKNOWN_NAME(sort=N_("address"), name=request.path)
    is_sent = request.method == "POST"
    selection = selection_of(request.POST if is_sent else request.GET)
    form = _form(request, object, act)
    if is_sent and form.is_valid():
        with refusals_in(form, FIELDS):
            return _done(request, object, act, selection=selection, given=form.cleaned_data)
    context = {
        "form": form,
        "act": act,
        "heading": gettext(HEADINGS[act]),
        "fields": list(selection.fields()),
        "number": number_of(selection, model, object, actor),
        "plural": shown_plural(object),
        "plural_inside": shown_plural(object).lower(),
        "index_address": index_address(object),
        "address": request.path,
    }
    template = "segments/_bulk.html" if is_fragment(request) else "segments/bulk.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _form(request: SignedIn, object: ObjectDef, act: str) -> Any:
    data = request.POST if request.method == "POST" else None
    if act == "make":
        return LabelForm(data)
    seen = lists(request.actor).filter(base=object.name)
    choices = [(row.name, row.label) for row in seen if may_fill(row, request.actor)]
    return ChooseListForm(data, choices=choices)


def _done(
    request: SignedIn, object: ObjectDef, act: str, *, selection: Selection, given: dict[str, Any]
) -> HttpResponse:
    model, actor = model_of(request), request.actor
    if act == "make":
        row, done = make_list(
            selection, base=object.name, label=given["label"], model=model, actor=actor
        )
    else:
        row = list_named(given["list"], actor)
        done = fill_list(row, selection, model=model, actor=actor, remove=act == "remove")
    say_filled(request, row, done, removed=act == "remove")
    if is_fragment(request):
        return HttpResponseClientRedirect(address_of(row))
    return HttpResponseRedirect(address_of(row))
