"""Keeps the members of watched segments: after events, as time passes, every night (G52 to G57)."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from django.db.models import QuerySet

from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account as current_account
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, rows, scalar
from tresse.objects.described import DataModel, data_model
from tresse.records.following import Span, latest, span_after
from tresse.records.models import Follower
from tresse.records.tables import EVENT
from tresse.records.writing import new_change_set
from tresse.segments.bases import SORTS
from tresse.segments.changes.stays import (
    differences,
    empty,
    fill,
    touched_by,
    write_moves,
)
from tresse.segments.events import NAME, holding, note_touched
from tresse.segments.membership import Meaning, meaning_of
from tresse.segments.models import Segment
from tresse.segments.stay_keepers import StayKeeper, keeper_of
from tresse.segments.steps import Steps, in_order, written_often
from tresse.segments.tables import SEGMENT_MEMBER, TOUCHED
from tresse.segments.watchers import watched_names

logger = logging.getLogger(__name__)
NOT_KEPT = "Segment %s is not kept: %s"
KEPT = timedelta(days=5 * 366)
"How long a stay that has ended is kept, as long as the sizes by day (G58)."


def follow() -> bool:
    """Read the next events into the stored members; answers whether there were any.

    One transaction: killed at any moment, the batch is read again or was read.
    """
    settle()
    if not of_records().exists():
        return False
    follower = Follower.objects.filter(name=NAME).first()
    if follower is not None and not _has_events(span_after(follower.position)):
        return False
    with holding() as held:
        span = span_after(held.position)
        if span is None or not _has_events(span):
            return False
        absorb(span)
        held.position = span.end
        held.save(update_fields=["position"])
    return True


def _has_events(span: Span | None) -> bool:
    """Whether a span is more than transactions that wrote no event."""
    return span is not None and bool(rows(sa.select(EVENT.c.id).where(span.where).limit(1)))


def absorb(span: Span) -> None:
    """Bring all watched segments up to date with the events of a span; the caller holds them."""
    watched = list(of_records().order_by("pk"))
    if not watched:
        return
    model = data_model()
    if note_touched(span, model):
        often: dict[str, dict[int, Steps]] = {}
        for meaning in _meanings(watched, model):
            moves = differences(meaning, touched_by(meaning))
            if (name := meaning.object.name) not in often:
                often[name] = written_often(meaning.object, span)
            write_moves(meaning, in_order(meaning, moves, often[name]), cause="change")
    execute(TOUCHED.delete())


def settle() -> None:
    """Begin and end watching as the use of segments says; a new one is filled without events."""
    wanted = watched_names()
    stored = dict(Segment.objects.values_list("name", "watched_since"))
    if all((since is not None) == (name in wanted) for name, since in stored.items()):
        return
    with holding() as held:
        if not of_records().exists():
            # Nobody followed the events until now, and what is filled has seen them.
            held.position = latest()
            held.save(update_fields=["position"])
        _begin(Segment.objects.filter(watched_since=None, name__in=wanted), data_model())
        for segment in Segment.objects.exclude(watched_since=None).exclude(name__in=wanted):
            empty(segment)
            segment.watched_since = None
            segment.save(update_fields=["watched_since"])


def _begin(found: Iterable[Segment], model: DataModel) -> None:
    """Store the members of segments that nobody watched until now."""
    for segment in found:
        with _kept(segment):
            if keeper_of(segment).fill(segment, model):
                segment.watched_since = now()
                segment.save(update_fields=["watched_since"])


def rows_changed(key: str, cause: str) -> int:
    """Bring the watched segments over a base up to date at once; answers how many came or went.

    Args:
        key: Of the base, all of whose rows may be others now.
        cause: What its new members are kept with.
    """
    wanted, model, moved = watched_names(), data_model(), 0
    mine = Segment.objects.filter(base=key, name__in=wanted).order_by("pk")
    with holding():
        _begin(mine.filter(watched_since=None), model)
    for segment in mine.exclude(watched_since=None):
        with _kept(segment):
            moved += keeper_of(segment).mend(segment, model, cause)
    return moved


def pass_time() -> int:
    """Move the rows that time alone moves (G53); answers how many moved."""
    model = data_model()
    return sum(
        _compare(meaning, cause="time")
        for meaning in _meanings(of_records(), model)
        if meaning.is_moved_by_time
    )


def compare(*, mend: bool = True, only: Segment | None = None) -> dict[str, int]:
    """Compare all stored members with their filters read afresh (G55).

    Args:
        mend: Make them equal, with events; else only count.
        only: This one, if it is watched; None: all that are.

    Returns:
        By name of a segment how many memberships differed; those without difference left out.
    """
    model, found = data_model(), {}
    watched = Segment.objects.exclude(watched_since=None).order_by("pk")
    for segment in watched if only is None else watched.filter(pk=only.pk):
        with _kept(segment):
            keeper = keeper_of(segment)
            asked = (segment, model)
            if number := keeper.mend(*asked, "mended") if mend else keeper.differing(*asked):
                found[segment.name] = number
    return found


class RecordStays(StayKeeper):
    """Members that are records, in `SEGMENT_MEMBER`."""

    name = "object"

    def fill(self, segment: Segment, model: DataModel) -> bool:
        """One statement."""
        fill(meaning_of(segment, model))
        return True

    def differing(self, segment: Segment, model: DataModel) -> int:
        """One statement."""
        return len(differences(meaning_of(segment, model)))

    def mend(self, segment: Segment, model: DataModel, cause: str) -> int:
        """With events."""
        return _compare(meaning_of(segment, model), cause=cause)

    def effect(self, segment: Segment, filter: Any, model: DataModel) -> tuple[int, int]:  # as kept
        """A count each; the bin apart."""
        meaning = meaning_of(segment, model)
        other = Segment(name=segment.name, base=segment.base, filter=filter)
        table, before = meaning.object.table, meaning.where()
        after = meaning_of(other, model).where()
        live = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
        enter = scalar(live.where(after, sa.not_(_true(before))))
        leave = scalar(live.where(before, sa.not_(_true(after))))
        return int(enter), int(leave)

    def change(
        self, segment: Segment, model: DataModel, *, change_set: int, with_events: bool
    ) -> None:
        """Give it the members that its new filter means; the caller holds them."""
        meaning = meaning_of(segment, model)
        moves = [replace(each, change_set=change_set) for each in differences(meaning)]
        write_moves(meaning, moves, cause="filter", with_events=with_events)


def _true(where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The condition without "unknown": what counts where it is true can be turned round."""
    return sa.case((where, sa.true()), else_=sa.false())


