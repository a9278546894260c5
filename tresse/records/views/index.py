"""The index page of an object type."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters.editor import is_edited
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.bulk_actions import BULK_ACTIONS, bar_of
from tresse.records.columns import Column, offered_columns
from tresse.records.figures import summed
from tresse.records.index import (
    PAGE_SIZES,
    Shape,
    broken,
    columns_of,
    plain_address,
    shape_in,
    sort_rows,
    sort_words,
    title_column,
    title_sort,
    whole_filter,
)
from tresse.records.lists import listed
from tresse.records.models import View
from tresse.records.selection import Selection
from tresse.records.slowness import slow_properties
from tresse.records.table import rows_of
from tresse.records.views.board import board_of_page
from tresse.records.views.filtering import filter_of_page, with_edited
from tresse.records.views_saved import may_change, view_label, views_of
from tresse.records.wording import inside


def index(request: SignedIn, object_name: str) -> HttpResponse:
    """Rows, filter chips, columns, pager; with HTMX the table, and what else changes with it."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    if address := plain_address(request.GET, object):
        return HttpResponseRedirect(address)
    try:
        shape, unread = shape_in(request.GET, object, actor), None
    except TresseError as error:
        shape, unread = Shape(), error
    if is_edited(request.GET):
        return with_edited(request, object, shape)
    columns, refused = columns_of(model, object, shape, actor)
    context = _frame(model, object, actor, shape, columns=columns)
    context["refused_columns"] = [
        {"sentence": message(error), "rest": _without_column(shape, error)} for error in refused
    ]
    context |= filter_of_page(request, object, shape)
    status = HTTPStatus.OK
    try:
        if unread:
            raise unread
        read = board_of_page if context["is_board"] else _rows
        context |= read(model, object, actor, shape, columns=columns)
    except TresseError as error:
        context["broken"] = broken(error, message(error))
        is_missing = error.status == HTTPStatus.NOT_FOUND and not is_fragment(request)
        status = HTTPStatus.NOT_FOUND if is_missing else HTTPStatus.UNPROCESSABLE_ENTITY
    template = "records/_answer.html" if is_fragment(request) else "records/index.html"
    return render(request, template, context, status=status)


def _without_column(shape: Shape, error: TresseError) -> str:
    return ",".join(name for name in shape.columns if name != error.details["column"])


def _frame(
    model: DataModel, object: ObjectDef, actor: Actor, shape: Shape, *, columns: Sequence[Column]
) -> dict[str, Any]:
    """Everything but the rows."""
    offered = offered_columns(model, object, actor)
    title = title_column(object, shape)
    named = {title.key: title, **offered} if object.title else offered
    views = list(views_of(object, actor))
    return {
        "object": object,
        "plural": shown_plural(object),
        "plural_inside": inside(shown_plural(object)),
        "label_inside": inside(shown_label(object)),
        "shape": shape,
        "state": urlencode(list(shape.state())),
        "views": views,
        "view": _view(shape, views, actor),
        "title": title,
        "title_sort": title_sort(title),
        "columns": columns,
        "shown_columns": ",".join(column.key for column in columns),
        "sortable": [(key, each.label) for key, each in named.items() if not each.side],
        "sort_rows": sort_rows(shape),
        "sort_words": sort_words(named, shape),
        "has_totals": bool(summed(columns)),
        "sizes": PAGE_SIZES,
        "is_board": object.has_pipelines and shape.layout == "board",
        "may_create": actor.scope(object.name, "create") != "none",
        "may_import": actor.scope(object.name, "import") != "none",
        "export_address": _export_address(object, actor),
        "address": index_address(object),
        "avatar_class": "" if object.name == "contact" else "avatar--sq",
    }


def _view(shape: Shape, views: Sequence[View], actor: Actor) -> dict[str, Any]:
    """The view of the page, and what the person may do with it."""
    saved = shape.saved
    return {
        "name": shape.view,
        "label": view_label(shape.view, saved),
        "saved": saved,
        "is_listed": saved is None or any(each.pk == saved.pk for each in views),
        "is_changed": shape.is_changed,
        "may_change": saved is not None and may_change(saved, actor),
    }


def _export_address(object: ObjectDef, actor: Actor) -> str:
    """Where all that the page means is exported, if a higher room offers it (C92)."""
    if "export" not in BULK_ACTIONS or not BULK_ACTIONS["export"].may(actor, object):
        return ""
    return BULK_ACTIONS["export"].address(object)


def _rows(
    model: DataModel, object: ObjectDef, actor: Actor, shape: Shape, *, columns: Sequence[Column]
) -> dict[str, Any]:
    filter_ = whole_filter(shape)
    found = listed(
        model,
        object,
        actor=actor,
        filter=filter_,
        words=shape.words,
        sort=shape.sort,
        columns=[column.prop.name for column in columns if column.prop],
        paths=[column.key for column in columns if column.path],
        cursor=shape.cursor,
        limit=shape.size,
        count=True,
    )
    rows = rows_of(model, object, found.records, columns, actor)
    selection = Selection(filter=filter_, words=shape.words, is_all=True)
    everything = urlencode(list(selection.fields()))
    slow = slow_properties(object, shape.filter, shape.sort, model) if shape.saved else []
    return {
        "rows": rows,
        "count": found.count,
        "next": found.next,
        "previous": found.previous,
        "everything": everything,
        "slow": slow,
        "may_index": actor.has("model.edit"),
        "bulk": bar_of(object, actor, selection, shown=len(rows), count=found.count),
    }
