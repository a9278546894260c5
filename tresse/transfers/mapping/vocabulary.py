"""What headers mean in files of one object type: relations, ids, properties, in all languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import known_labels
from tresse.transfers.mapping import words
from tresse.transfers.mapping.answers import (
    Answer,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    PropertyColumn,
    ReadOnlyColumn,
)
from tresse.transfers.mapping.near import Near, compared


class Meaning(NamedTuple):
    """What a header means, and how it is written by those who know."""

    answer: Answer
    header: str
    reason: str = "association"


@dataclass(frozen=True)
class Vocabulary:
    """Known headers by their compared form (`near.compared`).

    `relations`: those of T42. `asking`: near ones told exactly, plurals and object labels alone
    (T43). `ids`: of the object itself; `other_ids`: of others (T22a). `full_names`: of the object's
    relations, to be listed (T44).
    """

    object: ObjectDef
    model: DataModel
    actor: Actor
    relations: dict[str, Meaning]
    asking: dict[str, Meaning]
    properties: dict[str, Meaning]
    ids: frozenset[str]
    other_ids: dict[str, ObjectDef]
    full_names: list[str]

    def __contains__(self, form: str) -> bool:
        return (
            form in self.ids
            or form in self.relations
            or form in self.properties
            or form in self.other_ids
        )

    @cached_property
    def met(self) -> dict[tuple[int, str], ColumnAnswer]:
        """Columns recognised before, by position and header: nothing else decides them."""
        return {}

    @cached_property
    def near_relations(self) -> Near:
        """Relations to look for near ones in."""
        return Near(self.relations)

    @cached_property
    def near_properties(self) -> Near:
        """Properties to look for near ones in."""
        return Near(self.properties)

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        """What a header may begin with that only says whose property it is: "contact "."""
        return tuple({f"{compared(label)} " for label in words.singulars(self.object)})

    def by_itself(self, form: str) -> Answer | None:
        """What a column called so is needed for, whatever a person says: an id, a relation."""
        if form in self.ids:
            return IdColumn()
        return self.relations[form].answer if form in self.relations else None


def vocabulary_of(object: ObjectDef, model: DataModel, actor: Actor) -> Vocabulary:
    """All headers known for files of an object type; properties out of the person's sight left out.

    Where two things share a header the first wins: names before labels, what it is called here
    before what its object is called.
    """
    sides = [side for side in model.sides(object.name, labels=True) if _is_open(side, model)]
    relations: dict[str, Meaning] = {}
    for meaning in (*_associated(sides, model), *_called(object, sides, model)):
        relations.setdefault(compared(meaning.header), meaning)
    asking: dict[str, Meaning] = {}
    for header, meaning in _asking(object, sides, model):
        if compared(header) not in relations:
            asking.setdefault(compared(header), meaning)
    others = {
        compared(header): each
        for each in model.objects
        if each.name != object.name and not each.is_archived
        for header in words.ids(each)
    }
    own = {"ID", "Record ID", "Identifiant", "Identyfikator", *words.ids(object)}
    if object.id < 0:
        own = set()  # an activity is known by its external id alone (T2)
    return Vocabulary(
        object=object,
        model=model,
        actor=actor,
        relations=relations,
        asking=asking,
        properties=properties_of(object, actor),
        ids=frozenset(map(compared, own)),
        other_ids=others,
        full_names=[model.full_name(side) for side in model.sides(object.name)],
    )


def properties_of(object: ObjectDef, actor: Actor) -> dict[str, Meaning]:
    """Properties of an object type by every header that means them."""
    properties: dict[str, Meaning] = {}
    for header, meaning in _properties(object, actor):
        properties.setdefault(compared(header), meaning)
    return properties


def column_of(side: Side, model: DataModel, form: str = "relation") -> AssociationColumn:
    """The answer for a relation or link label as seen from the object of the file."""
    if side.association.parent is None:
        return AssociationColumn(side, form)
    parent = Side(model.association(side.association.parent), side.forward)
    return AssociationColumn(parent, form, side.association.name)


def _is_open(side: Side, model: DataModel) -> bool:
    return not model.object(side.other).is_archived


def _is_default(side: Side) -> bool:
    return side.association.is_default and side.association.parent is None


def _associated(sides: list[Side], model: DataModel) -> Iterator[Meaning]:
    """`Associated X`, for the default type to each other object."""
    for side in sides:
        if _is_default(side):
            answer = column_of(side, model, "associated")
            for header in words.associated(model.object(side.other)):
                yield Meaning(answer, header)


def _called(object: ObjectDef, sides: list[Side], model: DataModel) -> Iterator[Meaning]:
    """Full names, and what relations and link labels are called here, default types apart."""
    own = [*words.singulars(object), *object.former_labels]
    for side in sides:
        answer = column_of(side, model)
        for label in known_labels(side):
            yield from (Meaning(answer, f"{here} > {label}") for here in own)
    for side in sides:
        answer = column_of(side, model)
        if _is_default(side):
            for label in words.singulars(model.object(side.other)):
                yield from (Meaning(answer, f"{here} > {label}") for here in own)
        else:
            yield from (Meaning(answer, label) for label in known_labels(side))
    for side in sides:
        yield Meaning(column_of(side, model), f"{object.name} > {side.association.name}")


def _asking(
    object: ObjectDef, sides: list[Side], model: DataModel
) -> Iterator[tuple[str, Meaning]]:
    """Headers that are told exactly and still ask (T43): plurals, an object label alone."""
    for side in filter(_is_default, sides):
        other = model.object(side.other)
        meant = Meaning(column_of(side, model, "associated"), f"Associated {other.label}")
        for header in words.associated_plurals(other):
            yield header, meant
        for header in (*words.singulars(other), *words.plurals(other), *known_labels(side)):
            yield header, meant
        full = Meaning(column_of(side, model), model.full_name(side))
        for here in (*words.singulars(object), *words.plurals(object)):
            for there in (*words.singulars(other), *words.plurals(other)):
                yield f"{here} > {there}", full


def _properties(object: ObjectDef, actor: Actor) -> Iterator[tuple[str, Meaning]]:
    """Names, then labels, then all other words of each property."""
    seen = [prop for prop in object.active if actor.access(object.name, prop.name) != "none"]
    for prop in seen:
        yield prop.name, _meaning(prop, object, actor, "name")
    for prop in seen:
        yield prop.label, _meaning(prop, object, actor, "label")
    for prop in seen:
        for label in known_labels(prop):
            reason = "former label" if label in prop.former_labels else "label"
            yield label, _meaning(prop, object, actor, reason)


def _meaning(prop: PropertyDef, object: ObjectDef, actor: Actor, reason: str) -> Meaning:
    is_written = (
        not prop.is_read_only and prop.column and actor.access(object.name, prop.name) == "edit"
    )
    answer: Answer = PropertyColumn(prop.name) if is_written else ReadOnlyColumn(prop.name)
    return Meaning(answer, prop.label, reason)
