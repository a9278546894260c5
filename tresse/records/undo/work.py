"""The work of an undo: stage, judge, take back; range by range, each one transaction."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, connection, transaction

from tresse.accounts.actor import Actor
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.objects.database import scalar, vendor
from tresse.objects.described import data_model
from tresse.records.models import Undo
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY
from tresse.records.undo.definitions import archive_added, judge_added
from tresse.records.undo.items import FIRST_KEY, Items, Key, Part
from tresse.records.undo.judging import Judge
from tresse.records.undo.outcomes import FIRST_FAILED, FIRST_KEPT, Kind, Outcome
from tresse.records.undo.reversing import Reversal
from tresse.records.undo.staging import OPPOSITES, Staging
from tresse.records.writing import new_change_set

MOST, FIRST, FEWEST = 20_000, 1_000, 100
"Items, or rows of a log, of a range. On SQLite the size follows the time it takes."
RANGE_SECONDS, PAUSE_SECONDS = 0.09, 0.005
ATTEMPTS = 4
ADDED_KINDS = (Kind.OPTION_ADDED, Kind.PROPERTY_ADDED)
RECORD_KINDS = tuple(kind for kind in Kind if kind not in ADDED_KINDS)
COUNTED = ("judged", "reversed")
"Walks that people see the progress of."
SESSION = {"random_page_cost": "1.1", "jit": "off", "max_parallel_workers_per_gather": "0"}
"Of PostgreSQL, during a job: many statements over a few thousand rows, each found by its key."


@dataclass
class Pace:
    """How large the next range is: on SQLite so large that nobody else waits long."""

    size: int = field(default_factory=lambda: FIRST if vendor() == "sqlite" else MOST)

    def after(self, seconds: float, *, is_job: bool) -> None:
        """Learn from how long a range took, and let others write."""
        if vendor() != "sqlite":
            return
        wanted = self.size * RANGE_SECONDS / max(seconds, 0.001)
        self.size = int(min(MOST, max(FEWEST, wanted, self.size / 3), self.size * 2))
        if is_job:
            time.sleep(PAUSE_SECONDS)


@dataclass
class TakingBack:
    """One undo at work; `work` is the job, None where the person waits for it."""

    row: Undo
    work: Work | None = None

    def __post_init__(self) -> None:
        """Look where an earlier attempt came to."""
        self.items = Items(self.row.pk, self.row.change_set_id, data_model())
        self.staging = Staging(self.items)
        self.cursor: dict[str, Any] = dict((self.work and self.work.cursor) or {})
        self.done = int(self.cursor.get("done", 0))
        self.total: int | None = None

    def _save(self, **more: Any) -> None:
        self.cursor = {**self.cursor, **more, "done": self.done}
        if self.work:
            self.work.save(self.cursor, done=self.done, total=self.total)

    def _ask(self) -> None:
        if self.work:
            self.work.check_cancelled()

    # The items.

    def stage(self) -> None:
        """Put the items together, unless those of a check are there and nothing was added since."""
        if self.cursor.get("is_staged"):
            self.total = self.items.number()
            return
        extents = {log.name: self.staging.extent(log) for log in (EVENT, HISTORY)}
        mark = [extents[name].high for name in ("event", "history")]
        if self.row.additions.get("staged") != mark:
            self._stage_anew(extents)
            self.row.additions = {**self.row.additions, "staged": mark}
        self.done, self.total = 0, self.items.number()
        with transaction.atomic():
            self.items.forget(*ADDED_KINDS)
            self.items.add(_added(self.row))
            self.row.save(update_fields=["additions"])
            self._save(is_staged=True)
        if vendor() == "postgresql" and self.work:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE undo_item")

    def _stage_anew(self, extents: Mapping[str, Any]) -> None:
        self.total = sum(each.number for each in extents.values())
        if "event" not in self.cursor:
            for kind in Kind:
                self._parts(kind, partial(self.items.forget_within, kind))
        self._windows("event", extents["event"], self.staging.events)
        has_twice = self._windows("history", extents["history"], self.staging.values)
        if has_twice:
            self._parts(Kind.VALUE, self.staging.drop_unchanged, name="unchanged")
        for added, removed in OPPOSITES:
            if self.staging.has_opposites(added, removed):
                settle = partial(self.staging.settle_opposites, added, removed)
                self._parts(removed, settle, name=f"opposites_{int(removed)}")

    def _windows(self, name: str, extent: Any, step: Callable[[int, int], bool | None]) -> bool:
        """Walk through the rows of a log, window by window of ids."""
        pace, said = Pace(), bool(self.cursor.get(f"{name}_twice"))
        low = max(int(self.cursor.get(name, 0)) + 1, extent.low)
        while low <= extent.high:
            self._ask()
            high = min(low + pace.size - 1, extent.high)
            began = time.perf_counter()
            with transaction.atomic():
                said = bool(step(low, high)) or said
                self.done = min(self.done + high - low + 1, self.total or 0)
                self._save(**{name: high, f"{name}_twice": said})
            pace.after(time.perf_counter() - began, is_job=self.work is not None)
            low = high + 1
        if name not in self.cursor:
            with transaction.atomic():
                self._save(**{name: 0})
        return said

    def _parts(self, kind: int, step: Callable[[Part], None], *, name: str = "") -> None:
        """Walk through the items of a kind; with a name, each part commits its place."""
        pace = Pace()
        kept = self.cursor.get(name) if name else None
        after: Key = (kept[0], kept[1], kept[2]) if kept else FIRST_KEY
        while found := self.items.next_part(kind, after, pace.size):
            self._ask()
            part, after = found
            began = time.perf_counter()
            if name.startswith(COUNTED):
                self.done = min(self.done + pace.size, self.total or 0)
            for attempt in range(ATTEMPTS):
                try:
                    with transaction.atomic():
                        step(part)
                        if name:
                            self._save(**{name: after})
                except IntegrityError:
                    # Somebody took a unique value meanwhile: judged anew.
                    if attempt + 1 == ATTEMPTS:
                        raise
                    continue
                break
            pace.after(time.perf_counter() - began, is_job=self.work is not None)

    # The check, and the undo.

    def judge(self) -> None:
        """Say of every item what would become of it."""
        judge = Judge(self.items, self._own)
        for kind in RECORD_KINDS:
            self._parts(kind, partial(judge.judge, kind), name=f"judged_{int(kind)}")
        with transaction.atomic():
            judge_added(self.items)
        self._count()

    @property
    def _own(self) -> tuple[int, ...]:
        ids = (self.row.change_set_id, self.row.own_change_set_id)
        return tuple(id for id in ids if id)

    def reverse(self, actor: Actor) -> None:
        """Take back what was not edited since, judged once more under lock."""
        if self.row.own_change_set_id is None:
            with transaction.atomic():
                self.row.own_change_set_id = new_change_set(
                    actor,
                    source="undo",
                    source_id=self.row.change_set_id,
                    is_quiet=self._was_quiet(),
                )
                self.row.save(update_fields=["own_change_set_id"])
        judge = Judge(self.items, self._own)
        reversal = Reversal(self.items, actor, self.row.own_change_set_id, now())
        for kind in RECORD_KINDS:

            def step(part: Part, kind: int = kind) -> None:
                reversal.lock(kind, part)
                judge.judge(kind, part)
                reversal.reverse(kind, part)

            self._parts(kind, step, name=f"reversed_{int(kind)}")
        if reversal.has_primaries:
            self._parts(Kind.LINK_ADDED, reversal.primaries, name="primaries")
        with transaction.atomic():
            judge_added(self.items)
            archive_added(self.items)
        self._count()

    def _was_quiet(self) -> bool:
        statement = sa.select(CHANGE_SET.c.is_quiet).where(
            CHANGE_SET.c.id == self.row.change_set_id
        )
        return bool(scalar(statement))

    def _count(self) -> None:
        """Write the numbers of the items into the undo's row."""
        row = self.row
        row.reversed = row.kept = row.failed = row.links_removed = row.links_restored = 0
        for (kind, outcome, is_mark), number in self.items.counts().items():
            if outcome == Outcome.REVERSED:
                row.reversed += number
                links = 0 if is_mark else number
                row.links_removed += links if kind == Kind.LINK_ADDED else 0
                restored = kind in (Kind.LINK_REMOVED, Kind.LABEL_REMOVED)
                row.links_restored += links if restored else 0
            elif FIRST_KEPT <= outcome < FIRST_FAILED:
                row.kept += number
            else:
                row.failed += number
        row.save(update_fields=["reversed", "kept", "failed", "links_removed", "links_restored"])


@contextmanager
def own_session() -> Iterator[None]:
    """Settings of PostgreSQL within the block."""
    if vendor() != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for name, value in SESSION.items():
            cursor.execute(f"SET {name} = {value}")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                for name in SESSION:
                    cursor.execute(f"RESET {name}")


def _added(row: Undo) -> list[tuple[int, int, int, str]]:
    model = data_model()
    props = {prop.id: each for each in model.objects for prop in each.properties}
    options = [
        (int(Kind.OPTION_ADDED), props[id].id, id, name)
        for id, name in row.additions.get("options", ())
        if id in props
    ]
    whole = [
        (int(Kind.PROPERTY_ADDED), props[id].id, id, "")
        for id in row.additions.get("properties", ())
        if id in props
    ]
    return [*options, *whole]
