"""The file read, typed and staged in one pass: column by column, in chunks (T64)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tresse.accounts.actor import Actor
from tresse.kernel.text import clean, normal
from tresse.objects.kinds.reading import Reading, Refused
from tresse.objects.labels import shown_label
from tresse.objects.refusals import refused_value
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.transfers.asks import Asked, asked_of
from tresse.transfers.findings import of_error
from tresse.transfers.held import held
from tresse.transfers.infile import FAULTY, HAS_ID, Array, Slots
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
from tresse.transfers.settings import Settings
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told
from tresse.transfers.typed import Typed, Values
from tresse.transfers.wanted import Cells, Wanted

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
    held: dict[str, Counter[str]] = field(default_factory=dict)
    "Property to texts that no cell may say anew, of cells whose record holds the value (T85)."
    ignored: dict[int, int] = field(default_factory=dict)
    "Position of an ignored column to its number of values."


def typed_columns(layout: Layout) -> list[ValueColumn]:
    """The columns with values, in the order in which they are typed and told of."""
    linked = [column for relation in layout.relations for column in relation.linked]
    created = [layout.created_at] if layout.created_at is not None else []
    return [*layout.values, *linked, *created]


def wanted_of(layout: Layout, empty_words: frozenset[str] = frozenset()) -> Wanted:
    """What is asked of the file of a layout."""
    columns = typed_columns(layout)
    beside = next((v for v in layout.values if v.prop.kind.name == "pipeline"), None)
    # Columns are found by what the stage calls them, as the keys name them.
    number = {column.normal: at for at, column in enumerate(layout.values)}
    kept = [each.position for each in layout.relations]
    kept += [each.labels_position for each in layout.relations if each.labels_position is not None]
    kept += [each.position for each in layout.values if each.prop.kind.name == "stage"]
    if layout.name_position is not None:
        kept.append(layout.name_position)
    kept += [each.name_position for each in layout.relations if each.name_position is not None]
    return Wanted(
        columns=tuple(_cells(column, layout, beside) for column in columns),
        keys=tuple(tuple(number[stage] for stage, _ in key.columns) for key in layout.keys),
        decides=tuple(key.decides for key in layout.keys),
        id_position=layout.id_position,
        mapped=(
            *(each.position for each in layout.values),
            *(each.position for each in layout.relations),
        ),
        kept=tuple(dict.fromkeys(kept)),
        ignored=tuple(each.position for each in ignored(layout.answers)),
        empty_words=empty_words,
    )


def _cells(column: ValueColumn, layout: Layout, beside: ValueColumn | None) -> Cells:
    is_stage = column.prop.kind.name == "stage"
    return Cells(
        position=column.position,
        name=column.prop.name,
        kind=column.prop.kind.name,
        reading=column.reading,
        has_normal=column.prop.has_normal and column is not layout.created_at,
        erases=_erases(column, layout),
        is_new=column.is_new,
        pipeline=(beside.position, beside.reading) if is_stage and beside is not None else None,
    )


def _erases(column: ValueColumn, layout: Layout) -> bool:
    is_own = column.is_written and not column.prefix and column is not layout.created_at
    return layout.settings.erase_empty and is_own


def new_options(settings: Settings) -> NewOptions:
    """No unknown option met so far, and what is to become of them."""
    return NewOptions(settings.option_map or {}, settings.unknown_options == "add")


@dataclass
class Filling:
    """Stages a typed file."""

    layout: Layout
    staged: Staged
    told: Told
    slots: Slots
    actor: Actor
    key_readings: Mapping[int, Reading]
    "Position of an association column with a chosen key to how its cells are read."
    filled: Filled = field(default_factory=Filled)

    def fill(
        self,
        chunks: Iterable[Typed],
        *,
        staged: Callable[[Sequence[int]], None],
        seen: Callable[[int], None],
    ) -> Filled:
        """Stage all rows.

        Args:
            chunks: The file.
            staged: Is told the lines of each chunk.
            seen: Is told after each chunk how many rows there were, and may stop the work.
        """
        for chunk in chunks:
            self._take(chunk)
            if chunk.lines:
                staged(chunk.lines)
            seen(self.filled.rows + self.filled.rejected)
        self.told.flush()
        self.staged.stage.key(self.staged.rows, self.staged.asks)
        self.staged.stage.settled(*self.staged.tables)
        return self.filled

    def _take(self, chunk: Typed) -> None:
        self.told.extend(chunk.findings)
        self.filled.blank += chunk.blank
        self.filled.rejected += chunk.rejected
        lines = chunk.lines
        if not lines:
            return
        faults: set[int] = set()
        columns: Columns = {"line": lines}
        self._own_ids(chunk, columns, faults)
        for column, found in zip(typed_columns(self.layout), chunk.columns, strict=True):
            self._values(column, found, chunk, columns, faults=faults)
        size = len(lines)
        columns["digest"] = chunk.digests or [None] * size
        columns[FAULT] = (
            [1 if place in faults else None for place in range(size)] if faults else [None] * size
        )
        self.staged.stage.load(self.staged.rows, columns)
        self.slots.add(lines, chunk.hashes, _flags(chunk, faults))
        asked = asked_of(self.layout, lines, chunk.cells, self.told, readings=self.key_readings)
        self._load_asks(asked)
        self.filled.rows += size
        self.filled.last_line = max(self.filled.last_line, lines[-1])
        for position, given in chunk.given.items():
            self.filled.ignored[position] = self.filled.ignored.get(position, 0) + given

    def _own_ids(self, chunk: Typed, columns: Columns, faults: set[int]) -> None:
        if chunk.ids is not None and self.layout.id_position is not None:
            position = self.layout.id_position
            place = (self.layout.answers[position].header, position + 1)
            for row, text in chunk.no_ids:
                faults.add(row)
                error = RECORD_NOT_FOUND(object=shown_label(self.layout.object).lower(), id=text)
                self.told.add(
                    of_error(error, chunk.lines[row], level=ROW, column=place, value=text)
                )
            columns[OWN_ID] = chunk.ids
        if self.layout.name_position is not None:
            texts = chunk.cells[self.layout.name_position]
            columns[NAME_TEXT] = [clean(cell) or None for cell in texts]
        for relation in self.layout.relations:
            if relation.name_position is not None:
                texts = chunk.cells[relation.name_position]
                columns[relation.name_text] = [clean(cell) or None for cell in texts]

    def _values(
        self,
        column: ValueColumn,
        found: Values,
        chunk: Typed,
        columns: Columns,
        *,
        faults: set[int],
    ) -> None:
        is_created_at = column is self.layout.created_at
        if found.refused:
            refused = self._without_held(column, found.refused, chunk)
            self._refuse(column, chunk.lines, refused, set() if is_created_at else faults)
        columns["created_at" if is_created_at else column.target] = found.values
        if found.normals is not None:
            columns[column.normal] = found.normals
        if found.blank is not None:
            columns[column.erased] = found.blank
        if column.prop.kind.name == "stage" and not column.prefix:
            texts = chunk.cells[column.position]
            columns[STAGE_TEXT] = [normal(cell) or None for cell in texts]

    def _without_held(
        self, column: ValueColumn, refused: Sequence[Refused], chunk: Typed
    ) -> Sequence[Refused]:
        """Without the cells that would write nothing: their record holds the value (T85)."""
        if chunk.ids is None or column.prefix or column is self.layout.created_at:
            return refused
        places = held(column, refused, chunk.ids, self.layout.object, self.actor)
        if not places:
            return refused
        texts = Counter(each.text for each in refused if each.position in places)
        self.filled.held.setdefault(column.prop.name, Counter()).update(texts)
        return [each for each in refused if each.position not in places]

    def _refuse(
        self,
        column: ValueColumn,
        lines: Sequence[int],
        refused: Sequence[Refused],
        faults: set[int],
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
                faults.add(each.position)
            self.told.add(
                of_error(
                    refused_value(shown_label(column.prop), each),
                    lines[each.position],
                    level=ROW if costs_row else CELL,
                    column=column.place,
                    value=each.text,
                )
            )

    def _load_asks(self, asked: Asked) -> None:
        self.filled.asks += len(asked.columns["line"])
        self.filled.hows |= asked.hows
        for number, faults in asked.faults.items():
            known = self.filled.key_faults.get(number, 0)
            self.filled.key_faults[number] = known + faults
        self.staged.stage.load(self.staged.asks, asked.columns)
        self.staged.stage.load(self.staged.labels, asked.labels)


def _flags(chunk: Typed, faults: set[int]) -> Array:
    flags = np.zeros(len(chunk.lines), np.uint8)
    if chunk.ids is not None:
        flags[np.fromiter((value is not None for value in chunk.ids), bool, len(flags))] = HAS_ID
    flags[np.fromiter(faults, np.intp, len(faults))] |= FAULTY
    return flags
