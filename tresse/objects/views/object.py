"""One object type: its tabs, its settings, archiving and deleting it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.changes import change_settings
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.changes import (
    archive_object_type,
    change_object_type,
    delete_object_type,
    unarchive_object_type,
)
from tresse.objects.counts import link_count, record_count
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.forms import Deletion, refusals_in
from tresse.objects.forms.objects import EditObject, WhoSees
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.overview import property_groups, relation_rows
from tresse.objects.queries import object_type_named
from tresse.objects.sight import seen_object
from tresse.objects.uses import Target, users_of
from tresse.objects.views.answers import done, form_answer, named, object_to_change, posted_by, tabs

SHOWN = ("icon", "colour", "title", "subtitle", "has_pipelines", "has_activities")


def object_page(request: SignedIn, object_name: str) -> HttpResponse:
    """Its properties; how many are filled and used comes after, since it reads records."""
    model, actor = data_model(), request.actor
    here = seen_object(actor, model, object_name)
    words, with_shares = request.GET.get("q", "").strip(), "shares" in request.GET
    context = tabs(request, model, here, "properties") | {
        "groups": property_groups(actor, here, words, with_shares=with_shares),
        "q": words,
        "with_shares": with_shares,
    }
    template = "objects/_properties.html" if is_fragment(request) else "objects/object.html"
    return render(request, template, context)


def object_relations(request: SignedIn, object_name: str) -> HttpResponse:
    """Its relations, each with its link labels."""
    model = data_model()
    here = seen_object(request.actor, model, object_name)
    rows = relation_rows(request.actor, model, here)
    context = tabs(request, model, here, "relations") | {
        "relations": [row for row in rows if not row.association.is_archived],
        "archived": [row for row in rows if row.association.is_archived],
    }
    return render(request, "objects/relations.html", context)


def object_settings(request: SignedIn, object_name: str) -> HttpResponse:
    """Labels, icon, title and search of an object type, and who sees what has no owner."""
    here = object_to_change(request, object_name)
    initial = {key: getattr(here, key) for key in SHOWN} | {"search": list(here.search)}
    labels = {"label": shown_label(here), "plural": shown_plural(here)}
    form = EditObject(posted_by(request), here=here, initial=initial | labels)
    unowned = here.name in account().unowned_for_all_only
    seen = WhoSees(posted_by(request), initial={"unowned": unowned})
    if form.is_valid() and seen.is_valid():
        with refusals_in(form):
            facts = dict(form.cleaned_data)
            facts |= {key: getattr(here, key) for key in labels if facts.get(key) == labels[key]}
            change_object_type(object_type_named(here.name), actor=request.actor, **facts)
            if seen.cleaned_data["unowned"] != unowned:
                _set_unowned(request, here, is_for_all=not unowned)
            messages.success(request, gettext("The settings are saved."))
            return redirect("objects:object-settings", here.name)
    context = tabs(request, data_model(), here, "settings") | {
        "form": form,
        "seen": seen if request.actor.has("settings.manage") else None,
        "users": users_of(Target("object", here.name)),
    }
    return render(request, "objects/settings.html", context, status=422 if form.errors else 200)


def _set_unowned(request: SignedIn, here: ObjectDef, *, is_for_all: bool) -> None:
    kept = [name for name in account().unowned_for_all_only if name != here.name]
    names = [*kept, here.name] if is_for_all else kept
    change_settings({"unowned_for_all_only": names}, actor=request.actor)


@require_POST
def object_archive(request: SignedIn, object_name: str) -> HttpResponse:
    """Archive an object type, or bring it back."""
    row = object_type_named(object_name)
    (unarchive_object_type if row.is_archived else archive_object_type)(row, actor=request.actor)
    return redirect("objects:object-settings", row.name)


def object_delete(request: SignedIn, object_name: str) -> HttpResponse:
    """Ask for the label, then delete an archived custom object type for good."""
    here = object_to_change(request, object_name)
    form = Deletion(posted_by(request))
    if form.is_valid():
        with refusals_in(form):
            row = object_type_named(here.name)
            delete_object_type(row, actor=request.actor, **form.cleaned_data)
            messages.success(request, gettext("{name} is deleted.").format(name=row.label))
            return done(request, "objects:model")
    ends = [
        each.id
        for each in data_model().associations
        if here.name in {each.from_object, each.to_object}
    ]
    label = shown_label(here)
    context = named(here) | {
        "title": gettext("Delete {label} for good").format(label=label),
        "typed": here.label,
        "numbers": {"records": record_count(here), "links": link_count(ends)},
        "is_deletion": True,
    }
    return form_answer(request, form, template="objects/_deletion.html", **context)
