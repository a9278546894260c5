"""What the composer asks for each kind of activity, and what a filled one means.

All kinds are one form, so that it works without scripts: the fields of a kind are named
`<kind>_<field>`, the text they share `text`, and styles show those of the kind that is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.activities import ACTIVITY_KINDS, ActivityKind
from tresse.records.also import Choice
from tresse.records.cells import Cells

AT, MINUTES, TASK = "at", "minutes", "task"
TASK_FIELDS = ("title", "due_at", "reminder_at", "type", "priority", "owner")
# Fields of each kind in the order shown, beside the text; the rest is for programs.
ASKED: Mapping[str, tuple[str, ...]] = {
    "note": (),
    "call": ("direction", "channel", "outcome", MINUTES, AT),
    "email": ("direction", "from", "to", "cc", "subject", AT),
    "meeting": ("starts_at", "ends_at", "place", "attendees", "outcome"),
}
LABELS: Mapping[str, str] = {
    "direction": N_("Direction"),
    "channel": N_("Channel"),
    "outcome": N_("Outcome"),
    MINUTES: N_("Minutes"),
    AT: N_("When"),
    "from": N_("From"),
    "to": N_("To"),
    "cc": N_("Copy to"),
    "subject": N_("Subject"),
    "starts_at": N_("Starts"),
    "ends_at": N_("Ends"),
    "place": N_("Place"),
    "attendees": N_("Attendees"),
}
CHOICES: Mapping[str, str] = {
    "outgoing": N_("Outgoing"),
    "incoming": N_("Incoming"),
    "phone": N_("Phone"),
    "video": N_("Video"),
    "linkedin": N_("LinkedIn"),
    "other": N_("Other"),
}
PROMPTS: Mapping[str, str] = {
    "note": N_("Write a note. Type @ to mention a colleague"),
    "call": N_("What was said? Type @ to mention a colleague"),
    "email": N_("Text of the e-mail"),
    "meeting": N_("What came of it?"),
    TASK: N_("What is to be done?"),
}
SAVES: Mapping[str, str] = {
    "note": N_("Add note"),
    "call": N_("Log call"),
    "email": N_("Log e-mail"),
    "meeting": N_("Log meeting"),
    TASK: N_("Add task"),
}
WIDE = ("subject", "attendees")
A_TIME = N_("a time like 2026-03-01 14:05")
A_NUMBER = N_("a whole number")
SECONDS = 60
MOST_DIGITS = 6
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Field:
    """One control: its form is `choice`, `time`, `number` or `text`."""

    name: str
    label: str
    form: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one kind."""

    name: str
    label: str
    icon: str
    fields: tuple[Field, ...]
    is_chosen: bool
    prompt: str
    save: str


@dataclass(frozen=True, slots=True)
class Composer:
    """The form as it is shown: with what was typed, if it was refused."""

    parts: tuple[Part, ...]
    text: str = ""
    sentence: str = ""
    also: tuple[Choice, ...] = ()

    @property
    def chosen(self) -> Part:
        """The kind that is chosen."""
        return next(part for part in self.parts if part.is_chosen)

    @property
    def also_number(self) -> int:
        """How many further records are chosen."""
        return sum(choice.is_chosen for choice in self.also)


def may_add_task(model: DataModel, object: ObjectDef, actor: Actor) -> bool:
    """Whether the person may add tasks to records of an object type."""
    return (
        actor.scope(TASK, "create") != "none"
        and model.default_side(TASK, object.name) is not None
        and not model.object(TASK).is_archived
    )


def quick_kinds(model: DataModel, object: ObjectDef, actor: Actor) -> list[tuple[str, str, str]]:
    """Name, label and icon of what may be written on a record: the buttons below its name."""
    kinds = [(kind.name, gettext(kind.label), kind.icon) for kind in ACTIVITY_KINDS]
    if may_add_task(model, object, actor):
        kinds.append((TASK, shown_label(model.object(TASK)), "circle-check"))
    return kinds


def composer(
    given: Mapping[str, str] | None = None,
    *,
    task: Cells | None = None,
    sentence: str = "",
    also: Sequence[Choice] = (),
) -> Composer:
    """The form, empty or as it was typed.

    Args:
        given: What was typed, by field.
        task: Cells of the object task, if the person may add tasks to the record.
        sentence: Why it was refused.
        also: Records that may be chosen beside the one it is written on.
    """
    typed = given or {}
    parts = [_part(kind, typed) for kind in ACTIVITY_KINDS]
    if task is not None:
        parts.append(_task_part(task, typed))
    names = [part.name for part in parts]
    chosen = typed.get("kind") if typed.get("kind") in names else "note"
    shown = tuple(replace(part, is_chosen=part.name == chosen) for part in parts)
    return Composer(shown, typed.get("text", ""), sentence, tuple(also))


