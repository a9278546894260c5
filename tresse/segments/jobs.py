"""Background work of lists and segments."""

from typing import Any

from django.utils.translation import gettext

from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.ticks import Tick
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.segments.changes import compare, fill, follow, keep_sizes, pass_time
from tresse.segments.changes.sizes import forget_sizes
from tresse.segments.changes.watching import forget_old

SECONDS = 2.0
"Between two looks for new events; a batch itself takes well below the rest of the 5 s of G53."


def _pass_time(_work: Work) -> dict[str, int]:
    return {"moved": pass_time(), "sizes": keep_sizes()}


def _nightly(work: Work) -> dict[str, Any]:
    different = compare()
    for name, number in different.items():
        work.log(
            gettext("{name}: {number} memberships differed and were mended.").format(
                name=name, number=number
            )
        )
    return {"different": different, "forgotten": forget_old() + forget_sizes()}


KINDS = (
    JobKind("list_fill", N_("Fill a list"), fill, notice="bulk"),
    JobKind("segments_time", N_("Keep segments as time passes"), _pass_time),
    JobKind("segments_compare", N_("Compare segments with their filters"), _nightly),
)
SCHEDULES = (
    StandingSchedule("segments_time", kind="segments_time", cron="*/15 * * * *"),
    StandingSchedule("segments_compare", kind="segments_compare", cron="23 2 * * *"),
)
TICKS = (Tick("segments", SECONDS, follow),)
