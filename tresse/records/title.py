"""What a record is called: one expression per object type."""

from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.types import Text
from tresse.objects.described import ObjectDef


def title_of(
    object: ObjectDef, table: sa.FromClause, actor: Actor | None = None
) -> sa.ColumnElement[str]:
    """The title of each row of a record table (or an alias of it); never NULL.

    A contact: full name, else e-mail, phone, mobile. Others: the title property, then the external
    id. In the end the label with the id, as in `Contact 123` (C43).

    Args:
        object: The object type.
        table: Its table, or an alias.
        actor: Who reads: properties without access are left out (C109). None: no person does.
    """
    parts: list[sa.ColumnElement[Any]] = []
    if object.name == "contact":
        names = [
            sa.func.coalesce(_column(object, table, name), "")
            if _is_read(object, name, actor)
            else sa.literal("", Text)
            for name in ("first_name", "last_name")
        ]
        full = sa.func.trim(names[0] + sa.literal(" ", Text) + names[1])
        parts.append(sa.func.nullif(full, ""))
        parts += [
            _column(object, table, name)
            for name in ("email", "phone", "mobile")
            if _is_read(object, name, actor)
        ]
    elif (
        object.has(object.title)
        and object.property(object.title).column
        and _is_read(object, object.title, actor)
    ):
        column = _column(object, table, object.title)
        parts.append(column if isinstance(column.type, type(Text)) else sa.cast(column, Text))
    if object.name != "contact" and _is_read(object, "external_id", actor):
        parts.append(table.c.external_id)
    parts.append(sa.literal(f"{object.label} ", Text) + sa.cast(table.c.id, Text))
    return sa.func.coalesce(*parts)


def _is_read(object: ObjectDef, name: str, actor: Actor | None) -> bool:
    return actor is None or actor.access(object.name, name) != "none"


def _column(object: ObjectDef, table: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    return table.c[object.property(name).column]
