"""Erasing a person from a page: what is found, asked again, and the certificates (D90, D93)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts import paging
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.changes.erasures import (
    RIGHT,
    erase,
    erasure_numbered,
    erasures,
    find,
    find_record,
    lift,
)
from tresse.datasets.erasing.looking import Found, label_of
from tresse.datasets.explaining import explain
from tresse.datasets.models import Erasure
from tresse.datasets.naming import title_of
from tresse.datasets.queries import published
from tresse.datasets.views.frame import address_of, dataset_of
from tresse.jobs.facts import STATE_LABELS
from tresse.kernel.errors import TresseError
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.records.queries import titles
from tresse.sources.versions import engine

A_PAGE = 50
HERE = "datasets:erasures"
"Page of settings beside which these stand."


def golden_erase(request: SignedIn, name: str, key: str) -> HttpResponse:
    """All that is found of the person of a golden record, and the question whether to erase it."""
    dataset = dataset_of(request, name)
    require_right(request.actor, RIGHT)
    version = published(dataset)
    with engine() as session:
        who = explain(session, version, key)
    seen = find(dataset, who.id, actor=request.actor)
    title = title_of(plan_of(version), who.cluster.golden)
    return _asked(request, seen, title, f"{address_of(dataset)}rows/{who.id}/")


def record_erase(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """The same for the person that a record of the CRM is."""
    object = model_of(request).object(object_name)
    seen = find_record(object, id, actor=request.actor)
    title = titles(object, [id], request.actor).get(id, str(id))
    return _asked(request, seen, title, record_address(object, id))


def _asked(request: SignedIn, seen: Found, title: str, back: str) -> HttpResponse:
    sentence = ""
    if request.method == "POST":
        if request.POST.get("sure"):
            row = erase(seen, actor=request.actor)
            messages.success(request, gettext("The erasure goes on. Its certificate stands here."))
            return redirect("datasets:erasure", row.pk)
        sentence = gettext("Tick that you know what this does.")
    context = {
        "title": title,
        "back": back,
        "counts": list(_lines(seen.counts)),
        "destinations": seen.destinations,
        "records": len(seen.scope.person.keys),
        "sentence": sentence,
    }
    return render(request, "datasets/erase.html", context, status=422 if sentence else 200)


def _lines(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for place, number in counts.items():
        yield label_of(place), number


@require_safe
def erasure_list(request: SignedIn) -> HttpResponse:
    """All erasures with their states, latest first."""
    found = erasures(request.actor)
    rows, previous, following = paging.page_and_back(
        found, cursor=request.GET.get("cursor"), limit=A_PAGE
    )
    context = {
        "rows": [_shown(row) for row in rows],
        "previous": previous,
        "next": following,
        "here": HERE,
    }
    return render(request, "datasets/erasures.html", context)


def _shown(row: Erasure) -> dict[str, Any]:
    state = STATE_LABELS[row.state]
    author = row.author
    return {
        "row": row,
        "state": gettext(state.label),
        "tone": state.tone,
        "author": (author.name or author.email) if author else "Tresse",
        "removed": sum(row.removed.values()),
    }


@require_safe
def erasure_page(request: SignedIn, number: int) -> HttpResponse:
    """A certificate."""
    row = erasure_numbered(number, request.actor)
    places = [
        (label_of(place), found, row.removed.get(place, 0)) for place, found in row.found.items()
    ]
    context = {
        **_shown(row),
        "places": places,
        "tombstones": row.tombstones.count(),
        "is_live": row.state in ("queued", "running"),
        "here": HERE,
    }
    return render(request, "datasets/erasure.html", context)


@require_POST
def erasure_lift(request: SignedIn, number: int) -> HttpResponse:
    """Let somebody come back."""
    row = erasure_numbered(number, request.actor)
    try:
        lift(row, actor=request.actor)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, message(error))
    else:
        messages.success(request, gettext("Lifted. The next reading may bring the person back."))
    return redirect("datasets:erasure", row.pk)
