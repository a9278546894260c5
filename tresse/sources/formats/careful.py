"""Lines of delimited text read as T13 says, record by record, each line accounted for.

For what `plain` does not take: cells of several lines, broken quotes, bytes that are no text, cells
that are too large.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO

import pyarrow as pa

from tresse.engine.files.records import WINDOW, Block, Broken, Lines, blocks, sorted_out
from tresse.sources.formats.blocks import MOST_LINES
from tresse.sources.formats.encodings import byte_of
from tresse.sources.formats.form import LINE, MOST_CELL_BYTES, Part, RejectedLine
from tresse.sources.formats.plain import Table
from tresse.sources.formats.refusals import (
    CELL_TOO_LARGE,
    QUOTE_OPEN,
    UNDECODABLE_LINE,
    WRONG_CELLS,
)

_MARK = re.compile("[\ud800-\udfff]")
_MOST_RAW = 1_000_000
_FEW = MOST_CELL_BYTES // 4
"Characters of lines that hold no cell above 1 MB, however many bytes each takes."
Pull = Callable[[], tuple[str, bool] | None]
"Gives the text of the next block and whether it has marks; None: there is no further one."


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends: LF, CR LF or CR; each has one."""
    lines = StringIO(text, newline="").readlines()
    if lines and lines[-1][-1] not in "\r\n":
        lines[-1] += "\n"
    return lines


def shown(lines: Sequence[str]) -> str:
    """Lines as a rejection keeps them: no last line end, marks as bytes, at most 1 MB."""
    text = "".join(lines).rstrip("\r\n")[:_MOST_RAW]
    if text.isascii():
        return text
    return _MARK.sub(lambda mark: f"\\x{byte_of(mark[0])}", text)


class Feed(Lines):
    """Lines of the block at hand; those of the next ones only while a record goes on in them."""

    def __init__(self, text: str, pull: Pull, number: int, *, is_marked: bool) -> None:
        super().__init__(StringIO(), number)
        self._pull = pull
        self._add(lines_of(text))
        self.is_marked = is_marked

    def look(self, size: int) -> list[str]:
        """Up to `size` lines; none once a record ends where the block at hand does."""
        while size > WINDOW and self._left < size and not self.is_done:
            more = self._pull()
            if more is None:
                self.is_done = True
            else:
                self._add(lines_of(more[0]))
                self.is_marked |= more[1]
        return self._at_hand[self._at : self._at + size]


@dataclass(slots=True)
class Careful:
    """What was read carefully, gathered; line numbers are those of the file."""

    table: Table
    headers: Sequence[str]
    encoding: str
    columns: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)
    blank: int = 0

    def __post_init__(self) -> None:
        self.columns = [[] for _ in self.table.positions]

    def read(self, feed: Feed) -> Iterator[Part]:
        """Go through the block at hand, and so far into the next as a record of it reaches.

        Blocks may hang together without an end, so what is read is given away now and then.
        """
        table = self.table
        for block in blocks(feed, delimiter=table.separator, width=table.width):
            first = block.starts[0] if len(block.starts) else 0
            self._add(self._without_marks(block, first) if feed.is_marked else block, first)
            if block.broken:
                self._reject_broken(block.broken)
            if len(self.lines) + len(self.rejected) >= MOST_LINES:
                yield self._given()
        yield self._given()

    def _given(self) -> Part:
        """What is gathered, which begins anew."""
        columns = [_array(cells) for cells in self.columns]
        names = [str(position) for position in self.table.positions]
        lines = pa.array(self.lines, pa.int64())
        batch = pa.RecordBatch.from_arrays([*columns, lines], names=[*names, LINE])
        rejected = sorted(self.rejected, key=lambda each: each.line)
        part = Part(batch, rejected, self.blank)
        self.columns = [[] for _ in self.table.positions]
        self.lines, self.rejected, self.blank = [], [], 0
        return part

    def _add(self, block: Block, first: int) -> None:
        found = sorted_out(block, self.table.width)
        self.blank += found.blank
        for line, span, row in found.odd:
            own = block.lines[line - first : line - first + span]
            details = {"line": line, "cells": len(row), "columns": self.table.width}
            self.rejected.append(RejectedLine(line, WRONG_CELLS, details, shown(own)))
        rows, starts = found.rows, found.starts
        if sum(map(len, block.lines)) > _FEW:
            rows, starts = self._without_large(rows, starts)
        if not rows:
            return
        self.lines += starts
        by_column = list(zip(*rows, strict=True))
        for cells, position in zip(self.columns, self.table.positions, strict=True):
            cells += by_column[position]

    def _reject_broken(self, broken: Broken) -> None:
        details = {"line": broken.quote}
        self.rejected.append(RejectedLine(broken.line, QUOTE_OPEN, details, shown(broken.lines)))

    def _without_marks(self, block: Block, first: int) -> Block:
        """A block without the records that hold bytes that are no text."""
        if not _MARK.search("".join(block.lines)):
            return block
        rows: list[list[str]] = []
        starts: list[int] = []
        spans: list[int] = []
        for row, start, span in zip(
            block.rows, block.starts, block.spans or [1] * len(block.rows), strict=True
        ):
            own = block.lines[start - first : start - first + span]
            if any(map(_MARK.search, own)):
                self.rejected.append(undecodable(own, start, self.encoding))
            else:
                rows.append(row)
                starts.append(start)
                spans.append(span)
        return Block(rows, starts, spans, block.lines)

    def _without_large(
        self, rows: list[list[str]], starts: Sequence[int]
    ) -> tuple[list[list[str]], list[int]]:
        good, lines = [], []
        for row, line in zip(rows, starts, strict=True):
            position = next(filter(lambda at: _is_large(row[at]), self.table.positions), None)
            if position is None:
                good.append(row)
                lines.append(line)
                continue
            details = {
                "line": line,
                "column": self.headers[position],
                "size": f"{len(row[position].encode()):,} bytes",
                "most": "1 MB",
            }
            raw = shown([self.table.separator.join(cell[:_MOST_RAW] for cell in row)])
            self.rejected.append(RejectedLine(line, CELL_TOO_LARGE, details, raw))
        return good, lines


def is_marked(text: str) -> bool:
    """Whether a text holds a byte that is none."""
    return _MARK.search(text) is not None


def undecodable(own: Sequence[str], line: int, encoding: str) -> RejectedLine:
    """The rejection of a row of lines of which one holds a byte that is no text."""
    at, found = next((at, found) for at, text in enumerate(own) if (found := _MARK.search(text)))
    details = {"line": line + at, "byte": byte_of(found[0]), "encoding": encoding}
    return RejectedLine(line, UNDECODABLE_LINE, details, shown(own))


def _is_large(cell: str) -> bool:
    return len(cell) > _FEW and len(cell.encode()) > MOST_CELL_BYTES


def _array(cells: list[str]) -> pa.Array:
    """Cells as Arrow has them: empty ones are null."""
    return pa.array([cell or None for cell in cells] if "" in cells else cells, pa.string())
