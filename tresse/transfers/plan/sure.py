"""Rows that mean one record beyond doubt, told as a set: what `decide` would say of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tresse.transfers.decide import Hit, Rules
from tresse.transfers.infile import FAULTY, HAS_ID, Array, Piece

UNSURE = -1
"In place of a record: to be decided by itself."

Found = tuple[Sequence[Array], Array | None]
"""For each key, and for ids, four rows of numbers: line, record, `may_edit`, `differs`."""
Hits = dict[tuple[int, int], list[Hit]]


class Find(NamedTuple):
    """What one key finds: places of rows in the piece and records, as parallel arrays.

    `differs` as in `Hit`; of an id: whether the record is in the bin.
    """

    places: Array
    refs: Array
    may_edit: Array
    differs: Array


@dataclass(frozen=True, slots=True)
class Finds:
    """What the keys of a piece find, by number of the key; and the ids of its rows."""

    piece: Piece
    keys: Sequence[Find]
    ids: Find | None = None

    def part(self, first: int, end: int) -> "Finds":
        """Those of some rows that follow each other."""
        piece = self.piece.part(first, end)
        keys = [_part(find, first, end) for find in self.keys]
        return Finds(piece, keys, _part(self.ids, first, end) if self.ids else None)

    def refs(self, places: Array) -> Array:
        """All records that some rows find."""
        chosen = self._chosen(places)
        every = [*self.keys, *([self.ids] if self.ids else [])]
        return np.concatenate([np.zeros(0, np.int64), *(f.refs[chosen[f.places]] for f in every)])

    def hits(self, places: Array) -> tuple[Hits, dict[int, Hit]]:
        """What some rows find, as `decide` takes it: by keys, and by ids."""
        chosen = self._chosen(places)
        by_key: Hits = {}
        for number, find in enumerate(self.keys):
            for line, ref, may_edit, differs in self._rows(find, chosen):
                hit = Hit(ref, bool(may_edit), differs)
                by_key.setdefault((line, number), []).append(hit)
        if self.ids is None:
            return by_key, {}
        return by_key, {
            line: Hit(ref, bool(may_edit), is_binned=bool(binned))
            for line, ref, may_edit, binned in self._rows(self.ids, chosen)
        }

    def _chosen(self, places: Array) -> Array:
        chosen = np.zeros(len(self.piece), bool)
        chosen[places] = True
        return chosen

    def _rows(self, find: Find, chosen: Array) -> list[tuple[int, int, int, int]]:
        here = chosen[find.places]
        lines = self.piece.lines[find.places[here]]
        return list(
            zip(
                lines.tolist(),
                find.refs[here].tolist(),
                find.may_edit[here].tolist(),
                find.differs[here].tolist(),
                strict=True,
            )
        )


def finds_of(piece: Piece, found: Found) -> Finds:
    """What was found for the lines of a piece, by place."""
    keys, ids = found

    def of(each: Array) -> Find:
        return Find(np.searchsorted(piece.lines, each[0]), *each[1:])

    return Finds(piece, [of(each) for each in keys], None if ids is None else of(ids))


def _part(find: Find, first: int, end: int) -> Find:
    here = (find.places >= first) & (find.places < end)
    return Find(find.places[here] - first, *(each[here] for each in find[1:]))


def sure(piece: Piece, finds: Finds, rules: Rules) -> Array:
    """The record that each row means, 0 for a new one; `UNSURE` where it takes a closer look.

    A row is sure if no other row of the file may have one of its values, all unique keys find the
    record that its id, or the first key that finds any, means; and nothing is to be said about it.
    """
    size = len(piece)
    found, doubt = np.zeros(size, np.int64), piece.repeats.any(axis=1)
    doubt |= (piece.flags & FAULTY) > 0
    has_id = (piece.flags & HAS_ID) > 0
    if finds.ids is not None:
        ids = finds.ids
        found[ids.places] = ids.refs
        doubt[ids.places] |= (ids.may_edit == 0) | (ids.differs != 0)
    doubt |= has_id & (found == 0)
    for number, find in enumerate(finds.keys):
        _add(find, found, doubt, ~has_id, rules=rules, number=number)
    is_new = found == 0
    if rules.mode not in ("upsert", "create") or not rules.may_create or rules.is_dissociating:
        doubt |= is_new
    if rules.mode == "create":
        doubt |= ~is_new
    return np.where(doubt, UNSURE, found)


def _add(
    find: Find, found: Array, doubt: Array, by_keys: Array, *, rules: Rules, number: int
) -> None:
    """Take a key's finds into account, in the order of the keys."""
    here = np.zeros(len(found), np.int64)
    here[find.places] = find.refs
    several = np.bincount(find.places, minlength=len(found)) > 1
    odd = np.zeros(len(found), bool)
    odd[find.places] = (find.differs != 0) | (find.may_edit == 0)
    is_there = here > 0
    doubt |= several
    if rules.decides[number]:
        first = is_there & (found == 0) & by_keys
        found[first] = here[first]
        doubt |= first & odd
    if rules.unique[number]:
        doubt |= is_there & (here != found)
