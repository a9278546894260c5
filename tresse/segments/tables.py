"""The tables that grow with members of lists and segments. Described in Core."""

import sqlalchemy as sa

from tresse.engine.types import Instant, Text

METADATA = sa.MetaData()

LIST_MEMBER = sa.Table(
    "list_member",
    METADATA,
    sa.Column("list_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Index("list_member_record", "record_id", "list_id"),
    sqlite_with_rowid=False,
)
"""One row per record on a list; the change set says who or what put it there. Members in the bin
stay; readers join the record and ask `deleted_at IS NULL`."""

_OPEN = sa.text("left_at IS NULL")

SEGMENT_MEMBER = sa.Table(
    "segment_member",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("segment_id", sa.BigInteger(), nullable=False),
    sa.Column("record_id", sa.BigInteger(), nullable=False),
    sa.Column("entered_at", Instant(), nullable=False),
    sa.Column("left_at", Instant()),
    sa.Column("cause", Text, nullable=False),
    sa.Column("change_set_id", sa.BigInteger()),
    sa.Index(
        "segment_member_now",
        "segment_id",
        "record_id",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    sa.Index("segment_member_left", "segment_id", "left_at"),
    sa.Index("segment_member_record", "record_id"),
)
"""One row per stay of a record in a watched segment (G52); `left_at` NULL: it is in it now.

`cause`: why it entered: `change` (the change set says which), `time` (time alone), `filled` (the
segment began to be watched), `filter` (its filter was changed), `mended` (the nightly comparison).
"""

TOUCHED = sa.Table(
    "segment_touched",
    METADATA,
    sa.Column("object_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sqlite_with_rowid=False,
)
"""Stage of one batch of events: which records they touched, and by which change set last. Empty
but for the transaction that reads the batch."""
