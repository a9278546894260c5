"""Records of delimited text, in blocks of lines: which lines make a record, and where one breaks.

Python's csv module reads a block at full speed. Only where records span lines is more asked: a
quote that is never closed, or closed in the middle of a later cell, would swallow rows that are
good, so its record ends with its line, and reading goes on at the next one (T13).
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TextIO

WINDOW = 256
"Lines looked at in one go: few enough to stay in the processor's cache."
SMALL_WINDOW = 64
"Lines looked at after a broken record, as another one may follow."
LONGEST_RECORD = 1 << 22
"Characters after which an open quote counts as never closed; it bounds the memory used."
_BATCH = 1 << 18
_MOST_BATCHES = 32
# A record ends before a line that holds only this; within an open quote the line is swallowed.
_END = "\ufdd0"

# The limit is the process's own and 131,072 characters at first; `LONGEST_RECORD` bounds memory
# here, and a cell that is too large is a finding, not an exception.
csv.field_size_limit(2**31 - 1)


class Broken(NamedTuple):
    """A record whose quote, opened on line `quote`, is never closed; it begins at `line`."""

    line: int
    quote: int
    cells: list[str]


@dataclass(slots=True)
class Block:
    """Records read: `rows[i]` begins at line `starts[i]` and has `spans[i]` lines.

    `spans` is None if each record is one line. `lines`: those of the rows. `broken`: the record
    that follows them, if it cannot be read.
    """

    rows: list[list[str]]
    starts: Sequence[int]
    spans: list[int] | None
    lines: list[str]
    broken: Broken | None = None


class Lines:
    """The lines of a text file, some of them at hand; `number` is that of the first."""

    def __init__(self, file: TextIO, number: int = 1) -> None:
        self.file = file
        self.number = number
        self.is_done = False
        self._at_hand: list[str] = []

    def look(self, size: int) -> list[str]:
        """Up to `size` lines, fewer if they are long; at least one, unless the file is done."""
        batches = 0
        while len(self._at_hand) < size and not self.is_done and batches < _MOST_BATCHES:
            batch = self.file.readlines(_BATCH)
            self.is_done = not batch
            self._at_hand += batch
            batches += 1
        if self.is_done and self._at_hand and self._at_hand[-1][-1] not in "\r\n":
            self._at_hand[-1] += "\n"
        return self._at_hand[:size]

    def has_more_than(self, size: int) -> bool:
        """Whether a look at more lines would show more."""
        return len(self._at_hand) > size or not self.is_done

    def take(self, size: int) -> None:
        """Go on after the first `size` lines."""
        del self._at_hand[:size]
        self.number += size


def blocks(lines: Lines, *, delimiter: str, width: int) -> Iterator[Block]:
    """The records of a file, block by block, in order; every line is in exactly one.

    Args:
        lines: Where to read from.
        delimiter: Of the cells.
        width: Cells of the header, by which a swallowed row is told from a line of a cell.
    """
    window = WINDOW
    while ahead := lines.look(window):
        rows, ends, is_open = parsed(ahead, delimiter)
        cut, quote = _first_broken(ahead, rows, ends, delimiter, width=width)
        begin = (ends[cut - 1] if cut else 0) if ends or is_open else len(ahead)
        is_waiting = is_open and cut == len(rows) and lines.has_more_than(len(ahead))
        if is_waiting and not begin and sum(map(len, ahead)) < LONGEST_RECORD:
            window = 4 * max(window, len(ahead))
            continue
        block = _block(lines.number, rows[:cut], ends[:cut], ahead[:begin])
        if begin == len(ahead):
            window = min(WINDOW, 4 * window)
        elif not (is_waiting and begin):
            at = begin + (_open_quote(ahead[begin:], delimiter) if quote is None else quote)
            cells = next(csv.reader(ahead[begin : at + 1], delimiter=delimiter))
            block.broken = Broken(lines.number + begin, lines.number + at, cells)
            begin, window = at + 1, SMALL_WINDOW
        lines.take(begin)
        yield block


def _block(number: int, rows: list[list[str]], ends: list[int], lines: list[str]) -> Block:
    if len(rows) == len(lines):
        return Block(rows, range(number, number + len(rows)), None, lines)
    begins = [0, *ends[: len(rows) - 1]]
    spans = [end - begin for begin, end in zip(begins, ends, strict=False)]
    return Block(rows, [number + begin for begin in begins], spans, lines)


def parsed(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int], bool]:
    """Rows, the number of lines read after each, and whether a record is open at the end.

    The numbers are left out (empty) if each row is one line and nothing is open.
    """
    rows = list(csv.reader(chain(lines, (_END,)), delimiter=delimiter))
    if len(rows) == len(lines) + 1:
        rows.pop()
        return rows, [], False
    reader = csv.reader(chain(lines, (_END,)), delimiter=delimiter)
    ends = [reader.line_num for _ in reader]
    last = rows.pop()
    ends.pop()
    return rows, ends, last != [_END]


def _first_broken(
    lines: list[str], rows: list[list[str]], ends: list[int], delimiter: str, *, width: int
) -> tuple[int, int | None]:
    """How many rows stand before the first that a quote makes span lines it should not.

    And on which of its lines, from 0, that quote is, if known.
    """
    begin = 0
    for position, end in enumerate(ends):
        if end - begin > 1:
            own = lines[begin:end]
            if not _is_strict(own, delimiter):
                return position, None
            if len(rows[position]) != width and _swallows_rows(own, delimiter, width):
                return position, 0
        begin = end
    return len(rows), None


def _is_strict(lines: list[str], delimiter: str) -> bool:
    """Whether each closing quote ends a cell."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True


def _swallows_rows(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether each line between the first and the last is a row of its own."""
    inner = lines[1:-1]
    if width < 2 or not inner:
        return False
    return all(len(row) == width for row in csv.reader(inner, delimiter=delimiter))


def _open_quote(lines: list[str], delimiter: str) -> int:
    """Which line (from 0) holds the quote that is never, or wrongly, closed."""
    part = re.escape(delimiter)
    cell = re.compile(rf'"(?:[^"]++|"")*+"(?={part}|[\r\n]|\Z)|(?!")[^{part}\r\n]*+')
    text = "".join(lines)
    at = 0
    while found := cell.match(text, at):
        at = found.end()
        if at >= len(text) or text[at] in "\r\n":
            break
        at += 1
    before = text[:at]
    number = before.count("\n") + before.count("\r") - before.count("\r\n")
    return min(number, len(lines) - 1)
