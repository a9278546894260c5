"""Every construct on columns, and what it gives for a row, said in plain Python."""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import re2
import sqlalchemy as sa

from tresse.engine import columns as c
from tresse.engine.constructs_formulas import _UPPER_SPECIALS

PARIS = "Europe/Paris"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A construct over a table of `rows.COLUMNS`."""

    build: Callable[[Any], Any]
    expected: Callable[..., Any] | None
    "Of the values of `needs`, none of them None; None where only the engines are compared."
    needs: str


def _of(needs: str, build: Any, expected: Any = None) -> Case:
    return Case(build, expected, needs)


def _full(pattern: str, text: str) -> str | None:
    # White space as RE2 has it.
    found = re.fullmatch(rf"[\t\n\f\r ]*({pattern})[\t\n\f\r ]*", text, re.ASCII)
    return found[1] if found else None


def _decimal(text: str, scale: int = 6) -> Decimal | None:
    found = _full(r"[+-]?(?:\d{1,40}(?:\.\d*)?|\.\d+)", text)
    return _fits(Decimal(found), scale) if found else None


def _fits(number: Decimal, scale: int) -> Decimal | None:
    with localcontext(prec=100):
        exact = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return exact if abs(exact) < 10**15 else None


def _integer(text: str) -> int | None:
    found = _full(r"[+-]?\d{1,30}", text)
    return int(found) if found and -(2**63) <= int(found) < 2**63 else None


def _double(text: str) -> float | None:
    found = _full(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", text)
    return _finite(float(found)) if found else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(_full(r"\d{4}-\d\d-\d\d", text) or "")
    except ValueError:
        return None


_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"


_OFFSET = r"(?:Z|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)"


def _time(found: str | None) -> datetime | None:
    if found is None or " 24:" in found or "T24:" in found:
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", found.replace(" +", "+")))
    except ValueError:
        return None


def _local(text: str) -> datetime | None:
    return _time(_full(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_TIME})?", text))


def _instant(text: str) -> datetime | None:
    found = _time(_full(rf"\d{{4}}-\d\d-\d\d[T ]{_TIME} ?{_OFFSET}", text))
    return found.astimezone(UTC) if found else None


def _by(text: str, pattern: str, format_: str) -> datetime | None:
    found = _full(pattern, text)
    try:
        return datetime.strptime(found, format_) if found else None  # noqa: DTZ007
    except ValueError:
        return None


def _instant_at(local: datetime) -> datetime:
    zone = ZoneInfo(PARIS)
    first = local.replace(tzinfo=zone, fold=0)
    found = first.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # Skipped: the moment at which the clocks went forward.
    low, high = found - timedelta(hours=3), found
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            high = middle
    return high


def _fault(local: datetime) -> int:
    zone = ZoneInfo(PARIS)
    first, second = (local.replace(tzinfo=zone, fold=f) for f in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return 0
    return 1 if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local else 2


def _plus(value: Any, **by: int) -> Any:
    try:
        return value + timedelta(**by)
    except OverflowError:
        return None


def _mean(total: Decimal, number: int) -> Decimal | None:
    if number < 1:
        return None
    with localcontext(prec=100):
        return _fits(total / number, 6)


def _quotient(number: int, by: int) -> int | None:
    return None if by == 0 else (abs(number) // abs(by)) * (1 if (number < 0) == (by < 0) else -1)


def _power(number: float, exponent: int) -> float | None:
    try:
        return _finite(math.pow(number, exponent))
    except (OverflowError, ValueError):
        return None


def _logarithm(number: float) -> float | None:
    return _finite(math.log(number)) if number > 0 else None


def _remainder(number: int, by: int) -> int | None:
    return None if by == 0 else int(math.fmod(number, by))


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _lowered(text: str) -> str:
    return "".join(letter.lower()[:1] for letter in text)


def _uppered(text: str) -> str:
    def upper(letter: str) -> str:
        found = letter.upper()
        return found if len(found) == 1 or letter in _UPPER_SPECIALS else letter

    return "".join(map(upper, text))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _texts(values: list[str | None]) -> list[str]:
    return [each for each in values if each is not None]


CASES: dict[str, Case] = {
    "length": _of("t", lambda t: c.length(t.c.t), len),
    "lowered": _of("t", lambda t: c.lowered(t.c.t), _lowered),
    "uppered": _of("t", lambda t: c.uppered(t.c.t), _uppered),
    "nfc": _of("t", lambda t: c.nfc(t.c.t), lambda t: unicodedata.normalize("NFC", t)),
    "substring": _of("t", lambda t: c.substring(t.c.t, 2, 3), lambda t: t[1:4]),
    "ending": _of("t", lambda t: c.ending(t.c.t, 2), lambda t: t[-2:]),
    "stripped": _of("t", lambda t: c.stripped(t.c.t, " a'\\"), lambda t: t.strip(" a'\\")),
    "padded": _of("t", lambda t: c.padded(t.c.t, 5, "0"), lambda t: t.rjust(5, "0")),
    "replaced_text": _of(
        "t", lambda t: c.replaced_text(t.c.t, "a", "'b\\"), lambda t: t.replace("a", "'b\\")
    ),
    "without_nul": _of("t", lambda t: c.without_nul(t.c.t), lambda t: t.replace("\0", "")),
    "has_nul": _of("t", lambda t: c.has_nul(t.c.t), lambda t: "\0" in t),
    "matches": _of(
        "t",
        lambda t: c.matches(t.c.t, r"^[\w\s]*\d\b.$"),
        lambda t: re2.search(r"^[\w\s]*\d\b.$", t) is not None,
    ),
    "extracted": _of(
        "t",
        lambda t: c.extracted(t.c.t, r"(\d+)(\D)", 2),
        lambda t: (m := re2.search(r"(\d+)(\D)", t)) and m[2],
    ),
    "all_extracted": _of(
        "t", lambda t: c.all_extracted(t.c.t, r"\p{L}+"), lambda t: re2.findall(r"\p{L}+", t)
    ),
    "replaced": _of(
        "t",
        lambda t: c.replaced(t.c.t, r"([a-z])[^A-Za-z]", r"<\1>"),
        lambda t: re2.sub(r"([a-z])[^A-Za-z]", r"<\1>", t),
    ),
    "part": _of("t", lambda t: c.part(t.c.t, ";", 2), lambda t: (t.split(";")[1:2] or [None])[0]),
    "part at the end": _of("t", lambda t: c.part(t.c.t, ";", -1), lambda t: t.split(";")[-1]),
    "split": _of("t", lambda t: c.split(t.c.t, ";"), lambda t: t.split(";")),
    "joined": _of("", lambda t: c.joined("-", t.c.t, t.c.u)),
    "hashed": _of(
        "t",
        lambda t: c.hashed(t.c.t),
        lambda t: hashlib.md5(t.encode()).hexdigest(),  # noqa: S324
    ),
    "hash_number": _of(
        "t",
        lambda t: c.hash_number(t.c.t),
        lambda t: int(hashlib.md5(t.encode(), usedforsecurity=False).hexdigest()[:15], 16),
    ),
    "sha256": _of("t", lambda t: c.sha256(t.c.t), lambda t: hashlib.sha256(t.encode()).hexdigest()),
    "to_integer": _of("t", lambda t: c.to_integer(t.c.t), _integer),
    "to_decimal": _of("t", lambda t: c.to_decimal(t.c.t), _decimal),
    "to_double": _of("t", lambda t: c.to_double(t.c.t), _double),
    "finite": _of("x", lambda t: c.finite(t.c.x), _finite),
    "try_cast": _of("d", lambda t: c.try_cast(t.c.d, sa.BigInteger()), None),
    "rounded": _of("d", lambda t: c.rounded(t.c.d, 2), lambda d: _fits(d, 2)),
    "divided": _of("n m", lambda t: c.divided(t.c.n, t.c.m), lambda n, m: n / m if m else None),
    "power": _of("x m", lambda t: c.power(t.c.x, t.c.m), _power),
    "logarithm": _of("x", lambda t: c.logarithm(t.c.x), _logarithm),
    "mean": _of("d m", lambda t: c.mean(t.c.d, t.c.m), _mean),
    "quotient": _of("n m", lambda t: c.quotient(t.c.n, t.c.m), _quotient),
    "remainder": _of("n m", lambda t: c.remainder(t.c.n, t.c.m), _remainder),
    "text of text": _of("t", lambda t: c.text_of(t.c.t), str),
    "text of whole": _of("n", lambda t: c.text_of(t.c.n), str),
    "text of decimal": _of("d", lambda t: c.text_of(t.c.d), _plain),
    "text of double": _of("x", lambda t: c.text_of(c.finite(t.c.x))),
    "text of boolean": _of("b", lambda t: c.text_of(t.c.b), lambda b: str(b).lower()),
    "text of day": _of("day", lambda t: c.text_of(t.c.day), lambda day: day.isoformat()),
    "text of local": _of(
        "local",
        lambda t: c.text_of(t.c.local),
        lambda local: local.isoformat(timespec="microseconds"),
    ),
    "text of instant": _of(
        "at",
        lambda t: c.text_of(t.c.at),
        lambda at: at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
    ),
    "text of list": _of(
        "l",
        lambda t: c.text_of(t.c.l),
        lambda l: json.dumps(l, ensure_ascii=False, separators=(",", ":")),  # noqa: E741
    ),
    "iso_day": _of("t", lambda t: c.iso_day(t.c.t), _day),
    "iso_local": _of("t", lambda t: c.iso_local(t.c.t), _local),
    "iso_instant": _of("t", lambda t: c.iso_instant(t.c.t), _instant),
    "day_by": _of(
        "t",
        lambda t: c.day_by(t.c.t, "%d/%m/%y"),
        lambda t: (at := _by(t, r"\d{1,2}/\d{1,2}/\d\d", "%d/%m/%y")) and at.date(),
    ),
    "time_by": _of(
        "t",
        lambda t: c.time_by(t.c.t, "%d/%m/%Y %H:%M"),
        lambda t: _by(t, r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d", "%d/%m/%Y %H:%M"),
    ),
    "formatted": _of(
        "day",
        lambda t: c.formatted(t.c.day, "%Y%m%d"),
        lambda day: day.isoformat().replace("-", ""),
    ),
    "instant_at": _of("local", lambda t: c.instant_at(t.c.local, PARIS), _instant_at),
    "local_fault": _of("local", lambda t: c.local_fault(t.c.local, PARIS), _fault),
    "local_at": _of(
        "at",
        lambda t: c.local_at(t.c.at, PARIS),
        lambda at: at.astimezone(ZoneInfo(PARIS)).replace(tzinfo=None),
    ),
    "day_at": _of(
        "at",
        lambda t: c.day_at(t.c.at, "Pacific/Auckland"),
        lambda at: at.astimezone(ZoneInfo("Pacific/Auckland")).date(),
    ),
    "day_of": _of("local", lambda t: c.day_of(t.c.local), lambda local: local.date()),
    "local_of": _of(
        "day",
        lambda t: c.local_of(t.c.day),
        lambda day: datetime(day.year, day.month, day.day),  # noqa: DTZ001
    ),
    "days_between": _of(
        "day other_day",
        lambda t: c.days_between(t.c.day, t.c.other_day),
        lambda day, other_day: (other_day - day).days,
    ),
    "days between instants": _of(
        "at later",
        lambda t: c.days_between(t.c.at, t.c.later),
        lambda at, later: _quotient((later - at) // timedelta(microseconds=1), 86_400_000_000),
    ),
    "seconds_between": _of(
        "at later",
        lambda t: c.seconds_between(t.c.at, t.c.later),
        lambda at, later: _quotient((later - at) // timedelta(microseconds=1), 1_000_000),
    ),
    "epoch_seconds": _of(
        "at",
        lambda t: c.epoch_seconds(t.c.at),
        lambda at: (at - _EPOCH) // timedelta(seconds=1),
    ),
    "epoch_micros": _of(
        "at",
        lambda t: c.epoch_micros(t.c.at),
        lambda at: (at - _EPOCH) // timedelta(microseconds=1),
    ),
    "from_micros": _of(
        "n", lambda t: c.from_micros(t.c.n * 1000), lambda n: _plus(_EPOCH, microseconds=n * 1000)
    ),
    "plus_days": _of(
        "day n", lambda t: c.plus_days(t.c.day, t.c.n), lambda day, n: _plus(day, days=n)
    ),
    "plus_seconds": _of(
        "at n", lambda t: c.plus_seconds(t.c.at, t.c.n), lambda at, n: _plus(at, seconds=n)
    ),
    "list_of_json": _of("t", lambda t: c.list_of_json(t.c.t)),
    "list_length": _of("l", lambda t: c.list_length(t.c.l), len),
    "list_first": _of("l", lambda t: c.list_first(t.c.l), lambda l: l[0] if l else None),  # noqa: E741
    "list_contains": _of("l", lambda t: c.list_contains(t.c.l, "a"), lambda l: "a" in l),  # noqa: E741
    "list_text": _of("l", lambda t: c.list_text(t.c.l, "|"), lambda l: "|".join(_texts(l))),  # noqa: E741
    "list_of": _of(
        "t u",
        lambda t: sa.case((t.c.t.is_not(None) & t.c.u.is_not(None), c.list_of(t.c.t, t.c.u))),
        lambda t, u: [t, u],
    ),
    "list_sorted": _of("l", lambda t: c.list_sorted(t.c.l), lambda l: sorted({*_texts(l)})),  # noqa: E741
    "list_cleaned": _of(
        "l",
        lambda t: c.list_cleaned(t.c.l),
        lambda l: sorted({each.strip(" ") for each in _texts(l)} - {""}),  # noqa: E741
    ),
    "is_json": _of("t", lambda t: c.is_json(t.c.t), _is_json),
    "json_value": _of("t", lambda t: c.json_value(t.c.t, "$.a.b[0]")),
    # Plain Core that must not differ.
    "joined texts": _of("t u", lambda t: t.c.t + t.c.u, lambda t, u: t + u),
    "order of texts": _of("t u", lambda t: t.c.t < t.c.u, lambda t, u: t < u),
    "equal texts": _of("t u", lambda t: t.c.t == t.c.u, lambda t, u: t == u),
    "like": _of(
        "t", lambda t: t.c.t.like("%\\_%"), lambda t: "\\" in t and t[t.index("\\") :] > "\\"
    ),
    "cast to text": _of("n", lambda t: c.text_of(t.c.n + 1), lambda n: str(n + 1)),
}
