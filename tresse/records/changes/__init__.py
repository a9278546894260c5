"""Every write of records, links and activities: one public function per change."""

from tresse.records.changes.activities import delete_activity, edit_activity, log_activity
from tresse.records.changes.batch import Outcome, apply_batch
from tresse.records.changes.bin import delete_records, restore_records
from tresse.records.changes.create import create_record
from tresse.records.changes.links import Linked, link_records, unlink_records
from tresse.records.changes.ownership import RecordOwnership, hand_over_records
from tresse.records.changes.update import update_record

__all__ = [
    "Linked",
    "Outcome",
    "RecordOwnership",
    "apply_batch",
    "create_record",
    "delete_activity",
    "delete_records",
    "edit_activity",
    "hand_over_records",
    "link_records",
    "log_activity",
    "restore_records",
    "unlink_records",
    "update_record",
]
