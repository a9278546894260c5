"""Puts every record of the file on a list, new or found (T6 `to_list`, G46)."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.records.tables import EVENT
from tresse.segments.models import List
from tresse.segments.refusals import LIST_NOT_FOUND
from tresse.segments.tables import LIST_MEMBER
from tresse.transfers.decide import CREATED, FOUND
from tresse.transfers.layout import Layout
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged, real_id
from tresse.transfers.writes import change_set_parameter, in_range


class Joining:
    """The two statements that put the records of a chunk on the list, compiled once."""

    def __init__(self, layout: Layout, staged: Staged, at: datetime) -> None:
        name = layout.settings.to_list
        row = List.objects.filter(name=name).first()
        if row is None:
            raise LIST_NOT_FOUND(name=name)
        plan, member = staged.plan, LIST_MEMBER.c
        coming = (
            sa.select(real_id(plan.c.ref).label("id"))
            .where(in_range(plan), plan.c.outcome.in_((CREATED, FOUND)))
            .distinct()
            .subquery("coming")
        )
        there = sa.exists().where(member.list_id == row.pk, member.record_id == coming.c.id)
        new = sa.not_(there.correlate(coming))
        # The events first: afterwards nobody is new any more.
        told: tuple[Any, ...] = (
            sa.literal("list_added", Text),
            change_set_parameter(),
            sa.literal(layout.object.id, sa.Integer()),
            coming.c.id,
            sa.literal(json.dumps({"list": row.name}), Text),
        )
        kept = (
            sa.literal(row.pk, sa.BigInteger()),
            coming.c.id,
            sa.literal(at, member.at.type),
            change_set_parameter(),
        )
        self._statements = [
            Ready(
                EVENT.insert().from_select(
                    ["name", "change_set_id", "object_id", "record_id", "data"],
                    sa.select(*told).where(new),
                )
            ),
            Ready(
                LIST_MEMBER.insert().from_select(
                    ["list_id", "record_id", "at", "change_set_id"], sa.select(*kept).where(new)
                )
            ),
        ]

    def write(self, **values: Any) -> None:
        """Put the records of a range of lines on the list, in the chunk's transaction."""
        for ready in self._statements:
            ready.run(**values)
