"""The table that grows with members of segments over datasets. Described in Core."""

import sqlalchemy as sa

from tresse.engine.types import Instant, Text

METADATA = sa.MetaData()
_OPEN = sa.text("left_at IS NULL")

GOLDEN_MEMBER = sa.Table(
    "segment_golden_member",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("segment_id", sa.BigInteger(), nullable=False),
    sa.Column("golden_id", Text, nullable=False),
    sa.Column("entered_at", Instant(), nullable=False),
    sa.Column("left_at", Instant()),
    sa.Column("version_in", sa.BigInteger(), nullable=False),
    sa.Column("version_out", sa.BigInteger()),
    sa.Column("cause", Text, nullable=False),
    sa.Index(
        "segment_golden_member_now",
        "segment_id",
        "golden_id",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    sa.Index("segment_golden_member_left", "segment_id", "left_at"),
    sa.Index("segment_golden_member_entered", "segment_id", "entered_at"),
)
"""One row per stay of a golden record in a watched segment over a dataset (G54); `left_at` NULL: it
is in it now. `version_in`, `version_out`: numbers of the versions that it entered and left with.

`cause`: `version` (a version was published), `filled`, `filter`, `mended` as of `SEGMENT_MEMBER`.
When an id changes (D59), the row takes the new one: that is neither leaving nor entering.
"""
