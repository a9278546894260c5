"""The catalogue of a PostgreSQL server: what there is to read, and of which types."""

from collections.abc import Sequence
from typing import Any

from tresse.connections.databases.postgresql_types import server_column
from tresse.connections.databases.session import Listed
from tresse.connections.kinds.base import ColumnSeen, TableKind, TableSeen

# The type below a domain is that of its values; a domain of a domain has it at its own bottom.
TYPED = """
    pg_catalog.format_type(a.atttypid, a.atttypmod),
    coalesce(below.typname, t.typname),
    t.typcategory::text,
    CASE WHEN t.typtype = 'd' AND a.atttypmod = -1 THEN t.typtypmod ELSE a.atttypmod END,
    NOT a.attnotnull
"""
COLUMNS = """
    LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
    LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type below ON below.oid = t.typbasetype AND t.typtype = 'd'
"""
WITHIN = """
    c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
"""
LISTED = f"""
WITH listed AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind::text AS relkind, c.reltuples,
        pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS is_readable
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE {WITHIN} AND (%(schema)s::text IS NULL OR n.nspname = %(schema)s)
    ORDER BY n.nspname, c.relname
    LIMIT %(most)s
)
SELECT c.nspname, c.relname, c.relkind, c.reltuples, c.is_readable, a.attname, {TYPED},
    (SELECT array_position(i.indkey::int2[], a.attnum) FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND i.indisprimary)
FROM listed c {COLUMNS}
ORDER BY c.nspname, c.relname, a.attnum
"""  # noqa: S608  our own words
"Rows of columns; a table without a column that may be read has one row, without column."

RELATION = f"""
SELECT n.nspname, c.relname, a.attname, {TYPED}
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
{COLUMNS}
WHERE c.oid = (
    SELECT c.oid FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (
        n.nspname || '.' || c.relname = %(name)s
        OR c.relname = %(name)s AND CASE WHEN %(schema)s::text IS NULL
            THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
    )
    ORDER BY n.nspname || '.' || c.relname = %(name)s DESC, n.nspname LIMIT 1
)
ORDER BY a.attnum
"""  # noqa: S608  our own words
TYPES_OF = """
SELECT t.oid, coalesce(below.typname, t.typname), t.typcategory::text,
    pg_catalog.format_type(t.oid, NULL)
FROM pg_catalog.pg_type t
LEFT JOIN pg_catalog.pg_type below ON below.oid = t.typbasetype AND t.typtype = 'd'
WHERE t.oid = ANY(%s)
"""
VIEWS = ("v", "m")


def listed_of(rows: Sequence[tuple[Any, ...]], most: int) -> Listed:
    """Tables of the rows of `LISTED`."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        tables.setdefault(f"{row[0]}.{row[1]}", []).append(row)
    readable, hidden = [], []
    for name, mine in list(tables.items())[:most]:
        if mine[0][4]:
            readable.append(_table(name, mine))
        else:
            hidden.append(name)
    return Listed(tuple(readable), tuple(hidden), is_cut=len(tables) > most)


def _table(name: str, rows: Sequence[tuple[Any, ...]]) -> TableSeen:
    kind: TableKind = "view" if rows[0][2] in VIEWS else "table"
    # Never analysed: -1, and 0 before version 14.
    estimate = int(rows[0][3])
    keyed = sorted((row[11], row[5]) for row in rows if row[11] is not None)
    columns: list[ColumnSeen] = [
        server_column(
            row[5],
            shown=row[6],
            base=row[7],
            category=row[8],
            modifier=row[9],
            is_nullable=row[10],
        ).seen
        for row in rows
        if row[5] is not None
    ]
    return TableSeen(
        name,
        kind,
        rows=estimate if estimate > 0 else None,
        is_estimate=estimate > 0,
        columns=tuple(columns),
        key=tuple(column for _, column in keyed),
    )
