"""Rows of one version for programs: filtered, sorted by any columns, a page at a time (D130)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.datasets.builds.tables import Tables, names_of, tables_of
from tresse.datasets.golden_filter import ids_where
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.kernel.errors import UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_

A_COLUMN = N_("column of {name}")
Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the rows of a version; columns by the names that people use.

    `sort`: with `-` before a name descending; empty cells last, ties by id. `columns` None: all.
    """

    filter: Any = None
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    limit: int | None = 50
    actor: Actor = SYSTEM
    "Whose segments the filter may name."


def rows_of(
    engine: Engine, version: DatasetVersion, asked: Asked, *, after: str = ""
) -> list[dict[str, Any]]:
    """Rows of a version as values of Python, `_id` first among all columns.

    Args:
        engine: Open.
        version: Whose golden records.
        asked: Which.
        after: `_id` of the last row of the page before.

    Raises:
        TresseError: `unknown_name` (a column), what a filter is refused for.
    """
    names, statement = _statement(engine, version, asked, after)
    return [dict(zip(names, row, strict=True)) for row in engine.rows(statement)]


def batches_of(engine: Engine, version: DatasetVersion, asked: Asked) -> Iterator[pa.RecordBatch]:
    """The same streamed, columns under the names that people use."""
    names, statement = _statement(engine, version, asked, "")
    for batch in engine.batches(statement):
        yield batch.rename_columns(names)


def _statement(
    engine: Engine, version: DatasetVersion, asked: Asked, after: str
) -> tuple[list[str], sa.Select[Any]]:
    tables = tables_of(engine, version)
    golden, physical = tables.golden, names_of(tables.plan, tables.relations)
    names = list(asked.columns if asked.columns is not None else physical)
    for name in (*names, *(each.removeprefix("-") for each in asked.sort)):
        _check(version, name, physical)
    statement = sa.select(
        *(golden.c[physical[name]].label(f"v{at}") for at, name in enumerate(names))
    )
    if asked.filter is not None:
        given = (asked.filter, tables.plan, golden, tables.relations)
        ids = ids_where(*given, actor=asked.actor, moment=version.as_of)
        statement = statement.where(golden.c.id.in_(ids))
    order = _order(tables, asked.sort)
    if after:
        place = _place(engine, tables, order, after)
        statement = statement.where(_beyond(order, place) if place else sa.false())
    statement = statement.order_by(*(_directed(value, falls) for value, falls in order))
    return names, statement.limit(asked.limit) if asked.limit else statement


def _check(version: DatasetVersion, name: str, known: Sequence[str] | Any) -> None:
    if name not in known:
        sort = gettext(A_COLUMN).format(name=version.dataset.name)
        near = nearest(name, known)
        raise UNKNOWN_NAME(sort=sort, name=name, nearest=near, known=list(known))


def _order(tables: Tables, sort: Sequence[str]) -> list[tuple[Value, bool]]:
    """What rows are ordered by, each with whether it falls; the last is the id."""
    golden, physical = tables.golden, names_of(tables.plan, tables.relations)
    found: list[tuple[Value, bool]] = []
    for name in sort:
        column = golden.c[physical[name.removeprefix("-")]]
        found.append((sa.case((column.is_(None), 1), else_=0), False))
        found.append((column, name.startswith("-")))
    return [*found, (golden.c.id, False)]


def _directed(value: Value, falls: bool) -> Any:
    return value.desc() if falls else value.asc()


def _place(
    engine: Engine, tables: Tables, order: Sequence[tuple[Value, bool]], id_: str
) -> tuple[Any, ...] | None:
    golden = tables.golden
    cells = [value.label(f"p{at}") for at, (value, _) in enumerate(order)]
    found = engine.rows(sa.select(*cells).select_from(golden).where(golden.c.id == id_))
    return found[0] if found else None


def _beyond(order: Sequence[tuple[Value, bool]], place: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Rows that come after a place; an empty cell is told by the flag before it."""
    ways: list[sa.ColumnElement[bool]] = []
    same: list[sa.ColumnElement[bool]] = []
    for (value, falls), at in zip(order, place, strict=True):
        if at is None:
            continue
        literal = sa.literal(at, value.type)
        ways.append(sa.and_(*same, value < literal if falls else value > literal))
        same.append(value == literal)
    return sa.or_(*ways)
