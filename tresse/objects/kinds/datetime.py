"""Instants."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tresse.engine.types import Instant
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.date import FIRST, LAST, day, form
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.times import DATETIME

ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?"
)
_TIME = r"([0-9]{1,2})[:h]([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
_HALF = r"(?: ?([AaPp])\.?[Mm](?![A-Za-z])\.?)?"
_NAMED = r"(?: ?(Z|[A-Za-z][A-Za-z_]+(?:/[A-Za-z_+\-0-9]+)*)"
_OFFSET = r"| ?([+\-\u2212])([0-9]{2}):?([0-9]{2})?)?"
TIMED = re.compile(rf"(.+?)(?:T|,? +|, ?)(?:(?:at|à|o) )?{_TIME}{_HALF}{_NAMED}{_OFFSET}")
ABBREVIATIONS = {"z": "UTC", "utc": "UTC", "gmt": "UTC", "cet": "Etc/GMT-1", "cest": "Etc/GMT-2"}
EARLIEST = datetime.combine(FIRST, time.min, UTC)


class Datetime(PropertyKind):
    """An instant to the microsecond; a time without zone is in the zone of the reading."""

    name = "datetime"
    label = N_("Date and time")
    icon = "clock"
    column = Instant()
    refusals = ("could_not_parse_date", "date_out_of_range")
    wanted = N_("a date or an instant")
    operators = DATETIME

    def parse(self, text: str, reading: Reading) -> datetime:
        """Read a day with a time, or a day alone, which means its beginning."""
        try:
            written = _written(text, reading)
            found = written if written.tzinfo else written.replace(tzinfo=reading.zone)
            found = found.astimezone(UTC)
        except ValueError:
            raise Unreadable("could_not_parse_date", form=form(reading)) from None
        except OverflowError:
            raise Unreadable("date_out_of_range", lowest=FIRST, highest=LAST) from None
        if found < EARLIEST:
            raise Unreadable("date_out_of_range", lowest=FIRST, highest=LAST)
        return found

    def format(self, value: datetime, reading: Reading) -> str:
        """As ISO 8601 in the zone of the reading, with its offset."""
        try:
            return value.astimezone(reading.zone).isoformat(sep=" ")
        except (OverflowError, ValueError):
            return value.astimezone(UTC).isoformat(sep=" ")

    def to_json(self, value: datetime, reading: Reading) -> str:  # noqa: ARG002
        """ISO 8601 in UTC."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def from_json(self, value: Any, reading: Reading) -> datetime | None:
        """A text; numbers are no instants."""
        if value is not None and not isinstance(value, str):
            raise Unreadable("could_not_parse_date", form=form(reading))
        found: datetime | None = super().from_json(value, reading)
        return found


def _written(text: str, reading: Reading) -> datetime:
    """The time as written, with its zone if it has one.

    Raises:
        ValueError: The text has the form of no time.
    """
    if ISO.fullmatch(text):
        return datetime.fromisoformat(text)
    read = TIMED.fullmatch(text)
    if not read:
        return datetime.combine(day(text, reading), time.min)
    hour, minute, second = int(read[2]), int(read[3]), int(read[4] or 0)
    if half := read[6]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half in "pP" else 0)
    micro = int((read[5] or "0").ljust(6, "0")[:6])
    at = time(hour, minute, second, micro, tzinfo=_zone(read))
    return datetime.combine(day(read[1], reading), at)


def _zone(read: re.Match[str]) -> tzinfo | None:
    if read[8]:
        offset = timedelta(hours=int(read[9]), minutes=int(read[10] or 0))
        return timezone(offset if read[8] == "+" else -offset)
    return _named_zone(read[7]) if read[7] else None


@lru_cache(maxsize=64)
def _named_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(ABBREVIATIONS.get(name.lower(), name))
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(name) from None
