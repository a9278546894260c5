"""The timeline of a record's page: reading on, logging, removing."""

from collections.abc import Container, Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.described import ObjectDef
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.records.cells import Cells
from tresse.records.changes import delete_activity
from tresse.records.queries import record as read_record
from tresse.records.timeline import timeline
from tresse.records.views.asked import chips, filter_form, state_of
from tresse.records.views.lines import Line, Lines


def timeline_context(
    request: SignedIn,
    object: ObjectDef,
    id: int,
    *,
    cells: Cells | None = None,
    linked_by: Container[str] | None = None,
) -> dict[str, Any]:
    """A page of the timeline, by month; a page gives what it has read already."""
    model, actor = model_of(request), request.actor
    cells = cells or Cells(object, actor)
    state = state_of(request, model)
    after = request.GET.get("after") or None
    found = timeline(
        model, object, id, actor, wanted=state.wanted, cursor=after, linked_by=linked_by
    )
    months = by_month(Lines(model, cells).shown(found.entries))
    return {
        "months": months,
        "month_before": request.GET.get("month", "") if after else "",
        "last_month": months[-1][0].isoformat() if months else "",
        "next": found.next,
        "after": after,
        "query": state.query(),
        "is_filtered": bool(state.kind or state.is_filtered),
        "chips": chips(state),
        "form": filter_form(model, object, actor, state, cells),
        "linked_shown": found.linked_shown,
        "linked_all": found.linked_all,
        "object": object,
        "address": record_address(object, id),
    }


def by_month(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """Lines under the month they fall in, in the person's time zone."""

    def month(line: Line) -> date:
        return timezone.localtime(line.at).date().replace(day=1)

    return [(first, list(members)) for first, members in groupby(lines, key=month)]


def record_timeline(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """The timeline alone: another choice of kinds, or the entries that follow `after`."""
    model = model_of(request)
    object = model.object(object_name)
    address = record_address(object, id)
    if not is_fragment(request):
        return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
    read_record(model, object, id, request.actor)
    context = timeline_context(request, object, id)
    part = "_entries" if context["after"] else "_timeline"
    answer = render(request, f"records/{part}.html", context)
    shown = f"{address}?{context['query']}".rstrip("?")
    # A timeline that reads itself anew leaves the address as it is.
    if not context["after"] and not request.headers.get("HX-Current-URL", "").endswith(shown):
        answer.headers["HX-Push-Url"] = shown
    return answer


@require_POST
def remove_activity(request: SignedIn, object_name: str, id: int, activity: int) -> HttpResponse:
    """Take an activity off the timeline."""
    model = model_of(request)
    object = model.object(object_name)
    delete_activity(model, activity, actor=request.actor)
    return activity_said(request, object, id, gettext("The activity was removed."))


def activity_said(request: SignedIn, object: ObjectDef, id: int, said: str) -> HttpResponse:
    """The timeline after a change of an activity, and a word about it."""
    if not is_fragment(request):
        messages.success(request, said)
        return HttpResponseRedirect(record_address(object, id))
    context = {**timeline_context(request, object, id), "said": said}
    return render(request, "records/_removed.html", context)
