"""Days."""

import re
from datetime import MINYEAR, date
from typing import Any

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.kernel.text import folded
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.months import MONTHS
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.times import DATE

FIRST, LAST = date(1000, 1, 1), date(9999, 12, 31)
YEAR_FIRST = re.compile(r"([0-9]{4})([-/. ])([0-9]{1,2})\2([0-9]{1,2})\.?")
NUMERIC = re.compile(r"([0-9]{1,2})([-/.]|\. ?| )([0-9]{1,2})\2([0-9]{4}|[0-9]{2})\.?")
COMPACT = re.compile(r"(?:1[0-9]|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_NAME = r"([^\W\d_]{3,12})\.?"
_DAY = r"([0-9]{1,2})(?:er|st|nd|rd|th|\.)?"
NAMED = (
    (re.compile(rf"{_DAY}[-/. ]+{_NAME}[-/., ]+([0-9]{{4}}|[0-9]{{2}})(?: ?r\.?)?"), "dmy"),
    (re.compile(rf"{_NAME}[-/. ]+{_DAY}[-/., ]+([0-9]{{4}}|[0-9]{{2}})"), "mdy"),
    (re.compile(rf"([0-9]{{4}})[-/., ]+{_NAME}[-/. ]+{_DAY}"), "ymd"),
)
MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?Z?$")
FORMS = {"ymd": "year-month-day", "dmy": "day.month.year", "mdy": "month/day/year"}
"How a date order is called in sentences."


class Date(PropertyKind):
    """A day from 1000-01-01 to 9999-12-31."""

    name = "date"
    label = N_("Date")
    icon = "calendar"
    column = sa.Date()
    refusals = ("could_not_parse_date", "date_out_of_range")
    wanted = N_("a date")
    operators = DATE

    def parse(self, text: str, reading: Reading) -> date:
        """Read it in the date order of the reading; year-first and month names always."""
        return day(text, reading)

    def format(self, value: date, reading: Reading) -> str:  # noqa: ARG002
        """Year first, as ISO 8601."""
        return value.isoformat()

    def to_json(self, value: date, reading: Reading) -> str:  # noqa: ARG002
        """Year first, as ISO 8601."""
        return value.isoformat()

    def from_json(self, value: Any, reading: Reading) -> date | None:
        """A text; numbers are no dates."""
        if value is not None and not isinstance(value, str):
            raise Unreadable("could_not_parse_date", form=form(reading))
        found: date | None = super().from_json(value, reading)
        return found


def form(reading: Reading) -> str:
    """What a date should look like, for sentences."""
    return FORMS[reading.date_order or "ymd"]


def day(text: str, reading: Reading) -> date:
    """Read a day.

    Raises:
        Unreadable: `could_not_parse_date`, `date_out_of_range`.
    """
    try:
        if len(text) == 10 and text[4] == "-" and text[7] == "-" and text.isascii():
            found = date.fromisoformat(text)
        else:
            year, month, number = _fields(text, reading)
            found = date(_full_year(year), month, number)
    except ValueError:
        raise Unreadable("could_not_parse_date", form=form(reading)) from None
    if found < FIRST:
        raise Unreadable("date_out_of_range", lowest=FIRST, highest=LAST)
    return found


def _fields(text: str, reading: Reading) -> tuple[str, int, int]:
    """Year as written, month and day.

    Raises:
        ValueError: The text has the form of no date.
    """
    text = MIDNIGHT.sub("", text)
    if read := YEAR_FIRST.fullmatch(text):
        return read[1], int(read[3]), int(read[4])
    if COMPACT.fullmatch(text):
        return text[:4], int(text[4:6]), int(text[6:])
    if read := NUMERIC.fullmatch(text):
        if reading.date_order == "dmy":
            return read[4], int(read[3]), int(read[1])
        if reading.date_order == "mdy":
            return read[4], int(read[1]), int(read[3])
        raise ValueError(text)
    return _named(text)


def _named(text: str) -> tuple[str, int, int]:
    for pattern, order in NAMED:
        if read := pattern.fullmatch(text):
            parts = dict(zip(order, read.groups(), strict=True))
            month = MONTHS.get(folded(parts["m"]))
            if month:
                return parts["y"], month, int(parts["d"])
    raise ValueError(text)


def _full_year(written: str) -> int:
    """Two digits: 70 to 99 mean 1970 to 1999, others 2000 to 2069 (T16)."""
    year = int(written)
    if len(written) == 2:
        return year + (1900 if year >= 70 else 2000)
    return max(year, MINYEAR)
