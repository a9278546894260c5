"""What XLSX, ODS and JSON lines are unpacked to, once: rows of texts beside the file, a stream.

A line of JSON per some rows, so that a pass over a million rows costs seconds and nobody parses a
spreadsheet twice; then a line of facts about the whole file. Made anew if the file or the chosen
sheet is another, or the form of this file has changed.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from tresse.engine.files.refusals import FILE_IS_EMPTY
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.text import normal
from tresse.transfers.files.archives import MOST_UNPACKED, too_large
from tresse.transfers.files.cells import MARKS
from tresse.transfers.files.form import CHUNK, MOST_COLUMNS
from tresse.transfers.refusals import SHEET_NOT_CHOSEN

VERSION = 1
_MOST_CHARACTERS = 1 << 23
"Of a chunk, unless it is one row."
_FOOT = 8


@dataclass(slots=True)
class Facts:
    """About the whole file. `titles`: keys of JSON lines, in order of first appearance."""

    sheet: str = ""
    sheets: tuple[str, ...] = ()
    width: int = 0
    "Cells of the widest row."
    titles: tuple[str, ...] = ()


@dataclass(slots=True)
class Part:
    """Some rows: `lines[i]` is the number of `rows[i]`, which ends with its last value.

    `last`: every line up to it is in this part, in one before, or blank. `marked`: columns with
    marked cells. `wide`: position of a row cut after `MOST_COLUMNS`, to its number of cells.
    `broken`: lines that could not be read at all, as they are.
    """

    lines: list[int]
    rows: list[list[str]]
    last: int = 0
    marked: Sequence[int] = ()
    wide: dict[str, int] | None = None
    broken: Sequence[tuple[int, str]] = ()


class Sink:
    """Takes the rows of a file in order and keeps them beside it."""

    def __init__(self, out: BinaryIO, name: str) -> None:
        self._out, self._name = out, name
        self._size = self._characters = 0
        self._marked: set[int] = set()
        self._wide: dict[str, int] = {}
        self._broken: list[tuple[int, str]] = []
        self._lines: list[int] = []
        self._rows: list[list[str]] = []
        self._last = 0
        self.facts = Facts()

    def add(self, line: int, cells: list[str], width: int = 0, *, is_trimmed: bool = False) -> None:
        """A row; one without any value is blank, and counted by the numbers of the others.

        Args:
            line: Its number; one that is not higher than the last is told the next.
            cells: Kept.
            width: Number of cells, if more than are given.
            is_trimmed: An empty last cell counts.
        """
        while not is_trimmed and cells and (not cells[-1] or cells[-1].isspace()):
            cells.pop()
        if not cells and width <= MOST_COLUMNS:
            return
        width = max(width, len(cells))
        if width > self.facts.width:
            self.facts.width = width
        if width > MOST_COLUMNS:
            self._wide[str(len(self._rows))] = width
            del cells[MOST_COLUMNS + 1 :]
        for column, cell in enumerate(cells):
            if cell and cell[0] in MARKS:
                self._marked.add(column)
        self._last = line = max(line, self._last + 1)
        self._lines.append(line)
        self._rows.append(cells)
        self._characters += sum(map(len, cells))
        if len(self._rows) >= CHUNK or self._characters > _MOST_CHARACTERS:
            self._flush()

    def reject(self, line: int, text: str) -> None:
        """A line that cannot be read."""
        self._last = line = max(line, self._last + 1)
        self._broken.append((line, text))
        self._characters += len(text)
        if len(self._broken) >= CHUNK or self._characters > _MOST_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        if not self._rows and not self._broken:
            return
        part = Part(
            self._lines,
            self._rows,
            self._last,
            sorted(self._marked),
            self._wide or None,
            self._broken,
        )
        self._write(part)
        self._lines, self._rows, self._broken = [], [], []
        self._marked, self._wide, self._characters = set(), {}, 0

    def _write(self, what: Any) -> int:
        text = orjson.dumps(what, option=orjson.OPT_APPEND_NEWLINE)
        self._size += len(text)
        if self._size > MOST_UNPACKED:
            raise too_large(self._name, self._size, MOST_UNPACKED)
        self._out.write(text)
        return len(text)

    def blank(self, line: int) -> None:
        """A line without value, told only where it is the last."""
        self._last = max(line, self._last)

    def close(self) -> None:
        """Write what is still to come."""
        if self._last and not self._rows and not self._broken:
            self._write(Part([], [], self._last))
        self._flush()
        length = self._write(self.facts)
        self._out.write(length.to_bytes(_FOOT, "big"))


class Unpacked:
    """The rows of a file that was unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def facts(self) -> Facts:
        """About the whole file."""
        with self._path.open("rb") as file:
            file.seek(-_FOOT, os.SEEK_END)
            end = file.tell()
            file.seek(end - int.from_bytes(file.read(_FOOT), "big"))
            found = orjson.loads(file.readline())
        found["sheets"], found["titles"] = tuple(found["sheets"]), tuple(found["titles"])
        return Facts(**found)

    def parts(self) -> Iterator[Part]:
        """The rows, some at a time."""
        with self._path.open("rb") as file:
            file.readline()
            last = file.readline()
            for line in file:
                if len(line) == _FOOT and not line.endswith(b"\n"):
                    return
                yield Part(**orjson.loads(last))
                last = line


