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
from tresse.segments.bases import Members, base_of, sort_of
from tresse.segments.changes.facts import facts_of
from tresse.segments.models import List, Segment
from tresse.segments.tables import LIST_MEMBER

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
    try:
        base = base_of(row, model).rows()
        good = checked(row.filter, base, model=model, actor=actor, account=account)
    except TresseError:
        return None
    return words(good)


def filter_of(row: List | Segment) -> dict[str, str]:
    """The condition that means the members of a list or segment."""
    return {"list" if isinstance(row, List) else "segment": row.name}


def members(row: List | Segment, model: DataModel, actor: Actor, **asked: Any) -> Members:
    """A page of members in sight; `asked` goes to `SegmentBase.members`.

    Raises:
        TresseError: What the filter of a segment is refused with; `not_built`.
    """
    return base_of(row, model).members(filter_of(row), actor, **asked)


def count_of(row: List | Segment, model: DataModel, actor: Actor) -> int:
    """How many members in sight; 10,001 means more.

    Raises:
        TresseError: As `members`.
    """
    found = members(row, model, actor, limit=1, columns=(), count=True)
    return found.count or 0


def since_of(row: List | Segment, ids: Iterable[int | str]) -> Mapping[int | str, Any]:
    """Since when rows are members, by id; of a segment only if it is watched."""
    if isinstance(row, List):
        member = LIST_MEMBER.c
        found = sa.select(member.record_id, member.at).where(member.list_id == row.pk)
    else:
        sort, _ = sort_of(row.base)
        stay = sort.stays.c
        found = sa.select(stay[sort.member], stay.entered_at).where(
            stay.segment_id == row.pk, stay.left_at.is_(None)
        )
    return dict(rows(found.where(found.selected_columns[0].in_(list(ids)))))


def page_of(row: List | Segment, found: Members, model: DataModel, actor: Actor) -> dict[str, Any]:
    """A page of members as it is answered, each with `since`."""
    since = since_of(row, [each.id for each in found.members])
    told = base_of(row, model).answered(found.members, actor)
    return {
        "members": [{**each, "since": since.get(each["id"])} for each in told],
        "cursor": found.next,
        "previous": found.previous,
    }
