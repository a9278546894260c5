"""ODS as rows of texts, a stream: one sheet of OpenDocument, typed cells, repeats (T15)."""

from collections.abc import Callable

from tresse.engine.files.refusals import FILE_IS_ENCRYPTED
from tresse.transfers.files import cells
from tresse.transfers.files.archives import Archive
from tresse.transfers.files.form import MOST_CHARACTERS, MOST_COLUMNS
from tresse.transfers.files.unpacked import Sink, chosen_sheet, named
from tresse.transfers.refusals import FILE_TOO_LARGE

CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
MOST_LINES = 1 << 24
"Of a sheet that says that a row is repeated; programs hold a million."
_ERRORS = ("#", "Err:")


def unpack(archive: Archive, chosen: str | None, sink: Sink) -> None:
    """Give the rows of one sheet to a sink, with the facts about the document.

    All sheets stand in one member, which is read once: the first sheet with a value is taken, and
    refused at the end if there was another one.

    Raises:
        TresseError: `sheet_not_chosen`, `wrong_value`, `file_is_empty`, `file_is_encrypted`,
            `file_too_large`.
    """
    if archive.has(_MANIFEST) and b"encryption-data" in archive.text(_MANIFEST):
        raise FILE_IS_ENCRYPTED(file=archive.file)
    reading = _Reading(archive.file, chosen, sink)
    reading.parse(archive)
    name = chosen_sheet(reading.sheets, filled=reading.filled, chosen=chosen, file=archive.file)
    sink.facts.sheet, sink.facts.sheets = name, tuple(reading.filled)


