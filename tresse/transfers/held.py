"""Cells that say what their record holds already, though nobody could write it anew (T85)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef
from tresse.objects.kinds.reading import Refused
from tresse.records.visibility import visible
from tresse.transfers.activities import is_activity
from tresse.transfers.layout import ValueColumn
from tresse.transfers.stage import pieces

CODES = ("inactive_user", "invalid_option")
"An inactive person or an archived option: what records may still hold."


def held(
    column: ValueColumn,
    refused: Sequence[Refused],
    ids: Sequence[int | None],
    object: ObjectDef,
    actor: Actor,
) -> set[int]:
    """Places of the refused cells whose record, named by its own id, holds just that value.

    Args:
        column: Of the object itself, with its reading.
        refused: Its cells that were not taken, of one chunk.
        ids: Of the rows of the chunk.
        object: Of the records.
        actor: Records out of their sight tell nothing.
    """
    named = {each.position: ids[each.position] for each in refused if each.code in CODES}
    said = _said(column, [each for each in refused if named.get(each.position) is not None])
    if not said or is_activity(object):
        return set()
    table, stored = object.table, {}
    of_column = table.c[column.prop.column]
    for few in pieces(sorted({id for place in said if (id := named[place]) is not None})):
        seen = sa.and_(table.c.id.in_(few), visible(object, actor, table))
        stored.update(dict(rows(sa.select(table.c.id, of_column).where(seen))))
    return {place for place, value in said.items() if stored.get(named[place]) == value}


def _said(column: ValueColumn, refused: Sequence[Refused]) -> Mapping[int, object]:
    """Place to value, of cells that filters would understand."""
    texts = [each.text for each in refused]
    values, still = column.prop.kind.parse_all(texts, column.reading.widened())
    unread = {each.position for each in still}
    return {
        each.position: value
        for at, (each, value) in enumerate(zip(refused, values, strict=True))
        if at not in unread and value is not None
    }
