"""Calculated properties: add one, change how it is calculated, see what a formula would give."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.forms import refusals_in
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.engine.formulas import FUNCTIONS, GROUPS
from tresse.filters.editor import editor_of
from tresse.kernel.errors import TresseError
from tresse.objects.calculated import FORMULA, LABELS, ROLLUP, TYPES, sort_of
from tresse.objects.changes import add_property, change_property
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_properties, readable_property
from tresse.records.calculated_forms import HELP, CalculatedForm, initial_of
from tresse.records.cells import Cells
from tresse.records.previews import SHOWN, preview

PLACES = {
    "wrong_value": "formula",
    "name_taken": "label",
    "formula_cycle": "formula",
    **{
        f"formula_{each}": "formula"
        for each in (
            "syntax",
            "too_long",
            "statement",
            "join",
            "subquery",
            "window",
            "aggregate",
            "function",
            "column",
            "type",
            "argument",
        )
    },
}
"Under which field a refusal is shown."


def calculated_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Add a calculated property: first its sort, then what goes with it."""
    may_edit(request.actor)
    here = model_of(request).object(object_name)
    asked = request.POST.get("sort") or request.GET.get("sort", FORMULA)
    sort = asked if asked in LABELS else FORMULA
    return _page(request, here, sort)


def calculation(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Change how a property is calculated."""
    may_edit(request.actor)
    here = model_of(request).object(object_name)
    prop = readable_property(here, name, request.actor)
    sort = sort_of(prop.settings)
    if not sort:
        return redirect("objects:property", here.name, prop.name)
    return _page(request, here, sort, prop)


def _page(
    request: SignedIn, here: ObjectDef, sort: str, prop: PropertyDef | None = None
) -> HttpResponse:
    model, actor = model_of(request), request.actor
    given = request.POST or request.GET or None
    is_choosing = request.method == "GET" or "choose" in request.POST
    form = CalculatedForm(
        (request.POST or None) if not is_choosing else None,
        model=model,
        here=here,
        sort=sort,
        actor=actor,
        prop=prop,
        initial={**(initial_of(prop, sort) if prop else {}), **(given.dict() if given else {})},
    )
    kept = prop.settings[ROLLUP].get("filter") if prop and sort == ROLLUP else None
    editor = None
    if sort == ROLLUP and form.other:
        editor = editor_of(request, form.other, kept=kept, is_personal=False)
    is_edit = editor is not None and editor.is_edit
    if not is_choosing and not is_edit and form.is_valid():
        with refusals_in(form, PLACES):
            return _saved(request, here, form, prop, editor.filter if editor else None)
    context = _context(request, here, sort, prop) | {"form": form, "editor": editor}
    template = (
        "records/_calculated_parts.html" if is_fragment(request) else "records/calculated.html"
    )
    return render(request, template, context, status=422 if form.errors else 200)


def _saved(
    request: SignedIn, here: ObjectDef, form: CalculatedForm, prop: PropertyDef | None, filter: Any
) -> HttpResponse:
    object_type = object_type_named(here.name)
    facts = form.facts(filter)
    if prop is None:
        row = add_property(object_type, actor=request.actor, **facts)
    else:
        row = change_property(property_named(object_type, prop.name), actor=request.actor, **facts)
    messages.success(request, gettext("{name} is saved.").format(name=row.label))
    return redirect("objects:property", here.name, row.name)


def _context(
    request: SignedIn, here: ObjectDef, sort: str, prop: PropertyDef | None
) -> dict[str, Any]:
    title = gettext("New calculated property")
    return {
        "object": here,
        "plural": shown_plural(here),
        "property": prop,
        "title": shown_label(prop) if prop else title,
        "sort": sort,
        "preview_address": reverse("formula_preview", args=[here.slug]),
        "sorts": [(name, gettext(label), gettext(HELP[name])) for name, label in LABELS.items()],
        "help": gettext(HELP[sort]),
        "names": [
            (each.name, shown_label(each), gettext(each.kind.label))
            for each in readable_properties(here, request.actor)
            if each.kind.name in TYPES and each != prop
        ]
        if sort == FORMULA
        else [],
        "functions": [
            (gettext(label), [each for each in FUNCTIONS if each.group == group])
            for group, label in GROUPS.items()
        ]
        if sort == FORMULA
        else [],
    }


def formula_preview(request: SignedIn, object_name: str) -> HttpResponse:
    """What a formula would give for 100 records, or why it cannot be."""
    may_edit(request.actor)
    model, actor = model_of(request), request.actor
    here = model.object(object_name)
    formula = request.POST.get("formula", "")
    context: dict[str, Any] = {"object": here, "plural": shown_plural(here), "most": SHOWN}
    if formula.strip():
        try:
            found = preview(
                model,
                here,
                formula,
                actor=actor,
                kind=request.POST.get("kind", ""),
                name=request.POST.get("name", ""),
            )
            cells = Cells(here, actor)
            context |= {
                "preview": found,
                "kind_label": gettext(found.prop.kind.label),
                "rows": [(id, name, cells.cell(found.prop, each)) for id, name, each in found.rows],
            }
        except TresseError as error:
            context |= {"refusal": message(error), "position": error.details.get("position")}
    part = "records/_formula_preview.html"
    page = part if is_fragment(request) else "records/formula_preview.html"
    return render(request, page, context | {"title": gettext("What the formula gives")})
