"""What changes of kind hand over: the job, the nightly end of old columns, the door of `apply`."""

from collections.abc import Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.kernel.marks import N_
from tresse.objects.models import Property
from tresse.objects.uses import Cleaner, KindChanger
from tresse.records.changes.kinds import (
    change_kind,
    drop_old_columns,
    fill_kind,
    forget_kinds,
    kind_change_ended,
)


def _change(row: Property, wanted: Mapping[str, Any], actor: Actor) -> None:
    change_kind(row, actor=actor, **wanted)


CHANGERS = (KindChanger("records", _change),)
CLEANERS = (Cleaner("kinds", forget_kinds),)
KINDS = (
    JobKind(
        "kind_change",
        N_("Change the kind of a property"),
        fill_kind,
        ended=kind_change_ended,
        notice="bulk",
    ),
    JobKind("kind_columns", N_("Let columns of former kinds go"), drop_old_columns),
)
SCHEDULES = (StandingSchedule("kind_columns", kind="kind_columns", cron="19 3 * * *"),)
