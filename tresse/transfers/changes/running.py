"""The run of an import, as a job: a plan written chunk by chunk (T63 to T69)."""

import time
from typing import Any

from django.db import transaction

from tresse.accounts.queries import actor_of
from tresse.jobs.changes import enqueue
from tresse.jobs.models import Job
from tresse.jobs.work import Cancelled, Work
from tresse.kernel.clock import now
from tresse.objects.changes import change_property
from tresse.objects.models import Property
from tresse.records.changes.email_companies import FromEmail, link_by_email
from tresse.records.email_companies import contacts_with_new_email, rule
from tresse.records.writing import new_change_set, take_ids
from tresse.transfers.activities import acting, import_model, is_activity
from tresse.transfers.activities.ids import release_activities, reserve_activities
from tresse.transfers.changes.checking import _end, plan
from tresse.transfers.changes.new_properties import make_new_properties
from tresse.transfers.changes.refused import ready_for
from tresse.transfers.counters import Counters
from tresse.transfers.models import Import
from tresse.transfers.prepare import Prepared, folder_of, prepared
from tresse.transfers.refusals import NOTHING_WRITTEN, PLAN_CHANGED
from tresse.transfers.run import Running, run_plan
from tresse.transfers.stage import Stage, pieces
from tresse.transfers.staged import Staged, staged_tables
from tresse.transfers.told import Told


def run(work: Work) -> Import:
    """Run an import from where it is; killed at any moment and run again, it ends the same."""
    row = Import.objects.get(pk=work.arguments["import_id"])
    if row.finished_at is not None and row.state == "done":
        return row
    Import.objects.filter(pk=row.pk).update(state="running")
    row.state = "running"
    ready = ready_for(row, work)
    stage = Stage(row.pk, folder_of(row.pk))
    if _is_written(row):
        _link_companies(row, ready, work)
        stage.remove()
        return row
    with stage.attached():
        staged = _planned(row, ready, stage, work)
        began = time.monotonic()
        if row.change_set_id is None:
            _begin(row, ready, work)
            if row.plan_facts.get("made_properties"):
                # What was only described is there now: the same stage, by the real properties.
                ready = prepared(row, actor=work.actor)
                staged = staged_tables(Stage(row.pk, folder_of(row.pk)), ready.layout)
        try:
            counters = run_plan(_running(row, ready, staged, work))
        except Cancelled:
            row.seconds += time.monotonic() - began
            row.save(update_fields=["seconds"])
            raise
    if row.cursor == 0:
        # A file without a row that could be read: no chunk has saved the counters.
        row.counters = counters.stored()
    _link_companies(row, ready, work)
    counters.check()
    row.seconds += time.monotonic() - began
    row.save(update_fields=["counters", "seconds"])
    _check_whole(row, counters)
    stage.remove()
    return row


def _link_companies(row: Import, ready: Prepared, work: Work) -> None:
    """Link the contacts whose e-mail came with the file to their companies (C46).

    What is linked already stays, so that a run broken off here may begin again.
    """
    model, done = ready.layout.model, FromEmail()
    if ready.layout.object.name != "contact" or rule(model) is None:
        return
    change_set = row.change_set_id or 0
    for few in pieces(contacts_with_new_email(model, change_set)):
        work.check_cancelled()
        with transaction.atomic():
            done += link_by_email(model, few, actor=work.actor, change_set=change_set)
    row.plan_facts["email_companies"] = {"linked": done.linked, "created": done.created}
    row.save(update_fields=["plan_facts"])


def _is_written(row: Import) -> bool:
    """Whether an earlier attempt wrote the last chunk and was broken off after it."""
    return row.change_set_id is not None and row.cursor >= row.plan_facts.get("last_line", 0) > 0


def _planned(row: Import, ready: Prepared, stage: Stage, work: Work) -> Staged:
    """The stage with its plan: the one of the check, or made now."""
    staged = staged_tables(stage, ready.layout)
    is_there = row.is_staged and (row.planned.get("rows") == 0 or stage.is_there(staged.plan))
    wants_again = ready.layout.settings.same_plan and row.change_set_id is None and row.is_staged
    if is_there and not wants_again:
        return staged

    def seen(done: int) -> None:
        work.tell(done=done)
        work.check_cancelled()

    before = dict(row.planned)
    plan(row, ready, Stage(row.pk, folder_of(row.pk)), work, seen=seen)
    if wants_again and is_there and before != row.planned:
        raise _changed(before, row.planned)
    return staged


