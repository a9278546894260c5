"""CSV: the form of a file (S86 to S88), and its rows (S89, S102)."""

import re
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from tresse.engine.files.encoding import ENCODINGS, Encoding
from tresse.engine.files.layout import SAMPLE_LINES, declared_delimiter, delimiter_of
from tresse.engine.files.records import first_records
from tresse.engine.files.refusals import TOO_MANY_COLUMNS
from tresse.engine.files.sizes import shown_size
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.sources.formats.ahead import ahead
from tresse.sources.formats.blocks import Block, blocks
from tresse.sources.formats.careful import Careful, Feed, lines_of, shown
from tresse.sources.formats.columns import check_columns
from tresse.sources.formats.encodings import decoded
from tresse.sources.formats.form import (
    MOST_COLUMNS,
    FileForm,
    Part,
    RejectedLine,
    Wanted,
)
from tresse.sources.formats.gathering import Gathering, empty, schema
from tresse.sources.formats.packing import opened
from tresse.sources.formats.plain import Piece, Table, named, piece_of
from tresse.sources.formats.refusals import (
    FILE_HOLDS_NOTHING,
    HEADER_MISSING,
    HEADER_REPEATED,
    LINE_TOO_LONG,
    WRONG_CELLS,
)

_THREADS = 2
_AHEAD = 4
"Blocks parsed before they are asked for."
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def form_of(first: bytes, form: FileForm, wanted: Wanted, encoding: Encoding) -> FileForm:
    """How a delimited file is read: as wanted, else as its first lines say.

    Args:
        first: Its first whole lines, without byte order mark.
        form: What is known so far.
        wanted: What the definition says.
        encoding: Of the file.

    Raises:
        TresseError: `file_is_empty`, `too_many_columns`, `header_missing`, `header_repeated`,
            `header_mismatch`, `wrong_value` (the separator is not one character).
    """
    text, _ = decoded(first, encoding.codec)
    lines = lines_of(text)[:SAMPLE_LINES] if text else []
    declared = declared_delimiter(lines[0]) if lines else None
    lines = lines[1:] if declared else lines
    separator = _one_character(wanted.separator) or declared or delimiter_of(lines)
    records = first_records(lines, separator)
    if not records:
        raise FILE_HOLDS_NOTHING(file=form.name)
    header = records[0]
    headers = _names(header.cells, form.name)
    check_columns(headers, wanted, form.name)
    return replace(
        form,
        separator=separator,
        headers=headers,
        skip=bool(declared) + header.line + header.span,
        blank=header.line,
        guessed=form.guessed | ({"separator"} if not (wanted.separator or declared) else set()),
    )


def batches(
    path: Path, form: FileForm, columns: Sequence[str], most: int
) -> Generator[Part, None, None]:
    """The rows of a delimited file."""
    table = Table(
        ENCODINGS[form.encoding],
        form.separator,
        len(form.headers),
        tuple(form.headers.index(clean(column)) for column in columns),
    )
    with ExitStack() as stack:
        stream = stack.enter_context(opened(path, form, most))
        found: Iterator[Block] = blocks(stream, table.codec, form.bom)
        if form.packing:
            found = stack.enter_context(closing(ahead(found)))
        pieces = _Pieces(found, form, table, columns)
        stack.callback(pieces.close)
        gathering = Gathering(columns, blank=form.blank)
        for piece in pieces.read():
            yield from gathering.add(piece)
        yield from gathering.rest()


