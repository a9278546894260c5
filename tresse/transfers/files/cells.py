"""Cells of spreadsheets and JSON as texts that every kind reads as they were meant (T15).

A date is written year first, which is read alike in every date order (T16). A number with a point
is marked, as in a column of decimal commas `1.234` would be read as 1234 (T17). Marks are control
characters, of which texts are freed; they stand at the beginning of a cell and never leave `files`.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from tresse.transfers.files.form import MOST_CHARACTERS
from tresse.transfers.findings import VALUE_SHOWN

NUMBER = "\x01"
"A number with a point."
FAULT = "\x02"
"The error a formula gives, such as `#N/A`; nothing follows where no value was stored."
LARGE = "\x03"
"A text that is too long: its length, the mark again, its beginning."
ABSENT = "\x04"
"No cell at all: a key that a JSON object does not have."
NESTED = "\x05"
"A JSON object within a cell, as JSON."
MARKS = frozenset((NUMBER, FAULT, LARGE, ABSENT, NESTED))

DAY, MOMENT, TIME, LASTING = "day", "moment", "time", "lasting"
"What a number format of a spreadsheet shows: a date, date and time, time of day, hours on end."

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_EXPONENT = 400
_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  as spreadsheets have no zone
_ZERO_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_MOST_DAYS = 2_958_466
_DAY_MICROS = 86_400_000_000
_SECOND = 1_000_000
_SNAP = ((15, 10), (16, 2))
"Digits of a stored day, and how many microseconds it may be off a whole second."
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]|am/pm|a/p', re.IGNORECASE)
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0+)?)?Z?$")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S")


def bare(text: str) -> str:
    """A text without control characters, which no kind keeps and marks are made of."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def large(size: int, text: str) -> str:
    """A cell that holds `size` characters and begins with a text, marked if that is too many."""
    return f"{LARGE}{size}{LARGE}{text[:VALUE_SHOWN]}" if size > MOST_CHARACTERS else text


def shown(cell: str) -> str:
    """A cell without its mark."""
    if cell[:1] not in MARKS:
        return cell
    if cell[0] == ABSENT:
        return ""
    return cell.rpartition(LARGE)[2] if cell[0] == LARGE else cell[1:]


def number(stored: str, *, is_exact: bool = False) -> str:
    """A number as it is stored, as a cell: `1042.0` is 1042, 0.1 has no seventeen digits.

    Args:
        stored: As text.
        is_exact: Its seventeenth digit means something; in a spreadsheet it is what a binary
            number is off.
    """
    if len(stored) < 16 and stored.isascii() and stored.isdecimal():
        return stored.lstrip("0") or "0"
    try:
        text = _plain(stored.strip(), is_exact=is_exact)
    except (InvalidOperation, ValueError):
        return FAULT + bare(stored)[:VALUE_SHOWN]
    return NUMBER + text if "." in text else text


def _plain(stored: str, *, is_exact: bool) -> str:
    found = Decimal(stored)
    sign, digits, exponent = found.as_tuple()
    if not isinstance(exponent, int) or abs(exponent) > _MOST_EXPONENT:
        raise ValueError(stored)
    if not is_exact and len(digits) in (16, 17) and exponent:
        found = Decimal(repr(float(stored)))
    text = f"{found:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if sign and not found else text


def shape(code: str) -> str:
    """What a number format shows: `day`, `moment`, `time`, `lasting`, or nothing of time."""
    letters = _NOT_SHOWN.sub("", code.split(";")[0]).lower()
    if "[" in letters:
        return LASTING
    has_time = "h" in letters or "s" in letters
    if "y" in letters or "d" in letters or ("m" in letters and not has_time):
        return MOMENT if has_time else DAY
    return TIME if has_time else ""


def dated(stored: str, form: str, *, since_1904: bool = False) -> str:
    """A number of days as a cell: a date, an instant without zone, or a time of day.

    What lies outside of the calendar stays a number.
    """
    try:
        days = float(stored)
    except ValueError:
        return number(stored)
    if not 0 <= days < _MOST_DAYS:
        return number(stored)
    micros = _micros(stored, days)
    if form == LASTING:
        return _clock(micros)
    if days < 1 and not since_1904:
        return _clock(micros) if form != DAY or micros else number(stored)
    # Excel counts a 29 February 1900, so the days before it are one off.
    late = timedelta(days=int(not since_1904 and days < 60))
    found = (_ZERO_1904 if since_1904 else _ZERO) + late + timedelta(microseconds=micros)
    return found.date().isoformat() if not micros % _DAY_MICROS else found.isoformat()


def _micros(stored: str, days: float) -> int:
    micros = round(days * _DAY_MICROS) if days < 1 else _fraction(days)
    digits = sum(map(str.isdigit, stored))
    off = (micros + _SECOND // 2) % _SECOND - _SECOND // 2
    within = next((most for number, most in _SNAP if digits <= number), 0)
    return micros - off if abs(off) <= within else micros


def _fraction(days: float) -> int:
    whole = int(days)
    return whole * _DAY_MICROS + round((days - whole) * _DAY_MICROS)


def _clock(micros: int) -> str:
    seconds, rest = divmod(micros, _SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:06}".rstrip("0") if rest else text


def day_or_moment(text: str) -> str:
    """A date of ISO 8601 as a cell; midnight is the day alone."""
    text = _MIDNIGHT.sub("", bare(text.strip()))
    whole, point, rest = text.partition(".")
    # Nanoseconds, which Python and the databases do not know.
    digits = re.match(r"\d*", rest)
    places = digits[0] if digits else ""
    return f"{whole}{point}{places[:6]}{rest[len(places) :]}" if len(places) > 6 else text


def duration(text: str) -> str:
    """A time of OpenDocument, `PT14H05M00S`, as a cell."""
    read = _DURATION.fullmatch(text.strip())
    if not read:
        return bare(text)
    hours = int(read[2] or 0) * 24 + int(read[3])
    seconds = (hours * 60 + int(read[4])) * 60 + int(read[5])
    return read[1] + _clock(seconds * _SECOND + int((read[6] or "0").ljust(6, "0")[:6]))
