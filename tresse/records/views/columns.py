"""The chooser of columns (C80): those shown, in order, and all that may be added."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.columns import offered_columns, offered_paths
from tresse.records.index import Shape, columns_of, shape_in


def columns(request: SignedIn, object_name: str) -> HttpResponse:
    """The chooser for the page in the address; loaded when it is opened."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    shape = shape_in(request.GET, object, actor)
    chosen, _ = columns_of(model, object, shape, actor)
    keys = {column.key for column in chosen}
    left = [each for key, each in offered_columns(model, object, actor).items() if key not in keys]
    paths = {
        label: [each for each in columns if each.key not in keys]
        for label, columns in offered_paths(model, object, actor).items()
    }
    context = {
        "object": object,
        "plural": shown_plural(object),
        "address": index_address(object),
        "shape": shape,
        "chosen": chosen,
        "properties": [each for each in left if each.prop],
        "sides": [each for each in left if each.side],
        "paths": {label: columns for label, columns in paths.items() if columns},
        "reset": _as_shipped(shape),
    }
    template = "records/_columns.html" if is_fragment(request) else "records/columns.html"
    return render(request, template, context)


def _as_shipped(shape: Shape) -> str:
    """The address without columns of its own; a saved view's are set aside by an empty one."""
    fields = [(name, text) for name, text in shape.state() if name != "columns"]
    return urlencode([*fields, ("columns", "")] if shape.saved else fields)
