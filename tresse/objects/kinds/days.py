"""Days and durations as filters write them, resolved against the present moment (G12 to G16)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from tresse.objects.kinds.operators import Moment

UNITS = ("hours", "days", "weeks", "months", "years")
WRITTEN = re.compile(r"(-?[0-9]{1,4})\s*(hour|day|week|month|year)s?")
NAMED_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
PERIODS = ("day", "week", "month", "quarter", "year")
TICK = timedelta(microseconds=1)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)


class Span(NamedTuple):
    """First and last day, or instant, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of hours, days, weeks, months or years; negative in the past."""

    number: int
    unit: str

    def after(self, day: date, sign: int = 1) -> date:
        """The day so much later; by months and years not beyond the month's end."""
        count = self.number * sign
        try:
            if self.unit in {"days", "weeks"}:
                return day + timedelta(days=count * (7 if self.unit == "weeks" else 1))
            return months_after(day, count * (12 if self.unit == "years" else 1))
        except (OverflowError, ValueError):
            return date.max if count > 0 else date.min

    @property
    def is_exact(self) -> bool:
        """Whether it is counted in hours."""
        return self.unit == "hours"

    @property
    def hours(self) -> timedelta:
        """As exact time, for hours."""
        return timedelta(hours=self.number)


@dataclass(frozen=True, slots=True)
class When:
    """A day or an instant that may lean on the present.

    One of: `day` (a fixed day), `instant` (a fixed instant, aware), or neither: today or, with
    `is_now`, now; moved by `offset`.
    """

    day: date | None = None
    instant: datetime | None = None
    is_now: bool = False
    offset: Duration | None = None

    def resolved(self, moment: Moment) -> date | datetime:
        """The day, or the instant in UTC."""
        if self.instant:
            return self.instant.astimezone(UTC)
        if self.is_now:
            return _moved(moment, self.offset)
        base = self.day or moment.today
        return self.offset.after(base) if self.offset else base


def _moved(moment: Moment, offset: Duration | None) -> datetime:
    now = moment.now.astimezone(UTC)
    if offset is None:
        return now
    if offset.is_exact:
        return now + offset.hours
    local = now.astimezone(moment.zone)
    moved = datetime.combine(offset.after(local.date()), local.time(), moment.zone)
    return moved.astimezone(UTC)


def duration(text: object) -> Duration | None:
    """Read `30 days` or `-6 hours`; None if it is none."""
    read = WRITTEN.fullmatch(text.strip()) if isinstance(text, str) else None
    return Duration(int(read[1]), f"{read[2]}s") if read else None


def months_after(day: date, count: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def instants(span: Span, moment: Moment) -> Span:
    """First and last instant, in UTC, of a span of days in the account's zone (G13)."""
    return Span(begin(span.first, moment), end(span.last, moment))


def begin(day: date, moment: Moment) -> datetime:
    """The first instant of a day, in UTC."""
    try:
        return datetime.combine(day, time.min, moment.zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return FIRST_INSTANT if day.year < 5000 else LAST_INSTANT


def end(day: date, moment: Moment) -> datetime:
    """The last instant of a day, in UTC, to the microsecond."""
    try:
        return begin(day + timedelta(days=1), moment) - TICK
    except OverflowError:
        return LAST_INSTANT if day.year > 5000 else FIRST_INSTANT


def period(which: str, unit: str, today: date) -> Span:
    """Days of this, the previous or the next day, week (from Monday), month, quarter or year."""
    step = {"this": 0, "previous": -1, "next": 1}[which]
    if unit in {"day", "week"}:
        length = 1 if unit == "day" else 7
        monday = today - timedelta(days=today.weekday() if unit == "week" else 0)
        first = monday + timedelta(days=step * length)
        return Span(first, first + timedelta(days=length - 1))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    opening = date(today.year, (today.month - 1) // months * months + 1, 1)
    first = months_after(opening, step * months)
    return Span(first, months_after(first, months) - timedelta(days=1))


def anniversaries(first: date, last: date) -> list[int]:
    """Month times 100 plus day of dates whose anniversary falls on one of these days (G16).

    29 February stands on 28 February in common years.
    """
    days = (first + timedelta(days=n) for n in range(min((last - first).days, 366) + 1))
    found = {}
    for day in days:
        found[day.month * 100 + day.day] = True
        if (day.month, day.day) == (2, 28) and monthrange(day.year, 2)[1] == 28:
            found[229] = True
    return list(found)