class _Reading:
    """Handlers of the XML."""

    def __init__(self, file: str, chosen: str | None, sink: Sink) -> None:
        self.sheets: list[str] = []
        self.filled: list[str] = []
        self._file, self._chosen, self._sink = file, chosen, sink
        self._name = ""
        self._is_taken = self._is_cell = self._is_covered = self._is_open = False
        self._aside = 0
        "How deep within a note or drawing, whose texts are no part of the cell."
        self._line = self._repeat = self._columns = self._size = self._width = 0
        self._row: list[str] = []
        self._parts: list[str] = []
        self._cell: dict[str, str] = {}
        self._paragraphs = 0

    def parse(self, archive: Archive) -> None:
        """Read the document."""
        cell, covered = "table-cell", "covered-table-cell"
        archive.parse(
            CONTENT,
            starts={
                "table": self._begin_table,
                "table-row": self._begin_row,
                cell: self._begin_cell,
                covered: self._begin_covered,
                "p": self._begin_paragraph,
                "s": self._meet_spaces,
                "tab": self._meet_tab,
                "line-break": self._meet_break,
                "span": _pass,
                "a": _pass,
                "*": self._begin_other,
            },
            ends={
                "table-row": self._end_row,
                cell: self._end_cell,
                covered: self._end_cell,
                "p": self._end_paragraph,
                "*": self._end_other,
                **dict.fromkeys(("table", "s", "tab", "line-break", "span", "a"), _end_nothing),
            },
            text=self._text,
        )

    def _begin_other(self, _: dict[str, str]) -> None:
        # A note, a drawing: its texts are no part of the cell.
        if self._is_cell:
            self._aside += 1

    def _end_other(self) -> None:
        if self._aside:
            self._aside -= 1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        if not self._aside:
            self._is_cell = True
            self._cell = attributes
            self._parts.clear()
            self._size = self._paragraphs = 0

    def _begin_covered(self, attributes: dict[str, str]) -> None:
        # What a merged cell covers is not shown (T15).
        if not self._aside:
            self._is_covered = True
            self._begin_cell(attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        if not self._aside:
            self._repeat = _times(attributes.get("table:number-rows-repeated", "1"))
            self._row = []
            self._columns = self._width = 0

    def _begin_paragraph(self, _: dict[str, str]) -> None:
        if self._is_cell and not self._aside:
            if self._paragraphs:
                self._add("\n")
            self._paragraphs += 1
            self._is_open = True

    def _end_paragraph(self) -> None:
        if not self._aside:
            self._is_open = False

    def _meet_spaces(self, attributes: dict[str, str]) -> None:
        number = min(_times(attributes.get("text:c", "1")), MOST_CHARACTERS + 1)
        self._text(" " * number)

    def _meet_tab(self, _: dict[str, str]) -> None:
        self._text("\t")

    def _meet_break(self, _: dict[str, str]) -> None:
        if self._is_open and not self._aside:
            self._add("\n")

    def _begin_table(self, attributes: dict[str, str]) -> None:
        if not self._aside:
            self._begin(attributes.get("table:name", ""))

    def _begin(self, name: str) -> None:
        self._name = name
        self.sheets.append(name)
        self._line = 0
        if self._chosen:
            self._is_taken = (
                named([name], self._chosen) is not None
                and named(self.sheets[:-1], self._chosen) is None
            )
        else:
            self._is_taken = not self.filled

    def _end_cell(self) -> None:
        if self._aside:
            return
        cell = "" if self._is_covered else self._meant()
        self._is_cell = self._is_covered = False
        self._put(cell, _times(self._cell.get("table:number-columns-repeated", "1")))

    def _text(self, data: str) -> None:
        if self._is_open and not self._aside:
            # Line ends within a paragraph only lay out the XML.
            self._add(data.replace("\n", " ") if "\n" in data else data)

    def _add(self, text: str) -> None:
        self._size += len(text)
        if self._size <= MOST_CHARACTERS:
            self._parts.append(text)

    def _meant(self) -> str:
        cell = self._cell
        kind = cell.get("office:value-type", "")
        is_formula = "table:formula" in cell
        if not kind and not self._size and not is_formula:
            return ""
        text = "".join(self._parts)
        if cell.get("calcext:value-type") == "error" or (is_formula and _is_error(text)):
            return cells.FAULT + cells.bare(text)
        if kind in _TYPED:
            return _TYPED[kind](cell, text)
        if not kind and not self._size:
            return cells.FAULT
        if not self._paragraphs and "office:string-value" in cell:
            text = cell["office:string-value"]
            self._size = len(text)
        return cells.large(self._size, cells.bare(text))

    def _put(self, cell: str, times: int) -> None:
        if not self._is_taken and not cell:
            return
        if cell and not cell.isspace():
            if self._name not in self.filled[-1:]:
                self.filled.append(self._name)
            room = MOST_COLUMNS + 1 - len(self._row)
            gap = self._columns - len(self._row)
            if gap < room:
                self._row += [""] * gap
                self._row += [cell] * min(times, room - gap)
            self._width = self._columns + times
        self._columns += times

    def _end_row(self) -> None:
        if not self._is_taken or self._aside:
            return
        times = self._repeat
        if self._row:
            if times > 1 and self._line + times > MOST_LINES:
                size = f"{self._line + times:,} lines"
                raise FILE_TOO_LARGE(file=self._file, size=size, most=f"{MOST_LINES:,} lines")
            for _ in range(times):
                self._line += 1
                self._sink.add(self._line, list(self._row), self._width)
        else:
            self._line = min(self._line + times, MOST_LINES)


def _is_error(text: str) -> bool:
    return text.startswith(_ERRORS) and " " not in text


def _times(given: str) -> int:
    """A number of times; one that makes no sense is one, and none is beyond a billion."""
    if not (given.isascii() and given.isdecimal()):
        return 1
    return max(1, int(given)) if len(given) < 10 else 1_000_000_000


def _pass(_: dict[str, str]) -> None:
    pass


def _end_nothing() -> None:
    pass


def _of_number(cell: dict[str, str], text: str) -> str:
    return cells.number(cell.get("office:value", text))


_TYPED: dict[str, Callable[[dict[str, str], str], str]] = {
    **dict.fromkeys(("float", "percentage", "currency"), _of_number),
    "date": lambda cell, text: cells.day_or_moment(cell.get("office:date-value", text)),
    "time": lambda cell, text: cells.duration(cell.get("office:time-value", text)),
    "boolean": lambda cell, _: "true" if cell.get("office:boolean-value") == "true" else "false",
}
