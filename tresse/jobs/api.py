"""Jobs and notifications over REST."""

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from tresse.accounts.paging import page_of
from tresse.accounts.requests import SignedIn
from tresse.accounts.schemas import LIMIT
from tresse.jobs import changes, queries
from tresse.jobs.facts import all_facts_of, facts_of, notification_facts

router = Router(tags=["Jobs"])


class JobOut(Schema):
    """A job in a list; also the body of an answer 202 (C126)."""

    id: int
    url: str
    kind: str
    state: str
    done: int
    total: int | None
    seconds_left: int | None
    author: str | None
    target: str
    link: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class LogLine(Schema):
    """A line of a job's log."""

    at: datetime
    line: str


class JobInFull(JobOut):
    """A job with its log, its result and how it ended."""

    cancel_asked: bool
    result: Any
    code: str | None
    message: str | None
    log: list[LogLine]


class JobPage(Schema):
    """Some jobs, and the cursor of the next ones."""

    jobs: list[JobOut]
    cursor: str | None


class NotificationOut(Schema):
    """A notification."""

    id: int
    kind: str
    title: str
    sentence: str
    link: str
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Schema):
    """Some notifications, the cursor of the next ones, and how many are unread."""

    notifications: list[NotificationOut]
    cursor: str | None
    unread: int


class ReadOut(Schema):
    """How many notifications were marked."""

    marked: int


@router.get("/jobs", response=JobPage)
def job_list(
    request: SignedIn, state: str = "", cursor: str | None = None, limit: int = LIMIT
) -> Any:
    """The jobs you may see: your own, or all for an administrator; the newest first."""
    found = queries.jobs_of(request.actor, state=state)
    rows, following = page_of(found, cursor=cursor, limit=limit)
    return {"jobs": [facts_of(job) for job in rows], "cursor": following}


@router.get("/jobs/{job_id}", response=JobInFull)
def job_get(request: SignedIn, job_id: int) -> Any:
    """One job with its log and result."""
    return all_facts_of(queries.job(job_id, actor=request.actor))


@router.post("/jobs/{job_id}/cancel", response=JobInFull)
def job_cancel(request: SignedIn, job_id: int) -> Any:
    """Cancel a job; what it has done stays. A running one ends within five seconds."""
    return all_facts_of(changes.cancel(job_id, actor=request.actor))


@router.post("/jobs/{job_id}/resume", response=JobInFull)
def job_resume(request: SignedIn, job_id: int) -> Any:
    """Let an ended job go on where it stopped."""
    return all_facts_of(changes.resume(job_id, actor=request.actor))


@router.get("/notifications", response=NotificationPage)
def notification_list(
    request: SignedIn,
    unread: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Any:
    """Your notifications, the newest first; with `unread=true` those you have not read."""
    found = queries.notifications_of(request.actor, unread=unread)
    rows, following = page_of(found, cursor=cursor, limit=limit)
    return {
        "notifications": [notification_facts(told) for told in rows],
        "cursor": following,
        "unread": queries.unread_number(request.actor),
    }


@router.post("/notifications/read", response=ReadOut)
def notification_read_all(request: SignedIn) -> Any:
    """Mark all of your notifications as read."""
    return {"marked": changes.mark_all_read(actor=request.actor)}


@router.post("/notifications/{notification_id}/read", response=NotificationOut)
def notification_read(request: SignedIn, notification_id: int) -> Any:
    """Mark a notification as read."""
    return notification_facts(changes.mark(notification_id, read=True, actor=request.actor))


@router.post("/notifications/{notification_id}/unread", response=NotificationOut)
def notification_unread(request: SignedIn, notification_id: int) -> Any:
    """Mark a notification as not read."""
    return notification_facts(changes.mark(notification_id, read=False, actor=request.actor))
