"""People named in a text by `@name` (C72)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

AT = "@"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: plain, or the mention of a person."""

    text: str
    is_mention: bool = False


def named_in(text: str, people: Mapping[int, str]) -> list[int]:
    """Ids of the people whose names follow an `@` in a text; of two names the longer one counts.

    >>> named_in("Ask @Anna Nowak, not @anna", {1: "Anna Nowak", 2: "Anna", 3: "Bob"})
    [1, 2]
    """
    if AT not in text:
        return []
    by_name: dict[str, list[int]] = {}
    for id, name in people.items():
        by_name.setdefault(name.casefold(), []).append(id)
    found = dict.fromkeys(
        id
        for piece in pieces(text, people.values())
        if piece.is_mention
        for id in by_name[piece.text[1:].casefold()]
    )
    return list(found)


def pieces(text: str, names: Iterable[str]) -> Sequence[Piece]:
    """A text taken apart at the mentions of these names.

    >>> [piece.text for piece in pieces("Ask @Anna now", ["Anna"])]
    ['Ask ', '@Anna', ' now']
    """
    known = sorted({name for name in names if name}, key=len, reverse=True)
    if not text or not known or AT not in text:
        return (Piece(text),) if text else ()
    either = "|".join(map(re.escape, known))
    parts = re.split(rf"((?<!\w)@(?:{either})(?!\w))", text, flags=re.IGNORECASE)
    return tuple(Piece(part, at % 2 == 1) for at, part in enumerate(parts) if part)
