"""The tables of bulk edits and undo: which records, which became refused, what is taken back."""

import sqlalchemy as sa

from tresse.engine.types import Text

BULK = sa.MetaData()

BULK_ITEM = sa.Table(
    "bulk_item",
    BULK,
    sa.Column("bulk_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("reason", sa.BigInteger()),
    sqlite_with_rowid=False,
)
"""The records a bulk edit means, fixed before its first write. `reason`: NULL waits; above 0 it was
refused (`records.bulk.reasons`). Records that are done with are taken out."""

BULK_VALUE = sa.Table(
    "bulk_value",
    BULK,
    sa.Column("bulk_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("property_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("old", Text, primary_key=True),
    sa.Column("new", Text),
    sa.Column("normal", Text),
    sa.Column("is_refused", sa.Boolean(), nullable=False),
    sqlite_with_rowid=False,
)
"""What values become that a bulk edit works out from the old ones, each old value once. `old`,
`new`: stored texts, empty text for no value."""

UNDO_ITEM = sa.Table(
    "undo_item",
    BULK,
    sa.Column("undo_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("ref_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("other_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("old", Text),
    sa.Column("new", Text),
    sa.Column("normal", Text),
    sa.Column("outcome", sa.SmallInteger(), nullable=False),
    sqlite_with_rowid=False,
)
"""What an undo takes back, one row per item (`records.undo.items`). `ref_id`: the property or the
association type, else 0. Of a value `old` is what it was before and `new` what it was made, as
stored texts, `normal` the compared form of `old`. `outcome`: one of `records.undo.outcomes`."""
