"""Dialogs that change many records at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import bulk_address, index_address
from tresse.records.bulk.asked import NUMBERS
from tresse.records.bulk_actions import BULK_ACTIONS
from tresse.records.cells import Cell, Cells
from tresse.records.changes.bulk import bulk_edit
from tresse.records.links import side_key
from tresse.records.lists import listed
from tresse.records.models import BulkEdit
from tresse.records.refusals import NOTHING_CHOSEN
from tresse.records.selection import Selection, number_of, selection_of
from tresse.records.views.values import posted
from tresse.records.wording import inside

FOUND = 8
TASK_FIELDS = ("title", "type", "due_at", "priority", "notes")
TITLES = {
    "edit": N_("Edit {n} {things}"),
    "owner": N_("Give {n} {things} an owner"),
    "stage": N_("Move {n} {things}"),
    "link": N_("Link {n} {things}"),
    "unlink": N_("Unlink {n} {things}"),
    "task": N_("A task for each of {n} {things}"),
    "delete": N_("Delete {n} {things}?"),
}
BUTTONS = {
    "edit": N_("Change"),
    "owner": N_("Give"),
    "stage": N_("Move"),
    "link": N_("Link records"),
    "unlink": N_("Unlink"),
    "task": N_("Create tasks"),
    "delete": N_("Delete"),
}
ACT_LABELS = {
    "set": N_("Set to"),
    "add": N_("Add"),
    "add_options": N_("Add these"),
    "remove_options": N_("Take these away"),
    "empty": N_("Empty"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A property to change: what may be done with it, and the control for the value."""

    prop: PropertyDef
    label: str
    cell: Cell
    acts: list[tuple[str, str]]
    act: str
    typed: str
    value: Any
    error: str
    choices: list[tuple[str, str]]


def bulk(request: SignedIn, object_name: str, act: str) -> HttpResponse:
    """The dialog of one act for the selected records; POST carries it out."""
    model = model_of(request)
    object = model.object(object_name)
    if act not in TITLES:
        raise UNKNOWN_NAME(sort=N_("bulk action"), name=act, nearest=nearest(act, TITLES))
    action = BULK_ACTIONS[act]
    if not action.may(request.actor, object):
        # The change says in its own words what is missing.
        bulk_edit(
            model,
            object,
            Selection(),
            settings={"act": _act_of(act)},
            number=None,
            actor=request.actor,
        )
    refused: TresseError | None = None
    if request.method == "POST":
        try:
            return _carried_out(request, model, object, act)
        except TresseError as error:
            refused = error
    context = _context(request, model, object, act, refused=refused)
    template = "records/_bulk_form.html" if is_fragment(request) else "records/bulk.html"
    return render(request, template, context, status=422 if refused else 200)


def _act_of(act: str) -> str:
    return "edit" if act in ("owner", "stage") else act


def _carried_out(request: SignedIn, model: DataModel, object: ObjectDef, act: str) -> HttpResponse:
    number = request.POST.get("number", "")
    row = bulk_edit(
        model,
        object,
        selection_of(request.POST),
        settings=_settings(request, object, act),
        number=int(number[:18]) if number.isdecimal() else None,
        actor=request.actor,
    )
    address = bulk_address(object, str(row.pk))
    to = request.headers.get("HX-Current-URL") or index_address(object)
    if "/bulk/" in to:
        # Opened on a page of its own, which asks for records that may be gone now.
        to = index_address(object)
    if row.job_id is not None or row.refused:
        to = address
    else:
        said = _said(row, object)
        link = format_html('<a class="link" href="{}">{}</a>', address, gettext("See or undo"))
        messages.success(request, format_html("{} {}", said, link))
    if not is_fragment(request):
        return HttpResponseRedirect(to)
    answer = HttpResponse()
    answer.headers["HX-Redirect"] = to
    return answer


