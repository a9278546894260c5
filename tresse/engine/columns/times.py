"""Days, local times and instants of columns."""

import sqlalchemy as sa

from tresse.engine.columns.renderings import DAY, INSTANT, LOCAL, TEXT, WHOLE, Value, column
from tresse.engine.dates import form_of
from tresse.engine.types import Instant
from tresse.engine.zones import INSTANT_AT, LOCAL_AT, LOCAL_FAULT


def iso_day(text: Value) -> Value:
    """`2026-03-01` as a day; else NULL."""
    return column("iso_day", DAY, text)


def iso_local(text: Value) -> Value:
    """`2026-03-01 09:30:00.25`, or a day alone, as a local time; NULL with an offset."""
    return column("iso_local", LOCAL, text)


def iso_instant(text: Value) -> Value:
    """`2026-03-01T09:30:00+01:00` or `…Z` as an instant; NULL without an offset."""
    return column("iso_instant", INSTANT, text)


def day_by(text: Value, format_: str) -> Value:
    """A day written in a format, its time of day left out. Raises `format_unknown`."""
    form = form_of(format_)
    return column("day_by", DAY, text, form.pattern, form.format)


def time_by(text: Value, format_: str) -> Value:
    """A local time written in a format, or an instant where the format has `%z`.

    Raises:
        TresseError: `format_unknown`.
    """
    form = form_of(format_)
    if form.has_offset:
        return column("instant_by", INSTANT, text, form.pattern, form.format)
    return column("local_by", LOCAL, text, form.pattern, form.format)


def formatted(value: Value, format_: str) -> Value:
    """A day, a local time or an instant (in UTC) in a format, as `%Y%m%d`."""
    name = "formatted_instant" if isinstance(value.type, Instant) else "formatted"
    return column(name, TEXT, value, format_)


def instant_at(local: Value, zone: str) -> Value:
    """The instant of a local time in a zone, by the rule of S56."""
    return INSTANT_AT(local, zone=zone)


def local_fault(local: Value, zone: str) -> Value:
    """0 for a local time that is one instant; `zones.MOVED` or `zones.TWICE` for others."""
    return LOCAL_FAULT(local, zone=zone)


def local_at(instant: Value, zone: str) -> Value:
    """The local time of an instant in a zone."""
    return LOCAL_AT(instant, zone=zone)


def day_at(instant: Value, zone: str) -> Value:
    """The day of an instant in a zone."""
    return day_of(local_at(instant, zone))


def day_of(local: Value) -> Value:
    """The day of a local time."""
    return column("day_of", DAY, local)


def local_of(day: Value) -> Value:
    """The local time at the beginning of a day."""
    return column("local_of_day", LOCAL, day)


def days_between(earlier: Value, later: Value) -> Value:
    """Whole days from one to the other; of days, or of instants (24 hours each, cut to zero)."""
    name = "days_between" if isinstance(earlier.type, sa.Date) else "whole_days_between"
    return column(name, WHOLE, earlier, later)


def seconds_between(earlier: Value, later: Value) -> Value:
    """Whole seconds between two instants or two local times, cut towards zero."""
    return column("seconds_between", WHOLE, earlier, later)


def epoch_seconds(instant: Value) -> Value:
    """Seconds since 1970, rounded down."""
    return column("epoch_seconds", WHOLE, instant)


def epoch_micros(instant: Value) -> Value:
    """Microseconds since 1970 of an instant or a local time."""
    return column("epoch_micros", WHOLE, instant)


def from_micros(number: Value) -> Value:
    """The instant of microseconds since 1970; NULL beyond the years 1 to 9999."""
    return column("from_micros", INSTANT, number)


def plus_days(day: Value, number: Value | int) -> Value:
    """The day so many days later; NULL out of range."""
    return column("plus_days", DAY, day, number)


def plus_seconds(instant: Value, number: Value | int) -> Value:
    """The instant or local time so many seconds later; NULL out of range."""
    name = "plus_seconds_instant" if isinstance(instant.type, Instant) else "plus_seconds"
    return column(name, instant.type, instant, number)
