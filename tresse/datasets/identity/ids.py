"""Ids that stay with their records over builds (DG14, D55 to D59)."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.identity.founding import founders, id_of
from tresse.datasets.identity.outcome import Before
from tresse.engine.base import Engine


@dataclass(frozen=True, slots=True)
class Ids:
    """Tables by `layout`."""

    members: sa.TableClause
    homes: sa.TableClause
    aliases: sa.TableClause
    id_changes: sa.TableClause


def placed(
    engine: Engine,
    dataset: str,
    records: sa.TableClause,
    clusters: sa.TableClause,
    *,
    before: Before | None,
    number: int,
    cause: str,
    name: str,
) -> Ids:
    """Give each cluster its id.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        dataset: Its name, which new ids are made of.
        records: By `layout`.
        clusters: `rid, label`: a row per record.
        before: The version before; None: there is none.
        number: Of this version.
        cause: Of new rows of `id_changes`.
        name: Begins the names of steps.
    """
    first = founders(records, clusters).subquery("first")
    live = engine.keep(
        f"{name}_live",
        sa.select(
            first.c.label,
            id_of(dataset, first.c.source, first.c.key, 0).label("id"),
            sa.cast(sa.literal(number), sa.BigInteger()).label("since"),
            first.c.first_seen.label("founded"),
        ),
    )
    both = sa.join(clusters, live, live.c.label == clusters.c.label)
    members = engine.keep(f"{name}_members", sa.select(clusters.c.rid, live.c.id).select_from(both))
    cells = [clusters.c.rid, live.c.id, live.c.since, live.c.founded]
    homes = engine.keep(f"{name}_homes", sa.select(*cells).select_from(both))
    return Ids(
        members=members,
        homes=homes,
        aliases=engine.keep(f"{name}_aliases", _none(layout.ALIASES)),
        id_changes=engine.keep(f"{name}_id_changes", _none(layout.ID_CHANGES)),
    )


def _none(columns: list[sa.ColumnClause[Any]]) -> sa.Select[Any]:
    """No rows of a table."""
    return sa.select(*(sa.cast(sa.null(), c.type).label(c.name) for c in columns)).where(sa.false())
