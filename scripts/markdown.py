"""Pieces of generated reference pages, as Markdown."""

import textwrap
from collections.abc import Iterable, Iterator


def filled(text: str) -> list[str]:
    """A paragraph in lines of 120 characters."""
    words = " ".join(text.split())
    return textwrap.wrap(words, 120, break_long_words=False, break_on_hyphens=False)


def section(title: str, *lines: str) -> Iterator[str]:
    """Lines under a heading."""
    yield from ("", f"## {title}", "", *lines)


def table(*heads: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows of cells under their heads."""
    yield f"| {' | '.join(heads)} |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
