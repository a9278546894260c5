"""Background work of the catalogue: clearing up after looks at sources."""

from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.sources.looking import forget_looks


def _forget(_work: Work) -> dict[str, int]:
    return {"removed": forget_looks()}


KINDS = (JobKind("source_looks", N_("Clearing up after looks at sources"), _forget),)
SCHEDULES = (StandingSchedule("source_looks", kind="source_looks", cron="41 * * * *"),)
