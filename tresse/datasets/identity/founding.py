"""New ids of clusters (D55), and the order of records that D42 goes by."""

from typing import Any

import sqlalchemy as sa

from tresse.engine.columns import sha256, substring

JOINT = "\x1f"
DIGITS = 32
"Hexadecimal ones: 128 bits of the SHA-256."


def place(records: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    """The order of records (D42): first-seen time, source priority, source name, record key."""
    each = records.c
    return each.first_seen, each.priority, each.source, each.key


def id_of(
    dataset: str, source: sa.ColumnElement[Any], key: sa.ColumnElement[Any], counter: int
) -> sa.ColumnElement[str]:
    """The id that a founding record gives; never NULL for one that has source and key."""
    text = sa.literal(f"{dataset}{JOINT}{counter}{JOINT}") + source + JOINT + key
    return substring(sha256(text), 1, DIGITS)


def founders(
    records: sa.FromClause, clusters: sa.FromClause, firsts: sa.FromClause | None = None
) -> sa.Select[Any]:
    """The first record of each cluster.

    Args:
        records: By `layout`.
        clusters: `rid, label`: rows of records, each once.
        firsts: `label, first_seen`: when the first record of some clusters was first seen, which
            spares ranking the others of these.

    Returns:
        `label, rid, first_seen, source, key`.
    """
    cells = [clusters.c.label, records.c.rid, *place(records)]
    rows: sa.SelectBase = sa.select(*cells).join_from(
        records, clusters, clusters.c.rid == records.c.rid
    )
    if firsts is not None:
        is_first = sa.or_(firsts.c.label.is_(None), firsts.c.first_seen == records.c.first_seen)
        rows = (
            sa.select(*cells)
            .join_from(records, clusters, clusters.c.rid == records.c.rid)
            .outerjoin(firsts, firsts.c.label == clusters.c.label)
            .where(is_first)
        )
    some = rows.subquery("some")
    number = sa.func.row_number().over(partition_by=some.c.label, order_by=place(some))
    ranked = sa.select(*some.c, number.label("number")).subquery("ranked")
    names = ("label", "rid", "first_seen", "source", "key")
    return sa.select(*(ranked.c[name] for name in names)).where(ranked.c.number == 1)
