"""How values of scores changed from one version to the next, and why; a file per version (SC15).

    changes/part-000012.parquet      what version 12 changed
    changes/part-000013.parquet      …

Files of earlier versions are hard-linked into each later one for 24 months. A version in which no
value moved has no file of its own.
"""

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.builds.tables import Tables
from tresse.datasets.computed.world import Side, World
from tresse.datasets.layout import Worked
from tresse.datasets.limits import history_share
from tresse.datasets.models import DatasetVersion
from tresse.datasets.scores.arithmetic import DOUBLE
from tresse.datasets.scores.base import Facts, Output
from tresse.datasets.scores.chain import Chain, Followed, followed
from tresse.datasets.scores.evaluate import used
from tresse.datasets.scores.past import Stand, scored_columns, stand_in, world_of
from tresse.engine.base import Engine
from tresse.engine.types import Instant
from tresse.objects.kinds.days import months_after

Value = sa.ColumnElement[Any]
CHANGES = "changes"
MONTHS_KEPT = 24
NUMBERS = ("integer", "decimal", "number")


def write_changes(
    engine: Engine,
    world: World,
    side: Side,
    before: Tables,
    before_version: DatasetVersion,
    now_table: sa.FromClause,
    worked: Sequence[Worked],
    facts: Facts,
    folder: Path,
    number: int,
    at: datetime,
) -> int:
    """Write how values of scores moved since the version before, and link what older ones wrote.

    Values of people who are new or gone, and of columns that were not there, are no changes;
    numbers are only if they move by more than a share of their range (`history_share`).

    Args:
        engine: Of the build.
        world: That the values were worked out of, complete.
        side: Of the dataset that has the scores; its definition has them.
        before: Tables of the version published before.
        before_version: That version.
        now_table: `id`, and a column per `Worked.column`: the values of now.
        worked: Computed columns of now.
        facts: By key of use.
        folder: Of the version that is being made.
        number: Its number.
        at: Its moment.

    Returns:
        How many values changed.
    """
    carry(before.folder / CHANGES, folder / CHANGES, at)
    now = Stand(side.definition.scores, scored_columns(tuple(worked)), now_table, facts, {}, world)
    then = stand_in(before, before_version, world_of(engine, before_version))
    return write_between(engine, then, now, side.name, folder / CHANGES, number, at)


def write_between(
    engine: Engine,
    then: Stand,
    now: Stand,
    dataset: str,
    folder: Path,
    number: int,
    at: datetime,
) -> int:
    """Write how values moved from one stand to another as a file of a folder; see `write_changes`.

    Cost: one comparison of all values, then the stages of the chain over those who moved.
    """
    columns = followed(then, now)
    if not columns:
        return 0
    begin = f"history_{dataset}"
    moved = _moved(engine, then, now, columns, begin)
    anyone = sa.select(moved.c.id)
    if not engine.scalar(sa.select(sa.func.count()).select_from(moved)):
        return 0
    people = engine.keep(f"{begin}_people", anyone)
    chain = Chain(engine, then, now, columns, dataset=dataset, people=people, begin=begin)
    parts = [
        _changes(chain, moved, column, place, number, at) for place, column in enumerate(columns)
    ]
    aside = folder.with_name(f"{folder.name}-aside")
    shutil.rmtree(aside, ignore_errors=True)
    written = engine.write(sa.union_all(*parts) if parts[1:] else parts[0], aside)
    _take(aside, folder, number)
    return written.rows


def carry(before: Path, folder: Path, at: datetime) -> None:
    """Link what earlier versions wrote, but for what is older than 24 months."""
    oldest = months_after(at.date(), -MONTHS_KEPT)
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(before.glob("*.parquet")):
        if not (folder / file.name).exists():
            os.link(file, folder / file.name)
    for file in sorted(folder.glob("*.parquet")):
        if (moment := _moment(file)) is not None and moment.date() < oldest:
            file.unlink()


def _moment(file: Path) -> datetime | None:
    """When a file was written: all of its rows are of one version. None: it has no rows."""
    for batch in pq.ParquetFile(file).iter_batches(batch_size=1, columns=["at"]):
        for value in batch.column(0).to_pylist():
            return value if isinstance(value, datetime) else None
    return None


