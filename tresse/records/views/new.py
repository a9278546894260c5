"""The form for a new record."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cell, Cells
from tresse.records.changes import create_record
from tresse.records.changes.create import Link
from tresse.records.changes.values import IDENTIFYING
from tresse.records.queries import Record
from tresse.records.queries import record as read_record
from tresse.records.views.cards import relation_of
from tresse.records.views.duplicates import likely_context
from tresse.records.views.relating import links_in, relating
from tresse.records.views.requests import id_in
from tresse.records.views.values import posted
from tresse.records.wording import inside

WIDE = ("long_text", "rich_text")


@dataclass(frozen=True, slots=True)
class Field:
    """One property to fill in."""

    prop: PropertyDef
    label: str
    cell: Cell
    typed: str
    value: Any
    error: str
    choices: list[tuple[str, str]]

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole line."""
        return self.prop.kind.name in WIDE


def new_record(request: SignedIn, object_name: str) -> HttpResponse:
    """The form; POST creates the record and leads to its page.

    `with` links the new record to another one in the same transaction: its object, its id and the
    relation as seen from it (`deal:7:deal_contact:forward`).
    """
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "create", object.name, shown_plural(object))
    companion = _companion(model, request)
    refused: TresseError | None = None
    likely = likely_context(request, object) if request.method == "POST" else {}
    is_warned = bool(likely) and likely["is_new"]
    # Likely duplicates come before saving; sent again with them in sight, it goes on (C68).
    if request.method == "POST" and not is_warned:
        given = {
            prop.name: text
            for prop in _writable(request, object)
            if (text := posted(request, prop.name)).strip()
        }
        links: list[Link] = [(companion[1], companion[0].id, None)] if companion else []
        try:
            links += links_in(request, object)
            id = create_record(model, object, values=given, actor=actor, links=links)
        except TresseError as error:
            refused = error
        else:
            messages.success(request, gettext("The record is there now."))
            return HttpResponseRedirect(record_address(object, id))
    context = {
        **_fields_context(request, object, refused),
        **likely,
        "object": object,
        "label_inside": inside(shown_label(object)),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "companion": companion[0] if companion else None,
        "relating": relating(request, object, but=companion[1] if companion else None),
        "new_address": f"/{object.slug}/new/",
        "with": request.GET.get("with") or request.POST.get("with", ""),
        "back_address": record_address(companion[0].object, companion[0].id)
        if companion
        else index_address(object),
        "sentence": message(refused) if refused else "",
    }
    return render(request, "records/new.html", context, status=422 if refused or is_warned else 200)


def _companion(model: DataModel, request: SignedIn) -> tuple[Record, Side] | None:
    """The record to link with, and the side as seen from the new one."""
    text = request.GET.get("with") or request.POST.get("with", "")
    name, _, rest = text.partition(":")
    id, _, key = rest.partition(":")
    if not text:
        return None
    there = model.object(name)
    side = relation_of(model, there, request.actor, key).side
    forward = side.forward if side.association.is_symmetric else not side.forward
    return read_record(model, there, id_in(id, there), request.actor), Side(
        side.association, forward
    )


def _writable(request: SignedIn, object: ObjectDef) -> list[PropertyDef]:
    actor = request.actor
    return [
        prop
        for prop in object.active
        if prop.column and not prop.is_read_only and actor.access(object.name, prop.name) == "edit"
    ]


def _fields_context(
    request: SignedIn, object: ObjectDef, refused: TresseError | None
) -> dict[str, Any]:
    """The fields that come first, and those folded away; open if one of them was refused."""
    errors = errors_of(object, refused)
    cells = Cells(object, request.actor)
    fields = [
        new_field(request, prop, cells, errors.get(prop.name, ""))
        for prop in _writable(request, object)
    ]
    first = [field for field in fields if _comes_first(object, field.prop)]
    more = [field for field in fields if not _comes_first(object, field.prop)]
    return {
        "first_fields": first or fields,
        "more_fields": more if first else [],
        "is_open": any(field.error for field in more),
        "errors": [(field, field.error) for field in (*first, *more) if field.error],
    }


def _comes_first(object: ObjectDef, prop: PropertyDef) -> bool:
    """What a record needs, and what identifies it: title, search, unique and match keys."""
    if prop.name == "external_id":
        return False
    identifies = prop.is_match_key or prop.is_unique or prop.name in object.search
    named = prop.name == object.title or (object.name == "contact" and prop.name in IDENTIFYING)
    return prop.is_required or identifies or named


def errors_of(object: ObjectDef, refused: TresseError | None) -> dict[str, str]:
    """Sentences by property; one refusal about a single value names it by its label."""
    if refused is None:
        return {}
    found = {
        each["field"]: each["sentence"]
        for each in refused.details.get("errors", ())
        if each["field"]
    }
    if not found and refused.code == "duplicate_value":
        label = refused.details.get("name")
        named = [each for each in object.active if label in {each.label, shown_label(each)}]
        found = {prop.name: message(refused) for prop in named}
    return found


def new_field(request: SignedIn, prop: PropertyDef, cells: Cells, error: str) -> Field:
    """The field of a property, with what was typed and why it was refused."""
    is_posted = request.method == "POST"
    typed = posted(request, prop.name) if is_posted else request.GET.get(prop.name, prop.default)
    chosen = request.POST.getlist(prop.name)
    # Several choices are shown again from the form in which they are stored.
    value = f"|{'|'.join(chosen)}|" if prop.kind.name == "options" and chosen else None
    return Field(
        prop, shown_label(prop), cells.cell(prop, None), typed, value, error, cells.choices(prop)
    )