def edited(kind: str, given: Mapping[str, str], sentence: str = "") -> Composer:
    """The form of an activity that is there already."""
    part = replace(_part(ACTIVITY_KINDS[kind], given), is_chosen=True, save=gettext("Save"))
    return Composer((part,), given.get("text", ""), sentence)


def _part(kind: ActivityKind, typed: Mapping[str, str]) -> Part:
    save, prompt = gettext(SAVES[kind.name]), gettext(PROMPTS[kind.name])
    return Part(
        kind.name, gettext(kind.label), kind.icon, _fields(kind, typed), False, prompt, save
    )


def _fields(kind: ActivityKind, typed: Mapping[str, str]) -> tuple[Field, ...]:
    fields = []
    for name in ASKED.get(kind.name, ()):
        full, form = f"{kind.name}_{name}", kind.fields.get(name, "text")
        choices: tuple[tuple[str, str], ...] = ()
        shape = {MINUTES: "number", AT: "time"}.get(name, "time" if form == "instant" else "text")
        if isinstance(form, tuple):
            shape, choices = "choice", tuple((each, gettext(CHOICES[each])) for each in form)
        value, wide = typed.get(full, ""), name in WIDE
        fields.append(Field(full, gettext(LABELS[name]), shape, value, choices, wide))
    return tuple(fields)


def _task_part(task: Cells, typed: Mapping[str, str]) -> Part:
    fields = []
    for name in TASK_FIELDS:
        if task.actor.access(TASK, name) != "edit":
            continue
        prop, full = task.object.property(name), f"{TASK}_{name}"
        choices = task.choices(prop)
        shape = "choice" if choices else "time" if prop.kind.name == "datetime" else "text"
        value = typed.get(full, task.actor.email if name == "owner" else prop.default)
        if choices and not (prop.default or name == "owner"):
            choices = [("", "–"), *choices]
        label = shown_label(prop)
        fields.append(Field(full, label, shape, value, tuple(choices), name == "title"))
    save, prompt = gettext(SAVES[TASK]), gettext(PROMPTS[TASK])
    label = shown_label(task.object)
    return Part(TASK, label, "circle-check", tuple(fields), False, prompt, save)


def composed_task(typed: QueryDict) -> dict[str, str]:
    """Values of a task that was typed; without a title its first line is the title."""
    values = {
        name: value for name in TASK_FIELDS if (value := typed.get(f"{TASK}_{name}", "").strip())
    }
    text = typed.get("text", "").strip()
    if not values.get("title"):
        values["title"], _, text = (part.strip() for part in text.partition("\n"))
    return {**values, **({"notes": text} if text else {})}


def composed(typed: QueryDict) -> tuple[str, dict[str, Any], datetime | None]:
    """Kind, fields and time of what was typed; no time: now.

    Raises:
        TresseError: `unknown_name` (kind), `wrong_value`.
    """
    kind = ACTIVITY_KINDS[typed.get("kind", "note")]
    fields: dict[str, Any] = {"text": typed.get("text", "").strip()}
    at = None
    for name in ASKED.get(kind.name, ()):
        value = typed.get(f"{kind.name}_{name}", "").strip()
        if not value:
            continue
        if name == AT:
            at = _moment(name, value)
        elif name == MINUTES:
            fields["duration_seconds"] = _minutes(value) * SECONDS
        elif kind.fields[name] == "instant":
            fields[name] = _moment(name, value).isoformat()
        else:
            fields[name] = value
    if kind.name == "meeting" and "starts_at" in fields:
        # One that is to come stands where it was written, not above the present.
        at = min(datetime.fromisoformat(fields["starts_at"]), now())
    return kind.name, fields, at


def _moment(name: str, text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or not EARLIEST_YEAR <= read.year <= LATEST_YEAR:
        wanted = gettext(A_TIME)
        raise WRONG_VALUE(name=gettext(LABELS[name]), wanted=wanted, value=text) from None
    return read if read.tzinfo else read.replace(tzinfo=timezone.get_current_timezone())


def _minutes(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise WRONG_VALUE(name=gettext(LABELS[MINUTES]), wanted=gettext(A_NUMBER), value=text)
    return int(text)


def typed_from(kind: str, fields: Mapping[str, Any], at: datetime) -> dict[str, str]:
    """What one would have typed for an activity that is there: the reverse of `composed`."""
    typed = {"kind": kind, "text": str(fields.get("text", ""))}
    for name in ASKED.get(kind, ()):
        form, value = ACTIVITY_KINDS[kind].fields.get(name), fields.get(name, "")
        if name == AT:
            value = _typed_moment(at)
        elif name == MINUTES:
            seconds = fields.get("duration_seconds")
            value = "" if seconds is None else str(round(seconds / SECONDS))
        elif form == "instant" and value:
            value = _typed_moment(datetime.fromisoformat(value))
        elif isinstance(value, list):
            value = ", ".join(value)
        typed[f"{kind}_{name}"] = value
    return typed


def _typed_moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")