def _take(aside: Path, folder: Path, number: int) -> None:
    files = sorted(aside.glob("*.parquet"))
    for place, file in enumerate(files):
        more = f"-{place}" if place else ""
        file.rename(folder / f"part-{number:06}{more}.parquet")
    shutil.rmtree(aside)


# What moved


def _moved(
    engine: Engine, then: Stand, now: Stand, columns: Sequence[Followed], begin: str
) -> sa.TableClause:
    """`id`, and per column `m<place>`: whether its value is a change; people with any."""
    old, new = then.values, now.values
    ranges = ranges_of(engine, then, now, columns)
    share = history_share()
    flags = [
        sa.func.coalesce(
            is_change(
                old.c[each.before.column], new.c[each.after.column], each.after, ranges[at], share
            ),
            sa.false(),
        ).label(f"m{at}")
        for at, each in enumerate(columns)
    ]
    rows = sa.select(new.c.id, *flags).select_from(new.join(old, old.c.id == new.c.id))
    found = rows.subquery("moves")
    every = [found.c[f"m{at}"] for at in range(len(columns))]
    return engine.keep(f"{begin}_moved", sa.select(*found.c).where(sa.or_(*every)))


def is_change(old: Value, new: Value, worked: Worked, span: float | None, share: float) -> Value:
    """Whether a value moved far enough to be told (SC15); `span`: the range of a number."""
    is_other = new.is_distinct_from(old)
    if worked.type not in NUMBERS or not span:
        return is_other
    far = sa.func.greatest(
        sa.cast(new, DOUBLE) - sa.cast(old, DOUBLE), sa.cast(old, DOUBLE) - sa.cast(new, DOUBLE)
    )
    is_one = sa.or_(old.is_(None), new.is_(None))
    return sa.and_(is_other, sa.or_(is_one, far > sa.literal(share * span, DOUBLE)))


def ranges_of(
    engine: Engine, then: Stand, now: Stand, columns: Sequence[Followed]
) -> list[float | None]:
    """The range of each column: as its score states it, else the spread of the base before.

    None: it is no number, or all values were one.
    """
    outputs = {
        (use.key, output.name): output for use in now.uses for output in used(use).score.outputs
    }
    found: list[float | None] = []
    asked: list[Value] = []
    places: list[int] = []
    for place, each in enumerate(columns):
        found.append(stated(outputs[each.key, each.output], each.after))
        if found[-1] is None and each.after.type in NUMBERS:
            cell = sa.cast(then.values.c[each.before.column], DOUBLE)
            asked += [sa.func.min(cell).label(f"l{place}"), sa.func.max(cell).label(f"h{place}")]
            places.append(place)
    if not asked:
        return found
    [row] = engine.rows(sa.select(*asked).select_from(then.values))
    for at, place in enumerate(places):
        low, high = row[2 * at], row[2 * at + 1]
        found[place] = float(high - low) if low is not None and high > low else None
    return found


def stated(output: Output, worked: Worked) -> float | None:
    """The range that a score states of a number."""
    if worked.type not in NUMBERS or output.low is None or output.high is None:
        return None
    return float(output.high) - float(output.low)


def _changes(
    chain: Chain, moved: sa.TableClause, column: Followed, place: int, number: int, at: datetime
) -> sa.Select[Any]:
    """Rows of `layout.CHANGES` of one column."""
    texts, numbers = chain.texts(place, moved=moved), chain.numbers
    cells: dict[str, Any] = {
        "id": texts.c.id,
        "score": sa.literal(column.key, sa.Text()),
        "name": sa.literal(column.name, sa.Text()),
        "old": texts.c[f"t{numbers[0]}"],
        "new": texts.c[f"t{numbers[-1]}"],
        "version": sa.literal(number, sa.BigInteger()),
        "at": sa.literal(at, Instant()),
        "reasons": chain.reasons(texts),
    }
    wanted = [
        sa.type_coerce(cells[each.name], each.type).label(each.name) for each in layout.CHANGES
    ]
    return sa.select(*wanted).select_from(texts)
