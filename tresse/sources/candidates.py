"""Types that a column of text may be proposed as, and whether cells fit each (S53, S54).

A candidate is told twice, alike: cell by cell in Python (`fits`), to leave out quickly what a few
thousand cells already speak against, and as a condition over the whole table (`misfit`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from tresse.engine import columns
from tresse.sources.columns import Column, Defaults
from tresse.sources.types import typed
from tresse.sources.types.amounts import double, exact, integer, is_not_finite, loses_places
from tresse.sources.types.base import SOMETHING, Condition, Value, never_null
from tresse.sources.types.boolean import truth
from tresse.sources.types.lists import listed
from tresse.sources.types.moments import has_time, moment

NO_NUMBER = r"^[\s(\x{2212}-]*(?:\+|0[0-9])|(?:[0-9][^0-9]*){16}"
"A leading plus or zero, or more than 15 digits: an identifier, never a number (S54)."
SIGNED = "[.,]"
BARE_DIGITS = r"^\s*[0-9]+\s*$"
FAR_YEAR = r"^\s*(?:1[0-8]|2[1-9]|[03-9])"
"Years before 1900 or after 2099: eight digits that begin so are no dates."
OPENED = r"^\s*[\[{]"
_SIGNED = re.compile(SIGNED)
_NO_NUMBER, _BARE_DIGITS = (
    re.compile(NO_NUMBER.replace(r"\x{2212}", "\u2212")),
    re.compile(BARE_DIGITS),
)
_FAR_YEAR, _OPENED = re.compile(FAR_YEAR), re.compile(OPENED)
NUMBERS = ("integer", "decimal", "number")
NULL_WORDS = ("null", "nil", "none", "n/a", "na", "-", "--", "undefined", "unknown", "\\n", "#n/a")
"Words for nothing, in small letters (S55). `nan` is read as a number that is none."
_WORD = rf"^\s*(?i:{'|'.join(map(re.escape, NULL_WORDS))})\s*$"
COMPACT = "%Y%m%d"
_SEPARATORS = ("/", ".", "-", " ")
_NAMED = ("%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d %Y", "%d %b %y", "%A %d %B %Y")
_TIMES = (
    " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f",
    ", %H:%M:%S", ", %H:%M", " %H:%M:%S %z", " %H:%M:%S%z",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column as it may be read."""

    column: Column
    "Without a name."
    fits: Callable[[str], bool]
    "Whether a cell that is not blank fits."
    against: Callable[[Value], list[Condition]] = lambda _: []
    "What speaks against a cell besides that it cannot be read; of the raw column."
    is_alone: bool = False
    "Where it fits no other need be tried."
    lossy: str = ""
    "A warning code of the type that speaks against a cell, too."

    def misfit(self, raw: Value, defaults: Defaults) -> Condition:
        """Whether a cell that is not blank does not fit; never NULL."""
        read = typed(raw, self.column, replace(defaults, is_strict=True))
        against = self.against(raw)
        if read.failed is not None:
            against.insert(0, read.failed)
        if self.lossy in read.counted:
            against.append(read.counted[self.lossy])
        return never_null(sa.or_(*against))


def _is_number(text: str) -> bool:
    return not _NO_NUMBER.search(text)


def _as_number(type_: str, point: str) -> Candidate:
    def fits(text: str) -> bool:
        if not _is_number(text):
            return False
        if type_ == "integer":
            return integer(text, point) is not None
        if type_ == "decimal":
            return exact(text, point) is not None and not loses_places(text, point)
        return double(text, point) is not None or is_not_finite(text, point)

    return Candidate(
        Column("", type_, point=point),
        fits,
        lambda raw: [columns.matches(raw, NO_NUMBER)],
        lossy="rounded",
    )


def _as_plain_integer() -> Candidate:
    """Digits alone, which mean the same whatever the decimal sign is."""

    def fits(text: str) -> bool:
        return not _SIGNED.search(text) and _is_number(text) and integer(text) is not None

    return Candidate(
        Column("", "integer"),
        fits,
        lambda raw: [columns.matches(raw, f"{SIGNED}|{NO_NUMBER}")],
        is_alone=True,
    )


