"""Other values of unique and match-key properties: they find the record, nothing else (C21)."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import as_text, from_text
from tresse.kernel.text import normal
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.sight import readable_properties
from tresse.records.merge_tables import OTHER_VALUE

SHORTEST = 3


def may_hold_more(prop: PropertyDef) -> bool:
    """Whether a property may hold other values beside its own."""
    return bool(prop.column) and (prop.is_unique or prop.is_match_key)


def compared(prop: PropertyDef, value: Any) -> str | None:
    """The compared form of a stored value as text, as `other_value.compared` keeps it."""
    if value is None:
        return None
    return as_text(prop.kind.normal(value) if prop.has_normal else value)


def other_values(
    object: ObjectDef, ids: Iterable[int], actor: Actor
) -> Mapping[int, Mapping[str, list[Any]]]:
    """By record and property name: the other values the person may read, in their order."""
    by_id = {prop.id: prop for prop in readable_properties(object, actor) if may_hold_more(prop)}
    statement = (
        sa.select(OTHER_VALUE.c.record_id, OTHER_VALUE.c.property_id, OTHER_VALUE.c.value)
        .where(OTHER_VALUE.c.record_id.in_(set(ids)), OTHER_VALUE.c.property_id.in_(by_id))
        .order_by(OTHER_VALUE.c.change_set_id, OTHER_VALUE.c.compared)
    )
    found: dict[int, dict[str, list[Any]]] = {}
    for id, property_id, value in rows(statement):
        prop = by_id[property_id]
        read = from_text(value, prop.kind.column)
        found.setdefault(id, {}).setdefault(prop.name, []).append(read)
    return found


def has_other_value(
    prop: PropertyDef, table: sa.FromClause, wanted: Iterable[str | None]
) -> sa.ColumnElement[bool]:
    """Records of a table, or an alias, of which an other value has one of these compared forms."""
    chosen = sa.select(OTHER_VALUE.c.record_id).where(
        OTHER_VALUE.c.property_id == prop.id,
        OTHER_VALUE.c.compared.in_([each for each in wanted if each is not None]),
    )
    return table.c.id.in_(chosen)


def other_value_is(
    object: ObjectDef, table: sa.FromClause, typed: str, actor: Actor
) -> list[sa.ColumnElement[bool]]:
    """Records found by typing an other value whole, of a property the person may read.

    No condition at all for what no key can be: then a search has nothing more to ask.
    """
    text = normal(typed)
    if len(text) < SHORTEST:
        return []
    wanted = {text, text.replace(" ", ""), text.removeprefix("www.")}
    readable = [prop.id for prop in readable_properties(object, actor) if may_hold_more(prop)]
    chosen = sa.select(OTHER_VALUE.c.record_id).where(
        OTHER_VALUE.c.property_id.in_(readable), OTHER_VALUE.c.compared.in_(sorted(wanted))
    )
    return [table.c.id.in_(chosen)]


def held_elsewhere(
    prop: PropertyDef, text: sa.ColumnElement[Any], id: sa.ColumnElement[Any], table: sa.FromClause
) -> sa.ColumnElement[bool]:
    """Whether another record outside the bin has a compared form among its other values."""
    holder = table.alias("holder")
    return (
        sa.select(sa.literal(1))
        .select_from(OTHER_VALUE.join(holder, holder.c.id == OTHER_VALUE.c.record_id))
        .where(
            OTHER_VALUE.c.property_id == prop.id,
            OTHER_VALUE.c.compared == text,
            holder.c.deleted_at.is_(None),
            holder.c.id != id,
        )
        .exists()
    )
