"""The linked records of a record: a card per relation in use, one control for the others."""

from dataclasses import dataclass
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.filters.paths import side_name
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.records.addresses import index_address, record_address
from tresse.records.index import as_text
from tresse.records.links import counts, linked, number_of, side_key
from tresse.records.wording import inside

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a record that a person may see, with what can be linked by it."""

    key: str
    side: Side
    label: str
    other: ObjectDef
    may_create: bool

    @property
    def anchor(self) -> str:
        """Part of the ids of elements."""
        return self.key.replace(":", "-")

    @property
    def label_inside(self) -> str:
        """Within a sentence."""
        return inside(self.label)

    @property
    def plural_inside(self) -> str:
        """What the other records are called, within a sentence."""
        return inside(shown_plural(self.other))


@dataclass(frozen=True, slots=True)
class Card:
    """The first links of one relation, and how many there are."""

    relation: Relation
    links: list[dict[str, Any]]
    number: int
    hidden: int
    "Linked ones out of sight."
    all_address: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.number - len(self.links)


def relations(model: DataModel, object: ObjectDef, actor: Actor) -> list[Relation]:
    """Relations of an object type whose other end the person may see."""
    return [
        Relation(
            side_key(side),
            side,
            shown_label(side),
            other,
            actor.scope(other.name, "create") != "none",
        )
        for side in model.sides(object.name)
        if not (other := model.object(side.other)).is_archived
        and actor.scope(other.name, "view") != "none"
    ]


def relation_of(model: DataModel, object: ObjectDef, actor: Actor, key: str) -> Relation:
    """The relation with that key on an object.

    Raises:
        TresseError: `association_type_not_found`.
    """
    known = {each.key: each for each in relations(model, object, actor)}
    if key not in known:
        raise ASSOCIATION_TYPE_NOT_FOUND(name=key, known=list(known), nearest=None)
    return known[key]


def cards_context(model: DataModel, object: ObjectDef, id: int, actor: Actor) -> dict[str, Any]:
    """Cards of the relations in use, in the order of the definitions, and the relations left."""
    numbers = counts(model, object, id, actor)
    cards, left = [], []
    for relation in relations(model, object, actor):
        number = numbers.get(relation.key, 0)
        hidden = 0
        if actor.scope(relation.other.name, "view") != "all":
            hidden = number_of(relation.side, id, relation.other) - number
        if number or hidden:
            cards.append(
                _card(model, object, id, actor, relation=relation, numbers=(number, hidden))
            )
        else:
            left.append(relation)
    return {"cards": cards, "left_relations": left}


def _card(
    model: DataModel,
    object: ObjectDef,
    id: int,
    actor: Actor,
    *,
    relation: Relation,
    numbers: tuple[int, int],
) -> Card:
    links = linked(model, relation.side, id, actor, limit=SHOWN) if numbers[0] else []
    for each in links:
        each["address"] = record_address(relation.other, each["id"])
        each["label_names"] = [_link_label(model, name) for name in each["labels"]]
    condition = linked_condition(object, id, relation)
    query = urlencode({"filter": as_text([condition])})
    return Card(relation, links, *numbers, f"{index_address(relation.other)}?{query}")


def linked_condition(object: ObjectDef, id: int, relation: Relation) -> dict[str, Any]:
    """The filter for records at the other end of a relation that are linked to one record."""
    back = Side(relation.side.association, not relation.side.forward)
    if relation.side.association.is_symmetric:
        back = relation.side
    return {
        "linked": object.name,
        "by": [side_name(back)],
        "filter": {"property": "id", "operator": "is", "value": id},
    }


def _link_label(model: DataModel, name: str) -> str:
    label = model.association(name)
    return gettext("Primary") if label.is_primary else shown_label(Side(label, forward=True))
