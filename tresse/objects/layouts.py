"""How the record page of an object type is laid out: groups, order of properties, cards (C97).

Properties know their group and position; the object type keeps the order of groups and the cards.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_group


class FurtherCard(Protocol):
    """A card of a record page that is no relation: the panels of higher rooms."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def icon(self) -> str: ...  # noqa: D102


CARDS: Registry[FurtherCard] = Registry(N_("card"))
"Filled by `config.members.hand_over`."
OTHER = ""
"The group of a property that is in none; people read it as Other."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LayoutGroup:
    """Properties that stand together, archived ones left out; `name` is empty for Other."""

    name: str
    properties: tuple[PropertyDef, ...]

    @property
    def label(self) -> str:
        """The group in the language of the person."""
        return shown_group(self.name)


@dataclass(frozen=True, slots=True)
class Layout:
    """The record page of an object type.

    `cards` and `hidden`: keys of relations as `card_key` gives them, `name:forward` or
    `name:inverse`; names of further cards (`records.panels`) stand there as they are.
    """

    groups: tuple[LayoutGroup, ...]
    cards: tuple[str, ...]
    hidden: frozenset[str]

    def arranged(self, cards: Iterable[T], key: Callable[[T], str]) -> list[T]:
        """Cards in the order of the layout, hidden ones left out, those it does not name last."""
        place = {name: number for number, name in enumerate(self.cards)}
        shown = [card for card in cards if key(card) not in self.hidden]
        return sorted(shown, key=lambda card: place.get(key(card), len(place)))


def layout_of(here: ObjectDef) -> Layout:
    """The layout of an object type.

    A group that the layout does not name stands where its first property does, after those it
    names; so a new property shows in Other at once.
    """
    groups = (group for group in all_groups(here) if group.properties)
    cards = tuple(here.layout.get("cards", ()))
    return Layout(tuple(groups), cards, frozenset(here.layout.get("hidden", ())))


def all_groups(here: ObjectDef) -> list[LayoutGroup]:
    """The groups of an object type in their order, empty ones too."""
    found: dict[str, list[PropertyDef]] = {name: [] for name in here.layout.get("groups", ())}
    for prop in here.active:
        found.setdefault(prop.group, []).append(prop)
    return [LayoutGroup(name, tuple(each)) for name, each in found.items()]


def card_key(side: Side) -> str:
    """What a layout calls the card of a relation."""
    return f"{side.association.name}:{'forward' if side.forward else 'inverse'}"


def card_sides(model: DataModel, here: ObjectDef) -> list[Side]:
    """The relations of an object type in the order of its layout, hidden ones too."""
    place = _places(here)
    return sorted(model.sides(here.name), key=lambda side: place.get(card_key(side), len(place)))


def further_cards(here: ObjectDef) -> list[FurtherCard]:
    """The other cards in the order of the layout, hidden ones too; they stand below relations."""
    place = _places(here)
    return sorted(CARDS, key=lambda card: place.get(card.name, len(place)))


def _places(here: ObjectDef) -> dict[str, int]:
    return {name: number for number, name in enumerate(here.layout.get("cards", ()))}
