"""All syncs, and the way to a new one (Y1)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.models import Dataset
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.sources.shown import entity_label, entity_look
from tresse.syncs.changes.syncs import add_sync
from tresse.syncs.checks import dataset_of
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.destinations import CRM, DESTINATIONS
from tresse.syncs.forms import choices_of, item_of, lines_of, links_of, new_fields
from tresse.syncs.models import LIVE, Sync
from tresse.syncs.queries import MANAGE, MODEL, syncs
from tresse.syncs.shown import mode_label, sync_state, times_words
from tresse.syncs.stored import definition_of
from tresse.syncs.views.frame import address_of, page

NATURAL = {
    "contacts": "contact",
    "companies": "company",
    "deals": "deal",
    "products": "product",
    "orders": "order",
    "order_items": "order_line",
    "tickets": "ticket",
}
"Object types that datasets of an entity usually go to."


@require_safe
def sync_list(request: SignedIn) -> HttpResponse:
    """All syncs with the counts of their last runs."""
    found = list(syncs(request.actor))
    context = {
        "syncs": [_line(each) for each in found],
        "is_live": any(each.last_run and each.last_run.state in LIVE for each in found),
        "may_manage": request.actor.has(MANAGE),
    }
    return page(request, "_syncs.html" if is_fragment(request) else "syncs.html", context)


def _line(sync: Sync) -> dict[str, Any]:
    state, tone = sync_state(sync)
    last, definition = sync.last_run, definition_of(sync)
    icon, hue = entity_look(sync.dataset.entity)
    return {
        "name": sync.name,
        "address": address_of(sync),
        "about": f"{sync.dataset.name} → {DESTINATIONS[sync.kind].target_label(sync.target)}",
        "icon": icon,
        "hue": hue,
        "mode": mode_label(definition.mode),
        "state": state,
        "tone": tone,
        "last": last,
        "failed": getattr(sync, "open_faults", 0),
        "next_at": sync.schedule.next_at if sync.schedule else None,
        "next_words": times_words(definition) if definition.is_after_build else "",
    }


def sync_new(request: SignedIn) -> HttpResponse:
    """First what goes where, then how it is mapped."""
    require_right(request.actor, MANAGE)
    name, target = (
        request.POST.get(key) or request.GET.get(key, "") for key in ("dataset", "object")
    )
    if not name or not target:
        return page(request, "new.html", {"kinds": _kinds(), "objects": _objects()})
    destination = DESTINATIONS[CRM]
    dataset = dataset_of(SyncDefinition(name="new", dataset=name, to={}))
    target = destination.target({"object": target})
    given, sentence = (request.POST if request.method == "POST" else None), ""
    if given is not None:
        try:
            item = item_of(given, dataset, target, destination.fields(target))
            row = add_sync({**item, "name": given.get("name", "").strip()}, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("The sync is made. Nothing is sent yet."))
            return redirect(f"{address_of(row)}preview/")
    lines = lines_of(dataset, destination, target, given=given)
    context = {
        "dataset": dataset,
        "object": target,
        "target": destination.target_label(target),
        "name": given.get("name", "") if given is not None else _name(name, target),
        "lines": lines,
        "new_fields": new_fields(dataset, destination, target, lines=lines, given=given)
        if request.actor.has(MODEL)
        else [],
        "links": links_of(dataset, destination, target, given=given),
        **choices_of(None, given),
        "sentence": sentence,
    }
    return page(request, "new.html", context, is_refused=bool(sentence))


def _name(dataset: str, target: str) -> str:
    """A name that is free."""
    known = set(Sync.objects.values_list("name", flat=True))
    stem = f"{dataset}_to_crm"
    if stem in known:
        stem = f"{dataset}_to_{target}"
    number, found = 2, stem
    while found in known:
        found, number = f"{stem}_{number}", number + 1
    return found


def _kinds() -> list[dict[str, Any]]:
    """Datasets, each with the object type that its rows usually go to."""
    objects = {each.name for each in data_model().objects}
    found = []
    for row in Dataset.objects.select_related("version").order_by("name"):
        icon, hue = entity_look(row.entity)
        natural = NATURAL.get(row.entity, "")
        found.append(
            {
                "name": row.name,
                "entity": entity_label(row.entity),
                "icon": icon,
                "hue": hue,
                "rows": row.version.rows if row.version else None,
                "natural": natural if natural in objects else "contact",
            }
        )
    return found


def _objects() -> list[tuple[str, str]]:
    model = data_model()
    return [(each.name, shown_plural(each)) for each in model.objects if not each.is_archived]
