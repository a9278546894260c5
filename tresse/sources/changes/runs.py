"""Runs of sources as people ask for them: read, publish what is held, cancel, read again."""

import shutil
from pathlib import Path

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.permission import require_right
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.runs import remember
from tresse.kernel.clock import now
from tresse.sources.extraction import places
from tresse.sources.extraction.publishing import give_up
from tresse.sources.extraction.refusals import (
    HELD_OUTDATED,
    NOT_REVIEWED,
    NOTHING_HELD,
    NOTHING_REJECTED,
    RUN_BROKEN,
    RUN_GOING_ON,
    RUN_STATE,
)
from tresse.sources.models import LIVE, Rejection, Source, SourceRun
from tresse.sources.stored import definition_of

KIND = "extraction"
REJECTIONS = "rejections"
"Mode of a run that reads rejected rows again (S105)."
MANAGE = "datasets.manage"


def extract(
    source: Source,
    *,
    actor: Actor,
    full: bool = False,
    refused: bool = False,
    publish_held: bool = False,
    cause: str = "person",
    cause_name: str = "",
) -> tuple[SourceRun, Job]:
    """Read a source, as a job. A request while a run waits or goes on joins that run (S110).

    Args:
        source: What to read.
        actor: Needs `datasets.manage`.
        full: Everything is read, whatever was read before (S70).
        refused: Files that were refused are read again too, as they are now (S83, S88).
        publish_held: Publish the run that waits for a decision instead (`publish_held`).
        cause: What starts it: `person schedule after system`.
        cause_name: Of `after`: the source it comes after.

    Raises:
        TresseError: `not_permitted`, `not_reviewed` (S53), `run_going_on` (a full reading, or
            one of refused files, is asked for while another reading goes on), `wrong_state` and
            `held_outdated` (of `publish_held`).
    """
    if publish_held:
        return _let_through(held_run(source), actor)
    require_right(actor, MANAGE)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=source.pk)
        live = live_run(source)
        if live is not None:
            return _joined(live, full=full, refused=refused, again=cause == "after")
        if not source.is_reviewed:
            raise NOT_REVIEWED(source=source.name)
        run = SourceRun.objects.create(
            source=source,
            mode=definition_of(source).extract.mode,
            is_full=full,
            is_first=source.version_id is None,
            cause=cause,
            cause_name=cause_name,
            author_id=actor.user_id,
            arguments={"refused": True} if refused else {},
        )
        return run, _enqueue(run, actor)


def live_run(source: Source) -> SourceRun | None:
    """The run of a locked source that waits or goes on; one that was lost is ended first."""
    live = source.runs.filter(state__in=LIVE).select_related("job", "source").first()
    if live is None or (live.job is not None and live.job.is_live):
        return live
    # Its job ended without telling it, by a bug; it must not block its source for ever.
    lost = RUN_BROKEN()
    live.state, live.ended_at = "failed", now()
    live.code, live.message = lost.code, lost.template
    live.save()
    return None


def _joined(run: SourceRun, *, full: bool, refused: bool, again: bool) -> tuple[SourceRun, Job]:
    job = run.job
    if job is None:
        raise AssertionError
    if full and not run.is_full:
        if run.state != "queued":
            raise RUN_GOING_ON(run=run.pk, source=run.source.name)
        run.is_full = True
        run.save(update_fields=["is_full"])
    if refused and not run.is_full and not run.arguments.get("refused"):
        if run.state != "queued" or run.mode == REJECTIONS:
            raise RUN_GOING_ON(run=run.pk, source=run.source.name)
        remember(run, refused=True)
    if again and run.state == "running":
        # What it comes after has changed since this run began: it is read once more at its end.
        remember(run, again=True)
    return run, job


def _enqueue(run: SourceRun, actor: Actor) -> Job:
    source = run.source
    job = jobs.enqueue(
        KIND,
        arguments={"source_id": source.pk, "run_id": run.pk},
        actor=actor,
        target=source.name,
        link=page_of(run),
        unique=f"{KIND}:{source.pk}:{run.pk}",
    )
    run.job = job
    run.save(update_fields=["job", "state"])
    Source.objects.filter(pk=source.pk).update(last_run=run)
    return job


