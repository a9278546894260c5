"""One cell of an index page's table: shown, edited where it stands, saved (C89)."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_property
from tresse.records.addresses import record_address
from tresse.records.cells import Cells
from tresse.records.columns import Column
from tresse.records.index import columns_of, shape_in
from tresse.records.queries import Record
from tresse.records.queries import record as read_record
from tresse.records.table import TableCell, may_write
from tresse.records.views.record import NOT_TYPED
from tresse.records.views.requests import may
from tresse.records.views.values import posted, saved


def cell(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """A cell as it is; with `edit` its field; POST saves it. Only for scripts."""
    model = model_of(request)
    object = model.object(object_name)
    prop = readable_property(object, name, request.actor)
    if not is_fragment(request):
        return HttpResponseRedirect(f"{record_address(object, id)}?edit={name}#prop-{name}")
    if request.method == "POST":
        return _saved(request, model, object, prop, id=id)
    found = read_record(model, object, id, request.actor)
    shown = _cell(request, object, prop, found)
    if "edit" in request.GET and shown.may_edit:
        return _field(request, object, shown)
    return render(request, "records/_cell.html", {"each": shown, "has_focus": True})


def _saved(
    request: SignedIn, model: DataModel, object: ObjectDef, prop: PropertyDef, *, id: int
) -> HttpResponse:
    try:
        before = saved(request, object, prop, id)
    except TresseError as error:
        if error.code in NOT_TYPED:
            raise
        found = read_record(model, object, id, request.actor)
        shown = _cell(request, object, prop, found)
        typed = posted(request, prop.name)
        return _field(request, object, shown, sentence=message(error), typed=typed)
    found = read_record(model, object, id, request.actor)
    moved = [
        _cell(request, object, each, found)
        for each in _shown_properties(request, model, object)
        if each.name != prop.name and before.values[each.name] != found.values[each.name]
    ]
    context = {
        "each": _cell(request, object, prop, found),
        "moved": moved,
        "record": found if before.title != found.title else None,
        "id": str(found.id),
        "address": record_address(object, id),
        "avatar_class": "" if object.name == "contact" else "avatar--sq",
        "has_focus": True,
        "has_saved": True,
        "said": gettext("{label} is saved.").format(label=shown_label(prop)),
    }
    return render(request, "records/_cell_saved.html", context)


def _shown_properties(request: SignedIn, model: DataModel, object: ObjectDef) -> list[PropertyDef]:
    """Properties of the record on the page that asks, which names itself in a header of HTMX."""
    query = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    try:
        shape = shape_in(query, object, request.actor)
    except TresseError:
        return []
    columns, _ = columns_of(model, object, shape, request.actor)
    return [column.prop for column in columns if column.prop]


def _cell(request: SignedIn, object: ObjectDef, prop: PropertyDef, found: Record) -> TableCell:
    actor = request.actor
    column = Column(prop.name, shown_label(prop), prop.kind.icon, prop=prop)
    shown = Cells(object, actor).cell(prop, found.values[prop.name])
    may_edit = may_write(object, prop, actor) and may(object, found.id, actor, "edit")
    return TableCell(found.id, column, shown, may_edit=may_edit)


def _field(
    request: SignedIn, object: ObjectDef, shown: TableCell, *, sentence: str = "", typed: str = ""
) -> HttpResponse:
    prop = shown.cell.prop if shown.cell else None
    context: dict[str, Any] = {
        "each": shown,
        "address": f"{record_address(object, shown.record_id)}{shown.column.key}/cell/",
        "choices": Cells(object, request.actor).choices(prop) if prop else [],
        "sentence": sentence,
        "typed": typed,
    }
    status = 422 if sentence else 200
    return render(request, "records/_cell_edit.html", context, status=status)
