"""Every write of lists, segments and who is in them: one public function per change."""

from tresse.segments.changes.filling import fill, fill_list, make_list
from tresse.segments.changes.lists import add_list, change_list, delete_list
from tresse.segments.changes.members import Filled, add_members, remove_members
from tresse.segments.changes.segments import (
    add_segment,
    change_segment,
    delete_segment,
    effect_of,
)
from tresse.segments.changes.sizes import keep_sizes
from tresse.segments.changes.splitting import Part, split_list
from tresse.segments.changes.watching import compare, follow, pass_time, rows_changed, settle

__all__ = [
    "Filled",
    "Part",
    "add_list",
    "add_members",
    "add_segment",
    "change_list",
    "change_segment",
    "compare",
    "delete_list",
    "delete_segment",
    "effect_of",
    "fill",
    "fill_list",
    "follow",
    "keep_sizes",
    "make_list",
    "pass_time",
    "remove_members",
    "rows_changed",
    "settle",
    "split_list",
]
