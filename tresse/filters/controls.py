"""Controls of conditions: how each form shows a value, and how it is read back from fields."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.filters.editing import Choice, Control
from tresse.filters.phrases import PERIODS
from tresse.kernel.marks import N_

NOTHING: Any = object()
"What a control reads that was left empty: the key is then left out."

UNITS: Mapping[str, str] = {
    "hours": N_("hours"),
    "days": N_("days"),
    "weeks": N_("weeks"),
    "months": N_("months"),
    "years": N_("years"),
}
ANCHORS: Mapping[str, str] = {
    "day": N_("the day"),
    "today": N_("today"),
    "yesterday": N_("yesterday"),
    "tomorrow": N_("tomorrow"),
    "back": N_("before today"),
    "ahead": N_("after today"),
}
WINDOWS: Mapping[str, str] = {
    "": N_("at any time"),
    "last": N_("in the last"),
    "this": N_("in this"),
    "previous": N_("in the previous"),
    "dates": N_("between two days"),
}
SPANS: Mapping[str, str] = {
    "day": N_("day"),
    "week": N_("week"),
    "month": N_("month"),
    "quarter": N_("quarter"),
    "year": N_("year"),
}
WRITTEN = re.compile(r"(-?)([0-9]{1,4}) ?(hour|day|week|month|year)s?")
PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FEW = 7
"Choices up to which a list needs no search box."


class Fields:
    """The fields of one condition among those that were sent."""

    def __init__(self, data: QueryDict, prefix: str) -> None:
        self._data = data
        self._prefix = prefix

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return self._data.getlist(f"{self._prefix}.{name}")

    def one(self, name: str, at: int = 0) -> str:
        """One value of a field; empty if it was not sent."""
        values = self.all(name)
        return values[at].strip() if at < len(values) else ""

    def has(self, name: str) -> bool:
        """Whether a field was sent, empty or not."""
        return bool(self.all(name))


class Day(NamedTuple):
    """A day as its fields show it."""

    anchor: str
    day: str = ""
    number: str = ""
    unit: str = "days"

    @property
    def is_plain(self) -> bool:
        """Whether a control for days can show it: it would hide anything else."""
        return not self.day or bool(PLAIN_DAY.fullmatch(self.day))


@dataclass(frozen=True, slots=True)
class Shown:
    """A control with its names, as a template shows it."""

    control: Control
    name: str
    id: str
    is_bad: bool = False
    described: str = ""

    @property
    def template(self) -> str:
        """Of its form."""
        return f"filters/controls/{self.control.form}.html"

    @property
    def texts(self) -> list[str]:
        """Its values as they are typed."""
        value = self.control.value
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [self.control.text(each) for each in values]

    @property
    def first(self) -> str:
        """The only value, or the first one."""
        return next(iter(self.texts), "")

    @property
    def second(self) -> str:
        """The second one of two."""
        return self.texts[1] if len(self.texts) > 1 else ""

    @property
    def lines(self) -> str:
        """Values, one a line."""
        return "\n".join(self.texts)

    @property
    def choices(self) -> Iterator[tuple[Choice, bool]]:
        """Choices, each with whether it is chosen; a chosen one that is not offered comes first."""
        texts = self.texts
        known = {choice.name for choice in self.control.choices}
        for text in texts:
            if text and text not in known:
                yield Choice(text, text), True
        for choice in self.control.choices:
            yield choice, choice.name in texts or (not texts and choice.name == "")

    @property
    def groups(self) -> list[tuple[str, list[tuple[Choice, bool]]]]:
        """Choices under their headings; of many, those that are chosen stand first."""
        found: dict[str, list[tuple[Choice, bool]]] = {}
        choices = list(self.choices)
        if self.control.form == "choices" and self.has_many:
            choices.sort(key=lambda each: not each[1])
        for choice, is_chosen in choices:
            found.setdefault(choice.group, []).append((choice, is_chosen))
        return list(found.items())

    @property
    def chosen(self) -> str:
        """Labels of what is chosen."""
        return ", ".join(choice.label for choice, is_chosen in self.choices if is_chosen)

    @property
    def has_many(self) -> bool:
        """Whether a search box helps."""
        return len(self.control.choices) > FEW

    @property
    def days(self) -> list[Day]:
        """The one or two days."""
        value = self.control.value
        values = value if isinstance(value, list) else [value]
        number = 2 if self.control.form == "days" else 1
        return [_shown_day(each) for each in [*values, None, None][:number]]

    @property
    def duration(self) -> Day:
        """Number and unit."""
        value = self.control.value
        return _duration(str(value)) if value is not None else Day("", unit="days")

    @property
    def window(self) -> Mapping[str, str]:
        """The parts of a window of time."""
        return _window(self.control.value)

    @property
    def units(self) -> list[tuple[str, str]]:
        """Units of time."""
        has_hours = self.control.has_hours
        return [(key, gettext(text)) for key, text in UNITS.items() if has_hours or key != "hours"]

    @property
    def anchors(self) -> list[tuple[str, str]]:
        """What a day may lean on."""
        return [(key, gettext(text)) for key, text in ANCHORS.items()]

    @property
    def windows(self) -> list[tuple[str, str]]:
        """Sorts of windows."""
        return [(key, gettext(text)) for key, text in WINDOWS.items()]

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Units of the calendar."""
        return [(key, gettext(text)) for key, text in SPANS.items()]

    @property
    def periods(self) -> list[tuple[str, str]]:
        """Periods of the calendar."""
        return [(key, gettext(text)) for key, text in PERIODS.items() if key != "this day"]


