"""The timeline of a record's page: reading on, logging, removing."""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef
from tresse.objects.requests import model_of
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.addresses import record_address
from tresse.records.cells import Cells
from tresse.records.changes import delete_activity, log_activity
from tresse.records.composer import composed, composer
from tresse.records.queries import record as read_record
from tresse.records.timeline import SHOWN_EVENTS, timeline
from tresse.records.views.lines import Line, shown_entries

HISTORY = "history"
# What the chips above a timeline choose: kinds of activity, and all changes together.
CHIPS: Mapping[str, tuple[str, str]] = {
    "note": (N_("Notes"), "sticky-note"),
    "call": (N_("Calls"), "phone"),
    "email": (N_("E-mails"), "mail"),
    "meeting": (N_("Meetings"), "calendar"),
    HISTORY: (N_("Changes"), "history"),
}
LOGGED: Mapping[str, str] = {
    "note": N_("The note is saved."),
    "call": N_("The call is saved."),
    "email": N_("The e-mail is saved."),
    "meeting": N_("The meeting is saved."),
}


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
    chosen = request.GET.get("kind", "")
    kinds = SHOWN_EVENTS if chosen == HISTORY else [chosen] if chosen in CHIPS else ()
    after = request.GET.get("after") or None
    found = timeline(model, object, id, actor, cursor=after, kinds=kinds, linked_by=linked_by)
    months = by_month(shown_entries(model, found.entries, cells or Cells(object, actor)))
    return {
        "months": months,
        "month_before": request.GET.get("month", "") if after else "",
        "last_month": months[-1][0].isoformat() if months else "",
        "next": found.next,
        "after": after,
        "kind": chosen if chosen in CHIPS else "",
        "chips": [(name, gettext(label), icon) for name, (label, icon) in CHIPS.items()],
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
    return render(request, f"records/{part}.html", context)


@require_POST
def log(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Log what the composer holds; a refusal keeps the text."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    address = record_address(object, id)
    try:
        kind, fields, at = composed(request.POST)
        log_activity(model, kind, [(object, id)], fields=fields, actor=actor, at=at)
    except TresseError as error:
        return _refused(request, object, id, error)
    if not is_fragment(request):
        messages.success(request, gettext(LOGGED[kind]))
        return HttpResponseRedirect(address)
    context = {
        **timeline_context(request, object, id),
        "composer": composer({"kind": kind}),
        "said": gettext(LOGGED[kind]),
    }
    return render(request, "records/_logged.html", context)


def _refused(request: SignedIn, object: ObjectDef, id: int, error: TresseError) -> HttpResponse:
    typed = composer({key: str(value) for key, value in request.POST.items()}, message(error))
    context = {"composer": typed, "address": record_address(object, id)}
    if is_fragment(request):
        answer = render(request, "records/_composer.html", context, status=422)
        answer.headers["HX-Retarget"] = "#composer"
        return answer
    title = read_record(model_of(request), object, id, request.actor).title
    context |= {"title": title, "kinds": list(ACTIVITY_KINDS)}
    return render(request, "records/compose.html", context, status=422)


@require_POST
def remove_activity(request: SignedIn, object_name: str, id: int, activity: int) -> HttpResponse:
    """Take an activity off the timeline."""
    model = model_of(request)
    object = model.object(object_name)
    delete_activity(model, activity, actor=request.actor)
    said = gettext("The activity was removed.")
    if not is_fragment(request):
        messages.success(request, said)
        return HttpResponseRedirect(record_address(object, id))
    context = {**timeline_context(request, object, id), "said": said}
    return render(request, "records/_removed.html", context)
