"""What became of ids since the version before (D59)."""

from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.identity.outcome import Before

MERGED, SPLIT, REVIVED = "merged", "split", "revived"


def changes_of(
    before: Before,
    *,
    fresh: sa.TableClause,
    made: sa.TableClause,
    kept: sa.TableClause,
    aliases: sa.TableClause,
    number: int,
    cause: str,
) -> sa.CompoundSelect[Any]:
    """Changes of the version before, and those that this one makes.

    Args:
        before: The version before.
        fresh: `rid, label` of clusters with a new id.
        made: `label, id`: those ids.
        kept: `label, id`: ids that were there before and are the id of a cluster.
        aliases: `layout.ALIASES` of this version.
        number: Of this version.
        cause: Of new rows.

    Returns:
        `layout.ID_CHANGES`. `merged`: `old` stands for `new` now, and did not before, nor did what
        it stood for. `split`: records of `old` have the new id `new`. `revived`: `new` stood for
        `old`, and has a cluster of its own again.
    """
    cells = [before.id_changes.c[each.name] for each in layout.ID_CHANGES]
    changes = {
        MERGED: _merged(before.aliases, aliases),
        SPLIT: _split(before.members, fresh, made),
        REVIVED: sa.select(before.aliases.c.to.label("old"), kept.c.id.label("new")).join_from(
            kept, before.aliases, before.aliases.c.id == kept.c.id
        ),
    }
    return sa.union_all(
        sa.select(*cells), *(_rows(found, kind, number, cause) for kind, found in changes.items())
    )


def _merged(former: sa.TableClause, aliases: sa.TableClause) -> sa.Select[Any]:
    was, then = former.alias("was"), aliases.alias("then")
    led_to = sa.func.coalesce(then.c.to, was.c.to)
    return (
        sa.select(aliases.c.id.label("old"), aliases.c.to.label("new"))
        .select_from(
            aliases.outerjoin(was, was.c.id == aliases.c.id).outerjoin(then, then.c.id == was.c.to)
        )
        .where(led_to.is_distinct_from(aliases.c.to))
    )


def _split(members: sa.TableClause, fresh: sa.TableClause, made: sa.TableClause) -> sa.Select[Any]:
    return (
        sa.select(members.c.id.label("old"), made.c.id.label("new"))
        .join_from(fresh, made, made.c.label == fresh.c.label)
        .join(members, members.c.rid == fresh.c.rid)
        .distinct()
    )


def _rows(found: sa.Select[Any], kind: str, number: int, cause: str) -> sa.Select[Any]:
    rows = found.subquery(kind)
    return sa.select(
        rows.c.old,
        rows.c.new,
        sa.literal(kind).label("kind"),
        sa.cast(sa.literal(number), sa.BigInteger()).label("version"),
        sa.literal(cause).label("cause"),
    )
