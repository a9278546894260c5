"""Adding a condition to the filter of an index page."""

import json
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.models import Team
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters.phrases import PERIODS
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.readings import people
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.asking import ANCHORS, Question, askable, condition_asked, question_of
from tresse.records.cells import Cells, choices_of
from tresse.records.index import Shape, address_of, shape_of, with_condition

ADDED = (
    "add_property",
    "add_operator",
    "add_value",
    "add_anchor",
    "add_number",
    "add_unit",
    "add_only",
    "cursor",
)


def filter_fields(request: SignedIn, object_name: str) -> HttpResponse:
    """The fields of one condition: operators of the kind and a control for the value.

    With HTMX the fields alone; without scripts a page of its own, which keeps the state.
    """
    model = model_of(request)
    object = model.object(object_name)
    question = question_of(model, object, request.actor, request.GET)
    context = {
        "object": object,
        "question": question,
        "address": f"{index_address(object)}filter/",
        "value_template": f"records/_value_{question.form}.html",
        "choices": _choices(object, question),
        "anchors": [(name, gettext(text)) for name, text in ANCHORS.items()],
        "periods": [(name, gettext(text)) for name, text in PERIODS.items() if name != "today"],
    }
    if is_fragment(request):
        return render(request, "records/_filter_fields.html", context)
    properties, sides = askable(model, object, request.actor)
    context |= {
        "properties": properties,
        "sides": sides,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "shape": shape_of(request.GET),
    }
    return render(request, "records/filter.html", context)


def _choices(object: ObjectDef, question: Question) -> list[tuple[str, str]]:
    """Value and label of what may be chosen."""
    prop = question.prop
    if prop is None:
        return []
    if prop.kind.name == "boolean":
        return [("true", gettext("Yes")), ("false", gettext("No"))]
    if prop.kind.name == "user":
        users = [(email, name or email) for _, email, name, active in people().rows if active]
        teams = [
            (json.dumps({"team": name}, ensure_ascii=False), label or name)
            for name, label in Team.objects.order_by("label").values_list("name", "label")
        ]
        return [("me", gettext("Me")), ("my_teams", gettext("My teams")), *users, *teams]
    return choices_of(object, prop)


def with_added(request: SignedIn, object: ObjectDef, shape: Shape) -> HttpResponse:
    """To the index page with the condition of the form in its address."""
    question = question_of(model_of(request), object, request.actor, request.GET)
    condition: dict[str, Any] = condition_asked(question, Cells(object, request.actor), request.GET)
    query = request.GET.copy()
    for name in ADDED:
        query.pop(name, None)
    query["filter"] = with_condition(shape.filter, condition)
    return HttpResponseRedirect(address_of(query, object))
