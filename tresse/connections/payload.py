"""Events as a webhook is told of them (`events.md` E95)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import users
from tresse.connections.models import Webhook
from tresse.engine.stored import from_text
from tresse.objects.database import mappings, rows
from tresse.objects.described import DataModel
from tresse.records.answers import Shown
from tresse.records.following import Span
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY

MOST_EVENTS = 500
MOST_BYTES = 1_000_000
EVENT_NAMES = (
    "record_created",
    "record_changed",
    "record_deleted",
    "record_restored",
    "record_merged",
    "record_unmerged",
    "record_linked",
    "record_unlinked",
    "stage_changed",
    "task_created",
    "task_completed",
    "activity_logged",
    "list_added",
    "list_removed",
    "segment_entered",
    "segment_left",
)


def bodies(span: Span, webhook: Webhook, model: DataModel) -> Iterator[tuple[str, int]]:
    """Messages about the events of a span that the webhook asked for: body and number of events.

    Each of up to 500 events and about 1 MB, in the order of the events.
    """
    found = _events(span, webhook, model)
    batch: list[str] = []
    size = 0
    for text in _texts(found, model):
        if batch and (len(batch) == MOST_EVENTS or size + len(text) > MOST_BYTES):
            yield _body(webhook, batch), len(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield _body(webhook, batch), len(batch)


def _body(webhook: Webhook, events: Sequence[str]) -> str:
    return f'{{"webhook": {json.dumps(webhook.name)}, "events": [{", ".join(events)}]}}'


def _events(span: Span, webhook: Webhook, model: DataModel) -> list[dict[str, Any]]:
    where = [span.where]
    if webhook.events:
        where.append(EVENT.c.name.in_(webhook.events))
    if webhook.object_names:
        ids = [each.id for each in model.objects if each.name in webhook.object_names]
        where.append(EVENT.c.object_id.in_(ids))
    if webhook.leaves_out_quiet:
        where.append(CHANGE_SET.c.is_quiet.is_(sa.false()))
    return mappings(
        sa.select(
            EVENT,
            CHANGE_SET.c.at,
            CHANGE_SET.c.user_id,
            CHANGE_SET.c.source,
            CHANGE_SET.c.is_quiet,
        )
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(*where)
        .order_by(EVENT.c.id)
    )


def _texts(found: Sequence[Mapping[str, Any]], model: DataModel) -> Iterator[str]:
    objects = {each.id: each for each in model.objects}
    associations = {each.id: each for each in model.associations}
    people = {user.pk: user.email for user in users()}
    for begin in range(0, len(found), MOST_EVENTS):
        events = found[begin : begin + MOST_EVENTS]
        changes = _changes(events, model)
        for event in events:
            object = objects.get(event["object_id"])
            told: dict[str, Any] = {
                "id": event["id"],
                "name": event["name"],
                "at": event["at"].isoformat().replace("+00:00", "Z"),
                "object": object.name if object else None,
                "record_id": event["record_id"],
                "author": people.get(event["user_id"]),
                "source": event["source"],
                "change_set": event["change_set_id"],
                "quiet": event["is_quiet"],
            }
            association = associations.get(event["association_id"])
            if association:
                told |= {
                    "association_type": association.parent or association.name,
                    "label": association.name if association.parent else None,
                    "other_object": association.to_object,
                }
            if event["other_id"] is not None:
                told["other_id"] = event["other_id"]
            if event["name"] == "record_changed":
                told["changes"] = changes.get((event["change_set_id"], event["record_id"]), {})
            told |= {key: value for key, value in _data(event).items() if key not in told}
            yield json.dumps(told, ensure_ascii=False, default=str)


def _data(event: Mapping[str, Any]) -> dict[str, Any]:
    more = json.loads(event["data"]) if event["data"] else {}
    return more if isinstance(more, dict) else {"data": more}


def _changes(
    events: Sequence[Mapping[str, Any]], model: DataModel
) -> dict[tuple[int, int], dict[str, list[Any]]]:
    """By change set and record: property to its value before and after."""
    changed = [event for event in events if event["name"] == "record_changed"]
    if not changed:
        return {}
    properties = {prop.id: prop for object in model.objects for prop in object.properties}
    shown = {object.name: Shown(object, SYSTEM) for object in model.objects}
    row = HISTORY.c
    statement = (
        sa.select(row.change_set_id, row.record_id, row.property_id, row.old, row.new)
        .where(
            row.change_set_id.in_({event["change_set_id"] for event in changed}),
            row.record_id.in_({event["record_id"] for event in changed}),
        )
        .order_by(row.id)
    )
    found: dict[tuple[int, int], dict[str, list[Any]]] = {}
    for change_set, record, property_id, old, new in rows(statement):
        prop = properties.get(property_id)
        if prop is None:
            continue
        before, after = (
            shown[prop.object_name].value(prop, from_text(text, prop.kind.column))
            for text in (old, new)
        )
        mine = found.setdefault((change_set, record), {})
        # Changed twice in one write: from the first value to the last.
        mine[prop.name] = [mine[prop.name][0] if prop.name in mine else before, after]
    return found
