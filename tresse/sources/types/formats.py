r"""Formats of dates and times, as `%d/%m/%Y %H:%M`: checked once, then read cell by cell.

Taken: `%Y %y %m %d %b %B %a %A %H %I %M %S %f %p %z %%` and any other characters, which stand for
themselves; a blank stands for any white space. Days, months and hours may have one digit where the
next character is no digit. Names of months and days: English, French, Polish, German, Spanish and
Italian, full or short, with or without accents.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from babel import Locale

from tresse.kernel.text import folded
from tresse.objects.kinds.months import MONTHS

UNIX, UNIX_MS = "unix", "unix_ms"
"Formats of a datetime that is a number: seconds or milliseconds since 1970 in UTC."
FIRST_OF_1900 = 69
"Two-digit years from here are 19xx, below 20xx (D30)."
LONGEST = 100
_ONE = {
    "Y": r"[0-9]{4}",
    "y": r"[0-9]{2}",
    "m": r"[0-9]{1,2}",
    "d": r"[0-9]{1,2}",
    "H": r"[0-9]{1,2}",
    "I": r"[0-9]{1,2}",
    "M": r"[0-9]{1,2}",
    "S": r"[0-9]{1,2}",
    "f": r"[0-9]{1,9}",
    "p": r"[aApP]\.?[mM]\.?",
    "z": r"[zZ]|[+\-][0-9]{2}(?::?[0-9]{2})?",
    "b": r"[^\W\d_]{3,12}\.?",
    "B": r"[^\W\d_]{3,12}\.?",
    "a": r"[^\W\d_]{2,12}\.?",
    "A": r"[^\W\d_]{2,12}\.?",
}
_DIGITS = frozenset("YymdHIMSf")
_SAME = {"B": "b", "A": "a", "y": "Y"}
_LANGUAGES = ("de", "es", "it")


class BadFormat(Exception):  # noqa: N818  reads as a sentence
    """A format that cannot be read: `part` is where."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True, slots=True)
class Format:
    """A format that was checked."""

    pattern: re.Pattern[str]
    has_time: bool
    has_zone: bool

    def read(self, text: str) -> datetime | None:
        """The date-time a cell says, aware where it says an offset; None if it does not fit."""
        found = self.pattern.fullmatch(text.strip()) if len(text) <= LONGEST else None
        if not found:
            return None
        try:
            return _moment(found.groupdict())
        except (ValueError, OverflowError):
            return None


@lru_cache(maxsize=500)
def parsed(text: str) -> Format:
    """Check a format.

    Raises:
        BadFormat: It holds an unknown sign, one twice, or says no whole date.
    """
    if not text or len(text) > LONGEST:
        raise BadFormat(text)
    pieces = re.findall(r"%[^\s]?|\s+|[^%\s]+", text)
    used: list[str] = []
    for piece in pieces:
        if piece[0] == "%" and piece != "%%":
            sign = piece[1:]
            if sign not in _ONE or _SAME.get(sign, sign) in used:
                raise BadFormat(piece)
            used.append(_SAME.get(sign, sign))
    if "Y" not in used or "d" not in used or ("m" in used) == ("b" in used):
        raise BadFormat(text)
    if ("I" in used) != ("p" in used) or {"H", "I"} <= set(used):
        raise BadFormat(text)
    has_hour = bool({"H", "I"} & set(used))
    if not has_hour and {"M", "S", "f", "z"} & set(used):
        raise BadFormat(text)
    written = "".join(_piece(pieces, place) for place in range(len(pieces)))
    return Format(re.compile(written), has_hour, "z" in used)


def _piece(pieces: list[str], place: int) -> str:
    piece = pieces[place]
    if piece.isspace():
        return r"\s+"
    if piece[0] != "%" or piece == "%%":
        return re.escape("%" if piece == "%%" else piece)
    sign = piece[1]
    following = pieces[place + 1] if place + 1 < len(pieces) else ""
    meets_digits = following[:1].isdecimal() or (following[:1] == "%" and following[1:2] in _DIGITS)
    # Beside other digits a number has its full length, or it could not be told apart.
    pattern = "[0-9]{2}" if meets_digits and _ONE[sign] == r"[0-9]{1,2}" else _ONE[sign]
    return f"(?P<{sign}>{pattern})"


def _moment(parts: dict[str, str]) -> datetime:
    """A date-time of the parts of a cell; ValueError where there is no such one."""
    if "y" in parts:
        short = int(parts["y"])
        year = short + (1900 if short >= FIRST_OF_1900 else 2000)
    else:
        year = int(parts["Y"])
    named = parts.get("b") or parts.get("B")
    month = _month(named) if named else int(parts["m"])
    micro = int(parts.get("f", "0").ljust(6, "0")[:6])
    zone = _offset(parts["z"]) if "z" in parts else None
    return datetime(
        year,
        month,
        int(parts["d"]),
        _hour(parts),
        int(parts.get("M", "0")),
        int(parts.get("S", "0")),
        micro,
        zone,
    )


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H", "0"))
    hour = int(parts["I"])
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if parts["p"][0] in "pP" else 0)


def _month(name: str) -> int:
    found = months().get(folded(name.rstrip(".")))
    if found is None:
        raise ValueError(name)
    return found


@lru_cache(maxsize=1)
def months() -> dict[str, int]:
    """Folded name of a month, full or short, to its number."""
    known = dict(MONTHS)
    for language in _LANGUAGES:
        for form in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in form[width].items():
                    known.setdefault(folded(name.rstrip(".")), number)
    return known


def offset(text: str) -> timezone:
    """`Z`, `+02`, `+0200` or `+02:00` as an offset; ValueError beyond a day."""
    return _offset(text)


def _offset(text: str) -> timezone:
    if text in {"z", "Z"}:
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if minutes > 59:
        raise ValueError(text)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)
