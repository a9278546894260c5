"""Kinds of background work, of notifications and of standing schedules, each in one registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

Result = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class JobKind:
    """A sort of background work.

    `run` does the work and answers its result (JSON). It goes on at `work.cursor`, commits in
    chunks with `work.save`, and asks `work.check_cancelled()` at least every few seconds. It may be
    started again at any moment, also after its last chunk: it then answers the same result.

    `ended` is called once per end, in the transaction that ends the job, whatever the end was: also
    when the work was cancelled before it began, or broken off too often.

    `notice` names the kind of notification that tells the author of the end; empty: nobody is told.

    `at_once` answers how many may run at once, whatever the number of workers; the others wait in
    their order and hold no worker. None: no limit.
    """

    name: str
    label: str
    run: Callable[[Work], Result]
    ended: Callable[[Job], None] | None = None
    notice: str = ""
    at_once: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A sort of notification (C117), with the icon shown beside it."""

    name: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class StandingSchedule:
    """A schedule that every installation has; made or changed when a worker starts."""

    name: str
    kind: str
    every_seconds: int | None = None
    cron: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


JOBS: Registry[JobKind] = Registry(N_("job kind"))
"Filled by `config.members.hand_over`."

SCHEDULES: Registry[StandingSchedule] = Registry(N_("schedule"))
"Filled by `config.members.hand_over`."

NOTIFICATIONS: Registry[NotificationKind] = Registry(
    N_("notification kind"),
    (
        NotificationKind("import", N_("Import"), "file-up"),
        NotificationKind("export", N_("Export"), "file-down"),
        NotificationKind("bulk", N_("Bulk change"), "list-checks"),
        NotificationKind("undo", N_("Undo"), "undo-2"),
        NotificationKind("assigned", N_("Assigned to me"), "user-plus"),
        NotificationKind("mention", N_("Mention"), "at-sign"),
        NotificationKind("task_due", N_("Task due"), "clock"),
        NotificationKind("sync_failed", N_("Sync failed"), "triangle-alert"),
        NotificationKind("automation_failed", N_("Automation failed"), "zap"),
        NotificationKind("duplicates", N_("Duplicates found"), "copy"),
        NotificationKind("job", N_("Background work"), "activity"),
    ),
)
