"""All datasets, and the way to a new one."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import LIVE, Dataset, ReviewItem
from tresse.datasets.queries import MANAGE, datasets
from tresse.datasets.shown import (
    OTHER_STATES,
    STATES,
    band_shown,
    dataset_state,
    look_of,
    worst,
)
from tresse.datasets.views.frame import address_of, page
from tresse.kernel.errors import TresseError
from tresse.sources.models import Source
from tresse.sources.shown import ENTITIES, entity_label, entity_look
from tresse.web.links import sorting
from tresse.web.templatetags.numbers import number

SORTS = ("name", "rows", "source_rows", "reviews", "last_build")
DESCENDING_FIRST = ("rows", "source_rows", "reviews", "last_build")


@require_safe
def dataset_list(request: SignedIn) -> HttpResponse:
    """All datasets, sorted and filtered as the address says."""
    given = request.GET
    chosen = {name: given.get(name, "") for name in ("q", "state", "sort")}
    if chosen["sort"].removeprefix("-") not in SORTS:
        chosen["sort"] = ""
    if chosen["state"] not in {**STATES, **OTHER_STATES}:
        chosen["state"] = ""
    waiting = ReviewItem.objects.filter(dataset=OuterRef("pk"), state="open").order_by()
    counted = waiting.values("dataset").annotate(n=Count("pk")).values("n")
    number_of = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    every = list(datasets(request.actor).annotate(open_reviews=number_of))
    found = _sorted([_line(each) for each in every if _fits(each, chosen)], chosen["sort"])
    context = {
        "datasets": found,
        "total_rows": sum(each["rows"] or 0 for each in found),
        "has_any": bool(every),
        "chosen": chosen,
        "heads": _heads(chosen),
        "is_live": any(each.last_build and each.last_build.state in LIVE for each in every),
        "may_manage": request.actor.has(MANAGE),
    }
    if is_fragment(request):
        return page(request, "_datasets.html", context)
    labels = {**STATES, **OTHER_STATES}
    context["states"] = [(name, gettext(label)) for name, (label, _) in labels.items()]
    return page(request, "datasets.html", context)


def _fits(dataset: Dataset, chosen: dict[str, str]) -> bool:
    words = chosen["q"].strip().casefold()
    if words and words not in f"{dataset.name} {dataset.entity}".casefold():
        return False
    if chosen["state"] == "disabled":
        return not dataset.is_enabled
    if chosen["state"] == "never":
        return dataset.version_id is None
    build = dataset.last_build
    return not chosen["state"] or (build is not None and build.state == chosen["state"])


def _line(dataset: Dataset) -> dict[str, Any]:
    """A dataset as a line of the list."""
    state, tone = dataset_state(dataset)
    icon, hue = look_of(dataset)
    version, build = dataset.version, dataset.last_build
    band, band_tone = band_shown(worst(version.health)) if version else ("", "")
    schedule, after = dataset.schedule, dataset.definition.get("schedule", {}).get("after", "")
    return {
        "name": dataset.name,
        "address": address_of(dataset),
        "about": _about(dataset),
        "icon": icon,
        "hue": hue,
        "state": state,
        "tone": tone,
        "rows": version.rows if version else None,
        "source_rows": version.source_rows if version else None,
        "sources": len(version.basis.get("sources", version.inputs))
        if version
        else len(dataset.definition.get("sources", ())),
        "band": band,
        "band_tone": band_tone,
        "open_reviews": getattr(dataset, "open_reviews", 0),
        "version": version.number if version else None,
        "last_build_at": (build.ended_at or build.started_at or build.requested_at)
        if build
        else None,
        "next_build_at": schedule.next_at if schedule and dataset.is_enabled else None,
        "next_words": gettext("after {source}").format(source=after)
        if after and dataset.is_enabled
        else "",
    }


def _about(dataset: Dataset) -> str:
    keys = dataset.rules.content.get("identity", {}).get("keys", []) if dataset.rules else []
    label = entity_label(dataset.entity)
    if not keys:
        return label
    count = len(keys)
    text = ngettext("{entity} · {n} identity key", "{entity} · {n} identity keys", count)
    return text.format(entity=label, n=count)


def _sorted(lines: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    by = {"reviews": "open_reviews", "last_build": "last_build_at"}
    name = sort.removeprefix("-") or "name"
    key, is_down = by.get(name, name), sort.startswith("-")
    known = [each for each in lines if each[key] is not None]
    unknown = [each for each in lines if each[key] is None]
    return sorted(known, key=lambda each: each[key], reverse=is_down) + unknown


def _heads(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """Headers of the table; those that sort are links."""
    heads = (
        (gettext("Dataset"), "name", False),
        (gettext("State"), "", False),
        (gettext("Golden records"), "rows", True),
        (gettext("Records"), "source_rows", True),
        (gettext("Sources"), "", True),
        (gettext("Health"), "", False),
        (gettext("To review"), "reviews", True),
        (gettext("Version"), "", False),
        (gettext("Last build"), "last_build", False),
        (gettext("Next build"), "", False),
    )
    return [
        {"label": label, "is_number": is_number, **sorting(name, chosen, DESCENDING_FIRST)}
        for label, name, is_number in heads
    ]


def dataset_new(request: SignedIn) -> HttpResponse:
    """First what its rows are, then its name and its sources."""
    require_right(request.actor, MANAGE)
    entity = request.POST.get("entity") or request.GET.get("entity", "")
    context: dict[str, Any] = {"entity": entity, "sentence": ""}
    if not entity:
        return page(request, "new.html", context | {"kinds": _kinds()})
    sources = request.POST.getlist("source")
    if request.method == "POST":
        try:
            item = {"name": request.POST.get("name", "").strip(), "entity": entity}
            given = [{"source": each} for each in sources]
            row = add_dataset(item | ({"sources": given} if given else {}), actor=request.actor)
        except TresseError as error:
            context["sentence"] = message(error)
        else:
            messages.success(request, gettext("The dataset is made."))
            return redirect(f"{address_of(row)}columns/")
    known = set(Dataset.objects.values_list("name", flat=True))
    proposed = entity if entity not in known else ""
    context |= {
        "entity_label": entity_label(entity),
        "name": request.POST.get("name", proposed),
        "sources": _sources(entity, sources if request.method == "POST" else None),
    }
    return page(request, "new.html", context, is_refused=bool(context["sentence"]))


def _kinds() -> list[dict[str, Any]]:
    """Entities to choose from, those that sources have first."""
    names = list(Source.objects.values_list("entity", flat=True))
    there = set(Dataset.objects.values_list("entity", flat=True))
    order = dict.fromkeys((*sorted(set(names)), *ENTITIES))
    found = []
    for name in order:
        icon, hue = entity_look(name)
        count = names.count(name)
        words = ngettext("{n} source", "{n} sources", count).format(n=number(count))
        found.append(
            {
                "name": name,
                "label": entity_label(name),
                "icon": icon,
                "hue": hue,
                "words": words if count else gettext("no source yet"),
                "is_there": name in there,
                "count": count,
            }
        )
    return sorted(found, key=lambda each: (each["is_there"], -each["count"], each["label"]))


def _sources(entity: str, ticked: list[str] | None) -> list[dict[str, Any]]:
    """All sources, those of the entity first and ticked."""
    rows = Source.objects.select_related("version").order_by("name")
    found = []
    for each in rows:
        is_own = each.entity == entity
        rows_words = number(each.version.rows - each.version.deleted) if each.version else ""
        found.append(
            {
                "name": each.name,
                "words": " · ".join(filter(None, (entity_label(each.entity), rows_words))),
                "is_ticked": is_own if ticked is None else each.name in ticked,
                "is_own": is_own,
            }
        )
    return sorted(found, key=lambda each: (not each["is_own"], each["name"]))
