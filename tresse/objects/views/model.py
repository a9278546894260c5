"""The data model as a list and as a graph, and new object types."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext

from tresse.accounts.requests import SignedIn
from tresse.objects.changes import add_object_from_template, add_object_type
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import data_model
from tresse.objects.forms import refusals_in
from tresse.objects.forms.objects import NewObject
from tresse.objects.overview import graph, object_rows, properties_found
from tresse.objects.views.answers import done, form_answer, posted_by


def model_list(request: SignedIn) -> HttpResponse:
    """The object types one may see, in numbers; with `q` the properties that it finds."""
    model, words = data_model(), request.GET.get("q", "").strip()
    rows = object_rows(request.actor, model)
    context = {
        "rows": [row for row in rows if not row.object.is_archived],
        "archived": [row for row in rows if row.object.is_archived],
        "q": words,
        "found": properties_found(request.actor, model, words) if words else [],
        "may_edit": request.actor.has("model.edit"),
    }
    return render(request, "objects/model.html", context)


def model_graph(request: SignedIn) -> HttpResponse:
    """The same as a graph; the list is its accessible form."""
    spec = graph(request.actor, icons=static("tresse/dist/icons.svg"))
    context = {"graph": spec, "may_edit": request.actor.has("model.edit")}
    return render(request, "objects/graph.html", context)


def object_new(request: SignedIn) -> HttpResponse:
    """Add an object type, from nothing or from a template."""
    may_edit(request.actor)
    form = NewObject(posted_by(request), initial={"icon": "box", "colour": "accent"})
    if form.is_valid():
        with refusals_in(form):
            facts = form.facts(data_model())
            add = add_object_from_template if "template" in facts else add_object_type
            made = add(**facts, actor=request.actor)
            messages.success(request, gettext("{label} is there now.").format(label=made.label))
            return done(request, "objects:object", made.name)
    title = gettext("New object type")
    return form_answer(request, form, template="objects/_new_object.html", title=title)
