"""XLSX as rows of texts, a stream: sheets, number formats, typed cells (T15)."""

import posixpath
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

from tresse.transfers.files import cells, shared_texts
from tresse.transfers.files.archives import Archive, Enough
from tresse.transfers.files.form import MOST_CHARACTERS, MOST_COLUMNS
from tresse.transfers.files.unpacked import Sink, chosen_sheet

WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_HIDDEN = frozenset(("hidden", "veryHidden"))
_MOST_COLUMN = 1 << 20

# Formats by number that a workbook need not spell out (ECMA-376, 18.8.30).
_KNOWN_FORMATS = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), cells.DAY),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), cells.TIME),
    22: cells.MOMENT,
    46: cells.LASTING,
}


def unpack(archive: Archive, chosen: str | None, sink: Sink, *, folder: Path) -> None:
    """Give the rows of one sheet to a sink, with the facts about the workbook.

    Args:
        archive: The file.
        chosen: Name of the sheet; None: the only one with a value.
        sink: Takes the rows.
        folder: Where texts too many for memory are kept meanwhile.

    Raises:
        TresseError: `sheet_not_chosen`, `wrong_value`, `file_is_empty`, `file_too_large`.
    """
    book = _Book()
    book.read(archive)
    filled = [name for name in book.sheets if _has_value(archive, book.sheets[name])]
    # A hidden sheet holds lists for the others more often than data.
    in_sight = [name for name in filled if name not in book.hidden] or filled
    name = chosen_sheet([*book.sheets], filled=in_sight, chosen=chosen, file=archive.file)
    sink.facts.sheet, sink.facts.sheets = name, tuple(filled)
    styles = _Styles()
    styles.read(archive)
    with ExitStack() as files:
        texts = shared_texts.texts_of(archive, folder, files)
        meaning = _Meaning(texts, styles.forms, since_1904=book.since_1904)
        sheet = _Sheet(meaning, sink)
        archive.parse(
            book.sheets[name],
            starts={
                "row": sheet.begin_row,
                "c": sheet.begin_cell,
                "v": sheet.open_value,
                "t": sheet.open_text,
                "f": sheet.meet_formula,
                "rPh": sheet.hush,
            },
            ends={
                "row": sheet.end_row,
                "c": sheet.end_cell,
                "v": sheet.close,
                "t": sheet.close,
                "rPh": sheet.unhush,
            },
            text=sheet.text,
        )


@dataclass
class _Book:
    """Which sheets there are."""

    sheets: dict[str, str] = field(default_factory=dict)
    "Name to member, in order."
    hidden: set[str] = field(default_factory=set)
    since_1904: bool = False
    _members: dict[str, str] = field(default_factory=dict)
    "Id of a relation to member."
    _listed: list[dict[str, str]] = field(default_factory=list)

    def read(self, archive: Archive) -> None:
        """Read the workbook."""
        if archive.has(_RELATIONS):
            archive.parse(_RELATIONS, starts={"Relationship": self._relation}, is_small=True)
        starts = {"workbookPr": self._settings, "sheet": self._listed.append}
        archive.parse(WORKBOOK, starts=starts, is_small=True)
        for number, each in enumerate(self._listed, 1):
            id = next((value for key, value in each.items() if key.endswith(":id")), "")
            member = self._members.get(id, f"xl/worksheets/sheet{number}.xml")
            # A sheet that is a chart has no member of cells.
            if member and archive.has(member):
                self.sheets[each.get("name", "")] = member
                if each.get("state") in _HIDDEN:
                    self.hidden.add(each.get("name", ""))
        if not self.sheets:
            raise BadZipFile

    def _relation(self, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "").replace("\\", "/")
        place = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        is_sheet = attributes.get("Type", "").endswith("/worksheet")
        self._members[attributes.get("Id", "")] = place if is_sheet else ""

    def _settings(self, attributes: dict[str, str]) -> None:
        self.since_1904 = attributes.get("date1904") in ("1", "true", "on")


def _has_value(archive: Archive, member: str) -> bool:
    found: list[bool] = []

    def find(_: dict[str, str]) -> None:
        found.append(True)
        raise Enough

    archive.parse(member, starts=dict.fromkeys(("v", "t", "f"), find))
    return bool(found)


