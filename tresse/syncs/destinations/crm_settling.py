"""What a chunk of rows leaves behind: the state, rows of the run, faults, counts (Y35, Y40).

Written in the transaction of the chunk: what the CRM holds and what the state says of it never
differ, whenever the run is killed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.conf import settings
from django.db import transaction

from tresse.accounts.actor import SYSTEM, Actor
from tresse.engine.types import Instant, Text
from tresse.objects.database import rows as read
from tresse.objects.described import Side
from tresse.objects.kinds import KINDS
from tresse.objects.tables import ID
from tresse.records.changes.links import unlink_records
from tresse.records.writing import new_change_set
from tresse.syncs.destinations.base import Counted
from tresse.syncs.destinations.crm_newer import fail
from tresse.syncs.limits import MESSAGE_LONGEST
from tresse.syncs.models import ADDED, FAILED, REFUSED, SENT
from tresse.syncs.refusals import NOT_CONFIRMED
from tresse.syncs.running.differing import STATE
from tresse.syncs.running.keeping import Fault, keep_faults
from tresse.transfers import decide
from tresse.transfers.counters import Counters
from tresse.transfers.findings import Finding
from tresse.transfers.handed import HandedPlan
from tresse.transfers.refusals import LINK
from tresse.transfers.stage import Ready
from tresse.transfers.staged import LEFT_OUT, real_id
from tresse.transfers.writes import in_range

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending

SYNC = "sync"
"What new records, and their change set, say they come from (C25)."
WRITTEN = (decide.CREATED, decide.FOUND)
OF_VALUES = frozenset(code for kind in KINDS for code in kind.refusals) | {
    "failed_validation",
    "missing_required_property",
    "nothing_to_identify",
    "stage_requirements_missing",
    "text_too_long",
}
"Codes of what a row holds; all others are of the CRM."
ROWS = sa.table(
    "syncs_syncrow",
    sa.column("sync_id", sa.BigInteger()),
    sa.column("run_id", sa.BigInteger()),
    sa.column("key", Text),
    sa.column("golden_id", Text),
    sa.column("sort", Text),
    sa.column("status", Text),
    sa.column("remote", Text),
    sa.column("code", Text),
    sa.column("field", Text),
    sa.column("message", Text),
    sa.column("details", Text),
    sa.column("tries", sa.Integer()),
    sa.column("at", Instant()),
)
"""The table of `models.SyncRow`, for set statements."""
FAULTS = sa.table(
    "syncs_syncfault", sa.column("sync_id", sa.BigInteger()), sa.column("golden_id", Text)
)


def writer() -> Actor:
    """In whose name rows are written: syncs are of the house, whoever asks for a run."""
    return replace(SYSTEM, source=SYNC)


def folder_of(run_id: int) -> Path:
    """Where the stage of a run may stand."""
    return Path(settings.HOME) / "syncs" / str(run_id)


def staged_columns() -> list[sa.Column[Any]]:
    """Columns of the stage table `synced`: of each line, what is kept once it is written."""
    return [
        sa.Column("line", ID, primary_key=True, autoincrement=False),
        sa.Column("key", Text),
        sa.Column("old_key", Text),
        sa.Column("golden_id", Text),
        sa.Column("sort", Text),
        sa.Column("hash", Text),
        sa.Column("asked", Text),
        sa.Column("values", Text),
        sa.Column("before", Text),
        sa.Column("tries", sa.Integer()),
        sa.Column("retried", sa.Integer()),
        sa.Column("kept", sa.Integer()),
        sa.Column("left", sa.Integer()),
    ]


def outcomes_of(plan: HandedPlan) -> None:
    """Refuse rows whole that have a link which cannot be made (Y50)."""
    lines = [line for line, each in plan.faults.by_line.items() if each.level == LINK]
    if not lines:
        return
    fail(plan.staged, lines)
    pairs = plan.staged.pairs
    for start in range(0, len(lines), 500):
        few = lines[start : start + 500]
        Ready(pairs.update().where(pairs.c.line.in_(few)).values(state=LEFT_OUT)).run()


def status_of(found: Finding | None) -> str:
    """Whether a row was refused for its values, or by the CRM for what it holds."""
    return REFUSED if found is not None and found.code in OF_VALUES else FAILED


@dataclass
class Unlinked:
    """A link to be taken away: line of the row, side, and the record at its other end."""

    line: int
    side: Side
    other: int


@dataclass
class Settling:
    """Writes beside a chunk; `counted` and the row of the run grow with it."""

    plan: HandedPlan
    loaded: sa.Table
    sending: "Sending"
    counted: Counted
    unlinked: Sequence[Unlinked] = ()
    _ready: dict[str, Ready] = field(default_factory=dict)
    _has_written: bool = False
    "Whether the last chunk wrote a row."

    def __post_init__(self) -> None:
        plan, loaded = self.plan.staged.plan, self.loaded
        here = sa.and_(in_range(plan, loaded), plan.c.line == loaded.c.line)
        self._here = here
        self._is_written = sa.and_(here, plan.c.outcome.in_(WRITTEN))
        sync, run = self.sending.sync.pk, self.sending.run.pk
        if not self.sending.is_preview:
            self._statements(sync, run, self.sending.at)
        self._counts = Ready(
            sa.select(
                loaded.c.sort,
                sa.func.count(),
                sa.func.sum(loaded.c.retried),
                sa.func.sum(loaded.c.kept),
                sa.func.sum(loaded.c.left),
            )
            .where(self._is_written)
            .group_by(loaded.c.sort)
        )
        self._not_written = Ready(
            sa.select(
                loaded.c.line,
                loaded.c.key,
                loaded.c.golden_id,
                loaded.c.sort,
                loaded.c.tries,
                loaded.c.retried,
            ).where(here, plan.c.outcome.not_in(WRITTEN))
        )

    def _statements(self, sync: int, run: int, at: datetime) -> None:
        plan, loaded = self.plan.staged.plan, self.loaded
        number = sa.literal_column(str(int(self.sending.number)), sa.Integer())
        remote = sa.cast(real_id(plan.c.ref), Text)
        whole = sa.literal_column(str(int(sync)), sa.BigInteger())
        moment = sa.literal(at, Instant())

        def of(column: sa.ColumnElement[Any]) -> sa.Select[Any]:
            return sa.select(column).where(self._is_written)

        for name, column in (("moved", loaded.c.old_key), ("known", loaded.c.key)):
            chosen = of(column).where(column.is_not(None))
            self._ready[name] = Ready(
                STATE.delete().where(STATE.c.sync_id == sync, STATE.c.key.in_(chosen))
            )
        self._ready["state"] = Ready(
            STATE.insert().from_select(
                [
                    *("sync_id", "key", "golden_id", "remote", "hash", "asked", "values"),
                    *("kept", "number", "at"),
                ],
                sa.select(
                    whole,
                    loaded.c.key,
                    loaded.c.golden_id,
                    remote,
                    loaded.c.hash,
                    loaded.c.asked,
                    loaded.c["values"],
                    sa.case((loaded.c.kept + loaded.c.left > 0, number), else_=sa.null()),
                    number,
                    moment,
                ).where(self._is_written),
            )
        )
        empty = sa.literal("", Text)
        self._ready["rows"] = Ready(
            ROWS.insert().from_select(
                [each.name for each in ROWS.c],
                sa.select(
                    whole,
                    sa.literal_column(str(int(run)), sa.BigInteger()),
                    loaded.c.key,
                    loaded.c.golden_id,
                    loaded.c.sort,
                    sa.literal(SENT, Text),
                    remote,
                    empty,
                    empty,
                    empty,
                    sa.literal("{}", Text),
                    loaded.c.tries,
                    moment,
                ).where(self._is_written),
            )
        )
        self._ready["faults"] = Ready(
            FAULTS.delete().where(
                FAULTS.c.sync_id == sync,
                FAULTS.c.golden_id.in_(of(loaded.c.golden_id)),
            )
        )

    def write(self, **values: int) -> None:
        """Keep what became of the rows of a chunk, in its transaction."""
        low, high = values["low"], values["high"]
        found = self.plan.faults.by_line
        late = [line for line, each in found.items() if low <= line <= high and each.level == LINK]
        if late:
            # Said while the chunk was written: its values stand, but a link could not be made.
            fail(self.plan.staged, late)
        for name in ("moved", "known", "state", "rows"):
            self._ready[name].run(**values)
        if self.sending.has_faults:
            self._ready["faults"].run(**values)
        self._unlink(**values)
        self._count(low, high)
        self._keep_faults(low, high)

    def _count(self, low: int, high: int) -> None:
        facts, self._has_written = self.counted.facts, False
        for sort, number, retried, kept, left in self._counts.rows(low=low, high=high):
            self._has_written = True
            if sort == ADDED:
                self.counted.added += number
            else:
                self.counted.changed += number
            self.counted.retried += int(retried or 0)
            for name, count in (("kept_newer", kept), ("left_to_merge", left)):
                if count:
                    facts[name] = facts.get(name, 0) + int(count)

    def _faults(self, low: int, high: int) -> Iterable[Fault]:
        for line, key, golden_id, sort, tries, retried in self._not_written.rows(
            low=low, high=high
        ):
            told = self.plan.faults.by_line.get(line)
            status = status_of(told)
            if status == REFUSED:
                self.counted.refused += 1
            else:
                self.counted.failed += 1
                self.counted.retried += int(retried or 0)
            yield Fault(
                key,
                golden_id,
                sort,
                status,
                code=told.code if told else NOT_CONFIRMED.code,
                field=told.column if told else "",
                message=(told.template or told.message)[:MESSAGE_LONGEST]
                if told
                else NOT_CONFIRMED.sentence,
                details=dict(told.details) if told else {},
                tries=tries,
            )

    def _keep_faults(self, low: int, high: int) -> None:
        keep_faults(self.sending.run, list(self._faults(low, high)), at=self.sending.at)

    @property
    def writes(self) -> bool:
        """Whether any row is to be written."""
        plan = self.plan.staged.plan
        statement = sa.select(plan.c.line).where(plan.c.outcome.in_(WRITTEN)).limit(1)
        return bool(Ready(statement).rows())

    def refuse(self) -> None:
        """Keep why rows were not written, where none is (Y64)."""
        self._keep_faults(0, 2**62)

    def foretell(self) -> None:
        """The counts that a run would answer, with examples of rows that could not be sent."""
        high = 2**62
        self._count(0, high)
        faults = list(self._faults(0, high))
        self.sending.examples.drop({each.key for each in faults})
        for each in faults:
            self.sending.examples.add(
                each.status,
                {
                    "key": each.key,
                    "id": each.golden_id,
                    "fields": {},
                    "code": each.code,
                    "message": each.message,
                    "details": each.plain_details,
                },
            )

    def save(self, line: int, counters: Counters) -> None:  # noqa: ARG002  of imports
        """Write the counts into the row of the run, last in the chunk's transaction."""
        self.counted.calls += self._has_written
        self.sending.save(self.counted)

    def _unlink(self, **values: int) -> None:
        """Take away links that the row no longer asks for; those of people stay."""
        low, high = values["low"], values["high"]
        mine = [each for each in self.unlinked if low <= each.line <= high]
        if not mine:
            return
        plan = self.plan.staged.plan
        lines = [each.line for each in mine]
        records: dict[int, int] = {}
        for start in range(0, len(lines), 500):
            few = lines[start : start + 500]
            statement = sa.select(plan.c.line, plan.c.ref).where(
                plan.c.line.in_(few), plan.c.outcome == decide.FOUND
            )
            records.update(dict(Ready(statement).rows()))
        by_side: dict[str, tuple[Side, list[tuple[int, int]]]] = {}
        for each in mine:
            if each.line in records:
                _, pairs = by_side.setdefault(each.side.association.name, (each.side, []))
                pairs.append((records[each.line], each.other))
        for side, pairs in by_side.values():
            live = _live(self.plan.form.model.object(side.other).table, {b for _, b in pairs})
            unlink_records(
                self.plan.form.model,
                side,
                [pair for pair in pairs if pair[1] in live],
                actor=SYSTEM,
                change_set=values["change_set"],
            )


def _live(table: Any, ids: set[int]) -> set[int]:
    found: set[int] = set()
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        few = wanted[start : start + 500]
        statement = sa.select(table.c.id).where(table.c.id.in_(few), table.c.deleted_at.is_(None))
        found.update(id for (id,) in read(statement))
    return found


def change_set_of(sending: "Sending") -> int:
    """The change set of a run; made at its first write."""
    run = sending.run
    if run.change_set_id is None:
        with transaction.atomic():
            run.change_set_id = new_change_set(
                writer(), source=SYNC, source_id=run.pk, is_quiet=sending.is_quiet, at=sending.at
            )
            run.save(update_fields=["change_set_id"])
    return run.change_set_id
