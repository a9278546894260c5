"""Operators of dates and instants (G12 to G16)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.engine.constructs import LocalDay, MonthDay
from tresse.kernel.marks import N_
from tresse.objects.kinds.days import (
    NAMED_DAYS,
    PERIODS,
    TICK,
    Duration,
    Span,
    When,
    anniversaries,
    begin,
    duration,
    end,
    instants,
    period,
)
from tresse.objects.kinds.operators import (
    EMPTINESS,
    Column,
    Condition,
    Moment,
    Operator,
    Subject,
    Unfit,
    negative,
    present,
)
from tresse.objects.kinds.reading import Reading, Unreadable

if TYPE_CHECKING:
    from tresse.objects.kinds.base import PropertyKind

MOST = 1_000


def _when(value: Any, kind: "PropertyKind", reading: Reading) -> When:
    """A day; for instants also a time, `now` and `{now: -6 hours}`."""
    has_time = kind.name == "datetime"
    if isinstance(value, dict) and len(value) == 1:
        [(base, offset)] = value.items()
        moved = duration(offset)
        if moved and abs(moved.number) <= MOST and _is_base(base, moved, has_time=has_time):
            return When(is_now=base == "now", offset=moved)
    if isinstance(value, str):
        if value in NAMED_DAYS:
            return When(offset=Duration(NAMED_DAYS[value], "days"))
        if value == "now" and has_time:
            return When(is_now=True)
        return _fixed(value, kind, reading)
    raise Unfit(kind.wanted)


def _is_base(base: Any, moved: Duration, *, has_time: bool) -> bool:
    return (base == "today" and not moved.is_exact) or (base == "now" and has_time)


def _fixed(value: str, kind: "PropertyKind", reading: Reading) -> When:
    try:
        if day := _bare_day(value):
            return When(day=day)
        read = kind.from_json(value, reading)
    except (Unreadable, ValueError):
        raise Unfit(kind.wanted) from None
    if isinstance(read, datetime):
        return When(instant=read)
    if isinstance(read, date):
        return When(day=read)
    raise Unfit(kind.wanted)


def _bare_day(value: str) -> date | None:
    text = value.strip()
    return date.fromisoformat(text) if len(text) == 10 and text[4] == "-" else None


def _two(value: Any, kind: "PropertyKind", reading: Reading) -> tuple[When, When]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Unfit(N_("two dates, the earlier one first"))
    return _when(value[0], kind, reading), _when(value[1], kind, reading)


def _length(value: Any, kind: "PropertyKind", reading: Reading) -> Duration:  # noqa: ARG001
    found = duration(value)
    if not found or not 1 <= found.number <= MOST or (found.is_exact and kind.name == "date"):
        raise Unfit(N_("a duration such as 30 days"))
    return found


def _days_ahead(value: Any, kind: "PropertyKind", reading: Reading) -> Duration:  # noqa: ARG001
    found = duration(value)
    if not found or not 0 <= found.number <= MOST or found.is_exact:
        raise Unfit(N_("a duration such as 7 days"))
    return found


def _period(value: Any, kind: "PropertyKind", reading: Reading) -> tuple[str, str]:  # noqa: ARG001
    if value == "today":
        return "this", "day"
    which, _, unit = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if which not in {"this", "previous", "next"} or unit not in PERIODS:
        raise Unfit(N_("a period such as this month"))
    return which, unit


def _has_time(column: Column) -> bool:
    return not isinstance(column.type, sa.Date)


def _span(subject: Subject, when: When) -> Span:
    """What a date value covers on this column: a bare day is the whole day."""
    found = when.resolved(subject.moment)
    if isinstance(found, datetime):
        return Span(found, found)
    days = Span(found, found)
    return instants(days, subject.moment) if _has_time(subject.column) else days


def _within(subject: Subject, span: Span) -> Condition:
    column = subject.column
    return present(subject, column >= span.first, column <= span.last)


def _days_within(subject: Subject, first: date, last: date) -> Condition:
    span = Span(first, last)
    if _has_time(subject.column):
        span = instants(span, subject.moment)
    return _within(subject, span)


Compare = Callable[[Column, Any], Condition]


def _compared(constant: Callable[[Column, Span], Condition], columns: Compare) -> Operator:
    def where(subject: Subject, operand: Any) -> Condition:
        if isinstance(operand, Subject):
            here, there = _alike(subject, operand)
            return present(subject, operand.column.is_not(None), columns(here, there))
        return present(subject, constant(subject.column, _span(subject, operand)))

    return Operator(_when, where, takes_property=True)


def _alike(subject: Subject, other: Subject) -> tuple[Column, Column]:
    """A day beside an instant is compared with the day of the instant."""
    here, there = subject.column, other.column
    if _has_time(here) == _has_time(there):
        return here, there
    zone = zone_name(subject.moment)
    return (LocalDay(here, zone), there) if _has_time(here) else (here, LocalDay(there, zone))


def zone_name(moment: Moment) -> str:
    """The zone's name as databases know it."""
    return str(getattr(moment.zone, "key", None) or "UTC")


