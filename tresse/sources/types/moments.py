"""Dates and date-times as cells write them: ISO 8601, a format, or seconds since 1970.

The functions take one cell and settings, and answer None where it is none; they are called over
whole columns (`engine.functions`). Naive results are local times, of whatever zone the column has.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from tresse.sources.types.formats import LONGEST, UNIX, UNIX_MS, offset, parsed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:(?:[Tt]|\s+)([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"\s*([zZ]|[+\-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
BASIC = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})"
    r"(?:[Tt]([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,]([0-9]+))?)?([zZ]|[+\-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
DAY = timedelta(days=1)


def moment(text: str, formats: tuple[str, ...] = ()) -> datetime | None:
    """The date-time a cell says by the first format that fits; none given: by ISO 8601.

    Aware where the cell says an offset, in UTC; naive otherwise.
    """
    for each in formats or ("",):
        found = _unix(text, each) if each in {UNIX, UNIX_MS} else _read(text, each)
        if found is not None:
            return found
    return None


def _read(text: str, written: str) -> datetime | None:
    found = parsed(written).read(text) if written else iso(text)
    if found is None or found.tzinfo is None:
        return found
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


def iso(text: str) -> datetime | None:
    """A date or date-time of ISO 8601; 24:00 is the next midnight; more than 6 places are cut."""
    if len(text) > LONGEST:
        return None
    bare = text.strip()
    found = ISO.fullmatch(bare) or BASIC.fullmatch(bare)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        late = hour == "24" and int(minute) == int(second or 0) == int(fraction or 0) == 0
        value = datetime(
            int(year),
            int(month),
            int(day),
            0 if late else int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            offset(zone) if zone else None,
        )
        return value + DAY if late else value
    except (ValueError, OverflowError):
        return None


def _unix(text: str, unit: str) -> datetime | None:
    try:
        number = Decimal(text.strip())
        if not number.is_finite() or abs(number) > 10**15:
            return None
        micros = int(number * (1_000_000 if unit == UNIX else 1_000))
        return EPOCH + timedelta(microseconds=micros)
    except (InvalidOperation, OverflowError, ValueError):
        return None


def instant(text: str, formats: tuple[str, ...] = ()) -> datetime | None:
    """The instant a cell says: one with an offset, or of seconds since 1970."""
    found = moment(text, formats)
    return found if found is not None and found.tzinfo else None


def local(text: str, formats: tuple[str, ...] = ()) -> datetime | None:
    """The local time a cell says without an offset, naive."""
    found = moment(text, formats)
    return found if found is not None and found.tzinfo is None else None


def day(text: str, zone: str = "UTC", formats: tuple[str, ...] = ()) -> date | None:
    """The day a cell says; of a cell with an offset the day in the zone."""
    found = moment(text, formats)
    if found is None:
        return None
    try:
        return (found.astimezone(ZoneInfo(zone)) if found.tzinfo else found).date()
    except OverflowError:
        return None


def has_time(text: str, formats: tuple[str, ...] = ()) -> bool:
    """Whether a cell says a time of day besides its day, which a date does not keep."""
    found = moment(text, formats)
    return found is not None and (found.tzinfo is not None or found.time() != datetime.min.time())
