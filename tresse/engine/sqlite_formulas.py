"""What formulas compute on SQLite, in Python: the functions that `constructs_formulas` renders.

They take and give stored forms: decimals as ten-thousandths, days and instants as text. NULL in
gives NULL out, but for those that pass over it, and so does a value that cannot be computed.
"""

import math
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import re2

from tresse.engine.constructs_formulas import (
    DOUBLE,
    JOINED_LETTERS,
    MOST_DAYS,
    MOST_MONTHS,
    MOST_TEXT,
    WHOLE,
)
from tresse.engine.types import SCALE

MOST_WHOLE = int(WHOLE)
MOST_EXACT = 10**18
MOST_DOUBLE = float(DOUBLE)
STAMP = "%Y-%m-%d %H:%M:%S.%f"
Function = Callable[..., Any]
_DIGITS = r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})"
_NUMBER = re.compile(rf"\s*({_DIGITS})\s*", re.ASCII)
_DOUBLE = re.compile(rf"\s*({_DIGITS}(?:[eE][+-]?[0-9]{{1,2}})?)\s*", re.ASCII)
_DAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})\s*", re.ASCII)
_TIME = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\s*", re.ASCII
)
_WORD = re.compile(r"[^\W_]+")


def strict(function: Function) -> Function:
    """NULL where an argument is, and where there is no result."""

    def checked(*values: Any) -> Any:
        if None in values:
            return None
        try:
            return function(*values)
        except (ValueError, ArithmeticError):
            return None

    return checked


def _whole(value: int) -> int | None:
    return value if -MOST_WHOLE < value < MOST_WHOLE else None


def _exact(value: int) -> int | None:
    return value if -MOST_EXACT < value < MOST_EXACT else None


def _double(value: float) -> float | None:
    return value if -MOST_DOUBLE < value < MOST_DOUBLE else None


def _half_away(number: int, by: int) -> int:
    """A whole number divided, rounded half away from zero."""
    size = (2 * abs(number) + by) // (2 * by)
    return size if number >= 0 else -size


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def _scaled(value: Decimal) -> int | None:
    return _exact(_rounded(value * SCALE)) if abs(value) < MOST_EXACT else None


def _matched(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found[1]


def _times_decimal(left: int, right: int) -> int | None:
    return _exact(_half_away(left * right, SCALE))


def _mod(left: int, right: int) -> int:
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


def _decimal_text(value: int) -> str:
    whole, rest = divmod(abs(value), SCALE)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}" + (f".{rest:04}".rstrip("0") if rest else "")


def _round_to(value: int, places: int) -> int | None:
    by = int(10 ** (4 - places))
    return _exact(_half_away(value, by) * by)


def _title(text: str) -> str:
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:], text.lower())


_LETTERS = str.maketrans(
    {**JOINED_LETTERS, "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d"}
)


def _strip_accents(text: str) -> str:
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def _count(number: int) -> int:
    return min(max(number, 0), MOST_TEXT)


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new)[:MOST_TEXT] if old else text


def _replace_longer(text: str, old: str, new: str) -> str:
    new = new[:MOST_TEXT]
    times = (len(new) + len(old) - 1) // max(len(old), 1)
    text = text[: MOST_TEXT // max(times, 1)]
    return text.replace(old, new) if old else text


def _split_part(text: str, separator: str, number: int) -> str:
    parts = text.split(separator) if separator else [text]
    place = max(number, 1)
    return parts[place - 1] if place <= len(parts) else ""


@lru_cache(maxsize=256)
def _like_pattern(pattern: str) -> Any:
    options = re2.Options()
    options.dot_nl = True
    words = {"%": ".*", "_": "."}
    return re2.compile("".join(words.get(c) or re2.escape(c) for c in pattern), options)


def _like(text: str, pattern: str) -> bool:
    return _like_pattern(pattern).fullmatch(text) is not None


def _concat(*texts: str | None) -> str:
    return "".join(text for text in texts if text is not None)[:MOST_TEXT]


def _concat_ws(separator: str | None, *texts: str | None) -> str | None:
    if separator is None:
        return None
    return separator.join(text for text in texts if text is not None)[:MOST_TEXT]


def _given(choose: Function) -> Function:
    def chosen(*values: Any) -> Any:
        given = [value for value in values if value is not None]
        return choose(given) if given else None

    return chosen


def _weekday(day: str) -> int:
    return date.fromisoformat(day).isoweekday()


def _month_of(count: int, day: int) -> str | None:
    year, month = divmod(count, 12)
    if not 1000 <= year <= 9999:
        return None
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1])).isoformat()


