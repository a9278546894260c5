"""Who is in watched segments over a dataset: kept when a version is published (G54, G55).

What is stored and what the filter means over the published version are compared in the warehouse,
one difference per segment; what differs is written in batches.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from django.db import transaction

from tresse.datasets.builds.registries import Follower
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.golden_filter import ids_where
from tresse.datasets.models import Dataset, DatasetBuild, DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.engine.base import Engine
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import batches, execute, load, rows
from tresse.objects.described import DataModel
from tresse.segments.changes import keep_sizes, rows_changed
from tresse.segments.events import holding
from tresse.segments.golden_tables import GOLDEN_MEMBER
from tresse.segments.models import Segment
from tresse.segments.stay_keepers import StayKeeper
from tresse.sources.versions import engine

M = GOLDEN_MEMBER.c
CHUNK = 5_000
"Rows of a statement that changes them."
READ = 50_000
"Rows that are taken into the warehouse at a time."
VERSION, FILLED, FILTER = "version", "filled", "filter"
"Causes of entering."


@dataclass(frozen=True, slots=True)
class Over:
    """A segment, and the version that its dataset publishes, open."""

    segment: Segment
    version: DatasetVersion
    session: Engine
    tables: Tables

    def ids(self, filter: Any) -> sa.Select[Any]:  # as the segment keeps it
        """Ids of the golden records that a filter means."""
        tables = self.tables
        asked = (filter, tables.plan, tables.golden, tables.relations)
        return ids_where(*asked, moment=self.version.as_of)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is stored of a segment beside what its filter means; steps of a session."""

    over: Over
    now: sa.TableClause
    "`id`: who is in it."
    stored: sa.TableClause
    "`row old id`: open stays, the id they were stored with and the one it is now."
    first: sa.TableClause
    "`row id`: of stays whose ids became one, the earliest."

    def moved(self) -> sa.Select[Any]:
        """Stays whose id is another one now: `row`, `id`."""
        first, stored = self.first, self.stored
        joined = first.join(stored, stored.c.row == first.c.row)
        chosen = sa.select(first.c.row, first.c.id).select_from(joined)
        return chosen.where(stored.c.old != first.c.id).order_by(first.c.row)

    def doubled(self) -> sa.Select[Any]:
        """Stays that another one holds now, as their ids became one: `row`."""
        first, stored = self.first, self.stored
        joined = stored.outerjoin(first, first.c.row == stored.c.row)
        chosen = sa.select(stored.c.row).select_from(joined).where(first.c.row.is_(None))
        return chosen.order_by(stored.c.row)

    def leaving(self) -> sa.Select[Any]:
        """Stays of those whom the filter no longer means: `row`."""
        first, now = self.first, self.now
        joined = first.outerjoin(now, now.c.id == first.c.id)
        chosen = sa.select(first.c.row).select_from(joined).where(now.c.id.is_(None))
        return chosen.order_by(first.c.row)

    def entering(self) -> sa.Select[Any]:
        """Those whom it means now and who have no stay: `id`."""
        first, now = self.first, self.now
        joined = now.outerjoin(first, first.c.id == now.c.id)
        chosen = sa.select(now.c.id).select_from(joined).where(first.c.id.is_(None))
        return chosen.order_by(now.c.id)

    def number(self) -> int:
        """How many come and go."""
        return self._counted(self.leaving()) + self._counted(self.entering())

    def _counted(self, chosen: sa.Select[Any]) -> int:
        some = chosen.order_by(None).subquery()
        number = sa.select(sa.func.count()).select_from(some)
        return int(self.over.session.scalar(number) or 0)


def difference_of(over: Over, filter: Any) -> Difference:  # as the segment keeps it
    """Compare the stored members of a segment with what a filter means over its version."""
    session, aliases = over.session, over.tables.aliases
    row, old = sa.column("row", sa.BigInteger()), sa.column("old", sa.Text())
    open_stays = session.load("open_stays", _stored(over.segment), [row, old])
    current = sa.func.coalesce(aliases.c.to, open_stays.c.old)
    stored = session.keep(
        "stays",
        sa.select(
            open_stays.c.row, open_stays.c.old, sa.type_coerce(current, sa.Text()).label("id")
        ).select_from(open_stays.outerjoin(aliases, aliases.c.id == open_stays.c.old)),
    )
    earliest = sa.type_coerce(sa.func.min(stored.c.row), sa.BigInteger()).label("row")
    first = session.keep("first_stays", sa.select(earliest, stored.c.id).group_by(stored.c.id))
    return Difference(over, session.keep("members_now", over.ids(filter)), stored, first)


def _stored(segment: Segment) -> Iterator[pa.RecordBatch]:
    """Open stays for the warehouse; the caller's transaction holds them."""
    found = sa.select(M.id, M.golden_id).where(M.segment_id == segment.pk, M.left_at.is_(None))
    for batch in batches(found.order_by(M.id), READ):
        ids, golden = zip(*batch, strict=True)
        columns = [pa.array(ids, pa.int64()), pa.array(golden, pa.string())]
        yield pa.RecordBatch.from_arrays(columns, names=["row", "old"])


