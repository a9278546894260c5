"""Headers compared: their compared form, and how near two of them are (T20, T43)."""

import re
from collections.abc import Iterable

from tresse.kernel.text import clean, normal

LONG = 12
"Characters from which three edits count as near; under it one."

_ARROWS = re.compile(r"\s*(?:->|→|⟶|➔|=>|>)\s*")
_ALIKE = re.compile(r"[\s_\-\u2010-\u2015]+")


def compared(header: str) -> str:
    """A header as it is compared: normal form; `_`, `-` and space alike, as are the arrows."""
    parts = _ARROWS.split(normal(clean(header)).replace("\u2019", "'"))
    return " > ".join(_ALIKE.sub(" ", part).strip() for part in parts)


def edits(one: str, other: str, most: int) -> int:
    """Letters to insert, leave out or replace to turn one text into the other; at most `most` + 1.

    Source:
        V. I. Levenshtein, 1966; only the band of twice `most` is computed.
    """
    beyond = most + 1
    if abs(len(one) - len(other)) > most:
        return beyond
    row = [min(j, beyond) for j in range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        above, row = row, [beyond] * len(row)
        row[0] = min(i, beyond)
        for j in range(max(1, i - most), min(len(other), i + most) + 1):
            replaced = above[j - 1] + (letter != other[j - 1])
            row[j] = min(replaced, above[j] + 1, row[j - 1] + 1)
        if min(row) > most:
            return beyond
    return min(row[-1], beyond)


def nearest_relation(header: str, known: Iterable[str]) -> str | None:
    """The association header that a compared header is near to (T43), or None."""
    return _nearest(header, known, 3 if len(header) >= LONG else 1)


def nearest_property(header: str, known: Iterable[str]) -> str | None:
    """The property text that a compared header is near to (T20): two edits, or its plural."""
    if len(header) <= 2:
        return None
    known = list(known)
    singular = f"{header[:-3]}y" if header.endswith("ies") else header
    return _nearest(singular, known, 2 if len(header) > 3 else 1)


def _nearest(header: str, known: Iterable[str], most: int) -> str | None:
    found, fewest = None, most + 1
    for each in known:
        number = edits(header, each, fewest - 1) if fewest else fewest
        if number < fewest:
            found, fewest = each, number
    return found
