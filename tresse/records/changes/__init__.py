"""Every write of records, links and activities: one public function per change."""

from tresse.records.changes.activities import delete_activity, edit_activity, log_activity
from tresse.records.changes.batch import Outcome, apply_batch
from tresse.records.changes.bin import delete_records, restore_records
from tresse.records.changes.bulk import bulk_edit
from tresse.records.changes.create import create_record
from tresse.records.changes.links import Linked, link_records, unlink_records
from tresse.records.changes.merging import merge_records
from tresse.records.changes.other_values import add_other_value, remove_other_value
from tresse.records.changes.ownership import RecordOwnership, hand_over_records
from tresse.records.changes.purge import purge_records
from tresse.records.changes.restore import restore_value
from tresse.records.changes.tasks import add_task, finish_task, move_task
from tresse.records.changes.unmerging import Unmerged, unmerge_records
from tresse.records.changes.update import update_record
from tresse.records.changes.upsert import upsert_records

__all__ = [
    "Linked",
    "Outcome",
    "RecordOwnership",
    "Unmerged",
    "add_other_value",
    "add_task",
    "apply_batch",
    "bulk_edit",
    "create_record",
    "delete_activity",
    "delete_records",
    "edit_activity",
    "finish_task",
    "hand_over_records",
    "link_records",
    "log_activity",
    "merge_records",
    "move_task",
    "purge_records",
    "remove_other_value",
    "restore_records",
    "restore_value",
    "unlink_records",
    "unmerge_records",
    "update_record",
    "upsert_records",
]