def _said(row: BulkEdit, object: ObjectDef) -> str:
    """What was done, in one sentence."""
    named = inside(shown_plural(object) if row.changed != 1 else shown_label(object))
    if row.settings["act"] == "delete":
        text = ngettext("{n} {things} is in the bin.", "{n} {things} are in the bin.", row.changed)
    elif row.settings["act"] == "task":
        text = ngettext(
            "A task for {n} {things} was made.", "Tasks for {n} {things} were made.", row.changed
        )
    else:
        text = ngettext("{n} {things} changed.", "{n} {things} changed.", row.changed)
    said = text.format(n=row.changed, things=named)
    if row.unchanged:
        so = ngettext("{n} was so already.", "{n} were so already.", row.unchanged)
        said = f"{said} {so.format(n=row.unchanged)}"
    return said


# What the form asks.


def _settings(request: SignedIn, object: ObjectDef, act: str) -> dict[str, Any]:
    given = request.POST
    if act in ("link", "unlink"):
        ids = [int(id) for id in given.getlist("other") if id.isdecimal() and len(id) < 19]
        return {"act": act, "type": given.get("type", ""), "ids": ids}
    if act == "task":
        properties = {name: posted(request, f"value-{name}") for name in TASK_FIELDS}
        assign = given.get("assign", "")
        if assign not in ("", "owner"):
            properties["owner"], assign = assign, ""
        return {
            "act": "task",
            "properties": {name: text for name, text in properties.items() if text},
            "assign": assign,
        }
    if act == "delete":
        return {"act": "delete"}
    if act == "stage":
        stage = next((e for e in object.stages.values() if str(e.id) == given.get("stage")), None)
        if stage is None:
            return {"act": "edit", "changes": []}
        pipeline = next(each for each in object.pipelines if each.id == stage.pipeline_id)
        changes = [{"property": "pipeline", "act": "set", "value": pipeline.name}]
        changes.append({"property": "stage", "act": "set", "value": stage.name})
        return {"act": "edit", "changes": changes}
    names = given.getlist("change")
    if act == "owner":
        # Without a choice nothing is changed: records lose their owner only where that is ticked.
        is_chosen = given.get("value-owner") or given.get("act-owner") == "empty"
        names = ["owner"] if is_chosen else []
    return {"act": "edit", "changes": [_change(request, name) for name in names]}


def _change(request: SignedIn, name: str) -> dict[str, Any]:
    act = request.POST.get(f"act-{name}", "set")
    change: dict[str, Any] = {"property": name, "act": act}
    if act != "empty":
        change["value"] = posted(request, f"value-{name}")
    return change


# What the dialog shows.


def _context(
    request: SignedIn,
    model: DataModel,
    object: ObjectDef,
    act: str,
    *,
    refused: TresseError | None,
) -> dict[str, Any]:
    data = request.POST if request.method == "POST" else request.GET
    selection = selection_of(data)
    number = number_of(selection, model, object, request.actor)
    if not number:
        raise NOTHING_CHOSEN()
    named = inside(shown_plural(object) if number != 1 else shown_label(object))
    errors = _errors(refused)
    context: dict[str, Any] = {
        "object": object,
        "plural": shown_plural(object),
        "things": named,
        "index_address": index_address(object),
        "address": bulk_address(object, act),
        "act": act,
        "act_template": f"records/_bulk_{act}.html",
        "title": gettext(TITLES[act]).format(n=f"{number:n}", things=named),
        "button": gettext(BUTTONS[act]),
        "is_danger": BULK_ACTIONS[act].is_danger,
        "state": [*selection.fields(), ("number", str(number))],
        "number": number,
        "is_all": selection.is_all,
        "is_job": number > 100,
        "sentence": message(refused) if refused and not errors else "",
        "errors": errors,
    }
    return context | _fields_of(request, model, object, act, errors=errors)


def _errors(refused: TresseError | None) -> dict[str, str]:
    if refused is None:
        return {}
    return {each["field"]: each["sentence"] for each in refused.details.get("errors", ())}


