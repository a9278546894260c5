"""Rows matched with records, chunk by chunk: keys looked up as sets, then decided in file order."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import stored_text
from tresse.objects.described import ObjectDef
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.visibility import reach
from tresse.transfers.decide import (
    CREATED,
    FOUND,
    REPEATED,
    Decisions,
    Hit,
    Note,
    Row,
    Rules,
)
from tresse.transfers.infile import Array, Earlier, Met, Piece, Slots
from tresse.transfers.layout import FAULT, OWN_ID, Key, Layout
from tresse.transfers.plan.other_values import OtherValues, holders
from tresse.transfers.plan.sure import UNSURE, Finds, Found, Hits, finds_of, sure
from tresse.transfers.stage import FEW, Ready, pieces
from tresse.transfers.staged import Staged

LOOKED_UP = 80_000
"Rows, or some more, whose keys PostgreSQL looks up by one statement."
NOBODY = -1
"In place of the record of a row that is not applied."


def rules_of(layout: Layout, actor: Actor) -> Rules:
    """What decisions of this import depend on."""
    return Rules(
        unique=[key.is_unique for key in layout.keys],
        decides=[key.decides for key in layout.keys],
        mode=layout.settings.mode,
        may_create=actor.scope(layout.object.name, "create") != "none",
        is_dissociating=layout.settings.links == "dissociate",
    )


class Lookups:
    """The set queries that find records by the keys of a range of lines."""

    def __init__(self, layout: Layout, staged: Staged, actor: Actor) -> None:
        self._layout, self._staged, self._actor = layout, staged, actor
        self._others = OtherValues(layout.object)
        record = layout.object.table.alias("r")
        may_edit = flag(reach(layout.object, actor, record, "edit"))
        rows = staged.rows
        chosen: list[sa.ColumnElement[Any]] = [rows.c.line, rows.c[FAULT], rows.c.digest]
        chosen.append(rows.c[OWN_ID] if layout.id_position is not None else sa.null())
        chosen += [rows.c[name] for key in layout.keys for name, _ in key.columns]
        self._line = rows.c.line
        self._few_rows = sa.select(*chosen).order_by(rows.c.line)
        self._rows = Ready(self._few_rows.where(in_lines(rows)))
        self._by_key = [
            (key.number, Ready(self._key_select(key, record, may_edit))) for key in layout.keys
        ]
        self._by_id = (
            Ready(_id_select(rows, layout.object, self._actor))
            if layout.id_position is not None
            else None
        )

    def _key_select(
        self, key: Key, record: sa.FromClause, may_edit: sa.ColumnElement[int]
    ) -> sa.Select[Any] | sa.CompoundSelect[Any]:
        rows = self._staged.rows
        found = sa.and_(*(record.c[there] == rows.c[here] for here, there in key.columns))
        chosen = sa.select(rows.c.line, record.c.id, may_edit, self._differs(key, record)).where(
            in_lines(rows), record.c.deleted_at.is_(None)
        )
        main = chosen.join_from(rows, record, found)
        prop = self._others.of_key(key)
        if prop is None:
            return main
        text = stored_text(rows.c[key.columns[0][0]])
        other = chosen.join_from(rows, OTHER_VALUE, holders(prop, text)).join(
            record, record.c.id == OTHER_VALUE.c.record_id
        )
        return sa.union(main, other)

    def _differs(self, key: Key, record: sa.FromClause) -> sa.ColumnElement[int]:
        """A bit for each higher key of which the record holds another value than the row."""
        rows = self._staged.rows
        bits: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer())
        for higher in self._layout.keys[: key.number]:
            if not higher.decides:
                continue
            other = sa.or_(
                *(
                    sa.and_(
                        record.c[there] != rows.c[here],
                        ~self._others.is_other(there, record, stored_text(rows.c[here])),
                    )
                    for here, there in higher.columns
                )
            )
            bits = bits + sa.case((other, 1 << higher.number), else_=0)
        return bits

    def rows(self, low: int, high: int, lines: Sequence[int] | None = None) -> list[Row]:
        """The rows of a range of lines, or of some lines within it."""
        if lines is not None and len(lines) <= FEW:
            given = [
                found
                for few in pieces(lines)
                for found in Ready(self._few_rows.where(self._line.in_(few))).rows()
            ]
        else:
            given = self._rows.rows(low=low, high=high)
            if lines is not None:
                wanted = set(lines)
                given = [found for found in given if found[0] in wanted]
        return self._read(given)

    def _read(self, found_rows: Sequence[tuple[Any, ...]]) -> list[Row]:
        keys = self._layout.keys
        if all(len(key.columns) == 1 for key in keys):
            return [
                Row(line, own_id, tuple(values), digest, fault is not None)
                for line, fault, digest, own_id, *values in found_rows
            ]
        found = []
        for line, fault, digest, own_id, *values in found_rows:
            given = iter(values)
            joined = [[next(given) for _ in key.columns] for key in keys]
            parts = tuple(
                None if None in each else each[0] if len(each) == 1 else "\x1f".join(map(str, each))
                for each in joined
            )
            found.append(Row(line, own_id, parts, digest, fault is not None))
        return found

    def found(self, low: int, high: int) -> Found:
        """Records that the keys and ids of a range of lines find; of ids, those in the bin too."""
        keys = [ready.numbers(low=low, high=high) for _, ready in self._by_key]
        return keys, self._by_id.numbers(low=low, high=high) if self._by_id else None

    def hits(self, low: int, high: int) -> Hits:
        """Records that the keys of a range of lines find."""
        found: Hits = {}
        for number, ready in self._by_key:
            for line, ref, may_edit, differs in ready.rows(low=low, high=high):
                hit = Hit(ref, bool(may_edit), differs)
                found.setdefault((line, number), []).append(hit)
        return found

    def by_id(self, low: int, high: int) -> dict[int, Hit]:
        """Records that the ids of a range of lines find, those in the bin too."""
        if self._by_id is None:
            return {}
        return {
            line: Hit(ref, bool(may_edit), is_binned=bool(binned))
            for line, ref, may_edit, binned in self._by_id.rows(low=low, high=high)
        }


def _id_select(rows: sa.Table, object: ObjectDef, actor: Actor) -> sa.Select[Any]:
    """Records by id; the id of a merged record leads to the survivor (C42)."""
    table = object.table
    record, survivor = table.alias("r"), table.alias("m")
    merged = record.c.merged_into.is_not(None)
    may_edit = sa.case(
        (merged, flag(reach(object, actor, survivor, "edit"))),
        else_=flag(reach(object, actor, record, "edit")),
    )
    binned = sa.case(
        (merged, flag(survivor.c.deleted_at.is_not(None))),
        else_=flag(record.c.deleted_at.is_not(None)),
    )
    return (
        sa.select(rows.c.line, sa.func.coalesce(survivor.c.id, record.c.id), may_edit, binned)
        .join_from(rows, record, record.c.id == rows.c[OWN_ID])
        .outerjoin(survivor, survivor.c.id == record.c.merged_into)
        .where(in_lines(rows))
    )


def flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """A condition as 1 or 0; NULL counts as 0."""
    return sa.case((condition, 1), else_=0)


def in_lines(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Lines from `low` to `high`, both bound when run."""
    big = sa.BigInteger()
    return table.c.line.between(
        sa.bindparam("low", 0, type_=big), sa.bindparam("high", 0, type_=big)
    )


