"""Relations and link labels: add, change, archive, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.requests import SignedIn
from tresse.objects.changes import (
    add_association_type,
    archive_association_type,
    change_association_type,
    delete_association_type,
    unarchive_association_type,
)
from tresse.objects.counts import link_count, over_limits
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, Side, data_model
from tresse.objects.forms import Deletion, refusals_in
from tresse.objects.forms.relations import NewLinkLabel, NewRelation, OtherObject, RelationForm
from tresse.objects.labels import shown_label
from tresse.objects.models import AssociationType
from tresse.objects.overview import relation_row
from tresse.objects.queries import association_type_named, object_type_named
from tresse.objects.uses import Target, users_of
from tresse.objects.views.answers import done, form_answer, named, object_to_change, posted_by

SHOWN_OVER = 20


def relation_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Add a relation: first to which object type, then what each side calls the other."""
    here, model = object_to_change(request, object_name), data_model()
    chosen = request.POST.get("to") or request.GET.get("to", "")
    if not chosen:
        form = OtherObject(model=model)
        context = named(here) | {"title": gettext("New relation"), "is_get": True}
        return form_answer(request, form, **context)
    there = model.object(chosen)
    labels = {"forward_label": shown_label(there), "inverse_label": shown_label(here)}
    new = NewRelation(
        request.POST if "forward_label" in request.POST else None,
        here=here,
        there=there,
        initial=labels | {"to": there.name},
    )
    if new.is_valid():
        with refusals_in(new, "forward_label"):
            made = add_association_type(
                from_object=object_type_named(here.name),
                to_object=object_type_named(there.name),
                actor=request.actor,
                **new.facts(model),
            )
            messages.success(request, gettext("{name} is saved.").format(name=made))
            return done(request, "objects:object-relations", here.name)
    title = f"{shown_label(here)} – {shown_label(there)}"
    return form_answer(request, new, template="objects/_relation.html", title=title, **named(here))


def relation_edit(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Change the labels and limits of a relation, as its `from` side reads them."""
    here, model = object_to_change(request, object_name), data_model()
    row = association_type_named(name)
    side = Side(model.association(name), forward=True)
    shown = ("max_forward", "max_inverse", "is_default", "shares_timeline")
    labels = {"forward_label": shown_label(side)}
    labels["inverse_label"] = shown_label(Side(side.association, forward=False))
    initial = {key: getattr(row, key) for key in shown} | labels
    form = RelationForm(posted_by(request), ends=ends_of(model, row), row=row, initial=initial)
    if form.is_valid():
        with refusals_in(form, "forward_label"):
            wanted = form.changed(row)
            kept = {key: getattr(row, key) for key in labels if wanted.get(key) == labels[key]}
            change_association_type(row, actor=request.actor, **(wanted | kept))
            messages.success(request, gettext("{name} is saved.").format(name=row))
            return redirect("objects:relation", here.name, name)
    context = named(here) | relation_context(model, row, here) | {"form": form}
    return render(request, "objects/relation.html", context, status=422 if form.errors else 200)


def ends_of(model: DataModel, row: AssociationType) -> tuple[str, str]:
    """Labels of the two object types of a relation."""
    ends = (row.from_object.name, row.to_object.name)
    return shown_label(model.object(ends[0])), shown_label(model.object(ends[1]))


def relation_context(model: DataModel, row: AssociationType, here: ObjectDef) -> dict[str, Any]:
    """What the page of a relation shows beside its form."""
    association = model.association(row.name)
    start = model.object(association.from_object)
    labels = [relation_row(model, Side(each, True)) for each in model.labels_of(association)]
    side = Side(association, association.from_object == here.name)
    return {
        "title": f"{shown_label(start)} > {shown_label(Side(association, True))}",
        "relation": row,
        "association": association,
        "row": relation_row(model, side),
        "link_labels": labels,
        "parent": model.association(association.parent) if association.parent else None,
        "users": users_of(Target("association_type", row.name)),
        "links": link_count([row.pk]),
        "over": over_context(model, association),
    }


def over_context(model: DataModel, association: AssociationDef) -> dict[str, Any]:
    """Records with more links than a relation allows: how many, and the first of them (C37)."""
    total, found = over_limits(association, shown=SHOWN_OVER)
    ends = {True: association.from_object, False: association.to_object}
    rows = []
    for each in found:
        there = model.object(ends[each.is_from])
        address = reverse("record", args=[there.slug, each.id])
        facts = {"label": shown_label(there), "address": address}
        rows.append(facts | {"id": each.id, "number": each.number})
    return {"total": total, "rows": rows}


def label_new(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Add a link label to a relation."""
    here, model = object_to_change(request, object_name), data_model()
    parent = association_type_named(name)
    ends = ends_of(model, parent)
    form = NewLinkLabel(posted_by(request), ends=ends)
    if form.is_valid():
        with refusals_in(form, "forward_label"):
            add_association_type(
                from_object=parent.from_object,
                to_object=parent.to_object,
                parent=parent,
                actor=request.actor,
                **form.facts(model),
            )
            return done(request, "objects:relation", here.name, name)
    context = named(here) | {
        "title": gettext("New link label"),
        "back": reverse("objects:relation", args=[here.name, name]),
    }
    return form_answer(request, form, template="objects/_relation.html", **context)


@require_POST
def relation_archive(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Archive a relation, or bring it back."""
    row = association_type_named(name)
    change = unarchive_association_type if row.is_archived else archive_association_type
    change(row, actor=request.actor)
    return redirect("objects:relation", object_name, name)


def relation_delete(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Ask for the label, then delete an archived custom relation for good."""
    here = object_to_change(request, object_name)
    row = association_type_named(name)
    form = Deletion(posted_by(request))
    if form.is_valid():
        with refusals_in(form):
            delete_association_type(row, actor=request.actor, **form.cleaned_data)
            return done(request, "objects:object-relations", here.name)
    ids = [row.pk, *row.link_labels.values_list("id", flat=True)]
    context = named(here) | {
        "title": gettext("Delete {label} for good").format(label=row),
        "typed": row.forward_label,
        "numbers": {"links": link_count(ids)},
        "is_deletion": True,
        "back": reverse("objects:relation", args=[here.name, name]),
    }
    return form_answer(request, form, template="objects/_deletion.html", **context)
