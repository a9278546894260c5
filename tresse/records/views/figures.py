"""Exact count and totals of all records a page means, on request (C86)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format

from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.cells import Cells, amount
from tresse.records.figures import Total, figures_of
from tresse.records.index import columns_of, shape_in, whole_filter
from tresse.records.wording import inside


def figures(request: SignedIn, object_name: str) -> HttpResponse:
    """The figures of the list in the address; without scripts as a page of their own."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    shape = shape_in(request.GET, object, actor)
    columns, _ = columns_of(model, object, shape, actor)
    found = figures_of(
        model, object, actor, filter=whole_filter(shape), words=shape.words, columns=columns
    )
    cells = Cells(object, actor)
    context = {
        "count": found.count,
        "totals": [
            {
                "total": each,
                "sum": cells.cell(each.prop, each.sum),
                "average": _average(each, cells),
            }
            for each in found.totals
        ],
        "plural": shown_plural(object),
        "plural_inside": inside(shown_plural(object)),
        "label_inside": inside(shown_label(object)),
        "address": index_address(object),
        "shape": shape,
    }
    template = "records/_figures.html" if is_fragment(request) else "records/figures.html"
    return render(request, template, context)


def _shown(total: Total, cells: Cells) -> dict[str, Any]:
    average = _average(total, cells)
    return {"total": total, "sum": cells.cell(total.prop, total.sum), "average": average}


def _average(total: Total, cells: Cells) -> str:
    if total.prop.kind.name == "money":
        return amount(total.average, cells.reading(total.prop).currency)
    if total.prop.settings.get("shown") == "percent":
        return f"{number_format(total.average * 100, decimal_pos=1, use_l10n=True)} %"
    return number_format(total.average, decimal_pos=1, use_l10n=True, force_grouping=True)
