"""Guards by counts of a column's values: fan-out (DG2), frequency (DG2b), direction (DG7)."""

from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Planned
from tresse.datasets.matching.rows import Scene
from tresse.datasets.matching.rules import directions, fan_outs, guard_of
from tresse.datasets.matching.values import FOLD, Value, normaliser
from tresse.sources.columns import Defaults
from tresse.sources.rules import RULES
from tresse.sources.rules.settings import settings_of

FAN_OUT, FREQUENCY, DIRECTION = "DG2", "DG2b", "DG7"
Statement = sa.Select[Any]


def counted(scene: Scene, planned: Planned) -> list[Statement]:
    """Values of a key column that a guard by counts drops: `guard, value, proxy, count, records`.

    A value may be there several times, once for each guard and column that was counted. Values on
    few records are left out by one grouping of all; only the others are counted closely.
    """
    plan = scene.plan
    fans, ways = fan_outs(plan, planned), directions(plan, planned)
    alone = any(key.is_single and key.columns[0].name == planned.name for key in scene.keys)
    cap = guard_of(plan).cap
    most = [each.over for each in fans] + ([cap] if alone else [])
    if not most and not ways:
        return []
    met = {name: plan.of(name) for name in (*(f.of for f in fans), *(w.of for w in ways))}
    rows = scene.of_column(planned, [met[each.of] for each in ways])
    number = sa.func.count().label("n")
    is_many = [number > min(most)] if most else []
    several = [_meets_several(rows.c[met[each.of].match], each.at_most) for each in ways]
    candidates = scene.engine.keep(
        f"matching_many_{planned.number}",
        sa.select(rows.c.value, number)
        .where(rows.c.value.is_not(None))
        .group_by(rows.c.value)
        .having(sa.or_(*is_many, *several)),
    )
    found = []
    if alone:
        many = candidates.c
        found.append(_row(FREQUENCY, many.value, "", many.n, many.n).where(many.n > cap))
    for fan in fans:
        found.append(_meeting(scene, planned, met[fan.of], candidates, fan.over, FAN_OUT))
    for way in ways:
        found.append(_meeting(scene, planned, met[way.of], candidates, way.at_most, DIRECTION))
    return found


def _meets_several(other: Value, most: int) -> sa.ColumnElement[bool]:
    """A condition of a group that holds of all with more than `most` distinct values, and others.

    Counting distinct values is dear; that the least and the greatest differ is not.
    """
    enough = sa.func.count(other) > most
    if most < 1:
        return enough
    return sa.and_(enough, sa.func.min(other) != sa.func.max(other))


def _meeting(
    scene: Scene,
    planned: Planned,
    other: Planned,
    candidates: sa.TableClause,
    most: int,
    guard: str,
) -> Statement:
    """Values that meet more than `most` distinct values of another column, NULL being none."""
    rows = scene.of_column(planned, [other])
    pairs = (
        sa.select(rows.c.value, rows.c[other.match].label("other"), candidates.c.n)
        .join_from(rows, candidates, candidates.c.value == rows.c.value)
        .where(rows.c[other.match].is_not(None), candidates.c.n > most)
        .distinct()
        .subquery()
    )
    met: Value = pairs.c.other
    if guard == FAN_OUT and normaliser(other.column.semantic) != FOLD:
        fold = RULES[FOLD]
        met = fold.apply(met, "text", settings_of(fold, {}), Defaults())
    number = sa.func.count(sa.distinct(met))
    return (
        _row(guard, pairs.c.value, other.column.name, number, pairs.c.n)
        .group_by(pairs.c.value, pairs.c.n)
        .having(number > most)
    )


def _row(guard: str, value: Value, proxy: str, number: Value, records: Value) -> Statement:
    cells: list[Value] = [
        sa.literal(guard).label("guard"),
        value.label("value"),
        sa.cast(proxy or sa.null(), sa.Text()).label("proxy"),
        sa.cast(number, sa.BigInteger()).label("count"),
        records.label("records"),
    ]
    return sa.select(*cells)
