"""Who came into a watched segment or left it lately, with why (G52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows
from tresse.objects.described import DataModel
from tresse.segments.bases import Member, base_of, sort_of
from tresse.segments.models import Segment
from tresse.segments.sizes import QUIET

MOST = 10


@dataclass(frozen=True, slots=True)
class Move:
    """One coming or going; `member` None: out of sight, or gone.

    `version`: number of the version that brought it; of records None.
    """

    at: datetime
    is_in: bool
    member: Member | None
    version: int | None = None


def lately(row: Segment, model: DataModel, actor: Actor) -> Sequence[Move]:
    """The last moves, the latest first; nobody comes by the first filling or a changed filter."""
    sort, _ = sort_of(row.base)
    stay = sort.stays.c
    mine = stay.segment_id == row.pk
    came = stay.version_in if "version_in" in stay else sa.null()
    went = stay.version_out if "version_out" in stay else sa.null()
    entered = (
        sa.select(stay.entered_at, stay[sort.member], came)
        .where(mine, stay.cause.not_in(QUIET))
        .order_by(stay.entered_at.desc(), stay.id.desc())
        .limit(MOST)
    )
    left = (
        sa.select(stay.left_at, stay[sort.member], went)
        .where(mine, stay.left_at.is_not(None))
        .order_by(stay.left_at.desc(), stay.id.desc())
        .limit(MOST)
    )
    found = [(*each, True) for each in rows(entered)] + [(*each, False) for each in rows(left)]
    # Of one moment, who came had come before somebody left.
    found.sort(key=lambda each: (each[0], not each[3]), reverse=True)
    named = base_of(row, model).named([id for _, id, _, _ in found[:MOST]], actor)
    return [Move(at, is_in, named.get(id), number) for at, id, number, is_in in found[:MOST]]
