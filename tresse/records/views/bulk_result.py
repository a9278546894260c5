"""What became of a bulk edit, and taking it back."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.facts import STATE_LABELS
from tresse.jobs.models import Job
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import bulk_address, index_address, record_address
from tresse.records.bulk.refused import reasons_of, refused_records
from tresse.records.bulk_edits import (
    bulk_edit_of,
    heading_of,
    summary_of,
    undo_of,
    undoable_of,
)
from tresse.records.changes.undo import looked_at, may_undo, undo
from tresse.records.csv_answers import csv_answer
from tresse.records.models import BulkEdit, Undo
from tresse.records.undo.shown import items_of

SHOWN = 100


def bulk_result(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Numbers, refused records, undo; while a job is at work the page asks for itself."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    row = bulk_edit_of(object, id, actor)
    taken = undo_of(row)
    context = _result(row, object, taken) | {
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "summary": summary_of(row, model, object),
        "may_undo": row.change_set_id is not None
        and row.changed > 0
        and row.state not in ("queued", "running")
        and not may_undo(row.change_set_id, actor)
        and not (taken and taken.state in ("queued", "running", "checking")),
    }
    template = "records/_bulk_result.html" if is_fragment(request) else "records/bulk_result.html"
    return render(request, template, context)


def _result(row: BulkEdit, object: ObjectDef, taken: Undo | None) -> dict[str, Any]:
    job = Job.objects.filter(pk=row.job_id or 0).first()
    undoing = Job.objects.filter(pk=(taken and taken.job_id) or 0).first()
    live = next((each for each in (undoing, job) if each and each.is_live), None)
    state = STATE_LABELS[row.state if row.state in STATE_LABELS else "done"]
    refused = [
        (record_id, title, record_address(object, record_id), error.code, message(error))
        for record_id, title, error in refused_records(row, limit=SHOWN)
    ]
    return {
        "row": row,
        "object": object,
        "heading": heading_of(row, object),
        "address": bulk_address(object, str(row.pk)),
        "state_label": gettext(state.label),
        "state_tone": state.tone,
        "job": job,
        "live": live,
        "percent": round(live.done * 100 / live.total) if live and live.total else None,
        "reasons": reasons_of(row),
        "refused": refused,
        "shown": SHOWN,
        "taken": taken,
    }


def bulk_refused(request: SignedIn, object_name: str, id: int) -> StreamingHttpResponse:
    """All refused records as CSV."""
    object = model_of(request).object(object_name)
    row = bulk_edit_of(object, id, request.actor)
    head = ("id", "title", "code", "sentence")
    lines = (
        (record_id, title, error.code, message(error))
        for record_id, title, error in refused_records(row, request.actor)
    )
    return csv_answer(f"refused-{row.pk}.csv", head, lines)


def bulk_undo(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """What undoing would do; POST does it."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    row = bulk_edit_of(object, id, actor)
    what = undoable_of(row, object)
    if request.method == "POST":
        undo(what, actor=actor)
        return HttpResponseRedirect(bulk_address(object, str(row.pk)))
    taken = looked_at(what, actor=actor)
    context = {
        "row": row,
        "object": object,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "heading": heading_of(row, object),
        "address": bulk_address(object, str(row.pk)),
        "taken": taken,
        "is_checking": taken.state == "checking",
        "job": Job.objects.filter(pk=taken.job_id or 0).first(),
    }
    template = "records/_undo_form.html" if is_fragment(request) else "records/undo.html"
    return render(request, template, context)


def undo_list(request: SignedIn, object_name: str, id: int, group: str) -> StreamingHttpResponse:
    """The items of an undo that were, or would be, reversed, kept or failed, as CSV."""
    object = model_of(request).object(object_name)
    row = bulk_edit_of(object, id, request.actor)
    taken = undo_of(row)
    head = ("item", "object", "id", "property", "relation", "other_id", "now", "before", "code")
    items = items_of(taken, group, actor=request.actor) if taken else iter(())
    lines = (tuple(item[name] or "" for name in head) for item in items)
    return csv_answer(f"undo-{row.pk}-{group}.csv", head, lines)
