"""Pages of builds: the list, one build, and what can be asked of it (D80, D88)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets import reported
from tresse.datasets.changes.builds import build as build_dataset
from tresse.datasets.changes.builds import cancel_build, publish_held
from tresse.datasets.models import STATES, DatasetBuild
from tresse.datasets.queries import MANAGE, build_numbered, builds_of
from tresse.datasets.shown import STATES as STATE_LABELS
from tresse.datasets.shown import build_state
from tresse.datasets.views.checks import held_by
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.sources.reported import took

A_PAGE = 50


@require_safe
def build_list(request: SignedIn, name: str) -> HttpResponse:
    """Builds of a dataset, latest first."""
    dataset = dataset_of(request, name)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    found = builds_of(dataset, state=state)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    context = {
        **frame(request, dataset, "builds"),
        "builds": [listed(build, address_of(dataset)) for build in rows],
        "previous": previous,
        "next": following,
        "chosen": state,
        "states": [(key, gettext(label)) for key, (label, _tone) in STATE_LABELS.items()],
    }
    return page(request, "_builds.html" if is_fragment(request) else "builds.html", context)


def listed(build: DatasetBuild, address: str) -> dict[str, Any]:
    """A build as a line of a table."""
    state, tone = build_state(build)
    return {
        "row": build,
        "address": f"{address}builds/{build.pk}/",
        "state": state,
        "tone": tone,
        "how": reported.how_of(build),
        "by": reported.by_of(build),
        "took": took(build.seconds),
    }


@require_safe
def build_page(request: SignedIn, name: str, number: int) -> HttpResponse:
    """One build; while it is at work the page asks for its progress every second."""
    dataset = dataset_of(request, name)
    build = build_numbered(dataset, number)
    if is_fragment(request):
        return _card(request, build)
    context = {**frame(request, dataset, "builds"), **build_context(build)}
    context |= {
        "log": reported.log_of(build),
        "build_facts": reported.facts_of(build),
        "inputs": sorted(build.version.inputs.items()) if build.version else [],
    }
    return page(request, "build.html", context)


def _card(request: SignedIn, build: DatasetBuild) -> HttpResponse:
    context = {"may_manage": request.actor.has(MANAGE), **build_context(build)}
    answer = page(request, "_build_card.html", context)
    if not build.is_live and request.method == "GET":
        # The rest of the page (tabs, log, facts) changes with the end of a build.
        answer.headers["HX-Refresh"] = "true"
    return answer


def build_context(build: DatasetBuild) -> dict[str, Any]:
    """What the card of a build shows."""
    state, tone = build_state(build)
    address = address_of(build.dataset)
    found: dict[str, Any] = {
        "build": build,
        "build_state": state,
        "build_tone": tone,
        "build_address": f"{address}builds/{build.pk}/",
    }
    if build.is_live:
        return found | {"progress": reported.progress_of(build)}
    return found | {
        "build_title": reported.title_of(build),
        "why": reported.why_of(build),
        "held_by": held_by(build) if build.state == "held" else [],
        "about_build": reported.about_of(build),
        "counts": reported.counts_of(build, address),
        "warnings": reported.warnings_of(build),
    }


@require_POST
def build_now(request: SignedIn, name: str) -> HttpResponse:
    """Build a dataset now; one that is being built already is joined."""
    dataset = dataset_of(request, name)
    full = request.POST.get("full") == "1"
    builds, _job = build_dataset(dataset, full=full, actor=request.actor)
    return redirect("datasets:build", dataset.name, builds[0].pk)


@require_POST
def build_cancel(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Stop a build, or throw away one that is held; one that ended meanwhile is shown as it is."""
    build = build_numbered(dataset_of(request, name), number)
    if build.is_live or build.state == "held":
        build = cancel_build(build, actor=request.actor)
    return _after(request, build)


@require_POST
def build_publish(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Publish what a build that is held has made (D88)."""
    build = build_numbered(dataset_of(request, name), number)
    publish_held(build, actor=request.actor)
    build.refresh_from_db()
    messages.success(request, gettext("It is published in a moment."))
    return _after(request, build)


def _after(request: SignedIn, build: DatasetBuild) -> HttpResponse:
    if is_fragment(request):
        return _card(request, build)
    return redirect("datasets:build", build.dataset.name, build.pk)
