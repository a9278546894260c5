"""The cells of a chunk typed, column by column: what any process can do, as it asks nothing of one.

No Django here, and no database: `apart` runs this in a process that starts in a moment.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tresse.kernel.text import normal
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.reading import Reading, Refused
from tresse.transfers.files import Chunk, FileForm, rows
from tresse.transfers.findings import Finding
from tresse.transfers.options import NewOptions
from tresse.transfers.wanted import Cells, Wanted

NO_VALUE = -1
"In place of the hash of a value that is not there."
NO_KEY = -1
"Number of the key that stands for all mapped cells, of rows without any other (T33)."


@dataclass(slots=True)
class Values:
    """One column typed. `normals`, `blank`: None where they are not wanted."""

    values: list[Any]
    refused: list[Refused]
    normals: list[Any] | None = None
    blank: list[bool] | None = None


@dataclass(slots=True)
class Typed:
    """A chunk typed, rows in file order.

    `columns`: one per wanted one. `ids`: of the rows themselves, with the places of those that are
    no ids. `hashes`: number of a key to a hash of each value, `NO_VALUE` where there is none.
    """

    lines: list[int]
    blank: int
    rejected: int
    findings: list[Finding]
    columns: list[Values] = field(default_factory=list)
    ids: list[int | None] | None = None
    no_ids: list[tuple[int, str]] = field(default_factory=list)
    cells: dict[int, list[str]] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)
    "Position of an ignored column to its number of values."
    digests: list[str | None] | None = None
    hashes: dict[int, "array[int]"] = field(default_factory=dict)


class Typing:
    """Types chunks one after the other; `options` grows on the way."""

    def __init__(self, wanted: Wanted, options: NewOptions) -> None:
        self._wanted, self.options = wanted, options

    def typed(self, chunk: Chunk) -> Typed:
        """Type the cells of a chunk."""
        found = Typed(list(chunk.lines), chunk.blank, len(chunk.rejected), chunk.findings)
        if not found.lines:
            return found
        wanted, cells = self._wanted, _cells(chunk, self._wanted)
        if wanted.empty_words:
            cells = [
                ["" if cell.strip() in wanted.empty_words else cell for cell in column]
                for column in cells
            ]
        if wanted.id_position is not None:
            found.ids, found.no_ids = _ids(cells[wanted.id_position])
        for column in wanted.columns:
            found.columns.append(self._values(column, cells, chunk.absent))
        found.cells = {position: cells[position] for position in wanted.kept}
        found.given = {position: _given(cells[position]) for position in wanted.ignored}
        self._hash(found, cells)
        return found

    def _values(
        self, column: Cells, cells: Sequence[list[str]], absent: Mapping[int, Sequence[int]]
    ) -> Values:
        texts = self.options.mapped(column, cells[column.position])
        kind = KINDS[column.kind]
        if column.kind == "stage":
            values, refused = _stages(column, texts, cells)
        else:
            values, refused = kind.parse_all(texts, column.reading)
            values, refused = self.options.settle(column, values, refused)
        found = Values(values, refused)
        if column.has_normal:
            found.normals = kind.normals(values)
        if column.erases:
            found.blank = [
                value is None and not cell.strip()
                for value, cell in zip(values, cells[column.position], strict=True)
            ]
            for row in absent.get(column.position, ()):
                found.blank[row] = False  # no such cell, which erases nothing (T14)
        return found

    def _hash(self, found: Typed, cells: Sequence[Sequence[str]]) -> None:
        """Hashes of key values; of all mapped cells where a row has none."""
        wanted, size = self._wanted, len(found.lines)
        keyed: list[bool] | None = None
        if found.ids is not None:
            keyed = [value is not None for value in found.ids]
        for number, parts in enumerate(wanted.keys):
            values = key_values([_compared(found.columns[part]) for part in parts])
            found.hashes[number] = _hashes(values)
            if wanted.decides[number] and not (keyed and all(keyed)):
                here = [value is not None for value in values]
                keyed = [a or b for a, b in zip(keyed, here, strict=True)] if keyed else here
        if keyed and all(keyed):
            return
        found.digests = [
            None
            if keyed and keyed[place]
            else _digest(cells[position][place] for position in wanted.mapped)
            for place in range(size)
        ]
        found.hashes[NO_KEY] = _hashes(found.digests)


def typed_chunks(path: Path, form: FileForm, typing: Typing) -> Iterator[Typed]:
    """The chunks of a file typed, a stream."""
    return map(typing.typed, rows(path, form))


def _cells(chunk: Chunk, wanted: Wanted) -> list[list[str]]:
    """The columns, typed numbers written with the decimal sign of the texts beside them."""
    if not chunk.numbers:
        return chunk.columns
    cells = list(chunk.columns)
    for column in wanted.columns:
        if column.kind in ("decimal", "money"):
            sign = column.reading.decimal_sign
            cells[column.position] = chunk.signed(column.position, sign)
    return cells


def key_values(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Values of a key, those of several columns beside each other; None where any is empty."""
    if len(columns) == 1:
        return columns[0]
    # As they are: 1.5 and 1.50 are one value, and two texts.
    return [None if None in parts else parts for parts in zip(*columns, strict=True)]


