"""Background work of this room: runs, previews, what asks for them, and what is cleared up."""

from collections.abc import Mapping
from typing import Any

from tresse.datasets.builds.registries import Follower, Pauses
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.syncs.changes.clearing import clear_syncs
from tresse.syncs.changes.endings import build_ended, end_run, tell_of_quiet_syncs
from tresse.syncs.changes.runs import KIND, PREVIEW, send_due
from tresse.syncs.changes.syncs import DUE, pause_for_rollback
from tresse.syncs.running.run import run


def run_sync(work: Work) -> Mapping[str, Any]:
    """Send a sync, or say what would be sent."""
    return run(work)


def run_ended(job: Job) -> None:
    """Bring the run in line with how its job ended."""
    end_run(job)


def run_clearing(_work: Work) -> Mapping[str, Any]:
    """Forget old runs and rows."""
    return clear_syncs()


def run_quiet(_work: Work) -> Mapping[str, Any]:
    """Tell owners of syncs that were not sent for long."""
    return {"told": tell_of_quiet_syncs()}


def one() -> int:
    """Syncs take turns: their destination is one (Y42)."""
    return 1


KINDS = (
    JobKind(KIND, N_("Sync"), run_sync, ended=run_ended, at_once=one),
    JobKind(PREVIEW, N_("Preview of a sync"), run_sync, ended=run_ended),
    JobKind(DUE, N_("Start of a sync"), send_due),
    JobKind("clear_syncs", N_("Clearing up of syncs"), run_clearing),
    JobKind("quiet_syncs", N_("Look for syncs that are not sent"), run_quiet),
)
SCHEDULES = (
    StandingSchedule("clear_syncs", kind="clear_syncs", cron="17 4 * * *"),
    StandingSchedule("quiet_syncs", kind="quiet_syncs", cron="37 * * * *"),
)
BUILD_FOLLOWERS = (Follower("syncs", build_ended),)
PAUSES = (Pauses("syncs", pause_for_rollback),)
