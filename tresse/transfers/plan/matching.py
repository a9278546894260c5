"""Rows matched with records, chunk by chunk: keys looked up as sets, then decided in file order."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef
from tresse.records.visibility import reach
from tresse.transfers.decide import (
    CREATED,
    FOUND,
    REPEATED,
    Decisions,
    Hit,
    Note,
    Outcome,
    Row,
    Rules,
)
from tresse.transfers.infile import Earlier, Met
from tresse.transfers.layout import FAULT, OWN_ID, Key, Layout
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged

Hits = dict[tuple[int, int], list[Hit]]


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
        record = layout.object.table.alias("r")
        may_edit = flag(reach(layout.object, actor, record, "edit"))
        rows = staged.rows
        chosen: list[sa.ColumnElement[Any]] = [rows.c.line, rows.c[FAULT], rows.c.digest]
        chosen.append(rows.c[OWN_ID] if layout.id_position is not None else sa.null())
        chosen += [rows.c[name] for key in layout.keys for name, _ in key.columns]
        self._rows = Ready(sa.select(*chosen).where(in_lines(rows)).order_by(rows.c.line))
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
    ) -> sa.Select[Any]:
        rows = self._staged.rows
        found = sa.and_(*(record.c[there] == rows.c[here] for here, there in key.columns))
        return (
            sa.select(rows.c.line, record.c.id, may_edit, self._differs(key, record))
            .join_from(rows, record, found)
            .where(in_lines(rows), record.c.deleted_at.is_(None))
        )

    def _differs(self, key: Key, record: sa.FromClause) -> sa.ColumnElement[int]:
        """A bit for each higher key of which the record holds another value than the row."""
        rows = self._staged.rows
        bits: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer())
        for higher in self._layout.keys[: key.number]:
            if not higher.decides:
                continue
            other = sa.or_(*(record.c[there] != rows.c[here] for here, there in higher.columns))
            bits = bits + sa.case((other, 1 << higher.number), else_=0)
        return bits

    def rows(self, low: int, high: int) -> list[Row]:
        """The rows of a range of lines."""
        keys = self._layout.keys
        if all(len(key.columns) == 1 for key in keys):
            return [
                Row(line, own_id, tuple(values), digest, fault is not None)
                for line, fault, digest, own_id, *values in self._rows.rows(low=low, high=high)
            ]
        found = []
        for line, fault, digest, own_id, *values in self._rows.rows(low=low, high=high):
            given = iter(values)
            joined = [[next(given) for _ in key.columns] for key in keys]
            parts = tuple(
                None if None in each else each[0] if len(each) == 1 else "\x1f".join(map(str, each))
                for each in joined
            )
            found.append(Row(line, own_id, parts, digest, fault is not None))
        return found

    def hits(self, low: int, high: int) -> Hits:
        """Records that the keys of a range of lines find."""
        found: Hits = {}
        for number, ready in self._by_key:
            for line, ref, may_edit, differs in ready.rows(low=low, high=high):
                hit = Hit(ref, bool(may_edit), differs)
                place = (line, number)
                if place in found:
                    found[place].append(hit)
                else:
                    found[place] = [hit]
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
        self.decisions = Decisions(rules_of(layout, actor), self._met.is_new, earlier)
        self.repeats = 0
        self.new = 0

    def match(self, low: int, high: int) -> list[Note]:
        """Decide the rows of a range of lines, write their plan, answer what is to be told."""
        rows = self._lookups.rows(low, high)
        hits, by_id = self._lookups.hits(low, high), self._lookups.by_id(low, high)
        repeating = {}
        for row in rows:
            found = self._earlier.repeating(row)
            if found:
                repeating[row.line] = found
        self._earlier.fetch(each for found in repeating.values() for each in found)
        decide, outcomes = self.decisions.decide, []
        for row in rows:
            outcome = decide(row, by_id, hits)
            outcomes.append(outcome)
            if outcome.ref is not None and row.line in repeating:
                self._earlier.add(outcome.ref, row, repeating[row.line])
        self._earlier.keep()
        self._write(outcomes)
        notes, self.decisions.notes = self.decisions.notes, []
        return notes

    def _write(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        lines, sorts, refs = (list(each) for each in zip(*outcomes, strict=True))
        self.repeats += sorts.count(REPEATED)
        self.new += sorts.count(CREATED)
        leads = [
            line if sort in (CREATED, FOUND) else None
            for line, sort in zip(lines, sorts, strict=True)
        ]
        self._staged.stage.load(
            self._staged.plan, {"line": lines, "outcome": sorts, "ref": refs, "lead": leads}
        )


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
