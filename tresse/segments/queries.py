"""Reads of lists and segments: those in sight, what they are made of, who is in them."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import sqlalchemy as sa
from django.db.models import Q, QuerySet

from tresse.accounts.actor import Actor
from tresse.kernel.errors import Refusal, nearest
from tresse.objects.database import rows, scalar
from tresse.objects.described import DataModel
from tresse.records.visibility import visible
from tresse.segments.bases import sort_of
from tresse.segments.models import List, Segment
from tresse.segments.refusals import LIST_NOT_FOUND, SEGMENT_NOT_FOUND
from tresse.segments.tables import LIST_MEMBER, SEGMENT_MEMBER

C = TypeVar("C", List, Segment)


def in_sight(model: type[C], actor: Actor) -> QuerySet[C]:
    """Lists or segments that a person sees: own ones, and those shared with them (G45).

    Of an object type or dataset whose rows they may not see, none.
    """
    found = model.objects.select_related("owner", "team")
    if actor.rights.is_administrator:
        return found
    shared = Q(sharing="everyone") | Q(owner_id=actor.user_id)
    if actor.user_id is not None:
        shared |= Q(sharing="team", team__members=actor.user_id)
    keys = set(model.objects.values_list("base", flat=True).distinct())
    hidden = [key for key in keys for sort, name in [sort_of(key)] if not sort.sees(name, actor)]
    return found.filter(shared).exclude(base__in=hidden).distinct()


def lists(actor: Actor) -> QuerySet[List]:
    """All lists in sight, by label."""
    return in_sight(List, actor).order_by("folder", "label", "id")


def segments(actor: Actor) -> QuerySet[Segment]:
    """All segments in sight, by label."""
    return in_sight(Segment, actor).order_by("folder", "label", "id")


def list_named(name: str, actor: Actor) -> List:
    """The list of that name.

    Raises:
        TresseError: `unknown_name`, also for one out of sight.
    """
    return _named(List, name, actor, LIST_NOT_FOUND)


def segment_named(name: str, actor: Actor) -> Segment:
    """The segment of that name.

    Raises:
        TresseError: `unknown_name`, also for one out of sight.
    """
    return _named(Segment, name, actor, SEGMENT_NOT_FOUND)


def _named(model: type[C], name: str, actor: Actor, refusal: Refusal) -> C:
    seen = in_sight(model, actor)
    found = seen.filter(name=name).first()
    if found is None:
        raise refusal(name=name, nearest=nearest(name, seen.values_list("name", flat=True)))
    return found


def may_change(row: List | Segment, actor: Actor) -> bool:
    """Whether a person may rename, change or delete it: its owner, or who may share (G50)."""
    if actor.rights.is_administrator or row.owner_id == actor.user_id:
        return True
    return row.sharing != "private" and actor.has("segments.share")


def may_fill(row: List, actor: Actor) -> bool:
    """Whether a person may put records on a list and take them off.

    Lists they may change, and of those shared with them the lists of records they may edit.
    """
    return may_change(row, actor) or actor.scope(row.base, "edit") != "none"


def list_counts(found: Iterable[List], model: DataModel, actor: Actor) -> Mapping[int, int]:
    """How many members in sight each list has, by its id; one query per object type."""
    by_base: dict[str, list[int]] = {}
    for row in found:
        by_base.setdefault(row.base, []).append(row.pk)
    counts: dict[int, int] = {}
    for base, ids in by_base.items():
        object = model.object(base)
        table = object.table
        statement = (
            sa.select(LIST_MEMBER.c.list_id, sa.func.count())
            .select_from(LIST_MEMBER.join(table, table.c.id == LIST_MEMBER.c.record_id))
            .where(LIST_MEMBER.c.list_id.in_(ids), visible(object, actor, table))
            .group_by(LIST_MEMBER.c.list_id)
        )
        counts |= dict(rows(statement))
    return counts


def number_on(row: List) -> int:
    """How many records are on a list, those in the bin and out of sight too."""
    counted = sa.select(sa.func.count()).where(LIST_MEMBER.c.list_id == row.pk)
    return int(scalar(counted))


def list_ids_of(record_id: int) -> set[int]:
    """Ids of the lists that a record is on, in sight or not."""
    statement = sa.select(LIST_MEMBER.c.list_id).where(LIST_MEMBER.c.record_id == record_id)
    return {id for (id,) in rows(statement)}


def segments_of(record_id: int, actor: Actor) -> list[Segment]:
    """Watched segments in sight that a record is in; others are only their filter."""
    stay = SEGMENT_MEMBER.c
    statement = sa.select(stay.segment_id).where(
        stay.record_id == record_id, stay.left_at.is_(None)
    )
    ids = [id for (id,) in rows(statement)]
    return list(segments(actor).filter(pk__in=ids)) if ids else []
