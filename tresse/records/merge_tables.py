"""The tables of merging: its journal, other values that find a record, likely duplicates."""

import sqlalchemy as sa

from tresse.engine.types import Instant, Text

MERGING = sa.MetaData()
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

MERGE = sa.Table(
    "record_merge",
    MERGING,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("survivor_id", sa.BigInteger(), nullable=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Column("undone_by", sa.BigInteger()),
    sa.Column("kept", Text, nullable=False),
    sa.Index("record_merge_survivor", "survivor_id"),
)
"""One row per merge. `undone_by`: the change set that took it apart. `kept`: JSON of what only
values need: `before` and `after` (column of the survivor → stored text, of the columns it changed),
`other_values` that were moved, `keepers`."""

MERGED = sa.Table(
    "merged",
    MERGING,
    sa.Column("merge_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Index("merged_record", "record_id"),
    sqlite_with_rowid=False,
)
"""The records that went into the survivor. Their rows stay as they were, in the bin, and name it
in `merged_into`."""

MERGE_LINK = sa.Table(
    "merge_link",
    MERGING,
    sa.Column("merge_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("sort", Text, primary_key=True),
    sa.Column("association_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("from_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("to_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sqlite_with_rowid=False,
)
"""What a merge did to links. `sort`: `others` (links the others had), `made` (that the survivor
was given), `dropped` (of its own, beyond a limit), `older` (of its own, which took the change set
of an equal, older link)."""

MERGE_ACTIVITY = sa.Table(
    "merge_activity",
    MERGING,
    sa.Column("merge_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("sort", Text, primary_key=True),
    sa.Column("activity_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Activities of the others (`others`) and those the survivor was given (`made`)."""

OTHER_VALUE = sa.Table(
    "other_value",
    MERGING,
    sa.Column("property_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("compared", Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("value", Text, nullable=False),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Index("other_value_record", "record_id", "property_id"),
    sqlite_with_rowid=False,
)
"""Further values of a unique or match-key property that find the record (C21). `value`: the stored
value as text; `compared`: its compared form as text."""

DUPLICATE_KEY = sa.Table(
    "duplicate_key",
    MERGING,
    sa.Column("rule", Text, primary_key=True),
    sa.Column("object_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("key", Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Index("duplicate_key_record", "record_id"),
    sqlite_with_rowid=False,
)
"""Folded forms by which records are compared, kept by the job that looks for duplicates."""

DUPLICATE_GROUP = sa.Table(
    "duplicate_group",
    MERGING,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("object_id", sa.Integer(), nullable=False),
    sa.Column("reasons", Text, nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Index("duplicate_group_object", "object_id", "id"),
)
"""Records that are likely one. `reasons`: names of rules, by commas. `number`: how many records
share the key, which may be more than the group holds."""

DUPLICATE_MEMBER = sa.Table(
    "duplicate_member",
    MERGING,
    sa.Column("group_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Index("duplicate_member_record", "record_id"),
    sqlite_with_rowid=False,
)
"""The records of a group, the first of them where they are too many."""

NOT_DUPLICATE = sa.Table(
    "not_duplicate",
    MERGING,
    sa.Column("low_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("high_id", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("change_set_id", sa.BigInteger(), nullable=False),
    sa.Index("not_duplicate_high", "high_id"),
    sqlite_with_rowid=False,
)
"""Pairs of which a person said that they are two (C67)."""

DUPLICATE_RUN = sa.Table(
    "duplicate_run",
    MERGING,
    sa.Column("object_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("groups", sa.Integer(), nullable=False),
    sa.Column("is_capped", sa.Boolean(), nullable=False),
)
"""When duplicates of an object type were looked for last, and how many groups there were."""
