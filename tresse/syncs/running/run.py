"""A run of a sync, as a job: compare, send, keep what came of it (Y20 to Y46).

It may be killed at any moment and started again: what the destination acknowledged stands in the
state, and what is left is compared anew (Y35).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.db import transaction

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.engine.base import Stopped as EngineStopped
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.destinations import DESTINATIONS
from tresse.syncs.destinations.base import Counted, Destination, Held
from tresse.syncs.limits import FAILED_SHARE
from tresse.syncs.models import ADDED, COUNTERS, ENDED, REFUSED, Sync, SyncRun
from tresse.syncs.parsing import parsed
from tresse.syncs.refusals import (
    GIVEN_UP,
    KEY_LONG,
    KEY_NULL,
    KEY_REPEATED,
    NEVER_BUILT,
)
from tresse.syncs.running.beginning import known_of
from tresse.syncs.running.differing import compared, state_of
from tresse.syncs.running.keeping import Fault, forget_attempt, keep_faults, settle_faults
from tresse.syncs.running.sending import Doing, Sending
from tresse.syncs.running.wanted import Wanted, key_names

KEY_CODES = {each.code: each for each in (KEY_NULL, KEY_REPEATED, KEY_LONG)}


def run(work: Work) -> dict[str, Any]:
    """Carry a run out from where it is; answers the counts of Y61."""
    row = SyncRun.objects.select_related("sync__dataset").get(pk=work.arguments["run_id"])
    if row.state not in ENDED:
        try:
            carry_out(row, work)
        except EngineStopped:
            # The engine stops when it is asked to; who asked says why.
            work.check_cancelled()
            raise
        except TresseError as error:
            note(row, error.code, error.template, error.details)
            raise
    work.finish("held" if row.state == "held" else row.state if row.state == "partial" else "done")
    return answer(row)


def answer(run: SyncRun) -> dict[str, Any]:
    """What the command, the API and the job answer of a run (Y61)."""
    facts: dict[str, Any] = {"run": run.pk, "sync": run.sync.name, "state": run.state}
    facts |= {"version": run.number, "total": run.rows}
    facts |= {name: getattr(run, name) for name in COUNTERS}
    return facts | {"seconds": round(run.seconds, 3)}


def note(run: SyncRun, code: str, message: str, details: Mapping[str, Any]) -> None:
    """Keep why a run is held or failed, in words that can be translated."""
    run.code, run.message = code, message
    run.details = json.loads(json.dumps(dict(details), default=str))
    run.save(update_fields=["code", "message", "details"])


def carry_out(run: SyncRun, work: Doing) -> None:
    """Compare and send; the run is ended, or held, when this answers.

    Raises:
        TresseError: The sync or its dataset is not fit to be sent.
    """
    version = _begin(run)
    definition = parsed(run.definition)
    destination = DESTINATIONS[run.sync.kind]
    with engine(cancelled=lambda: work.is_stopped) as session:
        tables = tables_of(session, version)
        sending = sending_of(
            run,
            definition,
            version,
            session=session,
            tables=tables,
            destination=destination,
            work=work,
        )
        held: Held | None = None
        try:
            counted = destination.send(sending)
        except Held as brake:
            held, counted = brake, brake.counted
        if not run.arguments.get("take_over"):
            _count_faulty(sending, counted)
    _end(sending, counted, held)


def _begin(run: SyncRun) -> DatasetVersion:
    """Fix the version that is sent; a run that goes on keeps the one it has."""
    dataset = run.sync.dataset
    number = run.number or (dataset.version.number if dataset.version else None)
    version = dataset.versions.filter(number=number or 0).first()
    if version is None:
        raise NEVER_BUILT(dataset=dataset.name)
    run.state, run.number = "running", version.number
    run.started_at = run.started_at or now()
    run.definition = run.definition or run.sync.definition
    run.is_first = not run.sync.has_sent
    run.code = run.message = ""
    run.refused = run.failed = run.unchanged = 0
    run.save()
    forget_attempt(run)
    return version


def sending_of(
    run: SyncRun,
    definition: SyncDefinition,
    version: DatasetVersion,
    *,
    session: Engine,
    tables: Tables,
    destination: Destination,
    work: Doing,
) -> Sending:
    """Work out what differs."""
    linked = destination.linked(session, tables, definition)
    wanted = Wanted(session, tables, definition, linked=linked, moment=version.as_of)
    but = known_of(session, tables, run.sync) if definition.mode == "new_only" else None
    rows = wanted.keep(but)
    if keys := run.arguments.get("keys"):
        rows = session.keep("chosen", sa.select(rows).where(rows.c.id.in_(list(keys))))
    state = state_of(session, run.sync_id)
    difference = compared(session, rows, state, number=version.number)
    work.tell(total=difference.rows)
    golden = tables.golden
    changed = sa.select(sa.func.count()).select_from(
        rows.join(golden, sa.and_(golden.c.id == rows.c.id, golden.c.changed_in == version.number))
    )
    return Sending(
        run,
        definition,
        engine=session,
        version=version,
        tables=tables,
        wanted=wanted,
        rows_wanted=rows,
        difference=difference,
        changed_here=int(session.scalar(changed) or 0),
        work=work,
    )


def _count_faulty(sending: Sending, counted: Counted) -> None:
    """Rows that were refused before anything was sent, and those that a person gave up."""
    faults = [*_faulty(sending), *_given_up(sending)]
    counted.refused += len(faults)
    for each in faults:
        shown = {"key": each.key, "id": each.golden_id, "fields": {}, "code": each.code}
        shown |= {"message": each.message, "details": each.plain_details}
        sending.examples.add(REFUSED, shown)
    keep_faults(sending.run, faults, at=sending.at)


def _faulty(sending: Sending) -> Iterator[Fault]:
    faulty, name = sending.difference.faulty, key_names(sending.definition)
    statement = sa.select(faulty.c.id, faulty.c.key, faulty.c.code, faulty.c.n)
    for batch in sending.engine.batches(statement.order_by(faulty.c.key, faulty.c.id)):
        for row in batch.to_pylist():
            details = {"key": name, "number": row["n"], "value": row["key"][:200], "most": 600}
            refusal = KEY_CODES[row["code"]]
            yield Fault(
                row["key"][:600],
                row["id"],
                ADDED,
                REFUSED,
                code=refusal.code,
                message=refusal.sentence,
                details=details,
            )


def _given_up(sending: Sending) -> Iterator[Fault]:
    for row, fault in sending.given_up:
        at = fault.given_up_at
        details = {"date": at.date().isoformat() if at else "", "reason": fault.reason}
        yield Fault(
            row.key,
            row.id,
            row.sort,
            REFUSED,
            code=GIVEN_UP.code,
            message=GIVEN_UP.sentence,
            details=details,
        )


def _end(sending: Sending, counted: Counted, held: Held | None) -> None:
    """Write how the run ended; of a preview also its examples."""
    run = sending.run
    sending.total(counted)
    run.rows = sending.difference.rows
    sent = run.added + run.changed
    run.unchanged = run.rows - sent - counted.refused - counted.failed
    run.refused, run.failed = counted.refused, counted.failed
    if held is not None and held.is_before:
        run.unchanged = sending.difference.unchanged + sending.settled
        run.facts["waiting"] = run.rows - run.unchanged - run.refused
    run.examples = sending.examples.by_class if run.is_preview else {}
    run.facts["acknowledged"] = sending.difference.acknowledged
    if not sent and not _was_sent(run):
        run.facts["changed_here"] = sending.changed_here
    if sending.definition.mode == "new_only":
        run.facts["older"] = max(0, sending.version.rows - run.rows)
    if held is not None:
        run.state = "held"
        run.code, run.message = held.code, held.message
        run.details = json.loads(json.dumps(dict(held.details), default=str))
    else:
        left = run.refused + run.failed + run.facts.get("not_removed", 0)
        run.state = "partial" if left else "done"
    run.facts["many_failed"] = run.failed > FAILED_SHARE * max(1, run.rows)
    run.ended_at = now()
    run.seconds = (run.ended_at - (run.started_at or run.ended_at)).total_seconds()
    with transaction.atomic():
        run.save()
        if run.is_preview:
            return
        if not run.arguments.get("keys") and not run.arguments.get("take_over") and held is None:
            settle_faults(run)
        if held is None or sent + run.removed:
            Sync.objects.filter(pk=run.sync_id).update(has_sent=True)
    sending.work.tell(done=run.rows, total=run.rows)


def _was_sent(run: SyncRun) -> bool:
    """Whether an earlier run sent the same version: what it changed is no news then."""
    others = SyncRun.objects.filter(sync_id=run.sync_id, number=run.number, is_preview=False)
    return others.filter(state__in=("done", "partial")).exclude(pk=run.pk).exists()


def balance(run: SyncRun) -> bool:
    """Whether the counts of an ended run say of every row what became of it (Y61)."""
    told = run.added + run.changed + run.unchanged + run.refused + run.failed
    return told == run.rows


def examples_of(run: SyncRun) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    """Examples of a preview by class, in the order of pages."""
    order = ("added", "changed", "removed", "refused", "failed")
    return [(name, run.examples[name]) for name in order if run.examples.get(name)]
