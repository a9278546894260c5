"""The file read, typed and staged in one pass: column by column, in chunks (T64)."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tresse.kernel.text import clean, normal
from tresse.objects.kinds.reading import Reading, Refused
from tresse.objects.labels import shown_label
from tresse.objects.refusals import refused_value
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.transfers.asks import Asked, asked_of
from tresse.transfers.files import Chunk
from tresse.transfers.findings import of_error
from tresse.transfers.infile import Slots
from tresse.transfers.layout import (
    FAULT,
    NAME_TEXT,
    OWN_ID,
    STAGE_TEXT,
    Layout,
    ValueColumn,
    ignored,
)
from tresse.transfers.options import NewOptions
from tresse.transfers.refusals import CELL, ROW
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told

Columns = dict[str, Sequence[Any]]


@dataclass
class Filled:
    """What the pass over the file counted. `rejected`: rows that could not be read at all."""

    rows: int = 0
    rejected: int = 0
    blank: int = 0
    last_line: int = 0
    asks: int = 0
    hows: set[tuple[int, str]] = field(default_factory=set)
    "Relation number and how its keys find, as `mapping.keys` says it."
    key_faults: dict[int, int] = field(default_factory=dict)
    "Relation number to texts that are no keys."
    ignored: dict[int, int] = field(default_factory=dict)
    "Position of an ignored column to its number of values."


@dataclass
class Filling:
    """Stages a file."""

    layout: Layout
    staged: Staged
    told: Told
    slots: Slots
    options: NewOptions
    key_readings: Mapping[int, Reading]
    "Position of an association column with a chosen key to how its cells are read."
    empty_words: frozenset[str] = frozenset()
    filled: Filled = field(default_factory=Filled)

    def fill(self, chunks: Iterable[Chunk], *, seen: Callable[[int], None]) -> Filled:
        """Stage all rows; `seen(rows)` is told after each chunk and may stop the work."""
        for chunk in chunks:
            self._take(chunk)
            seen(self.filled.rows + self.filled.rejected)
        self.told.flush()
        self.staged.stage.settled(*self.staged.tables)
        return self.filled

    def _take(self, chunk: Chunk) -> None:
        self.told.extend(chunk.findings)
        self.filled.blank += chunk.blank
        self.filled.rejected += len(chunk.rejected)
        if not chunk.lines:
            return
        lines = list(chunk.lines)
        cells = chunk.columns
        if self.empty_words:
            cells = [
                ["" if cell.strip() in self.empty_words else cell for cell in column]
                for column in cells
            ]
        faults: dict[int, bool] = {}
        columns: Columns = {"line": lines}
        self._own_ids(lines, cells, columns, faults)
        for column in self.layout.values:
            self._values(column, lines, cells, columns, faults=faults)
        for relation in self.layout.relations:
            for column in relation.linked:
                self._values(column, lines, cells, columns, faults=faults)
        if self.layout.created_at is not None:
            values, refused = self._read(self.layout.created_at, cells)
            self._refuse(self.layout.created_at, lines, refused, {})
            columns["created_at"] = values
        columns["digest"] = self._digests(cells, columns)
        columns[FAULT] = (
            [1 if position in faults else None for position in range(len(lines))]
            if faults
            else [None] * len(lines)
        )
        stage = self.staged.stage
        stage.load(self.staged.rows, columns)
        asked = asked_of(self.layout, lines, cells, self.told, readings=self.key_readings)
        self._load_asks(asked)
        self.filled.rows += len(lines)
        self.filled.last_line = max(self.filled.last_line, lines[-1])
        self._count_ignored(cells)

    def _own_ids(
        self,
        lines: list[int],
        cells: Sequence[Sequence[str]],
        columns: Columns,
        faults: dict[int, bool],
    ) -> None:
        position = self.layout.id_position
        if position is not None:
            ids: list[int | None] = []
            header = self.layout.answers[position].header
            for place, cell in enumerate(cells[position]):
                text = cell.strip()
                is_number = text.isascii() and text.isdigit() and len(text) < 16
                ids.append(int(text) if is_number else None)
                if text and not is_number:
                    faults[place] = True
                    self.told.add(
                        of_error(
                            RECORD_NOT_FOUND(
                                object=shown_label(self.layout.object).lower(), id=text
                            ),
                            lines[place],
                            level=ROW,
                            column=(header, position + 1),
                            value=text,
                        )
                    )
            columns[OWN_ID] = ids
        if self.layout.name_position is not None:
            columns[NAME_TEXT] = [clean(cell) or None for cell in cells[self.layout.name_position]]

    def _read(
        self, column: ValueColumn, cells: Sequence[Sequence[str]]
    ) -> tuple[list[Any], list[Refused]]:
        texts = self.options.mapped(column, list(cells[column.position]))
        if column.prop.kind.name == "stage":
            return self._read_stages(column, texts, cells)
        values, refused = column.prop.kind.parse_all(texts, column.reading)
        return self.options.settle(column, values, refused)

    def _read_stages(
        self, column: ValueColumn, texts: list[str], cells: Sequence[Sequence[str]]
    ) -> tuple[list[Any], list[Refused]]:
        """Stages, each in the pipeline of its own row, else the default one (T40)."""
        beside = next((v for v in self.layout.values if v.prop.kind.name == "pipeline"), None)
        reading = column.reading
        default = next(iter(reading.pipeline_labels), 0)
        given: Sequence[int | None] = [None] * len(texts)
        if beside is not None:
            given, _ = beside.prop.kind.parse_all(list(cells[beside.position]), beside.reading)
        anywhere = {text for stages in reading.stages.values() for text in stages}
        values: list[Any] = [None] * len(texts)
        refused: list[Refused] = []
        for position, (text, pipeline) in enumerate(zip(texts, given, strict=True)):
            wanted = normal(text)
            if not wanted:
                continue
            values[position] = reading.stages.get(pipeline or default, {}).get(wanted)
            # Without a pipeline on the row the record's counts, which is known only when matched.
            is_open = pipeline is None and wanted in anywhere
            if values[position] is None and not is_open:
                details = stage_details(reading, pipeline or default, text)
                refused.append(Refused(position, text, "stage_not_in_pipeline", details))
        return values, refused

    def _values(
        self,
        column: ValueColumn,
        lines: list[int],
        cells: Sequence[Sequence[str]],
        columns: Columns,
        *,
        faults: dict[int, bool],
    ) -> None:
        values, refused = self._read(column, cells)
        if refused:
            self._refuse(column, lines, refused, faults)
        columns[column.target] = values
        if column.prop.has_normal:
            columns[column.normal] = column.prop.kind.normals(values)
        if self.layout.settings.erase_empty and column.is_written and not column.prefix:
            columns[f"x_{column.prop.column}"] = [
                value is None and not cell.strip()
                for value, cell in zip(values, cells[column.position], strict=True)
            ]
        if column.prop.kind.name == "stage" and not column.prefix:
            columns[STAGE_TEXT] = [normal(cell) or None for cell in cells[column.position]]

    def _refuse(
        self,
        column: ValueColumn,
        lines: list[int],
        refused: Sequence[Refused],
        faults: dict[int, bool],
    ) -> None:
        """Cells not taken: left out, or the row is refused if it hangs on them (T36)."""
        is_key = any(
            column.normal in (stage for stage, _ in key.columns)
            for key in self.layout.keys
            if key.decides
        )
        costs_row = is_key or self.layout.settings.bad_cell == "refuse"
        for each in refused:
            if costs_row:
                faults[each.position] = True
            self.told.add(
                of_error(
                    refused_value(shown_label(column.prop), each),
                    lines[each.position],
                    level=ROW if costs_row else CELL,
                    column=column.place,
                    value=each.text,
                )
            )

    def _digests(self, cells: Sequence[Sequence[str]], columns: Columns) -> list[str | None]:
        """A digest of every mapped cell, for rows without a key; counts key values on the way."""
        size = len(cells[0])
        keyed = [False] * size
        if OWN_ID in columns:
            keyed = [value is not None for value in columns[OWN_ID]]
        for key in self.layout.keys:
            values = key_values(columns, [stage for stage, _ in key.columns])
            self.slots.add(key.number, values)
            if key.decides:
                keyed = [one or value is not None for one, value in zip(keyed, values, strict=True)]
        if all(keyed):
            return [None] * size
        mapped = [each.position for each in self.layout.values]
        mapped += [each.position for each in self.layout.relations]
        digests = [
            None if keyed[place] else _digest(cells[position][place] for position in mapped)
            for place in range(size)
        ]
        self.slots.add(-1, digests)
        return digests

    def _load_asks(self, asked: Asked) -> None:
        self.filled.asks += len(asked.columns["line"])
        self.filled.hows |= asked.hows
        for number, faults in asked.faults.items():
            known = self.filled.key_faults.get(number, 0)
            self.filled.key_faults[number] = known + faults
        self.staged.stage.load(self.staged.asks, asked.columns)
        self.staged.stage.load(self.staged.labels, asked.labels)

    def _count_ignored(self, cells: Sequence[Sequence[str]]) -> None:
        counts = self.filled.ignored
        for each in ignored(self.layout.answers):
            given = sum(1 for cell in cells[each.position] if cell and not cell.isspace())
            counts[each.position] = counts.get(each.position, 0) + given


def stage_details(reading: Reading, pipeline: int, text: str) -> dict[str, Any]:
    """What the sentence of `stage_not_in_pipeline` names."""
    known = dict.fromkeys(reading.stages.get(pipeline, {}).values())
    labels = [reading.stage_labels[id][1] for id in known]
    label = reading.pipeline_labels.get(pipeline, ("", ""))[1]
    return {"pipeline": label, "known": labels, "stages": labels, "value": text, "name": text}


def key_values(columns: Mapping[str, Sequence[Any]], names: Sequence[str]) -> Sequence[Any]:
    """Values of a key, several columns joined; None where any of them is empty."""
    if len(names) == 1:
        return columns[names[0]]
    return [
        None if None in parts else "\x1f".join(map(str, parts))
        for parts in zip(*(columns[name] for name in names), strict=True)
    ]


def _digest(cells: Iterable[str]) -> str:
    text = "\x1f".join(" ".join(cell.split()) for cell in cells)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
