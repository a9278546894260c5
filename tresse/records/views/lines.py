"""Timeline entries as lines people read: who did what, when, with an icon and a colour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel
from tresse.objects.labels import shown_label
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.addresses import bulk_address, record_address
from tresse.records.cells import Cells
from tresse.records.composer import CHOICES
from tresse.records.mentions import Piece, pieces
from tresse.records.origins import origins
from tresse.records.timeline import Entry
from tresse.web.templatetags.numbers import moment

USUAL = {"outgoing", "phone"}
MOST_PARTS = 30

SOURCES = {
    "import": N_("Import"),
    "api": N_("API"),
    "automation": N_("Automation"),
    "sync": N_("Sync"),
    "undo": N_("Undo"),
    "type_change": N_("Change of kind"),
    "system": N_("Tresse"),
}
HUES = {
    "note": "warn",
    "call": "violet",
    "email": "teal",
    "meeting": "pink",
    "task": "orange",
    "record_created": "ok",
    "property_changed": "info",
    "owner_changed": "info",
    "stage_changed": "info",
    "record_linked": "accent",
    "record_restored": "ok",
    "record_merged": "violet",
    "record_unmerged": "violet",
}
ICONS = {
    "task": "circle-check",
    "record_created": "plus",
    "property_changed": "pencil",
    "owner_changed": "user-round",
    "stage_changed": "flag",
    "record_linked": "link",
    "record_unlinked": "unlink",
    "record_restored": "rotate-ccw",
    "record_merged": "merge",
    "record_unmerged": "split",
}
DID = {
    "note": N_("wrote a note"),
    "call": N_("logged a call"),
    "email": N_("logged an e-mail"),
    "meeting": N_("logged a meeting"),
    "record_created": N_("created this record"),
    "property_changed": N_("changed"),
    "owner_changed": N_("changed"),
    "stage_changed": N_("changed"),
    "record_linked": N_("linked"),
    "record_unlinked": N_("unlinked"),
    "record_restored": N_("took this record out of the bin"),
    "record_merged": N_("merged another record into this one"),
    "record_unmerged": N_("took a merge apart"),
}
DID_TASK = {
    "created": N_("created a task"),
    "due": N_("A task is due"),
    "done": N_("completed a task"),
}


LONG, LONG_LINES = 1_000, 14
"Characters and lines from which only the beginning of a text is shown at first."


@dataclass
class Line:
    """One entry, ready for its template.

    `earlier`: former forms of an edited activity. `parts`: what a folded entry stands for, and
    `parts_left` how many more there are. `task_address`: of the task that an entry is about.
    """

    at: datetime
    kind: str
    icon: str
    hue: str
    who: str
    did: str
    activity_id: int | None = None
    text: Sequence[Piece] = ()
    heading: str = ""
    facts: list[str] = field(default_factory=list)
    is_edited: bool = False
    may_edit: bool = False
    earlier: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)
    badges: list[dict[str, str]] = field(default_factory=list)
    parts: list["Line"] = field(default_factory=list)
    parts_left: int = 0
    source_address: str = ""
    source_name: str = ""
    task_address: str = ""
    task_title: str = ""
    task_due: str = ""

    @property
    def is_long(self) -> bool:
        """Whether only the beginning of its text is shown at first."""
        text = "".join(piece.text for piece in self.text)
        return len(text) > LONG or text.count("\n") > LONG_LINES


class Lines:
    """Makes lines for one person; names and cells are read once for all entries of a page."""

    def __init__(self, model: DataModel, cells: Cells) -> None:
        """Take the cells of the object whose timeline it is."""
        self.model = model
        self.actor: Actor = cells.actor
        self.people = cells.people
        self._cells = {cells.object.name: cells}
        self._origins: Mapping[tuple[str, int], tuple[str, str]] = {}

    def shown(self, entries: Sequence[Entry]) -> list[Line]:
        """Entries as lines, in their order."""
        everyone = [each for entry in entries for each in (entry, *entry.parts)]
        self._origins = origins((each.source, each.source_id) for each in everyone)
        return [self._line(entry) for entry in entries]

    def _line(self, entry: Entry) -> Line:
        did = gettext(DID.get(entry.kind, entry.kind))
        activity = ACTIVITY_KINDS[entry.kind].icon if entry.activity_id else "activity"
        line = Line(
            entry.at,
            entry.kind,
            ICONS.get(entry.kind, activity),
            HUES.get(entry.kind, "grey"),
            self._who(entry),
            did,
        )
        if origin := self._origins.get((entry.source, entry.source_id or 0)):
            line.source_name, line.source_address = origin
        line.source_address = line.source_address or self._bulk_edit(entry)
        if entry.activity_id:
            self._fill_activity(line, entry)
        if entry.kind == "task":
            self._fill_task(line, entry)
        line.changes = [self._change(change) for change in entry.fields.get("changes", ())]
        if "relation" in entry.fields:
            line.other = self._other(entry)
        line.badges = [
            {
                "icon": self.model.object(badge.object).icon,
                "object": shown_label(self.model.object(badge.object)),
                "title": badge.title,
                "relation": shown_label(badge.relation),
                "address": record_address(self.model.object(badge.object), badge.id),
            }
            for badge in entry.badges
        ]
        self._fill_parts(line, entry)
        return line

    def _bulk_edit(self, entry: Entry) -> str:
        """The page of the bulk edit that changed the record, for those who may see it."""
        mine = entry.author_id == self.actor.user_id or self.actor.has("imports.undo_others")
        if entry.source != "bulk_edit" or not entry.source_id or not mine:
            return ""
        is_own = entry.record_id is None and entry.kind.endswith("_changed")
        own = self.model.object(next(iter(self._cells)))
        return bulk_address(own, str(entry.source_id)) if is_own else ""

    def _who(self, entry: Entry) -> str:
        source = SOURCES.get(entry.source)
        if source and entry.source != "api":
            return gettext(source)
        authors = {part.author_id for part in entry.parts}
        if len(authors) > 1:
            return ngettext("%(n)s person", "%(n)s people", len(authors)) % {"n": len(authors)}
        return self.people.get(entry.author_id or 0, gettext("Tresse"))

    def _fill_activity(self, line: Line, entry: Entry) -> None:
        fields = entry.fields
        line.activity_id = entry.activity_id
        line.text = self._pieces(fields)
        line.heading = fields.get("subject", "")
        line.is_edited = bool(fields.get("edited_at"))
        line.may_edit = entry.author_id == self.actor.user_id or self.actor.has("activities.others")
        line.facts = list(_facts(fields))
        line.earlier = [
            {
                "at": datetime.fromisoformat(each["at"]),
                "who": self.people.get(each["by"] or 0, gettext("Tresse")),
                "heading": each["fields"].get("subject", ""),
                "text": self._pieces(each["fields"]),
                "facts": list(_facts(each["fields"])),
            }
            for each in reversed(fields.get("earlier", ()))
        ]

    def _pieces(self, fields: Mapping[str, Any]) -> Sequence[Piece]:
        names = [self.people[id] for id in fields.get("mentions", ()) if id in self.people]
        return pieces(fields.get("text", ""), names)

    def _fill_task(self, line: Line, entry: Entry) -> None:
        fields = entry.fields
        line.did = gettext(DID_TASK[fields["phase"]])
        if fields["phase"] == "due":
            line.who, line.hue = "", "bad" if not fields["is_done"] else "grey"
        line.task_title = fields["title"]
        line.task_address = record_address(self.model.object("task"), fields["task"])
        if fields["due_at"] and fields["phase"] != "due":
            line.task_due = gettext("Due {time}").format(time=moment(fields["due_at"]))

    def _fill_parts(self, line: Line, entry: Entry) -> None:
        if not entry.parts:
            if entry.record_id and entry.kind == "record_created":
                line.did = gettext("created")
            return
        changes = sum(len(part.fields.get("changes", ())) or 1 for part in entry.parts)
        line.did = ngettext("made %(n)s change", "made %(n)s changes", changes) % {"n": changes}
        line.parts = [self._line(part) for part in entry.parts[:MOST_PARTS]]
        line.parts_left = len(entry.parts) - len(line.parts)

    def _change(self, change: Mapping[str, Any]) -> dict[str, Any]:
        prop = change["property"]
        if prop.object_name not in self._cells:
            object = self.model.object(prop.object_name)
            self._cells[prop.object_name] = Cells(object, self.actor)
        cells = self._cells[prop.object_name]
        return {
            "label": shown_label(prop),
            "old": cells.cell(prop, change["old"]),
            "new": cells.cell(prop, change["new"]),
        }

    def _other(self, entry: Entry) -> dict[str, str]:
        other = self.model.object(entry.fields["object"])
        more = entry.fields["number"] - 1
        return {
            "icon": other.icon,
            "relation": shown_label(entry.fields["relation"]),
            "title": entry.fields["title"],
            "address": record_address(other, entry.fields["id"]),
            "more": ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
            if more
            else "",
        }


def _facts(fields: Mapping[str, Any]) -> Iterator[str]:
    """What else an activity says, in the words of the person."""
    for name in ("direction", "channel"):
        if (choice := fields.get(name)) and choice not in USUAL:
            yield gettext(CHOICES.get(choice, choice))
    if fields.get("from"):
        yield str(fields["from"])
    if fields.get("to"):
        yield "→ " + ", ".join([*fields["to"], *fields.get("cc", ())])
    if starts := fields.get("starts_at"):
        yield moment(datetime.fromisoformat(starts))
    if fields.get("attendees"):
        yield ", ".join(fields["attendees"])
    for name in ("place", "outcome"):
        if fields.get(name):
            yield str(fields[name])
    if seconds := fields.get("duration_seconds"):
        yield gettext("%(n)s min") % {"n": round(seconds / 60)}
