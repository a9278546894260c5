"""What differs between the rows that are wanted and those a destination has acknowledged (Y22).

Everything is set-based, by hash: 1 M rows are compared in seconds (Y64). Values are read for the
rows that differ alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from django.db import transaction

from tresse.engine.base import Engine
from tresse.engine.types import Instant
from tresse.engine.types import Text as OwnText
from tresse.objects.database import batches
from tresse.syncs.limits import KEY_LONGEST

ADDED, CHANGED, UNCHANGED = 1, 2, 3
PIECE = 100_000
STATE = sa.table(
    "syncs_syncstate",
    sa.column("sync_id", sa.BigInteger()),
    sa.column("key", OwnText),
    sa.column("golden_id", OwnText),
    sa.column("remote", OwnText),
    sa.column("hash", OwnText),
    sa.column("asked", OwnText),
    sa.column("values", OwnText),
    sa.column("kept", sa.Integer()),
    sa.column("number", sa.Integer()),
    sa.column("at", Instant()),
)
"""The table of `models.SyncState`, for set statements."""


@dataclass(frozen=True)
class Difference:
    """Steps of the engine.

    `faulty`: `id key code n`, rows that cannot be sent (Y23). `todo`: `id key asked old_key remote
    sort`, rows to add or change. `gone`: `key golden_id remote`, rows that are no longer wanted.
    """

    faulty: sa.TableClause
    todo: sa.TableClause
    gone: sa.TableClause
    state: sa.TableClause
    "As `state_of` gave it."
    rows: int
    refused: int
    unchanged: int
    added: int
    changed: int
    acknowledged: int
    "Rows of the state."


def state_of(engine: Engine, sync_id: int) -> sa.TableClause:
    """What the destination has acknowledged, without values: `key golden_id remote asked kept`."""
    names = ("key", "golden_id", "remote", "asked", "kept")
    statement = sa.select(*(STATE.c[name] for name in names)).where(STATE.c.sync_id == sync_id)
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.int64())
    schema = pa.schema(list(zip(names, types, strict=True)))

    def pieces() -> Iterator[pa.RecordBatch]:
        with transaction.atomic():
            yield from _batches()

    def _batches() -> Iterator[pa.RecordBatch]:
        for rows in batches(statement, PIECE):
            arrays = [
                pa.array(values, type_)
                for values, type_ in zip(zip(*rows, strict=True), types, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    columns: list[sa.ColumnClause[Any]] = [
        *(sa.column(name, sa.Text()) for name in names[:-1]),
        sa.column("kept", sa.BigInteger()),
    ]
    return engine.load("state", pieces(), columns)


def compared(
    engine: Engine, wanted: sa.TableClause, state: sa.TableClause, *, number: int
) -> Difference:
    """The classes of Y22.

    Args:
        engine: Open.
        wanted: `id key asked`.
        state: As `state_of` gives it.
        number: Version that is compared: a row with a field that was left is looked at anew only
            on a later one.
    """
    faulty = engine.keep("faulty", _faulty(wanted))
    good = engine.keep("good", _good(wanted, faulty))
    classed = engine.keep("classed", _classed(good, state, number))
    counts: dict[int, int] = dict(
        engine.rows(sa.select(classed.c.sort, sa.func.count()).group_by(classed.c.sort))
    )
    todo = engine.keep(
        "todo",
        sa.select(
            *(classed.c[n] for n in ("id", "key", "asked", "old_key", "remote", "sort"))
        ).where(classed.c.sort != UNCHANGED),
    )
    gone = engine.keep("gone", _gone(wanted, classed, state))
    refused = _number(engine, faulty)
    return Difference(
        faulty,
        todo,
        gone,
        state,
        rows=refused + sum(counts.values()),
        refused=refused,
        unchanged=counts.get(UNCHANGED, 0),
        added=counts.get(ADDED, 0),
        changed=counts.get(CHANGED, 0),
        acknowledged=_number(engine, state),
    )


def _number(engine: Engine, table: sa.FromClause) -> int:
    return int(engine.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _faulty(wanted: sa.TableClause) -> sa.Select[Any]:
    """Rows without a key, with a key of several rows, or a key that is too long."""
    again = (
        sa.select(wanted.c.key, sa.func.count().label("n"))
        .where(wanted.c.key.is_not(None))
        .group_by(wanted.c.key)
        .having(sa.func.count() > 1)
        .subquery("again")
    )
    length = sa.func.length(wanted.c.key)
    code = sa.case(
        (wanted.c.key.is_(None), "key_null"),
        (again.c.n.is_not(None), "key_repeated"),
        else_="text_too_long",
    )
    number = sa.func.coalesce(again.c.n, length, 0)
    return (
        sa.select(
            wanted.c.id,
            sa.func.coalesce(wanted.c.key, "").label("key"),
            sa.type_coerce(code, sa.Text()).label("code"),
            sa.cast(number, sa.BigInteger()).label("n"),
        )
        .select_from(wanted.outerjoin(again, again.c.key == wanted.c.key))
        .where(sa.or_(wanted.c.key.is_(None), again.c.n.is_not(None), length > KEY_LONGEST))
    )


def _good(wanted: sa.TableClause, faulty: sa.TableClause) -> sa.Select[Any]:
    is_faulty = sa.exists().where(faulty.c.id == wanted.c.id).correlate(wanted)
    return sa.select(wanted.c.id, wanted.c.key, wanted.c.asked).where(~is_faulty)


def _classed(good: sa.TableClause, state: sa.TableClause, number: int) -> sa.Select[Any]:
    """Rows with what they are; those of another key, but of one golden record, change it (Y25)."""
    other = good.alias("other")
    named = sa.exists().where(other.c.key == state.c.key).correlate(state)
    moved = (
        sa.select(state.c.golden_id, sa.func.min(state.c.key).label("key"))
        .where(~named)
        .group_by(state.c.golden_id)
        .subquery("moved")
    )
    same, old = state.alias("same"), state.alias("old")
    is_kept = sa.func.coalesce(same.c.kept, number) < number
    sort = sa.case(
        (sa.and_(same.c.asked == good.c.asked, ~is_kept), UNCHANGED),
        (sa.or_(same.c.key.is_not(None), old.c.key.is_not(None)), CHANGED),
        else_=ADDED,
    )
    joined = (
        good.outerjoin(same, same.c.key == good.c.key)
        .outerjoin(moved, sa.and_(same.c.key.is_(None), moved.c.golden_id == good.c.id))
        .outerjoin(old, old.c.key == moved.c.key)
    )
    return sa.select(
        good.c.id,
        good.c.key,
        good.c.asked,
        old.c.key.label("old_key"),
        sa.func.coalesce(same.c.remote, old.c.remote).label("remote"),
        sa.cast(sort, sa.BigInteger()).label("sort"),
    ).select_from(joined)


def _gone(wanted: sa.TableClause, classed: sa.TableClause, state: sa.TableClause) -> sa.Select[Any]:
    """Rows of the state that nothing asks for any more, under their key or another one."""
    by_key = sa.exists().where(wanted.c.key == state.c.key).correlate(state)
    by_id = sa.exists().where(wanted.c.id == state.c.golden_id).correlate(state)
    moved = sa.exists().where(classed.c.old_key == state.c.key).correlate(state)
    return sa.select(state.c.key, state.c.golden_id, state.c.remote).where(~by_key, ~by_id, ~moved)
