"""A column of cells looked at as one text, a cell a line: one search instead of one call a cell."""

import re
from collections.abc import Sequence
from typing import Any


def one_text(cells: Sequence[Any]) -> str | None:
    """The cells with line feeds between; None if one of them is no text or holds one itself."""
    try:
        joined = "\n".join(cells)
    except TypeError:
        joined = "\n".join("" if cell is None else cell for cell in cells)
    return joined if joined.count("\n") == len(cells) - 1 else None


def each_line(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Lines that are empty or fit a pattern, as many as there are one after the other.

    None is looked at twice, so that a line that does not fit costs no more than another.
    """
    return re.compile(rf"(?:(?:{pattern})?\n)*+", re.MULTILINE | re.ASCII | flags)


def others(pattern: re.Pattern[str], joined: str) -> list[int]:
    """Numbers, from 0, of the lines that a pattern of `each_line` does not fit."""
    found: list[int] = []
    text = joined + "\n"
    at = number = 0
    while True:
        fitting = pattern.match(text, at)
        end = fitting.end() if fitting else at
        number += text.count("\n", at, end)
        if end == len(text):
            return found
        found.append(number)
        number, at = number + 1, text.index("\n", end) + 1