def _fields_of(
    request: SignedIn, model: DataModel, object: ObjectDef, act: str, *, errors: Mapping[str, str]
) -> dict[str, Any]:
    actor = request.actor
    if act == "task":
        task = model.object("task")
        cells = Cells(task, actor)
        fields = [
            _field(request, task.property(name), cells, errors.get(name, ""))
            for name in TASK_FIELDS
            if task.has(name) and actor.access("task", name) == "edit"
        ]
        return {"fields": fields, "people": cells.active_people}
    if act in ("link", "unlink"):
        return {"relations": _relations(model, object, request)}
    cells = Cells(object, actor)
    if act == "owner":
        owner = object.property("owner")
        return {"fields": [_field(request, owner, cells, errors.get("owner", ""))]}
    if act == "stage":
        pipelines = [
            (shown_label(each, object), [(s.id, shown_label(s, object)) for s in each.stages])
            for each in object.pipelines
        ]
        return {"pipelines": pipelines}
    return _edit_fields(request, object, cells, errors)


def _edit_fields(
    request: SignedIn, object: ObjectDef, cells: Cells, errors: Mapping[str, str]
) -> dict[str, Any]:
    data = request.POST if request.method == "POST" else request.GET
    names = list(dict.fromkeys([*data.getlist("change"), *data.getlist("property")]))
    offered = editable(object, request)
    known = {prop.name: prop for prop in offered}
    fields = [
        _field(request, known[name], cells, errors.get(name, "")) for name in names if name in known
    ]
    left = [(prop.name, shown_label(prop)) for prop in offered if prop.name not in names]
    return {"fields": fields, "offered": left}


def editable(object: ObjectDef, request: SignedIn) -> list[PropertyDef]:
    """Properties a person may change on many records."""
    actor = request.actor
    return [
        prop
        for prop in object.active
        if prop.column and not prop.is_read_only and actor.access(object.name, prop.name) == "edit"
    ]


def _field(request: SignedIn, prop: PropertyDef, cells: Cells, error: str) -> Field:
    data = request.POST if request.method == "POST" else request.GET
    chosen = data.getlist(f"value-{prop.name}")
    value = f"|{'|'.join(chosen)}|" if prop.kind.name == "options" and chosen else None
    names = ["set"]
    if prop.kind.name in NUMBERS and not prop.is_unique:
        names.append("add")
    if prop.kind.name == "options":
        names = ["add_options", "remove_options", "set"]
    if not prop.is_required:
        names.append("empty")
    return Field(
        prop,
        shown_label(prop),
        cells.cell(prop, None),
        [(name, gettext(ACT_LABELS[name])) for name in names],
        data.get(f"act-{prop.name}", names[0]),
        ";".join(chosen),
        value,
        error,
        cells.choices(prop),
    )


def _relations(model: DataModel, object: ObjectDef, request: SignedIn) -> list[tuple[str, str]]:
    found = []
    for side in model.sides(object.name):
        other = model.object(side.other)
        if request.actor.scope(other.name, "view") != "none" and not other.is_archived:
            found.append((side_key(side), shown_label(side)))
    return found


def bulk_field(request: SignedIn, object_name: str) -> HttpResponse:
    """One more property for the dialog, and the list of those that are left."""
    model = model_of(request)
    object = model.object(object_name)
    name = request.GET.get("property", "")
    cells = Cells(object, request.actor)
    context = _edit_fields(request, object, cells, {})
    context |= {
        "fields": [each for each in context["fields"] if each.prop.name == name],
        "object": object,
        "address": bulk_address(object, "edit"),
        "oob": True,
    }
    return render(request, "records/_bulk_fields.html", context)


def bulk_found(request: SignedIn, object_name: str) -> HttpResponse:
    """Records of the other end whose words begin as typed, to choose from."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    key = request.GET.get("type", "")
    side = next((each for each in model.sides(object.name) if side_key(each) == key), None)
    found = []
    if side is not None:
        other, words = model.object(side.other), request.GET.get("words", "")
        found = listed(model, other, actor=actor, words=words, columns=(), limit=FOUND).records
    return render(request, "records/_bulk_found.html", {"found": found})
