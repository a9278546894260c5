"""What every page of one source shows: its name, its state, its tabs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.requests import SignedIn
from tresse.sources.models import LIVE, Source
from tresse.sources.queries import MANAGE, runs_of, source_named
from tresse.sources.shown import source_state
from tresse.web.links import tabs


def source_of(request: SignedIn, name: str) -> Source:
    """The source of a page.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    return source_named(name, request.actor)


def address_of(source: Source) -> str:
    """The page of a source."""
    return f"/sources/{source.name}/"


def frame(request: SignedIn, source: Source, tab: str = "", step: str = "") -> dict[str, Any]:
    """Header and tabs; `step` of the way to a new source stands in place of the tabs."""
    state, tone = source_state(source)
    return {
        "row": source,
        "address": address_of(source),
        "state": state,
        "tone": tone,
        "tab": tab or "overview",
        "tabs": _tabs(source),
        "step": step,
        "is_new": (bool(step) and not source.is_reviewed) or step == "start",
        "live": source.runs.filter(state__in=LIVE).first(),
        "may_manage": request.actor.has(MANAGE),
    }


def _tabs(source: Source) -> list[dict[str, Any]]:
    labels = {
        "overview": gettext("Overview"),
        "columns": gettext("Columns"),
        "relations": gettext("Relations"),
        "runs": gettext("Runs"),
        "rejected": gettext("Rejected rows"),
        "settings": gettext("Settings"),
    }
    counts = {
        "relations": len(source.definition.get("relations", ())),
        "runs": runs_of(source).count(),
        "rejected": source.open_rejected,
    }
    return tabs(address_of(source), labels, counts)


def page(
    request: SignedIn, template: str, context: dict[str, Any], *, is_refused: bool = False
) -> HttpResponse:
    """A page or fragment of this room."""
    status = 422 if is_refused else 200
    return render(request, f"sources/{template}", context, status=status)
