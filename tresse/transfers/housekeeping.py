"""What this room clears up by itself, every night."""

from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.transfers.changes.clearing import clear_imports


def _clear(_work: Work) -> dict[str, int]:
    return clear_imports()


KINDS = (JobKind("clear_imports", N_("Clearing up of imports"), _clear),)
SCHEDULES = (StandingSchedule("clear_imports", kind="clear_imports", cron="41 3 * * *"),)
