"""Links of a record that is being made: a search field per relation, with labels (C96a)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.layouts import layout_of
from tresse.objects.requests import model_of
from tresse.records.also import Choice
from tresse.records.changes.create import Link
from tresse.records.lists import listed
from tresse.records.queries import titles
from tresse.records.views.cards import TASK, Relation, relation_of, relations
from tresse.records.views.requests import id_in

FOUND = 6
LINK, LABEL, FIND = "link:", "label:", "find"


@dataclass(frozen=True, slots=True)
class Relating:
    """One relation of the form: what is chosen, and the labels that the links may be given."""

    relation: Relation
    choices: list[Choice]
    labels: list[tuple[str, str]]
    label: str

    @property
    def name(self) -> str:
        """Of its boxes."""
        return f"{LINK}{self.relation.key}"

    @property
    def label_name(self) -> str:
        """Of the field for a label."""
        return f"{LABEL}{self.relation.key}"


def relating(request: SignedIn, object: ObjectDef, *, but: Side | None = None) -> list[Relating]:
    """The relations that a new record can be linked by, in the order of the layout.

    Args:
        request: With what was chosen, if the form comes back.
        object: The object type of the new record.
        but: The side that links it anyhow.
    """
    model, actor = model_of(request), request.actor
    offered = layout_of(object).arranged(relations(model, object, actor), lambda each: each.key)
    return [
        Relating(
            each,
            _chosen(request, each),
            list(_labels(model, each.side)),
            request.POST.get(f"{LABEL}{each.key}", ""),
        )
        for each in offered
        if each.other.name != TASK and each.side != but
    ]


def _chosen(request: SignedIn, relation: Relation) -> list[Choice]:
    ids = [id_in(each, relation.other) for each in request.POST.getlist(f"{LINK}{relation.key}")]
    named = titles(relation.other, ids, request.actor) if ids else {}
    return [Choice(relation.other, id, named[id], is_chosen=True) for id in ids if id in named]


def _labels(model: DataModel, side: Side) -> Iterable[tuple[str, str]]:
    for label in model.labels_of(side.association):
        if label.is_archived or (label.is_primary and not side.forward):
            continue
        both = side.association.is_symmetric and label.forward_label != label.inverse_label
        seen = [Side(label, forward=True), Side(label, forward=False)]
        for each in seen if both else [Side(label, side.forward)]:
            yield f"{label.name}:{'forward' if each.forward else 'inverse'}", shown_label(each)


def links_in(request: SignedIn, object: ObjectDef) -> list[Link]:
    """The links that the form asks for, as `create_record` makes them.

    Raises:
        TresseError: `association_type_not_found`, `record_not_found` (no id).
    """
    model, links = model_of(request), []
    for name in request.POST:
        if not name.startswith(LINK):
            continue
        relation = relation_of(model, object, request.actor, name.removeprefix(LINK))
        label, _, direction = request.POST.get(f"{LABEL}{relation.key}", "").partition(":")
        side = relation.side
        if direction:
            side = Side(side.association, direction == "forward")
        links += [
            (side, id_in(each, relation.other), label or None)
            for each in request.POST.getlist(name)
        ]
    return links


@require_safe
def relate_search(request: SignedIn, object_name: str, key: str) -> HttpResponse:
    """Records to link a new one with: those chosen so far, then those that words find."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "create", object.name, shown_plural(object))
    relation = relation_of(model, object, actor, key)
    ids = [id_in(each, relation.other) for each in request.GET.getlist(f"{LINK}{key}")]
    named = titles(relation.other, ids, actor) if ids else {}
    chosen = [Choice(relation.other, id, named[id], is_chosen=True) for id in ids if id in named]
    words = request.GET.get(FIND, "")
    found = listed(model, relation.other, actor=actor, words=words, columns=(), limit=FOUND)
    others = [
        Choice(relation.other, each.id, each.title)
        for each in (found.records if words.strip() else ())
        if each.id not in named
    ]
    each = Relating(relation, [*chosen, *others], [], "")
    return render(request, "records/_relate_choices.html", {"each": each, "words": words})
