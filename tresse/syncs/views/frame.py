"""What every page of one sync shows: its name, its state, its tabs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import said
from tresse.accounts.requests import SignedIn
from tresse.syncs.destinations import DESTINATIONS
from tresse.syncs.models import LIVE, Sync
from tresse.syncs.queries import MANAGE, runs_of, sync_named
from tresse.syncs.shown import sync_state
from tresse.web.links import tabs


def sync_of(request: SignedIn, name: str) -> Sync:
    """The sync of a page.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    return sync_named(name, request.actor)


def address_of(sync: Sync) -> str:
    """The page of a sync."""
    return f"/syncs/{sync.name}/"


def frame(request: SignedIn, sync: Sync, tab: str = "") -> dict[str, Any]:
    """Header and tabs."""
    state, tone = sync_state(sync)
    return {
        "row": sync,
        "address": address_of(sync),
        "state": state,
        "tone": tone,
        "why_state": said(sync.message, sync.details) if sync.message else "",
        "tab": tab or "overview",
        "tabs": _tabs(sync),
        "target": DESTINATIONS[sync.kind].target_label(sync.target),
        "live": sync.runs.filter(state__in=LIVE, is_preview=False).first(),
        "may_manage": request.actor.has(MANAGE),
    }


def _tabs(sync: Sync) -> list[dict[str, Any]]:
    labels = {
        "overview": gettext("Overview"),
        "preview": gettext("Preview"),
        "rows": gettext("Failed rows"),
        "runs": gettext("Runs"),
        "settings": gettext("Settings"),
    }
    counts = {"rows": getattr(sync, "open_faults", 0), "runs": runs_of(sync).count()}
    return tabs(address_of(sync), labels, counts)


def page(
    request: SignedIn, template: str, context: dict[str, Any], *, is_refused: bool = False
) -> HttpResponse:
    """A page or fragment of this room."""
    status = 422 if is_refused else 200
    return render(request, f"syncs/{template}", context, status=status)
