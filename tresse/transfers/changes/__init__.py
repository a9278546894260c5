"""Every write of this room: imports started, checked, run, cancelled, resumed; exports."""

from tresse.transfers.changes.exporting import add_export
from tresse.transfers.changes.imports import (
    add_import,
    cancel_import,
    change_import,
    check_import,
    drop_import,
    read_import,
    resume_import,
    run_import,
    turn_import,
)
from tresse.transfers.changes.schedules import (
    add_scheduled_export,
    change_scheduled_export,
    pause_scheduled_export,
    remove_scheduled_export,
    resume_scheduled_export,
    run_scheduled_export,
)
from tresse.transfers.changes.starting import take_over
from tresse.transfers.changes.templates import (
    change_template,
    delete_template,
    keep_template,
    save_template,
)
from tresse.transfers.changes.undoing import (
    cancel_undo,
    look_at_undo,
    resume_undo,
    undo_import,
)

__all__ = [
    "add_export",
    "add_import",
    "add_scheduled_export",
    "cancel_import",
    "cancel_undo",
    "change_import",
    "change_scheduled_export",
    "change_template",
    "check_import",
    "delete_template",
    "drop_import",
    "keep_template",
    "look_at_undo",
    "pause_scheduled_export",
    "read_import",
    "remove_scheduled_export",
    "resume_import",
    "resume_scheduled_export",
    "resume_undo",
    "run_import",
    "run_scheduled_export",
    "save_template",
    "take_over",
    "turn_import",
    "undo_import",
]