def _in_last(subject: Subject, operand: Duration) -> Condition:
    moment = subject.moment
    if operand.is_exact:
        return _within(subject, Span(moment.now - operand.hours, moment.now))
    after = Duration(1, "days").after(operand.after(moment.today, -1))
    if not _has_time(subject.column):
        return _within(subject, Span(after, moment.today))
    return _within(subject, Span(begin(after, moment), moment.now))


def _in_next(subject: Subject, operand: Duration) -> Condition:
    moment = subject.moment
    if operand.is_exact:
        return _within(subject, Span(moment.now + TICK, moment.now + operand.hours))
    tomorrow = Duration(1, "days").after(moment.today)
    return _days_within(subject, tomorrow, operand.after(moment.today))


def _more_than_ago(subject: Subject, operand: Duration) -> Condition:
    moment = subject.moment
    edge: date = operand.after(moment.today, -1)
    if operand.is_exact:
        edge = moment.now - operand.hours
    elif _has_time(subject.column):
        edge = begin(edge, moment)
    return present(subject, subject.column < edge)


def _more_than_ahead(subject: Subject, operand: Duration) -> Condition:
    moment = subject.moment
    edge: date = operand.after(moment.today)
    if operand.is_exact:
        edge = moment.now + operand.hours
    elif _has_time(subject.column):
        edge = end(edge, moment)
    return present(subject, subject.column > edge)


def _in_period(subject: Subject, operand: tuple[str, str]) -> Condition:
    return _days_within(subject, *period(*operand, subject.moment.today))


def _anniversary(subject: Subject, first: date, last: date) -> Condition:
    """The year plays no part, and a date in the future has none."""
    moment = subject.moment
    column = subject.column
    latest: date = end(moment.today, moment) if _has_time(column) else moment.today
    local = LocalDay(column, zone_name(moment)) if _has_time(column) else column
    return present(subject, column <= latest, MonthDay(local).in_(anniversaries(first, last)))


def _anniversary_in(subject: Subject, operand: Duration) -> Condition:
    day = operand.after(subject.moment.today)
    return _anniversary(subject, day, day)


def _anniversary_within(subject: Subject, operand: Duration) -> Condition:
    today = subject.moment.today
    return _anniversary(subject, today, operand.after(today))


def _between(subject: Subject, operand: tuple[When, When]) -> Condition:
    first, last = (_span(subject, when) for when in operand)
    return _within(subject, Span(first.first, last.last))


_ON = _compared(
    lambda column, span: sa.and_(column >= span.first, column <= span.last),
    lambda here, there: here == there,
)
DATE: Mapping[str, Operator] = {
    "on": _ON,
    "not_on": negative(_ON),
    "before": _compared(lambda column, span: column < span.first, lambda here, there: here < there),
    "after": _compared(lambda column, span: column > span.last, lambda here, there: here > there),
    "on_or_before": _compared(
        lambda column, span: column <= span.last, lambda here, there: here <= there
    ),
    "on_or_after": _compared(
        lambda column, span: column >= span.first, lambda here, there: here >= there
    ),
    "between": Operator(_two, _between),
    "in_last": Operator(_length, _in_last),
    "in_next": Operator(_length, _in_next),
    "more_than_ago": Operator(_length, _more_than_ago),
    "more_than_ahead": Operator(_length, _more_than_ahead),
    "in_period": Operator(_period, _in_period),
    "anniversary_in": Operator(_days_ahead, _anniversary_in),
    "anniversary_within": Operator(_days_ahead, _anniversary_within),
    **EMPTINESS,
}
DATETIME = DATE
"The same operators; hours are only for instants (G14)."
