"""Imports taken back: checked first, undone, stopped and gone on with (T71 to T74)."""

from tresse.accounts.actor import Actor
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.kernel.errors import TresseError
from tresse.records.changes.undo import check_undo, go_on, looked_at, undo
from tresse.records.models import Undo
from tresse.records.undo.undoable import Undoable, UndoSource
from tresse.transfers.models import Import
from tresse.transfers.queries import import_with_id
from tresse.transfers.refusals import WRONG_STATE
from tresse.transfers.undoing import UNDOABLE, is_live, undo_of, undoable_import

STATES = {
    "queued": "undoing",
    "running": "undoing",
    "cancelled": "undoing",
    "failed": "undoing",
    "done": "undone",
    "partial": "undone",
}
"State of an undo that has begun to that of its import. What stopped may go on."


def undo_import(row: Import, *, actor: Actor, dry_run: bool = False) -> Undo:
    """Take an import back whole, or only find out what that would do (T72).

    Small ones are done when this answers, others are a job. One that was stopped goes on.

    Args:
        row: The import.
        actor: Who ran it, or who has the right `imports.undo_others`.
        dry_run: Write nothing but the rows of the check.

    Raises:
        TresseError: `wrong_state`, `not_permitted`, `undo_expired`, `already_undone`.
    """
    what = undoable_import(row)
    return check_undo(what, actor=actor) if dry_run else undo(what, actor=actor)


def look_at_undo(row: Import, *, actor: Actor) -> Undo:
    """The undo as it stands, for a page that asks again and again: checked if that is not new.

    Raises:
        TresseError: as `undo_import`.
    """
    return looked_at(undoable_import(row), actor=actor)


def cancel_undo(row: Import, *, actor: Actor) -> None:
    """Stop an undo after the range in hand: what is taken back stays so, and it can go on.

    Raises:
        TresseError: `wrong_state`.
    """
    found = undo_of(row)
    if found is None or not is_live(found) or found.job_id is None:
        raise WRONG_STATE(state=row.state, wanted="undoing")
    jobs.cancel(found.job_id, actor=actor)


def resume_undo(row: Import, *, actor: Actor) -> tuple[Import, Job]:
    """Go on with an undo that was cancelled, failed, or whose worker was killed.

    Raises:
        TresseError: `wrong_state` (also while a worker has it), `not_permitted`.
    """
    found = undo_of(row)
    job = go_on(found, actor=actor) if found is not None else None
    if job is None:
        raise WRONG_STATE(state=row.state, wanted="undoing")
    row.refresh_from_db()
    return row, job


def _find(id: int, actor: Actor) -> Undoable | None:
    try:
        row = import_with_id(id, actor=actor)
    except TresseError:
        return None  # A bare number may also be that of a bulk edit.
    return undoable_import(row)


def _went(undo: Undo) -> None:
    """The state of the import follows that of its undo; a check changes nothing."""
    row = Import.objects.filter(change_set_id=undo.change_set_id).first()
    state = STATES.get(undo.state)
    if row is None or state is None:
        return
    if undo.own_change_set_id is None and undo.state in ("cancelled", "failed"):
        # Nothing was taken back yet: it is as its run left it.
        if row.state != "undoing":
            return
        job = Job.objects.filter(pk=row.job_id or 0).first()
        state = job.state if job and job.state in UNDOABLE else "done"
    Import.objects.filter(pk=row.pk).update(state=state)


SOURCES = (UndoSource("import", _find, _went),)
