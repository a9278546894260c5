"""Which records a person may see or act on (C106 to C108), as conditions and as checks."""

from collections.abc import Iterable

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.refusals import RECORD_IN_BIN, RECORD_NOT_FOUND, WRONG_OBJECT
from tresse.records.title import title_of


def reach(
    object: ObjectDef, actor: Actor, table: sa.FromClause, action: str = "view"
) -> sa.ColumnElement[bool]:
    """Records that an action of the person reaches, the bin apart.

    Records without owner are seen by everyone whose view is not none (C107); changing them needs a
    reach of `all`.
    """
    scope = actor.scope(object.name, action)
    if scope == "all":
        return sa.true()
    if scope == "none":
        return sa.false()
    owners = [actor.user_id] if scope == "own" else sorted(actor.team_mates | {actor.user_id or 0})
    mine = table.c.owner.in_(owners)
    return sa.or_(mine, table.c.owner.is_(None)) if action == "view" else mine


def visible(object: ObjectDef, actor: Actor, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Records out of the bin that the person may see."""
    return sa.and_(table.c.deleted_at.is_(None), reach(object, actor, table))


def may_see_object(object: ObjectDef, actor: Actor) -> bool:
    """Whether the person sees the object type at all."""
    return actor.scope(object.name, "view") != "none"


def found(model: DataModel, object: ObjectDef, ids: Iterable[int], actor: Actor) -> None:
    """Check that all records are there, out of the bin, and in sight.

    Raises:
        TresseError: `record_not_found` (also out of sight), `record_in_bin`, `wrong_object`.
    """
    wanted = list(dict.fromkeys(ids))
    table = object.table
    statement = sa.select(table.c.id).where(table.c.id.in_(wanted), visible(object, actor, table))
    seen = {id for (id,) in rows(statement)}
    for id in wanted:
        if id not in seen:
            raise _missing(model, object, id, actor)


def _missing(model: DataModel, object: ObjectDef, id: int, actor: Actor) -> Exception:
    table = object.table
    binned = sa.select(title_of(object, table, actor)).where(
        table.c.id == id, table.c.deleted_at.is_not(None), reach(object, actor, table)
    )
    for (title,) in rows(binned):
        return RECORD_IN_BIN(record=title, id=id)
    for other in model.objects:
        if other.id == object.id or not may_see_object(other, actor):
            continue
        statement = sa.select(other.table.c.id).where(
            other.table.c.id == id, visible(other, actor, other.table)
        )
        if rows(statement):
            return WRONG_OBJECT(
                id=id, object=shown_label(other).lower(), wanted=shown_label(object).lower()
            )
    return RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)


def check_reach(object: ObjectDef, ids: Iterable[int], actor: Actor, action: str) -> None:
    """Refuse with `not_permitted` unless the action reaches all of the records, seen before."""
    if actor.scope(object.name, action) == "all":
        return
    wanted = set(ids)
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_(wanted), reach(object, actor, table, action)
    )
    if wanted - {id for (id,) in rows(statement)}:
        raise refused(actor, action, object.name, shown_plural(object))
