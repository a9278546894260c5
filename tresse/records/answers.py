"""Records, changes and timelines as the REST interface and `--json` give them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.records.changes.batch import Outcome
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
            **({"waiting": list(record.waiting)} if record.waiting else {}),
        }


def items(
    outcomes: Iterable[Outcome], ignored: Mapping[int, list[str]] = {}
) -> list[dict[str, Any]]:
    """What became of each item of a batch: index, status, id, and what was done or why not.

    `ignored`: index → unknown properties that were left out because the caller said so (C123).
    """
    return [
        {
            "index": each.index,
            "status": each.error.status if each.error else 201 if each.done == "created" else 200,
            "id": each.id,
            "done": each.done or None,
            **({"problem": _problem(each.error)} if each.error else {}),
            **({"ignored": ignored[each.index]} if each.index in ignored else {}),
        }
        for each in outcomes
    ]


def _problem(error: TresseError) -> dict[str, Any]:
    found = {"code": error.code, "status": error.status, "detail": message(error)}
    return found | {key: error.details[key] for key in ("errors",) if key in error.details}


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


def entries(found: Timeline, model: DataModel, actor: Actor) -> dict[str, Any]:
    """A page of a timeline; changes of linked records are of other objects."""
    shown = {object.name: Shown(object, actor) for object in model.objects}
    return {
        "entries": [
            {
                "at": entry.at,
                "kind": entry.kind,
                "activity": entry.activity_id,
                **_cause(entry),
                "fields": _fields(entry, shown),
                "badges": [
                    {
                        "object": each.object,
                        "id": each.id,
                        "title": each.title,
                        "relation": each.relation.label,
                    }
                    for each in entry.badges
                ],
                "parts": [
                    {
                        "at": part.at,
                        "kind": part.kind,
                        **_cause(part),
                        "fields": _fields(part, shown),
                    }
                    for part in entry.parts
                ],
            }
            for entry in found.entries
        ],
        "cursor": found.next,
        "linked_shown": found.linked_shown,
        "linked_all": found.linked_all,
    }


def _cause(entry: Entry) -> dict[str, Any]:
    return {
        "author": entry.author_id,
        "source": entry.source or None,
        "source_id": entry.source_id,
    }


def _fields(entry: Entry, shown: Mapping[str, Shown]) -> dict[str, Any]:
    fields = {name: value for name, value in entry.fields.items() if name != "earlier"}
    if "changes" in fields:
        fields["changes"] = [
            {
                "property": prop.name,
                "old": shown[prop.object_name].value(prop, change["old"]),
                "new": shown[prop.object_name].value(prop, change["new"]),
            }
            for change in fields["changes"]
            for prop in [change["property"]]
        ]
    if "relation" in fields:
        fields["relation"] = fields["relation"].label
    return fields
