"""Windows of scores as days in the account's zone (SC4, SC5, D112): t0 is a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from tresse.datasets.parsing_computed import UNITS
from tresse.datasets.scores.refusals import WINDOW_UNKNOWN
from tresse.objects.kinds.days import PERIODS, Duration, Span, duration, period

ALL = "all"
FIRST_DAY = date.min


def days_of(window: Any, today: date) -> Span:
    """First and last day of a window, both included; never later than `today`.

    Args:
        window: `all` or nothing, `24 months`, or a mapping as D112 writes it.
        today: t0, or the day that is looked at instead of it.

    Raises:
        TresseError: `wrong_value`.
    """
    if isinstance(window, str):
        window = {"last": window} if window != ALL else {}
    if not isinstance(window, Mapping):
        if window is not None:
            raise WINDOW_UNKNOWN(value=str(window))
        window = {}
    keys = set(window) - {"on"}
    if not keys:
        return Span(FIRST_DAY, today)
    if keys == {"last"}:
        return Span(_after(window["last"], today), today)
    if keys in ({"this"}, {"previous"}):
        [which] = keys
        if window[which] not in PERIODS:
            raise WINDOW_UNKNOWN(value=str(window[which]))
        found = period(which, window[which], today)
        return Span(found.first, min(found.last, today))
    if keys <= {"from", "to"}:
        first = _day(window["from"]) if "from" in keys else FIRST_DAY
        return Span(first, min(_day(window["to"]) if "to" in keys else today, today))
    raise WINDOW_UNKNOWN(value=", ".join(sorted(map(str, keys))))


def in_window(
    day: sa.ColumnElement[Any], span: Span, today: date | None = None
) -> list[sa.ColumnElement[bool]]:
    """What a column of days must fulfil; nothing for all days.

    Args:
        day: The column.
        span: As `days_of` gives it.
        today: None of the days is later; None: not known.
    """
    found = []
    if span.first != FIRST_DAY:
        found.append(day >= sa.literal(span.first, sa.Date()))
    if today is None or span.last < today:
        found.append(day <= sa.literal(span.last, sa.Date()))
    return found


def _after(text: Any, today: date) -> date:
    """The first day of the last so many days or months: the one after that day."""
    length = duration(text)
    if length is None or length.unit not in UNITS or length.number < 1:
        raise WINDOW_UNKNOWN(value=str(text))
    before = length.after(today, -1)
    return FIRST_DAY if before == date.min else Duration(1, "days").after(before)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise WINDOW_UNKNOWN(value=str(value)) from None
