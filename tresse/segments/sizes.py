"""The size of watched segments day by day (G58), worked out from stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts.queries import account
from tresse.kernel.clock import now
from tresse.objects.database import first
from tresse.segments.bases import sort_of
from tresse.segments.models import Segment, SegmentSize

YEARS = 5
QUIET = ("filled", "filter")
"Causes of entering by which nobody came: the segment itself changed."


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the account's zone: its date, when it begins and when the next one does."""

    date: date
    begins: datetime
    ends: datetime


def day_of(day: date) -> Day:
    """A day of the account."""
    zone = ZoneInfo(account().zone)
    begins = datetime.combine(day, time(), zone).astimezone(UTC)
    return Day(day, begins, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))


def today() -> date:
    """The day it is in the account's zone."""
    return now().astimezone(ZoneInfo(account().zone)).date()


def measured(segment: Segment, day: Day) -> tuple[int, int, int]:
    """Size at the end of a day, and how many entered and left on it."""
    M = sort_of(segment.base)[0].stays.c  # noqa: N806  short for its columns
    was_in = sa.and_(M.entered_at < day.ends, sa.or_(M.left_at.is_(None), M.left_at >= day.ends))
    entered = sa.and_(M.entered_at.between(day.begins, _last(day)), M.cause.not_in(QUIET))
    left = M.left_at.between(day.begins, _last(day))
    counted = [
        sa.func.coalesce(sa.func.sum(sa.case((each, 1), else_=0)), 0)
        for each in (was_in, entered, left)
    ]
    found = first(sa.select(*counted).where(M.segment_id == segment.pk))
    size, came, went = found or (0, 0, 0)
    return int(size), int(came), int(went)


def _last(day: Day) -> datetime:
    return day.ends - timedelta(microseconds=1)


def sizes_of(segment: Segment, days: int = 365) -> Sequence[SegmentSize]:
    """The rows of the last days, oldest first."""
    since = today() - timedelta(days=days)
    return list(segment.sizes.filter(day__gt=since).order_by("day"))
