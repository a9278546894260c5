"""How dates and numbers are written in a whole column of a file, never told by one cell.

Orders of dates: T16; decimal signs: T17. Feed a form the column, then ask for its result:

    form = DateForm()
    for chunk in column:
        form.feed(chunk)
    form.result()        # Form(found="dmy", code="", example="")

Cells that are no date or number at all tell nothing; the kind refuses them one by one later.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Form(NamedTuple):
    """What a column told.

    `found`: `ymd`, `dmy`, `mdy`, or a decimal sign; None where nothing tells (`code` empty: it does
    not matter) or two readings fit every cell (`code` says so, `example` is such a cell).
    """

    found: str | None
    code: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """How one column of a file is written, as `objects.readings.reading_for` takes it."""

    date_order: str | None = None
    decimal_sign: str | None = None
    zone: str | None = None
    "Of times without one; None: the account's."


_NOON = r"(?:,?[T ] *[0-9]{1,2}[:h][^\n]*)?"  # a time after the date
_EDGE = r"[ \u00a0\t]*"
_YEAR = r"(?:[0-9]{4}|[0-9]{2})(?![0-9])"
_SEP = r"(?P<s>[-/.]|\. | )"
_LOW, _HIGH = r"(?:0?[1-9]|1[0-2])", r"(?:1[3-9]|2[0-9]|3[01])"


def _dates(first: str, second: str) -> re.Pattern[str]:
    return re.compile(rf"(?m)^{_EDGE}({first}){_SEP}({second})(?P=s){_YEAR}")


DAY_FIRST = _dates(_HIGH, _LOW)
MONTH_FIRST = _dates(_LOW, _HIGH)
EITHER = re.compile(
    rf"(?m)^{_EDGE}(?:0?(?P<a>[1-9])|(?P<b>1[0-2])){_SEP}"
    rf"(?!0?(?P=a)(?P=s)|(?P=b)(?P=s)){_LOW}(?P=s){_YEAR}[^\n]*"
)
# One way only to read each line, never given back: else one bad date far down takes forever.
ALL_ISO = re.compile(rf"(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_NOON}(?:\n|\Z)|\n)*+")
YEAR_FIRST = re.compile(rf"(?m)^{_EDGE}[0-9]{{4}}[-/. ][0-9]{{1,2}}[-/. ][0-9]{{1,2}}")


class DateForm:
    """The order of day, month and year in a column of dates or times."""

    def __init__(self) -> None:
        self._day_first = self._month_first = 0
        self._either = ""
        self._year_first = False

    def feed(self, texts: Iterable[str | None]) -> None:
        """Look at some cells."""
        joined = _joined(texts)
        if not joined:
            return
        if ALL_ISO.fullmatch(joined):
            self._year_first = True
            return
        self._day_first += _count(DAY_FIRST, joined)
        self._month_first += _count(MONTH_FIRST, joined)
        if not (self._day_first or self._month_first or self._year_first):
            self._year_first = YEAR_FIRST.search(joined) is not None
        if not self._either and (found := EITHER.search(joined)):
            self._either = found[0].strip()

    def result(self) -> Form:
        """The order; where cells speak for both, the one that more of them fit."""
        if self._day_first or self._month_first:
            return Form("dmy" if self._day_first >= self._month_first else "mdy")
        if self._either:
            return Form(None, "date_order_unknown", self._either)
        # 05/05/2027 is the same day in both.
        return Form("ymd" if self._year_first else "dmy")


_BLANK = r" '\u2019\u00a0\u202f\u2009"
_START = r"(?m)^[^0-9.,\n]*"
_END = r"[^0-9.,\n]*$"


def _only(sign: str, other: str) -> re.Pattern[str]:
    """Numbers that can be read by one decimal sign only."""
    sign, other = re.escape(sign), re.escape(other)
    parted = rf"[0-9]{{1,3}}(?:[{_BLANK}{other}][0-9]{{3}})+"
    return re.compile(
        rf"{_START}(?:"
        rf"{parted}{sign}[0-9]*"  # 1,234.5
        rf"|[0-9]{{1,3}}(?:{other}[0-9]{{3}}){{2,}}"  # 1,234,567
        rf"|[0-9]*{sign}(?:[0-9]{{0,2}}|[0-9]{{4,}})"  # 12.5
        rf"|(?:0[0-9]*|[0-9]{{4,}}|){sign}[0-9]{{3}}"  # 0.125 and 1234.567
        rf"){_END}"
    )


POINT, COMMA = _only(".", ","), _only(",", ".")
# The common case, told at a glance: no thousands, one or two decimals.
SIMPLE = {
    sign: re.compile(rf"(?m)^-?[0-9][0-9 \u00a0\u202f]*\{sign}[0-9]{{1,2}}(?=[^0-9.,\n]*$)")
    for sign in ".,"
}
UNCLEAR = re.compile(rf"{_START}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}{_END}")


class NumberForm:
    """The decimal sign in a column of decimals or money."""

    def __init__(self) -> None:
        self._point = self._comma = 0
        self._unclear = ""

    def feed(self, texts: Iterable[str | None]) -> None:
        """Look at some cells."""
        joined = _joined(texts)
        points, commas = joined.count("."), joined.count(",")
        if not points and not commas:
            return
        if not commas and len(SIMPLE["."].findall(joined)) == points:
            self._point += points
            return
        if not points and len(SIMPLE[","].findall(joined)) == commas:
            self._comma += commas
            return
        self._point += _count(POINT, joined)
        self._comma += _count(COMMA, joined)
        if not self._unclear and (found := UNCLEAR.search(joined)):
            self._unclear = found[0].strip()

    def result(self) -> Form:
        """The decimal sign; where cells speak for both, the one that more of them fit."""
        if self._point or self._comma:
            return Form("." if self._point >= self._comma else ",")
        if self._unclear:
            return Form(None, "number_form_unknown", self._unclear)
        return Form(".")


def _joined(texts: Iterable[str | None]) -> str:
    """One cell per line; line breaks within a cell make lines that tell nothing."""
    cells: list[Any] = texts if isinstance(texts, list) else list(texts)
    try:
        return "\n".join(cells)
    except TypeError:
        return "\n".join(cell or "" for cell in cells)


def _count(pattern: re.Pattern[str], joined: str) -> int:
    return sum(1 for _ in pattern.finditer(joined))