class GoldenStays(StayKeeper):
    """Members that are golden records, in `GOLDEN_MEMBER`."""

    name = "dataset"

    def fill(self, segment: Segment, model: DataModel) -> bool:  # noqa: ARG002
        """As the published version has them; before there is one, nothing is begun."""
        with _over(segment) as over:
            if over is None:
                return False
            with transaction.atomic():
                inside = over.session.keep("members_now", over.ids(segment.filter))
                _enter(over, sa.select(inside.c.id).order_by(inside.c.id), FILLED)
        return True

    def differing(self, segment: Segment, model: DataModel) -> int:  # noqa: ARG002
        """A stay under an id that is an alias now differs in nothing."""
        with _over(segment) as over, transaction.atomic():
            return difference_of(over, segment.filter).number() if over is not None else 0

    def mend(self, segment: Segment, model: DataModel, cause: str) -> int:  # noqa: ARG002
        """The difference between what is stored and the published version (G57)."""
        with _over(segment) as over, holding():
            return _write(difference_of(over, segment.filter), cause) if over is not None else 0

    def effect(self, segment: Segment, filter: Any, model: DataModel) -> tuple[int, int]:  # noqa: ARG002
        """Over the published version; a filter that cannot be read any more means nobody."""
        with _over(segment) as over:
            if over is None:
                return 0, 0
            session = over.session
            after = session.keep("after", over.ids(filter))
            try:
                before = session.keep("before", over.ids(segment.filter))
            except TresseError:
                before = session.keep("before", sa.select(after.c.id).where(sa.false()))
            return _beside(session, after, before), _beside(session, before, after)

    def change(
        self,
        segment: Segment,
        model: DataModel,  # noqa: ARG002
        *,
        change_set: int,  # noqa: ARG002  of records
        with_events: bool,  # noqa: ARG002  there are none of golden records
    ) -> None:
        """Who enters by it is kept as such, so that nobody takes it for a coming."""
        with _over(segment) as over:
            if over is not None:
                _write(difference_of(over, segment.filter), FILTER)


@contextmanager
def _over(segment: Segment) -> Iterator[Over | None]:
    """The published version of a segment's dataset, open; None if there is none."""
    found = Dataset.objects.select_related("version__dataset")
    dataset = found.filter(name=segment.base.removeprefix(PREFIX)).first()
    if dataset is None or dataset.version is None:
        yield None
        return
    with engine() as session:
        yield Over(segment, dataset.version, session, tables_of(session, dataset.version))


def _beside(session: Engine, one: sa.TableClause, other: sa.TableClause) -> int:
    joined = one.outerjoin(other, other.c.id == one.c.id)
    lone = sa.select(sa.func.count()).select_from(joined).where(other.c.id.is_(None))
    return int(session.scalar(lone) or 0)


def _write(difference: Difference, cause: str) -> int:
    """Store a difference; answers how many came and went."""
    session = difference.over.session
    for part in _parts(session, difference.doubled()):
        execute(GOLDEN_MEMBER.delete().where(M.id.in_([row for (row,) in part])))
    for part in _parts(session, difference.moved()):
        _move(dict(part))
    at, number, went = clock.now(), difference.over.version.number, 0
    for part in _parts(session, difference.leaving()):
        chosen = M.id.in_([row for (row,) in part])
        execute(GOLDEN_MEMBER.update().where(chosen).values(left_at=at, version_out=number))
        went += len(part)
    return went + _enter(difference.over, difference.entering(), cause)


def _move(ids: dict[int, str]) -> None:
    """Give stays other golden ids, by their rows; since when they are stays as it was."""
    names = ("id", "segment_id", "golden_id", "entered_at", "version_in", "cause")
    kept = rows(sa.select(*(M[name] for name in names)).where(M.id.in_(ids)))
    execute(GOLDEN_MEMBER.delete().where(M.id.in_(ids)))
    load(GOLDEN_MEMBER, names, [(row[0], row[1], ids[row[0]], *row[3:]) for row in kept])


def _enter(over: Over, chosen: sa.Select[Any], cause: str) -> int:
    """Begin a stay for each golden record of a statement of `id`; answers how many."""
    at, number, came = clock.now(), over.version.number, 0
    names = ("segment_id", "golden_id", "entered_at", "version_in", "cause")
    for part in _parts(over.session, chosen):
        load(GOLDEN_MEMBER, names, [(over.segment.pk, id_, at, number, cause) for (id_,) in part])
        came += len(part)
    return came


def _parts(session: Engine, chosen: sa.Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a statement, so many at a time as one of the database takes."""
    for batch in session.batches(chosen, CHUNK):
        columns = [column.to_pylist() for column in batch.columns]
        yield list(zip(*columns, strict=True))


def keep_segments(dataset: Dataset) -> int:
    """Bring the watched segments over a dataset up to date with the version it publishes.

    As often as it is asked: killed in between, what is left is done the next time.
    """
    key = f"{PREFIX}{dataset.name}"
    moved = rows_changed(key, VERSION)
    keep_sizes(key)
    return moved


def _rolled_back(dataset: Dataset, build: DatasetBuild | None) -> None:
    """A rollback publishes too; builds have kept the members before they end."""
    if build is None:
        keep_segments(dataset)


KEEPERS = (GoldenStays(),)
BUILD_FOLLOWERS = (Follower("segments", _rolled_back),)
