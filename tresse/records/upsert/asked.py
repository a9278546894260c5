"""Items of a batch upsert read: which keys, values and links each gives."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_KEY, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.readings import value_of
from tresse.objects.sight import readable_property
from tresse.objects.tables import LARGEST_ID
from tresse.records.changes.create import Link
from tresse.records.other_values import compared
from tresse.records.readings import Readings
from tresse.records.refusals import NO_ITEM
from tresse.records.sides import side_named

KEYS = ("id", "version", "properties", "links")
LINK_KEYS = ("type", "id", "label")
Token = tuple[str, Any]
"A key and its compared value: what two items have in common that mean one record."


@dataclass(slots=True)
class Asked:
    """One item: `given` as it came; `keys` in order, those it gives a value of."""

    index: int
    given: Mapping[str, Any]
    links: tuple[Link, ...] = ()
    id: int | None = None
    version: int | None = None
    keys: tuple[tuple[PropertyDef, Any, str], ...] = ()
    "Property, value of its kind, compared text."
    tokens: frozenset[Token] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Reader:
    """Reads items of one object. `by`: the keys in order, of which the first that finds decides."""

    model: DataModel
    object: ObjectDef
    by: tuple[PropertyDef, ...]
    readings: Readings

    def read(self, index: int, item: Any) -> Asked:
        """Read an item.

        Raises:
            TresseError: `unknown_key`, `wrong_value`, `association_type_not_found`.
        """
        _check_form(item)
        given = item.get("properties", {})
        asked = Asked(index, given, links_of(self.model, self.object, item))
        asked.id, asked.version = _number("id", item), _number("version", item)
        asked.keys = tuple(self._keys(given, self.by))
        unique = [prop for prop in self.object.active if prop.is_unique and prop not in self.by]
        more = self._keys(given, unique)
        named = [(prop.name, text) for prop, _, text in (*asked.keys, *more)]
        own = [("id", asked.id)] if asked.id is not None else []
        asked.tokens = frozenset([*own, *named])
        return asked

    def _keys(
        self, given: Mapping[str, Any], props: Sequence[PropertyDef]
    ) -> list[tuple[PropertyDef, Any, str]]:
        """Values of keys that can be read; what cannot is told when the values are."""
        found = []
        for prop in props:
            if given.get(prop.name) in (None, ""):
                continue
            try:
                value = value_of(prop.kind, given[prop.name], self.readings.of(prop))
            except TresseError:
                continue
            text = compared(prop, value)
            if text is not None:
                found.append((prop, value, text))
        return found


def links_of(model: DataModel, object: ObjectDef, item: Mapping[str, Any]) -> tuple[Link, ...]:
    """The links that an item asks for, checked before by `check_parts`.

    Raises:
        TresseError: `association_type_not_found`.
    """
    return tuple(
        (side_named(model, object, each["type"]), each["id"], each.get("label"))
        for each in item.get("links", [])
    )


def keys_named(object: ObjectDef, names: Sequence[str], actor: Actor) -> tuple[PropertyDef, ...]:
    """The properties that find records: those named, else external id, unique ones, match keys.

    Raises:
        TresseError: `unknown_property`, `wrong_value` (neither unique nor a match key).
    """
    may = [p for p in object.active if (p.is_unique or p.is_match_key) and p.column]
    if not names:
        seen = [p for p in may if actor.access(object.name, p.name) != "none"]
        order = sorted(seen, key=lambda p: (p.name != "external_id", not p.is_unique, p.position))
        return tuple(order)
    found = []
    for name in names:
        prop = readable_property(object, str(name), actor)
        if prop not in may:
            known = " / ".join(["id", *(each.name for each in may)])
            raise WRONG_VALUE(name="by", wanted=known, value=name)
        found.append(prop)
    return tuple(found)


def _check_form(item: Any) -> None:
    if not isinstance(item, Mapping):
        raise NO_ITEM(value=json.dumps(item))
    for key in item:
        if key not in KEYS:
            raise UNKNOWN_KEY(name=key, sort=N_("a batch item"), nearest=nearest(key, KEYS))
    check_parts(item)


def check_parts(item: Mapping[str, Any]) -> None:
    """Check the forms of properties and links of an item.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    properties, links = item.get("properties", {}), item.get("links", [])
    if not isinstance(properties, dict):
        raise WRONG_VALUE(
            name="properties", wanted=N_("a JSON object"), value=json.dumps(properties)
        )
    if not isinstance(links, list) or not all(isinstance(each, dict) for each in links):
        raise WRONG_VALUE(
            name="links", wanted=N_("a list of JSON objects"), value=json.dumps(links)
        )
    for link in links:
        for key in link:
            if key not in LINK_KEYS:
                raise UNKNOWN_KEY(name=key, sort=N_("a link"), nearest=nearest(key, LINK_KEYS))
        if not isinstance(link.get("type"), str) or not _is_id(link.get("id")):
            raise WRONG_VALUE(
                name="links", wanted=N_("a type and an id each"), value=json.dumps(link)
            )
        if not isinstance(link.get("label", ""), str | None):
            raise WRONG_VALUE(name="label", wanted=N_("a text"), value=json.dumps(link["label"]))


def _number(name: str, item: Mapping[str, Any]) -> int | None:
    value = item.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if not _is_id(value):
        raise WRONG_VALUE(name=name, wanted=N_("a whole number"), value=json.dumps(value))
    return int(value)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_ID
