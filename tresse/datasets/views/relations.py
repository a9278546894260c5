"""Relations of a dataset (D18): each leads from many of its rows to one of another dataset."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import definition_of, facts_of
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.kernel.errors import TresseError


def dataset_relations(request: SignedIn, name: str) -> HttpResponse:
    """Where rows lead, with counts of the published version; add one, take one away."""
    dataset = dataset_of(request, name)
    sentence = ""
    to = request.POST.get("to") or request.GET.get("to", "")
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        there = list(facts_of(dataset).get("relations", []))
        drop = request.POST.get("drop", "")
        if drop:
            there = [each for each in there if each["name"] != drop]
        else:
            there.append(_given(request.POST))
        try:
            item = merged(dataset, {"relations": there or None})
            change_dataset(dataset, item, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            said = gettext("The relations are saved. The next build resolves them.")
            messages.success(request, said)
            return redirect(f"{address_of(dataset)}relations/")
    others = Dataset.objects.exclude(pk=dataset.pk).order_by("name")
    target = next((each for each in others if each.name == to), None)
    context = {
        **frame(request, dataset, "columns"),
        "relations": _shown(dataset),
        "targets": [each.name for each in others],
        "to": target.name if target else "",
        "keys": _keys(target) if target else [],
        "names": [each["name"] for each in dataset.version.columns] if dataset.version else [],
        "given": request.POST,
        "proposed": target.entity.removesuffix("s") if target else "",
        "sentence": sentence,
    }
    return page(request, "relations.html", context, is_refused=bool(sentence))


def _given(given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": given.get("name", "").strip(),
        "to": given.get("to", ""),
        "inverse": given.get("inverse", "").strip(),
    }
    here = given.get("column", "").strip()
    if here:
        found["match"] = {given.get("key", ""): here}
    return {key: value for key, value in found.items() if value}


def _keys(target: Dataset) -> list[str]:
    """Columns of the other side that a match may name: identity keys of one column."""
    keys = definition_of(target).identity.keys
    return [key.columns[0] for key in keys if len(key.columns) == 1]


def _shown(dataset: Dataset) -> list[dict[str, Any]]:
    """Relations of the definition, with what the published version resolved of each."""
    version = dataset.version
    counted = {each["name"]: each for each in version.relations} if version else {}
    known = set(Dataset.objects.values_list("name", flat=True))
    return [
        {
            "name": each.name,
            "to": each.to,
            "is_there": each.to in known,
            "inverse": each.inverse,
            "match": [(there, here) for there, here in each.match.items()],
            "counts": counted.get(each.name),
        }
        for each in definition_of(dataset).relations
    ]
