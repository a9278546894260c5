"""XLSX, ODS and JSON lines: unpacked once, then read as form and rows like any file."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tresse.engine.files.layout import distinct, letters, looks_like_header
from tresse.engine.files.refusals import FILE_IS_EMPTY, NOT_AN_OBJECT, TOO_MANY_COLUMNS
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.text import clean
from tresse.transfers.files import cells, jsonl, ods, xlsx
from tresse.transfers.files.archives import opened
from tresse.transfers.files.form import (
    MOST_CHARACTERS,
    MOST_COLUMNS,
    Chunk,
    FileForm,
    Reading,
    Rejected,
)
from tresse.transfers.files.unpacked import (
    Part,
    Sink,
    Unpacked,
    begun,
    dropped,
    ended,
    kept,
    key_of,
)
from tresse.transfers.findings import Finding, finding, of_error
from tresse.transfers.refusals import (
    CELL,
    CELL_TOO_LARGE,
    FORMULA_WITHOUT_VALUE,
    ROW_TOO_WIDE,
    SPREADSHEET_ERROR_VALUE,
)

TYPES = frozenset(("xlsx", "ods", "jsonl"))
_SHOWN = 20


def form_of(path: Path, *, name: str, type: str, reading: Reading) -> FileForm:
    """How such a file is read; unpacks it.

    Raises:
        TresseError: `file_is_damaged`, `file_is_encrypted`, `file_is_empty`, `file_too_large`,
            `too_many_columns`, `sheet_not_chosen`, `undecodable_text`, `wrong_value`.
    """
    unpacked = _unpacked(path, name, type, reading.sheet)
    facts = unpacked.facts()
    has_keys = type == "jsonl"
    first = _first(unpacked)
    has_header = not has_keys and bool(first) and _has_header(first[0][1], reading.header)
    rows = [row for _, row in first[has_header:]]
    if not rows:
        raise FILE_IS_EMPTY(file=name)
    line, header = first[0]
    if has_keys:
        titles = tuple(map(clean, facts.titles))
    elif has_header:
        titles = tuple(map(clean, header))
    else:
        titles = tuple(map(letters, range(min(facts.width, MOST_COLUMNS + 1))))
    if len(titles) > MOST_COLUMNS:
        number = f"{facts.width:,}"
        raise TOO_MANY_COLUMNS(number=number, most=f"{MOST_COLUMNS:,}")
    # Keys stand on no line of their own.
    before = 0 if has_keys else line - 1
    return FileForm(
        name=name,
        type=type,
        size=path.stat().st_size,
        encoding="UTF-8",
        delimiter="",
        has_header=has_header or has_keys,
        headers=distinct([title or letters(at) for at, title in enumerate(titles)]),
        titles=titles,
        skip=before + has_header,
        blank=before,
        sheet=facts.sheet,
        sheets=facts.sheets,
        takes_off_guard=False,
        sample=tuple(tuple(_fitting(row, len(titles))) for row in rows[:_SHOWN]),
        guessed=frozenset(() if has_keys or reading.header is not None else ("header",)),
    )


def _unpacked(path: Path, name: str, type: str, sheet: str | None) -> Unpacked:
    found = kept(path, type, sheet)
    if found:
        return found
    made = begun(path)
    try:
        with made.open("wb") as out:
            out.write(key_of(path, type, sheet))
            sink = Sink(out, name)
            _unpack(path, name, type, sheet, sink)
            sink.close()
        return ended(path, made)
    finally:
        dropped(made)


def _unpack(path: Path, name: str, type: str, sheet: str | None, sink: Sink) -> None:
    if type == "jsonl":
        jsonl.unpack(path, name, sink)
        return
    with opened(path, file=name, type=type.upper()) as archive:
        if type == "xlsx":
            xlsx.unpack(archive, sheet, sink, folder=path.parent)
        else:
            ods.unpack(archive, sheet, sink)


def _first(unpacked: Unpacked) -> list[tuple[int, list[str]]]:
    """The first rows with their numbers, without marks."""
    found = (
        (line, [cells.shown(cell) for cell in row])
        for part in unpacked.parts()
        for line, row in zip(part.lines, part.rows, strict=True)
    )
    return list(islice(found, _SHOWN + 1))


def _has_header(row: list[str], chosen: bool | None) -> bool:
    return looks_like_header(row) if chosen is None else chosen


def _fitting(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def rows(path: Path, form: FileForm) -> Iterator[Chunk]:
    """The rows of such a file, in chunks; memory does not grow with its length."""
    unpacked = kept(path, form.type, form.sheet or None) or kept(path, form.type, None)
    if unpacked is None or unpacked.facts().sheet != form.sheet:
        unpacked = _unpacked(path, form.name, form.type, form.sheet or None)
    last, blank = form.skip, form.blank
    for part in unpacked.parts():
        if part.last <= form.skip:
            continue
        chunk = _chunk(part, form)
        number = len(chunk) + len(chunk.rejected)
        chunk.blank = blank + part.last - last - number
        last, blank = part.last, 0
        yield chunk


def _chunk(part: Part, form: FileForm) -> Chunk:
    width = form.width
    wide = {int(place): size for place, size in (part.wide or {}).items()}
    chunk = Chunk([[] for _ in range(width)])
    good: list[list[str]] = []
    for place, (line, row) in enumerate(zip(part.lines, part.rows, strict=True)):
        if line <= form.skip:
            continue
        size = wide.get(place, len(row))
        if size > width:
            chunk.rejected.append(Rejected(line, [cells.shown(cell) for cell in row]))
            chunk.findings.append(
                _placed(finding(ROW_TOO_WIDE, line, cells=size, columns=width), form)
            )
            continue
        chunk.lines.append(line)
        good.append(row)
    for line, text in part.broken:
        chunk.rejected.append(Rejected(line, [text]))
        chunk.findings.append(finding(NOT_AN_OBJECT, line, value=text))
    padding = cells.ABSENT if form.type == "jsonl" else ""
    is_ragged = False
    for row in good:
        if len(row) < width:
            row += [padding] * (width - len(row))
            is_ragged = True
    if good:
        chunk.columns = [list(column) for column in zip(*good, strict=True)]
    is_absent = is_ragged and bool(padding)
    _unmark(chunk, range(width) if is_absent else part.marked, form)
    chunk.findings.sort(key=lambda each: each.line)
    return chunk


def _unmark(chunk: Chunk, marked: Iterable[int], form: FileForm) -> None:
    """Take marks off, and keep what they say."""
    marks = cells.MARKS
    for column in marked:
        if column >= form.width:
            continue
        values = chunk.columns[column]
        for row, cell in enumerate(values):
            if not cell or cell[0] not in marks:
                continue
            mark = cell[0]
            if mark == cells.NUMBER:
                values[row] = cell[1:]
                chunk.numbers.setdefault(column, []).append(row)
            elif mark == cells.ABSENT:
                values[row] = ""
                chunk.absent.setdefault(column, []).append(row)
            else:
                values[row] = ""
                chunk.left_out.append((row, column))
                chunk.originals[row, column] = cells.shown(cell)
                chunk.findings.append(_told(cell, chunk.lines[row], column, form))


def _told(cell: str, line: int, column: int, form: FileForm) -> Finding:
    """What is wrong with a marked cell."""
    place, value = (form.headers[column], column + 1), cells.shown(cell)
    if cell[0] == cells.LARGE:
        number = int(cell[1:].partition(cells.LARGE)[0])
        found = finding(
            CELL_TOO_LARGE,
            line,
            column=place,
            value=value,
            number=f"{number:,}",
            most=f"{MOST_CHARACTERS:,}",
        )
    elif cell[0] == cells.NESTED:
        error = WRONG_VALUE(
            name=form.headers[column], wanted="one value or a list of values", value="an object"
        )
        found = of_error(error, line, level=CELL, column=place, value=value)
    elif value:
        error = SPREADSHEET_ERROR_VALUE(value=value)
        found = of_error(error, line, level=CELL, column=place, value=value)
    else:
        found = finding(FORMULA_WITHOUT_VALUE, line, column=place)
    return _placed(found, form)


def _placed(found: Finding, form: FileForm) -> Finding:
    return found._replace(sheet=form.sheet)
