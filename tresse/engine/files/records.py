"""Records of delimited text, in blocks of lines: which lines make a record, and where one breaks.

Python's csv module reads a block at full speed. Only where records span lines is more asked: a
quote that is never closed, or closed in the middle of a later cell, would swallow rows that are
good, so its record ends with its line, and reading goes on at the next one (T13).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from typing import NamedTuple, TextIO

from tresse.kernel.text import clean

WINDOW = 256
"Lines looked at in one go: few enough to stay in the processor's cache."
SMALL_WINDOW = 64
"Lines looked at after a broken record, as another one may follow."
SMALLEST_WINDOW = 8
"Lines looked at where one broken record follows another."
LONGEST_RECORD = 1 << 22
"Characters after which an open quote counts as never closed; it bounds the memory used."
MOST_LINES = 1 << 18
"Lines after which it does, too: short ones take far more memory than their characters."
_BATCH = 1 << 18
_MOST_BATCHES = 32
# A record ends before a line that holds only this; within an open quote the line is swallowed.
_END = "\ufdd0"

# The limit is the process's own and 131,072 characters at first; `LONGEST_RECORD` bounds memory
# here, and a cell that is too large is a finding, not an exception.
csv.field_size_limit(2**31 - 1)


class Broken(NamedTuple):
    """A record whose quote, opened on line `quote`, is never closed; it begins at `line`.

    `lines`: its lines, as they stand.
    """

    line: int
    quote: int
    cells: list[str]
    lines: list[str]


class Record(NamedTuple):
    """A record that begins at `line`."""

    line: int
    span: int
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
        self._at = 0
        "Of those at hand, how many were taken."

    def look(self, size: int) -> list[str]:
        """Up to `size` lines, fewer if they are long; at least one, unless the file is done."""
        batches = 0
        while self._left < size and not self.is_done and batches < _MOST_BATCHES:
            batch = self.file.readlines(_BATCH)
            self.is_done = not batch
            self._add(batch)
            batches += 1
        if self.is_done and self._left and self._at_hand[-1][-1] not in "\r\n":
            self._at_hand[-1] += "\n"
        return self._at_hand[self._at : self._at + size]

    def has_more_than(self, size: int) -> bool:
        """Whether a look at more lines would show more."""
        return self._left > size or not self.is_done

    def take(self, size: int) -> None:
        """Go on after the first `size` lines."""
        self._at += size
        self.number += size

    @property
    def _left(self) -> int:
        return len(self._at_hand) - self._at

    def _add(self, lines: list[str]) -> None:
        # Taken ones go now: at each `take`, all that are left would be moved.
        del self._at_hand[: self._at]
        self._at = 0
        self._at_hand += lines


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
        if is_waiting and not begin and not _is_endless(ahead):
            window = 4 * max(window, len(ahead))
            continue
        block = _block(lines.number, rows[:cut], ends[:cut], ahead[:begin])
        if begin == len(ahead):
            window = min(WINDOW, 4 * window)
        elif not (is_waiting and begin):
            at = begin + (_open_quote(ahead[begin:], delimiter) if quote is None else quote)
            own = ahead[begin : at + 1]
            cells = next(csv.reader(own, delimiter=delimiter))
            block.broken = Broken(lines.number + begin, lines.number + at, cells, own)
            window = SMALL_WINDOW if begin else max(SMALLEST_WINDOW, window // 2)
            begin = at + 1
        lines.take(begin)
        yield block


@dataclass(slots=True)
class Sorted:
    """The records of a block: good `rows` beginning at lines `starts`, and those that are not.

    `blank`: lines without any value. `odd`: records with too few cells, or too many with a value.
    """

    rows: list[list[str]]
    starts: Sequence[int]
    blank: int
    odd: list[Record]


def has_value(cells: Iterable[str]) -> bool:
    """Whether a cell holds more than white space and control characters."""
    return any(map(clean, cells))


def sorted_out(block: Block, width: int) -> Sorted:
    """The rows of a block that have `width` cells, empty ones after them left out (T13)."""
    rows, starts, spans = block.rows, block.starts, block.spans
    # A first cell that begins with a visible ASCII character is the quick proof of a value.
    blank = {
        at
        for at, row in enumerate(rows)
        if not (row and "!" <= row[0] < "\x7f") and not has_value(row)
    }
    number = 0
    if blank:
        number = sum(spans[at] for at in blank) if spans else len(blank)
        starts = [line for at, line in enumerate(starts) if at not in blank]
        spans = [span for at, span in enumerate(spans) if at not in blank] if spans else None
        rows = [row for at, row in enumerate(rows) if at not in blank]
    if not set(map(len, rows)) - {width}:
        return Sorted(rows, starts, number, [])
    lines, good, odd = [], [], []
    for at, (line, row) in enumerate(zip(starts, rows, strict=True)):
        if len(row) < width or (len(row) > width and has_value(row[width:])):
            odd.append(Record(line, spans[at] if spans else 1, row))
        else:
            lines.append(line)
            good.append(row[:width])
    return Sorted(good, lines, number, odd)


def first_records(lines: list[str], delimiter: str) -> list[Record]:
    """The records with a value among the first lines of a file, numbered from 0."""
    records: list[Record] = []
    source = Lines(StringIO("".join(lines), newline=""), 0)
    for block in blocks(source, delimiter=delimiter, width=0):
        spans = block.spans or [1] * len(block.rows)
        records += map(Record, block.starts, spans, block.rows)
        if block.broken:
            line, quote, cells, _ = block.broken
            records.append(Record(line, quote - line + 1, cells))
    return [record for record in records if has_value(record.cells)]


def _is_endless(lines: list[str]) -> bool:
    return len(lines) >= MOST_LINES or sum(map(len, lines)) >= LONGEST_RECORD


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
