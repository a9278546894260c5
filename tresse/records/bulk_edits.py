"""Reads of bulk edits: one of them, what people call it, and its undo."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.addresses import bulk_address
from tresse.records.changes.undo import Undoable
from tresse.records.links import side_key
from tresse.records.models import BulkEdit, Undo
from tresse.records.queries import titles
from tresse.records.refusals import NO_CHANGE_SET
from tresse.records.wording import inside

ACT_WORDS = {
    "set": N_("set to {value}"),
    "empty": N_("emptied"),
    "add": N_("{value} added"),
    "add_options": N_("{value} added"),
    "remove_options": N_("{value} taken away"),
}
HEADINGS = {
    "edit": N_("Change of {n} {things}"),
    "link": N_("Links of {n} {things}"),
    "unlink": N_("Links taken from {n} {things}"),
    "task": N_("Tasks for {n} {things}"),
    "delete": N_("Deletion of {n} {things}"),
}


def bulk_edit_of(object: ObjectDef, id: int, actor: Actor) -> BulkEdit:
    """One bulk edit: of the person, or with the right `imports.undo_others` of anyone.

    Raises:
        TresseError: `record_not_found`; there is none, or it is not theirs to see.
    """
    row = BulkEdit.objects.filter(pk=id, object_name=object.name).first()
    mine = row is not None and row.author_id == actor.user_id
    if row is None or not (mine or actor.has("imports.undo_others")):
        raise NO_CHANGE_SET(id=id)
    return row


def heading_of(row: BulkEdit, object: ObjectDef) -> str:
    """What people call it: "Change of 312 deals"."""
    named = inside(shown_plural(object) if row.number != 1 else shown_label(object))
    return gettext(HEADINGS[row.settings["act"]]).format(n=f"{row.number:,}", things=named)


def undo_of(row: BulkEdit) -> Undo | None:
    """Its undo, if it was begun or checked."""
    return Undo.objects.filter(change_set_id=row.change_set_id or 0).first()


def undoable_of(row: BulkEdit, object: ObjectDef) -> Undoable:
    """It as something to take back.

    Raises:
        TresseError: `record_not_found`; it has changed nothing yet.
    """
    if row.change_set_id is None:
        raise NO_CHANGE_SET(id=row.pk)
    return Undoable(row.change_set_id, heading_of(row, object), bulk_address(object, str(row.pk)))


def summary_of(row: BulkEdit, model: DataModel, object: ObjectDef) -> list[tuple[str, str]]:
    """What was asked, as label and words: ("Amount", "Add 5")."""
    settings = row.settings
    if settings["act"] == "edit":
        return [_change(each, object) for each in settings.get("changes", ())]
    if settings["act"] in ("link", "unlink"):
        sides = {side_key(side): side for side in model.sides(object.name)}
        side = sides.get(settings.get("type", ""))
        label = shown_label(side) if side else str(settings.get("type", ""))
        ids = [int(id) for id in settings.get("ids") or ()]
        named = titles(model.object(side.other), ids, SYSTEM).values() if side else ()
        return [(label, ", ".join(named) or gettext("all"))]
    if settings["act"] == "task":
        return [(gettext("Task"), str(settings.get("properties", {}).get("title", "")))]
    return []


def _change(change: Mapping[str, Any], object: ObjectDef) -> tuple[str, str]:
    name, act = change["property"], change.get("act", "set")
    label = shown_label(object.property(name)) if object.has(name) else name
    value = change.get("value")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return label, gettext(ACT_WORDS[act]).format(value="" if value is None else value)
