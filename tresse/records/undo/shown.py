"""An undo and its items as programs are told."""

from collections.abc import Iterator
from typing import Any

from tresse.accounts.actor import SYSTEM, Actor
from tresse.objects.described import data_model
from tresse.records.models import Undo
from tresse.records.undo.items import Items
from tresse.records.undo.outcomes import (
    CODES,
    FIRST_FAILED,
    FIRST_KEPT,
    Kind,
    Outcome,
    group_of,
)

BOUNDS = {
    "reversed": (int(Outcome.REVERSED), int(Outcome.REVERSED)),
    "kept": (FIRST_KEPT, FIRST_FAILED - 1),
    "failed": (FIRST_FAILED, 100),
}


def items_of(row: Undo, group: str, *, actor: Actor = SYSTEM) -> Iterator[dict[str, Any]]:
    """The items that were, or would be, `reversed`, `kept` or `failed`, in their order.

    Of properties that the person may not see there are no values.
    """
    model = data_model()
    props = {prop.id: prop for each in model.objects for prop in each.properties}
    names = {id: prop.name for id, prop in props.items()}
    hidden = {
        id for id, prop in props.items() if actor.access(prop.object_name, prop.name) == "none"
    }
    relations = {each.id: each.name for each in model.associations}
    objects = {each.id: each.name for each in model.objects}
    low, high = BOUNDS.get(group, (-1, -1))
    for item in Items(row.pk, row.change_set_id, model).listed(low, high):
        is_link = bool(item["other_id"])
        outcome = item["outcome"]
        is_hidden = not is_link and item["ref_id"] in hidden
        yield {
            "item": Kind(item["kind"]).name.lower(),
            "object": objects.get(item["object_id"]),
            "id": item["record_id"],
            "property": None if is_link else names.get(item["ref_id"]),
            "relation": relations.get(item["ref_id"]) if is_link else None,
            "other_id": item["other_id"] or None,
            "now": None if is_hidden else item["new"],
            "before": None if is_hidden else item["old"],
            "code": CODES.get(outcome, group_of(outcome)),
        }


def report_of(row: Undo, *, actor: Actor = SYSTEM) -> dict[str, Any]:
    """The fields of `tresse undo`, with the items that stay as they are."""
    return {
        "reversed": row.reversed,
        "kept_because_edited": list(items_of(row, "kept", actor=actor)),
        "failed": list(items_of(row, "failed", actor=actor)),
        "links_removed": row.links_removed,
        "links_restored": row.links_restored,
    }
