"""What a destination is given: the rows that differ, with what is new of each, batch by batch."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from django.db import transaction

from tresse.datasets.builds.tables import Tables
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.kernel.clock import now
from tresse.syncs.canonical import canonical_hash
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.destinations.base import Counted
from tresse.syncs.limits import BATCH, BRAKE_LEAST, EXAMPLES
from tresse.syncs.models import ADDED, CHANGED, FAILED, SyncFault, SyncRun, SyncState
from tresse.syncs.running import differing
from tresse.syncs.running.differing import Difference
from tresse.syncs.running.wanted import Shape, Wanted

PIECE = 500
SAVED = ("added", "changed", "removed", "retried", "calls", "bytes")
"Counts that a run which was broken off keeps; what it refused is found anew."
Values = dict[str, str]


class Doing(Protocol):
    """Who the work tells how far it is, and asks whether to stop: a job, or nobody."""

    @property
    def is_stopped(self) -> bool:
        """Whether a statement is to end at once."""

    def check_cancelled(self) -> None:
        """Stop here, by raising, if a person asked for it."""

    def tell(self, *, done: int | None = None, total: int | None = None) -> None:
        """Show how far the work is."""

    def save(self, cursor: Any, *, done: int | None = None, total: int | None = None) -> None:
        """Write how far it is, in the caller's transaction."""


class Here:
    """Work that is done while the person waits."""

    is_stopped = False

    def check_cancelled(self) -> None:
        """Nobody can."""

    def tell(self, *, done: int | None = None, total: int | None = None) -> None:
        """Nobody looks."""

    def save(self, cursor: Any, *, done: int | None = None, total: int | None = None) -> None:
        """Nothing goes on later."""


HERE = Here()


@dataclass(slots=True)
class Row:
    """A row to send. Texts are canonical; what is null is left out.

    `values`: what the destination holds afterwards. `changes`: fields that are sent, None empties.
    """

    id: str
    key: str
    old_key: str | None
    "The key under which it stands in the state, if that is another one (Y25)."
    remote: str
    "Its id at the destination; empty if it has none."
    sort: str
    asked: str
    values: Values
    before: Values
    changes: dict[str, str | None]
    matches: tuple[str | None, ...] = ()
    extra: tuple[Any, ...] = ()
    "What the destination asked for beside."
    hash: str = ""
    "Of the values, as the state keeps it (Y21)."
    tries: int = 1
    is_retried: bool = False
    left: int = 0
    "Fields that are not sent, as another record of the same person has their unique values."


@dataclass
class Examples:
    """The first rows of each class, as a preview shows them (Y30)."""

    by_class: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, sort: str, row: Mapping[str, Any]) -> None:
        """Keep a row, if there are not enough of its class."""
        kept = self.by_class.setdefault(sort, [])
        if len(kept) < EXAMPLES:
            kept.append(dict(row))

    def drop(self, keys: Container[str]) -> None:
        """Take rows out again that turned out to be of another class."""
        for sort, kept in self.by_class.items():
            self.by_class[sort] = [each for each in kept if each["key"] not in keys]

    def is_full(self, sort: str) -> bool:
        """Whether no more are wanted."""
        return len(self.by_class.get(sort, ())) >= EXAMPLES


