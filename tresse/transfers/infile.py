"""What earlier rows of the file said, without keeping the file in memory (T33).

Three parts: `Slots` marks key values that may occur more than once (64 MB, whatever the file),
`Met` the records the file has met (a bit each), `Earlier` the records that gave such a value, kept
in the stage and fetched chunk by chunk.
"""

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.transfers.decide import Hit, Row
from tresse.transfers.stage import Ready, Stage, pieces
from tresse.transfers.typed import NO_KEY, NO_VALUE

Array = npt.NDArray[Any]

SIZE = 1 << 26
_MASK = SIZE - 1
_PAGE_BITS = 20
_PAGE = 1 << _PAGE_BITS
_AT_ONCE = 50_000
"Rows read at once to see which values repeat."
_LONGEST_INDEXED = 500
"Characters; an index of PostgreSQL takes 2,700 bytes."

FAULTY, HAS_ID = 1, 2
"Flags of a row: it is refused; it has an id of its own."


def _salt(number: int) -> int:
    return ((number + 3) * 0x9E3779B97F4A7C15) & _MASK


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of the file, in order: arrays of one length, a row each.

    `repeats` has a column for each key and a last one for the digest: whether other rows of the
    file may have the value.
    """

    lines: Array
    flags: Array
    repeats: Array

    def __len__(self) -> int:
        return len(self.lines)

    def part(self, first: int, end: int) -> "Piece":
        """Some of the rows that follow each other."""
        return Piece(self.lines[first:end], self.flags[first:end], self.repeats[first:end])


class Slots:
    """Tells key values that occur more than once, by their hashes. Never misses a repetition.

    Hashes are counted in slots, 64 MB whatever the file, and kept in a file without a name. Those
    whose slot was hit more than once, a few of a hundred by chance, are then compared as they are.
    """

    def __init__(self, keys: int, folder: Path | None = None) -> None:
        self._numbers = [*range(keys), NO_KEY]
        self._slots = np.zeros(SIZE, np.uint8)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  closed by `close`
        self._repeated: list[Array] | None = None
        "For each key the hashes that occur more than once, in their order, once all are counted."
        self._row = np.dtype([("line", "<i8"), ("flags", "u1"), ("hashes", "<i8", (keys + 1,))])

    def add(
        self, lines: Sequence[int], hashes: Mapping[int, "array[int]"], flags: Array | None = None
    ) -> None:
        """Count the values of some rows: number of a key to a hash of each, as `typed` makes it."""
        rows = np.zeros(len(lines), self._row)
        rows["line"] = lines
        rows["flags"] = 0 if flags is None else flags
        rows["hashes"] = NO_VALUE
        for column, number in enumerate(self._numbers):
            if number in hashes:
                values = np.frombuffer(hashes[number], np.int64)
                rows["hashes"][:, column] = values
                self._count(_places(values[values != NO_VALUE], number))
        self._file.write(rows.tobytes())

    def _count(self, places: Array) -> None:
        """Once, or more than once; an array counts a place that it names twice once."""
        places = np.sort(places)
        twice = places[1:][places[1:] == places[:-1]]
        self._slots[places] = np.minimum(self._slots[places] + 1, 2)
        self._slots[twice] = 2

    def piece(self, number: int) -> Piece:
        """The next rows again, from the first one on, once all are counted."""
        if self._repeated is None:
            columns = enumerate(self._numbers)
            self._repeated = [self._repeating(column, key) for column, key in columns]
            self._slots = np.zeros(0, np.uint8)
            self._file.seek(0)
        rows = self._read(number)
        repeats = np.zeros((len(rows), len(self._numbers)), bool)
        for column, repeated in enumerate(self._repeated):
            repeats[:, column] = _are_in(repeated, rows["hashes"][:, column])
        return Piece(rows["line"], rows["flags"], repeats)

    def _read(self, number: int) -> Array:
        return np.frombuffer(self._file.read(number * self._row.itemsize), self._row)

    def _repeating(self, column: int, number: int) -> Array:
        """The hashes of a key that occur more than once, in their order."""
        self._file.seek(0)
        maybe = [np.zeros(0, np.int64)]
        while len(rows := self._read(_AT_ONCE)):
            values = rows["hashes"][:, column]
            values = values[values != NO_VALUE]
            maybe.append(values[self._slots[_places(values, number)] > 1])
        values = np.sort(np.concatenate(maybe))
        return np.unique(values[1:][values[1:] == values[:-1]])

    def close(self) -> None:
        """Let go of the file and the counts."""
        self._file.close()
        self._slots, self._repeated = np.zeros(0, np.uint8), []


def _places(hashes: Array, number: int) -> Array:
    return (hashes ^ _salt(number)) & _MASK


def _are_in(ordered: Array, values: Array) -> Array:
    if not len(ordered):
        return np.zeros(len(values), bool)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: Array = ordered[at] == values
    return found


class Met:
    """A set of record numbers, one bit each, in pages made when needed."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def _page(self, number: int) -> bytearray:
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = bytearray(_PAGE >> 3)
        return page

    def is_new(self, ref: int) -> bool:
        """Add a record; False if it was there."""
        page = self._page(ref >> _PAGE_BITS)
        place, bit = (ref & (_PAGE - 1)) >> 3, 1 << (ref & 7)
        if page[place] & bit:
            return False
        page[place] |= bit
        return True

    def has(self, refs: Array) -> Array:
        """Which of some records are there."""
        found = np.zeros(len(refs), bool)
        for number, here in self._parted(refs):
            at = refs[here] & (_PAGE - 1)
            page = np.frombuffer(self._page(number), np.uint8)
            found[here] = (page[at >> 3] >> (at & 7)) & 1 == 1
        return found

    def add(self, refs: Array) -> None:
        """Add some records."""
        for number, here in self._parted(refs):
            at = refs[here] & (_PAGE - 1)
            page = np.frombuffer(self._page(number), np.uint8)
            np.bitwise_or.at(page, at >> 3, (1 << (at & 7)).astype(np.uint8))

    @staticmethod
    def _parted(refs: Array) -> Iterator[tuple[int, Array]]:
        numbers = refs >> _PAGE_BITS
        for number in np.unique(numbers).tolist():
            yield number, np.flatnonzero(numbers == number)


