"""Reads of jobs and notifications: what the asking person may see (C119a)."""

from dataclasses import replace

from django.db.models import QuerySet

from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.queries import actor_of_token, actor_with_id
from tresse.jobs.kinds import NOTIFICATIONS
from tresse.jobs.models import STATES, Job, Notification, NotificationChoice
from tresse.jobs.refusals import NO_SUCH_JOB, NO_SUCH_NOTIFICATION
from tresse.kernel.errors import WRONG_VALUE


def jobs_of(actor: Actor, *, state: str = "") -> QuerySet[Job]:
    """The jobs a person may see, newest first: their own, or all for an administrator.

    Raises:
        TresseError: `wrong_value`; there is no such state.
    """
    jobs = Job.objects.select_related("author").order_by("-id")
    if state:
        if state not in STATES:
            raise WRONG_VALUE(name="state", wanted=" | ".join(STATES), value=state)
        jobs = jobs.filter(state=state)
    if actor.rights.is_administrator:
        return jobs
    return jobs.filter(author_id=actor.user_id) if actor.user_id else jobs.none()


def job(job_id: int, *, actor: Actor) -> Job:
    """One job.

    Raises:
        TresseError: `unknown_name`; there is none, or the person may not see it.
    """
    found = jobs_of(actor).filter(pk=job_id).first()
    if found is None:
        raise NO_SUCH_JOB(id=job_id)
    return found


def actor_for(job: Job) -> Actor:
    """With whose rights a job is done: as they are now, not as they were when it was enqueued.

    Raises:
        TresseError: `inactive_user`; the author may no longer do anything.
    """
    if job.author_id is None:
        return SYSTEM
    actor = actor_with_id(job.author_id, source=job.source)
    if job.token is None:
        return actor
    return replace(actor_of_token(job.token), source=job.source)


def fresh(job_id: int) -> Job:
    """A job as it is now, for code that already has it."""
    return Job.objects.select_related("author").get(pk=job_id)


def notifications_of(
    actor: Actor, *, unread: bool = False, kind: str = ""
) -> QuerySet[Notification]:
    """A person's notifications, newest first; nobody sees those of another."""
    if actor.user_id is None:
        return Notification.objects.none()
    found = Notification.objects.filter(user_id=actor.user_id).order_by("-id")
    if kind:
        found = found.filter(kind=kind)
    return found.filter(read_at=None) if unread else found


def kinds_of(actor: Actor) -> list[str]:
    """The kinds of notifications that a person has."""
    found = notifications_of(actor).order_by().values_list("kind", flat=True).distinct()
    return sorted(found)


def notification(notification_id: int, *, actor: Actor) -> Notification:
    """One notification of the person.

    Raises:
        TresseError: `unknown_name`; there is none, or it is of another person.
    """
    found = notifications_of(actor).filter(pk=notification_id).first()
    if found is None:
        raise NO_SUCH_NOTIFICATION(id=notification_id)
    return found


def unread_number(actor: Actor) -> int:
    """How many notifications a person has not read."""
    return notifications_of(actor, unread=True).count()


def email_choices(user_id: int) -> dict[str, str]:
    """How notifications of each kind come by e-mail: `none`, `at_once` or `daily` (C118)."""
    rows = NotificationChoice.objects.filter(user_id=user_id).values_list("kind", "email")
    return {kind.name: "none" for kind in NOTIFICATIONS} | dict(rows)


def wanting_email(kind: str, email: str) -> set[int]:
    """Ids of active users who get notifications of a kind by e-mail `at_once` or `daily`."""
    rows = NotificationChoice.objects.filter(kind=kind, email=email, user__is_active=True)
    return set(rows.values_list("user_id", flat=True))
