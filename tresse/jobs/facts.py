"""A job and a notification as the doors show them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tresse.jobs.kinds import JOBS, NOTIFICATIONS
from tresse.jobs.models import Job, Notification
from tresse.kernel import clock
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class State:
    """How a state is called and coloured. `partial` never looks like success (C119a)."""

    name: str
    label: str
    tone: str


STATE_LABELS: Registry[State] = Registry(
    N_("state"),
    (
        State("queued", N_("Waiting"), "grey"),
        State("running", N_("Running"), "info"),
        State("done", N_("Done"), "ok"),
        State("partial", N_("Partly done"), "warn"),
        State("held", N_("Waits for you"), "warn"),
        State("failed", N_("Failed"), "bad"),
        State("cancelled", N_("Cancelled"), "grey"),
        State("skipped", N_("Skipped"), "grey"),
    ),
)


def label_of(job: Job) -> str:
    """What sort of work it is, in the language that is active."""
    return gettext(JOBS[job.kind].label) if job.kind in JOBS else job.kind


def share_of(job: Job) -> float | None:
    """How much of the work is done, 0 to 1; None as long as the total is not known."""
    return min(job.done / job.total, 1.0) if job.total else None


def seconds_left(job: Job) -> int | None:
    """How long a running job will take at its pace so far; None if that cannot be said."""
    done = job.done - job.done_at_start
    if job.state != "running" or not job.total or done <= 0 or job.started_at is None:
        return None
    taken = (clock.now() - job.started_at).total_seconds()
    return max(round(taken * (job.total - job.done) / done), 0)


def facts_of(job: Job) -> dict[str, Any]:
    """A job as a row of a list, and as the answer 202 to whoever started it (C126)."""
    return {
        "id": job.pk,
        "url": f"/api/v1/jobs/{job.pk}",
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "seconds_left": seconds_left(job),
        "author": job.author.email if job.author else None,
        "target": job.target,
        "link": job.link,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def all_facts_of(job: Job) -> dict[str, Any]:
    """A job with its log, its result and how it ended."""
    return {
        **facts_of(job),
        "cancel_asked": job.cancel_asked,
        "result": job.result,
        "code": job.error_code or None,
        "message": job.error or None,
        "log": [{"at": at, "line": line} for at, line in job.log],
    }


def notification_facts(told: Notification) -> dict[str, Any]:
    """A notification as it is answered."""
    return {
        "id": told.pk,
        "kind": told.kind,
        "title": told.title,
        "sentence": told.sentence,
        "link": told.link,
        "created_at": told.created_at,
        "read_at": told.read_at,
    }


def icon_of(told: Notification) -> str:
    """The drawing beside a notification."""
    return NOTIFICATIONS[told.kind].icon if told.kind in NOTIFICATIONS else "bell"
