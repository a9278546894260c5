"""Keeps a job's lease while its work goes on, from a thread with a connection of its own."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType

from django.db import DatabaseError, connection, transaction

from tresse.jobs.models import Job
from tresse.jobs.work import LEASE, Progress, Work
from tresse.kernel import clock

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
RENEWAL_SECONDS = LEASE.total_seconds() / 3
WAIT_MILLISECONDS = 500
"How long a beat waits for SQLite's one writer: the work itself renews the lease with every save."


class Heartbeat:
    """Within the block, each second: is it cancelled or lost, how far is it, is the lease young.

    A beat that finds the database locked is left out; the next one comes in a second.
    """

    def __init__(self, work: Work, show: Callable[[Progress], None] | None = None) -> None:
        self._work = work
        self._show = show
        self._end = threading.Event()
        self._renewed = time.monotonic()
        self._written = work.progress.version
        self._thread = threading.Thread(
            target=self._beat_until_end, name=f"heartbeat of job {work.job_id}", daemon=True
        )

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _beat_until_end(self) -> None:
        try:
            while not self._end.wait(BEAT_SECONDS):
                if self._show is not None:
                    self._show(self._work.progress)
                try:
                    self._beat()
                except DatabaseError as error:
                    logger.debug("Job %s: no beat (%s)", self._work.job_id, error)
                    connection.close_if_unusable_or_obsolete()
        finally:
            connection.close()

    def _beat(self) -> None:
        if connection.connection is None and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        self._look()
        version, columns = self._work.snapshot()
        age = time.monotonic() - self._renewed
        if version == self._written and age < RENEWAL_SECONDS:
            return
        if self._write(columns):
            self._written = version
            self._renewed = time.monotonic()

    def _look(self) -> None:
        """Raise the flags that `Work.check_cancelled` looks at."""
        row = (
            Job.objects.filter(pk=self._work.job_id)
            .values_list("attempt", "state", "cancel_asked")
            .first()
        )
        if row is None:
            return  # not committed yet: the whole job runs in a test's transaction
        attempt, state, cancel_asked = row
        if (attempt, state) != (self._work.attempt, "running"):
            self._work.lost.set()
        elif cancel_asked:
            self._work.cancel_asked.set()

    def _write(self, columns: dict[str, object]) -> bool:
        with transaction.atomic():
            # A save that is not committed yet holds the row, and renews the lease itself.
            row = self._work.mine().select_for_update(skip_locked=True).values_list("pk").first()
            if row is None:
                return False
            self._work.mine().update(lease_until=clock.now() + LEASE, **columns)
        return True
