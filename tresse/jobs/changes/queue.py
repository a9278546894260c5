"""What people and rooms do to the queue: put work in, cancel it, let it go on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from tresse.accounts.actor import Actor
from tresse.jobs.changes.ending import End, end_row
from tresse.jobs.changes.leasing import is_lost, release
from tresse.jobs.kinds import JOBS
from tresse.jobs.models import LIVE, Job
from tresse.jobs.queries import job as job_of
from tresse.jobs.refusals import WRONG_STATE
from tresse.kernel import clock

KEPT = timedelta(days=90)
RESUMABLE = ("cancelled", "failed", "held", "partial", "skipped")


def enqueue(
    kind: str,
    *,
    arguments: Mapping[str, Any],
    actor: Actor,
    target: str = "",
    link: str = "",
    run_at: datetime | None = None,
    unique: str | None = None,
) -> Job:
    """Put work into the queue, in the caller's transaction: it is done if that commits.

    Args:
        kind: A member of `JOBS`.
        arguments: JSON values for `Work.arguments`.
        actor: Who has it done; the work is done with their rights.
        target: What the work is about, in words of people ("contacts.csv").
        link: Page of the target or the report, from the root of the site.
        run_at: Not before; now if left out.
        unique: Of the live jobs, one per key: if one lives already, that one is answered.

    Raises:
        TresseError: `unknown_name`; there is no such kind of job.
    """
    now = clock.now()
    wanted = {
        "kind": JOBS[kind].name,
        "arguments": dict(arguments),
        "target": target[:300],
        "link": link,
        "author_id": actor.user_id,
        "token_id": actor.token_id,
        "source": actor.source,
        "key": unique,
        "run_at": run_at or now,
        "created_at": now,
    }
    if unique is None:
        return Job.objects.create(**wanted)
    while True:
        try:
            with transaction.atomic():
                return Job.objects.create(**wanted)
        except IntegrityError:
            living = Job.objects.filter(key=unique, state__in=LIVE).first()
            if living is not None:
                return living
            # It ended between the two statements: now there is room for ours.
            if not Job.objects.filter(key=unique).exists():
                raise


def cancel(job_id: int, *, actor: Actor) -> Job:
    """Cancel a job: at once while it waits, within five seconds while it runs (C119a).

    What a running job has committed stays.

    Raises:
        TresseError: `unknown_name`, `wrong_state` (it has ended).
    """
    with transaction.atomic():
        job = _locked(job_id, actor)
        if job.state == "queued" or (job.state == "running" and is_lost(job)):
            return end_row(job, End("cancelled"))
        if job.state != "running":
            raise WRONG_STATE(id=job.pk, state=job.state, wanted=list(LIVE))
        job.cancel_asked = True
        job.save(update_fields=["cancel_asked"])
        return job


def resume(job_id: int, *, actor: Actor) -> Job:
    """Put a job that ended, or whose worker is dead, back into the queue: it goes on at its cursor.

    Raises:
        TresseError: `unknown_name`, `wrong_state` (it lives, is done, or another of its key lives).
    """
    with transaction.atomic():
        job = _locked(job_id, actor)
        if job.state == "running" and is_lost(job):
            return release(job) or job
        if job.state not in RESUMABLE:
            raise WRONG_STATE(id=job.pk, state=job.state, wanted=list(RESUMABLE))
        job.state, job.cancel_asked, job.crashes = "queued", False, 0
        job.error, job.error_code, job.finished_at = "", "", None
        job.run_at = clock.now()
        try:
            with transaction.atomic():
                job.save()
        except IntegrityError:
            living = Job.objects.filter(key=job.key, state__in=LIVE).get()
            raise WRONG_STATE(id=living.pk, state=living.state, wanted=RESUMABLE) from None
        return job


def purge_jobs() -> int:
    """Delete the system's own jobs that ended more than 90 days ago; people's jobs stay."""
    old = Job.objects.filter(author=None, finished_at__lt=clock.now() - KEPT)
    return old.delete()[0]


def _locked(job_id: int, actor: Actor) -> Job:
    job_of(job_id, actor=actor)
    return Job.objects.select_for_update().get(pk=job_id)
