"""Pages of runs: the list, one run, and what can be asked of it (S110 to S113)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.sources import reported
from tresse.sources.changes.runs import cancel_run, extract, publish_held
from tresse.sources.models import STATES, SourceRun
from tresse.sources.queries import files_of, run_numbered, runs_of
from tresse.sources.shown import STATES as STATE_LABELS
from tresse.sources.shown import mode_label, run_state
from tresse.sources.views.frame import address_of, frame, page, source_of

A_PAGE = 50
MOST_FILES = 500


@require_safe
def run_list(request: SignedIn, name: str) -> HttpResponse:
    """Runs of a source, latest first."""
    source = source_of(request, name)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    found = runs_of(source, state=state)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    context = {
        **frame(request, source, "runs"),
        "runs": [_listed(run, address_of(source)) for run in rows],
        "previous": previous,
        "next": following,
        "chosen": state,
        "states": [(key, gettext(label)) for key, (label, _tone) in STATE_LABELS.items()],
    }
    return page(request, "_runs.html" if is_fragment(request) else "runs.html", context)


def _listed(run: SourceRun, address: str) -> dict[str, Any]:
    state, tone = run_state(run)
    return {
        "row": run,
        "address": f"{address}runs/{run.pk}/",
        "state": state,
        "tone": tone,
        "mode": mode_label(run),
        "by": reported.by_of(run),
        "took": reported.took(run.seconds),
    }


@require_safe
def run_page(request: SignedIn, name: str, number: int) -> HttpResponse:
    """One run; while it is at work the page asks for its progress every second."""
    source = source_of(request, name)
    run = run_numbered(source, number)
    if is_fragment(request):
        return _card(request, run)
    context = {**frame(request, source, "runs"), **run_context(run)}
    context |= {
        "files": reported.files_shown(list(files_of(source, run=run)[:MOST_FILES])),
        "log": reported.log_of(run),
        "run_facts": reported.facts_of(run),
    }
    return page(request, "run.html", context)


def _card(request: SignedIn, run: SourceRun) -> HttpResponse:
    context = {"may_manage": request.actor.has("datasets.manage"), **run_context(run)}
    answer = page(request, "_run_card.html", context)
    if not run.is_live and request.method == "GET":
        # The rest of the page (tabs, files, rows) changes with the end of a run.
        answer.headers["HX-Refresh"] = "true"
    return answer


def run_context(run: SourceRun) -> dict[str, Any]:
    """What the card of a run shows."""
    state, tone = run_state(run)
    address = address_of(run.source)
    found: dict[str, Any] = {
        "run": run,
        "run_state": state,
        "run_tone": tone,
        "run_address": f"{address}runs/{run.pk}/",
    }
    if run.is_live:
        return found | {"progress": reported.progress_of(run)}
    return found | {
        "title": reported.title_of(run),
        "why": reported.why_of(run),
        "about_run": reported.about_of(run),
        "counts": reported.counts_of(run, address),
        "warnings": reported.warnings_of(run),
    }


@require_POST
def source_run(request: SignedIn, name: str) -> HttpResponse:
    """Read a source now; one that is being read already is joined."""
    source = source_of(request, name)
    full, refused = (request.POST.get(flag) == "1" for flag in ("full", "refused"))
    run, _job = extract(source, full=full, refused=refused, actor=request.actor)
    return redirect("sources:run", source.name, run.pk)


@require_POST
def run_cancel(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Stop a run, or throw away one that is held; one that ended meanwhile is shown as it is."""
    run = run_numbered(source_of(request, name), number)
    if run.is_live or run.state == "held":
        run = cancel_run(run, actor=request.actor)
    return _after(request, run)


@require_POST
def run_publish(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Publish what a run that is held has read (S80, S104)."""
    run = run_numbered(source_of(request, name), number)
    run, _job = publish_held(run, actor=request.actor)
    messages.success(request, gettext("It is published in a moment."))
    return _after(request, run)


def _after(request: SignedIn, run: SourceRun) -> HttpResponse:
    if is_fragment(request):
        return _card(request, run)
    return redirect("sources:run", run.source.name, run.pk)