def _changed(before: dict[str, Any], after: dict[str, Any]) -> Exception:
    for name in ("created", "updated", "failed", "skipped", "unchanged"):
        if before.get(name) != after.get(name):
            return PLAN_CHANGED(number=after.get(name), what=name, before=before.get(name))
    return PLAN_CHANGED(number=after.get("rows"), what="rows", before=before.get("rows"))


def _begin(row: Import, ready: Prepared, work: Work) -> None:
    """Reserve ids and open the change set; the first write of a run."""
    settings = ready.layout.settings
    if settings.all_or_nothing and row.plan_facts.get("faults"):
        raise NOTHING_WRITTEN(number=_faulty_rows(row))
    new = int(row.plan_facts.get("new", 0))
    with transaction.atomic():
        make_new_properties(row, ready.layout, work.actor)
        for name, options in row.plan_facts.get("new_options", {}).items():
            prop = Property.objects.get(object_type__name=row.object_name, name=name)
            named = [{"name": option, "label": label} for option, label in options]
            change_property(prop, options=named, actor=work.actor)
            made = row.plan_facts.setdefault("made_options", [])
            made += [[prop.pk, option] for option, _ in options]
        row.started_at = now()
        row.change_set_id = new_change_set(
            work.actor,
            source="import",
            source_id=row.pk,
            is_quiet=not settings.fire_automations,
            at=row.started_at,
        )
        row.first_id = take_ids(new) if new else 0
        reserve_activities(row, ready.layout, new)
        row.counters = _first_counters(row).stored()
        row.save(
            update_fields=["started_at", "change_set_id", "first_id", "counters", "plan_facts"]
        )


def _faulty_rows(row: Import) -> int:
    faulty = row.findings.filter(level__in=("row", "cell", "link"))
    return faulty.values("line").distinct().count()


def _first_counters(row: Import) -> Counters:
    """Counters before the first chunk: what the reading and the plan settled for good."""
    planned = Counters.read(row.planned)
    counters = Counters(
        blank=planned.blank,
        cells_left_out=planned.cells_left_out,
        primary_links=planned.primary_links,
    )
    counters.rows = counters.failed = int(row.plan_facts.get("rejected", 0))
    for kind, counts in planned.pairs.items():
        counters.add_pairs(kind, failed=counts["failed"], not_tried=counts["not_tried"])
    return counters


def _running(row: Import, ready: Prepared, staged: Staged, work: Work) -> Running:
    total = int(row.planned.get("rows", 0))

    def save(line: int, counters: Counters) -> None:
        row.cursor, row.counters = line, counters.stored()
        row.save(update_fields=["cursor", "counters"])
        work.save(line, done=counters.rows, total=total)

    return Running(
        layout=ready.layout,
        staged=staged,
        told=Told(row.pk, "run"),
        actor=acting(work.actor, ready.layout.object, ready.layout.model),
        at=row.started_at or now(),
        change_set=row.change_set_id or 0,
        first_id=row.first_id or 0,
        first_activity=row.plan_facts.get("first_activity", 0),
        cursor=row.cursor,
        seen=row.watermark,
        counters=Counters.read(row.counters),
        save=save,
        pause=work.check_cancelled,
        finish=lambda: release_activities(row),
    )


def _check_whole(row: Import, counters: Counters) -> None:
    """Every row of the file is in the counters once."""
    planned = Counters.read(row.planned)
    if counters.rows != planned.rows:
        message = f"{counters.rows} rows were written of {planned.rows} planned."
        raise AssertionError(message)


def end_run(job: Job) -> None:
    """State of the import after its run, in the transaction that ends the job."""
    states = {"done": "done", "cancelled": "cancelled", "failed": "failed"}
    _end(job, states, finished=True)
    row = Import.objects.get(pk=job.arguments["import_id"])
    if row.state != "done" or job.author is None:
        return
    counters = Counters.read(row.counters)
    is_about_records = not is_activity(import_model(row.object_name).object(row.object_name))
    if counters.created + counters.updated and is_about_records:
        enqueue(
            "duplicates",
            arguments={"objects": [row.object_name], "change_set": row.change_set_id},
            actor=actor_of(job.author),
            target=row.file_name,
            unique=f"duplicates:import:{row.pk}",
        )
