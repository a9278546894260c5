"""Timeline entries as lines people read: who did what, when, with an icon and a colour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel
from tresse.objects.labels import shown_label
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.addresses import record_address
from tresse.records.cells import Cells
from tresse.records.composer import CHOICES
from tresse.records.timeline import Entry
from tresse.web.templatetags.numbers import moment

USUAL = {"outgoing", "phone"}

SOURCES = {
    "import": N_("Import"),
    "api": N_("API"),
    "automation": N_("Automation"),
    "sync": N_("Sync"),
    "undo": N_("Undo"),
    "system": N_("Tresse"),
}
HUES = {
    "note": "warn",
    "call": "violet",
    "email": "teal",
    "meeting": "pink",
    "record_created": "ok",
    "record_changed": "info",
    "record_linked": "accent",
    "record_unlinked": "grey",
    "record_restored": "ok",
}
ICONS = {
    "record_created": "plus",
    "record_changed": "pencil",
    "record_linked": "link",
    "record_unlinked": "unlink",
    "record_restored": "rotate-ccw",
}
DID = {
    "note": N_("wrote a note"),
    "call": N_("logged a call"),
    "email": N_("logged an e-mail"),
    "meeting": N_("logged a meeting"),
    "record_created": N_("created this record"),
    "record_changed": N_("changed"),
    "record_linked": N_("linked"),
    "record_unlinked": N_("unlinked"),
    "record_restored": N_("took this record out of the bin"),
    "record_merged": N_("merged another record into this one"),
    "record_unmerged": N_("took a merge apart"),
}


@dataclass
class Line:
    """One entry, ready for its template."""

    at: datetime
    kind: str
    icon: str
    hue: str
    who: str
    did: str
    activity_id: int | None = None
    text: str = ""
    heading: str = ""
    facts: list[str] = field(default_factory=list)
    is_edited: bool = False
    may_edit: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)
    badges: list[dict[str, str]] = field(default_factory=list)
    source_address: str = ""


def shown_entries(model: DataModel, entries: Sequence[Entry], cells: Cells) -> list[Line]:
    """Entries as lines; `cells` of the object whose timeline it is."""
    return [_line(model, entry, cells, cells.actor) for entry in entries]


def _line(model: DataModel, entry: Entry, cells: Cells, actor: Actor) -> Line:
    source = SOURCES.get(entry.source)
    who = (
        gettext(source)
        if source and entry.source != "api"
        else cells.people.get(entry.author_id or 0, gettext("Tresse"))
    )
    line = Line(
        entry.at,
        entry.kind,
        ICONS.get(entry.kind) or _activity_icon(entry.kind),
        HUES.get(entry.kind, "grey"),
        who,
        gettext(DID.get(entry.kind, entry.kind)),
    )
    if entry.source == "import" and entry.source_id:
        line.source_address = f"/imports/{entry.source_id}/"
    if entry.activity_id:
        _fill_activity(line, entry, actor)
    line.changes = [
        {
            "label": shown_label(change["property"]),
            "old": cells.cell(change["property"], change["old"]),
            "new": cells.cell(change["property"], change["new"]),
        }
        for change in entry.fields.get("changes", ())
    ]
    if entry.fields.get("object"):
        line.other = _other(model, entry)
    line.badges = [
        {
            "icon": model.object(badge.object).icon,
            "title": badge.title,
            "relation": shown_label(badge.relation),
            "address": record_address(model.object(badge.object), badge.id),
        }
        for badge in entry.badges
    ]
    return line


def _activity_icon(kind: str) -> str:
    return ACTIVITY_KINDS[kind].icon if kind in ACTIVITY_KINDS else "activity"


def _fill_activity(line: Line, entry: Entry, actor: Actor) -> None:
    fields = entry.fields
    line.activity_id = entry.activity_id
    line.text = fields.get("text", "")
    line.heading = fields.get("subject", "")
    line.is_edited = bool(fields.get("edited_at"))
    line.may_edit = entry.author_id == actor.user_id or actor.has("activities.others")
    line.facts = list(_facts(fields))


def _facts(fields: Mapping[str, Any]) -> Iterator[str]:
    """What else an activity says, in the words of the person."""
    for name in ("direction", "channel"):
        if (choice := fields.get(name)) and choice not in USUAL:
            yield gettext(CHOICES.get(choice, choice))
    if fields.get("from"):
        yield str(fields["from"])
    if fields.get("to"):
        yield "→ " + ", ".join(fields["to"])
    if starts := fields.get("starts_at"):
        yield moment(datetime.fromisoformat(starts))
    for name in ("place", "outcome"):
        if fields.get(name):
            yield str(fields[name])
    if seconds := fields.get("duration_seconds"):
        yield gettext("%(n)s min") % {"n": round(seconds / 60)}


def _other(model: DataModel, entry: Entry) -> dict[str, str]:
    other = model.object(entry.fields["object"])
    hidden = gettext("a record you may not see")
    return {
        "icon": other.icon,
        "relation": shown_label(entry.fields["relation"]),
        "title": entry.fields["title"] or hidden,
        "address": record_address(other, entry.fields["id"]) if entry.fields["title"] else "",
    }
