"""Values that say how a file of a source is read, and what was read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from tresse.kernel.errors import Refusal, sentence

MOST_BYTES = 10 * 1000**3
"Largest file, packed and unpacked (S86, S125)."
MOST_CELL_BYTES = 1_000_000
"Largest cell (S102), as UTF-8."
MOST_COLUMNS = 1_000
LINE = "_line"
"Column of every batch: the line of the file a row begins on, int64, from 1, header included."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a definition says about reading its files; what is empty is found over the whole file.

    `name` is what people call the file; empty: its own name.
    """

    name: str = ""
    format: str = ""
    "`csv`, `json` (an array; with `path` an array within), `jsonl` (a value a line)."
    separator: str = ""
    "One character, or `tab`."
    encoding: str = ""
    "One of `encoding.ENCODINGS`, in any spelling."
    path: str = ""
    "Of the array within a JSON document, as `data.orders`."
    columns: tuple[str, ...] = ()
    "Columns that must be there (S88); empty: whatever there is."
    language: str = "en"
    "Decides between encodings that fit equally well."
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class FileForm:
    """How one file is read. Frozen, of plain values, can be pickled.

    A member of a zip is a file of its own: `member` names it, and `name` is `orders.zip/a.csv`.
    """

    name: str
    "What people call it; in every sentence about the file."
    format: str
    "`csv`, `json` or `jsonl`."
    packing: str = ""
    "`gz bz2 zip zst`; empty: as it is."
    member: str = ""
    "Of a zip."
    encoding: str = "UTF-8"
    bom: int = 0
    "Bytes of the byte order mark."
    separator: str = ""
    "Of CSV."
    headers: tuple[str, ...] = ()
    """Names of all its columns, in order: of CSV as in the header, trimmed, `column_7` where there
    is none (S88). Of JSON in order of appearance, nested objects flattened to
    `billing.city` (S35)."""
    skip: int = 0
    "Lines of CSV up to and with the header."
    blank: int = 0
    "Those of them without a value."
    absent: tuple[str, ...] = ()
    "Picked columns that no object of a JSON file has: their cells are null."
    path: str = ""
    size: int = 0
    "Bytes as it lies there; of a member of a zip, packed."
    guessed: frozenset[str] = frozenset()
    "Which of `format encoding separator` nobody chose."

    def told(self) -> dict[str, Any]:
        """What a run page says of it, and `SourceFile.form` keeps: JSON."""
        said = {
            "format": self.format,
            "packing": self.packing,
            "encoding": self.encoding,
            "separator": self.separator,
            "path": self.path,
            "columns": list(self.headers),
            "absent": list(self.absent),
        }
        return {key: value for key, value in said.items() if value}


class RejectedLine(NamedTuple):
    r"""A row of a file that cannot be read.

    `raw`: the line or lines as they stand, without the last line end, at most 1 MB of them; a byte
    that is no text in the file's encoding is written `\xE9`.
    """

    line: int
    refusal: Refusal
    details: Mapping[str, Any]
    raw: str

    @property
    def code(self) -> str:
        """`incorrect_number_of_columns could_not_parse_row undecodable_text cell_too_large`."""
        return self.refusal.code

    @property
    def template(self) -> str:
        """The sentence with its braces, to be filled from `details`."""
        return self.refusal.sentence

    @property
    def message(self) -> str:
        """The sentence in English."""
        return sentence(self.template, dict(self.details))


@dataclass(slots=True)
class Part:
    """Some rows of a file, in order.

    `batch`: the columns asked for, each `string` and null where the cell is empty or there is none,
    then `_line` (int64). It may have no row.
    """

    batch: pa.RecordBatch
    rejected: list[RejectedLine] = field(default_factory=list)
    "In the order of their lines."
    blank: int = 0
    "Lines without any value: they are no rows, neither read nor rejected."
    bytes: int = 0
    "Of the file, gone through so far: to be seen beside `FileForm.size`."
