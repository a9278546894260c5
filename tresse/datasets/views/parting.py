"""Taking a golden record apart (D63), and pinning a value on it (D74)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.cells import shown
from tresse.datasets.changes.pins import pin, unpin
from tresse.datasets.changes.unmerging import preview, unmerge, unmerging
from tresse.datasets.explaining import Explanation, explain
from tresse.datasets.explaining.values import Value
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import short_id, title_of
from tresse.datasets.outlook import Outlook
from tresse.datasets.queries import MANAGE, published
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.golden import golden_context
from tresse.engine.base import Engine
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number

SHOWN_COLUMNS = 14


def golden_apart(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Tick the records that are somebody else; see what comes of it; say so."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    version = published(dataset)
    picked = request.POST.getlist("record")
    sentence, outlook = "", None
    with engine() as session:
        found = explain(session, version, key)
        if request.method == "POST":
            try:
                wanted = unmerging(session, dataset, found.id, picked, actor=request.actor)
                if request.POST.get("sure"):
                    reason = request.POST.get("reason", "")
                    made = unmerge(wanted, actor=request.actor, reason=reason)
                    return _parted(request, dataset, len(made))
                outlook = preview(session, wanted)
            except TresseError as error:
                sentence = message(error)
    plan = plan_of(version)
    context = {
        **frame(request, dataset, "rows"),
        **golden_context(dataset, version, found),
        "picks": True,
        "picked": picked,
        "reason": request.POST.get("reason", ""),
        "parts": _parts(plan, outlook) if outlook else [],
        "is_whole": outlook.is_whole if outlook else True,
        "sentence": sentence,
    }
    return page(request, "apart.html", context, is_refused=bool(sentence))


def _parted(request: SignedIn, dataset: Dataset, count: int) -> HttpResponse:
    text = ngettext(
        "Set apart by {n} decision. A build works it out now; withdrawing brings all back.",
        "Set apart by {n} decisions. A build works it out now; withdrawing one brings all back.",
        count,
    )
    messages.success(request, text.format(n=number(count)))
    return redirect(f"{address_of(dataset)}decisions/")


def _parts(plan: Plan, outlook: Outlook) -> list[dict[str, Any]]:
    """What would be there, each with its id, its records and its values."""
    names = [each.column.name for each in plan.columns]
    return [
        {
            "title": title_of(plan, each.golden),
            "id": short_id(each.id),
            "is_new": each.is_new,
            "records": each.records,
            "values": [
                (name, shown(each.golden.get(name)))
                for name in names
                if each.golden.get(name) is not None
            ][:SHOWN_COLUMNS],
        }
        for each in outlook.parts
    ]


def golden_pin(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Pin a value, or take the pin away; a dialog, or a page without scripts."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    version = published(dataset)
    column = request.POST.get("column") or request.GET.get("column", "")
    sentence = ""
    with engine() as session:
        found = explain(session, version, key)
        value = _value(found, column)
        if request.method == "POST":
            try:
                _pinned(session, request, dataset, found.id, column)
            except TresseError as error:
                sentence = message(error)
            else:
                return redirect("datasets:golden", dataset.name, found.id)
    is_part = is_fragment(request)
    context = {
        **({} if is_part else frame(request, dataset, "rows")),
        **_pin_context(dataset, version, found, value),
        "given": request.POST.get("value"),
        "sentence": sentence,
    }
    template = "_pin.html" if is_part else "pin.html"
    return page(request, template, context, is_refused=bool(sentence))


def _value(found: Explanation, column: str) -> Value:
    known = {each.column: each for each in found.values}
    if column not in known:
        raise UNKNOWN_NAME(sort=gettext("column"), name=column, nearest=nearest(column, known))
    return known[column]


def _pinned(session: Engine, request: SignedIn, dataset: Dataset, id_: str, column: str) -> None:
    if request.POST.get("act") == "remove":
        unpin(session, dataset, id_, column, actor=request.actor)
        messages.success(request, gettext("The pin is removed. The next build chooses again."))
        return
    value: Any = request.POST.get("value", "").strip() or None
    pin(session, dataset, id_, column, value, actor=request.actor)
    messages.success(request, gettext("It is pinned. The next build shows it."))


def _pin_context(
    dataset: Dataset, version: DatasetVersion, found: Explanation, value: Value
) -> dict[str, Any]:
    plan = plan_of(version)
    planned = plan.of(value.column)
    known: Sequence[Any] = [value.value, *(each.value for each in value.lost)]
    return {
        "title": title_of(plan, found.cluster.golden),
        "golden_address": f"{address_of(dataset)}rows/{found.id}/",
        "column": value.column,
        "type": planned.merged_type,
        "now": shown(value.value),
        "written": _written(value.value),
        "is_pinned": value.pin is not None,
        "offered": [_written(each) for each in known if each is not None],
    }


def _written(value: Any) -> str:
    """A value as a person types it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "; ".join(map(str, value))
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
