"""What a run reads and keeps: columns of raw rows, and columns of a version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.engine.relations import TextList
from tresse.engine.types import Instant
from tresse.sources.columns import Column, Defaults
from tresse.sources.definition import SourceDefinition
from tresse.sources.types import TYPES

FILE, LINE = "_file", "_line"
"Of raw rows: position of their file in the run (0 of a database), and line or number of the row."
SEQUENCE = "_sequence"
"Cursor of the records of this installation: how far the journal was read."
KEY, HASH = "_key", "_hash"
MODIFIED, FIRST_READ, READ, DELETED = "_modified_at", "_first_read_at", "_read_at", "_deleted_at"
BOOK: Mapping[str, sa.types.TypeEngine[Any]] = {
    KEY: sa.Text(),
    HASH: sa.Text(),
    MODIFIED: Instant(),
    FIRST_READ: Instant(),
    READ: Instant(),
    DELETED: Instant(),
}
"Columns that every stored row has beside its own (S72)."
RESERVED = frozenset({FILE, LINE, *BOOK})


@dataclass(frozen=True, slots=True)
class Layout:
    """A definition with all columns known, and what a run of it needs to be told.

    `types`: the type of S52 of every column of a row, read or computed, after its rules.
    `dates`: the date of each file by its position, where its name says one (S81).
    """

    definition: SourceDefinition
    defaults: Defaults
    started: datetime
    zone: tzinfo
    raw: Mapping[str, sa.types.TypeEngine[Any]] = field(default_factory=dict)
    "Columns of the raw rows with the types they came with."
    dates: Mapping[int, datetime] = field(default_factory=dict)
    marks_deleted: bool = False
    "Raw rows say themselves, in `_deleted_at`, when they went: those of this installation (S97)."

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it reads, in order."""
        return self.definition.columns or ()

    @property
    def hashed(self) -> tuple[str, ...]:
        """Columns of which `_hash` is made: all but the position in the journal (S96)."""
        return tuple(n for n in self.names if not (self.marks_deleted and n == SEQUENCE))

    @property
    def settled(self) -> frozenset[str]:
        """Columns of text in NFC: read as such, and touched by no rule."""
        plain = (c.name for c in self.columns if c.type == "text" and not c.rules)
        return frozenset(plain)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns it reads."""
        return tuple(column.name for column in self.columns)


def core_type(arrow: pa.DataType) -> sa.types.TypeEngine[Any]:
    """The Core type of what a connection or a file gave, or of what a version holds."""
    if pa.types.is_timestamp(arrow):
        return Instant() if arrow.tz else sa.DateTime()
    if pa.types.is_decimal(arrow):
        return sa.Numeric(arrow.precision, arrow.scale)
    for is_it, core in (
        (pa.types.is_integer, sa.BigInteger()),
        (pa.types.is_floating, sa.Double()),
        (pa.types.is_boolean, sa.Boolean()),
        (pa.types.is_date, sa.Date()),
        (pa.types.is_list, TextList()),
    ):
        if is_it(arrow):
            return core
    return sa.Text()


def raw_columns(raw: Mapping[str, sa.types.TypeEngine[Any]]) -> list[sa.ColumnClause[Any]]:
    """The columns of staged raw rows, with their bookkeeping."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(FILE, sa.Integer()),
        sa.column(LINE, sa.BigInteger()),
    ]
    own = {name: type_ for name, type_ in raw.items() if name not in (FILE, LINE)}
    return columns + [sa.column(name, type_) for name, type_ in own.items()]


def bare(type_: str) -> sa.types.TypeEngine[Any]:
    """The Core type of a type of S52."""
    return TYPES[type_].column
