"""Runs, previews and rows that failed, and what can be asked of them (Y30, Y62, Y66)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message, said
from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.records.addresses import index_address
from tresse.records.queries import titles
from tresse.sources.reported import took
from tresse.syncs import reported
from tresse.syncs.changes.runs import (
    cancel,
    confirm,
    give_up,
    preview,
    resume,
    retry,
    start,
)
from tresse.syncs.limits import STUCK
from tresse.syncs.models import RUN_STATES, SyncFault, SyncRow, SyncRun
from tresse.syncs.queries import (
    MANAGE,
    faults_of,
    last_preview,
    rows_of,
    run_numbered,
    runs_of,
)
from tresse.syncs.running.run import examples_of
from tresse.syncs.shown import CLASSES, TONES, mode_label, run_state
from tresse.syncs.shown import RUN_STATES as STATE_LABELS
from tresse.syncs.told import row_told
from tresse.syncs.undoing import undoable_run
from tresse.syncs.views.frame import address_of, frame, page, sync_of

A_PAGE = 50
WHICH = ("open", "stuck", "given_up")
SENT = ("added", "changed", "removed")


@require_safe
def run_list(request: SignedIn, name: str) -> HttpResponse:
    """Runs of a sync, latest first."""
    sync = sync_of(request, name)
    state = request.GET.get("state", "")
    state = state if state in RUN_STATES else ""
    found = runs_of(sync, state=state)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    context = {
        **frame(request, sync, "runs"),
        "runs": [_listed(run, address_of(sync)) for run in rows],
        "previous": previous,
        "next": following,
        "chosen": state,
        "states": [(key, gettext(label)) for key, (label, _tone) in STATE_LABELS.items()],
    }
    return page(request, "_runs.html" if is_fragment(request) else "runs.html", context)


def _listed(run: SyncRun, address: str) -> dict[str, Any]:
    state, tone = run_state(run)
    return {
        "row": run,
        "address": f"{address}runs/{run.pk}/",
        "state": state,
        "tone": tone,
        "mode": mode_label(run.mode),
        "by": reported.by_of(run),
        "took": took(run.seconds),
    }


@require_safe
def run_page(request: SignedIn, name: str, number: int) -> HttpResponse:
    """One run with its rows; while it is at work the page asks for its progress every second."""
    sync = sync_of(request, name)
    run = run_numbered(sync, number)
    if is_fragment(request):
        return _card(request, run)
    show = request.GET.get("show", "")
    show = show if show in CLASSES else ""
    chosen = {"sort": show, "status": "sent"} if show in SENT else {"status": show}
    found = rows_of(run, **(chosen if show else {}))
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    object = data_model().object(sync.target)
    named = titles(object, [int(e.remote) for e in rows if e.remote.isdecimal()], request.actor)
    context = {
        **frame(request, sync, "runs"),
        **run_context(request, run),
        "rows": [_sent(each, name, index_address(object), named) for each in rows],
        "previous": previous,
        "next": following,
        "show": show,
        "classes": [(key, gettext(label)) for key, label in CLASSES.items()],
        "log": reported.log_of(run),
        "run_facts": reported.facts_of(run),
    }
    return page(request, "run.html", context)


def _sent(row: SyncRow, sync: str, home: str, named: Mapping[int, str]) -> dict[str, Any]:
    told = row_told(row, sync)
    name = row.status if row.status != "sent" else row.sort
    more = {"label": gettext(CLASSES[name]), "tone": TONES[name], "id": row.golden_id}
    title = named.get(int(row.remote), "") if row.remote.isdecimal() else ""
    more |= {"record": f"{home}{row.remote}/" if row.remote else "", "title": title}
    return told | more


def run_context(request: SignedIn, run: SyncRun) -> dict[str, Any]:
    """What the card of a run shows."""
    state, tone = run_state(run)
    address = address_of(run.sync)
    found: dict[str, Any] = {
        "run": run,
        "run_state": state,
        "run_tone": tone,
        "run_address": f"{address}preview/" if run.is_preview else f"{address}runs/{run.pk}/",
        "may_manage": request.actor.has(MANAGE),
    }
    if run.is_live:
        return found | {"progress": reported.progress_of(run)}
    return found | {
        "title": reported.title_of(run),
        "why": reported.why_of(run),
        "about_run": reported.about_of(run),
        "counts": reported.counts_of(
            run,
            found["run_address"],
            index_address(data_model().object(run.sync.target)) + "duplicates/",
        ),
        "brakes": reported.brakes_of(run),
        "undo": bool(undoable_run(run)) and "taken_back" not in run.facts,
    }


def _card(request: SignedIn, run: SyncRun) -> HttpResponse:
    answer = page(request, "_run_card.html", run_context(request, run))
    if not run.is_live and request.method == "GET":
        # The rest of the page (tabs, rows) changes with the end of a run.
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
def sync_run(request: SignedIn, name: str) -> HttpResponse:
    """Send a sync now; one that is being sent already is joined."""
    sync = sync_of(request, name)
    run, _job = start(sync, actor=request.actor, take_over=request.POST.get("take_over") == "1")
    return redirect("syncs:run", sync.name, run.pk)


@require_POST
def run_act(request: SignedIn, name: str, number: str, act: str) -> HttpResponse:
    """Cancel or drop a run, let it through its brake, or go on with it."""
    run = run_numbered(sync_of(request, name), int(number))
    if act == "cancel":
        if run.is_live or run.state == "held":
            run = cancel(run, actor=request.actor)
    elif act == "confirm":
        run, _job = confirm(run, actor=request.actor)
    else:
        run, _job = resume(run, actor=request.actor)
    if is_fragment(request):
        return _card(request, run)
    return redirect("syncs:run", run.sync.name, run.pk)


def sync_preview(request: SignedIn, name: str) -> HttpResponse:
    """What a run would do: POST works it out, GET shows the last one (Y30)."""
    sync = sync_of(request, name)
    sentence = ""
    if request.method == "POST":
        try:
            preview(sync, actor=request.actor)
        except TresseError as error:
            if error.code == "not_permitted":
                raise
            sentence = message(error)
        else:
            return redirect(f"{address_of(sync)}preview/")
    run = last_preview(sync)
    if run is not None and is_fragment(request):
        return _card(request, run)
    context = {**frame(request, sync, "preview"), "sentence": sentence}
    if run is not None:
        context |= run_context(request, run)
        context["examples"] = [
            {"label": gettext(CLASSES[key]), "tone": TONES[key], "rows": list(map(_example, rows))}
            for key, rows in examples_of(run)
        ]
        version = sync.dataset.version
        context["is_old"] = version is not None and run.number != version.number
    return page(request, "preview.html", context, is_refused=bool(sentence))


def _example(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": row["key"],
        "id": row["id"],
        "fields": [
            {"name": name, "before": before, "after": after}
            for name, (before, after) in row.get("fields", {}).items()
        ],
        "message": said(row["message"], row["details"]) if row.get("message") else "",
    }


@require_safe
def sync_rows(request: SignedIn, name: str) -> HttpResponse:
    """Rows that could not be sent, each with why."""
    sync = sync_of(request, name)
    which, code = request.GET.get("which", "open"), request.GET.get("code", "")
    which = which if which in WHICH else "open"
    found = faults_of(sync, which=which)
    codes = sorted(set(found.values_list("code", flat=True)))
    if code in codes:
        found = found.filter(code=code)
    rows, previous, following = page_and_back(
        found.order_by("-id"), cursor=request.GET.get("cursor"), limit=A_PAGE
    )
    labels = {
        "open": gettext("Open"),
        "stuck": gettext("Stuck"),
        "given_up": gettext("Given up"),
    }
    context = {
        **frame(request, sync, "rows"),
        "faults": fault_lines(rows),
        "previous": previous,
        "next": following,
        "which": which,
        "labels": labels.items(),
        "codes": codes,
        "code": code if code in codes else "",
    }
    return page(request, "rows.html", context)


def fault_lines(faults: Iterable[SyncFault]) -> list[dict[str, Any]]:
    """Rows that failed as lines of a page."""
    return [
        {
            "row": each,
            "key": each.key,
            "id": each.golden_id,
            "label": gettext(CLASSES[each.status]),
            "tone": TONES[each.status],
            "message": said(each.message, each.details) if each.message else each.code,
            "is_stuck": each.status == "failed" and each.tries >= STUCK,
        }
        for each in faults
    ]


@require_POST
def rows_retry(request: SignedIn, name: str) -> HttpResponse:
    """Try rows now: those named, or all that are open, of one reason."""
    sync = sync_of(request, name)
    keys, code = request.POST.getlist("key"), request.POST.get("code", "")
    run, _job = retry(sync, actor=request.actor, keys=keys, code=code)
    return redirect("syncs:run", sync.name, run.pk)


@require_POST
def rows_give_up(request: SignedIn, name: str) -> HttpResponse:
    """Try rows no more."""
    sync = sync_of(request, name)
    reason = request.POST.get("reason", "")
    give_up(sync, request.POST.getlist("key"), reason=reason, actor=request.actor)
    messages.success(request, gettext("It is tried no more until somebody says so."))
    return redirect(f"{address_of(sync)}rows/")
