"""Properties: add, change, archive, delete, and what breaks their rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.breaches import breaches_of
from tresse.objects.calculated import calculation_of, is_for_syncs, is_set_by_product
from tresse.objects.changes import (
    add_property,
    archive_property,
    change_property,
    delete_property,
    unarchive_property,
)
from tresse.objects.counts import share_filled, value_count
from tresse.objects.described import ObjectDef, PropertyDef, data_model
from tresse.objects.forms import Deletion, refusals_in
from tresse.objects.forms.options import MOST_ROWS, rows_of
from tresse.objects.forms.properties import (
    OPTION_KINDS,
    NewProperty,
    PropertyForm,
    initial_of,
    kind_named,
    kinds_offered,
)
from tresse.objects.forms.rules import RulesForm
from tresse.objects.labels import shown_label
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.sight import readable_property
from tresse.objects.uses import Target, users_of, writers_of
from tresse.objects.views.answers import done, form_answer, named, object_to_change, posted_by
from tresse.objects.views.options import options_context


def property_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Add a property: first its kind, then what goes with it."""
    here = object_to_change(request, object_name)
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    kind = kind_named(asked)
    # Choosing another kind sends what is typed so far along, and saves nothing.
    posted = posted_by(request)
    initial = {key: request.GET[key] for key in ("label", "group") if key in request.GET}
    form = NewProperty(posted, kind=kind, here=here, initial=initial | {"kind": kind.name})
    rules = RulesForm(kind.name, posted=posted)
    if posted and form.is_valid():
        with refusals_in(form), rules.refusals():
            facts = form.facts() | {"rules": rules.stored()}
            add_property(object_type_named(here.name), actor=request.actor, **facts)
            messages.success(request, gettext("{name} is saved.").format(name=facts["label"]))
            return redirect("objects:object", here.name)
    context = named(here) | {
        "form": form,
        "rules": rules,
        "kind": kind,
        "kinds": [(each, gettext(each.label)) for each in kinds_offered(here)],
        "title": gettext("New property"),
    }
    status = 422 if form.errors or rules.has_errors else 200
    part = "objects/_property_parts.html" if is_fragment(request) else "objects/property.html"
    return render(request, part, context, status=status)


def property_edit(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Change a property; archive it, bring it back or delete it from here."""
    here = object_to_change(request, object_name)
    prop = readable_property(here, name, request.actor)
    posted = posted_by(request)
    form = PropertyForm(posted, kind=prop.kind, here=here, prop=prop, initial=initial_of(prop))
    rules = RulesForm(prop.kind.name, prop.rules, posted)
    if posted and form.is_valid() and _is_saved(request, prop, form, rules):
        messages.success(request, gettext("{name} is saved.").format(name=shown_label(prop)))
        return redirect("objects:property", here.name, prop.name)
    status = 422 if form.errors or rules.has_errors else 200
    context = property_context(here, prop) | {"form": form, "rules": rules}
    return render(request, "objects/property.html", context, status=status)


def _is_saved(request: SignedIn, prop: PropertyDef, form: PropertyForm, rules: RulesForm) -> bool:
    row = property_named(object_type_named(prop.object_name), prop.name)
    facts = form.facts()
    if not is_set_by_product(prop):
        facts["rules"] = rules.stored()
    with refusals_in(form), rules.refusals():
        change_property(row, actor=request.actor, **facts)
    return not (form.errors or rules.has_errors)


def property_context(here: ObjectDef, prop: PropertyDef) -> dict[str, Any]:
    """What the page of a property shows beside its form."""
    context = named(here) | {
        "property": prop,
        "kind": prop.kind,
        "kind_label": gettext(prop.kind.label),
        "title": shown_label(prop),
        "has_options": prop.kind.name in OPTION_KINDS,
        "calculated": calculation_of(prop, here, data_model()),
        "is_ours": is_set_by_product(prop),
        "is_for_syncs": is_for_syncs(prop),
        "writers": writers_of(Target("property", prop.name, here.name)),
        "may_change_kind": not (prop.is_builtin or is_set_by_product(prop) or prop.is_archived),
    }
    if context["has_options"]:
        context["number_of_options"] = len(prop.options)
        context["is_long"] = len(prop.options) > MOST_ROWS
        if not context["is_long"]:
            context |= options_context(prop, rows_of(prop, prop.options))
    return context


def property_facts(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """How many records have a value, what uses it, and what breaks its rules (C16, C99)."""
    here = object_to_change(request, object_name)
    prop = readable_property(here, name, request.actor)
    context = named(here) | {
        "property": prop,
        "share": share_filled(here, prop),
        "users": users_of(Target("property", prop.name, here.name)),
        "breaches": breaches_of(here, prop, request.actor),
    }
    context["title"] = shown_label(prop)
    template = "objects/_property_facts.html" if is_fragment(request) else "objects/facts.html"
    return render(request, template, context)


@require_POST
def property_archive(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Archive a property, or bring it back."""
    row = property_named(object_type_named(object_name), name)
    (unarchive_property if row.is_archived else archive_property)(row, actor=request.actor)
    return redirect("objects:property", row.object_type.name, name)


def property_delete(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Ask for the label, then delete an archived custom property for good."""
    here = object_to_change(request, object_name)
    prop = here.property(name)
    form = Deletion(posted_by(request))
    if form.is_valid():
        with refusals_in(form):
            row = property_named(object_type_named(here.name), prop.name)
            delete_property(row, actor=request.actor, **form.cleaned_data)
            messages.success(request, gettext("{name} is deleted.").format(name=row.label))
            return done(request, "objects:object", here.name)
    context = named(here) | {
        "title": gettext("Delete {label} for good").format(label=shown_label(prop)),
        "typed": prop.label,
        "numbers": {"filled": value_count(here, prop) if prop.column else 0},
        "is_deletion": True,
        "back": reverse("objects:property", args=[here.name, prop.name]),
    }
    return form_answer(request, form, template="objects/_deletion.html", **context)