class Matching:
    """Decides all rows of the file and writes the plan."""

    def __init__(self, layout: Layout, staged: Staged, earlier: Earlier, actor: Actor) -> None:
        self._staged = staged
        self._lookups = Lookups(layout, staged, actor)
        self._met, self._earlier = Met(), earlier
        self._rules = rules_of(layout, actor)
        self.decisions = Decisions(self._rules, self._met.is_new, earlier)
        self.repeats = 0
        self._ranges: list[tuple[int, int, int]] = []
        "First line, last line and number of rows that were looked up together."
        self._found = TemporaryFile(dir=staged.stage.folder)  # noqa: SIM115  closed by `close`

    def staged(self, lines: Sequence[int]) -> None:
        """Look up what some rows that follow each other mean, as soon as they are staged.

        On SQLite this process has time for it while another one reads the file. PostgreSQL is busy
        then, and looks up many rows at once later: it may have to read a whole table of records.
        """
        if self._staged.stage.is_file:
            pickle.dump(self._lookups.found(lines[0], lines[-1]), self._found)
            self._ranges.append((lines[0], lines[-1], len(lines)))
        elif self._ranges and self._ranges[-1][2] < LOOKED_UP:
            low, _, number = self._ranges.pop()
            self._ranges.append((low, lines[-1], number + len(lines)))
        else:
            self._ranges.append((lines[0], lines[-1], len(lines)))

    def match_all(self, slots: Slots, *, size: int) -> Iterator[list[Note]]:
        """Decide all rows of the file, `size` at a time; what is to be told of each piece."""
        self._found.seek(0)
        for low, high, number in self._ranges:
            is_known = self._staged.stage.is_file
            found = pickle.load(self._found) if is_known else self._lookups.found(low, high)  # noqa: S301  our own
            finds = finds_of(slots.piece(number), found)
            for first in range(0, number, size):
                yield self._match(finds.part(first, first + size))

    def close(self) -> None:
        """Let go of what was found."""
        self._found.close()

    def _match(self, finds: Finds) -> list[Note]:
        """Decide the rows of a piece, write their plan, answer what is to be told.

        Most rows mean one record beyond doubt, or none: these are decided as a set. What is left is
        decided row by row in file order, together with all rows that might meet its records, so
        that neither depends on the other.
        """
        piece = finds.piece
        refs = sure(piece, finds, self._rules)
        unsure = np.flatnonzero(refs == UNSURE)
        rows = self._rows(piece, unsure)
        repeating = self._repeating(piece, rows, unsure)
        self._earlier.fetch(each for found in repeating.values() for each in found)
        more = self._meeting(refs, finds, unsure)
        if len(more):
            refs[more] = UNSURE
            unsure = np.flatnonzero(refs == UNSURE)
            rows = self._rows(piece, unsure)
        self._decide(piece, refs, rows, repeating, finds.hits(unsure))
        self._earlier.keep()
        notes, self.decisions.notes = self.decisions.notes, []
        return notes

    def _rows(self, piece: Piece, places: Array) -> list[Row]:
        if not len(places):
            return []
        lines = piece.lines[places].tolist()
        return self._lookups.rows(int(piece.lines[0]), int(piece.lines[-1]), lines)

    def _repeating(
        self, piece: Piece, rows: Sequence[Row], places: Array
    ) -> dict[int, list[tuple[int, Any]]]:
        """Line to the keys and values of its row that other rows may have."""
        flags = piece.repeats[places].tolist()
        return {
            row.line: found
            for row, repeats in zip(rows, flags, strict=True)
            if (found := self._earlier.repeating(row, repeats))
        }

    def _meeting(self, refs: Array, finds: Finds, unsure: Array) -> Array:
        """Places of sure rows about records that rows in doubt may be about."""
        found = np.flatnonzero(refs > 0)
        held = np.fromiter(self._earlier.refs, np.int64)
        return found[np.isin(refs[found], np.concatenate((finds.refs(unsure), held)))]

    def _again(self, refs: Array) -> Array:
        """Places of sure rows about records that sure rows before were about."""
        found = np.flatnonzero(refs > 0)
        _, first = np.unique(refs[found], return_index=True)
        again = self._met.has(refs[found])
        again[np.setdiff1d(np.arange(len(found)), first, assume_unique=True)] = True
        return found[again]

    def _decide(
        self,
        piece: Piece,
        refs: Array,
        rows: Sequence[Row],
        repeating: Mapping[int, list[tuple[int, Any]]],
        hits: tuple[Hits, dict[int, Hit]],
    ) -> None:
        by_key, by_id = hits
        decide, first = self.decisions.decide, self.decisions.next_new
        outcomes = np.where(refs == 0, CREATED, FOUND)
        outcomes[self._again(refs)] = REPEATED
        # New records are numbered in file order, whoever decides.
        numbers, before = refs.copy(), np.cumsum(refs == 0)
        made = 0
        for place, row in zip(np.flatnonzero(refs == UNSURE).tolist(), rows, strict=True):
            self.decisions.next_new = first + int(before[place]) + made
            outcome = decide(row, by_id, by_key)
            made += outcome.outcome == CREATED
            outcomes[place] = outcome.outcome
            numbers[place] = NOBODY if outcome.ref is None else outcome.ref
            if outcome.ref is not None and row.line in repeating:
                self._earlier.add(outcome.ref, row, repeating[row.line])
        created = outcomes == CREATED
        numbers[created] = first - 1 + np.cumsum(created)[created]
        self.decisions.next_new = first + int(created.sum())
        self._met.add(refs[refs > 0])
        self._write(piece.lines, outcomes, numbers)

    def _write(self, lines: Array, outcomes: Array, numbers: Array) -> None:
        self.repeats += int((outcomes == REPEATED).sum())
        leads = np.isin(outcomes, (CREATED, FOUND))
        columns = {
            "line": lines.tolist(),
            "outcome": outcomes.tolist(),
            "ref": _numbers(numbers, numbers != NOBODY),
            "lead": _numbers(lines, leads),
        }
        self._staged.stage.load(self._staged.plan, columns)


def _numbers(values: Array, given: Array) -> list[int | None]:
    """As Python's numbers; None where there is none."""
    found: list[int | None] = values.tolist()
    if not given.all():
        for place in np.flatnonzero(~given).tolist():
            found[place] = None
    return found


def settle_repeats(staged: Staged) -> None:
    """Name the leading row of each repeated one: the first that means its record."""
    plan = staged.plan
    staged.stage.index(sa.Index(f"{plan.name}_ref", plan.c.ref))
    first = plan.alias("f")
    lead = (
        sa.select(first.c.line)
        .where(first.c.ref == plan.c.ref, first.c.outcome.in_((CREATED, FOUND)))
        .scalar_subquery()
    )
    Ready(plan.update().where(plan.c.outcome == REPEATED).values(lead=lead)).run()
    repeated = sa.Index(f"{plan.name}_lead", plan.c.lead)
    staged.stage.index(repeated)
    staged.stage.settled(plan)