class Sending:
    """One attempt at a run, as its destination sees it."""

    def __init__(
        self,
        run: SyncRun,
        definition: SyncDefinition,
        *,
        engine: Engine,
        version: DatasetVersion,
        tables: Tables,
        wanted: Wanted,
        rows_wanted: sa.TableClause,
        difference: Difference,
        changed_here: int,
        work: Doing,
    ) -> None:
        self.run, self.sync, self.definition = run, run.sync, definition
        self.engine, self.version, self.tables, self.wanted = engine, version, tables, wanted
        self.rows_wanted, self.difference, self.work = rows_wanted, difference, work
        self.changed_here = changed_here
        "Rows whose golden record changed in this version, whatever column."
        self._skipped = wanted.shape.skipped
        self.steps: dict[str, sa.TableClause] = {}
        "Steps of the engine that a destination needs more than once."
        self.examples = Examples()
        self.emptied: dict[str, int] = {}
        "Field to the rows in which it would lose its value (Y44)."
        self.settled = 0
        "Rows that turned out to be unchanged, as their nulls are not sent."
        self.given_up: list[tuple[Row, SyncFault]] = []
        self.has_faults = SyncFault.objects.filter(sync=self.sync).exists()
        self.at = run.started_at or now()
        "The instant of all that is written."
        self._before = Counted(**{name: getattr(run, name) for name in SAVED})
        self._facts = dict(run.facts)

    @property
    def is_preview(self) -> bool:
        """Whether nothing may be written."""
        return self.run.is_preview

    @property
    def shape(self) -> Shape:
        """The fields of a row."""
        return self.wanted.shape

    @property
    def number(self) -> int:
        """Version that is sent."""
        return self.run.number or 0

    @property
    def is_quiet(self) -> bool:
        """Whether automations must not fire (Y50)."""
        always, never = self.definition.automations == "always", "never"
        return not always and (self.definition.automations == never or self.run.is_first)

    def save(self, counted: Counted) -> None:
        """Write the counts so far into the row of the run, in the caller's transaction, last."""
        self.total(counted)
        self.run.save(update_fields=[*SAVED, "facts"])
        done = sum(getattr(counted, name) for name in SAVED[:3])
        self.work.save({"done": done}, done=done + counted.failed + counted.refused)

    def total(self, counted: Counted) -> None:
        """Add what this attempt sent to what earlier ones of the run did."""
        for name in SAVED:
            setattr(self.run, name, getattr(self._before, name) + getattr(counted, name))
        self.run.facts = {**self._facts, **counted.facts}
        for name in ("kept_newer", "left_to_merge"):
            if number := self._facts.get(name, 0) + counted.facts.get(name, 0):
                self.run.facts[name] = number

    def pause(self) -> None:
        """Stop here if a person cancelled the run."""
        self.work.check_cancelled()

    def rows(
        self,
        chosen: sa.TableClause | None = None,
        *,
        extra: Sequence[str] = (),
        order: Sequence[str] = (),
    ) -> Iterator[list[Row]]:
        """Rows that are added or changed, refined: what is unchanged after all is left out.

        Args:
            chosen: The step `todo`, or one with further columns.
            extra: Names of those, given as `Row.extra`.
            order: Columns of `chosen` that rows are ordered by; by id where they are equal.
        """
        table = chosen if chosen is not None else self.difference.todo
        matches = [each.column for each in self.definition.match]
        statement = self.wanted.values(table, matches)
        by = [statement.selected_columns[name] for name in (*order, "id")]
        for batch in self.engine.batches(statement.order_by(*by), BATCH):
            self.pause()
            given = batch.to_pydict()
            yield self._refined(given, len(matches), extra)

    def _refined(
        self, given: dict[str, list[Any]], matches: int, extra: Sequence[str]
    ) -> list[Row]:
        fields = self.shape.fields
        keys = [
            old or key
            for key, old, sort in zip(given["key"], given["old_key"], given["sort"], strict=True)
            if sort == differing.CHANGED
        ]
        known = self._acknowledged(keys)
        faults = self._faults_of(given["id"])
        cells = zip(*(given[f"v{at}"] for at in range(len(fields))), strict=True)
        further = zip(*(given[f"m{n}"] for n in range(matches)), strict=True) if matches else None
        extras = zip(*(given[name] for name in extra), strict=True) if extra else None
        found: list[Row] = []
        same: list[tuple[str, str]] = []
        heads = zip(
            *(given[name] for name in ("id", "key", "old_key", "remote", "sort", "asked")),
            strict=True,
        )
        for (id, key, old_key, remote, sort, asked), texts in zip(heads, cells, strict=True):
            match = next(further) if further else ()
            more = next(extras) if extras else ()
            hash = asked
            if sort == differing.ADDED:
                before: Values = {}
                values = {
                    name: text for name, text in zip(fields, texts, strict=True) if text is not None
                }
                changes: dict[str, str | None] = {**values}
            else:
                before = known.get(old_key or key, {})
                wanted = dict(zip(fields, texts, strict=True))
                values, changes, is_kept = self._changes(wanted, before)
                if not changes and old_key is None:
                    same.append((key, asked))
                    continue
                hash = self.hash_of(values) if is_kept else asked
            row = Row(
                id,
                key,
                old_key,
                remote or "",
                ADDED if sort == differing.ADDED else CHANGED,
                asked,
                values,
                before,
                changes,
                match,
                more,
                hash,
            )
            if faults and self._is_left(row, faults.get((id, key))):
                continue
            found.append(row)
        self._settle(same)
        return found

    def _changes(
        self, wanted: Mapping[str, str | None], before: Values
    ) -> tuple[Values, dict[str, str | None], bool]:
        """Values afterwards, what is sent of them, and whether any stays that is null (Y44)."""
        skipped, is_kept = self._skipped, False
        values: Values = {}
        changes: dict[str, str | None] = {}
        for name, text in wanted.items():
            old = before.get(name)
            if text is None:
                if name in skipped:
                    if old is not None:
                        values[name], is_kept = old, True
                    continue
                if old is not None:
                    changes[name] = None
                    self.emptied[name] = self.emptied.get(name, 0) + 1
                continue
            values[name] = text
            if text != old:
                changes[name] = text
        return values, changes, is_kept

    def hash_of(self, values: Values) -> str:
        """The hash of the values that a destination holds; fields without one are null."""
        return canonical_hash({name: values.get(name) for name in self.shape.fields})

    def _acknowledged(self, keys: Sequence[str]) -> dict[str, Values]:
        """Values that the destination holds, by key."""
        found: dict[str, Values] = {}
        state = SyncState.objects.filter(sync_id=self.sync.pk)
        for start in range(0, len(keys), PIECE):
            few = keys[start : start + PIECE]
            listed = state.filter(key__in=few).values_list("key", "values")
            found.update((key, json.loads(values)) for key, values in listed)
        return found

    def _faults_of(self, ids: Sequence[str]) -> dict[tuple[str, str], SyncFault]:
        if not self.has_faults:
            return {}
        found: dict[tuple[str, str], SyncFault] = {}
        faults = SyncFault.objects.filter(sync_id=self.sync.pk)
        for start in range(0, len(ids), PIECE):
            for each in faults.filter(golden_id__in=ids[start : start + PIECE]):
                found[each.golden_id, each.key] = each
        return found

    def _is_left(self, row: Row, fault: SyncFault | None) -> bool:
        """Whether a person gave the row up; else how often it was tried is noted with it."""
        if fault is None:
            return False
        if fault.given_up_at is not None:
            self.given_up.append((row, fault))
            return True
        is_again = fault.run_id == self.run.pk
        row.tries = fault.tries + (not is_again)
        # One that this run has tried already was counted then: the run was broken off since.
        row.is_retried = fault.status == FAILED and not is_again
        return False

    def _settle(self, same: Sequence[tuple[str, str]]) -> None:
        """Rows whose nulls are not sent: the next run need not look at them again."""
        self.settled += len(same)
        if self.is_preview or not same:
            return
        with transaction.atomic():
            for key, asked in same:
                SyncState.objects.filter(sync_id=self.sync.pk, key=key).update(
                    asked=asked, kept=None
                )

    def emptied_too_many(self) -> tuple[str, int] | None:
        """A field that too many rows would lose, with how many (Y44)."""
        if "emptied_brake" in self.run.confirmed or self.run.arguments.get("keys"):
            return None
        share = self.definition.brakes.emptied / 100
        most = max(BRAKE_LEAST, share * self.difference.acknowledged)
        over = {name: number for name, number in self.emptied.items() if number > most}
        return max(over.items(), key=lambda each: each[1]) if over else None

    def removes_too_many(self, number: int) -> bool:
        """Whether a brake stops the removals (Y45)."""
        if "delete_brake" in self.run.confirmed:
            return False
        share = self.definition.brakes.removed / 100
        return number > max(BRAKE_LEAST, share * self.difference.acknowledged)

    def example(self, row: Row, sort: str = "", **more: Any) -> None:
        """Keep a row as an example of its class."""
        sort = sort or row.sort
        if not self.is_preview or self.examples.is_full(sort):
            return
        fields = {name: [row.before.get(name), text] for name, text in row.changes.items()}
        self.examples.add(sort, {"key": row.key, "id": row.id, "fields": fields, **more})