def _kept(value: Any) -> str:
    """A key value as `seen` keeps it: as text, or its digest if it is too long for an index."""
    text = str(value)
    if len(text) <= _LONGEST_INDEXED:
        return text
    return hashlib.blake2b(text.encode()).hexdigest()


class Earlier:
    """Key values that may repeat, each with the records that earlier rows gave it to.

    Stage tables: `seen` (key number, value as `_kept`, record) and `held` (record, all of its key
    values). Call `fetch` before a chunk and `keep` after it.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.seen = stage.table(
            "seen",
            sa.Column("key_no", sa.SmallInteger(), primary_key=True, autoincrement=False),
            sa.Column("value", Text, primary_key=True),
            sa.Column("ref", sa.BigInteger(), primary_key=True, autoincrement=False),
            sqlite_with_rowid=False,
        )
        self.held = stage.table(
            "held",
            sa.Column("ref", sa.BigInteger(), primary_key=True, autoincrement=False),
            sa.Column("held", Text),
            sqlite_with_rowid=False,
        )
        self._refs: dict[tuple[int, str], list[int]] = {}
        self._held: dict[int, list[Any]] = {}
        self._new_seen: list[tuple[int, str, int]] = []
        self._stored: set[int] = set()
        self._changed: set[int] = set()
        self._is_empty = True

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """Tables to be created with the stage."""
        return (self.seen, self.held)

    @property
    def refs(self) -> Iterable[int]:
        """The records that the values of this chunk may mean by earlier rows."""
        return self._held

    @staticmethod
    def repeating(row: Row, repeats: Sequence[bool]) -> list[tuple[int, Any]]:
        """Key numbers and values of a row that may occur on other rows, as its piece says."""
        found = [
            (number, value)
            for number, value in enumerate(row.keys)
            if value is not None and repeats[number]
        ]
        if row.digest is not None and repeats[-1]:
            found.append((NO_KEY, row.digest))
        return found

    def fetch(self, wanted: Iterable[tuple[int, Any]]) -> None:
        """Read what earlier chunks kept about key values of this one."""
        self._refs, self._held, self._stored = {}, {}, set()
        if self._is_empty:
            return
        by_key: dict[int, set[str]] = {}
        for number, value in wanted:
            by_key.setdefault(number, set()).add(_kept(value))
        seen, held = self.seen, self.held
        for number, values in by_key.items():
            for few in pieces(sorted(values)):
                statement = (
                    sa.select(seen.c.value, seen.c.ref, held.c.held)
                    .join_from(seen, held, held.c.ref == seen.c.ref)
                    .where(seen.c.key_no == number, seen.c.value.in_(few))
                )
                for value, ref, kept in Ready(statement).rows():
                    self._refs.setdefault((number, value), []).append(ref)
                    self._held.setdefault(ref, json.loads(kept))
                    self._stored.add(ref)

    def __call__(self, number: int, value: Any, keys: Sequence[Any]) -> Sequence[Hit]:
        """Records that earlier rows gave this value of a key."""
        refs = self._refs.get((number, _kept(value)))
        if not refs:
            return ()
        return [Hit(ref, differs=self._differs(ref, number, keys)) for ref in refs]

    def _differs(self, ref: int, number: int, keys: Sequence[Any]) -> int:
        bits = 0
        held = self._held.get(ref, ())
        for higher in range(min(number, len(held))):
            if keys[higher] is not None and held[higher] not in (None, str(keys[higher])):
                bits |= 1 << higher
        return bits

    def add(self, ref: int, row: Row, repeating: Sequence[tuple[int, Any]]) -> None:
        """Remember what a row says of its record."""
        if not repeating and ref not in self._held:
            return
        held = self._held.setdefault(ref, [None] * len(row.keys))
        self._changed.add(ref)
        for number, value in enumerate(row.keys):
            if value is not None:
                held[number] = str(value)
        for number, value in repeating:
            text = _kept(value)
            refs = self._refs.setdefault((number, text), [])
            if ref not in refs:
                refs.append(ref)
                self._new_seen.append((number, text, ref))

    def keep(self) -> None:
        """Write what this chunk added into the stage."""
        if not self._changed:
            return
        refs = sorted(self._changed)
        for few in pieces([ref for ref in refs if ref in self._stored]):
            Ready(self.held.delete().where(self.held.c.ref.in_(few))).run()
        self._stage.load(
            self.held, {"ref": refs, "held": [json.dumps(self._held[ref]) for ref in refs]}
        )
        rows = sorted(self._new_seen)
        self._stage.load(
            self.seen,
            {
                "key_no": [row[0] for row in rows],
                "value": [row[1] for row in rows],
                "ref": [row[2] for row in rows],
            },
        )
        self._new_seen, self._changed = [], set()
        self._is_empty = False
