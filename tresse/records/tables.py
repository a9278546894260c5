"""The tables that grow with records: links, history, events, activities. Described in Core.

Who, when and from where stands once per change set; history, event and link rows name it. That
keeps them narrow, and an import of a million rows writes its author once.
"""

import sqlalchemy as sa

from tresse.engine.types import Instant, Text

METADATA = sa.MetaData()

CHANGE_SET = sa.Table(
    "change_set",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("user_id", sa.BigInteger()),
    sa.Column("token_id", sa.BigInteger()),
    sa.Column("automation_id", sa.BigInteger()),
    sa.Column("source", Text, nullable=False),
    sa.Column("source_id", sa.BigInteger()),
    sa.Column("is_quiet", sa.Boolean(), nullable=False),
)
"""One row per write, or per import, bulk edit, merge, batch. `source` is one of C25."""

HISTORY = sa.Table(
    "history",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("record_id", sa.BigInteger(), nullable=False),
    sa.Column("property_id", sa.Integer(), nullable=False),
    sa.Column("old", Text),
    sa.Column("new", Text),
    sa.Index("history_record", "record_id", "property_id", "id"),
    sa.Index("history_change_set", "change_set_id"),
)
"""One row per changed property. `old`, `new`: the stored value cast to text; NULL is empty."""

EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("record_id", sa.BigInteger(), nullable=False),
    sa.Column("other_id", sa.BigInteger()),
    sa.Column("association_id", sa.Integer()),
    sa.Column("data", Text),
    sa.Index("event_record", "record_id", "id"),
    sa.Index(
        "event_other",
        "other_id",
        "id",
        sqlite_where=sa.text("other_id IS NOT NULL"),
        postgresql_where=sa.text("other_id IS NOT NULL"),
    ),
    sa.Index("event_change_set", "change_set_id"),
)
"""What happened to records, one row per record and write, in the transaction of its cause (C55).

Names: `record_created record_changed record_deleted record_restored record_merged record_unmerged
record_linked record_unlinked record_calculated stage_changed task_created task_completed
activity_logged activity_changed list_added list_removed segment_entered segment_left`. The changed
values of `record_changed` are the history rows of its record and change set. Of a link, `record_id`
is the `from` record, `other_id` the `to` record. `data`: JSON of further fields.
On PostgreSQL a further column `xid` fences readers (rows of transactions still open).
"""

LINK = sa.Table(
    "link",
    METADATA,
    sa.Column("association_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("from_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("to_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Index("link_reverse", "association_id", "to_id", "from_id"),
    sqlite_with_rowid=False,
)
"""One row per pair and association type (or link label). A symmetric pair is kept once, lower id
in `from_id`. Links of binned records stay; readers join the record and ask `deleted_at IS NULL`."""

ACTIVITY = sa.Table(
    "activity",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("kind", Text, nullable=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("author_id", sa.BigInteger()),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Column("external_id", Text, unique=True),
    sa.Column("fields", Text, nullable=False),
    sa.Column("edited_at", Instant()),
    sa.Column("deleted_at", Instant()),
)
"""A note, call, e-mail or meeting. `fields`: JSON of the fields of its kind (C69)."""

ACTIVITY_RECORD = sa.Table(
    "activity_record",
    METADATA,
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("at", Instant(), primary_key=True),
    sa.Column("activity_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Index("activity_record_activity", "activity_id"),
    sqlite_with_rowid=False,
)
"""Which records an activity is about; keyed so that a timeline reads it newest first."""

COUNTER = sa.Table(
    "record_counter",
    METADATA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("last", sa.BigInteger(), nullable=False),
)
"""SQLite: one row with the last id given to any record. PostgreSQL: the sequence `record_id`."""