def _as_truth() -> Candidate:
    return Candidate(Column("", "boolean"), lambda text: truth(text) is not None)


def _as_iso_day() -> Candidate:
    def fits(text: str) -> bool:
        return bool(not _BARE_DIGITS.match(text) and moment(text)) and not has_time(text)

    return Candidate(
        Column("", "date"),
        fits,
        lambda raw: [columns.matches(raw, BARE_DIGITS)],
        lossy="time_dropped",
    )


def _as_iso_time() -> Candidate:
    def fits(text: str) -> bool:
        return not _BARE_DIGITS.match(text) and moment(text) is not None

    return Candidate(Column("", "datetime"), fits, lambda raw: [columns.matches(raw, BARE_DIGITS)])


def _by_format(type_: str, written: str) -> Candidate:
    def fits(text: str) -> bool:
        if written == COMPACT and _FAR_YEAR.match(text):
            return False
        return moment(text, (written,)) is not None

    def far(raw: Value) -> list[Condition]:
        return [columns.matches(raw, FAR_YEAR)] if written == COMPACT else []

    return Candidate(Column("", type_, format=written), fits, far)


def _opened(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: bool(_OPENED.match(text)) and check(text)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _unopened(raw: Value) -> list[Condition]:
    return [sa.and_(is_filled(raw), sa.not_(columns.matches(raw, OPENED)))]


@cache
def day_formats() -> tuple[str, ...]:
    """Formats of days that are tried, day before month."""
    found = []
    for sign in _SEPARATORS:
        for year in ("%Y", "%y"):
            found += [f"%d{sign}%m{sign}{year}", f"%m{sign}%d{sign}{year}"]
        if sign != "-":
            found.append(f"%Y{sign}%m{sign}%d")
    return (*found, COMPACT, *_NAMED)


@cache
def candidates() -> tuple[Candidate, ...]:
    """All of them, the narrowest first."""
    time_formats = [f"{day}{time}" for day in day_formats() for time in _TIMES if day != COMPACT]
    return (
        _as_truth(),
        _as_iso_day(),
        *(_by_format("date", written) for written in day_formats()),
        _as_iso_time(),
        *(_by_format("datetime", written) for written in time_formats),
        _as_plain_integer(),
        *(
            _as_number(type_, point)
            for type_ in ("integer", "decimal", "number")
            for point in (".", ",")
        ),
        Candidate(
            Column("", "list"), _opened(lambda text: listed(text, "") is not None), _unopened
        ),
        Candidate(Column("", "json"), _opened(_is_json), _unopened),
    )


def tried_together(alive: Sequence[Candidate]) -> list[Candidate]:
    """The narrowest of some, and those that only all cells together decide between.

    These are the other order of day and month, all readings of numbers with a sign, and whole
    numbers beside yes and no (a column of nothing but 1 is none of these).
    """
    first = alive[0]
    column = first.column
    if first.is_alone:
        return [first]
    if column.type == "boolean":
        return [first, *(each for each in alive[1:2] if each.is_alone)]
    if column.format:
        orders = {column.format, swapped(column.format)}
        return [
            each
            for each in alive
            if each.column.type == column.type and each.column.format in orders
        ]
    if column.type in NUMBERS:
        return [each for each in alive if each.column.type in NUMBERS]
    return [first]


def swapped(written: str) -> str:
    """The format with day and month in each other's place."""
    return written.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def differs(raw: Value, first: Column, second: Column, defaults: Defaults) -> Condition:
    """Whether two readings of a cell give different values; never NULL."""
    defaults = replace(defaults, is_strict=True)
    left: Any = typed(raw, first, defaults).value
    right: Any = typed(raw, second, defaults).value
    return never_null(left != right)


def is_word(raw: Value) -> Condition:
    """Whether a cell is a word for nothing."""
    return columns.matches(raw, _WORD)


def is_filled(raw: Value) -> Condition:
    """Whether a cell is neither NULL nor blank."""
    return never_null(columns.matches(raw, SOMETHING))
