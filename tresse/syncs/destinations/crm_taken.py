"""Rows that mean a record which another row of the sync has written, and is still wanted for."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.labels import shown_label
from tresse.syncs.destinations.crm_newer import fail
from tresse.syncs.refusals import RECORD_TAKEN
from tresse.syncs.running.differing import STATE
from tresse.transfers.decide import FOUND
from tresse.transfers.findings import of_error
from tresse.transfers.handed import Faults, Form
from tresse.transfers.refusals import ROW
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import Staged

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending


def refuse_taken(
    sending: "Sending", form: Form, loaded: sa.Table, staged: Staged, faults: Faults
) -> None:
    """Refuse rows whose record is that of another row: one of both is enough."""
    if not sending.difference.acknowledged:
        return
    plan = staged.plan
    other = sa.and_(
        STATE.c.sync_id == sending.sync.pk,
        STATE.c.remote == sa.cast(plan.c.ref, Text),
        STATE.c.key != loaded.c.key,
        STATE.c.key != sa.func.coalesce(loaded.c.old_key, loaded.c.key),
    )
    statement = (
        sa.select(plan.c.line, plan.c.ref, STATE.c.key, STATE.c.golden_id)
        .join_from(plan, loaded, loaded.c.line == plan.c.line)
        .join(STATE, other)
        .where(plan.c.outcome == FOUND)
        .order_by(plan.c.line)
    )
    found = Ready(statement).rows()
    gone = _gone(sending, [key for _, _, key, _ in found])
    label = shown_label(form.object)
    taken: list[int] = []
    for line, ref, key, golden_id in found:
        if key in gone:
            # What the record was written for is no more: it was merged into this one.
            continue
        error = RECORD_TAKEN(record=f"{label} {ref}", other=golden_id)
        faults.add(of_error(error, line, level=ROW))
        taken.append(line)
    fail(staged, taken)


def _gone(sending: "Sending", keys: list[str]) -> set[str]:
    """Those of the keys that nothing asks for any more."""
    gone = sending.difference.gone
    return {
        key
        for few in pieces(keys)
        for (key,) in sending.engine.rows(sa.select(gone.c.key).where(gone.c.key.in_(list(few))))
    }
