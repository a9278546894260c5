"""Records of each cluster made one golden record, with where every value is from (D70 to D76)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.layout import Plan
from tresse.datasets.merging import clusters
from tresse.datasets.merging.choices import Line, lines_of
from tresse.datasets.merging.finishing import Before, Finished, Relations, pinned, stamped
from tresse.datasets.merging.methods.base import Value
from tresse.datasets.merging.ranking import ranked, sized
from tresse.engine import columns
from tresse.engine.base import Engine
from tresse.engine.types import Instant

CELLS = 30_000_000
"Most cells of records that are worked on at once: some 2 GB of them."
BYTES_PER_CELL = 70
"What one takes while it is worked on, from which fewer follow where an engine may hold less."
Keep = Callable[[str, sa.SelectBase], sa.TableClause]
_TIMES = ("first_seen", "created_at", "modified_at")


@dataclass(frozen=True, slots=True)
class Merged:
    """What `merge` answers."""

    golden: sa.TableClause
    "By `layout.golden_columns`."
    values: sa.TableClause
    "By `layout.value_columns`."


def merge(
    engine: Engine,
    plan: Plan,
    records: sa.FromClause,
    members: sa.FromClause,
    *,
    pins: sa.FromClause | None = None,
    as_of: datetime,
    touched: sa.FromClause | None = None,
    before: Before | None = None,
    before_plan: Plan | None = None,
    number: int,
    relations: Sequence[str] = (),
    related: sa.FromClause | None = None,
    keep: Keep | None = None,
    name: str = "merging",
) -> Merged:
    """Choose the values of every golden record.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        plan: Columns, methods, groups, priority of sources. Methods fit their columns (`fits`).
        records: By `layout.record_columns`.
        members: `rid, id`: the golden record of every record, and of nothing else.
        pins: By `finishing.PINS`; None: nothing is pinned (D74).
        as_of: Moment of the build: no time of a record is later (D71).
        touched: `id` of the golden records to work out; all others are taken from `before`, which
            must hold them, made by the same plan. None: all are worked out.
        before: The version before, with `golden` and `values`; None: there is none.
        before_plan: Its plan; None: the same one.
        number: Of the version that is made, for `changed_in`.
        relations: Names of the dataset's relations.
        related: `id` and `<name>_id` per relation, a row per golden record, as `mapping.related`
            gives it; None: all of them are NULL.
        keep: Takes `golden` or `values` and the statement, and answers a table of what it gives:
            what writes it to its place at once saves a copy of both tables. None: `engine.keep`.
        name: Answers of two calls with the same name stand in each other's place.

    Returns:
        One row per golden record in both tables, in no particular order.

    Cost: `docs/reference/benchmarks.md`. Memory does not grow with the number of records, as
    clusters are worked on in parts of about `CELLS` cells.
    """
    lines = lines_of(plan, as_of)
    wanted = members
    if touched is not None:
        is_touched = members.c.id.in_(sa.select(touched.c.id))
        wanted = sa.select(members).where(is_touched).subquery("wanted")
    source = _clamped(records, as_of)
    sizes = sized(engine, wanted, f"{name}_sizes")
    steps = _summed(engine, source, wanted, sizes, lines, name)
    alone = clusters.alone(source, sizes, lines)
    rows = sa.union_all(alone, *(sa.select(step) for step in steps)).subquery("merged")
    finished = Finished(rows, lines, pinned(engine, pins, f"{name}_pins"))
    golden: sa.SelectBase = stamped(
        finished.golden().subquery("golden"),
        plan,
        Relations(relations, related),
        before=None if before is None else before.golden,
        before_plan=before_plan,
        number=number,
    )
    values: sa.SelectBase = finished.values()
    if touched is not None and before is not None:
        untouched = _untouched(engine, members, touched, f"{name}_untouched")
        golden = _with_copies(golden, before.golden, untouched)
        values = _with_copies(values, before.values, untouched)
    kept = keep or (lambda table, statement: engine.keep(f"{name}_{table}", statement))
    merged = Merged(
        kept("golden", _typed(golden, layout.golden_columns(plan, relations))),
        kept("values", _typed(values, layout.value_columns(plan))),
    )
    for step in (*steps, sizes):
        engine.drop(step.name)
    for each in ("pins", "untouched"):
        engine.drop(f"{name}_{each}")
    return merged


def _summed(
    engine: Engine,
    records: sa.FromClause,
    members: sa.FromClause,
    sizes: sa.TableClause,
    lines: Sequence[Line],
    name: str,
) -> list[sa.TableClause]:
    """The merged rows of clusters of two and more, in steps by their sizes."""
    number = sa.func.count().label("number")
    counted = engine.rows(sa.select(sizes.c.members, number).group_by(sizes.c.members))
    numbers = {members: members * clusters for members, clusters in counted if members > 1}
    if not numbers:
        return []
    ranks = ranked(engine, records, members, sizes, lines, f"{name}_ranks")
    cells = CELLS if engine.memory is None else min(CELLS, engine.memory // BYTES_PER_CELL)
    most_rows = max(1, cells // (len(lines) + 5))
    steps = []
    for least, most in (*clusters.SIZES, (clusters.LARGEST + 1, max(numbers))):
        rows = sum(found for size, found in numbers.items() if least <= size <= most)
        parts = -(-rows // most_rows)
        for part in range(parts):
            fits: Value = ranks.c.members.between(least, most)
            if parts > 1:
                fits = sa.and_(fits, columns.remainder(ranks.c.head, sa.literal(parts)) == part)
            step = f"{name}_from_{least}_{part}"
            found = engine.keep(f"{name}_rows", _rows(records, ranks, lines, fits))
            steps.append(_step(engine, found, sizes, lines, (least, most), name, step))
    for each in ("ranks", "rows", "combined", "won"):
        engine.drop(f"{name}_{each}")
    return steps


def _step(
    engine: Engine,
    rows: sa.TableClause,
    sizes: sa.TableClause,
    lines: Sequence[Line],
    bounds: tuple[int, int],
    name: str,
    step: str,
) -> sa.TableClause:
    """The merged rows of clusters, all of whose records are in `rows`."""
    statement = clusters.combined(rows, lines)
    combined = None if statement is None else engine.keep(f"{name}_combined", statement)
    if bounds in clusters.SIZES:
        merged = clusters.beside(rows, sizes, combined, lines, *bounds)
    else:
        won = engine.keep(f"{name}_won", clusters.winners(rows, lines))
        merged = clusters.aggregated(rows, won, sizes, combined, lines)
    return engine.keep(step, merged)


def _rows(
    records: sa.FromClause, ranks: sa.FromClause, lines: Sequence[Line], fits: Value
) -> sa.Select[Any]:
    """Records of some clusters, with their places."""
    names = ["source", "key", "first_seen", "modified_at", *(line.name for line in lines)]
    return (
        sa.select(*ranks.c, *(records.c[each] for each in names))
        .join_from(records, ranks, ranks.c.rid == records.c.rid)
        .where(fits)
    )


def _clamped(records: sa.FromClause, as_of: datetime) -> sa.FromClause:
    """Records whose times are not later than the build's moment, NaN as NULL."""
    moment = sa.literal(as_of, Instant())
    cells: list[Any] = []
    for each in records.c:
        cell: Any = each
        if each.name in _TIMES:
            cell = sa.case((each > moment, moment), else_=each)
        elif isinstance(each.type, sa.Float):
            cell = columns.finite(each)
        cells.append(sa.type_coerce(cell, each.type).label(each.name))
    return sa.select(*cells).subquery("clamped")


def _untouched(
    engine: Engine, members: sa.FromClause, touched: sa.FromClause, name: str
) -> sa.TableClause:
    """Ids that are there and not worked out."""
    is_touched = members.c.id.in_(sa.select(touched.c.id))
    return engine.keep(name, sa.select(members.c.id).where(sa.not_(is_touched)).distinct())


def _with_copies(
    made: sa.SelectBase, before: sa.FromClause, untouched: sa.FromClause
) -> sa.SelectBase:
    found = made.subquery("made")
    copied = sa.select(*(before.c[each.name] for each in found.c)).join_from(
        before, untouched, untouched.c.id == before.c.id
    )
    return sa.union_all(sa.select(found), copied)


def _typed(statement: sa.SelectBase, wanted: Sequence[sa.ColumnClause[Any]]) -> sa.Select[Any]:
    """The statement with its columns in order and of their types."""
    found = statement.subquery("kept")
    cells = [sa.cast(found.c[each.name], each.type).label(each.name) for each in wanted]
    return sa.select(*cells)
