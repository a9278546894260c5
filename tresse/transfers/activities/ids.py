"""Ids of the activities that an import makes: reserved before the first chunk, as those of records.

They are kept with the facts of the plan: `first_activity`, and `held`, what holds them on SQLite.
"""

from tresse.records.changes.activities_at_once import let_go_of_ids, take_activity_ids
from tresse.transfers.activities.described import is_activity
from tresse.transfers.layout import Layout
from tresse.transfers.models import Import


def reserve_activities(row: Import, layout: Layout, number: int) -> None:
    """Reserve ids for new activities, in the transaction that saves the import."""
    if number and is_activity(layout.object):
        first = take_activity_ids(number, change_set=row.change_set_id or 0)
        held = [*row.plan_facts.get("held", ()), first + number]
        row.plan_facts = row.plan_facts | {"first_activity": first, "held": held}


def release_activities(row: Import) -> None:
    """Let go of what holds ids, when all activities are written."""
    for held in row.plan_facts.get("held", ()):
        let_go_of_ids(held)
