"""Settings of a dataset: its times, its moment, its relations, erasure, switching, removing."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tresse.accounts.account import ZONES
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.changes.datasets import (
    change_dataset,
    enable_dataset,
    merged,
    remove_dataset,
)
from tresse.datasets.erasing.scope import BY_DEFAULT
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import definition_of, facts_of
from tresse.datasets.uses import users_of
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.kernel.errors import TresseError
from tresse.sources.models import Source
from tresse.sources.times import EVERY, chosen, schedule_of

ERASE = (
    ("", _("By default")),
    ("anonymise", _("Made anonymous, and kept")),
    ("delete", _("Deleted as well")),
)


def dataset_settings(request: SignedIn, name: str) -> HttpResponse:
    """When it is built and for which moment, what becomes of related rows, and its definition."""
    dataset = dataset_of(request, name)
    sentence = ""
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        try:
            change_dataset(dataset, merged(dataset, _given(request.POST)), actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("The dataset is saved."))
            return redirect(f"{address_of(dataset)}settings/")
    definition, facts = definition_of(dataset), facts_of(dataset)
    times = chosen(definition.schedule, zone=account().zone)
    as_of = str(facts.get("as_of", ""))
    if request.method == "POST":
        times |= {key: request.POST[key] for key in times if key in request.POST}
        as_of = request.POST.get("as_of", "")
    context = {
        **frame(request, dataset, "settings"),
        "times": times,
        "every_choices": EVERY,
        "zones": ZONES,
        "others": list(Source.objects.order_by("name").values_list("name", flat=True)),
        "as_of": as_of,
        "is_dated": bool(as_of),
        "erasures": _erasures(dataset, definition.erasure),
        "erase_choices": ERASE,
        "relations": definition.relations,
        "yaml": yaml_of(dataset),
        "sentence": sentence,
    }
    return page(request, "settings.html", context, is_refused=bool(sentence))


def _given(given: Mapping[str, str]) -> dict[str, Any]:
    """Keys of the definition that the form speaks of."""
    erasure = {
        key.removeprefix("erase-"): value
        for key, value in given.items()
        if key.startswith("erase-") and value
    }
    as_of = given.get("as_of", "").strip() if given.get("moment") == "date" else ""
    return {
        "schedule": schedule_of(given),
        "as_of": as_of or None,
        "erasure": erasure or None,
    }


def _erasures(dataset: Dataset, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Datasets that lead to this one, and those with a word on erasure, each with its choice."""
    entities = dict(Dataset.objects.values_list("name", "entity"))
    names = dict.fromkeys((*_leading_to(dataset), *given))
    labels = dict(ERASE)
    return [
        {
            "name": name,
            "value": given.get(name, ""),
            "usual": str(labels["anonymise" if entities.get(name) in BY_DEFAULT else "delete"]),
        }
        for name in names
    ]


def _leading_to(dataset: Dataset) -> Iterable[str]:
    for other in Dataset.objects.exclude(pk=dataset.pk).order_by("name"):
        if any(each["to"] == dataset.name for each in other.definition.get("relations", ())):
            yield other.name


@require_POST
def dataset_switch(request: SignedIn, name: str, act: str) -> HttpResponse:
    """Have a dataset built by its times, or not."""
    dataset = dataset_of(request, name)
    enable_dataset(dataset, act == "enable", actor=request.actor)
    return redirect("datasets:dataset", dataset.name)


def dataset_remove(request: SignedIn, name: str) -> HttpResponse:
    """Remove a dataset; GET asks first."""
    dataset = dataset_of(request, name)
    if request.method == "POST":
        remove_dataset(dataset, actor=request.actor)
        said = gettext("The dataset {name} is removed.").format(name=dataset.name)
        messages.success(request, said)
        return redirect("datasets:datasets")
    require_right(request.actor, MANAGE)
    if is_fragment(request):
        context = {"row": dataset, "address": address_of(dataset), "users": users_of(dataset)}
        return page(request, "_remove.html", context)
    context = {**frame(request, dataset, "settings"), "users": users_of(dataset)}
    return page(request, "remove.html", context)


def yaml_of(dataset: Dataset) -> str:
    """The dataset as `tresse config` prints it."""
    facts = {"datasets": [facts_of(dataset)]}
    return str(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=100))
