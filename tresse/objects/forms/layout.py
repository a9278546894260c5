"""The layout of a record page as one list: a heading for each group, then its properties."""

from dataclasses import dataclass
from typing import Any

from tresse.objects.described import ObjectDef
from tresse.objects.forms.options import moved
from tresse.objects.labels import shown_group, shown_label
from tresse.objects.layouts import OTHER, all_groups

GROUP = "group:"


@dataclass(frozen=True, slots=True)
class Item:
    """A heading (`key` begins with `group:`) or a property of the group above it."""

    key: str
    label: str
    icon: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it is a heading."""
        return self.key.startswith(GROUP)


def items_of(here: ObjectDef) -> list[Item]:
    """The layout of an object type, with Other even where it is empty."""
    groups = all_groups(here)
    found: list[Item] = []
    for group in groups:
        found.append(Item(f"{GROUP}{group.name}", group.label))
        found.extend(_item(here, prop.name) for prop in group.properties)
    if OTHER not in {group.name for group in groups}:
        at = next((n for n, item in enumerate(found) if item.key == f"{GROUP}System"), len(found))
        found.insert(at, Item(f"{GROUP}{OTHER}", shown_group(OTHER)))
    return found


def _item(here: ObjectDef, name: str) -> Item:
    prop = here.property(name)
    return Item(name, shown_label(prop), prop.kind.icon)


def posted_items(posted: Any, here: ObjectDef) -> list[Item]:
    """The list as the page sends it: keys in order, and a label for each heading."""
    labels = iter(posted.getlist("group"))
    found = []
    for key in posted.getlist("item"):
        if key.startswith(GROUP):
            found.append(Item(key, next(labels, "")))
        elif here.has(key):
            found.append(_item(here, key))
    return moved(found, posted)


def posted_layout(posted: Any, items: list[Item]) -> dict[str, Any]:
    """What the change takes; a group whose name was emptied goes, its properties to Other."""
    groups: list[dict[str, Any]] = []
    other: dict[str, Any] = {"label": "", "properties": []}
    here = other
    for item in items:
        if item.key == f"{GROUP}{OTHER}":
            here = other
            groups.append(other)
        elif item.is_group and item.label.strip():
            here = {"label": item.label.strip(), "properties": []}
            groups.append(here)
        elif item.is_group:
            here = other
        else:
            here["properties"].append(item.key)
    if other not in groups:
        groups.append(other)
    if new := posted.get("new-group", "").strip():
        groups.insert(0, {"label": new, "properties": []})
    cards = moved_cards(posted)
    shown = set(posted.getlist("shown"))
    return {
        "groups": groups,
        "cards": cards,
        "hidden": [key for key in cards if key not in shown],
    }


def moved_cards(posted: Any) -> list[str]:
    """Keys of the cards in their order."""
    cards: list[str] = posted.getlist("card")
    for key, step in (("card-up", -1), ("card-down", 1)):
        if (name := posted.get(key)) in cards:
            at = cards.index(name)
            if 0 <= at + step < len(cards):
                cards[at], cards[at + step] = cards[at + step], cards[at]
    return cards
