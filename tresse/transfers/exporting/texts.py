"""Columns of stored values made into cells: texts of T83, or typed values for sheets and JSON.

A column goes through as a whole, each different value once. What a database gives is taken as it
comes: an instant that SQLite keeps as text becomes another text without becoming a `datetime`.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import TimeText
from tresse.engine.statements import DIALECTS, reader
from tresse.objects.described import PropertyDef
from tresse.objects.kinds.reading import Reading
from tresse.transfers.files.texts import guarded

Cells = Callable[[Sequence[Any]], Sequence[Any]]
"""A column as the database gave it, to cells; None stays None."""
PLAIN = frozenset({"text", "long_text", "rich_text", "email", "phone", "url", "domain"})
"Kinds whose values are written as they are stored."
TYPED = frozenset({"integer", "decimal", "money", "date", "datetime", "boolean"})
"Kinds whose values have a cell of their own in sheets, or a value in JSON."
_MARKS = frozenset("=+-@\t\r'")
"First letters of texts that may be formulas."
_first = itemgetter(0)
_BOOLEANS = {True: "true", False: "false", None: None}
_WHOLE = ("", ".000000")
"Fractions of whole seconds."
_LOOKED_AT = 64
"Values from which a column is told that has each of them often."


def as_text(prop: PropertyDef, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What to select of a property for `texts_of`."""
    return TimeText(column) if prop.kind.name in ("date", "datetime") else column


def texts_of(
    prop: PropertyDef, column: sa.ColumnElement[Any], reading: Reading, *, guard: bool, vendor: str
) -> Cells:
    """How a column of a property becomes texts that an import reads back as they are (T83).

    Args:
        prop: The property.
        column: What is selected, by `as_text`; its type says what the database gives.
        reading: With the decimal sign that is wanted.
        guard: Whether texts that may be formulas get a `'` (T84).
        vendor: `sqlite` or `postgresql`.
    """
    kind = prop.kind
    read = reader(column.type, DIALECTS[vendor])
    if kind.name in PLAIN and read is None:
        return guarded_all if guard else as_they_are
    if kind.name == "integer" and read is None:
        return as_they_are
    if kind.name == "boolean":
        return _booleans
    if kind.name == "date":
        return as_they_are
    if kind.name == "datetime":
        return _instants

    def write(value: Any) -> str:
        text = kind.format(value if read is None else read(value), reading)
        if kind.name in TYPED:
            return unambiguous(text, reading.decimal_sign)
        return guarded(text) if guard else text

    return _by_value(write)


def typed_of(
    prop: PropertyDef, column: sa.ColumnElement[Any], reading: Reading, *, vendor: str
) -> Cells:
    """How a column becomes values that `files.writing` writes as typed cells."""
    read = reader(column.type, DIALECTS[vendor])
    kind = prop.kind
    if kind.name in PLAIN | TYPED:
        return as_they_are if read is None else _by_value(read)
    if read is None:
        return _by_value(lambda value: kind.format(value, reading))
    return _by_value(lambda value: kind.format(read(value), reading))


def _instants(values: Sequence[Any]) -> Sequence[Any]:
    """What `instant` writes, from texts of `TimeText`."""
    if len(set(values[:_LOOKED_AT])) < _LOOKED_AT // 2:
        return _seldom(values)
    return [
        each and (f"{each[:10]}T{each[11:19]}Z" if each[19:] in _WHOLE else _instant(each))
        for each in values
    ]


def _instant(text: str) -> str:
    """`2026-03-01T09:30:00Z`, with six digits of a second that is not whole."""
    fraction = "" if text[19:] in _WHOLE else text[19:].ljust(7, "0")
    return f"{text[:10]}T{text[11:19]}{fraction}Z"


def unambiguous(text: str, sign: str) -> str:
    """A fourth digit where three after the decimal sign could be thousands (T17)."""
    _, point, places = text.partition(sign)
    return f"{text}0" if point and len(places) == 3 and places.isdecimal() else text


def as_they_are(values: Sequence[Any]) -> Sequence[Any]:
    """The column itself."""
    return values


def _booleans(values: Sequence[Any]) -> Sequence[Any]:
    return list(map(_BOOLEANS.__getitem__, values))


def _by_value(write: Callable[[Any], Any]) -> Cells:
    """Each different value once."""

    def cells(values: Sequence[Any]) -> Sequence[Any]:
        known: dict[Any, Any] = {each: write(each) for each in set(values) if each is not None}
        if not known:
            return values
        known[None] = None
        return list(map(known.__getitem__, values))

    return cells


_seldom = _by_value(_instant)


def guarded_all(values: Sequence[Any]) -> Sequence[Any]:
    """Guarded texts; a column in which none begins like a formula is given back as it is."""
    found = list(filter(None, values))
    if _MARKS.isdisjoint(map(_first, found)):
        return values
    if "".join(found).replace("+", "").isdecimal():
        return values  # phones
    return [guarded(each) if each else each for each in values]
