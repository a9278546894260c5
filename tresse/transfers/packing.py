"""Columns made small for a pipe: a column of texts travels as one text, not cell by cell."""

from array import array
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

SIGN = "\n"
"Between texts; those of one line do not hold it."
FEW = 4
"Values that repeat: each this often or more."


class Texts(NamedTuple):
    """Texts joined. `none`: what an empty one stands for."""

    joined: str
    none_is_empty: bool


class Numbers(NamedTuple):
    """Whole numbers, none of them None."""

    numbers: "array[int]"


class Choices(NamedTuple):
    """Values that repeat: the different ones, and which of them each is."""

    known: list[Any]
    which: "array[int]"


Packed = Texts | Numbers | Choices | list[Any] | range


def packed(values: Sequence[Any]) -> Packed:
    """A column as it is sent."""
    first = next((value for value in values if value is not None), None)
    pack = _PACKS.get(type(first), _choices)
    return pack(values) or _choices(values) or list(values)


def unpacked(column: Packed) -> list[Any]:
    """The column again."""
    match column:
        case Texts(joined, none_is_empty):
            texts: list[Any] = joined.split(SIGN)
            return [text or None for text in texts] if none_is_empty else texts
        case Numbers(numbers):
            return numbers.tolist()
        case Choices(known, which):
            return [known[place] for place in which]
        case _:
            return list(column)


def _texts(values: Sequence[Any]) -> Texts | None:
    none_is_empty = None in values
    if none_is_empty and "" in values:
        return None
    try:
        joined = SIGN.join([value or "" for value in values] if none_is_empty else values)
    except TypeError:
        return None
    return Texts(joined, none_is_empty) if joined.count(SIGN) == len(values) - 1 else None


def _numbers(values: Sequence[Any]) -> Numbers | range | None:
    if set(map(type, values)) != {int}:
        return None  # True would come back as 1
    first, last = values[0], values[-1]
    if last - first == len(values) - 1:
        run = range(first, last + 1)
        if list(run) == values:
            return run
    try:
        return Numbers(array("q", values))
    except OverflowError:
        return None


def _choices(values: Sequence[Any]) -> Choices | None:
    """Of one sort whose equal values are the same: 1.5 and 1.50 are not, nor are 1 and True."""
    sorts = set(map(type, values)) - {type(None)}
    if len(sorts) > 1 or not sorts <= _SAME:
        return None
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    if len(places) * FEW > len(values):
        return None
    return Choices(list(places), array("I", map(places.__getitem__, values)))


_SAME = {date, bool, str, int}
_PACKS: dict[type, Callable[[Sequence[Any]], Packed | None]] = {str: _texts, int: _numbers}
