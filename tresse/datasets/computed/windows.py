"""Windows over related rows (D112), as conditions on their column of time.

A row later than `as_of` never counts. Days are those of the account's zone; a length of days,
weeks, months or years goes back by the calendar there, and ends with the month where it must.
"""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.datasets.computed.world import World
from tresse.datasets.definition import Window
from tresse.engine.types import Instant
from tresse.objects.kinds import Moment
from tresse.objects.kinds.days import Duration, begin, end, period

Value = sa.ColumnElement[Any]
TIMES = ("date", "datetime")
"Types of S52 that a window is over."


def setting_of(world: World) -> Moment:
    """The moment and the zone that formulas, filters and windows of a build are read in."""
    return Moment(world.as_of, ZoneInfo(world.zone))


def within(window: Window, column: Value, type_: str, world: World) -> sa.ColumnElement[bool]:
    """Whether a row counts; false or NULL where it has no time.

    Args:
        window: Which rows; none of its keys: all up to `as_of`.
        column: Their time.
        type_: Of the column, of S52: days are compared with days, instants with instants.
        world: Whose `as_of` and zone.
    """
    after, first, last = bounds(window, type_, world)
    parts = [column <= _literal(last)]
    if after is not None:
        parts.append(column > _literal(after))
    if first is not None:
        parts.append(column >= _literal(first))
    return sa.and_(*parts)


def bounds(
    window: Window, type_: str, world: World
) -> tuple[date | datetime | None, date | datetime | None, date | datetime]:
    """What the time is after, its least and its greatest value; days or instants as the type is."""
    is_day = type_ == "date"
    setting = setting_of(world)
    now: date | datetime = world.today if is_day else world.as_of.astimezone(UTC)
    if window.last is not None:
        return _back(window.last, is_day, world), None, now
    span: tuple[date | None, date | None] = (window.start, window.end)
    which = "this" if window.this else "previous"
    unit = window.this or window.previous
    if unit:
        found = period(which, unit, world.today)
        span = (found.first, found.last)
    first, last = span
    if is_day:
        return None, first, min(last, world.today) if last else world.today
    least = begin(first, setting) if first else None
    return None, least, min(end(last, setting), now) if last else now


def _back(length: tuple[int, str], is_day: bool, world: World) -> date | datetime:
    """The day, or the instant, so long before `as_of`."""
    zone = ZoneInfo(world.zone)
    local = world.as_of.astimezone(zone)
    day = Duration(*length).after(local.date(), -1)
    if is_day:
        return day
    if day == date.min:
        return begin(day, setting_of(world))
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _literal(value: date | datetime) -> Value:
    type_: Any = Instant() if isinstance(value, datetime) else sa.Date()
    return sa.literal(value, type_)
