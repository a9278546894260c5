"""The check of an import, as a job: the plan made and kept (T60 to T62)."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.utils.formats import date_format

from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.records.writing import take_ids
from tresse.transfers.activities import acting
from tresse.transfers.activities.ids import reserve_activities
from tresse.transfers.apart import ReaderDied
from tresse.transfers.changes.refused import ready_for
from tresse.transfers.findings import of_error
from tresse.transfers.models import Import
from tresse.transfers.plan import Planning, make_plan
from tresse.transfers.prepare import Prepared, file_of, folder_of
from tresse.transfers.refusals import NO_MATCH_KEY_NOTICE, NOTICE, SAME_FILE_BEFORE
from tresse.transfers.run.drift import watermark
from tresse.transfers.stage import Stage
from tresse.transfers.told import Told

logger = logging.getLogger(__name__)


def check(work: Work) -> Import:
    """Plan an import and keep the plan."""
    row = Import.objects.get(pk=work.arguments["import_id"])
    ready = ready_for(row, work)

    def seen(done: int) -> None:
        work.tell(done=done)
        work.check_cancelled()

    with Stage(row.pk, folder_of(row.pk)).attached() as stage:
        plan(row, ready, stage, work, seen=seen)
    return row


def plan(
    row: Import,
    ready: Prepared,
    stage: Stage,
    work: Work,
    *,
    seen: Callable[[int], None],
) -> None:
    """Make the plan anew and write what it found into the import's row.

    In the middle of a run, whose stage was lost, only the stage is made anew: numbers and findings
    of the check stay.
    """
    try:
        _plan(row, ready, stage, work, seen=seen)
    except ReaderDied:
        logger.warning("The process that reads the file of import %d was killed.", row.pk)
        stage.close()
        anew = Stage(row.pk, stage.folder)
        _plan(row, ready, anew, work, seen=seen, may_read_apart=False)


def _plan(
    row: Import,
    ready: Prepared,
    stage: Stage,
    work: Work,
    *,
    seen: Callable[[int], None],
    may_read_apart: bool = True,
) -> None:
    is_again = row.change_set_id is not None
    Import.objects.filter(pk=row.pk).update(is_staged=False)
    if not is_again:
        row.findings.all().delete()
    told = Told(row.pk, "check", is_silent=is_again)
    mark = watermark()
    _tell_file(row, ready, told)
    with stage.read_by_several():
        made = make_plan(
            Planning(
                ready.layout,
                file_of(row.pk),
                ready.form,
                stage,
                told,
                acting(work.actor, ready.layout.object, ready.layout.model),
                ready.key_readings,
                seen,
                ready.empty_words,
                may_read_apart,
            )
        )
    row.watermark, row.is_staged = mark, True
    if is_again:
        with transaction.atomic():
            # New records are numbered anew, so they need a block of ids that nobody has used.
            row.first_id = take_ids(made.facts["new"]) if made.facts["new"] else 0
            reserve_activities(row, ready.layout, made.facts["new"])
            row.save(update_fields=["watermark", "is_staged", "first_id", "plan_facts"])
        return
    made.counters.blank += ready.form.blank
    row.planned, row.plan_facts, row.checked_at = made.counters.stored(), made.facts, now()
    row.save(
        update_fields=[
            *("planned", "plan_facts", "watermark", "is_staged", "checked_at"),
            *("form", "column_forms"),
        ]
    )


def _tell_file(row: Import, ready: Prepared, told: Told) -> None:
    """Notices about the file as a whole."""
    if not ready.layout.has_key:
        error = NO_MATCH_KEY_NOTICE(objects=ready.layout.object.plural.lower())
        told.add(of_error(error, 0, level=NOTICE))
    before = (
        Import.objects.filter(sha256=row.sha256, object_name=row.object_name, state="done")
        .exclude(pk=row.pk)
        .order_by("-id")
        .first()
    )
    if before is not None and before.finished_at is not None:
        day = date_format(before.finished_at, "Y-m-d")
        told.add(of_error(SAME_FILE_BEFORE(date=day), 0, level=NOTICE))


def end_check(job: Job) -> None:
    """State of the import after its check, in the transaction that ends the job."""
    states = {"done": "checked", "cancelled": "draft", "failed": "failed"}
    _end(job, states, finished=False)


def _end(job: Job, states: dict[str, str], *, finished: bool) -> None:
    row = Import.objects.select_for_update().filter(job_id=job.pk).first()
    if row is None:
        return
    row.state = states.get(job.state, "failed")
    if finished:
        row.finished_at = now()
    row.error_code = job.error_code
    row.error = {"message": job.error} if job.error else {}
    row.save(update_fields=["state", "finished_at", "error_code", "error"])
