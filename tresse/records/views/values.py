"""The properties on a record's page, each shown and edited where it stands."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.requests import SignedIn
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.labels import shown_group, shown_label
from tresse.objects.layouts import layout_of
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.records.cells import Cell, Cells
from tresse.records.changes import update_record
from tresse.records.index import QUIET
from tresse.records.other_values import may_hold_more
from tresse.records.queries import Record
from tresse.records.queries import record as read_record
from tresse.records.views.requests import CHANGED, may


@dataclass(frozen=True, slots=True)
class Editing:
    """The property whose field is open on a page, and why what was typed was refused."""

    name: str = ""
    typed: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One property as its line shows it; an open one also has its field."""

    prop: PropertyDef
    label: str
    icon: str
    group: str
    cell: Cell
    may_edit: bool
    choices: list[tuple[str, str]]

    @property
    def has_history(self) -> bool:
        """Whether its line opens its history: it is read only, but not worked out (C25)."""
        return bool(self.prop.column) and not self.may_edit and not self.prop.is_read_only

    others: tuple[str, ...]
    "Other values by which the record is found."
    may_hold_more: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Properties that stand together; empty ones are folded away (C94)."""

    label: str
    filled: list[Entry]
    empty: list[Entry]
    is_open: bool
    "Whether its empty ones are shown: one of them is being edited."


def property_groups(
    object: ObjectDef, found: Record, cells: Cells, may_edit: bool, *, open_name: str = ""
) -> list[Group]:
    """Properties of a record by group, in the order of the layout (C97)."""
    groups = []
    for group in layout_of(object).groups:
        each = [
            property_entry(
                object, prop, found, cells, may_edit=may_edit, with_choices=prop.name == open_name
            )
            for prop in group.properties
            if prop.name in found.values and prop.name not in QUIET | {"id"}
        ]
        filled = [entry for entry in each if entry.cell.value is not None]
        empty = [entry for entry in each if entry.cell.value is None]
        is_open = any(entry.prop.name == open_name for entry in empty)
        if each:
            groups.append(Group(group.label, filled, empty, is_open))
    return groups


def property_entry(
    object: ObjectDef,
    prop: PropertyDef,
    found: Record,
    cells: Cells,
    *,
    may_edit: bool,
    with_choices: bool = False,
) -> Entry:
    """One property of a record; `with_choices` for its field."""
    may_write = may_edit and not prop.is_read_only and bool(prop.column)
    return Entry(
        prop,
        shown_label(prop),
        prop.kind.icon,
        shown_group(prop.group),
        cells.of(found, prop),
        may_write and cells.actor.access(object.name, prop.name) == "edit",
        cells.choices(prop) if with_choices else [],
        cells.others(prop, found.id),
        may_hold_more(prop),
    )


def saved(request: SignedIn, object: ObjectDef, prop: PropertyDef, id: int) -> Record:
    """Save what was posted for one property; answers the record as it was before.

    Raises:
        TresseError: As `update_record`, and `changed_meanwhile`: the property holds something else
            than when the field was opened (C54).
    """
    model, actor = model_of(request), request.actor
    before = read_record(model, object, id, actor)
    update_record(
        model,
        object,
        id,
        values={prop.name: posted(request, prop.name)},
        expected={prop.name: request.POST["before"]} if "before" in request.POST else None,
        actor=actor,
    )
    return before


def posted(request: SignedIn, name: str) -> str:
    """What was typed, several choices joined as a person would type them."""
    return ";".join(request.POST.getlist(name))


def property_line(request: SignedIn, object: ObjectDef, prop: PropertyDef, id: int) -> HttpResponse:
    """The line of a property alone, as it was."""
    found, cells = _read(request, object, id)
    entry = property_entry(
        object, prop, found, cells, may_edit=may(object, id, request.actor, "edit")
    )
    context = {"entry": entry, "address": record_address(object, id), "has_focus": True}
    return render(request, "records/_property.html", context)


def property_field(
    request: SignedIn, object: ObjectDef, prop: PropertyDef, id: int, *, editing: Editing
) -> HttpResponse:
    """The field of a property alone, with what was typed if it was refused."""
    found, cells = _read(request, object, id)
    may_edit = may(object, id, request.actor, "edit")
    entry = property_entry(object, prop, found, cells, may_edit=may_edit, with_choices=True)
    if not entry.may_edit:
        return property_line(request, object, prop, id)
    context = {
        "entry": entry,
        "address": record_address(object, id),
        "editing": editing,
    }
    status = 422 if editing.sentence else 200
    return render(request, "records/_property_edit.html", context, status=status)


def property_saved(
    request: SignedIn, object: ObjectDef, prop: PropertyDef, before: Record, *, head: dict[str, Any]
) -> HttpResponse:
    """The new line of a property, and out of band whatever else the change moved."""
    context = {**head, **saved_context(request, object, prop, before)}
    answer = render(request, "records/_property_saved.html", context)
    answer.headers["HX-Trigger"] = CHANGED
    return answer


def saved_context(
    request: SignedIn, object: ObjectDef, prop: PropertyDef, before: Record
) -> dict[str, Any]:
    """The line of a property that was saved, and lines of whatever else the change moved."""
    found, cells = _read(request, object, before.id)
    may_edit = may(object, before.id, request.actor, "edit")

    def entry(each: PropertyDef) -> Entry:
        return property_entry(object, each, found, cells, may_edit=may_edit)

    moved = [
        entry(each)
        for each in object.active
        if each.name in found.values
        and each.name not in QUIET | {"id", prop.name}
        and found.values[each.name] != before.values[each.name]
    ]
    return {
        "entry": entry(prop),
        "moved": moved,
        "has_saved": True,
        "has_focus": True,
        "may_edit": may_edit,
        "said": gettext("{label} is saved.").format(label=shown_label(prop)),
    }


def counted_entries(request: SignedIn, object: ObjectDef, id: int) -> list[Entry]:
    """The lines that tell of activities, as they are after one was logged."""
    found, cells = _read(request, object, id)
    return [
        property_entry(object, object.property(name), found, cells, may_edit=False)
        for name in ("last_activity_at", "activity_count")
        if name in found.values
    ]


def _read(request: SignedIn, object: ObjectDef, id: int) -> tuple[Record, Cells]:
    found = read_record(model_of(request), object, id, request.actor)
    return found, Cells(object, request.actor)
