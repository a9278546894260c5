"""Who works on what: claims with a lease, and gives back what a dead worker held."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from tresse.jobs import processes
from tresse.jobs.changes.ending import End, end_row
from tresse.jobs.kinds import JOBS
from tresse.jobs.models import Job
from tresse.jobs.refusals import JOB_CRASHED
from tresse.jobs.work import LEASE
from tresse.kernel import clock

CRASHES = 5
"Attempts in a row that may end without progress before a job is given up."

TRIES = 5

PATIENCE = timedelta(minutes=5)
"How long past its lease a process that still lives here keeps its job: a machine may have slept."


def claim(*, job_id: int | None = None) -> Job | None:
    """Take the job that waits longest (or the given one, if it waits) for this process.

    Jobs of a kind of which enough run already are passed over: they wait without a worker.

    Safe with any number of workers: PostgreSQL skips rows that another is claiming; SQLite has one
    writer at a time, and its transactions begin as writers.
    """
    now = clock.now()
    # A look without a lock first: an idle worker must not take the one writer's place of SQLite.
    # Again where another worker was quicker: then there may be more behind the one it took.
    for _ in range(TRIES):
        waiting = Job.objects.filter(state="queued", run_at__lte=now).exclude(kind__in=_full())
        if job_id is not None:
            waiting = waiting.filter(pk=job_id)
        waiting = waiting.order_by("run_at", "id")
        if not waiting.exists():
            return None
        if job := _take_first(waiting, now):
            return job
    return None


def _full() -> list[str]:
    """Kinds of which as many run as may at once."""
    limits = {kind.name: kind.at_once() for kind in JOBS if kind.at_once is not None}
    if not limits:
        return []
    running = Job.objects.filter(state="running", kind__in=limits).values_list("kind")
    counts = dict(running.annotate(number=Count("id")))
    return [name for name, most in limits.items() if counts.get(name, 0) >= most]


def _take_first(waiting: QuerySet[Job], now: datetime) -> Job | None:
    with transaction.atomic():
        job = waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        if job.kind in JOBS and JOBS[job.kind].at_once is not None:
            _alone(job.kind)
            if job.kind in _full():
                return None
        job.state = "running"
        job.attempt += 1
        job.started_at = now
        job.lease_until = now + LEASE
        job.worker = processes.this_process()
        job.done_at_start = job.done
        job.save()
        return job


def _alone(kind: str) -> None:
    """Until the commit, nobody else takes a job of the kind: what runs can be counted."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"job:{kind}"])


def place_of(job: Job) -> int:
    """How many jobs of its kind begin before a waiting one, itself included; 0 if it waits not."""
    if job.state != "queued":
        return 0
    before = Q(run_at__lt=job.run_at) | Q(run_at=job.run_at, pk__lte=job.pk)
    return Job.objects.filter(before, state="queued", kind=job.kind).count()


def release(job: Job, *, run_at: datetime | None = None, crashed: bool = False) -> Job | None:
    """Give a running job back to the queue, if this attempt still has it; None if another has.

    Args:
        job: As it was claimed.
        run_at: Not before; at once if left out.
        crashed: Whether the attempt counts as one that came to nothing (`CRASHES`).
    """
    with transaction.atomic():
        row = (
            Job.objects.select_for_update()
            .filter(pk=job.pk, attempt=job.attempt, state="running")
            .first()
        )
        if row is None:
            return None
        return _give_back(row, run_at=run_at, crashed=crashed)


def recover() -> int:
    """Give back, or end, the jobs whose worker is dead or whose lease has ended; how many."""
    lost = [job for job in Job.objects.filter(state="running") if is_lost(job)]
    return sum(release(job, crashed=True) is not None for job in lost)


def is_lost(job: Job) -> bool:
    """Whether nobody works on a running job any more."""
    lives = processes.lives(job.worker)
    if lives is False or job.lease_until is None:
        return True
    patience = PATIENCE if lives else timedelta()
    return job.lease_until + patience < clock.now()


def _give_back(job: Job, *, run_at: datetime | None, crashed: bool) -> Job:
    if job.cancel_asked:
        return end_row(job, End("cancelled"))
    job.crashes += crashed
    if job.crashes >= CRASHES:
        return end_row(job, End("failed", error=JOB_CRASHED(times=job.crashes)))
    job.state, job.lease_until, job.worker = "queued", None, ""
    if run_at is not None:
        job.run_at = run_at
    job.save()
    return job
