"""Background work of this room."""

from tresse.jobs.kinds import JobKind
from tresse.kernel.marks import N_
from tresse.records.changes.bulk import end_bulk_edit, run_bulk_edit
from tresse.records.changes.undo import end_undo, run_check, run_undo

KINDS = (
    JobKind("bulk_edit", N_("Bulk change"), run_bulk_edit, ended=end_bulk_edit, notice="bulk"),
    JobKind("undo_check", N_("Check of an undo"), run_check, ended=end_undo),
    JobKind("undo", N_("Undo"), run_undo, ended=end_undo, notice="undo"),
)
