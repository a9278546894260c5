"""The loop of a run: chunk after chunk, each one transaction with its cursor and counters."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from django.db import IntegrityError, connection, transaction

from tresse.accounts.actor import Actor
from tresse.transfers.activities import is_activity
from tresse.transfers.activities.writing import ActivityLinks, ActivityRecords
from tresse.transfers.counters import Counters
from tresse.transfers.decide import FAILED, FOUND, REPEATED, SKIPPED
from tresse.transfers.layout import Layout
from tresse.transfers.plan.counting import linked_writes, writes_of
from tresse.transfers.plan.linked import PER_LINE
from tresse.transfers.plan.make import collector_off
from tresse.transfers.run.drift import Drift, lock_objects
from tresse.transfers.run.joining import Joining
from tresse.transfers.run.links import Links
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told
from tresse.transfers.writes import SOURCE, Writes

MOST_ROWS = 20_000
FIRST_ROWS, FEWEST_ROWS = 3_000, 200
"Of a chunk on SQLite, where its size follows the time it takes."
CHUNK_SECONDS, PAUSE_SECONDS = 0.14, 0.005
"""How long a chunk may hold SQLite's one write lock, and how long others then have a chance.

Who waits asks every 2 ms (`config.sqlite`), so a short pause is enough (T64: at most 0.3 s).
"""
ATTEMPTS = 4
AUTO_CHECKPOINT = 4_000
"Pages, as `engine.sqlite.SETTINGS` has it."


class Beside(Protocol):
    """Writes what goes with a chunk."""

    def write(self, **values: int) -> None:
        """Write a range of lines: `low`, `high`, `change_set`, `first_id`."""


@dataclass
class Running:
    """What a run needs. `save(line, counters)` writes the cursor, in the chunk's transaction.

    `pause()` is asked between chunks and may stop the run by raising.
    """

    layout: Layout
    staged: Staged
    told: Told
    actor: Actor
    at: datetime
    change_set: int
    first_id: int
    cursor: int
    seen: int | None
    counters: Counters
    save: Callable[[int, Counters], None]
    pause: Callable[[], None]
    finish: Callable[[], None]
    "Called in the transaction of the last chunk."
    first_activity: int = 0
    "Id of the first new activity; those of records begin with `first_id`."
    origin: str = SOURCE
    "What new records say they come from."
    also: Sequence["Beside"] = ()
    "What else is written with each chunk, in its transaction, once its records are."
    longest_seconds: float = 0.0
    sizes: list[int] = field(default_factory=list)


class Records:
    """The statements that write records of a chunk, compiled once."""

    def __init__(self, writes: Writes, actor: Actor, at: datetime) -> None:
        apart = connection.vendor == "sqlite"
        before = [
            writes.history(at_once=not apart),
            writes.changed_events(),
            *writes.consequences(),
        ]
        self._before = [Ready(each) for each in before if each is not None]
        self._updates = [Ready(each) for each in writes.updates(actor, at, apart=apart)]
        self._insert = Ready(writes.insert(actor, at))
        self._events = [Ready(each) for each in writes.created_events()]

    def write(self, **values: Any) -> tuple[int, int]:
        """Write a range of lines; answers how many records were created and updated."""
        for ready in self._before:
            ready.run(**values)
        updated = [ready.run(**values) for ready in self._updates]
        created = self._insert.run(**values)
        if created:
            for ready in self._events:
                ready.run(**values)
        return created, updated[0] if updated else 0


class Chunks:
    """Writes ranges of lines."""

    def __init__(self, running: Running) -> None:
        self._running = running
        layout, staged = running.layout, running.staged
        self._links: Links | ActivityLinks = (
            ActivityLinks(layout, staged, running.actor, first_activity=running.first_activity)
            if is_activity(layout.object)
            else Links(layout, staged)
        )
        self._drift = Drift(
            layout,
            staged,
            running.told,
            running.actor,
            seen=running.seen,
            own=running.change_set,
        )
        is_writing = layout.settings.links != "dissociate"
        self._objects = {layout.object.id}
        self._objects |= {r.other.id for r in layout.relations if r.number in staged.linked}
        self._own = _own_records(running) if is_writing else None
        self._linked = [
            (relation, Records(linked_writes(relation, staged), running.actor, running.at))
            for relation in layout.relations
            if relation.number in staged.linked and is_writing
        ]
        to_list = layout.settings.to_list
        self._joining = Joining(layout, staged, running.at) if to_list else None
        plan = staged.plan
        big = sa.BigInteger()
        low, high = (sa.bindparam(name, 0, type_=big) for name in ("low", "high"))
        self._outcomes = Ready(
            sa.select(plan.c.outcome, sa.func.count())
            .where(plan.c.line.between(low, high))
            .group_by(plan.c.outcome)
        )

    def write(self, low: int, high: int) -> Counters:
        """Write a range of lines in the open transaction; answers the counters after it."""
        running = self._running
        lock_objects(self._objects)
        self._drift.match_again(low, high)
        counters = Counters.read(running.counters.stored())
        counters.pairs = {kind: dict(each) for kind, each in counters.pairs.items()}
        counters.through = {name: dict(each) for name, each in counters.through.items()}
        for (kind, name), number in self._drift.lost.items():
            counters.add_pairs(kind, **{name: number})
        common = {"change_set": running.change_set, "first_id": running.first_id}
        outcomes: dict[int, int] = dict(self._outcomes.rows(low=low, high=high))
        for relation, records in self._linked:
            created, updated = records.write(
                low=low * PER_LINE, high=high * PER_LINE + PER_LINE - 1, **common
            )
            counters.add_through(relation.other.name, created=created, updated=updated)
        created, updated = self._own.write(low=low, high=high, **common) if self._own else (0, 0)
        if self._joining:
            self._joining.write(low=low, high=high, **common)
        counters.created += created
        counters.updated += updated
        counters.unchanged += outcomes.get(FOUND, 0) - updated
        counters.repeated += outcomes.get(REPEATED, 0)
        counters.skipped += outcomes.get(SKIPPED, 0)
        counters.failed += outcomes.get(FAILED, 0)
        counters.rows += sum(outcomes.values())
        self._links.write(counters, low=low, high=high, **common)
        for beside in running.also:
            beside.write(low=low, high=high, **common)
        return counters


def _own_records(running: Running) -> Records | ActivityRecords:
    layout, staged = running.layout, running.staged
    if is_activity(layout.object):
        return ActivityRecords(
            layout, staged, running.actor, running.at, first_activity=running.first_activity
        )
    return Records(writes_of(layout, staged, running.origin), running.actor, running.at)


def run_plan(running: Running) -> Counters:
    """Write a plan from its cursor to its end; answers the counters."""
    chunks = Chunks(running)
    plan, is_sqlite = running.staged.plan, connection.vendor == "sqlite"
    few = (
        sa.select(plan.c.line)
        .where(plan.c.line > sa.bindparam("after", 0, type_=sa.BigInteger()))
        .order_by(plan.c.line)
        .limit(sa.bindparam("size", 0, type_=sa.Integer()))
        .subquery()
    )
    next_line = Ready(sa.select(sa.func.max(few.c.line)))
    [(end,)] = Ready(sa.select(sa.func.coalesce(sa.func.max(plan.c.line), 0))).rows()
    is_whole = running.layout.settings.all_or_nothing
    size = FIRST_ROWS if is_sqlite and not is_whole else MOST_ROWS
    with (
        collector_off(),
        own_checkpoints() if is_sqlite else found_by_key(),
        transaction.atomic() if is_whole else nullcontext(),
    ):
        while running.cursor < end:
            running.pause()
            [(high,)] = next_line.rows(after=running.cursor, size=size)
            began = time.perf_counter()
            _write(chunks, running, running.cursor + 1, high, is_last=high >= end)
            spent = time.perf_counter() - began
            running.longest_seconds = max(running.longest_seconds, spent)
            running.sizes.append(size)
            if is_sqlite and not is_whole:
                wanted = size * CHUNK_SECONDS / max(spent, 0.001)
                size = int(min(MOST_ROWS, max(FEWEST_ROWS, wanted, size / 3), size * 2))
                time.sleep(max(PAUSE_SECONDS - checkpoint(), 0))
    return running.counters


@contextmanager
def found_by_key() -> Iterator[None]:
    """Within the block, PostgreSQL finds what a chunk needs by key, however many records there are.

    While tables are small it would rather hash the whole table of links, once per chunk.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET enable_hashjoin = off")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET enable_hashjoin")


@contextmanager
def own_checkpoints() -> Iterator[None]:
    """Within the block, commits on this connection do not copy the log of SQLite into the file.

    `checkpoint` does it between chunks, where it leaves the write lock to others.
    """
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_autocheckpoint=0")
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA wal_autocheckpoint={AUTO_CHECKPOINT}")


def checkpoint() -> float:
    """Copy SQLite's log into the file, as far as nobody reads it; answers the seconds it took."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.fetchall()
    return time.perf_counter() - began


def _write(chunks: Chunks, running: Running, low: int, high: int, *, is_last: bool) -> None:
    """One chunk; somebody else's record with the same unique value makes it start again."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                counters = chunks.write(low, high)
                running.told.flush()
                running.save(high, counters)
                if is_last:
                    running.finish()
        except IntegrityError:
            if attempt + 1 == ATTEMPTS:
                raise
            continue
        running.counters, running.cursor = counters, high
        return
