"""How a form of the data model is answered: as a page, or in the dialog of the page behind it."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.sight import sees_association


def object_to_change(request: SignedIn, name: str) -> ObjectDef:
    """The object type of an address, for those who may change it.

    Raises:
        TresseError: `not_permitted`, `unknown_object`.
    """
    may_edit(request.actor)
    return data_model().object(name)


def posted_by(request: SignedIn) -> QueryDict | None:
    """What a form was sent with; None: it was only asked for."""
    return request.POST if request.method == "POST" else None


def named(here: ObjectDef) -> dict[str, Any]:
    """What every page of an object type shows of it."""
    return {"object": here, "label": shown_label(here), "plural": shown_plural(here)}


def tabs(request: SignedIn, model: DataModel, here: ObjectDef, tab: str) -> dict[str, Any]:
    """The object type with its tabs and their numbers."""
    actor = request.actor
    seen = (prop for prop in here.active if actor.access(here.name, prop.name) != "none")
    sides = (
        side for side in model.sides(here.name) if sees_association(actor, here.name, side.other)
    )
    return {
        **named(here),
        "tab": tab,
        "number_of_properties": sum(1 for _ in seen),
        "number_of_relations": sum(1 for _ in sides),
        "number_of_pipelines": len(here.pipelines),
        "may_edit": actor.has("model.edit"),
    }


def form_answer(
    request: SignedIn, form: Any, *, template: str = "objects/_fields.html", **context: Any
) -> HttpResponse:
    """A form in a dialog, or without scripts on a page of its own; 422 with its errors.

    Args:
        request: The request.
        form: The form.
        template: Its fields.
        context: `title`, and of an object type what `named` gives.
    """
    status = 422 if form.errors else 200
    frame = "objects/_dialog.html" if is_fragment(request) else "objects/form.html"
    context |= {"form": form, "fields": template, "path": request.get_full_path()}
    return render(request, frame, context, status=status)


def done(request: SignedIn, to: str, *args: Any) -> HttpResponse:
    """Lead to a page after a change, from a dialog too."""
    answer = redirect(to, *args)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": answer.headers["Location"]})
    return answer
