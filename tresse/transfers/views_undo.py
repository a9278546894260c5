"""The page of an import's undo: what it would do, how far it is, what came of it (T71 to T74)."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.models import Job
from tresse.objects.requests import model_of
from tresse.records.changes.undo import DONE
from tresse.records.csv_answers import csv_answer
from tresse.records.models import Undo
from tresse.transfers import changes, queries, undoing
from tresse.transfers.models import Import

SHOWN = 100
STATES: dict[str, tuple[Any, str]] = {
    "checking": (_("Finding out"), "accent"),
    "checked": (_("Not undone yet"), "grey"),
    "queued": (_("Waiting"), "grey"),
    "running": (_("Undoing"), "accent"),
    "done": (_("Undone"), "ok"),
    "partial": (_("Partly undone"), "warn"),
    "cancelled": (_("Stopped"), "warn"),
    "failed": (_("Failed"), "bad"),
}
LISTS = (
    ("kept", _("Kept, because edited since")),
    ("failed", _("Not possible")),
)


@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: SignedIn, import_id: int) -> HttpResponse:
    """What an undo would do; POST does it, or goes on with one that was stopped."""
    row = queries.import_with_id(import_id, actor=request.actor)
    if request.method == "POST":
        changes.undo_import(row, actor=request.actor)
        return redirect("transfers:undo", row.pk)
    undo = undoing.undo_of(row)
    if undo is None or (undo.state not in DONE and undo.own_change_set_id is None):
        undo = changes.look_at_undo(row, actor=request.actor)
        row.refresh_from_db()
    part = "_import_undo.html" if is_fragment(request) else "import_undo.html"
    return render(request, f"transfers/{part}", _context(request, row, undo))


@require_POST
def import_undo_check(request: SignedIn, import_id: int) -> HttpResponse:
    """Find out anew what it would do."""
    row = queries.import_with_id(import_id, actor=request.actor)
    changes.undo_import(row, actor=request.actor, dry_run=True)
    return redirect("transfers:undo", row.pk)


@require_POST
def import_undo_cancel(request: SignedIn, import_id: int) -> HttpResponse:
    """Stop after the range in hand."""
    row = queries.import_with_id(import_id, actor=request.actor)
    changes.cancel_undo(row, actor=request.actor)
    return redirect("transfers:undo", row.pk)


@require_safe
def import_undo_list(request: SignedIn, import_id: int, group: str) -> StreamingHttpResponse:
    """The items that were, or would be, reversed, kept or failed, as CSV."""
    row = queries.import_with_id(import_id, actor=request.actor)
    lines = undoing.list_lines(row, group, actor=request.actor)
    return csv_answer(f"import-{row.pk}-undo-{group}.csv", undoing.HEAD, lines)


def _context(request: SignedIn, row: Import, undo: Undo) -> dict[str, Any]:
    live = undoing.is_live(undo)
    if not live:
        # It may have ended between the two looks.
        undo.refresh_from_db()
    job = Job.objects.filter(pk=undo.job_id or 0).first()
    is_begun = undo.own_change_set_id is not None or undo.state in DONE
    has_numbers = undo.state in ("checked", *DONE) and not live
    lists = [
        (
            name,
            title,
            number,
            undoing.item_lines(
                undo, name, model=model_of(request), actor=request.actor, limit=SHOWN
            ),
        )
        for name, title in LISTS
        if (number := getattr(undo, name)) and has_numbers
    ]
    return {
        "row": row,
        "undo": undo,
        "state": STATES.get(undo.state, STATES["checked"]),
        "is_live": live,
        "is_check": undo.state == "checking",
        "is_done": undo.state in DONE,
        "is_stopped": not live and undo.state not in ("checked", *DONE),
        "is_begun": is_begun,
        "has_numbers": has_numbers,
        "lists": lists,
        "shown": SHOWN,
        "job": job,
        "percent": round(job.done * 100 / job.total) if live and job and job.total else None,
        "webhooks": undoing.webhooks_told(row) if has_numbers else 0,
    }