def page_of(run: SourceRun) -> str:
    """The page of a run, from the root of the site."""
    return f"/sources/{run.source.name}/runs/{run.pk}/"


def held_run(source: Source) -> SourceRun:
    """The newest run of a source that waits for a decision.

    Raises:
        TresseError: `wrong_state`; there is none.
    """
    found = source.runs.filter(state="held").select_related("source").order_by("-id").first()
    if found is None:
        raise NOTHING_HELD(source=source.name)
    return found


def publish_held(run: SourceRun, *, actor: Actor) -> tuple[SourceRun, Job]:
    """Let a run that is held through its guards: what it read is published (S80, S104).

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it is not held), `held_outdated` (a newer
            version was published since), `run_going_on`.
    """
    return _let_through(run, actor)


def _let_through(run: SourceRun, actor: Actor) -> tuple[SourceRun, Job]:
    require_right(actor, MANAGE)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=run.source_id)
        run = SourceRun.objects.select_related("source").get(pk=run.pk)
        _require_state(run, ("held",))
        live = live_run(source)
        if live is not None:
            raise RUN_GOING_ON(run=live.pk, source=source.name)
        if run.arguments.get("base") != source.version_id:
            raise HELD_OUTDATED(run=run.pk, source=source.name)
        run.state, run.is_confirmed = "queued", True
        run.code, run.message, run.details, run.ended_at = "", "", {}, None
        run.save()
        audit.log(actor, "source_run.publish", source.name, after={"run": run.pk})
        return run, _enqueue(run, actor)


def cancel_run(run: SourceRun, *, actor: Actor) -> SourceRun:
    """Stop a run: what was published before stays. One that is held is thrown away.

    A run that goes on ends within five seconds (S113).

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it has ended).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        run = SourceRun.objects.select_for_update().get(pk=run.pk)
        _require_state(run, (*LIVE, "held"))
        if run.state == "held":
            run.state, run.ended_at = "cancelled", now()
            give_up(run)
            run.save()
        elif run.job_id is not None:
            # Whoever may read sources may also stop a run that somebody else began.
            jobs.cancel(run.job_id, actor=SYSTEM)
        audit.log(actor, "source_run.cancel", run.source.name, after={"run": run.pk})
    run.refresh_from_db()
    return run


def read_rejections_again(
    run: SourceRun, *, actor: Actor, file: Path | None = None
) -> tuple[SourceRun, Job]:
    """Read the rejected rows of a run again by today's rules, as a job (S105).

    Rows that pass now enter as new or changed, unless a later run brought a newer row of that key.

    Args:
        run: Whose rejected rows.
        actor: Needs `datasets.manage`.
        file: A CSV of rejected rows, corrected: as `rejections.csv` was given out, with the columns
            of the source. Its rows are read instead; those with a number stand for the rejected
            row of that number. It is copied.

    Raises:
        TresseError: `not_permitted`, `nothing_rejected`, `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=run.source_id)
        if not Rejection.objects.filter(run_id=run.pk, state=Rejection.OPEN).exists():
            raise NOTHING_REJECTED(run=run.pk, source=source.name)
        live = live_run(source)
        if live is not None:
            raise RUN_GOING_ON(run=live.pk, source=source.name)
        again = SourceRun.objects.create(
            source=source,
            mode=REJECTIONS,
            is_first=False,
            author_id=actor.user_id,
            arguments={"of": run.pk, "file": file is not None},
        )
        if file is not None:
            shutil.copyfile(file, places.made(again.pk) / places.CORRECTED)
        return again, _enqueue(again, actor)


def _require_state(run: SourceRun, wanted: tuple[str, ...]) -> None:
    if run.state not in wanted:
        raise RUN_STATE(run=run.pk, source=run.source.name, state=run.state, wanted=wanted)
