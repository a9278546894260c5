"""Examples of what differs between two versions of a dataset (D85)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.differing import differs
from tresse.datasets.builds.tables import Tables, names_of, tables_of
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine

Row = dict[str, Any]
LIMIT = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """A golden record of both versions with its columns that differ: name, value before, after."""

    row: Row
    cells: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Some golden records of each sort, by id; values by the names of columns."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[Changed, ...]


def examples(
    engine: Engine,
    one: DatasetVersion,
    other: DatasetVersion,
    *,
    column: str = "",
    limit: int = LIMIT,
) -> Examples:
    """Some golden records that were added, removed and changed from one version to another.

    Args:
        engine: Open.
        one: The version before.
        other: The version after.
        column: Only those that changed in this column; empty: in any.
        limit: Of each sort.
    """
    then, now = tables_of(engine, one), tables_of(engine, other)
    shared = _shared(then, now)
    wanted = [column] if column in shared else list(shared)
    before, after = then.golden.alias("before"), now.golden.alias("after")
    ids = engine.rows(
        sa.select(after.c.id)
        .select_from(before.join(after, before.c.id == after.c.id))
        .where(sa.or_(sa.false(), *(_differs(before, after, shared[name]) for name in wanted)))
        .order_by(after.c.id)
        .limit(limit)
    )
    return Examples(
        added=_missing(now, then, limit),
        removed=_missing(then, now, limit),
        changed=_changed(then, now, [str(id_) for (id_,) in ids], shared),
    )


def _shared(then: Tables, now: Tables) -> dict[str, tuple[str, str]]:
    """Columns that both versions have with one type: their physical names, by what people say."""
    old = {each.name: each for each in then.plan.shown}
    return {
        each.name: (old[each.name].column, each.column)
        for each in now.plan.shown
        if each.name in old and old[each.name].type == each.type
    }


def _differs(
    before: sa.FromClause, after: sa.FromClause, names: tuple[str, str]
) -> sa.ColumnElement[bool]:
    return differs(before.c[names[0]], after.c[names[1]])


def _missing(there: Tables, elsewhere: Tables, limit: int) -> tuple[Row, ...]:
    """Golden records of one version that the other has not."""
    golden, other = there.golden, elsewhere.golden
    absent = golden.c.id.not_in(sa.select(other.c.id))
    found = there.engine.rows(
        sa.select(golden.c.id).where(absent).order_by(golden.c.id).limit(limit)
    )
    return tuple(_rows(there, [str(id_) for (id_,) in found]))


def _rows(tables: Tables, ids: Sequence[str]) -> list[Row]:
    if not ids:
        return []
    golden, names = tables.golden, names_of(tables.plan)
    statement = sa.select(*(golden.c[physical] for physical in names.values()))
    rows = tables.engine.rows(statement.where(golden.c.id.in_(ids)).order_by(golden.c.id))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _changed(
    then: Tables, now: Tables, ids: Sequence[str], shared: dict[str, tuple[str, str]]
) -> tuple[Changed, ...]:
    old = {row["_id"]: row for row in _rows(then, ids)}
    return tuple(
        Changed(
            row,
            tuple(
                (name, old[row["_id"]][name], row[name])
                for name in shared
                if old[row["_id"]][name] != row[name]
            ),
        )
        for row in _rows(now, ids)
    )
