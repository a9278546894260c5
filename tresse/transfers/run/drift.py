"""Data that others changed between plan and chunk: the chunk is matched again (T63, T68)."""

import time
from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa
from django.db import connection

from tresse.accounts.actor import Actor
from tresse.engine.constructs import OpenTransactions
from tresse.objects.database import scalar, vendor
from tresse.records.changes.activities_at_once import take_activity_id
from tresse.records.refusals import RECORD_IN_BIN
from tresse.records.tables import EVENT
from tresse.records.writing import take_ids
from tresse.transfers.activities import is_activity
from tresse.transfers.decide import CREATED, FAILED, FOUND, NEW, SKIPPED, Decisions, Outcome, Row
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.plan.linked import PER_LINE
from tresse.transfers.plan.matching import Lookups, rules_of
from tresse.transfers.plan.notes import Notes, titles
from tresse.transfers.plan.pairs import kinds
from tresse.transfers.refusals import LINK, NOTICE, PLAN_DRIFT
from tresse.transfers.stage import Ready
from tresse.transfers.staged import LEFT_OUT, PLANNED, Staged
from tresse.transfers.told import Told

PATIENCE_SECONDS = 2.0
LOCKS = 7312
"First half of the numbers of PostgreSQL's advisory locks; the second is the object's id."


def watermark() -> int | None:
    """The last event that a plan made from now on will have seen.

    An event, not a change set: a run of somebody else writes into its change set for a long time.
    None if others keep writing, so that the run must match everything again.
    """
    patience = time.monotonic() + PATIENCE_SECONDS
    while (seen := _last_event()) is None:
        if time.monotonic() > patience:
            return None
        time.sleep(0.05)
    return seen


def _last_event() -> int | None:
    """The last event of all; None if one before it may still be on its way.

    On PostgreSQL numbers are given before their transaction commits: ask for the number first, then
    whether anybody is writing.
    """
    last = int(scalar(sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0))))
    return None if scalar(sa.select(OpenTransactions())) else last


