"""Makes a plan, step by step."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.calculated import is_for_syncs
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label
from tresse.objects.refusals import FOR_SYNCS_ALONE
from tresse.transfers.activities import is_activity
from tresse.transfers.activities.planning import Planning as ActivityPlanning
from tresse.transfers.apart import reading_of
from tresse.transfers.counters import Counters
from tresse.transfers.decide import NEW
from tresse.transfers.files import FileForm
from tresse.transfers.filling import Filled, Filling, new_options, wanted_of
from tresse.transfers.findings import of_error
from tresse.transfers.infile import Earlier, Slots
from tresse.transfers.layout import Layout, ignored
from tresse.transfers.mapping import ReadOnlyColumn
from tresse.transfers.options import NewOptions
from tresse.transfers.plan.counting import counted, samples
from tresse.transfers.plan.duplicates import planned_duplicates
from tresse.transfers.plan.email_companies import planned_companies
from tresse.transfers.plan.linked import LinkedRecords
from tresse.transfers.plan.linked_names import check_linked_names
from tresse.transfers.plan.matching import Matching, settle_repeats
from tresse.transfers.plan.naming import Naming
from tresse.transfers.plan.notes import Notes
from tresse.transfers.plan.other_values import keep_main_values
from tresse.transfers.plan.pairs import Pairs
from tresse.transfers.plan.values import Values
from tresse.transfers.refusals import (
    COLUMN_IGNORED,
    COLUMN_IGNORED_ONE,
    LINKS_NOT_REQUESTED,
    NOTICE,
)
from tresse.transfers.stage import Ready, Stage
from tresse.transfers.staged import Staged, staged_tables
from tresse.transfers.told import Told
from tresse.transfers.typed import Typed

CHUNK = 20_000


class TypedRows(Protocol):
    """Typed chunks to be gone through once; `options` is complete when the last was given."""

    options: NewOptions

    def __iter__(self) -> Iterator[Typed]: ...


@dataclass(frozen=True)
class Planning:
    """What a plan is made of. `seen(done)` hears of rows read, and may stop the work by raising.

    `may_read_apart`: whether a large file may be read by a process of its own.
    """

    layout: Layout
    file: Path | None
    form: FileForm | None
    stage: Stage
    told: Told
    actor: Actor
    key_readings: Mapping[int, Reading]
    seen: Callable[[int], None]
    empty_words: frozenset[str] = frozenset()
    may_read_apart: bool = True
    reading: TypedRows | None = None
    "Rows that are handed over in place of a file."
    matched: Callable[[Staged], None] | None = None
    "Is called once every row has its record, before values are checked; may refuse rows."


@dataclass(frozen=True)
class Planned:
    """A plan that is ready: its counters, and what the run and the report need to know."""

    counters: Counters
    facts: dict[str, Any]


@dataclass(frozen=True)
class Laid:
    """A plan that stands in the stage, not yet counted. `new`: how many records it makes."""

    staged: Staged
    filled: Filled
    pairs: Pairs
    failed_asks: dict[int, int]
    new: int
    options: NewOptions


def make_plan(planning: Planning) -> Planned:
    """Stage and plan a whole file. Writes the stage and findings, nothing else (T61)."""
    layout, told = planning.layout, planning.told
    laid = lay(planning)
    staged, filled, pairs, failed_asks = laid.staged, laid.filled, laid.pairs, laid.failed_asks
    options = laid.options
    _tell_columns(layout, told, filled)
    counters = counted(layout, staged, filled, pairs, failed_asks=failed_asks)
    counters.cells_left_out = told.levels["cell"]
    facts = {
        "last_line": filled.last_line,
        "new": laid.new,
        "rejected": filled.rejected,
        "is_only_links": layout.is_only_links,
        "pairs_without_type": pairs.without_type,
        "failed_pairs": _failed_pairs(layout, filled, pairs, failed_asks),
        "new_options": options.added,
        "unknown_options": {
            name: dict(left)
            for name, each in options.unknown.items()
            if (left := each - filled.held.get(name, Counter()))
        },
        "faults": told.faults,
        **samples(layout, staged, told),
        **planned_companies(layout, staged),
        **planned_duplicates(layout, staged, planning.actor),
    }
    told.flush()
    planning.stage.close()
    return Planned(counters, facts)


def _reading(planning: Planning) -> TypedRows:
    """What is handed over, or the file."""
    if planning.reading is not None:
        return planning.reading
    if planning.file is None or planning.form is None:
        raise AssertionError
    return reading_of(
        planning.file,
        planning.form,
        wanted_of(planning.layout, planning.empty_words),
        new_options(planning.layout.settings),
        apart=planning.may_read_apart,
    )


def lay(planning: Planning) -> Laid:
    """Stage all rows, decide which record each means, and what is linked; nothing is counted."""
    layout, told = planning.layout, planning.told
    staged = staged_tables(planning.stage, layout)
    earlier = Earlier(planning.stage)
    planning.stage.create(
        *staged.tables,
        *earlier.tables,
        keyed_later=(staged.rows, staged.asks, staged.plan, staged.pairs),
    )
    slots = Slots(len(layout.keys), planning.stage.folder)
    filling = Filling(layout, staged, told, slots, planning.actor, planning.key_readings)
    reading = _reading(planning)
    matching = Matching(layout, staged, earlier, planning.actor)
    with collector_off(), closing(slots), closing(matching):
        filled = filling.fill(reading, staged=matching.staged, seen=planning.seen)
        _match(planning, staged, matching, filled, slots=slots)
    planning.stage.key(staged.plan)
    planning.stage.settled(staged.plan)
    if matching.repeats:
        settle_repeats(staged)
    if planning.matched is not None:
        planning.matched(staged)
    keep_main_values(layout, staged)
    _check_values(planning, staged, has_repeats=matching.repeats > 0)
    if is_activity(layout.object):
        activities = ActivityPlanning(layout, staged, told, planning.actor)
        activities.check_rows()
    failed_asks, pairs = _relate(planning, staged, matching, filled)
    planning.stage.key(staged.pairs)
    if is_activity(layout.object):
        activities.check_subjects(pairs)
    told.flush()
    new = matching.decisions.next_new - (NEW + 1)
    return Laid(staged, filled, pairs, failed_asks, new, reading.options)


def _failed_pairs(
    layout: Layout, filled: Filled, pairs: Pairs, failed_asks: Mapping[int, int]
) -> dict[str, int]:
    """Pairs left out by a finding, by kind: the run counts them as the check did."""
    found = dict(pairs.failed)
    for asks in (failed_asks, filled.key_faults):
        for relation, number in asks.items():
            name = f"{layout.object.name}-{layout.relations[relation].other.name}"
            found[name] = found.get(name, 0) + number
    return found


def _match(
    planning: Planning, staged: Staged, matching: Matching, filled: Filled, *, slots: Slots
) -> None:
    notes = Notes(planning.layout, planning.actor)
    for found in matching.match_all(slots, size=CHUNK):
        if found:
            planning.told.extend(_told(planning.layout, staged, notes, found))
            planning.told.flush()
        planning.seen(filled.rows + filled.rejected)


def _told(layout: Layout, staged: Staged, notes: Notes, found: list[Any]) -> list[Any]:
    """Findings of notes, with the values of the keys they speak of."""
    lines = sorted({note.line for note in found})
    values: dict[tuple[int, int], Any] = {}
    rows, plan = staged.rows, staged.plan
    for start in range(0, len(lines), 500):
        few = lines[start : start + 500]
        keys = list(layout.keys)
        chosen = [rows.c[key.columns[0][0]] for key in keys]
        if not chosen:
            break
        for line, *given in Ready(
            sa.select(rows.c.line, *chosen).where(rows.c.line.in_(few))
        ).rows():
            values.update({(line, key.number): v for key, v in zip(keys, given, strict=True)})
    refs = sorted({ref for note in found for ref in note.refs if ref > NEW})
    leads: dict[int, int] = {}
    for start in range(0, len(refs), 500):
        statement = sa.select(plan.c.ref, plan.c.lead).where(
            plan.c.ref.in_(refs[start : start + 500]), plan.c.lead.is_not(None)
        )
        leads.update(dict(Ready(statement).rows()))
    return notes.findings(found, values, leads)


def _check_values(planning: Planning, staged: Staged, *, has_repeats: bool) -> None:
    values = Values(planning.layout, staged, planning.told)
    if planning.layout.settings.links != "dissociate":
        if has_repeats:
            values.merge_repeats()
        values.read_stages()
        values.check_stages()
        values.check_required()
    values.check_names()
    planning.told.flush()


def _relate(
    planning: Planning, staged: Staged, matching: Matching, filled: Filled
) -> tuple[dict[int, int], Pairs]:
    layout = planning.layout

    def next_new() -> int:
        matching.decisions.next_new += 1
        return matching.decisions.next_new - 1

    linked = LinkedRecords(layout, staged, planning.actor, next_new)
    pairs = Pairs(layout, staged, planning.told)
    if not filled.asks:
        return {}, pairs
    naming = Naming(layout, staged, planning.told, planning.actor, linked, filled.hows)
    naming.name_all()
    check_linked_names(layout, staged, planning.told, planning.actor)
    for relation in layout.relations:
        linked.change_found(relation)
    pairs.expand()
    pairs.check_limits()
    planning.told.flush()
    return naming.failed, pairs


def _tell_columns(layout: Layout, told: Told, filled: Filled) -> None:
    """Notices about columns.

    Ignored ones with their number of values, those that syncs write (D121), links not asked for.
    """
    for each in ignored(layout.answers):
        number = filled.ignored.get(each.position, 0)
        refusal = COLUMN_IGNORED_ONE if number == 1 else COLUMN_IGNORED
        error = refusal(column=each.header, number=number)
        place = (each.header, each.position + 1)
        told.add(of_error(error, 0, level=NOTICE, column=place)._replace(hint=each.hint))
    for each in layout.answers:
        if isinstance(each.answer, ReadOnlyColumn):
            prop = layout.object.property(each.answer.property)
            if is_for_syncs(prop):
                error = FOR_SYNCS_ALONE(name=shown_label(prop))
                place = (each.header, each.position + 1)
                told.add(of_error(error, 0, level=NOTICE, column=place))
    if layout.settings.links == "ignore":
        for relation in layout.relations:
            error = LINKS_NOT_REQUESTED(column=relation.header)
            told.add(of_error(error, 0, level=NOTICE, column=relation.place))


def ranges(table: sa.Table, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of lines that hold at most `size` rows of a stage table, in order."""
    big = sa.BigInteger()
    few = (
        sa.select(table.c.line)
        .where(table.c.line > sa.bindparam("after", 0, type_=big))
        .order_by(table.c.line)
        .limit(sa.bindparam("size", 0, type_=sa.Integer()))
        .subquery()
    )
    ready, after = Ready(sa.select(sa.func.max(few.c.line))), 0
    while True:
        [(last,)] = ready.rows(after=after, size=size)
        if last is None:
            return
        yield after + 1, last
        after = last


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the cyclic garbage collector, which looks at every cell held."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
