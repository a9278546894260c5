"""Saved views on pages: save, save as, name and share, delete; numbers on their tabs."""

import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts.forms import refusals_in
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.changes import change_property
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.models import Property
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.changes.views import add_view, change_view, delete_view
from tresse.records.forms import ViewForm
from tresse.records.index import Shape, shape_in, shape_of, whole_filter
from tresse.records.lists import condition_of
from tresse.records.paging import capped_count
from tresse.records.views_saved import MINE, view_to_change, views_of

FIELDS = {"name_taken": "label", "unknown_reference": "team", "limit_reached": ""}
COUNTING_SECONDS = 1.0
"""How long the numbers of the tabs may take together; those left have none."""


def view_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Save what the page shows under a name; GET asks for it."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    given = request.POST if request.method == "POST" else request.GET
    shape = shape_in(given, object, actor)
    form = ViewForm(request.POST or None, actor=actor, initial={"sharing": "private"})
    if form.is_valid():
        with refusals_in(form, FIELDS):
            view = add_view(model, object, actor=actor, **_parts(shape), **form.facts())
            messages.success(request, gettext('The view "{label}" is saved.').format(label=view))
            return _to(request, object, view.name)
    context = {"form": form, "shape": shape, "heading": gettext("Save view"), **_frame(object)}
    return _form(request, context)


def _parts(shape: Shape) -> dict[str, Any]:
    """What of an address a view keeps."""
    return {
        "filter": whole_filter(shape),
        "columns": list(shape.columns),
        "widths": dict(shape.widths),
        "sort": list(shape.sort),
        "layout": shape.layout,
        "layout_settings": {"pipeline": shape.pipeline} if shape.pipeline else {},
    }


def view_page(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Name and share a view."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    view = view_to_change(object, name, actor, gettext("changed"))
    given = {"label": view.label, "sharing": view.sharing, "team": view.team and view.team.name}
    form = ViewForm(request.POST or None, actor=actor, initial=given)
    if form.is_valid():
        with refusals_in(form, FIELDS):
            change_view(model, view, actor=actor, **form.facts())
            return _to(request, object, name)
    context = {"form": form, "view": view, "heading": gettext("Name and sharing"), **_frame(object)}
    return _form(request, context)


@require_POST
def view_save(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Make a view what the page shows; what the address does not say stays, seen or not."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    view = view_to_change(object, name, actor, gettext("changed"))
    shape = shape_of(request.POST, view)
    said = {*shape.given, *(("layout_settings",) if "pipeline" in request.POST else ())}
    parts = {name: part for name, part in _parts(shape).items() if name in said}
    version = request.POST.get("version", "")
    known = int(version) if version.isdecimal() else None
    change_view(model, view, actor=actor, version=known, **parts)
    messages.success(request, gettext('The view "{label}" is saved.').format(label=view))
    return _to(request, object, name)


def view_remove(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Delete a view; GET asks first."""
    object = model_of(request).object(object_name)
    view = view_to_change(object, name, request.actor, gettext("deleted"))
    if request.method == "POST":
        delete_view(view, actor=request.actor)
        messages.success(request, gettext('The view "{label}" is deleted.').format(label=view))
        return _to(request, object)
    template = "records/_view_delete.html" if is_fragment(request) else "records/view_delete.html"
    return render(request, template, {"view": view, **_frame(object)})


def view_counts(request: SignedIn, object_name: str) -> HttpResponse:
    """The numbers on the tabs, counted when the page is there; what takes too long has none."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    begun = time.monotonic()
    counts: list[tuple[str, int]] = []
    mine = Shape(view=MINE)
    filters = [(MINE, whole_filter(mine))]
    filters += [(f"view-{view.pk}", view.filter) for view in views_of(object, actor)]
    for key, filter_ in filters:
        if time.monotonic() - begun > COUNTING_SECONDS:
            break
        try:
            where = condition_of(model, object, actor, filter_)
        except TresseError:
            continue  # The tab itself says why, when it is opened.
        counts.append((key, capped_count(object.table, where)))
    return render(request, "records/_view_counts.html", {"counts": counts})


@require_POST
def index_property(request: SignedIn, object_name: str) -> HttpResponse:
    """Give a property an index, so that lists by it need not read every record (C87)."""
    object = model_of(request).object(object_name)
    prop = object.property(request.POST.get("property", ""))
    change_property(Property.objects.get(pk=prop.id), actor=request.actor, indexed=True)
    messages.success(request, gettext("{label} has an index now.").format(label=prop.label))
    query = QueryDict(request.POST.get("state", ""))
    return HttpResponseRedirect(f"{index_address(object)}?{query.urlencode()}")


def _frame(object: ObjectDef) -> dict[str, Any]:
    return {"object": object, "plural": shown_plural(object), "address": index_address(object)}


def _form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    template = "records/_view_form.html" if is_fragment(request) else "records/view_form.html"
    return render(request, template, context, status=422 if context["form"].errors else 200)


def _to(request: HttpRequest, object: ObjectDef, name: str = "") -> HttpResponse:
    address = index_address(object)
    address += f"?{urlencode({'view': name})}" if name else ""
    if is_fragment(request):
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)