class _Styles:
    """What each cell style shows of time, by its number (`cells.shape`)."""

    def __init__(self) -> None:
        self.forms: list[str] = []
        self._codes: dict[int, str] = {}
        self._is_within = False

    def read(self, archive: Archive) -> None:
        """Read the styles of a workbook, which may have none."""
        if archive.has(_STYLES):
            archive.parse(
                _STYLES,
                starts={"numFmt": self._format, "cellXfs": self._begin, "xf": self._style},
                ends={"cellXfs": self._end},
                is_small=True,
            )

    def _format(self, attributes: dict[str, str]) -> None:
        code = attributes.get("formatCode", "")
        self._codes[int(attributes.get("numFmtId", 0))] = cells.shape(code)

    def _begin(self, _: dict[str, str]) -> None:
        self._is_within = True

    def _end(self) -> None:
        self._is_within = False

    def _style(self, attributes: dict[str, str]) -> None:
        if self._is_within:
            id = int(attributes.get("numFmtId", 0))
            self.forms.append(self._codes.get(id, _KNOWN_FORMATS.get(id, "")))


@dataclass
class _Meaning:
    """What the text of a cell means."""

    texts: shared_texts.Texts
    forms: list[str]
    since_1904: bool

    def of(self, kind: str, style: str | None, text: str, size: int) -> str:
        """A cell, marked where it is typed (`files.cells`).

        Args:
            kind: `n` number, `s` shared text, `b` boolean, `e` error, `d` date; else text.
            style: Number of its style.
            text: As stored, as far as kept.
            size: Characters of the whole.
        """
        if kind == "n":
            form = self._form(style)
            return (
                cells.dated(text, form, since_1904=self.since_1904) if form else cells.number(text)
            )
        if kind == "s":
            return self.texts[int(text)]
        if kind == "b":
            return "true" if text.strip() in ("1", "true") else "false"
        if kind == "e":
            return cells.FAULT + cells.bare(text)
        return cells.day_or_moment(text) if kind == "d" else shared_texts.meant(text, size)

    def _form(self, style: str | None) -> str:
        number = int(style or 0)
        return self.forms[number] if 0 <= number < len(self.forms) else ""


class _Sheet:
    """Handlers of the XML of a sheet."""

    def __init__(self, meaning: _Meaning, sink: Sink) -> None:
        self._meaning, self._sink = meaning.of, sink
        self._columns = _Columns()
        self._line = self._size = 0
        self._column = self._last = -1
        self._row: list[str] = []
        self._parts: list[str] = []
        self._kind, self._style = "n", None  # type: str, str | None
        self._is_open = self._is_said = self._has_formula = self._has_value = False

    def begin_row(self, attributes: dict[str, str]) -> None:
        """A row; without a number it is the next."""
        given = attributes.get("r", "")
        is_number = given.isascii() and given.isdecimal() and len(given) < 10
        self._line = max(self._line + 1, int(given)) if is_number else self._line + 1
        self._row = []
        self._column = self._last = -1

    def begin_cell(self, attributes: dict[str, str]) -> None:
        """A cell; without a place it is the next."""
        place = attributes.get("r")
        if place is None:
            self._column += 1
        else:
            self._column = self._columns[place.rstrip("0123456789")]
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s")
        self._has_formula = self._has_value = False
        self._size = 0
        self._parts.clear()

    def open_value(self, _: dict[str, str]) -> None:
        """What is stored in a cell."""
        self._is_open = self._has_value = True

    def open_text(self, _: dict[str, str]) -> None:
        """A run of a text that stands in its cell."""
        self._is_open = not self._is_said

    def meet_formula(self, _: dict[str, str]) -> None:
        """The cell is calculated."""
        self._has_formula = True

    def hush(self, _: dict[str, str]) -> None:
        """How a text is said, which stands beside the text."""
        self._is_said = True

    def unhush(self) -> None:
        """The end of that."""
        self._is_said = False

    def close(self) -> None:
        """The end of a value or text."""
        self._is_open = False

    def text(self, data: str) -> None:
        """Characters."""
        if self._is_open:
            self._size += len(data)
            if self._size <= MOST_CHARACTERS:
                self._parts.append(data)

    def end_cell(self) -> None:
        """A cell is whole."""
        parts = self._parts
        if self._size:
            text = parts[0] if len(parts) == 1 else "".join(parts)
            self._put(self._meaning(self._kind, self._style, text, self._size))
        elif self._has_formula and (self._kind != "str" or not self._has_value):
            self._put(cells.FAULT)

    def _put(self, cell: str) -> None:
        row, column = self._row, self._column
        if not cell or cell.isspace():
            return
        self._last = max(self._last, column)
        if column == len(row):
            row.append(cell)
        elif column < len(row):
            row[column] = cell
        elif column <= MOST_COLUMNS:
            row += [""] * (column - len(row))
            row.append(cell)

    def end_row(self) -> None:
        """A row is whole."""
        self._sink.add(self._line, self._row, self._last + 1)


class _Columns(dict[str, int]):
    """Numbers of columns, from 0, by their letters."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
            if not "A" <= letter <= "Z" or number > _MOST_COLUMN:
                raise BadZipFile(letters)
        self[letters] = number - 1
        return number - 1