class _Pieces:
    """The blocks of a file, parsed by threads ahead of who reads them, in order."""

    def __init__(
        self, found: Iterator[Block], form: FileForm, table: Table, columns: Sequence[str]
    ) -> None:
        self._blocks, self._form, self._table, self._columns = found, form, table, columns
        self._pool = ThreadPoolExecutor(_THREADS, "csv")
        self._waiting: deque[tuple[Block, Future[Piece | None] | None]] = deque()
        self._line = 1
        self._at = 0

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def read(self) -> Generator[Part, None, None]:
        """What each block holds."""
        yield from self._after_header()
        while found := self._next():
            block, parsed = found
            self._at = block.at
            piece = parsed.result() if parsed else None
            if block.dropped:
                yield self._too_long(block)
            elif piece is None:
                yield from self._carefully(decoded(block.data, self._table.codec))
            else:
                yield self._plainly(piece)

    def _after_header(self) -> Generator[Part, None, None]:
        """The rows of the first block."""
        block = next(self._blocks, None)
        if block is None:
            return
        text, is_marked = decoded(block.data, self._table.codec)
        lines = lines_of(text)
        self._line += self._form.skip
        self._at = block.at
        if len(lines) > self._form.skip:
            rest = "".join(lines[self._form.skip :])
            piece = (
                None if is_marked else piece_of(rest.encode(), replace(self._table, codec="utf-8"))
            )
            if piece is None:
                yield from self._carefully((rest, is_marked))
            else:
                yield self._plainly(piece)

    def _next(self) -> tuple[Block, "Future[Piece | None] | None"] | None:
        while len(self._waiting) < _AHEAD and (block := next(self._blocks, None)):
            is_whole = not block.dropped
            job = self._pool.submit(piece_of, block.data, self._table) if is_whole else None
            self._waiting.append((block, job))
        return self._waiting.popleft() if self._waiting else None

    def _pull(self) -> tuple[str, bool] | None:
        """The next block as text, for a record that goes on in it; None if it cannot."""
        found = self._next()
        if found is None:
            return None
        block, parsed = found
        if block.dropped:
            self._waiting.appendleft(found)
            return None
        if parsed:
            parsed.cancel()
        self._at = block.at
        return decoded(block.data, self._table.codec)

    def _plainly(self, piece: Piece) -> Part:
        width = self._table.width
        rejected = [
            RejectedLine(
                self._line + line,
                WRONG_CELLS,
                {"line": self._line + line, "cells": cells, "columns": width},
                shown([text]),
            )
            for line, cells, text in piece.odd
        ]
        batch = named(piece.batch, self._columns, self._line)
        self._line += piece.lines
        return Part(batch, rejected, piece.blank, self._at)

    def _carefully(self, text: tuple[str, bool]) -> Iterator[Part]:
        form = self._form
        feed = Feed(text[0], self._pull, self._line, is_marked=text[1])
        for part in Careful(self._table, form.headers, form.encoding).read(feed):
            part.batch = named(part.batch, self._columns, 0)
            part.bytes = self._at
            yield part
        self._line = feed.number

    def _too_long(self, block: Block) -> Part:
        start, _ = decoded(block.data, self._table.codec)
        details = {"line": self._line, "size": shown_size(block.dropped), "most": "32 MB"}
        rejected = [RejectedLine(self._line, LINE_TOO_LONG, details, shown([start]))]
        self._line += 1
        return Part(empty(schema(self._columns)), rejected, 0, self._at)


def _one_character(separator: str) -> str:
    found = _NAMED.get(separator.lower(), separator)
    if found and (len(found) > 1 or found in '"\r\n'):
        raise WRONG_VALUE(name="separator", wanted=N_("one character"), value=separator)
    return found


def _names(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """Names of the columns; each is there once, and none is empty (S88)."""
    if len(cells) > MOST_COLUMNS:
        raise TOO_MANY_COLUMNS(number=f"{len(cells):,}", most=f"{MOST_COLUMNS:,}")
    names = [clean(cell) or f"column_{at}" for at, cell in enumerate(cells, 1)]
    person = next((text for text in names if _EMAIL.fullmatch(text)), None)
    if person:
        raise HEADER_MISSING(file=name, value=person)
    seen: dict[str, int] = {}
    for at, text in enumerate(names, 1):
        first = seen.setdefault(text, at)
        if first != at:
            raise HEADER_REPEATED(file=name, column=text, first=first, second=at)
    return tuple(names)
