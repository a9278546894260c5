"""Values that say how a file is read and what was read: `Reading`, `FileForm`, `Chunk`."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tresse.transfers.findings import Finding

CHUNK = 20_000
"Most rows of a chunk."
MOST_BYTES = 512 * 1024 * 1024
"Largest file, unless the account's setting says otherwise (T8)."
MOST_COLUMNS = 1_000
MOST_CHARACTERS = 65_536
"Longest cell."


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person chose about reading a file; None: found by itself.

    `encoding`: one of `ENCODINGS`, in any spelling. `header`: whether the first line names
    the columns. `takes_off_guard`: take one `'` off texts that an export guarded (T84).
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None
    takes_off_guard: bool = True
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a file is read: chosen or found.

    `headers` are different from each other, ` (2)` added to equal ones (T14); `titles` are as in
    the file. `skip`: lines before the first record (`sep=` line, blank lines, header).
    """

    name: str
    type: str
    "Name of a member of `engine.files.formats.FORMATS`: csv, xlsx, ods, jsonl."
    size: int
    encoding: str
    delimiter: str
    has_header: bool
    headers: tuple[str, ...]
    titles: tuple[str, ...]
    skip: int
    blank: int
    "Blank lines among those skipped."
    bom: int = 0
    "Length of the byte order mark."
    sheet: str = ""
    "Name of the sheet read."
    sheets: tuple[str, ...] = ()
    "Names of all sheets that hold something, in order."
    takes_off_guard: bool = True
    sample: tuple[tuple[str, ...], ...] = ()
    "The first rows, to be shown and to guess by."
    guessed: frozenset[str] = frozenset()
    "Which of encoding, delimiter and header nobody chose."

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.headers)


class Rejected(NamedTuple):
    """A row that could not be read; `cells` as far as they can be told."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Chunk:
    """Some rows in file order, as columns; see the package's docstring."""

    columns: list[list[str]]
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left_out: list[tuple[int, int]] = field(default_factory=list)
    blank: int = 0
    numbers: dict[int, list[int]] = field(default_factory=dict)
    "Column to rows with a typed number, whose point is no matter of the column's form (T15)."
    absent: dict[int, list[int]] = field(default_factory=dict)
    "Column to rows that have no such cell, not even an empty one (T14)."
    originals: dict[tuple[int, int], str] = field(default_factory=dict)
    "What stood in cells of `left_out`, as far as it is known."

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The same cells row by row, made anew each time."""
        return list(zip(*self.columns, strict=True))

    def telling(self, column: int) -> list[str]:
        """Cells of a column that may tell how its dates and numbers are written."""
        cells, typed = self.columns[column], self.numbers.get(column)
        if not typed:
            return cells
        cells = list(cells)
        for row in typed:
            cells[row] = ""
        return cells

    def signed(self, column: int, sign: str) -> list[str]:
        """Cells of a column, its typed numbers written with the decimal sign of its texts."""
        cells, typed = self.columns[column], self.numbers.get(column)
        if not typed or sign == ".":
            return cells
        cells = list(cells)
        for row in typed:
            cells[row] = cells[row].replace(".", sign)
        return cells
