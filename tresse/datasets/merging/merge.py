"""Records of each cluster made one golden record, with where every value is from (D70 to D76)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.layout import Plan
from tresse.datasets.merging import clusters
from tresse.datasets.merging.choices import Line, lines_of
from tresse.datasets.merging.finishing import Before, Finished, pinned, stamped
from tresse.datasets.merging.ranking import ranked, sized
from tresse.engine import columns
from tresse.engine.base import Engine
from tresse.engine.types import Instant

_TIMES = ("first_seen", "created_at", "modified_at")


@dataclass(frozen=True, slots=True)
class Merged:
    """Steps that the engine keeps."""

    golden: sa.TableClause
    "By `layout.golden_columns`."
    values: sa.TableClause
    "By `layout.value_columns`: who won of how many, before fills and pins."


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
    name: str = "merging",
) -> Merged:
    """Choose the values of every golden record.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        plan: Columns, methods, groups, priority of sources. Methods fit their columns (`fits`).
        records: By `layout.record_columns`.
        members: `rid, id`: every record's golden record. Rids that are no records count not.
        pins: By `finishing.PINS`; None: nothing is pinned (D74).
        as_of: Moment of the build: no time of a record is later (D71).
        touched: `id` of the golden records to work out; all others are taken from `before`, which
            must hold them, made by the same plan. None: all are worked out.
        before: The version before, with `golden` and `values`; None: there is none.
        before_plan: Its plan; None: the same one.
        number: Of the version that is made, for `changed_in`.
        relations: Names of the dataset's relations.
        related: `rid` and `<name>_id` per relation: the golden record that a record points to; the
            latest known one stands. None: all of them are NULL.
        name: Answers of two calls with the same name stand in each other's place.

    Returns:
        One row per golden record in both tables, in no particular order. Cost, measured: see
        docs/reference/benchmarks.md.
    """
    lines = lines_of(plan, as_of, relations)
    wanted = members
    if touched is not None:
        wanted = sa.select(members).where(members.c.id.in_(sa.select(touched.c.id))).subquery("w")
    source = _clamped(records, relations, related, as_of)
    sizes = sized(engine, wanted, f"{name}_sizes")
    steps = _summed(engine, source, wanted, sizes, lines, name)
    alone = clusters.alone(source, sizes, lines)
    rows = sa.union_all(alone, *(sa.select(step) for step in steps)).subquery("merged")
    finished = Finished(rows, lines, pinned(engine, pins, f"{name}_pins"))
    golden: sa.SelectBase = stamped(
        finished.golden().subquery("golden"),
        plan,
        relations,
        before=None if before is None else before.golden,
        before_plan=before_plan,
        number=number,
    )
    values: sa.SelectBase = finished.values()
    if touched is not None and before is not None:
        untouched = _untouched(engine, members, touched, f"{name}_untouched")
        golden = _with_copies(golden, before.golden, untouched)
        values = _with_copies(values, before.values, untouched)
    kept = Merged(
        _kept(engine, f"{name}_golden", golden, layout.golden_columns(plan, relations)),
        _kept(engine, f"{name}_values", values, layout.value_columns(plan)),
    )
    for each in ("sizes", "pins", "untouched"):
        engine.drop(f"{name}_{each}")
    for step in steps:
        engine.drop(step.name)
    return kept


def _summed(
    engine: Engine,
    records: sa.FromClause,
    members: sa.FromClause,
    sizes: sa.TableClause,
    lines: Sequence[Line],
    name: str,
) -> list[sa.TableClause]:
    """The merged rows of clusters of two and more, a step per size of them."""
    ranks = ranked(engine, records, members, sizes, lines, f"{name}_ranks")
    steps = []
    for least, most in (*clusters.SIZES, (clusters.LARGEST + 1, None)):
        rows = engine.keep(f"{name}_rows", _rows(records, ranks, lines, least, most))
        statement = clusters.combined(rows, lines)
        combined = None if statement is None else engine.keep(f"{name}_combined", statement)
        if most is None:
            won = engine.keep(f"{name}_won", clusters.winners(rows, lines))
            merged = clusters.aggregated(rows, won, sizes, combined, lines)
        else:
            merged = clusters.beside(rows, sizes, combined, lines, least, most)
        steps.append(engine.keep(f"{name}_from_{least}", merged))
    for each in ("ranks", "rows", "combined", "won"):
        engine.drop(f"{name}_{each}")
    return steps


def _rows(
    records: sa.FromClause,
    ranks: sa.FromClause,
    lines: Sequence[Line],
    least: int,
    most: int | None,
) -> sa.Select[Any]:
    """Records of clusters of a size, with their places."""
    fits = ranks.c.members >= least
    if most is not None:
        fits = sa.and_(fits, ranks.c.members <= most)
    names = ["source", "key", "first_seen", "modified_at", *(line.name for line in lines)]
    return (
        sa.select(*ranks.c, *(records.c[each] for each in names))
        .join_from(records, ranks, ranks.c.rid == records.c.rid)
        .where(fits)
    )


def _clamped(
    records: sa.FromClause,
    relations: Sequence[str],
    related: sa.FromClause | None,
    as_of: datetime,
) -> sa.FromClause:
    """Records whose times are not later than the build's moment, NaN as NULL, with relations."""
    moment = sa.literal(as_of, Instant())
    cells: list[Any] = []
    for each in records.c:
        cell: Any = each
        if each.name in _TIMES:
            cell = sa.case((each > moment, moment), else_=each)
        elif isinstance(each.type, sa.Float):
            cell = columns.finite(each)
        cells.append(sa.type_coerce(cell, each.type).label(each.name))
    source: Any = records
    for name in relations:
        if related is None:
            cells.append(sa.cast(sa.null(), sa.Text()).label(f"{name}_id"))
        else:
            cells.append(related.c[f"{name}_id"])
    if relations and related is not None:
        source = records.outerjoin(related, related.c.rid == records.c.rid)
    return sa.select(*cells).select_from(source).subquery("clamped")


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


def _kept(
    engine: Engine, name: str, statement: sa.SelectBase, wanted: Sequence[sa.ColumnClause[Any]]
) -> sa.TableClause:
    """The statement with its columns in order and of their types."""
    found = statement.subquery("kept")
    cells = [sa.cast(found.c[each.name], each.type).label(each.name) for each in wanted]
    return engine.keep(name, sa.select(*cells))