def _add_months(text: str, months: int) -> str | None:
    if abs(months) >= MOST_MONTHS:
        return None
    day = date.fromisoformat(text)
    return _month_of(day.year * 12 + day.month - 1 + months, day.day)


def _add_days(text: str, days: int) -> str | None:
    if abs(days) >= MOST_DAYS:
        return None
    day = date.fromisoformat(text) + timedelta(days)
    return day.isoformat() if day.year >= 1000 else None


def _months_between(start: str, end: str) -> int:
    if end < start:
        return -_months_between(end, start)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    is_short = last.day < first.day and last.day < monthrange(last.year, last.month)[1]
    return months - is_short


def _trunc(unit: str, text: str) -> str:
    day = date.fromisoformat(text)
    if unit == "week":
        return (day - timedelta(day.weekday())).isoformat()
    if unit == "month":
        return day.replace(day=1).isoformat()
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1).isoformat()
    return day.replace(month=1, day=1).isoformat() if unit == "year" else text


def _make_date(year: int, month: int, day: int) -> str | None:
    return date(year, month, day).isoformat() if year >= 1000 else None


def _text_date(text: str) -> str | None:
    day = date.fromisoformat(_matched(_DAY, text))
    return day.isoformat() if day.year >= 1000 else None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _instant(local: datetime, zone: str) -> str:
    return local.replace(tzinfo=_zone(zone)).astimezone(UTC).strftime(STAMP)


def _local(stamp: str, zone: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).astimezone(_zone(zone))


def _seconds_between(start: str, end: str) -> int:
    passed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return int(passed / timedelta(seconds=1))


_STRICT: Mapping[str, Function] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": _title,
    "strip_accents": _strip_accents,
    "left": lambda text, count: text[: _count(count)],
    "right": lambda text, count: text[len(text) - min(_count(count), len(text)) :],
    "substring": lambda text, at, n: text[max(at, 1) - 1 : max(at, 1) - 1 + _count(n)],
    "replace": _replace,
    "replace_longer": _replace_longer,
    "split_part": _split_part,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "like": _like,
    "times_decimal": _times_decimal,
    "cut_double": lambda left, right: _whole(math.trunc(left / right)),
    "mod_integer": _mod,
    "mod_decimal": _mod,
    "cast_double_decimal": lambda value: _scaled(Decimal(repr(value))),
    "cast_double_integer": lambda value: _whole(_rounded(Decimal(repr(value)))),
    "cast_decimal_integer": lambda value: _half_away(value, SCALE),
    "cast_decimal_text": _decimal_text,
    "cast_text_integer": lambda text: _whole(_rounded(Decimal(_matched(_NUMBER, text)))),
    "cast_text_decimal": lambda text: _scaled(Decimal(_matched(_NUMBER, text))),
    "cast_text_double": lambda text: _double(float(_matched(_DOUBLE, text))),
    "cast_text_date": _text_date,
    "cast_text_timestamp": lambda text, zone: _instant(
        datetime.fromisoformat(_matched(_TIME, text)), zone
    ),
    "cast_date_timestamp": lambda day, zone: _instant(datetime.fromisoformat(day), zone),
    "cast_timestamp_text": lambda stamp, zone: _local(stamp, zone).strftime("%Y-%m-%d %H:%M:%S"),
    "ceil_decimal": lambda value: -(-value // SCALE),
    "floor_decimal": lambda value: value // SCALE,
    "ceil_double": lambda value: _whole(math.ceil(value)),
    "floor_double": lambda value: _whole(math.floor(value)),
    "round_to": _round_to,
    "mean": _half_away,
    "sqrt": math.sqrt,
    "ln": math.log,
    "exp": lambda value: _double(math.exp(value)),
    "quarter": lambda day: (int(day[5:7]) + 2) // 3,
    "week": lambda day: date.fromisoformat(day).isocalendar().week,
    "weekday": _weekday,
    "hour": lambda stamp, zone: _local(stamp, zone).hour,
    "make_date": _make_date,
    "months_between": _months_between,
    "seconds_between": _seconds_between,
    "date_add_days": _add_days,
    "date_add_months": _add_months,
    "date_trunc": _trunc,
}
FUNCTIONS: Mapping[str, Function] = {
    **{name: strict(function) for name, function in _STRICT.items()},
    "concat": _concat,
    "concat_ws": _concat_ws,
    "least": _given(min),
    "greatest": _given(max),
}
"Each is known to SQLite as `tresse_<name>`, with any number of arguments."
