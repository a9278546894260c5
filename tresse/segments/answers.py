"""Lists, segments and their members as REST and `--json` give them."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.filters import checked, words
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import DataModel
from tresse.records.answers import Shown
from tresse.records.lists import Listed, listed
from tresse.segments.changes.facts import facts_of
from tresse.segments.models import List, Segment
from tresse.segments.tables import LIST_MEMBER, SEGMENT_MEMBER

LINES = 200
"Members of a page at most."


def shown(row: List | Segment, model: DataModel, actor: Actor) -> dict[str, Any]:
    """A list or segment as it is answered."""
    found = facts_of(row) | {
        "owner": row.owner.email if row.owner else None,
        "version": row.version,
        "updated_at": row.updated_at,
    }
    if isinstance(row, Segment):
        found |= {"words": words_of(row, model, actor), "watched_since": row.watched_since}
    return found


def words_of(
    row: Segment, model: DataModel, actor: Actor, *, account: Account | None = None
) -> str | None:
    """The filter of a segment as a sentence; None if the person cannot read it (G38)."""
    base = model.object(row.base)
    try:
        good = checked(row.filter, base, model=model, actor=actor, account=account)
    except TresseError:
        return None
    return words(good)


def filter_of(row: List | Segment) -> dict[str, str]:
    """The condition that means the members of a list or segment."""
    return {"list" if isinstance(row, List) else "segment": row.name}


def members(row: List | Segment, model: DataModel, actor: Actor, **asked: Any) -> Listed:
    """A page of members in sight, as `listed` gives records; `asked` goes to it.

    Raises:
        TresseError: as `listed`; also what the filter of a segment is refused with.
    """
    object = model.object(row.base)
    return listed(model, object, actor=actor, filter=filter_of(row), **asked)


def count_of(row: List | Segment, model: DataModel, actor: Actor) -> int:
    """How many members in sight; 10,001 means more.

    Raises:
        TresseError: what the filter of a segment is refused with.
    """
    found = members(row, model, actor, limit=1, columns=(), count=True)
    return found.count or 0


def since_of(row: List | Segment, ids: Iterable[int]) -> Mapping[int, Any]:
    """Since when records are members, by id; of a segment only if it is watched."""
    if isinstance(row, List):
        member = LIST_MEMBER.c
        found = sa.select(member.record_id, member.at).where(member.list_id == row.pk)
    else:
        stay = SEGMENT_MEMBER.c
        found = sa.select(stay.record_id, stay.entered_at).where(
            stay.segment_id == row.pk, stay.left_at.is_(None)
        )
    return dict(rows(found.where(found.selected_columns[0].in_(list(ids)))))


def page_of(row: List | Segment, found: Listed, model: DataModel, actor: Actor) -> dict[str, Any]:
    """A page of members as it is answered, each with `since`."""
    shown_records = Shown(model.object(row.base), actor)
    since = since_of(row, [record.id for record in found.records])
    return {
        "members": [
            {**shown_records.record(record), "since": since.get(record.id)}
            for record in found.records
        ],
        "cursor": found.next,
        "previous": found.previous,
    }
