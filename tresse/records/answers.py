"""Records, changes and timelines as the REST interface and `--json` give them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.records.queries import Change, Record
from tresse.records.readings import Readings
from tresse.records.timeline import Entry, Timeline


class Shown:
    """Turns values of one object into JSON; readings are made once for many records."""

    def __init__(self, object: ObjectDef, actor: Actor) -> None:
        self.object = object
        self.actor = actor
        self._readings = Readings(object, actor)

    def value(self, prop: PropertyDef, value: Any) -> Any:
        """A value as JSON; None for empty."""
        if value is None:
            return None
        return prop.kind.to_json(value, self._readings.of(prop))

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by property name."""
        return {
            name: self.value(self.object.property(name), value) for name, value in values.items()
        }

    def record(self, record: Record) -> dict[str, Any]:
        """A record with its readable properties."""
        return {
            "id": record.id,
            "object": record.object.name,
            "title": record.title,
            "version": record.version,
            "properties": self.values(record.values),
        }


def history(changes: Iterable[Change], object: ObjectDef, actor: Actor) -> list[dict[str, Any]]:
    """Changes of properties, as they are given."""
    shown = Shown(object, actor)
    return [
        {
            "at": change.at,
            "property": change.property.name,
            "old": shown.value(change.property, change.old),
            "new": shown.value(change.property, change.new),
            "user": change.user_id,
            "source": change.source,
            "source_id": change.source_id,
            "change_set": change.change_set,
        }
        for change in changes
    ]


def entries(found: Timeline, object: ObjectDef, actor: Actor) -> dict[str, Any]:
    """A page of a timeline."""
    shown = Shown(object, actor)
    return {
        "entries": [_entry(entry, shown) for entry in found.entries],
        "cursor": found.next,
        "linked_shown": found.linked_shown,
        "linked_all": found.linked_all,
    }


def _entry(entry: Entry, shown: Shown) -> dict[str, Any]:
    fields = {name: value for name, value in entry.fields.items() if name != "earlier"}
    if "changes" in fields:
        fields["changes"] = [
            {
                "property": change["property"].name,
                "old": shown.value(change["property"], change["old"]),
                "new": shown.value(change["property"], change["new"]),
            }
            for change in fields["changes"]
        ]
    if "relation" in fields:
        fields["relation"] = fields["relation"].label
    return {
        "at": entry.at,
        "kind": entry.kind,
        "activity": entry.activity_id,
        "author": entry.author_id,
        "source": entry.source or None,
        "source_id": entry.source_id,
        "fields": fields,
        "badges": [
            {
                "object": each.object,
                "id": each.id,
                "title": each.title,
                "relation": each.relation.label,
            }
            for each in entry.badges
        ],
    }
