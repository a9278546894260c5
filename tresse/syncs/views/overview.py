"""The page of a sync: its last run, what it does, what failed; on and off; removing it."""

from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.syncs.changes.syncs import (
    activate_sync,
    change_sync,
    merged,
    pause_sync,
    remove_sync,
)
from tresse.syncs.computed import fields_kept
from tresse.syncs.destinations import DESTINATIONS
from tresse.syncs.forms import choices_of, item_of, lines_of, links_of, new_fields
from tresse.syncs.models import Sync, SyncState
from tresse.syncs.queries import MANAGE, MODEL, faults_of, runs_of
from tresse.syncs.shown import AUTOMATIONS, mode_label, times_words
from tresse.syncs.stored import definition_of, facts_of
from tresse.syncs.views.frame import address_of, frame, page, sync_of
from tresse.syncs.views.runs import fault_lines, run_context

FEW = 5
KEYS = (
    "filter",
    "match",
    "columns",
    "links",
    "mode",
    "removed",
    "brakes",
    "automations",
    "merge_records",
    "schedule",
)
"Keys of a definition that the form speaks of."


@require_safe
def sync_page(request: SignedIn, name: str) -> HttpResponse:
    """One sync."""
    sync = sync_of(request, name)
    last, kept = runs_of(sync).first(), fields_kept(sync)
    context = {
        **frame(request, sync),
        **(run_context(request, last) if last else {}),
        "facts": _facts(sync),
        "mapped": [(each, each.field in kept) for each in definition_of(sync).columns],
        "is_kept": bool(kept),
        "faults": fault_lines(list(faults_of(sync)[:FEW])),
        "acknowledged": SyncState.objects.filter(sync=sync).count(),
    }
    return page(request, "overview.html", context)


def _facts(sync: Sync) -> list[tuple[str, str, str]]:
    definition = definition_of(sync)
    facts = [
        (gettext("Dataset"), sync.dataset.name, f"/datasets/{sync.dataset.name}/"),
        (gettext("Goes to"), DESTINATIONS[sync.kind].target_label(sync.target), ""),
        (gettext("Mode"), mode_label(definition.mode), ""),
        (gettext("Sent"), times_words(definition), ""),
        (gettext("Automations fire"), gettext(AUTOMATIONS[definition.automations]), ""),
        (gettext("Filter"), yaml_line(definition.filter), ""),
        (gettext("Owner"), str(sync.owner) if sync.owner else "", ""),
    ]
    return [(label, value, link) for label, value, link in facts if value]


def yaml_line(value: Any) -> str:
    """A value in one line."""
    if value in (None, {}, []):
        return ""
    return str(
        yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=200)
    ).strip()


def sync_settings(request: SignedIn, name: str) -> HttpResponse:
    """Mapping, mode and times."""
    sync = sync_of(request, name)
    destination, definition = DESTINATIONS[sync.kind], definition_of(sync)
    given, sentence = (request.POST if request.method == "POST" else None), ""
    if given is not None:
        require_right(request.actor, MANAGE)
        try:
            item = item_of(given, sync.dataset, sync.target, destination.fields(sync.target))
            changes = {key: item.get(key) for key in KEYS}
            change_sync(sync, merged(sync, changes), actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("The sync is saved. The next run sends it so."))
            return redirect(f"{address_of(sync)}settings/")
    whole = {"syncs": [facts_of(sync)]}
    lines = lines_of(sync.dataset, destination, sync.target, definition=definition, given=given)
    context = {
        **frame(request, sync, "settings"),
        "lines": lines,
        "new_fields": new_fields(sync.dataset, destination, sync.target, lines=lines, given=given)
        if request.actor.has(MODEL)
        else [],
        "links": links_of(
            sync.dataset, destination, sync.target, definition=definition, given=given
        ),
        **choices_of(definition, given),
        "yaml": str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)),
        "sentence": sentence,
    }
    return page(request, "settings.html", context, is_refused=bool(sentence))


@require_POST
def sync_switch(request: SignedIn, name: str, act: str) -> HttpResponse:
    """Switch a sync on, or pause it."""
    sync = sync_of(request, name)
    if act == "activate":
        activate_sync(sync, actor=request.actor)
        messages.success(request, gettext("The sync is switched on."))
    else:
        pause_sync(sync, actor=request.actor)
    return redirect("syncs:sync", sync.name)


def sync_remove(request: SignedIn, name: str) -> HttpResponse:
    """Remove a sync; GET asks first."""
    sync = sync_of(request, name)
    if request.method == "POST":
        remove_sync(sync, actor=request.actor)
        messages.success(request, gettext("The sync {name} is removed.").format(name=sync.name))
        return redirect("syncs:syncs")
    require_right(request.actor, MANAGE)
    if is_fragment(request):
        return page(request, "_remove.html", {"row": sync, "address": address_of(sync)})
    return page(request, "remove.html", frame(request, sync))
