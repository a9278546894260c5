"""Pages of background work, and the notification centre."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs import changes, queries
from tresse.jobs.changes.queue import RESUMABLE
from tresse.jobs.facts import STATE_LABELS, icon_of, label_of, seconds_left, share_of
from tresse.jobs.models import Job, Notification

PAGE = 50


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
    """The notification centre."""
    unread = "unread" in request.GET
    found = queries.notifications_of(request.actor, unread=unread)
    cursor = request.GET.get("cursor")
    rows, previous, following = page_and_back(found, cursor=cursor, limit=PAGE)
    context = {
        "previous": previous,
        "notifications": [told_to(told) for told in rows],
        "next": following,
        "unread_only": unread,
        "unread_number": queries.unread_number(request.actor),
    }
    template = _part(request, "jobs/_notifications.html", "jobs/notifications.html")
    return render(request, template, context)


@require_safe
def notification_open(request: SignedIn, notification_id: int) -> HttpResponse:
    """Mark a notification as read and go where it leads."""
    told = changes.mark(notification_id, read=True, actor=request.actor)
    # Links are made by us; still, none may lead to another site.
    inside = url_has_allowed_host_and_scheme(told.link, allowed_hosts=None)
    return redirect(told.link if inside else "jobs:notifications")


@require_POST
def notification_mark(request: SignedIn, notification_id: int) -> HttpResponse:
    """Mark a notification as read or not read, and answer its row."""
    read = request.POST.get("read") == "1"
    told = changes.mark(notification_id, read=read, actor=request.actor)
    if not is_fragment(request):
        return redirect("jobs:notifications")
    return render(request, "jobs/_notification.html", {"told": told_to(told)})


@require_POST
def notification_read_all(request: SignedIn) -> HttpResponse:
    """Mark all as read."""
    changes.mark_all_read(actor=request.actor)
    return redirect("jobs:notifications")


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
    return {"told": told, "icon": icon_of(told)}


def _job(request: SignedIn, job: Job) -> HttpResponse:
    return render(request, _part(request, "jobs/_job.html", "jobs/job.html"), shown(job))


def _changed(request: SignedIn, job: Job) -> HttpResponse:
    return _job(request, job) if is_fragment(request) else redirect("jobs:job", job.pk)


def _part(request: HttpRequest, fragment: str, page: str) -> str:
    return fragment if is_fragment(request) else page
