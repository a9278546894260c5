"""What was newly assigned to the people of one's teams: records and tasks, the latest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.title import title_of
from tresse.records.visibility import visible

DAYS = 14
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Assigned:
    """A record, and to whom it was given when."""

    object: ObjectDef
    id: int
    title: str
    owner: int
    at: datetime


def newly_assigned(model: DataModel, actor: Actor, *, object_name: str = "") -> list[Assigned]:
    """Records in sight that people who share a team with one got within the last two weeks.

    Args:
        model: The data model.
        actor: Whose teams; they themselves are one of the people.
        object_name: Of one object alone; empty: of all.
    """
    parts = []
    for object in model.objects:
        if object.is_archived or object_name not in {"", object.name}:
            continue
        table = object.table
        part = (
            sa.select(
                sa.literal(object.id, sa.Integer()).label("object"),
                table.c.id,
                title_of(object, table, actor).label("title"),
                table.c.owner,
                table.c.owner_assigned_at.label("at"),
            )
            .where(
                visible(object, actor, table),
                table.c.owner.in_(sorted(actor.team_mates)),
                table.c.owner_assigned_at >= now() - timedelta(days=DAYS),
            )
            .order_by(table.c.owner_assigned_at.desc(), table.c.id.desc())
            .limit(SHOWN)
        )
        parts.append(part.subquery().select())
    if not parts:
        return []
    found = sa.union_all(*parts).subquery()
    statement = sa.select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(SHOWN)
    return [
        Assigned(model.object_by_id(object), id, title, owner, at)
        for object, id, title, owner, at in rows(statement)
    ]