def key_of(path: Path, type: str, sheet: str | None) -> bytes:
    """What the unpacked rows of a file are valid for."""
    stat = path.stat()
    return orjson.dumps(
        [VERSION, type, stat.st_size, stat.st_mtime_ns, sheet], option=orjson.OPT_APPEND_NEWLINE
    )


def place_of(path: Path) -> Path:
    """Where the unpacked rows of a file are kept."""
    return path.with_name(f"{path.name}.rows")


def kept(path: Path, type: str, sheet: str | None) -> Unpacked | None:
    """The unpacked rows of a file, if they are there and still valid."""
    try:
        with place_of(path).open("rb") as file:
            is_valid = file.readline() == key_of(path, type, sheet)
    except FileNotFoundError:
        return None
    return Unpacked(place_of(path)) if is_valid else None


def begun(path: Path) -> Path:
    """A name to unpack to; `ended` gives it its own."""
    return path.with_name(f"{path.name}.{os.getpid()}.unpacking")


def ended(path: Path, made: Path) -> Unpacked:
    """The rows just unpacked, in their place; who reads those before them goes on reading."""
    made.replace(place_of(path))
    return Unpacked(place_of(path))


def dropped(made: Path) -> None:
    """Take away what was not unpacked to its end."""
    with suppress(OSError):
        made.unlink()


def chosen_sheet(
    sheets: Sequence[str], *, filled: Sequence[str], chosen: str | None, file: str
) -> str:
    """The sheet to read.

    Args:
        sheets: Names of all.
        filled: Names of those with a value.
        chosen: Name of the one the person chose; None: the only one with a value.
        file: For the sentences.

    Raises:
        TresseError: `sheet_not_chosen`, `wrong_value`, `file_is_empty`.
    """
    if chosen:
        found = named(sheets, chosen)
        if found is None:
            raise WRONG_VALUE(name="sheet", wanted=_one_of(filled or sheets), value=chosen)
        return found
    if not filled:
        raise FILE_IS_EMPTY(file=file)
    if len(filled) > 1:
        raise not_chosen(filled)
    return filled[0]


def named(sheets: Sequence[str], chosen: str) -> str | None:
    """The sheet of that name, whatever its case and spacing."""
    if chosen in sheets:
        return chosen
    return next((each for each in sheets if normal(each) == normal(chosen)), None)


def not_chosen(filled: Sequence[str]) -> TresseError:
    """The refusal of several sheets without a choice."""
    return SHEET_NOT_CHOSEN(number=len(filled), sheets=list(filled))


def _one_of(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}"
