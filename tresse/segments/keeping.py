"""Memberships through merges, and when records go for good (G47, C62, C64)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tresse.objects.database import execute, rows
from tresse.objects.described import ObjectDef
from tresse.records.keepers import Keeper, Move
from tresse.segments.models import List
from tresse.segments.tables import LIST_MEMBER, SEGMENT_MEMBER

L = LIST_MEMBER.c


def move(move: Move) -> dict[str, Any]:
    """Put the survivor on every list of the others; answers who was on what before.

    Rows of the others stay where they are: they go to the bin with their records, and are there
    again when the merge is taken apart.
    """
    table = LIST_MEMBER.alias("other")
    there = sa.exists().where(
        L.list_id == table.c.list_id, L.record_id == sa.literal(move.survivor)
    )
    found = (
        sa.select(
            table.c.list_id,
            sa.literal(move.survivor),
            sa.func.min(table.c.at),
            sa.literal(move.change_set),
        )
        .where(table.c.record_id.in_(move.others), sa.not_(there.correlate(table)))
        .group_by(table.c.list_id)
    )
    _hold_lists(move.others)
    columns = ["list_id", "record_id", "at", "change_set_id"]
    statement = LIST_MEMBER.insert().from_select(columns, found).returning(L.list_id)
    return {"given": sorted(id for (id,) in rows(statement)), "change_set": move.change_set}


def move_back(move: Move, kept: Any) -> None:
    """Take the survivor off the lists that the merge put it on and that nobody touched since."""
    by_merge = sa.and_(L.change_set_id == kept["change_set"], L.list_id.in_(kept["given"]))
    execute(LIST_MEMBER.delete().where(L.record_id == move.survivor, by_merge))


def forget(object: ObjectDef, ids: Sequence[int]) -> None:  # noqa: ARG001  ids are unique over all
    """Drop every membership of records that are gone for good."""
    execute(LIST_MEMBER.delete().where(L.record_id.in_(ids)))
    execute(SEGMENT_MEMBER.delete().where(SEGMENT_MEMBER.c.record_id.in_(ids)))


def _hold_lists(ids: Sequence[int]) -> None:
    """Wait until nobody else changes these lists."""
    involved = [id for (id,) in rows(sa.select(L.list_id).where(L.record_id.in_(ids)).distinct())]
    list(List.objects.select_for_update(of=("self",)).filter(pk__in=involved).order_by("pk"))


KEEPERS = (Keeper("segments", move, move_back, forget),)
