"""The error file: rows with a finding, as in the file, to be corrected and imported again (T77)."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tresse.transfers.files import FileForm, rows
from tresse.transfers.files.texts import guarded
from tresse.transfers.files.writing import FORMATS_OUT, Fault, Value, writer_of
from tresse.transfers.keeping import require_file
from tresse.transfers.mapping.words import ERROR_FILE
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.prepare import file_of, stored_form
from tresse.transfers.queries import findings_of, message_of, streamed

LEVELS = ("row", "cell", "link")
_BATCH = 500


class Line(NamedTuple):
    """A row of the file. A value that is no text is typed there; absent keys are left out."""

    number: int
    values: Sequence[Value]
    absent: frozenset[int] = frozenset()
    is_readable: bool = True


def format_of(row: Import) -> str:
    """The format of an error file, which is that of the file: csv, xlsx, ods or jsonl."""
    return str(row.form.get("type", "csv"))


def write_error_file(row: Import, path: Path, *, format: str = "") -> int:
    """Rows with a finding of level row, cell or link, once, and five columns that tell it.

    Same delimiter and header as the file; UTF-8. Its own five columns are skipped when it is
    imported, so it needs no other mapping.

    Args:
        row: The import.
        path: Written anew.
        format: One of `FORMATS_OUT`; empty: by the name of the path, else as the file.

    Returns:
        How many rows.

    Raises:
        TresseError: `link_expired`; the file is no longer kept.
    """
    suffix = path.suffix.lower().lstrip(".")
    format = format or (suffix if suffix in FORMATS_OUT else format_of(row))
    if not row.form:
        # The file was never opened, so no row of it is known.
        path.write_bytes(b"")
        return 0
    require_file(row)
    form = stored_form(row)
    found = _wanted(row, form)
    if format == "jsonl":
        return _write_json(path, form, found)
    if format in ("xlsx", "ods"):
        return _write_sheet(path, format, form, found)
    return _write_text(path, form, found)


Told = tuple[Line, Sequence[str]]


def _wanted(row: Import, form: FileForm) -> Iterator[Told]:
    """Rows that are told of, each with the texts of the five columns."""
    wanted = _by_line(streamed(findings_of(row).filter(level__in=LEVELS)))
    current = next(wanted, None)
    for line in _lines(row, form):
        while current is not None and current[0] < line.number:
            current = next(wanted, None)
        if current is None:
            return
        if current[0] == line.number:
            yield line, _told(line.number, current[1])


def _lines(row: Import, form: FileForm) -> Iterator[Line]:
    """Every row, unreadable ones too, in the order of the file."""
    for chunk in rows(file_of(row.pk), form):
        good = _good(chunk.columns, chunk.numbers, chunk.originals)
        absent = [frozenset[int]()] * len(chunk)
        if chunk.absent:
            at: list[set[int]] = [set() for _ in chunk.lines]
            for column, places in chunk.absent.items():
                for place in places:
                    at[place].add(column)
            absent = [frozenset(each) for each in at]
        lines = [
            Line(number, values, without)
            for number, values, without in zip(chunk.lines, good, absent, strict=True)
        ]
        # A row with too few cells is filled up, so that what is added stands under its header.
        lines += [
            Line(
                each.line,
                [*each.cells, *[""] * (form.width - len(each.cells))],
                is_readable=form.type != "jsonl",
            )
            for each in chunk.rejected
        ]
        yield from sorted(lines, key=lambda each: each.number) if chunk.rejected else lines


def _good(
    columns: Sequence[Sequence[str]],
    numbers: Mapping[int, Sequence[int]],
    originals: Mapping[tuple[int, int], str],
) -> Iterator[Sequence[Value]]:
    typed: list[list[Value]] = [list(column) for column in columns]
    for column, places in numbers.items():
        for place in places:
            typed[column][place] = Decimal(columns[column][place])
    for (place, column), text in originals.items():
        typed[column][place] = Fault(text)
    return iter(zip(*typed, strict=True))


def _write_text(path: Path, form: FileForm, found: Iterator[Told]) -> int:
    number = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=form.delimiter or ",")
        if form.has_header:
            writer.writerow([*form.titles, *ERROR_FILE])
        for line, told in found:
            # What a guard was taken off gets it back; what had none and needs one gets it now.
            cells = map(guarded if form.takes_off_guard else str, map(_text, line.values))
            writer.writerow([*cells, *map(guarded, told)])
            number += 1
    return number


def _text(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _write_sheet(path: Path, format: str, form: FileForm, found: Iterator[Told]) -> int:
    number = 0
    titles = [*form.titles, *ERROR_FILE] if form.has_header else None
    sheet = form.sheet or "Sheet1"
    with writer_of(format, path, titles, sheet=sheet, is_strict=False) as out:
        batch: list[Sequence[Value]] = []
        for line, told in found:
            batch.append([*line.values, *told])
            number += 1
            if len(batch) == _BATCH:
                out.rows(batch)
                batch.clear()
        out.rows(batch)
    return number


def _write_json(path: Path, form: FileForm, found: Iterator[Told]) -> int:
    number = 0
    with path.open("wb") as out:
        for line, told in found:
            number += 1
            if not line.is_readable:
                # A broken line stays as it is, for nobody can say where in it the columns belong.
                out.write(f"{line.values[0]}\n".encode())
                continue
            values = {
                header: _json(value)
                for position, (header, value) in enumerate(
                    zip(form.headers, line.values, strict=False)
                )
                if position not in line.absent
            }
            out.write(
                orjson.dumps(
                    values | dict(zip(ERROR_FILE, told, strict=True)),
                    option=orjson.OPT_APPEND_NEWLINE,
                )
            )
    return number


def _json(value: Value) -> Any:
    if isinstance(value, Fault):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) < 16 else str(value)
    return value or None


def _by_line(
    findings: Iterator[ImportFinding],
) -> Iterator[tuple[int, list[ImportFinding]]]:
    line, group = 0, list[ImportFinding]()
    for finding in findings:
        if group and finding.line != line:
            yield line, group
            group = []
        line = finding.line
        group.append(finding)
    if group:
        yield line, group


def _told(line: int, findings: Sequence[ImportFinding]) -> list[str]:
    def joined(texts: list[str]) -> str:
        return "; ".join(dict.fromkeys(filter(None, texts)))

    return [
        str(line),
        joined([each.code for each in findings]),
        joined([each.column for each in findings]),
        joined([each.value for each in findings]),
        joined([each.hint or message_of(each) for each in findings]),
    ]
