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


def founders(records: sa.FromClause, clusters: sa.FromClause) -> sa.Select[Any]:
    """The first record of each cluster.

    Args:
        records: By `layout`.
        clusters: `rid, label`: rows of records, each once.

    Returns:
        `label, rid, first_seen, source, key`.
    """
    joined = sa.join(records, clusters, clusters.c.rid == records.c.rid)
    number = (
        sa.func.row_number()
        .over(partition_by=clusters.c.label, order_by=place(records))
        .label("number")
    )
    ranked = (
        sa.select(
            clusters.c.label,
            records.c.rid,
            records.c.first_seen,
            records.c.source,
            records.c.key,
            number,
        )
        .select_from(joined)
        .subquery("ranked")
    )
    cells = (ranked.c[n] for n in ("label", "rid", "first_seen", "source", "key"))
    return sa.select(*cells).where(ranked.c.number == 1)
