"""Numbers as people and programs write them: `-1 234`, `1,234.50 €`, `(12.50)`, `1e3`.

The functions take one cell and settings, and answer None where it is no such number; they are
called over whole columns (`engine.functions`). What is written plainly never comes here.
"""

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from tresse.objects.kinds.currencies import CODES, SYMBOLS

WHOLE_DIGITS, PLACES = 15, 6
"Of a decimal (S52): digits before and after the point."
BLANKS = " '\u2019\u00a0\u202f\u2009\u2007"
"What parts thousands, besides the sign that is not the decimal one."
MOST = 2**63
HIGHEST = Decimal(10) ** WHOLE_DIGITS
STEP = Decimal(1).scaleb(-PLACES)
LONGEST = 400
NOT_FINITE = re.compile(r"[+\-\u2212]?(?:nan|inf|infinity|\u221e)", re.IGNORECASE)
_COMMA_LAST = re.compile(r",[0-9]{1,2}(?![0-9,])")
"Two digits or one are no thousands, so the comma before them is a decimal sign in any country."
_SIGNS = {sign for signs in SYMBOLS.values() for sign in signs}
_MONEY = "|".join(re.escape(each) for each in sorted({*_SIGNS, *CODES}, key=len, reverse=True))


@lru_cache(maxsize=4)
def _written(point: str) -> re.Pattern[str]:
    """Sign, currency and digits; thousands are parted by one and the same sign, three by three."""
    other = "," if point == "." else "."
    blanks = f"[{re.escape(BLANKS)}{re.escape(other)}]"
    space = r"[\s\u00a0\u202f]*"
    return re.compile(
        rf"(?P<open>\({space})?(?P<before>[+\-\u2212]{space})?(?:(?:{_MONEY}){space})?"
        rf"(?P<after>[+\-\u2212]{space})?"
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<part>{blanks})[0-9]{{3}}(?:(?P=part)[0-9]{{3}})*|[0-9]*)"
        rf"(?:{re.escape(point)}(?P<fraction>[0-9]*))?(?P<power>[eE][+\-]?[0-9]{{1,4}})?"
        rf"(?:{space}(?:{_MONEY}))?(?P<close>{space}\))?"
    )


def plain(text: str, point: str) -> str | None:
    """The number as Python writes it, `-1234.50` or `1e3`, with all digits that were given.

    Args:
        text: As it is written.
        point: `.` or `,`. Empty: nobody said, so that the point is one, and a comma where it can
            be nothing else: `1 234,50 €` and `1.234,5`, whereas `1,234` is a thousand and more.
    """
    number = _plain(text, point or ".")
    if number is None and not point and _COMMA_LAST.search(text):
        return _plain(text, ",")
    return number


def _plain(text: str, point: str) -> str | None:
    if len(text) > LONGEST:
        return None
    read = _written(point).fullmatch(text.strip())
    if not read or not (read["whole"] or read["fraction"]):
        return None
    signs = [each.strip() for each in (read["before"], read["after"]) if each]
    is_bracketed = bool(read["open"])
    if is_bracketed != bool(read["close"]) or len(signs) + is_bracketed > 1:
        return None
    whole = "".join(each for each in read["whole"] if each.isdecimal()) or "0"
    sign = "-" if is_bracketed or signs[:1] in (["-"], ["\u2212"]) else ""
    return f"{sign}{whole}.{read['fraction'] or '0'}{read['power'] or ''}"


def integer(text: str, point: str = ".") -> int | None:
    """A whole number of 64 bits; `.0` is none either, as `1.000` may be a thousand."""
    number = plain(text, point)
    if number is None or not number.endswith(".0") or point in text:
        return None
    value = int(number[:-2])
    return value if -MOST <= value < MOST else None


def exact(text: str, point: str = ".") -> Decimal | None:
    """A decimal, rounded half away from zero to 6 places; None beyond 15 digits before them."""
    number = plain(text, point)
    if number is None or "e" in number.lower():
        return None
    return rounded(Decimal(number))


def rounded(value: Decimal) -> Decimal | None:
    """To 6 places, half away from zero; None beyond 15 digits before the point."""
    if abs(value) >= HIGHEST:
        return None
    short = value.quantize(STEP, ROUND_HALF_UP)
    return short if abs(short) < HIGHEST else None


def loses_places(text: str, point: str = ".") -> bool:
    """Whether a decimal that can be read has more than 6 places that are not zero."""
    number = plain(text, point) or ""
    return len(number.partition(".")[2].rstrip("0")) > PLACES


def is_too_large(text: str) -> bool:
    """Whether it is a number of more than 15 digits before the point, which decimals cannot hold.

    Such a whole number below 2**63 fits `integer`, which does not refuse it.
    """
    number = plain(text, "") or "e"
    return "e" not in number.lower() and abs(Decimal(number)) >= HIGHEST


def double(text: str, point: str = ".") -> float | None:
    """A finite number of double precision; None for infinities too."""
    number = plain(text, point)
    value = float(number) if number else math.inf
    return value if math.isfinite(value) else None


def is_not_finite(text: str, point: str = ".") -> bool:
    """Whether it says NaN or infinity, or a number that double precision cannot hold."""
    number = plain(text, point)
    return bool(NOT_FINITE.fullmatch(text.strip())) if number is None else math.isinf(float(number))


def exact_of_double(value: float) -> Decimal | None:
    """A double as the decimal that its shortest text says: 0.1 is 0.1."""
    return rounded(Decimal(repr(value))) if math.isfinite(value) else None


def double_loses_places(value: float) -> bool:
    """Whether `exact_of_double` rounds."""
    return math.isfinite(value) and rounded(Decimal(repr(value))) != Decimal(repr(value))


def text_of_double(value: float) -> str | None:
    """A double as its shortest text, whole ones without a point; None for NaN and infinities."""
    if not math.isfinite(value):
        return None
    if value == int(value) and abs(value) < MOST:
        return str(int(value))
    return repr(value)


def rounded_double(value: float, places: int) -> float | None:
    """Half away from zero by the digits of its shortest text: 1.005 to 2 places is 1.01."""
    if not math.isfinite(value):
        return None
    number = Decimal(repr(value))
    short = (
        number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if abs(number) < 10**15
        else number
    )
    return float(short)
