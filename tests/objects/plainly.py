"""A plain Python reading of the operators (segments.md sections 2 and 3), to compare engines with.

Written from the rules, not from the code: values one by one, no SQL, no Core.
"""

import calendar
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from tresse.kernel.text import clean, normal
from tresse.objects.kinds import Moment

NEGATIVES = {
    "is_not": "is",
    "does_not_contain": "contains",
    "is_none_of": "is_any_of",
    "not_on": "on",
    "has_none_of": "has_any_of",
}
UNITS = {"day": 1, "week": 7}


def passes(value, operator, asked, moment: Moment, *, read=lambda value: value):
    """Whether a stored value passes; `read` turns a JSON value into a stored one."""
    if operator in NEGATIVES:
        return not passes(value, NEGATIVES[operator], asked, moment, read=read)
    if operator == "is_empty":
        return value is None
    if operator == "is_not_empty":
        return value is not None
    if value is None:
        return False
    if operator == "is":
        return value == read(asked)
    if operator == "is_any_of":
        return value in [read(each) for each in asked]
    if operator in TEXTS:
        return TEXTS[operator](value, asked)
    if operator in NUMBERS:
        return NUMBERS[operator](value, asked)
    return in_time(value, operator, asked, moment, read)


def piece(asked):
    return normal(clean(asked)) if isinstance(asked, str) else asked


TEXTS = {
    "contains": lambda value, asked: piece(asked) in value,
    "starts_with": lambda value, asked: value.startswith(piece(asked)),
    "ends_with": lambda value, asked: value.endswith(piece(asked)),
    "matches": lambda value, asked: re.search(asked, value) is not None,
    "has_any_of": lambda value, asked: bool(set(value.strip("|").split("|")) & set(asked)),
    "has_all_of": lambda value, asked: set(asked) <= set(value.strip("|").split("|")),
}


def exact(asked):
    return Decimal(str(asked))


NUMBERS = {
    "less_than": lambda value, asked: value < exact(asked),
    "at_most": lambda value, asked: value <= exact(asked),
    "more_than": lambda value, asked: value > exact(asked),
    "at_least": lambda value, asked: value >= exact(asked),
}


def months_later(day, count):
    month = day.month - 1 + count
    year = day.year + month // 12
    month = month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def later(day, number, unit):
    if unit in UNITS:
        return day + timedelta(days=number * UNITS[unit])
    return months_later(day, number * (12 if unit == "year" else 1))


def local_day(value, moment):
    return value.astimezone(moment.zone).date() if isinstance(value, datetime) else value


def in_time(value, operator, asked, moment, read):
    day, today = local_day(value, moment), moment.today
    if operator == "in_period":
        return in_period(day, asked, today)
    if operator.startswith("anniversary"):
        return has_anniversary(day, operator, int(asked.split()[0]), today)
    if operator in {"in_last", "in_next", "more_than_ago", "more_than_ahead"}:
        number, unit = asked.split()
        return around(value, operator, int(number), unit.rstrip("s"), moment)
    if operator == "between":
        low, high = asked
        if isinstance(value, Decimal | int):
            return exact(low) <= value <= exact(high)
        return in_time(value, "on_or_after", low, moment, read) and in_time(
            value, "on_or_before", high, moment, read
        )
    return compare(value, operator, asked, moment, read)


def compare(value, operator, asked, moment, read):
    if asked == "now" or (isinstance(asked, str) and "T" in asked):
        other, mine = (moment.now if asked == "now" else read(asked)), value
    else:
        other, mine = a_day(asked, moment), local_day(value, moment)
    return {
        "on": mine == other,
        "before": mine < other,
        "after": mine > other,
        "on_or_before": mine <= other,
        "on_or_after": mine >= other,
    }[operator]


def a_day(asked, moment):
    if isinstance(asked, dict):
        number, unit = asked["today"].split()
        return later(moment.today, int(number), unit.rstrip("s"))
    named = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if asked in named:
        return moment.today + timedelta(days=named[asked])
    return date.fromisoformat(asked)


def around(value, operator, number, unit, moment):
    if unit == "hour":
        span = timedelta(hours=number)
        return {
            "in_last": moment.now - span <= value <= moment.now,
            "in_next": moment.now < value <= moment.now + span,
            "more_than_ago": value < moment.now - span,
            "more_than_ahead": value > moment.now + span,
        }[operator]
    day, today = local_day(value, moment), moment.today
    is_past = not isinstance(value, datetime) or value <= moment.now
    return {
        "in_last": later(today, -number, unit) < day <= today and is_past,
        "in_next": today < day <= later(today, number, unit),
        "more_than_ago": day < later(today, -number, unit),
        "more_than_ahead": day > later(today, number, unit),
    }[operator]


def period_of(day, unit):
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "year": day.year,
    }[unit]


def in_period(day, asked, today):
    which, unit = ("this", "day") if asked == "today" else asked.split()
    sign = {"this": 0, "previous": -1, "next": 1}[which]
    months = {"month": 1, "quarter": 3, "year": 12}
    base = (
        months_later(today.replace(day=1), sign * months[unit])
        if unit in months
        else today + timedelta(days=sign * UNITS[unit])
    )
    return period_of(day, unit) == period_of(base, unit)


def has_anniversary(day, operator, number, today):
    if day > today:
        return False
    offsets = [number] if operator == "anniversary_in" else range(number + 1)
    for offset in offsets:
        on = today + timedelta(days=offset)
        stands = (day.month, day.day)
        if stands == (2, 29) and not calendar.isleap(on.year):
            stands = (2, 28)
        if stands == (on.month, on.day):
            return True
    return False
