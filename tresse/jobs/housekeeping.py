"""What this room does for itself, again and again."""

from tresse.jobs.changes import purge_jobs, purge_notifications
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.marks import N_


def _clear_up(_work: Work) -> dict[str, int]:
    return {"notifications": purge_notifications(), "jobs": purge_jobs()}


KINDS = (JobKind("clear_up", N_("Clear up"), _clear_up),)
SCHEDULES = (StandingSchedule("clear_up", kind="clear_up", cron="17 3 * * *"),)
