"""The worker: claims jobs, runs them, and sees to what dead workers left."""

import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext

from tresse.accounts.commandline import say
from tresse.jobs.changes import End, claim, enqueue_due, finish, recover, release, set_up
from tresse.jobs.changes.ending import speaking_to
from tresse.jobs.changes.leasing import place_of
from tresse.jobs.heartbeat import Heartbeat
from tresse.jobs.kinds import JOBS
from tresse.jobs.models import Job
from tresse.jobs.progress import Show, watch
from tresse.jobs.queries import actor_for, fresh
from tresse.jobs.refusals import INTERNAL
from tresse.jobs.ticks import Ticking, run_all
from tresse.jobs.work import Cancelled, LeaseLost, Stopped, Work
from tresse.kernel import clock
from tresse.kernel.errors import TresseError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
RECOVERY_SECONDS = 2.0
PAUSE_SECONDS = 2.0
PARENT_SECONDS = 1.0


def run(*, until_idle: bool = False, stop: threading.Event | None = None) -> int:
    """Work until told to stop; answers how many jobs were run.

    Any number of workers may run at once, on one machine or several.

    Args:
        until_idle: End when nothing waits that could be run now.
        stop: Ends the worker when set: the job at hand goes back into the queue at its cursor.
    """
    stop = stop or threading.Event()
    set_up()
    if until_idle:
        return _run(stop, until_idle=True)
    with Ticking():
        return _run(stop, until_idle=False)


def _run(stop: threading.Event, *, until_idle: bool) -> int:
    ran, looked = 0, -RECOVERY_SECONDS
    while not stop.is_set():
        leave_old_connection()
        try:
            if time.monotonic() - looked >= RECOVERY_SECONDS or until_idle:
                recover()
                enqueue_due()
                looked = time.monotonic()
            job = claim()
            if job is not None:
                run_claimed(job, stop=stop)
                ran += 1
                continue
            if until_idle and not run_all():
                break
        except (OperationalError, InterfaceError) as reason:
            # The database is away, or SQLite's one writer has it too long: it will come back.
            logger.warning("The worker waits for the database: %s", reason)
            stop.wait(PAUSE_SECONDS)
            continue
        if not until_idle:
            stop.wait(POLL_SECONDS)
    return ran


def run_here(job: Job, *, show: Show | None = None) -> Job:
    """Run one job in this process now, or watch it if a worker was quicker; answers its end.

    Where enough of its kind run already it waits for its turn, and says which place it has. Ctrl-C
    cancels the job; a second one, or a kill, leaves it to the next worker at its cursor.
    """
    recover()
    said = 0
    while (claimed := claim(job_id=job.pk)) is None:
        job = fresh(job.pk)
        place = place_of(job)
        if not place or job.run_at > clock.now():
            return watch(job, show=show)
        if place != said:
            say(
                gettext("{target} waits for its turn, at place {place}.").format(
                    target=job.target, place=place
                )
            )
            said = place
        time.sleep(POLL_SECONDS)
        recover()
    stop = threading.Event()
    asked = threading.Event()
    with listening({signal.SIGTERM: stop, signal.SIGINT: asked}):
        run_claimed(claimed, stop=stop, show=show, cancel=asked)
    return fresh(job.pk)


def run_claimed(
    job: Job,
    *,
    stop: threading.Event,
    show: Show | None = None,
    cancel: threading.Event | None = None,
) -> None:
    """Run a job that this process has claimed, and write how it ended."""
    began = time.monotonic()
    try:
        actor = actor_for(job)
    except TresseError as error:
        finish(job, End("failed", error=error))
        return
    work = Work(job, actor, stop)
    if cancel is not None:
        work.cancel_asked = cancel
    with speaking_to(job):
        try:
            with Heartbeat(work, show):
                end = _attempt(work)
        except (LeaseLost, Stopped, OperationalError, InterfaceError) as reason:
            _give_back(job, reason)
            return
        except BaseException:
            # A second Ctrl-C, or the end of the interpreter: not the doing of the job.
            release(job)
            raise
        ended = _settle(job, work, end)
    if show is not None:
        show(work.progress)
    logger.info(
        "Job %s (%s) ended %s after %.1f s, %s of %s",
        *(job.pk, job.kind, ended, time.monotonic() - began),
        *(work.progress.done, work.progress.total),
    )


def leave_old_connection() -> None:
    """Let the next statement connect anew if the server ended the connection or it grew old."""
    if not connection.in_atomic_block:  # as a test has it; a worker begins outside of any
        connection.close_if_unusable_or_obsolete()


def _attempt(work: Work) -> End:
    try:
        result = JOBS[work.kind].run(work)
    except Cancelled:
        return End("cancelled")
    except TresseError as error:
        return End("failed", error=error)
    except (LeaseLost, Stopped, OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001  the worker's top: a bug in one job ends that job only
        return End("failed", error=_logged(work.job_id))
    return End(work.end_state, result=result)


def _logged(job_id: int) -> TresseError:
    number = uuid.uuid4().hex[:12]
    logger.exception("Job %s failed by a bug, number %s", job_id, number)
    return INTERNAL(number=number)


def _give_back(job: Job, reason: Exception) -> None:
    """Put a job that did not end back into the queue."""
    if isinstance(reason, LeaseLost):
        logger.warning("Job %s: another worker has it now", job.pk)
        return
    if isinstance(reason, Stopped):
        logger.info("Job %s goes back into the queue at its cursor", job.pk)
        release(job)
        return
    # The database went away or was locked too long: later, and longer each time.
    logger.warning("Job %s: %s", job.pk, reason)
    leave_old_connection()
    wait = timedelta(seconds=2 ** min(job.crashes, 6))
    release(job, run_at=clock.now() + wait, crashed=True)


def _settle(job: Job, work: Work, end: End) -> str:
    _, columns = work.snapshot()
    work.mine().update(**columns)
    try:
        row = finish(job, end)
    except Exception:  # noqa: BLE001  a bug in what the kind does at its end must end the job too
        row = finish(job, End("failed", error=_logged(job.pk)), hook=False)
    return row.state if row else "elsewhere"


def end_with(parent: int, stop: threading.Event) -> None:
    """Set `stop` once the process that started this one has gone, however it went."""

    def watch_parent() -> None:
        while os.getppid() == parent:
            if stop.wait(PARENT_SECONDS):
                return
        stop.set()

    threading.Thread(target=watch_parent, daemon=True).start()


@contextmanager
def listening(events: dict[signal.Signals, threading.Event]) -> Iterator[None]:
    """Within the block a signal sets its event; the same signal again acts as it used to.

    Signals reach the main thread only; in another the block changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in events}

    def hear(number: int, _frame: FrameType | None) -> None:
        events[signal.Signals(number)].set()
        signal.signal(number, before[signal.Signals(number)])

    for number in events:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
