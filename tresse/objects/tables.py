"""The physical table of an object type: names and types of its columns, and its DDL.

Only this module knows physical names and writes DDL. DDL is plain `ALTER TABLE … ADD COLUMN`
(nullable) and `CREATE INDEX`; Django's schema editor would rebuild the table on SQLite and drop
indexes it did not make (`docs/decisions/0001-records-in-real-tables.md`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tresse.engine.types import Instant, Text

if TYPE_CHECKING:
    from tresse.objects.described import PropertyDef

# Columns of every record table that are no properties.
BARE = ("version", "deleted_at", "merged_into")
# Common properties (C41) live in columns of their own name.
COMMON: dict[str, sa.types.TypeEngine[object]] = {
    "external_id": Text,
    "owner": sa.BigInteger(),
    "owner_assigned_at": Instant(),
    "created_at": Instant(),
    "created_by": sa.BigInteger(),
    "created_source": Text,
    "updated_at": Instant(),
    "updated_by": sa.BigInteger(),
    "last_activity_at": Instant(),
    "activity_count": sa.BigInteger(),
}


def table_name(object_id: int) -> str:
    """Physical name of the table of an object type."""
    return f"object_{object_id}"


def described_table(object_id: int, properties: Iterable["PropertyDef"]) -> sa.Table:
    """The record table as a Core table.

    Columns: `id` (primary key), `version` (rises with each write), `deleted_at` (in the bin since),
    `merged_into`, the common ones, then per property its value column and, where stored, the
    column with its normal form. All but `id` and `version` may be NULL.
    """
    columns: list[sa.Column[object]] = [
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("deleted_at", Instant()),
        sa.Column("merged_into", sa.BigInteger()),
        *(sa.Column(name, type_) for name, type_ in COMMON.items()),
    ]
    taken = {column.name for column in columns}
    for prop in properties:
        if prop.column and prop.column not in taken:
            columns.append(sa.Column(prop.column, prop.kind.column))
        if prop.has_normal:
            columns.append(sa.Column(prop.normal_column, Text))
    return sa.Table(table_name(object_id), sa.MetaData(), *columns)
