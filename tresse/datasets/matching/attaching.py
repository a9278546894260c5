"""From records to attachments: which key values tie which records, and which tie nothing (D41)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.layout import ATTACHMENTS, GUARDS, RID, Plan, Planned
from tresse.datasets.matching.blocked import as_read, blocked_by, is_value
from tresse.datasets.matching.cleaning import not_normalised
from tresse.datasets.matching.counts import FREQUENCY, counted
from tresse.datasets.matching.rows import Dropped, Scene, Statement
from tresse.datasets.matching.rules import Keys, guard_of, key_columns
from tresse.datasets.matching.values import Value
from tresse.engine.base import Engine

BLOCKED, CLAIMED = "DG1", "DG13"
Pairs = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Attached:
    """What `attach` answers: tables that the engine keeps."""

    attachments: sa.TableClause
    "`rid, strength, value`, each once: usable ones, not yet accepted."
    guards: sa.TableClause
    "`layout.GUARDS`: a row per guard, column or set, value and column counted."
    claims: sa.TableClause
    """`rid, strength, value, is_held`: values of untrusted records that tie nothing unless a person
    accepts them (DG13); `is_held` where an attachment of the same value stands."""
    warnings: Mapping[str, Any]
    "As builds keep them: `{code: {count, columns: {name: count}, examples}}`."


def attach(
    engine: Engine,
    plan: Plan,
    records: sa.TableClause,
    *,
    lifted: Pairs = frozenset(),
    claims: Collection[int] = frozenset(),
    earlier: sa.TableClause | None = None,
    normalised: Collection[str] = frozenset(),
) -> Attached:
    """Tie records to the key values they may be matched by (D40, DG1, DG2, DG2b, DG7, DG13, DG17).

    A value is dropped as a whole: on all records, whichever of them made a guard act. Mere claims
    are neither matched nor counted by any guard, so that nobody can block the values of others.
    The result depends on the rows alone, not on their order.

    Args:
        engine: Keeps the steps; those named `matching_…` are replaced.
        plan: What the build works by.
        records: `layout.record_columns(plan)`; `rid` is unique.
        lifted: Column, or columns of a set joined by `, `, and match value: never dropped (D50).
        claims: `rid` of untrusted records whose claims a person accepted.
        earlier: `rid, strength, value` that records had before, for sets that remember (D46).
        normalised: Dataset columns that the rules of every feeding source clean (D12).
    """
    if not plan.definition.identity.keys:
        return _nothing(engine)
    scene = Scene(
        engine,
        plan,
        records,
        accepted=_loaded_rids(engine, claims),
        has_untrusted=_has_untrusted(engine, records),
        earlier=earlier,
    )
    waived = _loaded_pairs(engine, lifted)
    dropped = _without(scene, "columns", _of_columns(scene), waived)
    of_sets = _of_sets(scene, dropped)
    if of_sets:
        dropped = _without(scene, "sets", [sa.select(dropped.table), *of_sets], waived)
    attachments = engine.keep("matching_attachments", attachments_of(scene, dropped))
    claimed = engine.keep("matching_claims", _claims(scene, dropped, attachments))
    guards = engine.keep("matching_guards", _guard_rows(scene, dropped, claimed))
    return Attached(attachments, guards, claimed, not_normalised(scene, normalised))


def blocked_values(guards: sa.FromClause) -> sa.Select[Any]:
    """How many values are blocked, each once (`blocked_values` of D130); claims do not count."""
    rows = sa.select(guards.c["columns"], guards.c.value).where(guards.c.guard != CLAIMED)
    return sa.select(sa.func.count()).select_from(rows.distinct().subquery())


def _nothing(engine: Engine) -> Attached:
    """Of a dataset without identity keys (D5)."""
    found = ATTACHMENTS[:3]
    claims = [*found, sa.column("is_held", sa.Boolean())]
    return Attached(engine.read([], found), engine.read([], GUARDS), engine.read([], claims), {})


def _has_untrusted(engine: Engine, records: sa.TableClause) -> bool:
    found = sa.select(sa.literal(1)).where(sa.not_(records.c.trusted)).limit(1)
    return bool(engine.rows(found))


def _loaded_rids(engine: Engine, rids: Collection[int]) -> sa.TableClause | None:
    if not rids:
        return None
    batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(rids), pa.int64())})
    return engine.load("matching_accepted", [batch], [sa.column("rid", RID)])


def _loaded_pairs(engine: Engine, pairs: Pairs) -> sa.TableClause | None:
    if not pairs:
        return None
    labels, values = zip(*sorted(pairs), strict=True)
    batch = pa.RecordBatch.from_pydict({"label": list(labels), "value": list(values)})
    columns = [sa.column("label", sa.Text()), sa.column("value", sa.Text())]
    return engine.load("matching_lifted", [batch], columns)


def _of_columns(scene: Scene) -> list[Statement]:
    """What guards drop of single key columns: `ACTS`."""
    return [_of_column(scene, planned) for planned in key_columns(scene.keys)]


def _of_column(scene: Scene, planned: Planned) -> Statement:
    """Blocked values, and of the others those that a guard by counts drops."""
    engine, name, country = scene.engine, planned.column.name, scene.plan.country
    blocked = engine.keep(f"matching_blocked_{planned.number}", _blocked(scene, planned))
    allowed = guard_of(scene.plan).allowed.get(name, ())
    found = [sa.select(blocked)]
    for counts in counted(scene, planned):
        rows = counts.subquery()
        found.append(
            sa.select(rows).where(
                _is_not_in(rows.c.value, blocked.c.value),
                *_not_allowed(planned, rows.c.value, allowed, country),
            )
        )
    acts = sa.union_all(*found).subquery()
    return sa.select(sa.literal(name).label("label"), acts)


def _blocked(scene: Scene, planned: Planned) -> Statement:
    """Values of a blocked text or pattern (DG1), each once, as `counts.counted` gives the others.

    Claims are looked at too, as nothing is counted here.
    """
    guard, name, country = guard_of(scene.plan), planned.column.name, scene.plan.country
    blocked, allowed = guard.blocked.get(name, ()), guard.allowed.get(name, ())
    rows = scene.of_column(planned, claimed=True)
    read = as_read(planned, rows.c.cell, rows.c.value, blocked).label("read")
    cells = sa.select(rows.c.value, read).subquery()
    which = blocked_by(planned, cells.c.read, cells.c.value, blocked, country)
    listed = sa.case(*((holds, by) for by, holds in which)).label("proxy")
    hits = (
        sa.select(cells.c.value, cells.c.read, listed)
        .where(*_not_allowed(planned, cells.c.value, allowed, country))
        .subquery()
    )
    # Of one value some cells may be a blocked text as read, and others not: all of them count.
    value, by = sa.func.coalesce(hits.c.value, hits.c.read), sa.func.min(hits.c.proxy)
    row: list[Value] = [
        sa.literal(BLOCKED).label("guard"),
        value.label("value"),
        by.label("proxy"),
        _NO_NUMBER.label("count"),
        sa.func.count().label("records"),
    ]
    return (
        sa.select(*row)
        .where(sa.or_(hits.c.proxy.is_not(None), hits.c.read.is_not(None)))
        .group_by(value)
        .having(by.is_not(None))
    )


def _of_sets(scene: Scene, dropped: Dropped) -> list[Statement]:
    """What is dropped of sets of several columns: values on too many records (DG2b)."""
    cap, found = guard_of(scene.plan).cap, []
    for keys in scene.keys:
        if keys.is_single:
            continue
        rows = scene.of_set(keys, dropped).subquery()
        number = sa.func.count()
        found.append(
            sa.select(
                sa.literal(keys.label).label("label"),
                sa.literal(FREQUENCY).label("guard"),
                rows.c.value,
                _NO_TEXT.label("proxy"),
                number.label("count"),
                number.label("records"),
            )
            .group_by(rows.c.value)
            .having(number > cap)
        )
    return found


def _without(
    scene: Scene, name: str, acts: Iterable[Statement], waived: sa.TableClause | None
) -> Dropped:
    """What is dropped, but for the values that a person lifted."""
    found = sa.union_all(*acts).subquery()
    statement = sa.select(found)
    if waived is not None:
        is_waived = sa.select(waived.c.value).where(
            waived.c.label == found.c.label, waived.c.value == found.c.value
        )
        statement = statement.where(sa.not_(sa.exists(is_waived.correlate(found))))
    table = scene.engine.keep(f"matching_dropped_{name}", statement)
    labels = scene.engine.rows(sa.select(table.c.label).distinct())
    return Dropped(table, frozenset(label for (label,) in labels))


def _of_set(scene: Scene, keys: Keys, dropped: Dropped, *, claimed: bool = False) -> Statement:
    rows = scene.of_set(keys, dropped, claimed=claimed)
    if keys.is_single or keys.label not in dropped.labels:
        return rows
    found = rows.subquery()
    return sa.select(found).where(dropped.leaves_of(keys.label, found.c.value))


def attachments_of(scene: Scene, dropped: Dropped) -> sa.SelectBase:
    """`rid, strength, value` of all key sets, but of values that are dropped."""
    return sa.union_all(*(_of_set(scene, keys, dropped) for keys in scene.keys))


def _claims(scene: Scene, dropped: Dropped, attachments: sa.TableClause) -> Statement:
    """Claims that would tie a record if they were accepted."""
    if not scene.has_untrusted:
        nothing = sa.select(attachments, sa.false().label("is_held"))
        return nothing.where(sa.false())
    found = sa.union_all(
        *(_of_set(scene, keys, dropped, claimed=True) for keys in scene.keys if not keys.is_device)
    ).subquery()
    held = (
        sa.select(attachments.c.strength, attachments.c.value)
        .where(attachments.c.value.in_(sa.select(found.c.value)))
        .distinct()
        .subquery()
    )
    same = sa.and_(held.c.strength == found.c.strength, held.c.value == found.c.value)
    return sa.select(found, held.c.value.is_not(None).label("is_held")).join_from(
        found, held, same, isouter=True
    )


def _guard_rows(scene: Scene, dropped: Dropped, claimed: sa.TableClause) -> sa.SelectBase:
    """`layout.GUARDS`: all that was dropped, and the claims by value."""
    rows = dropped.table
    acts = sa.select(
        rows.c.guard, rows.c.label.label("columns"), rows.c.value, rows.c.records, rows.c.count,
        rows.c.proxy,
    )  # fmt: skip
    if not scene.has_untrusted:
        return acts
    label = sa.case(*((claimed.c.strength == keys.strength, keys.label) for keys in scene.keys))
    claims = sa.select(
        sa.literal(CLAIMED), label, claimed.c.value, sa.func.count(), _NO_NUMBER, _NO_TEXT
    ).group_by(claimed.c.strength, claimed.c.value)
    return sa.union_all(acts, claims)


def _not_allowed(
    planned: Planned, value: Value, texts: Sequence[str], country: str
) -> list[sa.ColumnElement[bool]]:
    """That a value, which may be NULL, is none that no guard may drop."""
    if not texts:
        return []
    return [sa.not_(sa.func.coalesce(is_value(planned, value, texts, country), sa.false()))]


def _is_not_in(value: Value, others: sa.ColumnClause[Any]) -> sa.ColumnElement[bool]:
    """An anti join; NOT IN is another thing to engines, as NULLs could be among the others."""
    return sa.not_(
        sa.exists(sa.select(others).where(others == value).correlate_except(others.table))
    )


_NO_TEXT = sa.cast(sa.null(), sa.Text())
_NO_NUMBER = sa.cast(sa.null(), sa.BigInteger())
