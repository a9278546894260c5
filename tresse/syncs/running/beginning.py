"""Golden records that were there when a sync was switched on: `new_only` leaves them (Y10)."""

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables
from tresse.engine.base import Engine
from tresse.sources.versions import house
from tresse.syncs.models import Sync


def owner_of(sync_id: int) -> str:
    """Under which name the warehouse keeps them."""
    return f"sync_{sync_id}"


def keep_known(engine: Engine, tables: Tables, sync: Sync, number: int) -> None:
    """Write the ids of a version down, once."""
    owner = owner_of(sync.pk)
    if house().files(owner, number):
        return
    aside = house().aside(owner)
    engine.write(sa.select(tables.golden.c.id), aside)
    house().publish(aside, owner, number)


def forget_known(sync_id: int) -> None:
    """Remove what was written down."""
    house().remove_owner(owner_of(sync_id))


def known_of(engine: Engine, tables: Tables, sync: Sync) -> sa.TableClause:
    """Ids that are not new: those of then, and those that took their place since (D59)."""
    files = house().files(owner_of(sync.pk), sync.since) if sync.since else []
    then = engine.read(files, [sa.column("id", sa.Text())])
    changes = tables.id_changes
    later = engine.rows(
        sa.select(changes.c.old, changes.c.new, changes.c.version)
        .where(changes.c.version > (sync.since or 0))
        .order_by(changes.c.version, changes.c.old, changes.c.new)
    )
    if not later:
        return then
    there = {
        id
        for (id,) in engine.rows(
            sa.select(then.c.id).where(
                sa.exists().where(changes.c.old == then.c.id).correlate(then)
            )
        )
    }
    taken: set[str] = set()
    grows = True
    while grows:
        more = {new for old, new, _ in later if old in there or old in taken} - taken
        taken |= more
        grows = bool(more)
    more_ids = sa.select(changes.c.new.label("id")).where(changes.c.new.in_(sorted(taken)))
    every = sa.union(sa.select(then.c.id), more_ids).subquery()
    return engine.keep("known", sa.select(every.c.id))
