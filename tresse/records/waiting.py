"""Which records have rollups or lookups that are still to be worked out (C24)."""

from collections.abc import Collection

import sqlalchemy as sa

from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.following import after, touched
from tresse.records.links import pairs_from
from tresse.records.models import Follower
from tresse.records.rollups import CALCULATED, NAME, filling, side_of, stored_properties
from tresse.records.tables import EVENT


def waiting(model: DataModel, object_: ObjectDef, ids: Collection[int]) -> dict[int, list[str]]:
    """Names of the properties that each of the records still waits for; without any left out.

    Two queries where there are rollups and nothing waits; none without rollups.
    """
    stored = stored_properties(object_)
    if not stored or not ids:
        return {}
    followers = dict(Follower.objects.values_list("name", "position"))
    found: dict[int, list[str]] = {}
    unread = after(followers.get(NAME, 0))
    by_others = sa.and_(unread, EVENT.c.name != CALCULATED)
    is_read = not rows(sa.select(EVENT.c.id).where(unread).limit(1))
    for prop in stored:
        if filling(prop.id) in followers:
            behind = set(ids)
        elif is_read:
            continue
        else:
            pairs = pairs_from(side_of(prop, object_, model))
            other = model.object(side_of(prop, object_, model).other)
            linked = sa.select(pairs.c.here).where(
                pairs.c.here.in_(ids), pairs.c.other.in_(touched(unread, model, other.id))
            )
            own = sa.select(object_.table.c.id).where(
                object_.table.c.id.in_(ids),
                object_.table.c.id.in_(touched(by_others, model, object_.id)),
            )
            behind = {id for (id,) in rows(sa.union(own, linked))}
        for id in behind:
            found.setdefault(id, []).append(prop.name)
    return found
