"""The catalogue of a MariaDB or MySQL server: what there is to read, and of which types."""

from collections.abc import Sequence
from typing import Any

from tresse.connections.databases.columns import ServerColumn
from tresse.connections.databases.mysql_types import server_column, type_of_catalogue
from tresse.connections.databases.session import Listed
from tresse.connections.kinds.base import TableKind, TableSeen

# MySQL answers names of its catalogue in capitals, hence columns by place.
TABLES = """
SELECT t.table_name, t.table_type, t.table_rows
FROM information_schema.tables t
WHERE t.table_schema = DATABASE() AND t.table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
ORDER BY t.table_name
LIMIT %s
"""
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type, c.column_type, c.numeric_precision,
    c.numeric_scale, c.is_nullable, c.privileges
FROM information_schema.columns c
WHERE c.table_schema = DATABASE() AND (%s IS NULL OR c.table_name = %s)
ORDER BY c.table_name, c.ordinal_position
"""
KEYS = """
SELECT s.table_name, s.column_name
FROM information_schema.statistics s
WHERE s.table_schema = DATABASE() AND s.index_name = 'PRIMARY'
ORDER BY s.table_name, s.seq_in_index
"""
Row = Sequence[Any]


def columns_of(rows: Sequence[Row]) -> tuple[ServerColumn, ...]:
    """Columns of the rows of `COLUMNS`, those that the user may read."""
    return tuple(
        server_column(
            str(row[1]),
            type_of_catalogue(_text(row[2]), _text(row[3]), row[4], row[5]),
            is_nullable=row[6] == "YES",
        )
        for row in rows
        if "select" in _text(row[7])
    )


def listed_of(
    tables: Sequence[Row], columns: Sequence[Row], keys: Sequence[Row], most: int
) -> Listed:
    """Tables of the rows of `TABLES`, `COLUMNS` and `KEYS`."""
    by_table: dict[str, list[Row]] = {}
    for row in columns:
        by_table.setdefault(str(row[0]), []).append(row)
    key: dict[str, list[str]] = {}
    for name, column in keys:
        key.setdefault(str(name), []).append(str(column))
    readable, hidden = [], []
    for row in tables[:most]:
        name = str(row[0])
        mine = columns_of(by_table.get(name, ()))
        if not mine:
            hidden.append(name)
            continue
        kind: TableKind = "view" if row[1] == "VIEW" else "table"
        seen = tuple(column.seen for column in mine)
        rows = None if row[2] is None else int(row[2])
        readable.append(
            TableSeen(name, kind, rows, rows is not None, seen, tuple(key.get(name, ())))
        )
    return Listed(tuple(readable), tuple(hidden), is_cut=len(tables) > most)


def _text(value: Any) -> str:
    # MySQL 8 answers some columns of its catalogue as bytes.
    return value.decode() if isinstance(value, bytes) else str(value)
