"""The changed values behind `record_changed` events."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows
from tresse.objects.described import DataModel
from tresse.objects.sight import readable_properties
from tresse.records.former import Former
from tresse.records.tables import HISTORY

Write = tuple[int, int]
"""A record and a change set."""


def property_changes(
    model: DataModel, actor: Actor, writes: Iterable[Write]
) -> dict[Write, list[dict[str, Any]]]:
    """Readable properties that writes changed: `property`, `old`, `new`, in the order written."""
    wanted = set(writes)
    if not wanted:
        return {}
    by_id = {prop.id: prop for each in model.objects for prop in readable_properties(each, actor)}
    statement = (
        sa.select(
            HISTORY.c.record_id,
            HISTORY.c.change_set_id,
            HISTORY.c.property_id,
            HISTORY.c.old,
            HISTORY.c.new,
        )
        .where(
            HISTORY.c.record_id.in_({record for record, _ in wanted}),
            HISTORY.c.change_set_id.in_({change_set for _, change_set in wanted}),
        )
        .order_by(HISTORY.c.id)
    )
    found: dict[Write, list[dict[str, Any]]] = {}
    seen = rows(statement)
    used = {property_id for _, _, property_id, *_ in seen} & by_id.keys()
    former = Former([by_id[each] for each in used], actor)
    for record, change_set, property_id, *texts in seen:
        prop = by_id.get(property_id)
        if prop is None or (record, change_set) not in wanted:
            continue
        here = model.object(prop.object_name)
        shown, old, new = former.read(prop, here, change_set, (texts[0], texts[1]))
        change = {"property": shown, "old": old, "new": new}
        found.setdefault((record, change_set), []).append(change)
    return found