def _duration(text: str) -> Day:
    read = WRITTEN.fullmatch(text.strip())
    if not read:
        return Day("", number=text)
    return Day("back" if read[1] else "ahead", number=read[2], unit=f"{read[3]}s")


def _shown_day(value: Any) -> Day:
    if isinstance(value, Mapping) and len(value) == 1:
        [(anchor, step)] = value.items()
        if anchor in {"today", "now"}:
            return _duration(str(step))
    text = "" if value is None else str(value)
    return Day(text) if text in {"today", "yesterday", "tomorrow"} else Day("day", day=text)


def _window(value: Any) -> dict[str, str]:
    found = {"sort": "", "number": "30", "unit": "days", "span": "month", "from": "", "to": ""}
    if not isinstance(value, Mapping):
        return found
    if "last" in value:
        last = _duration(str(value["last"]))
        return {**found, "sort": "last", "number": last.number, "unit": last.unit}
    for sort in ("this", "previous"):
        if sort in value:
            return {**found, "sort": sort, "span": str(value[sort])}
    ends = {key: str(value.get(key, "")) for key in ("from", "to")}
    return {**found, "sort": "dates", **ends}


def read(control: Control, fields: Fields) -> Any:
    """The value that the fields of a control say; NOTHING where they are empty."""
    return READERS[control.form](control, fields)


def _one(control: Control, fields: Fields) -> Any:
    text = fields.one(control.key)
    return control.constant(text) if text else NOTHING


def _several(control: Control, fields: Fields) -> Any:
    texts = [text.strip() for text in fields.all(control.key) if text.strip()]
    return [control.constant(text) for text in texts] or NOTHING


def _lines(control: Control, fields: Fields) -> Any:
    lines = [line.strip() for text in fields.all(control.key) for line in text.splitlines()]
    return [control.constant(line) for line in lines if line] or NOTHING


def _day(control: Control, fields: Fields, at: int = 0) -> Any:
    anchor = fields.one(f"{control.key}.anchor", at)
    number = fields.one(f"{control.key}.number", at)
    if anchor in {"back", "ahead"}:
        sign = "-" if anchor == "back" else ""
        unit = fields.one(f"{control.key}.unit", at) or "days"
        return {"today": f"{sign}{number} {unit}"} if number else NOTHING
    if anchor in {"today", "yesterday", "tomorrow"}:
        return anchor
    text = fields.one(control.key, at)
    return control.constant(text) if text else NOTHING


def _days(control: Control, fields: Fields) -> Any:
    days = [_day(control, fields, at) for at in range(2)]
    return NOTHING if NOTHING in days else days


def _span(control: Control, fields: Fields) -> Any:
    number = fields.one(f"{control.key}.number")
    unit = fields.one(f"{control.key}.unit") or "days"
    return f"{number} {unit}" if number else NOTHING


def _windowed(control: Control, fields: Fields) -> Any:
    key = control.key
    sort = fields.one(f"{key}.sort")
    if sort == "last":
        span = _span(control, fields)
        return NOTHING if span is NOTHING else {"last": span}
    if sort in {"this", "previous"}:
        return {sort: fields.one(f"{key}.span") or "month"}
    if sort == "dates":
        ends = {name: fields.one(f"{key}.{name}") for name in ("from", "to")}
        return {name: day for name, day in ends.items() if day} or NOTHING
    return NOTHING


def _flag(control: Control, fields: Fields) -> Any:
    return True if fields.one(control.key) else NOTHING


READERS: Mapping[str, Callable[[Control, Fields], Any]] = {
    "text": _one,
    "texts": _lines,
    "range": _several,
    "choice": _one,
    "choices": _several,
    "day": _day,
    "days": _days,
    "duration": _span,
    "period": _one,
    "count": _one,
    "counts": _several,
    "window": _windowed,
    "flag": _flag,
}


def whole(text: str) -> Any:
    """A whole number as typed; what is none stays a text."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else text


def choice_text(value: Any) -> str:
    """How a choice that is no text stands in a field: as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def choice_value(text: str) -> Any:
    """What a field of choices says."""
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
