"""What this room does for itself, again and again."""

from tresse.jobs.changes import purge_notifications
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.marks import N_


def _purge(_work: Work) -> dict[str, int]:
    return {"deleted": purge_notifications()}


KINDS = (JobKind("purge_notifications", N_("Delete old notifications"), _purge),)
SCHEDULES = (
    StandingSchedule("purge_notifications", kind="purge_notifications", cron="17 3 * * *"),
)
