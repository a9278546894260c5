"""Which record a row means (T27 to T34): pure decisions over rows and what their keys found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CREATED, FOUND, REPEATED, SKIPPED, FAILED = range(1, 6)
"Outcome of a row. FOUND: updated or unchanged, which the values decide."

NEW = 2**52
"New records are numbered from here until they get ids; ids of records stay far below."

MOST_IDS = 10
"Ids that a sentence about several records names."


class Row(NamedTuple):
    """What a row says about its record. `keys`: compared values, in the order of the keys."""

    line: int
    own_id: int | None
    keys: tuple[Any, ...]
    digest: str | None = None
    "Of all mapped cells, for rows without any key (T33)."
    is_faulty: bool = False


class Hit(NamedTuple):
    """A record that a key finds.

    `differs`: a bit for each higher key of which the record holds another value than the row (T31).
    """

    ref: int
    may_edit: bool = True
    differs: int = 0
    is_binned: bool = False


REFUSED = Hit(-1)
"In place of a record: the row is refused, and a note says why."


class Note(NamedTuple):
    """A finding in the making: which sentence, about which key and which records."""

    line: int
    sort: str
    key: int | None = None
    refs: tuple[int, ...] = ()
    other_key: int | None = None


class Outcome(NamedTuple):
    """What becomes of a row; `ref` of the record, None if failed or skipped."""

    line: int
    outcome: int
    ref: int | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions depend on. `unique`, `decides`: a flag per key."""

    unique: Sequence[bool]
    decides: Sequence[bool]
    mode: str = "upsert"
    may_create: bool = True
    is_dissociating: bool = False


