"""Emptying the bin of what has been in it for long enough (C57)."""

from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.kernel.marks import N_
from tresse.records.changes.purge import purge_overdue

KINDS = (JobKind("purge", N_("Empty the bin"), purge_overdue),)
SCHEDULES = (StandingSchedule("purge", kind="purge", cron="11 3 * * *"),)
