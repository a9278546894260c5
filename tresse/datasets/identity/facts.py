"""What constraints need to know of records, in usable values alone (D42 step 1)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.identity.constraints import Constraints
from tresse.datasets.identity.founding import place
from tresse.datasets.layout import RID, Plan, Planned
from tresse.engine.base import Engine
from tresse.engine.columns import epoch_micros

CLAIM = "DG13"
Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What one run of identity works on."""

    engine: Engine
    plan: Plan
    constraints: Constraints
    records: sa.TableClause
    guards: sa.TableClause | None
    blocked: frozenset[str]
    "Names of columns with values that tie nothing."
    accepted: sa.TableClause | None
    "`rid` of untrusted records whose claims a person accepted; None: of none."
    name: str
    "Begins the names of steps."


def scene_of(
    engine: Engine,
    plan: Plan,
    constraints: Constraints,
    records: sa.TableClause,
    *,
    guards: sa.TableClause | None,
    claims: Collection[int],
    name: str,
) -> Scene:
    """See `resolving.resolve`."""
    blocked: frozenset[str] = frozenset()
    if guards is not None:
        labels = engine.rows(sa.select(guards.c.columns).where(guards.c.guard != CLAIM).distinct())
        blocked = frozenset(label for (label,) in labels)
    accepted = None
    if claims:
        batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(claims), pa.int64())})
        accepted = engine.load(f"{name}_accepted", [batch], [sa.column("rid", RID)])
    return Scene(engine, plan, constraints, records, guards, blocked, accepted, name)


def facts(
    scene: Scene, places: Collection[int] | None = None, *, with_known: bool = True
) -> sa.Select[Any]:
    """Each record with its place, and usable values by constraint.

    Args:
        scene: The records.
        places: Columns of constraints that are asked for; None: all. Each costs a join.
        with_known: Whether `known` is asked for.

    Returns:
        `rid, first_seen, priority, source, key, seen` (microseconds)`, known`, and `v0, v1 …` by
        place in `Constraints.columns`; NULL where a record has no value, a dropped one or a mere
        claim.
    """
    records, wanted = scene.records, scene.constraints
    source: sa.FromClause = records
    cells: list[Value] = []
    for number, planned in enumerate(wanted.columns):
        if places is not None and number not in places:
            continue
        source, value = _usable(scene, source, planned, f"dropped_{number}")
        cells.append(value.label(f"v{number}"))
    known: list[Value] = []
    for number, planned in enumerate(wanted.known if with_known else ()):
        source, value = _usable(scene, source, planned, f"unknown_{number}")
        known.append(value.is_not(None))
    return sa.select(
        records.c.rid,
        *place(records),
        epoch_micros(records.c.first_seen).label("seen"),
        sa.or_(sa.false(), *known).label("known"),
        *cells,
    ).select_from(source)


def _usable(
    scene: Scene, source: sa.FromClause, planned: Planned, name: str
) -> tuple[sa.FromClause, Value]:
    """A column's value to compare by, where it may be compared; and what to select it from."""
    records = scene.records
    is_matched = any(each.name == planned.name for each in scene.plan.matched)
    value = records.c[planned.match if is_matched else planned.name]
    may: list[Value] = []
    if planned.column.name in scene.blocked and scene.guards is not None:
        guards = scene.guards.alias()
        dropped = (
            sa.select(guards.c.value)
            .where(guards.c.columns == planned.column.name, guards.c.guard != CLAIM)
            .distinct()
            .subquery(name)
        )
        source = source.outerjoin(dropped, dropped.c.value == value)
        may.append(dropped.c.value.is_(None))
    if planned.column.name not in scene.plan.definition.identity.guard.device:
        trusted: Value = records.c.trusted
        if scene.accepted is not None:
            trusted = sa.or_(trusted, records.c.rid.in_(sa.select(scene.accepted.c.rid)))
        may.append(trusted)
    return source, sa.case((sa.and_(sa.true(), *may), value))