def _compare(meaning: Meaning, *, cause: str) -> int:
    """Read first, which holds up nobody; only what differs is looked at again and written."""
    suspects = [each.record_id for each in differences(meaning)]
    moved = 0
    for start in range(0, len(suspects), 1_000):
        with holding() as held:
            span = span_after(held.position)
            if span is not None:
                # Events are read first, so that a move keeps the cause it has.
                absorb(span)
                held.position = span.end
                held.save(update_fields=["position"])
            some = _some(suspects[start : start + 1_000], meaning)
            moves = differences(meaning, some)
            if moves:
                change_set = new_change_set(SYSTEM)
                told = [replace(each, change_set=change_set) for each in moves]
                write_moves(meaning, told, cause=cause)
            moved += len(moves)
    return moved


def _some(ids: list[int], meaning: Meaning) -> sa.Subquery:
    """These records as rows, whether they are there or not."""
    table, member = meaning.object.table, SEGMENT_MEMBER.c
    zero = sa.literal(0).label("change_set_id")
    there = sa.select(table.c.id.label("record_id"), zero).where(table.c.id.in_(ids))
    stored = sa.select(member.record_id, zero).where(
        member.segment_id == meaning.segment.pk, member.record_id.in_(ids)
    )
    return sa.union(there, stored).subquery("some")


def forget_old() -> int:
    """Drop stays that ended more than five years ago; answers how many."""
    tables = [sort.stays for sort in SORTS]
    return sum(execute(each.delete().where(each.c.left_at < now() - KEPT)) for each in tables)


@contextmanager
def _kept(segment: Segment) -> Iterator[None]:
    """Within the block a filter that cannot be read is noted: its members stay as they are."""
    try:
        yield
    except TresseError as error:
        logger.warning(NOT_KEPT, segment.name, error.message)


def of_records() -> QuerySet[Segment]:
    """Watched segments of records: those that follow events."""
    found = Segment.objects.exclude(watched_since=None)
    for sort in SORTS:
        found = found.exclude(base__startswith=sort.prefix) if sort.prefix else found
    return found


def _meanings(found: Iterable[Segment], model: DataModel) -> Iterable[Meaning]:
    """Segments whose filter can be read; another keeps its members until somebody mends it."""
    settings = current_account()
    for segment in found:
        try:
            yield meaning_of(segment, model, account=settings)
        except TresseError as error:
            logger.warning(NOT_KEPT, segment.name, error.message)
