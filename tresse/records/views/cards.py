"""The linked records of a record: a card per relation in use, one control for the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters.paths import side_name
from tresse.kernel.clock import now
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.layouts import layout_of
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cell, Cells
from tresse.records.index import as_text
from tresse.records.links import counts, linked, number_of, side_key
from tresse.records.panels import PANELS, shown_panel
from tresse.records.queries import record as read_record
from tresse.records.views.requests import may
from tresse.records.wording import inside

SHOWN, TASK = 5, "task"


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
    def is_single(self) -> bool:
        """Whether a record here has one other at most: a further one replaces it."""
        return self.side.most == 1

    @property
    def form(self) -> str:
        """Of a link on the card: `records/_link_<form>.html`."""
        return TASK if self.other.name == TASK else "stage" if self.other.has_pipelines else "plain"

    @property
    def link_template(self) -> str:
        """Of one link on the card."""
        return f"records/_link_{self.form}.html"

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
    def heading(self) -> str:
        """The relation; in the plural where it is called as the object and there are several."""
        other = self.relation.other
        several = self.number > 1 and self.relation.label == shown_label(other)
        return shown_plural(other) if several else self.relation.label

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
    """Cards of the relations in use, in the order of the layout, and the relations left."""
    numbers = counts(model, object, id, actor)
    cards, left = [], []
    layout = layout_of(object)
    for relation in layout.arranged(relations(model, object, actor), lambda each: each.key):
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
    side, other = relation.side, relation.other
    shown = [
        other.property(name)
        for name in _facts_of(other)
        if other.has(name)
        and not other.property(name).is_archived
        and actor.access(other.name, name) != "none"
    ]
    found = linked(model, side, id, actor, limit=SHOWN, properties=shown) if numbers[0] else []
    cells = Cells(other, actor)
    links = [
        {
            **each,
            "address": record_address(other, each["id"]),
            "tags": [text for label in each["label_sides"] if (text := _tag(label))],
            "toggles": list(_toggles(model, side, each["label_sides"])),
            **_facts(other, each["values"], cells),
        }
        for each in found
    ]
    condition = linked_condition(object, id, relation)
    query = urlencode({"filter": as_text([condition])})
    return Card(relation, links, *numbers, f"{index_address(other)}?{query}")


def _facts_of(other: ObjectDef) -> list[str]:
    """Names of the properties that a card tells of a linked record."""
    if other.name == TASK:
        return ["due_at", "status", "owner"]
    names = ["stage", "amount", "close_date"] if other.has_pipelines else ["amount"]
    return list(dict.fromkeys([other.subtitle, *names])) if other.subtitle else names


def _facts(other: ObjectDef, values: Mapping[str, Any], cells: Cells) -> dict[str, Any]:
    """What a card tells of a linked record: cells by name, its stage, whether a task is done."""

    def cell(name: str) -> Cell | None:
        return cells.cell(other.property(name), values[name]) if values.get(name) else None

    stage = other.stages.get(values.get("stage") or 0) if other.has_pipelines else None
    path = next((each.stages for each in other.pipelines if stage in each.stages), ())
    subtitle = cell(other.subtitle) if other.subtitle not in {"", "stage", "amount"} else None
    due = values.get("due_at")
    is_done = values.get("status") == "done"
    return {
        "subtitle": subtitle,
        "amount": cell("amount"),
        "owner": cell("owner"),
        "closes": cell("close_date") if stage and stage.kind == "open" else None,
        "stage": shown_label(stage, other) if stage else "",
        "stages": [each.position <= stage.position for each in path] if stage else [],
        "is_lost": bool(stage and stage.kind == "lost"),
        "due": due,
        "is_done": is_done,
        "is_late": bool(due and due < now() and not is_done),
    }


def _tag(label: Side) -> str:
    """How a link label stands on a card; a primary one is told from the side that has one alone."""
    if label.association.is_primary:
        return gettext("Primary") if label.forward else ""
    return shown_label(label)


def _toggles(model: DataModel, side: Side, has: Sequence[Side]) -> Iterator[dict[str, Any]]:
    """Link labels that a link may be given or not, as seen from the record of the page."""
    for label in model.labels_of(side.association):
        if label.is_archived or (label.is_primary and not side.forward):
            continue
        both = side.association.is_symmetric and label.forward_label != label.inverse_label
        for seen in (
            [Side(label, True), Side(label, False)] if both else [Side(label, side.forward)]
        ):
            is_on = seen in has
            if label.is_primary and is_on:
                continue
            yield {
                "name": label.name,
                "direction": "forward" if seen.forward else "inverse",
                "label": gettext("Make primary") if label.is_primary else shown_label(seen),
                "is_on": is_on,
                "is_primary": label.is_primary,
            }


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


def record_cards(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """The cards alone, as they are now."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    read_record(model, object, id, actor)
    address = record_address(object, id)
    if not is_fragment(request):
        return HttpResponseRedirect(f"{address}#cards")
    return render(request, "records/_cards.html", cards_page(request, object, id))


def cards_page(request: SignedIn, object: ObjectDef, id: int) -> dict[str, Any]:
    """What the template of the cards is rendered with."""
    return {
        **cards_context(model_of(request), object, id, request.actor),
        "object": object,
        "address": record_address(object, id),
        "may_edit": may(object, id, request.actor, "edit"),
    }


def record_panel(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """A card that another room adds, alone; nothing if the record has it no more."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    found, panel, address = (
        read_record(model, object, id, actor),
        PANELS[name],
        record_address(object, id),
    )
    if not is_fragment(request):
        return HttpResponseRedirect(f"{address}#panel-{name}")
    shown = shown_panel(panel, model, object, id, actor=actor)
    if shown is None:
        return HttpResponse()
    context = {
        "shown": shown,
        "object": object,
        "record": found,
        "address": address,
        "may_edit": may(object, id, actor, "edit"),
    }
    return render(request, "records/_panel.html", context)
