"""What a kind of job is given to work with: arguments, cursor, progress, log, and when to stop."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tresse.accounts.actor import Actor
from tresse.jobs.models import Job
from tresse.kernel import clock

LEASE = timedelta(seconds=30)
LOG_LINES = 200
LINE_LENGTH = 500


class Cancelled(Exception):  # noqa: N818  not an error: a person asked for it
    """A person cancelled the job: what was committed stays."""


class Stopped(Exception):  # noqa: N818  not an error: the worker was asked to end
    """The worker is to end: the job goes back into the queue and goes on at its cursor."""


class LeaseLost(Exception):  # noqa: N818  not an error of the job
    """Another worker has the job now: nothing of this attempt may be committed any more."""


@dataclass(slots=True)
class Progress:
    """How far an attempt is, in memory; `version` grows with every change."""

    done: int
    total: int | None
    log: list[list[str]] = field(default_factory=list)
    version: int = 0

    def columns(self) -> dict[str, Any]:
        """As the table of jobs keeps it."""
        return {"done": self.done, "total": self.total, "log": list(self.log)}


class Work:
    """One attempt at a job, as its kind sees it.

    `cursor` is what the last `save` wrote, None at the first attempt. `finish(state)` says in which
    state the job ends when the kind returns: `done` unless told otherwise.
    """

    def __init__(self, job: Job, actor: Actor, stop: threading.Event | None = None) -> None:
        self.job_id: int = job.pk
        self.kind = job.kind
        self.attempt = job.attempt
        self.target = job.target
        self.actor = actor
        self.arguments: Mapping[str, Any] = job.arguments
        self.cursor: Any = job.cursor
        self.progress = Progress(job.done, job.total, list(job.log))
        self.end_state = "done"
        self.cancel_asked = threading.Event()
        self.lost = threading.Event()
        self._stop = stop or threading.Event()
        self._lock = threading.Lock()

    def save(self, cursor: Any, *, done: int | None = None, total: int | None = None) -> None:
        """Write where the work goes on, in the transaction of the work it stands for.

        Call it last in that transaction: from here to the commit the row of the job is locked.

        Raises:
            LeaseLost: Another attempt has the job; let the exception roll the transaction back.
        """
        self.tell(done=done, total=total)
        with self._lock:
            columns = self.progress.columns()
        written = self.mine().update(
            cursor=cursor, crashes=0, lease_until=clock.now() + LEASE, **columns
        )
        if not written:
            self.lost.set()
            raise LeaseLost
        self.cursor = cursor

    def tell(self, *, done: int | None = None, total: int | None = None) -> None:
        """Show how far the work is, without writing a cursor; people see it within a second."""
        with self._lock:
            if done is not None:
                self.progress.done = done
            if total is not None:
                self.progress.total = total
            self.progress.version += 1

    def log(self, line: str) -> None:
        """Add a line to the log; of a long log the last lines are kept."""
        with self._lock:
            self.progress.log.append([clock.now().isoformat(), line[:LINE_LENGTH]])
            del self.progress.log[:-LOG_LINES]
            self.progress.version += 1

    def check_cancelled(self) -> None:
        """Stop here if a person cancelled the job or the worker is to end.

        Costs nothing (it looks at flags), so ask often: cancelling acts within five seconds only
        if this is called within a few. Outside of a transaction, or let that be rolled back.

        Raises:
            Cancelled: A person asked for it.
            Stopped: The worker is to end; the job goes on later at its cursor.
            LeaseLost: Another attempt has the job.
        """
        if self.lost.is_set():
            raise LeaseLost
        if self.cancel_asked.is_set():
            raise Cancelled
        if self._stop.is_set():
            raise Stopped

    @property
    def is_stopped(self) -> bool:
        """Whether `check_cancelled` would stop the work here; for threads that must not raise."""
        return self.lost.is_set() or self.cancel_asked.is_set() or self._stop.is_set()

    def finish(self, state: str) -> None:
        """End as `done`, `partial`, `held` or `skipped` when the kind returns."""
        self.end_state = state

    def mine(self) -> Any:
        """The row of the job, as long as this attempt has it."""
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, state="running")

    def snapshot(self) -> tuple[int, dict[str, Any]]:
        """Version and columns of the progress, taken at one moment."""
        with self._lock:
            return self.progress.version, self.progress.columns()
