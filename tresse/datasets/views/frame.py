"""What every page of one dataset shows: its name, its state, its tabs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.requests import SignedIn
from tresse.datasets.models import LIVE, Dataset
from tresse.datasets.queries import MANAGE, dataset_named
from tresse.datasets.shown import band_shown, dataset_state, worst
from tresse.web.links import tabs


def dataset_of(request: SignedIn, name: str) -> Dataset:
    """The dataset of a page.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    return dataset_named(name, request.actor)


def address_of(dataset: Dataset) -> str:
    """The page of a dataset."""
    return f"/datasets/{dataset.name}/"


def frame(request: SignedIn, dataset: Dataset, tab: str = "") -> dict[str, Any]:
    """Header and tabs."""
    state, tone = dataset_state(dataset)
    return {
        "row": dataset,
        "address": address_of(dataset),
        "version": dataset.version,
        "state": state,
        "tone": tone,
        "tab": tab or "overview",
        "tabs": _tabs(dataset),
        "live": dataset.builds.filter(state__in=LIVE).first(),
        "may_manage": request.actor.has(MANAGE),
        "may_erase": request.actor.has("people.erase"),
    }


def _tabs(dataset: Dataset) -> list[dict[str, Any]]:
    labels = {
        "overview": gettext("Overview"),
        "rows": gettext("Golden records"),
        "columns": gettext("Columns"),
        "scores": gettext("Scores"),
        "sources": gettext("Sources"),
        "identity": gettext("Identity"),
        "review": gettext("Review"),
        "builds": gettext("Builds"),
        "versions": gettext("Versions"),
        "health": gettext("Health"),
        "settings": gettext("Settings"),
    }
    counts = {
        "rows": dataset.version.rows if dataset.version else 0,
        "scores": len(dataset.definition.get("scores", ())),
        "review": dataset.reviews.filter(state="open").count(),
    }
    return tabs(address_of(dataset), labels, counts)


def band_of(dataset: Dataset) -> tuple[str, str]:
    """Label and tone of the worst check of the published version; nothing without one."""
    return band_shown(worst(dataset.version.health)) if dataset.version else ("", "")


def page(
    request: SignedIn, template: str, context: dict[str, Any], *, is_refused: bool = False
) -> HttpResponse:
    """A page or fragment of this room."""
    status = 422 if is_refused else 200
    return render(request, f"datasets/{template}", context, status=status)
