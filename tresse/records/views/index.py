"""The index page of an object type."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters import checked, words
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.asking import askable
from tresse.records.cells import Cells
from tresse.records.index import (
    PAGE_SIZES,
    Chip,
    Column,
    Shape,
    broken,
    chosen_columns,
    conditions_of,
    offered_columns,
    plain_address,
    shape_of,
    sort_rows,
    sort_words,
    title_column,
    title_sort,
    whole_filter,
    without,
)
from tresse.records.lists import linked_titles, listed
from tresse.records.queries import Record
from tresse.records.views.filtering import with_added
from tresse.records.wording import inside


def index(request: SignedIn, object_name: str) -> HttpResponse:
    """Rows, filter chips, columns, pager; with HTMX the table, and what else changes with it."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    if address := plain_address(request.GET, object):
        return HttpResponseRedirect(address)
    try:
        shape, unread = shape_of(request.GET), None
    except TresseError as error:
        shape, unread = Shape(), error
    if "add_property" in request.GET:
        return with_added(request, object, shape)
    context = _frame(model, object, actor, shape)
    try:
        if unread:
            raise unread
        context |= _rows(model, object, actor, shape, columns=context["columns"])
    except TresseError as error:
        context["broken"] = broken(error, message(error))
    template = "records/_answer.html" if is_fragment(request) else "records/index.html"
    return render(request, template, context, status=422 if "broken" in context else 200)


def _frame(model: DataModel, object: ObjectDef, actor: Actor, shape: Shape) -> dict[str, Any]:
    """Everything but the rows."""
    offered = offered_columns(model, object, actor)
    title = title_column(object, shape)
    columns = chosen_columns(object, offered, shape)
    named = {title.key: title, **offered} if object.title else offered
    properties, sides = askable(model, object, actor)
    chosen = {column.key for column in columns}
    return {
        "object": object,
        "plural": shown_plural(object),
        "plural_inside": inside(shown_plural(object)),
        "label_inside": inside(shown_label(object)),
        "shape": shape,
        "chips": _chips(model, object, actor, shape),
        "title": title,
        "title_sort": title_sort(title),
        "columns": columns,
        "left_columns": [each for key, each in offered.items() if key not in chosen],
        "sortable": [(key, each.label) for key, each in named.items() if not each.side],
        "sort_rows": sort_rows(shape),
        "sort_words": sort_words(named, shape),
        "properties": properties,
        "sides": sides,
        "sizes": PAGE_SIZES,
        "may_create": actor.scope(object.name, "create") != "none",
        "address": index_address(object),
        "avatar_class": "" if object.name == "contact" else "avatar--sq",
    }


def _rows(
    model: DataModel, object: ObjectDef, actor: Actor, shape: Shape, *, columns: Sequence[Column]
) -> dict[str, Any]:
    found = listed(
        model,
        object,
        actor=actor,
        filter=whole_filter(shape),
        words=shape.words,
        sort=shape.sort,
        columns=[column.prop.name for column in columns if column.prop],
        cursor=shape.cursor,
        limit=shape.size,
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
        {"record": record, "cells": _cells(model, record, columns, cells, others=others)}
        for record in found.records
    ]
    return {"rows": rows, "count": found.count, "next": found.next, "previous": found.previous}


def _cells(
    model: DataModel,
    record: Record,
    columns: Sequence[Column],
    cells: Cells,
    *,
    others: Mapping[str, Mapping[int, Any]],
) -> list[Any]:
    """What stands in each column of one row: a cell, or the records it is linked to."""
    found: list[Any] = []
    for column in columns:
        if column.prop:
            found.append(cells.cell(column.prop, record.values[column.prop.name]))
        elif column.side:
            other = model.object(column.side.other)
            found.append({"others": others[column.key].get(record.id), "object": other})
    return found


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
