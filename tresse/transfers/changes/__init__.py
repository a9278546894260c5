"""Every write of this room: imports started, checked, run, cancelled, resumed; exports."""

from tresse.transfers.changes.exporting import add_export
from tresse.transfers.changes.imports import (
    add_import,
    cancel_import,
    change_import,
    check_import,
    resume_import,
    run_import,
)
from tresse.transfers.changes.templates import save_template, template_named

__all__ = [
    "add_export",
    "add_import",
    "cancel_import",
    "change_import",
    "check_import",
    "resume_import",
    "run_import",
    "save_template",
    "template_named",
]
