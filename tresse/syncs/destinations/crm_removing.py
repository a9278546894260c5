"""Rows that are no longer wanted, in the CRM (Y45): to the bin, emptied, or marked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.db import transaction
from django.db.models import Count

from tresse.objects.database import rows as read
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.changes.bin import delete_records
from tresse.syncs.destinations.base import Counted, Held
from tresse.syncs.destinations.crm_people import members_sent
from tresse.syncs.destinations.crm_settling import (
    WRITTEN,
    change_set_of,
    folder_of,
    status_of,
    writer,
)
from tresse.syncs.models import REMOVED, SENT, SyncRow, SyncState
from tresse.syncs.refusals import DELETE_BRAKE, DELETE_FORESEEN, NOT_CONFIRMED
from tresse.syncs.running.keeping import Fault, keep_faults
from tresse.transfers.files import Chunk
from tresse.transfers.handed import Form, planned, write
from tresse.transfers.stage import Ready, pieces

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Gone:
    """A row of the state that nothing asks for."""

    key: str
    golden_id: str
    remote: str


def remove(sending: "Sending", model: DataModel, object: ObjectDef, counted: Counted) -> None:
    """Remove what is gone, where the mode is `mirror`; else say how much of it was merged.

    Raises:
        Held: A brake stops the removals; all else was sent.
    """
    engine, gone = sending.engine, sending.difference.gone
    if sending.run.arguments.get("keys"):
        return
    aliases = sending.tables.aliases
    merged = sa.exists().where(aliases.c.id == gone.c.golden_id).correlate(gone)
    number = engine.scalar(sa.select(sa.func.count()).select_from(gone).where(merged))
    if number:
        counted.facts["merged_since"] = int(number)
    if sending.definition.mode != "mirror":
        return
    found = list(_found(sending, object))
    if sending.is_preview:
        counted.removed = len(found)
        for each in found[:100]:
            shown = {"key": each.key, "id": each.golden_id, "fields": {}, "remote": each.remote}
            sending.examples.add(REMOVED, shown)
    if sending.removes_too_many(len(found)):
        details = {
            "number": len(found),
            "of": sending.difference.acknowledged,
            "share": f"{sending.definition.brakes.removed:g}",
        }
        if not sending.is_preview:
            counted.facts["to_remove"] = len(found)
            raise Held(DELETE_BRAKE.code, DELETE_BRAKE.sentence, details, counted)
        seen = DELETE_FORESEEN
        brake = {"code": seen.code, "message": seen.sentence, "details": details}
        counted.facts["brakes"] = [*counted.facts.get("brakes", []), brake]
    if not sending.is_preview:
        _carry_out(sending, model, object, found, counted)


def _found(sending: "Sending", object: ObjectDef) -> Iterator[Gone]:
    """Rows to remove, but for records that another golden record has among its members now.

    Those are of somebody who is wanted; they are proposed for merging instead (Y26, Y50).
    """
    engine, gone = sending.engine, sending.difference.gone
    members = members_sent(sending, object)
    wanted = sending.rows_wanted
    held = sa.select(sa.cast(members.c.record, sa.Text())).where(
        sa.exists().where(wanted.c.id == members.c.id).correlate(members)
    )
    statement = (
        sa.select(gone.c.key, gone.c.golden_id, gone.c.remote)
        .where(gone.c.remote.not_in(held))
        .order_by(gone.c.key)
    )
    for batch in engine.batches(statement):
        for row in batch.to_pylist():
            yield Gone(row["key"], row["golden_id"], row["remote"] or "")


def _carry_out(
    sending: "Sending",
    model: DataModel,
    object: ObjectDef,
    found: Sequence[Gone],
    counted: Counted,
) -> None:
    how, held = sending.definition.removed.how, _held(sending, found)
    for start in range(0, len(found), BATCH):
        few = found[start : start + BATCH]
        sending.pause()
        live = _live(object, [each for each in few if each.remote not in held])
        if how != "delete":
            few = _written_off(sending, model, object, few, live, counted)
        with transaction.atomic():
            if how == "delete" and live:
                change_set = change_set_of(sending)
                delete_records(model, object, sorted(live), actor=writer(), change_set=change_set)
            _acknowledge(sending, few)
            counted.removed += len(few)
            counted.calls += bool(few)
            sending.save(counted)


def _live(object: ObjectDef, found: Iterable[Gone]) -> set[int]:
    """Their records that are there, and not in the bin."""
    table = object.table
    ids = [int(each.remote) for each in found if each.remote.isdecimal()]
    return {
        id
        for few in pieces(ids)
        for (id,) in read(
            sa.select(table.c.id).where(table.c.id.in_(few), table.c.deleted_at.is_(None))
        )
    }


def _held(sending: "Sending", found: Sequence[Gone]) -> set[str]:
    """Records that other rows of the sync have written since: they are wanted for those."""
    keys = {each.key for each in found}
    state = SyncState.objects.filter(sync_id=sending.run.sync_id)
    several = state.order_by().values("remote").annotate(n=Count("key")).filter(n__gt=1)
    again = [each["remote"] for each in several]
    return {
        remote
        for few in pieces(again)
        for key, remote in state.filter(remote__in=list(few)).values_list("key", "remote")
        if key not in keys
    }


def _acknowledge(sending: "Sending", found: Sequence[Gone]) -> None:
    run = sending.run
    for few in pieces([each.key for each in found]):
        SyncState.objects.filter(sync_id=run.sync_id, key__in=list(few)).delete()
    SyncRow.objects.bulk_create(
        SyncRow(
            sync_id=run.sync_id,
            run_id=run.pk,
            key=each.key,
            golden_id=each.golden_id,
            sort=REMOVED,
            status=SENT,
            remote=each.remote,
            at=sending.at,
        )
        for each in found
    )


def _written_off(
    sending: "Sending",
    model: DataModel,
    object: ObjectDef,
    found: Sequence[Gone],
    live: set[int],
    counted: Counted,
) -> list[Gone]:
    """Empty or mark the records that are there; answers the rows that are done with."""
    removal = sending.definition.removed
    values: Mapping[str, str] = removal.values
    if removal.how == "empty":
        values = {each.field: "" for each in sending.shape.mapped}
    there = [each for each in found if each.remote.isdecimal() and int(each.remote) in live]
    if not there:
        return list(found)
    lines = list(range(1, len(there) + 1))
    columns = [[each.remote for each in there]]
    columns += [[text] * len(there) for text in values.values()]
    plan = planned(
        Form(object, model, tuple(values)),
        lambda *_: [Chunk(columns, lines=lines)],
        name=f"sync_{sending.run.pk}_off",
        folder=folder_of(sending.run.pk),
        actor=writer(),
        seen=lambda _: sending.pause(),
        matched=lambda *_: None,
    )
    try:
        write(
            plan,
            change_set=change_set_of(sending),
            at=sending.at,
            origin="sync",
            also=(),
            save=lambda *_: None,
            pause=sending.pause,
        )
        outcomes = plan.staged.plan
        done = {
            line
            for (line,) in Ready(
                sa.select(outcomes.c.line).where(outcomes.c.outcome.in_(WRITTEN))
            ).rows()
        }
    finally:
        plan.close()
    failed: list[Gone] = []
    faults: list[Fault] = []
    for line, each in zip(lines, there, strict=True):
        if line in done:
            continue
        told: Any = plan.faults.by_line.get(line)
        failed.append(each)
        faults.append(
            Fault(
                each.key,
                each.golden_id,
                REMOVED,
                status_of(told),
                code=told.code if told else NOT_CONFIRMED.code,
                message=(told.template or told.message) if told else NOT_CONFIRMED.sentence,
                details=dict(told.details) if told else {},
            )
        )
    keep_faults(sending.run, faults, at=sending.at)
    if faults:
        counted.facts["not_removed"] = counted.facts.get("not_removed", 0) + len(faults)
    return [each for each in found if each not in failed]
