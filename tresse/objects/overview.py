"""What the pages of the data model show: object types in numbers, one in detail, the graph."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.kernel.text import folded
from tresse.objects.calculated import is_for_syncs, is_set_by_product
from tresse.objects.counts import CAP, capped_record_count, shares_filled
from tresse.objects.described import (
    AssociationDef,
    DataModel,
    ObjectDef,
    PropertyDef,
    Side,
    data_model,
)
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.layouts import layout_of
from tresse.objects.sight import sees_association, sees_object
from tresse.objects.uses import Target, users_of_all

GRAPH_FIELDS = 4
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """An object type in numbers (C99). `records` is capped: one above `CAP` means more.

    It is None for those who do not see all records: how many there are is not told (C108).
    """

    object: ObjectDef
    plural: str
    records: int | None
    properties: int
    relations: int


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """A property as the page shows it; `share` of the newest records that have a value, 0 to 1."""

    property: PropertyDef
    label: str
    kind: str
    icon: str
    flags: tuple[str, ...]
    share: float | None = None
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PropertyGroup:
    """Properties that stand together on the record page; archived ones are the last group."""

    label: str
    rows: tuple[PropertyRow, ...]
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A property that a search over the data model found."""

    object: ObjectDef
    plural: str
    row: PropertyRow


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A relation as one of its ends sees it; `marks`: default, part, link label …."""

    association: AssociationDef
    other: str
    label: str
    inverse: str
    most: str
    most_inverse: str
    marks: tuple[str, ...]
    labels: tuple["RelationRow", ...] = ()
    "Its link labels."


def object_rows(actor: Actor, model: DataModel) -> list[ObjectRow]:
    """The object types the person may see."""
    return [
        ObjectRow(
            here,
            shown_plural(here),
            capped_record_count(here) if _sees_all(actor, here) else None,
            sum(1 for prop in here.active if _is_seen(actor, here, prop)),
            sum(1 for side in _sides(actor, model, here)),
        )
        for here in model.objects
        if sees_object(actor, here.name)
    ]


def _sees_all(actor: Actor, here: ObjectDef) -> bool:
    """Whether numbers over all records may be told to the person."""
    return actor.scope(here.name, "view") == "all"


def _is_seen(actor: Actor, here: ObjectDef, prop: PropertyDef) -> bool:
    return actor.access(here.name, prop.name) != "none"


def _sides(actor: Actor, model: DataModel, here: ObjectDef) -> Iterator[Side]:
    for side in model.sides(here.name):
        if sees_association(actor, here.name, side.other):
            yield side


def property_groups(
    actor: Actor, here: ObjectDef, words: str = "", *, with_shares: bool = False
) -> list[PropertyGroup]:
    """The properties that the person may see, by group, in the order of the record page (C99).

    Args:
        actor: Sees no property whose access is none.
        here: The object type.
        words: Only those whose label, name or description has all of these.
        with_shares: Whether to read records: how many are filled, and what uses each property.
    """
    shares = shares_filled(here) if with_shares and _sees_all(actor, here) else {}
    users = users_of_all() if with_shares else {}

    def shown(properties: Iterable[PropertyDef]) -> tuple[PropertyRow, ...]:
        return tuple(
            _property_row(here, prop, shares, users)
            for prop in properties
            if _is_seen(actor, here, prop) and _matches(prop, words)
        )

    groups = [PropertyGroup(each.label, shown(each.properties)) for each in layout_of(here).groups]
    archived = shown(prop for prop in here.properties if prop.is_archived)
    groups.append(PropertyGroup(gettext("Archived"), archived, is_archived=True))
    return [group for group in groups if group.rows]


def _property_row(
    here: ObjectDef,
    prop: PropertyDef,
    shares: Mapping[str, float],
    users: Mapping[Target, Sequence[str]],
) -> PropertyRow:
    return PropertyRow(
        prop,
        shown_label(prop),
        gettext(prop.kind.label),
        prop.kind.icon,
        flags(here, prop),
        shares.get(prop.name),
        tuple(users.get(Target("property", prop.name, here.name), ())),
    )


def _matches(prop: PropertyDef, words: str) -> bool:
    text = folded(f"{shown_label(prop)} {prop.label} {prop.name} {prop.description}")
    return all(word in text for word in folded(words).split())


def properties_found(actor: Actor, model: DataModel, words: str) -> list[Found]:
    """Properties of all object types the person may see that have the words, archived ones last."""
    found = [
        Found(here, shown_plural(here), _property_row(here, prop, {}, {}))
        for here in model.objects
        if sees_object(actor, here.name)
        for prop in here.properties
        if _is_seen(actor, here, prop) and _matches(prop, words)
    ]
    return sorted(found, key=lambda each: each.row.property.is_archived)[:MOST_FOUND]


def flags(here: ObjectDef, prop: PropertyDef) -> tuple[str, ...]:
    """What is said of a property in a word or two each."""
    facts = (
        (prop.name == here.title, gettext("title")),
        (prop.is_required, gettext("required")),
        (prop.is_unique, gettext("unique")),
        (prop.is_match_key, gettext("match key")),
        (prop.is_indexed, gettext("indexed")),
        (is_set_by_product(prop), gettext("set by the product")),
        (is_for_syncs(prop), gettext("written by syncs")),
        (prop.is_archived, gettext("archived")),
    )
    return tuple(word for holds, word in facts if holds)


def relation_rows(actor: Actor, model: DataModel, here: ObjectDef) -> list[RelationRow]:
    """The relations of an object type with both names and limits, each with its link labels."""
    rows = []
    for each in model.associations:
        if each.parent or here.name not in {each.from_object, each.to_object}:
            continue
        side = Side(each, forward=each.from_object == here.name)
        if sees_association(actor, here.name, side.other):
            rows.append(relation_row(model, side))
    return rows


def relation_row(model: DataModel, side: Side) -> RelationRow:
    """A relation or link label as one side sees it."""
    each = side.association
    back = Side(each, forward=not side.forward)
    facts = (
        (each.is_default, gettext("default")),
        (each.is_primary, gettext("primary")),
        (each.is_part, gettext("part")),
        (each.is_symmetric, gettext("symmetric")),
        (each.is_archived, gettext("archived")),
    )
    return RelationRow(
        each,
        shown_label(model.object(side.other)),
        shown_label(side),
        shown_label(back),
        limit_words(side.most),
        limit_words(back.most),
        tuple(word for holds, word in facts if holds),
        tuple(relation_row(model, Side(label, side.forward)) for label in model.labels_of(each)),
    )


def limit_words(most: int | None) -> str:
    """A limit as the graph writes it: `1`, `n`, `≤ 5` (C100)."""
    if most is None:
        return "n"
    return "1" if most == 1 else f"≤ {number_format(most, force_grouping=True)}"


def graph(actor: Actor, *, icons: str) -> dict[str, Any]:
    """The data of `<tresse-canvas>`: a node per object type, an edge per relation (C100).

    Args:
        actor: Sees only the object types they may see.
        icons: Address of the sprite.
    """
    model = data_model()
    rows = [row for row in object_rows(actor, model) if not row.object.is_archived]
    seen = {row.object.name for row in rows}
    edges = [
        _edge(each)
        for each in model.associations
        if not each.parent and not each.is_archived and {each.from_object, each.to_object} <= seen
    ]
    nodes = [_node(actor, row) for row in rows]
    return {"icons": icons, "nodes": nodes, "edges": edges, "labels": _canvas_words()}


def _edge(each: AssociationDef) -> dict[str, str]:
    forward, back = Side(each, forward=True), Side(each, forward=False)
    there, here = shown_label(forward), shown_label(back)
    label = f"{here} {limit_words(back.most)} – {limit_words(forward.most)} {there}"
    return {"source": each.from_object, "target": each.to_object, "label": label}


def _node(actor: Actor, row: ObjectRow) -> dict[str, Any]:
    here = row.object
    seen = [prop for prop in here.active if _is_seen(actor, here, prop)]
    seen.sort(key=lambda prop: prop.name != here.title)
    fields = [
        {
            "name": shown_label(prop),
            "type": gettext(prop.kind.label),
            "icon": prop.kind.icon,
            "key": prop.is_unique or prop.is_match_key,
        }
        for prop in seen[:GRAPH_FIELDS]
    ]
    left = len(seen) - len(fields)
    number = row.records or 0
    count = number_format(min(number, CAP), force_grouping=True)
    return {
        "id": here.name,
        "title": row.plural,
        "url": reverse("objects:object", args=[here.name]),
        "icon": here.icon,
        "hue": here.colour,
        "count": "" if row.records is None else f"{count}+" if number > CAP else count,
        "fields": fields,
        "more": ngettext("{n} more property", "{n} more properties", left).format(n=left),
    }


def _canvas_words() -> dict[str, str]:
    """React Flow's own words, by its names for them."""
    return {
        "controls.ariaLabel": gettext("Graph controls"),
        "controls.zoomIn.ariaLabel": gettext("Zoom in"),
        "controls.zoomOut.ariaLabel": gettext("Zoom out"),
        "controls.fitView.ariaLabel": gettext("Show all"),
        "node.a11yDescription.default": gettext("Press Enter to open the object type."),
        "edge.a11yDescription.default": gettext("A relation of two object types."),
    }