class Drift:
    """Watches for changes of others; matches a chunk again where there are any."""

    def __init__(
        self,
        layout: Layout,
        staged: Staged,
        told: Told,
        actor: Actor,
        *,
        seen: int | None,
        own: int,
    ) -> None:
        self._layout, self._staged, self._told, self._actor = layout, staged, told, actor
        self._seen = seen
        self._kinds = kinds(layout)
        self.lost: Counter[tuple[str, str]] = Counter()
        "Kind of pair and counter to the pairs of the chunk that others' changes cost."
        objects = {layout.object.id, *(each.other.id for each in layout.relations)}
        if is_activity(layout.object):
            # An activity is told of as an event of the records it is about.
            objects |= {each.id for each in layout.model.objects}
        self._changed = Ready(
            sa.select(sa.literal(1))
            .where(
                EVENT.c.id > sa.bindparam("seen", 0, type_=sa.BigInteger()),
                EVENT.c.change_set_id != own,
                EVENT.c.object_id.in_(objects),
            )
            .limit(1)
        )
        self._lookups: Lookups | None = None

    def match_again(self, low: int, high: int) -> None:
        """Bring the plan of a range of lines up to date, in the chunk's transaction."""
        self.lost.clear()
        if self._nothing_new():
            return
        if self._lookups is None:
            self._lookups = Lookups(self._layout, self._staged, self._actor)
        for relation in self._layout.relations:
            if relation.number in self._staged.linked:
                self._match_linked(relation, low, high)
            self._leave_binned(relation, low, high)
        plan = self._staged.plan
        planned = {
            line: (outcome, ref)
            for line, outcome, ref in Ready(
                sa.select(plan.c.line, plan.c.outcome, plan.c.ref).where(
                    plan.c.line.between(low, high), plan.c.outcome.in_((CREATED, FOUND))
                )
            ).rows()
        }
        rows = [row for row in self._lookups.rows(low, high) if row.line in planned]
        hits, by_id = self._lookups.hits(low, high), self._lookups.by_id(low, high)
        decisions = Decisions(rules_of(self._layout, self._actor), lambda _: True, _nothing)
        changed: list[tuple[Row, Outcome]] = []
        for row in rows:
            outcome = decisions.decide(row._replace(digest=None), by_id, hits)
            was, ref = planned[row.line]
            if outcome.outcome == was and (was == CREATED or outcome.ref == ref):
                continue
            changed.append((row, outcome))
        lines = {row.line for row, _ in changed}
        noted = [note for note in decisions.notes if note.line in lines]
        values = {
            (row.line, number): value for row, _ in changed for number, value in enumerate(row.keys)
        }
        self._told.extend(Notes(self._layout, self._actor).findings(noted, values, {}))
        refs = [outcome.ref for _, outcome in changed if outcome.ref and outcome.ref < NEW]
        names = titles(self._layout.object, refs, self._actor)
        for row, outcome in changed:
            self._replan(row.line, planned[row.line][1], outcome, names)

    def _nothing_new(self) -> bool:
        """Whether all that others have done was known to the plan."""
        if self._seen is None:
            return False
        last = _last_event()
        if self._changed.rows(seen=self._seen):
            return False
        # The events of this run's own chunks are not gone through again by the next.
        self._seen = last or self._seen
        return True

    def _lose(self, condition: sa.ColumnElement[bool], name: str) -> None:
        """Count pairs that are left out from now on."""
        pairs = self._staged.pairs
        statement = (
            sa.select(pairs.c.kind, sa.func.count())
            .where(condition, pairs.c.state == PLANNED, pairs.c.is_counted == 1)
            .group_by(pairs.c.kind)
        )
        for kind, number in Ready(statement).rows():
            self.lost[self._kinds[kind], name] += number

    def _leave_binned(self, relation: Relation, low: int, high: int) -> None:
        """Pairs whose other record was binned since the plan."""
        pairs, table = self._staged.pairs, relation.other.table
        forward = relation.side.forward
        end = pairs.c.to_ref if forward else pairs.c.from_ref
        statement = (
            sa.select(pairs.c.line, end)
            .join_from(pairs, table, table.c.id == end)
            .where(
                pairs.c.ready.between(low, high),
                pairs.c.state == PLANNED,
                pairs.c.association_id == relation.side.association.id,
                table.c.deleted_at.is_not(None),
            )
        )
        gone = Ready(statement).rows()
        names = titles(relation.other, [id for _, id in gone], self._actor)
        for line, id in gone:
            error = RECORD_IN_BIN(record=names.get(id, relation.other.label), id=id)
            self._told.add(of_error(error, line, level=LINK, column=relation.place))
            condition = sa.and_(end == id, pairs.c.ready.between(low, high))
            self._lose(condition, "failed")
            Ready(pairs.update().where(condition).values(state=LEFT_OUT)).run()

    def _match_linked(self, relation: Relation, low: int, high: int) -> None:
        """Records to be made through a relation that somebody else has made: linked instead."""
        source, table = self._staged.linked[relation.number], relation.other.table
        rows, plan = source.rows, source.plan
        for prop in relation.other.active:
            if not (prop.is_unique or prop.is_match_key) or prop.column not in rows.c:
                continue
            name = prop.normal_column
            statement = (
                sa.select(plan.c.line, plan.c.ref, sa.func.min(table.c.id))
                .join_from(plan, rows, rows.c.line == plan.c.line)
                .join(table, table.c[name] == rows.c[name])
                .where(
                    plan.c.line.between(low * PER_LINE, high * PER_LINE + PER_LINE - 1),
                    plan.c.outcome == CREATED,
                    table.c.deleted_at.is_(None),
                )
                .group_by(plan.c.line, plan.c.ref)
            )
            for line, was, id in Ready(statement).rows():
                change = {"outcome": FOUND, "ref": id}
                Ready(plan.update().where(plan.c.line == line).values(change)).run()
                self._move_pairs(was, id)

    def _replan(self, line: int, was: int, outcome: Outcome, names: dict[int, str]) -> None:
        plan, ref = self._staged.plan, outcome.ref
        if outcome.outcome == CREATED:
            # The record that was meant is gone: a new one, with an id of its own.
            ref = take_activity_id() if is_activity(self._layout.object) else take_ids(1)
        elif outcome.outcome in (FAILED, SKIPPED):
            ref = None
        Ready(
            plan.update()
            .where(plan.c.line == line)
            .values(outcome=outcome.outcome, ref=ref, lead=line if ref is not None else None)
        ).run()
        Ready(plan.update().where(plan.c.ref == was).values(ref=ref)).run()
        self._move_pairs(was, ref)
        if outcome.outcome == FOUND and was > NEW:
            error = PLAN_DRIFT(record=f"{names.get(ref or 0, self._layout.object.label)} ({ref})")
            told = of_error(error, line, level=NOTICE)
            self._told.add(told._replace(record_id=ref))

    def _move_pairs(self, was: int, ref: int | None) -> None:
        pairs = self._staged.pairs
        for column in (pairs.c.from_ref, pairs.c.to_ref):
            if ref is None:
                self._lose(column == was, "not_tried")
            change = {"state": LEFT_OUT} if ref is None else {column.name: ref}
            Ready(pairs.update().where(column == was).values(change)).run()


def _nothing(number: int, value: object, keys: object) -> tuple[()]:  # noqa: ARG001
    """Earlier rows of the file: decided in the plan already."""
    return ()


def lock_objects(ids: Iterable[int]) -> None:
    """Let one import at a time write records of objects (T68); on SQLite there is one writer."""
    if vendor() == "postgresql":
        with connection.cursor() as cursor:
            for id in sorted(set(ids)):
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, id])
