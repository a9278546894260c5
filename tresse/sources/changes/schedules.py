"""When a source is read by itself: at times, or after another source (S114)."""

from typing import Any

from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account
from tresse.jobs.changes import add_schedule, remove_schedule
from tresse.jobs.work import Work
from tresse.sources.changes.runs import extract
from tresse.sources.definition import When
from tresse.sources.models import Source

DUE = "source_due"
"Job kind that asks for a run when a schedule says so."


def schedule_of(source: Source) -> str:
    """Name of the schedule of a source."""
    return f"source:{source.pk}"


def set_times(source: Source, when: When) -> None:
    """Have a source read at its times; a disabled one, or one without times, is not.

    Sources are of the house, not of a person: their schedules go on when their author leaves.
    """
    after = Source.objects.filter(name=when.after).first() if when.after else None
    source.after = after
    if when.cron and source.is_enabled:
        source.schedule = add_schedule(
            schedule_of(source),
            kind=DUE,
            actor=SYSTEM,
            arguments={"source_id": source.pk},
            target=source.name,
            cron=when.cron,
            zone=when.zone or account().zone,
        )
    else:
        source.schedule = None
        remove_schedule(schedule_of(source))
    Source.objects.filter(pk=source.pk).update(after=after, schedule=source.schedule)


def read_due(work: Work) -> dict[str, Any] | None:
    """Ask for a run of the source whose time has come; one that goes on is joined (S110)."""
    source = Source.objects.filter(pk=work.arguments["source_id"]).first()
    if source is None or not source.is_reviewed:
        return None
    run, job = extract(source, actor=SYSTEM, cause="schedule")
    return {"run": run.pk, "job": job.pk}
