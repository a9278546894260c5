"""Background work of this room: runs, what asks for them, and what is cleared up."""

from collections.abc import Mapping
from typing import Any

from tresse.jobs.kinds import JobKind, NotificationKind, StandingSchedule
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.sources.changes.clearing import clear_sources
from tresse.sources.changes.endings import NOTICE, end_run, tell_of_quiet_sources
from tresse.sources.changes.runs import KIND
from tresse.sources.changes.schedules import DUE, read_due
from tresse.sources.extraction.run import run


def run_extraction(work: Work) -> Mapping[str, Any]:
    """Read a source, or its rejected rows again."""
    return run(work)


def run_ended(job: Job) -> None:
    """Bring the run in line with how its job ended."""
    end_run(job)


def run_clearing(_work: Work) -> Mapping[str, Any]:
    """Forget old runs, refused rows and files that belong to nothing."""
    return clear_sources()


def run_quiet(_work: Work) -> Mapping[str, Any]:
    """Tell owners of sources that bring nothing new."""
    return {"told": tell_of_quiet_sources()}


KINDS = (
    JobKind(KIND, N_("Reading of a source"), run_extraction, ended=run_ended),
    JobKind(DUE, N_("Start of a reading"), read_due),
    JobKind("clear_sources", N_("Clearing up of sources"), run_clearing),
    JobKind("quiet_sources", N_("Look for sources that bring nothing new"), run_quiet),
)
SCHEDULES = (
    StandingSchedule("clear_sources", kind="clear_sources", cron="53 3 * * *"),
    StandingSchedule("quiet_sources", kind="quiet_sources", cron="23 * * * *"),
)
NOTIFICATIONS = (NotificationKind(NOTICE, N_("Source"), "database"),)
