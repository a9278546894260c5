"""Matching of some records, where it is known of all other values whether they tie (D82)."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching.attaching import CLAIMED, attachments_of
from tresse.datasets.matching.blocked import as_read
from tresse.datasets.matching.rows import Dropped, Scene
from tresse.datasets.matching.rules import guard_of, joined, key_columns, key_sets
from tresse.datasets.matching.values import Value
from tresse.engine.base import Engine

ALWAYS = ("rid", "trusted")


def columns_needed(plan: Plan) -> list[str]:
    """Columns of records that matching looks at."""
    cells = (each.name for each in key_columns(key_sets(plan)))
    return [*ALWAYS, *cells, *(each.match for each in plan.matched)]


def values_of(plan: Plan, records: sa.FromClause) -> sa.Select[Any]:
    """`label, value`, each once: what records carry, as rows of guards name it.

    Of a key column its match value, or the cell as it was read where there is none; of a set of
    several columns their values joined. These are all the values whose guards a record can change.
    """
    parts = [
        sa.select(sa.literal(label).label("label"), value.label("value")).select_from(records)
        for label, value in _values(plan, records)
    ]
    found = sa.union_all(*parts).subquery("carried")
    return sa.select(found).where(found.c.value.is_not(None)).distinct()


def carriers_of(plan: Plan, records: sa.FromClause, values: sa.FromClause) -> sa.SelectBase:
    """`rid` of records that carry one of some values (`label, value`), once or several times."""
    parts = []
    for label, value in _values(plan, records):
        wanted = sa.select(values.c.value).where(values.c.label == label)
        parts.append(sa.select(records.c.rid).where(value.in_(wanted)))
    return sa.union_all(*parts)


def strengths_of(plan: Plan) -> list[tuple[str, int]]:
    """Label and strength of every key set."""
    return [(keys.label, keys.strength) for keys in key_sets(plan)]


def labels_of_sets(plan: Plan) -> frozenset[str]:
    """Columns that are part of a set of several."""
    several = (keys for keys in key_sets(plan) if not keys.is_single)
    return frozenset(each.column.name for keys in several for each in keys.columns)


def tied(
    engine: Engine, plan: Plan, records: sa.TableClause, guards: sa.FromClause
) -> sa.Select[Any]:
    """Attachments (`rid, strength, value`) of records, none of them untrusted or remembering.

    Args:
        engine: Holds the tables.
        plan: Of the records.
        records: Some of a version.
        guards: `layout.GUARDS` of the whole version.
    """
    dropped = engine.keep(
        "narrow_dropped",
        sa.select(guards.c.columns.label("label"), guards.c.value)
        .where(guards.c.guard != CLAIMED)
        .distinct(),
    )
    labels = engine.rows(sa.select(dropped.c.label).distinct())
    scene = Scene(engine, plan, records, accepted=None, has_untrusted=False, earlier=None)
    found = attachments_of(scene, Dropped(dropped, frozenset(label for (label,) in labels)))
    rows = found.subquery("tied")
    return sa.select(rows)


def _values(plan: Plan, records: sa.FromClause) -> Iterable[tuple[str, Value]]:
    keys = key_sets(plan)
    for planned in key_columns(keys):
        yield planned.column.name, _carried(plan, records, planned)
    for each in keys:
        if not each.is_single:
            yield each.label, joined(records.c[part.match] for part in each.columns)


def _carried(plan: Plan, records: sa.FromClause, planned: Planned) -> Value:
    blocked = guard_of(plan).blocked.get(planned.column.name, ())
    value, cell = records.c[planned.match], records.c[planned.name]
    return sa.func.coalesce(value, as_read(planned, cell, value, blocked))
