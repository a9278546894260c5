"""What earlier rows of the file said, without keeping the file in memory (T33).

Three parts: `Slots` marks key values that may occur more than once (64 MB, whatever the file),
`Met` the records the file has met (a bit each), `Earlier` the records that gave such a value, kept
in the stage and fetched chunk by chunk.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.transfers.decide import Hit, Row
from tresse.transfers.stage import Ready, Stage, pieces

SIZE = 1 << 26
_MASK = SIZE - 1
_PAGE_BITS = 20


def _salt(number: int) -> int:
    return ((number + 3) * 0x9E3779B97F4A7C15) & _MASK


class Slots:
    """Counts key values by hash: once, or perhaps more than once. Never misses a repetition."""

    def __init__(self) -> None:
        self._slots = bytearray(SIZE)

    def add(self, number: int, values: Iterable[Any]) -> None:
        """Count a column of values of a key."""
        slots, salt = self._slots, _salt(number)
        for value in values:
            if value is not None:
                place = (hash(value) ^ salt) & _MASK
                if slots[place] < 2:
                    slots[place] += 1

    def may_repeat(self, number: int, value: Any) -> bool:
        """Whether the value may occur more than once."""
        return self._slots[(hash(value) ^ _salt(number)) & _MASK] > 1


class Met:
    """A set of record numbers, one bit each, in pages made when needed."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def is_new(self, ref: int) -> bool:
        """Add a record; False if it was there."""
        page = self._pages.get(ref >> _PAGE_BITS)
        if page is None:
            page = self._pages[ref >> _PAGE_BITS] = bytearray(1 << (_PAGE_BITS - 3))
        place, bit = (ref >> 3) & ((1 << (_PAGE_BITS - 3)) - 1), 1 << (ref & 7)
        if page[place] & bit:
            return False
        page[place] |= bit
        return True


class Earlier:
    """Key values that may repeat, each with the records that earlier rows gave it to.

    Stage tables: `seen` (key number, value as text, record) and `held` (record, all of its key
    values). Call `fetch` before a chunk and `keep` after it.
    """

    def __init__(self, stage: Stage, slots: Slots) -> None:
        self._stage, self._slots = stage, slots
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

    def repeating(self, row: Row) -> list[tuple[int, Any]]:
        """Key numbers and values of a row that may occur on other rows."""
        may_repeat = self._slots.may_repeat
        found = [
            (number, value)
            for number, value in enumerate(row.keys)
            if value is not None and may_repeat(number, value)
        ]
        if row.digest is not None and may_repeat(-1, row.digest):
            found.append((-1, row.digest))
        return found

    def fetch(self, wanted: Iterable[tuple[int, Any]]) -> None:
        """Read what earlier chunks kept about key values of this one."""
        self._refs, self._held, self._stored = {}, {}, set()
        if self._is_empty:
            return
        by_key: dict[int, set[str]] = {}
        for number, value in wanted:
            by_key.setdefault(number, set()).add(str(value))
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
        refs = self._refs.get((number, str(value)))
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
            refs = self._refs.setdefault((number, str(value)), [])
            if ref not in refs:
                refs.append(ref)
                self._new_seen.append((number, str(value), ref))

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
