"""Rows that mean a record which another row of the sync has written, and is still wanted for."""

from typing import TYPE_CHECKING

import pyarrow as pa
import sqlalchemy as sa

from tresse.objects.labels import shown_label
from tresse.syncs.destinations.crm_newer import fail
from tresse.syncs.refusals import RECORD_TAKEN
from tresse.transfers.decide import FOUND
from tresse.transfers.findings import of_error
from tresse.transfers.handed import Faults, Form
from tresse.transfers.refusals import ROW
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending


def refuse_taken(
    sending: "Sending", form: Form, loaded: sa.Table, staged: Staged, faults: Faults
) -> None:
    """Refuse rows whose record is that of another row: one of both is enough."""
    if not sending.difference.acknowledged:
        return
    found = _found(sending, loaded, staged)
    state, gone = sending.difference.state, sending.difference.gone
    # What a row that is gone was written for is no more: it was merged into this one.
    is_gone = sa.exists().where(gone.c.key == state.c.key).correlate(state)
    statement = (
        sa.select(found.c.line, found.c.ref, state.c.golden_id)
        .join_from(found, state, state.c.remote == found.c.ref)
        .where(state.c.key != found.c.key, state.c.key != found.c.old_key, ~is_gone)
        .order_by(found.c.line)
    )
    label = shown_label(form.object)
    taken: list[int] = []
    for line, ref, golden_id in sending.engine.rows(statement):
        error = RECORD_TAKEN(record=f"{label} {ref}", other=golden_id)
        faults.add(of_error(error, line, level=ROW))
        taken.append(line)
    fail(staged, taken)


def _found(sending: "Sending", loaded: sa.Table, staged: Staged) -> sa.TableClause:
    """Rows whose record is there, as a table of the engine, which joins them as a set."""
    plan = staged.plan
    statement = (
        sa.select(plan.c.line, plan.c.ref, loaded.c.key, loaded.c.old_key)
        .join_from(plan, loaded, loaded.c.line == plan.c.line)
        .where(plan.c.outcome == FOUND)
    )
    rows = Ready(statement).rows()
    columns = [
        pa.array([line for line, *_ in rows], pa.int64()),
        pa.array([str(ref) for _, ref, *_ in rows], pa.string()),
        pa.array([key for _, _, key, _ in rows], pa.string()),
        pa.array([old or key for _, _, key, old in rows], pa.string()),
    ]
    names = ("line", "ref", "key", "old_key")
    batch = pa.RecordBatch.from_arrays(columns, names=list(names))
    return sending.engine.load(
        "found",
        [batch],
        [sa.column("line", sa.BigInteger()), *(sa.column(n, sa.Text()) for n in names[1:])],
    )