def _compared(column: Values) -> list[Any]:
    return column.values if column.normals is None else column.normals


def _hashes(values: Sequence[Any]) -> "array[int]":
    # Never the hash of None, nor `NO_VALUE`, which no hash of Python's is.
    if None in values:
        return array("q", [NO_VALUE if value is None else hash(value) for value in values])
    return array("q", map(hash, values))


def _ids(cells: Sequence[str]) -> tuple[list[int | None], list[tuple[int, str]]]:
    ids: list[int | None] = []
    faults = []
    for place, cell in enumerate(cells):
        text = cell.strip()
        is_number = text.isascii() and text.isdigit() and len(text) < 16
        ids.append(int(text) if is_number else None)
        if text and not is_number:
            faults.append((place, text))
    return ids, faults


def _given(cells: Sequence[str]) -> int:
    """How many cells hold a value."""
    return sum(1 for cell in cells if cell and not cell.isspace()) if any(cells) else 0


def _digest(cells: Iterable[str]) -> str:
    text = "\x1f".join(" ".join(cell.split()) for cell in cells)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _stages(
    column: Cells, texts: Sequence[str], cells: Sequence[list[str]]
) -> tuple[list[Any], list[Refused]]:
    """Stages, each in the pipeline of its own row, else the default one (T40)."""
    reading = column.reading
    default = next(iter(reading.pipeline_labels), 0)
    given: Sequence[int | None] = [None] * len(texts)
    if column.pipeline is not None:
        position, beside = column.pipeline
        given, _ = KINDS["pipeline"].parse_all(cells[position], beside)
    anywhere = {text for stages in reading.stages.values() for text in stages}
    values: list[Any] = [None] * len(texts)
    refused: list[Refused] = []
    for place, (text, pipeline) in enumerate(zip(texts, given, strict=True)):
        wanted = normal(text)
        if not wanted:
            continue
        values[place] = reading.stages.get(pipeline or default, {}).get(wanted)
        # Without a pipeline on the row the record's counts, which is known only when matched.
        is_open = pipeline is None and wanted in anywhere
        if values[place] is None and not is_open:
            details = stage_details(reading, pipeline or default, text)
            refused.append(Refused(place, text, "stage_not_in_pipeline", details))
    return values, refused


def stage_details(reading: Reading, pipeline: int, text: str) -> dict[str, Any]:
    """What the sentence of `stage_not_in_pipeline` names."""
    known = dict.fromkeys(reading.stages.get(pipeline, {}).values())
    labels = [reading.stage_labels[id][1] for id in known]
    label = reading.pipeline_labels.get(pipeline, ("", ""))[1]
    return {"pipeline": label, "known": labels, "stages": labels, "value": text, "name": text}