@dataclass(slots=True)
class Decisions:
    """Decides row after row, in file order.

    `hits`: (line, key number) → records found; `by_id`: line → record of the row's own id.
    `earlier(key number, value)`: records that earlier rows of the file gave that key value.
    `is_new(ref)`: adds a record to those the file has met; False if an earlier row met it.
    """

    rules: Rules
    is_new: Callable[[int], bool]
    earlier: Callable[[int, Any, tuple[Any, ...]], Sequence[Hit]]
    next_new: int = NEW + 1
    notes: list[Note] = field(default_factory=list)

    def decide(
        self,
        row: Row,
        by_id: Mapping[int, Hit],
        hits: Mapping[tuple[int, int], Sequence[Hit]],
    ) -> Outcome:
        """The outcome of one row; notes are added to `notes`."""
        if row.is_faulty:
            return Outcome(row.line, FAILED, None)
        if row.own_id is not None:
            return self._by_own_id(row, by_id, hits)
        found = self._by_keys(row, hits)
        if found is REFUSED:
            return Outcome(row.line, FAILED, None)
        if found is not None:
            return self._of(row, found)
        return self._of_none(row)

    def _by_own_id(
        self,
        row: Row,
        by_id: Mapping[int, Hit],
        hits: Mapping[tuple[int, int], Sequence[Hit]],
    ) -> Outcome:
        """An id decides alone (T29)."""
        hit = by_id.get(row.line)
        if hit is None or hit.is_binned:
            self.notes.append(
                Note(row.line, "in_bin" if hit else "no_such_id", refs=(row.own_id or 0,))
            )
            return Outcome(row.line, FAILED, None)
        if self._taken(row, hit.ref, hits):
            return Outcome(row.line, FAILED, None)
        return self._of(row, hit)

    def _taken(
        self, row: Row, ref: int | None, hits: Mapping[tuple[int, int], Sequence[Hit]]
    ) -> bool:
        """Whether a unique value of the row belongs to another record (C18)."""
        for number, value in enumerate(row.keys):
            if value is None or not self.rules.unique[number]:
                continue
            for hit in self._candidates(row, number, value, hits):
                if hit.ref != ref:
                    self.notes.append(Note(row.line, "duplicate_value", number, (hit.ref,)))
                    return True
        return False

    def _candidates(
        self,
        row: Row,
        number: int,
        value: Any,
        hits: Mapping[tuple[int, int], Sequence[Hit]],
    ) -> Sequence[Hit]:
        stored = hits.get((row.line, number), ())
        met = self.earlier(number, value, row.keys)
        if not met:
            return stored
        both = {hit.ref: hit for hit in met}
        for hit in stored:
            known = both.get(hit.ref)
            both[hit.ref] = (
                hit if known is None else hit._replace(differs=hit.differs | known.differs)
            )
        return list(both.values())

    def _by_keys(self, row: Row, hits: Mapping[tuple[int, int], Sequence[Hit]]) -> Hit | None:
        """The first key that finds a record decides (T30); `REFUSED`: the row is refused."""
        found: Hit | None = None
        found_key = 0
        for number, value in enumerate(row.keys):
            if value is None:
                continue
            candidates = self._candidates(row, number, value, hits)
            if not candidates:
                continue
            if found is None and self.rules.decides[number]:
                found, found_key = self._first(row, number, candidates), number
                if found is REFUSED:
                    return REFUSED
            elif not self._agrees(row, number, candidates, found, found_key=found_key):
                return REFUSED
        return found

    def _first(self, row: Row, number: int, candidates: Sequence[Hit]) -> Hit | None:
        """The record that the first key with a find means, if any is left after T31."""
        keep = [hit for hit in candidates if not hit.differs]
        if len(keep) > 1:
            refs = tuple(sorted(hit.ref for hit in keep))
            self.notes.append(Note(row.line, "ambiguous", number, refs))
            return REFUSED
        if len(keep) < len(candidates) and not self._dropped(row, number, candidates):
            return REFUSED
        return keep[0] if keep else None

    def _agrees(
        self,
        row: Row,
        number: int,
        candidates: Sequence[Hit],
        found: Hit | None,
        *,
        found_key: int,
    ) -> bool:
        """Whether a further unique value is free, or of the record found (C18, T30)."""
        if not self.rules.unique[number]:
            return True
        other = next((hit for hit in candidates if found is None or hit.ref != found.ref), None)
        if other is None:
            return True
        if found is None or not self.rules.decides[number]:
            self.notes.append(Note(row.line, "duplicate_value", number, (other.ref,)))
        else:
            refs = (found.ref, other.ref)
            self.notes.append(Note(row.line, "keys_disagree", found_key, refs, number))
        return False

    def _dropped(self, row: Row, number: int, candidates: Sequence[Hit]) -> bool:
        """Say that finds of a lower key were dropped (T31); False: the key is unique, refused."""
        dropped = [hit for hit in candidates if hit.differs]
        refs = tuple(hit.ref for hit in dropped)
        if self.rules.unique[number]:
            higher = dropped[0].differs
            first = (higher & -higher).bit_length() - 1
            self.notes.append(Note(row.line, "held_otherwise", number, refs[:1], first))
            return False
        self.notes.append(Note(row.line, "possible_duplicate", number, refs[:MOST_IDS]))
        return True

    def _of(self, row: Row, hit: Hit) -> Outcome:
        """The row means a record that exists, or one that an earlier row creates."""
        if not hit.may_edit:
            self.notes.append(Note(row.line, "not_permitted"))
            return Outcome(row.line, FAILED, None)
        if self.rules.mode == "create" and hit.ref < NEW:
            self.notes.append(Note(row.line, "create_only", refs=(hit.ref,)))
            return Outcome(row.line, SKIPPED, None)
        if not self.is_new(hit.ref):
            return Outcome(row.line, REPEATED, hit.ref)
        return Outcome(row.line, FOUND, hit.ref)

    def _of_none(self, row: Row) -> Outcome:
        """The row means no record yet."""
        if self.rules.is_dissociating:
            self.notes.append(Note(row.line, "nobody"))
            return Outcome(row.line, FAILED, None)
        if self.rules.mode == "update":
            self.notes.append(Note(row.line, "update_only"))
            return Outcome(row.line, SKIPPED, None)
        if not self.rules.may_create:
            self.notes.append(Note(row.line, "may_not_create"))
            return Outcome(row.line, FAILED, None)
        if row.digest is not None:
            met = self.earlier(-1, row.digest, row.keys)
            if met:
                self.notes.append(Note(row.line, "duplicate_row", refs=(met[0].ref,)))
                return Outcome(row.line, REPEATED, met[0].ref)
        ref = self.next_new
        self.next_new += 1
        self.is_new(ref)
        return Outcome(row.line, CREATED, ref)
