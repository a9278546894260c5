"""CSV and TXT: the form of a delimited file and its rows (T8, T12 to T14)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from tresse.engine.files.encoding import Encoding, encoding_of
from tresse.engine.files.layout import (
    SAMPLE_LINES,
    declared_delimiter,
    delimiter_of,
    distinct,
    letters,
    looks_like_header,
)
from tresse.engine.files.records import Block, Lines, blocks, first_records, sorted_out
from tresse.engine.files.refusals import FILE_IS_EMPTY, TOO_MANY_COLUMNS
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.transfers.files.form import (
    CHUNK,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    Chunk,
    FileForm,
    Reading,
    Rejected,
)
from tresse.transfers.findings import finding
from tresse.transfers.refusals import (
    CELL_TOO_LARGE,
    COULD_NOT_PARSE_ROW,
    INCORRECT_NUMBER_OF_COLUMNS,
)

_SAMPLE_CHARACTERS = 1 << 22
_SHOWN = 20
_MOST_CHARACTERS = 1 << 23
"In the lines of a chunk, unless it is one record."
_GLANCE = 512
"Lines looked at in one go where only some columns are asked for."
_GUARDED = re.compile(r"'['=+\-@\t\r]")
_FORMULA_MARKS = frozenset("=+-@\t\r")


def form_of(path: Path, *, name: str, reading: Reading, language: str) -> FileForm:
    """How a delimited file is read: as chosen, else as found.

    Raises:
        TresseError: `undecodable_text`, `file_is_damaged`, `file_is_empty`, `too_many_columns`,
            `wrong_value` (an encoding or delimiter there is not).
    """
    encoding = encoding_of(path, name=name, chosen=reading.encoding, language=language)
    with _opened(path, encoding) as file:
        lines = file.readlines(_SAMPLE_CHARACTERS)[:SAMPLE_LINES]
    declared = declared_delimiter(lines[0]) if lines else None
    lines = lines[1:] if declared else lines
    delimiter = _one_character(reading.delimiter) or declared or delimiter_of(lines)
    sample = first_records(lines, delimiter)
    has_header = bool(sample) and (
        looks_like_header(sample[0].cells) if reading.header is None else reading.header
    )
    rows = [record.cells for record in sample[has_header:]]
    if not rows:
        raise FILE_IS_EMPTY(file=name)
    first = sample[0]
    titles = tuple(map(clean, first.cells)) if has_header else _lettered(rows)
    if len(titles) > MOST_COLUMNS:
        raise TOO_MANY_COLUMNS(number=f"{len(titles):,}", most=f"{MOST_COLUMNS:,}")
    guessed = {"encoding": reading.encoding, "delimiter": reading.delimiter or declared}
    return FileForm(
        name=name,
        type="csv",
        size=path.stat().st_size,
        encoding=encoding.name,
        bom=encoding.bom,
        delimiter=delimiter,
        has_header=has_header,
        headers=distinct([title or letters(at) for at, title in enumerate(titles)]),
        titles=titles,
        skip=bool(declared) + first.line + (first.span if has_header else 0),
        blank=first.line,
        takes_off_guard=reading.takes_off_guard,
        sample=tuple(tuple(row) for row in rows[:_SHOWN]),
        guessed=frozenset(
            [each for each, chosen in guessed.items() if chosen is None]
            + ["header"] * (reading.header is None)
        ),
    )


def rows(path: Path, form: FileForm) -> Iterator[Chunk]:
    """The rows of a file, in chunks of at most 20,000; memory does not grow with its length."""
    with _opened(path, Encoding(form.encoding, form.bom)) as file:
        for _ in range(form.skip):
            file.readline()
        source = Lines(file, form.skip + 1)
        chunk, characters = _empty(form.width), 0
        chunk.blank = form.blank
        for block in blocks(source, delimiter=form.delimiter, width=form.width):
            size = sum(map(len, block.lines))
            number = len(chunk) + len(chunk.rejected)
            is_full = number + len(block.rows) >= CHUNK or characters + size > _MOST_CHARACTERS
            if is_full and number:
                yield chunk
                chunk, characters = _empty(form.width), 0
            _add(chunk, block, form)
            characters += size
        if chunk.lines or chunk.rejected or chunk.blank:
            yield chunk


def columns(path: Path, form: FileForm, positions: Sequence[int]) -> Iterator[list[list[str]]]:
    """Some columns of the rows that `rows` gives, some thousand rows at a time, at less cost.

    Lines without a quote are parted where the delimiter stands, no further than it is asked for.
    """
    with _opened(path, Encoding(form.encoding, form.bom)) as file:
        for _ in range(form.skip):
            file.readline()
        source = Lines(file, form.skip + 1)
        found: list[list[str]] = [[] for _ in positions]
        while ahead := source.look(_GLANCE):
            parts = _parted(ahead, form, max(positions, default=0))
            if parts is None:
                block = next(blocks(source, delimiter=form.delimiter, width=form.width))
                parts = _good(block, form)
            else:
                source.take(len(ahead))
            for column, position in zip(found, positions, strict=True):
                column += [cells[position] for cells in parts]
            if found and len(found[0]) >= CHUNK:
                yield found
                found = [[] for _ in positions]
        yield found


def _parted(lines: list[str], form: FileForm, last: int) -> list[list[str]] | None:
    """The cells of plain lines, up to column `last`; None if one of them is not plain."""
    text = "".join(lines)
    if '"' in text or (form.takes_off_guard and "'" in text and _GUARDED.search(text)):
        return None
    delimiter, number = form.delimiter, form.width - 1
    if max(map(len, lines)) > MOST_CHARACTERS or any(
        line.count(delimiter) != number for line in lines
    ):
        return None
    if last < number:
        return [line.split(delimiter, last + 1) for line in lines]
    return [line.rstrip("\r\n").split(delimiter) for line in lines]


def _good(block: Block, form: FileForm) -> list[list[str]]:
    """The rows of a block that are rows of the file."""
    chunk = _empty(form.width)
    _add(chunk, block, form)
    return list(map(list, chunk.rows))


@contextmanager
def _opened(path: Path, encoding: Encoding) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        raw.seek(encoding.bom)
        # Line ends stay as they are, so that those within cells can be told.
        with _Text(raw, encoding=encoding.codec, newline="") as file:
            yield file


class _Text(TextIOWrapper):
    """Text without NUL: a control character that `clean` takes out and PostgreSQL cannot keep."""

    def readlines(self, hint: int = -1, /) -> list[str]:  # type: ignore[override]  # as typeshed
        lines = super().readlines(hint)
        if any("\0" in line for line in lines):
            lines = [bare for line in lines if (bare := line.replace("\0", ""))]
        return lines


def _one_character(delimiter: str | None) -> str | None:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}.get(
        delimiter or "", delimiter
    )
    if named and (len(named) > 1 or named in '"\r\n'):
        raise WRONG_VALUE(name="delimiter", wanted=N_("one character"), value=delimiter)
    return named or None


def _empty(width: int) -> Chunk:
    return Chunk([[] for _ in range(width)])


def _lettered(rows: list[list[str]]) -> tuple[str, ...]:
    """Titles of columns without header: as many as most rows have."""
    widths = Counter(map(len, rows))
    return tuple(map(letters, range(max(widths, key=lambda width: (widths[width], width)))))


def _add(chunk: Chunk, block: Block, form: FileForm) -> None:
    """Sort the rows of a block into good, blank and rejected ones."""
    if form.takes_off_guard:
        block.rows = _unguarded(block.rows, block.lines)
    found = sorted_out(block, form.width)
    chunk.blank += found.blank
    for line, _, row in found.odd:
        chunk.rejected.append(Rejected(line, row))
        chunk.findings.append(
            finding(INCORRECT_NUMBER_OF_COLUMNS, line, cells=len(row), columns=form.width)
        )
    if block.spans or max(map(len, block.lines), default=0) > MOST_CHARACTERS:
        _leave_out_large(chunk, found.starts, found.rows, form)
    chunk.lines += found.starts
    if found.rows:
        for column, cells in zip(chunk.columns, zip(*found.rows, strict=True), strict=True):
            column += cells
    if block.broken:
        chunk.rejected.append(Rejected(block.broken.quote, block.broken.cells))
        chunk.findings.append(finding(COULD_NOT_PARSE_ROW, block.broken.quote))


def _leave_out_large(
    chunk: Chunk, starts: Sequence[int], rows: list[list[str]], form: FileForm
) -> None:
    for position, row in enumerate(rows):
        for number, cell in enumerate(row):
            if len(cell) > MOST_CHARACTERS:
                row[number] = ""
                chunk.left_out.append((len(chunk) + position, number))
                chunk.findings.append(
                    finding(
                        CELL_TOO_LARGE,
                        starts[position],
                        column=(form.headers[number], number + 1),
                        value=cell,
                        number=f"{len(cell):,}",
                        most=f"{MOST_CHARACTERS:,}",
                    )
                )


def _unguarded(rows: list[list[str]], lines: list[str]) -> list[list[str]]:
    """Rows without the one `'` that an export puts before what a spreadsheet takes for a formula.

    A block that holds no such place, told by one search, is given back as it is.
    """
    text = "".join(lines)
    if "'" not in text or not _GUARDED.search(text):
        return rows
    return [[_bare(cell) if cell[:1] == "'" else cell for cell in row] for row in rows]


def _bare(cell: str) -> str:
    return cell[1:] if cell.lstrip("'")[:1] in _FORMULA_MARKS else cell
