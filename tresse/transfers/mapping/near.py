"""Headers compared: their compared form, and how near two of them are (T20, T43)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from tresse.kernel.text import clean, normal

LONG = 12
"Characters from which three edits count as near; under it one."
SHORTEST = 2
"Characters of a header that is near to nothing."

_ARROWS = re.compile(r"\s*(?:->|→|⟶|➔|=>|>)\s*")
_ALIKE = re.compile(r"[\s_\-\u2010-\u2015]+")


@lru_cache(maxsize=20_000)
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


class Near:
    """Known texts in which near ones are looked for: by their length, since edits change it."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[int, str, frozenset[str]]]] = {}
        for order, each in enumerate(known):
            self._by_length.setdefault(len(each), []).append((order, each, frozenset(each)))

    def relation(self, header: str) -> str | None:
        """The association header that a compared header is near to (T43), or None."""
        return self._nearest(header, 3 if len(header) >= LONG else 1)

    def property(self, header: str) -> str | None:
        """The property text that a compared header is near to (T20): two edits, or its plural."""
        if len(header) <= SHORTEST:
            return None
        singular = f"{header[:-3]}y" if header.endswith("ies") else header
        return self._nearest(singular, 2 if len(header) > SHORTEST + 1 else 1)

    def _nearest(self, header: str, most: int) -> str | None:
        """The one with the fewest edits; of several the one known first."""
        letters, size = frozenset(header), len(header)
        found: tuple[int, int, str] | None = None
        for length in range(size - most, size + most + 1):
            for order, each, its in self._by_length.get(length, ()):
                # An edit changes the letters of a text by two at most.
                if len(letters ^ its) > 2 * most:
                    continue
                number = edits(header, each, most)
                if number <= most and (found is None or (number, order) < found[:2]):
                    found = number, order, each
        return found[2] if found else None
