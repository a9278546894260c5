"""Which records a person may see or act on (C106 to C108), as conditions and as checks."""

from collections.abc import Iterable

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.refusals import RECORD_IN_BIN, RECORD_MERGED, RECORD_NOT_FOUND, WRONG_OBJECT
from tresse.records.title import title_of


def reach(
    object: ObjectDef, actor: Actor, table: sa.FromClause, action: str = "view"
) -> sa.ColumnElement[bool]:
    """Records that an action of the person reaches, the bin apart.

    Records without owner are seen by everyone whose view is not none, unless a setting leaves them
    to those who see all (C107); changing them needs a reach of `all`.
    """
    scope = actor.scope(object.name, action)
    if scope == "all":
        return sa.true()
    if scope == "none":
        return sa.false()
    owners = [actor.user_id] if scope == "own" else sorted(actor.team_mates | {actor.user_id or 0})
    mine = table.c.owner.in_(owners)
    if action != "view" or object.name in actor.unowned_hidden:
        return mine
    return sa.or_(mine, table.c.owner.is_(None))


def visible(object: ObjectDef, actor: Actor, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Records out of the bin that the person may see."""
    return sa.and_(table.c.deleted_at.is_(None), reach(object, actor, table))


def may_see_object(object: ObjectDef, actor: Actor) -> bool:
    """Whether the person sees the object type at all."""
    return actor.scope(object.name, "view") != "none"


def found(model: DataModel, object: ObjectDef, ids: Iterable[int], actor: Actor) -> None:
    """Check that all records are there, out of the bin, and in sight.

    Raises:
        TresseError: `record_not_found` (also out of sight), `record_merged`, `record_in_bin`,
            `wrong_object`.
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
    survivor, merged = table, table.alias("merged")
    led = (
        sa.select(survivor.c.id, title_of(object, survivor, actor))
        .join(merged, merged.c.merged_into == survivor.c.id)
        .where(merged.c.id == id, visible(object, actor, survivor))
    )
    for survivor_id, title in rows(led):
        record = f"{shown_label(object)} {id}"
        return RECORD_MERGED(record=record, survivor=title, survivor_id=survivor_id, id=id)
    binned = sa.select(title_of(object, table, actor)).where(
        table.c.id == id,
        table.c.deleted_at.is_not(None),
        table.c.merged_into.is_(None),
        reach(object, actor, table),
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
    wanted = set(ids)
    if wanted - reached(object, wanted, actor, action):
        raise refused(actor, action, object.name, shown_plural(object))


def reached(object: ObjectDef, ids: Iterable[int], actor: Actor, action: str) -> set[int]:
    """Those of the records, seen before, that the action of the person reaches."""
    wanted = set(ids)
    scope = actor.scope(object.name, action)
    if scope in {"all", "none"} or not wanted:
        return wanted if scope == "all" else set()
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_(wanted), reach(object, actor, table, action)
    )
    return {id for (id,) in rows(statement)}
