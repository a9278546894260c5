"""The index page of an object type."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.filters import checked, words
from tresse.filters.phrases import label as operator_label
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import people
from tresse.records.addresses import index_address
from tresse.records.cells import Cells, choices_of
from tresse.records.index import (
    Chip,
    Shape,
    broken,
    chosen_columns,
    conditions_of,
    offered_columns,
    shape_of,
    whole_filter,
    with_condition,
    without,
)
from tresse.records.lists import linked_titles, listed
from tresse.records.queries import readable_properties

PAGE = 50
WITHOUT_VALUE = {"is_empty", "is_not_empty"}
DAY_OPERATORS = {"on", "not_on", "before", "after", "on_or_before", "on_or_after", "between"}
HINTS = {
    "in_last": "30 days",
    "in_next": "30 days",
    "more_than_ago": "6 months",
    "more_than_ahead": "6 months",
    "in_period": "this month",
    "anniversary_in": "7 days",
    "anniversary_within": "7 days",
}
LISTS = {"is_any_of", "is_none_of", "has_any_of", "has_all_of", "has_none_of", "between"}


def index(request: HttpRequest, object_name: str) -> HttpResponse:
    """Rows, filter chips, columns, pager; with HTMX the table alone."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    if "add_property" in request.GET:
        return _with_added(request, object)
    shape = shape_of(request.GET)
    context = {
        "object": object,
        "plural": shown_plural(object),
        "label": shown_label(object),
        "shape": shape,
        "filter_text": request.GET.get("filter", ""),
        "chips": _chips(model, object, actor, shape),
        "offered": offered_columns(model, object, actor).values(),
        "columns": chosen_columns(model, object, actor, shape),
        "properties": [
            (prop.name, shown_label(prop)) for prop in readable_properties(object, actor)
        ],
        "may_create": actor.scope(object.name, "create") != "none",
        "may_import": actor.scope(object.name, "import") != "none",
        "address": index_address(object),
    }
    try:
        context |= _rows(model, object, actor, shape)
    except TresseError as error:
        context["broken"] = broken(error, message(error))
    template = "records/_table.html" if _wants_table(request) else "records/index.html"
    return render(request, template, context, status=422 if "broken" in context else 200)


def _wants_table(request: HttpRequest) -> bool:
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted


def _rows(model: DataModel, object: ObjectDef, actor: Actor, shape: Shape) -> dict[str, Any]:
    columns = chosen_columns(model, object, actor, shape)
    found = listed(
        model,
        object,
        actor=actor,
        filter=whole_filter(shape),
        words=shape.words,
        sort=shape.sort,
        columns=[column.prop.name for column in columns if column.prop],
        cursor=shape.cursor,
        limit=PAGE,
        count=True,
    )
    cells = Cells(object, actor)
    ids = [record.id for record in found.records]
    others = {
        column.key: linked_titles(model, column.side, ids, actor)
        for column in columns
        if column.side and ids
    }
    rows = [
        {
            "record": record,
            "cells": [
                cells.cell(column.prop, record.values[column.prop.name])
                if column.prop
                else {
                    "others": others[column.key].get(record.id),
                    "object": model.object(column.side.other) if column.side else None,
                }
                for column in columns
                if column.prop or column.side
            ],
        }
        for record in found.records
    ]
    return {
        "rows": rows,
        "count": found.count,
        "next": found.next,
        "previous": found.previous,
    }


def _chips(model: DataModel, object: ObjectDef, actor: Actor, shape: Shape) -> list[Chip]:
    chips = []
    for at, condition in enumerate(conditions_of(shape.filter)):
        rest = without(shape.filter, at)
        try:
            good = checked(condition, object, model=model, actor=actor)
            chips.append(Chip(words(good), rest))
        except TresseError as error:
            chips.append(Chip(gettext("This condition cannot be read"), rest, message(error)))
    return chips


def _with_added(request: HttpRequest, object: ObjectDef) -> HttpResponse:
    """Add the condition of the little form to the filter in the address."""
    shape = shape_of(request.GET)
    name, operator = request.GET["add_property"], request.GET.get("add_operator", "")
    prop = object.property(name)
    condition: dict[str, Any] = {"property": name, "operator": operator}
    if operator not in WITHOUT_VALUE:
        values = [each for each in request.GET.getlist("add_value") if each.strip()]
        condition["value"] = _value(prop.kind.name, operator, values)
    query = {
        key: value
        for key, value in request.GET.items()
        if key not in {"add_property", "add_operator", "add_value", "cursor", "filter"} and value
    }
    query["filter"] = with_condition(shape.filter, condition)
    return HttpResponseRedirect(f"{index_address(object)}?{urlencode(query)}")


def _value(kind: str, operator: str, texts: list[str]) -> Any:
    values: list[Any] = [_plain(kind, text) for text in texts]
    if operator in LISTS:
        return values
    return values[0] if values else ""


def _plain(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text == "true"
    if kind in {"integer", "decimal", "money"}:
        try:
            return json.loads(text.replace("\u202f", "").replace(" ", "").replace(",", "."))
        except json.JSONDecodeError:
            return text
    return text


def filter_fields(request: HttpRequest, object_name: str) -> HttpResponse:
    """The fields for one condition: operators of the kind and a control for the value."""
    model, actor = data_model(), request.actor  # type: ignore[attr-defined]
    object = model.object(object_name)
    names = {prop.name: prop for prop in readable_properties(object, actor)}
    prop = names.get(request.GET.get("add_property", "")) or next(iter(names.values()))
    operators = list(prop.kind.operators)
    asked = request.GET.get("add_operator")
    chosen = asked if asked in operators else operators[0]
    context = {
        "object": object,
        "prop": prop,
        "operators": [(name, operator_label(name, prop.kind.name)) for name in operators],
        "chosen": chosen,
        "address": f"{index_address(object)}filter/",
        "needs_value": chosen not in WITHOUT_VALUE,
        "is_list": chosen in LISTS - {"between"},
        "is_range": chosen == "between",
        "is_day": prop.kind.name in {"date", "datetime"} and chosen in DAY_OPERATORS,
        "hint": HINTS.get(chosen, ""),
        "people": [(email, name) for _, email, name, active in people().rows if active],
        "options": choices_of(object, prop),
    }
    return render(request, "records/_filter_fields.html", context)
