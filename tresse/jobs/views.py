"""Pages of background work, and the notification centre."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs import changes, queries
from tresse.jobs.changes.queue import RESUMABLE
from tresse.jobs.facts import STATE_LABELS, icon_of, label_of, seconds_left, share_of
from tresse.jobs.kinds import NOTIFICATIONS
from tresse.jobs.models import Job, Notification
from tresse.jobs.navigation import INBOX_TABS
from tresse.kernel.marks import N_

PAGE = 50
MOST_DIGITS = 18
EMAIL_WORDS = (
    ("none", N_("Not by e-mail")),
    ("at_once", N_("At once")),
    ("daily", N_("Once a day")),
)


@require_safe
def job_list(request: SignedIn) -> HttpResponse:
    """All jobs the person may see."""
    state = request.GET.get("state", "")
    found = queries.jobs_of(request.actor, state=state)
    cursor = request.GET.get("cursor")
    rows, previous, following = page_and_back(found, cursor=cursor, limit=PAGE)
    context = {
        "previous": previous,
        "jobs": [shown(job) for job in rows],
        "next": following,
        "is_live": any(job.is_live for job in rows),
        "states": list(STATE_LABELS),
        "state": state,
    }
    return render(request, _part(request, "jobs/_jobs.html", "jobs/jobs.html"), context)


@require_safe
def job_page(request: SignedIn, job_id: int) -> HttpResponse:
    """One job; while it lives, the page asks for its fragment again and again."""
    return _job(request, queries.job(job_id, actor=request.actor))


@require_POST
def job_cancel(request: SignedIn, job_id: int) -> HttpResponse:
    """Cancel a job."""
    return _changed(request, changes.cancel(job_id, actor=request.actor))


@require_POST
def job_resume(request: SignedIn, job_id: int) -> HttpResponse:
    """Let an ended job go on."""
    return _changed(request, changes.resume(job_id, actor=request.actor))


@require_safe
def notification_list(request: SignedIn) -> HttpResponse:
    """The inbox: the list, and beside it the notification that is chosen (`id`)."""
    actor, asked = request.actor, request.GET
    unread, kind = "unread" in asked, asked.get("kind", "")
    found = queries.notifications_of(actor, unread=unread, kind=kind)
    chosen = None
    if asked.get("id", "").isdecimal() and len(asked["id"]) <= MOST_DIGITS:
        chosen = changes.mark(int(asked["id"]), read=True, actor=actor)
    rows, previous, following = page_and_back(found, cursor=asked.get("cursor"), limit=PAGE)
    state = urlencode([*([("unread", "")] if unread else []), *([("kind", kind)] if kind else [])])
    context = {
        "previous": previous,
        "notifications": [told_to(told) for told in rows],
        "next": following,
        "unread_only": unread,
        "unread_number": queries.unread_number(actor),
        "kind": kind,
        "kinds": [(each, _kind_label(each)) for each in queries.kinds_of(actor)],
        "state": state,
        "chosen": told_to(chosen) if chosen else None,
        "tabs": list(INBOX_TABS),
    }
    template = _part(request, "jobs/_notifications.html", "jobs/notifications.html")
    return render(request, template, context)


def _kind_label(name: str) -> str:
    return gettext(NOTIFICATIONS[name].label) if name in NOTIFICATIONS else name


@require_safe
def notification_pane(request: SignedIn, notification_id: int) -> HttpResponse:
    """One notification beside the list; it is read now."""
    told = changes.mark(notification_id, read=True, actor=request.actor)
    if not is_fragment(request):
        return redirect(f"/notifications/?id={told.pk}")
    context = {"told": told_to(told), "chosen": told_to(told)}
    return render(request, "jobs/_pane_chosen.html", context)


@require_safe
def notification_open(request: SignedIn, notification_id: int) -> HttpResponse:
    """Mark a notification as read and go where it leads."""
    told = changes.mark(notification_id, read=True, actor=request.actor)
    # Links are made by us; still, none may lead to another site.
    inside = url_has_allowed_host_and_scheme(told.link, allowed_hosts=None)
    return redirect(told.link if inside else "jobs:notifications")


@require_POST
def notification_mark(request: SignedIn, notification_id: int) -> HttpResponse:
    """Mark a notification as read or not read; answers it as beside the list, and its row."""
    read = request.POST.get("read") == "1"
    told = changes.mark(notification_id, read=read, actor=request.actor)
    if not is_fragment(request):
        return redirect("jobs:notifications")
    context = {"told": told_to(told), "chosen": told_to(told)}
    return render(request, "jobs/_pane_chosen.html", context)


@require_POST
def notification_read_all(request: SignedIn) -> HttpResponse:
    """Mark all as read."""
    changes.mark_all_read(actor=request.actor)
    return redirect("jobs:notifications")


def choices_page(request: SignedIn) -> HttpResponse:
    """Choose which notifications also come by e-mail (C118)."""
    if request.method == "POST":
        given = {kind.name: request.POST.get(kind.name, "none") for kind in NOTIFICATIONS}
        changes.choose_email(given, actor=request.actor)
        messages.success(request, gettext("Your notifications are saved."))
        return redirect("jobs:choices")
    chosen = queries.email_choices(request.actor.user_id or 0)
    words = [(value, gettext(word)) for value, word in EMAIL_WORDS]
    rows = [(kind, gettext(kind.label), chosen[kind.name]) for kind in NOTIFICATIONS]
    context = {"rows": rows, "words": words, "here": "jobs:choices"}
    return render(request, "jobs/choices.html", context)


def shown(job: Job) -> dict[str, Any]:
    """A job with what its templates show beside its columns."""
    share = share_of(job)
    return {
        "job": job,
        "label": label_of(job),
        "state": STATE_LABELS[job.state],
        "percent": None if share is None else int(share * 100),
        "seconds_left": seconds_left(job),
        "may_resume": job.state in RESUMABLE,
    }


def told_to(told: Notification) -> dict[str, Any]:
    """A notification with its drawing."""
    return {"told": told, "icon": icon_of(told), "label": _kind_label(told.kind)}


def _job(request: SignedIn, job: Job) -> HttpResponse:
    return render(request, _part(request, "jobs/_job.html", "jobs/job.html"), shown(job))


def _changed(request: SignedIn, job: Job) -> HttpResponse:
    return _job(request, job) if is_fragment(request) else redirect("jobs:job", job.pk)


def _part(request: HttpRequest, fragment: str, page: str) -> str:
    return fragment if is_fragment(request) else page
