"""What the composer asks for each kind of activity, and what a filled one means.

All kinds are one form, so that it works without scripts: the fields of a kind are named
`<kind>_<field>`, the text they share `text`, and styles show those of the kind that is chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.records.activities import ACTIVITY_KINDS, ActivityKind
from tresse.records.refusals import MISSING_REQUIRED_PROPERTY

AT, MINUTES = "at", "minutes"
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


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one kind."""

    name: str
    label: str
    icon: str
    fields: tuple[Field, ...]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Composer:
    """The form as it is shown: with what was typed, if it was refused."""

    parts: tuple[Part, ...]
    text: str = ""
    sentence: str = ""


def composer(given: Mapping[str, str] | None = None, sentence: str = "") -> Composer:
    """The form, empty or as it was typed."""
    typed = given or {}
    chosen = typed.get("kind") or "note"
    parts = tuple(
        Part(kind.name, gettext(kind.label), kind.icon, _fields(kind, typed), kind.name == chosen)
        for kind in ACTIVITY_KINDS
    )
    return Composer(parts, typed.get("text", ""), sentence)


def _fields(kind: ActivityKind, typed: Mapping[str, str]) -> tuple[Field, ...]:
    fields = []
    for name in ASKED.get(kind.name, ()):
        full, form = f"{kind.name}_{name}", kind.fields.get(name, "text")
        choices: tuple[tuple[str, str], ...] = ()
        shape = {MINUTES: "number", AT: "time"}.get(name, "time" if form == "instant" else "text")
        if isinstance(form, tuple):
            shape, choices = "choice", tuple((each, gettext(CHOICES[each])) for each in form)
        fields.append(Field(full, gettext(LABELS[name]), shape, typed.get(full, ""), choices))
    return tuple(fields)


def composed(typed: QueryDict) -> tuple[str, dict[str, Any], datetime | None]:
    """Kind, fields and time of what was typed; no time: now.

    Raises:
        TresseError: `unknown_name` (kind), `wrong_value`, `missing_required_property` (nothing
            was typed).
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
    if not any(value for name, value in fields.items() if name not in {"direction", "channel"}):
        raise MISSING_REQUIRED_PROPERTY(object=gettext(kind.label), name=gettext("Text"))
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
