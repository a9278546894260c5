"""Work that comes again: schedules, and the jobs they enqueue when they are due."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.db import transaction

from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.queries import actor_of
from tresse.jobs.changes.queue import enqueue
from tresse.jobs.kinds import JOBS, SCHEDULES
from tresse.jobs.models import Schedule
from tresse.jobs.refusals import BAD_SCHEDULE
from tresse.kernel import clock

logger = logging.getLogger(__name__)


def next_time(*, after: datetime, every_seconds: int | None, cron: str, zone: str) -> datetime:
    """The first time after an instant at which a schedule is due.

    Where clocks are put forward, a time that does not exist is due right after the gap; where they
    are put back, one that exists twice is due once, as in Debian's cron.

    Raises:
        TresseError: `wrong_value`; the five fields cannot be read.
    """
    if every_seconds:
        return after + timedelta(seconds=every_seconds)
    try:
        found: datetime = next(CronSim(cron, after.astimezone(ZoneInfo(zone))))
    except (CronSimError, StopIteration):
        raise BAD_SCHEDULE(value=cron) from None
    return found.astimezone(UTC)


def add_schedule(
    name: str,
    *,
    kind: str,
    actor: Actor,
    arguments: Mapping[str, Any] | None = None,
    target: str = "",
    every_seconds: int | None = None,
    cron: str = "",
    zone: str = "UTC",
) -> Schedule:
    """Have work done again and again; a schedule of that name is changed.

    Missed times (no worker ran) are made up once, not one by one. While a job of the schedule
    lives, a further one is not enqueued.

    Args:
        name: Names the schedule, as `sync:crm`.
        kind: A member of `JOBS`.
        actor: With whose rights the work is done.
        arguments: For `Work.arguments`.
        target: What the work is about.
        every_seconds: The time between two, or:
        cron: Five fields, as `30 6 * * 1-5`, read in
        zone: a time zone.

    Raises:
        TresseError: `unknown_name`, `wrong_value`.
    """
    when: dict[str, Any] = {"every_seconds": every_seconds, "cron": cron, "zone": zone}
    columns = {
        "kind": JOBS[kind].name,
        "arguments": dict(arguments or {}),
        "target": target,
        "author_id": actor.user_id,
        **when,
    }
    with transaction.atomic():
        due = next_time(after=clock.now(), **when)
        # Two workers that start at once both want to make it; the constraint lets one.
        schedule, is_new = Schedule.objects.select_for_update().get_or_create(
            name=name, defaults={"next_at": due, **columns}
        )
        if is_new:
            return schedule
        # A change that does not touch the times must not put off what is due.
        if any(getattr(schedule, key) != value for key, value in when.items()):
            schedule.next_at = due
        for key, value in columns.items():
            setattr(schedule, key, value)
        schedule.save()
        return schedule


def remove_schedule(name: str) -> None:
    """Have work no longer done; jobs it enqueued stay."""
    Schedule.objects.filter(name=name).delete()


def set_up() -> None:
    """Make the schedules that every installation has, and take over what a new version changed."""
    for standing in SCHEDULES:
        add_schedule(
            standing.name,
            kind=standing.kind,
            actor=SYSTEM,
            arguments=standing.arguments,
            every_seconds=standing.every_seconds,
            cron=standing.cron,
        )


def enqueue_due() -> int:
    """Enqueue a job for each schedule that is due; answers how many were due."""
    due = Schedule.objects.filter(next_at__lte=clock.now())
    if not due.exists():
        return 0
    with transaction.atomic():
        schedules = list(due.select_for_update(skip_locked=True).order_by("id"))
        for schedule in schedules:
            _enqueue(schedule)
    return len(schedules)


def _enqueue(schedule: Schedule) -> None:
    if schedule.author is not None and not schedule.author.is_active:
        # Nobody answers for it any more; whoever takes it over sets it anew.
        logger.warning("Schedule %s is paused: its author is no longer active", schedule.name)
        schedule.next_at = None
        schedule.save(update_fields=["next_at"])
        return
    if schedule.kind in JOBS:
        enqueue(
            schedule.kind,
            arguments=schedule.arguments,
            target=schedule.target,
            actor=actor_of(schedule.author, source="system") if schedule.author else SYSTEM,
            unique=f"schedule:{schedule.name}",
        )
    else:  # of another version of the program; one odd row must not stop all schedules
        logger.warning("Schedule %s: there is no job kind %s", schedule.name, schedule.kind)
    schedule.next_at = next_time(
        after=clock.now(),
        every_seconds=schedule.every_seconds,
        cron=schedule.cron,
        zone=schedule.zone,
    )
    schedule.save(update_fields=["next_at"])
