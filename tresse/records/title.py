"""What a record is called: one expression per object type."""

from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.described import ObjectDef


def title_of(object: ObjectDef, table: sa.FromClause) -> sa.ColumnElement[str]:
    """The title of each row of a record table (or an alias of it); never NULL.

    A contact: full name, else e-mail, phone, mobile. Others: the title property, then the external
    id. In the end the label with the id, as in `Contact 123` (C43).
    """
    parts: list[sa.ColumnElement[Any]] = []
    if object.name == "contact":
        names = [_column(object, table, name) for name in ("first_name", "last_name")]
        full = sa.func.trim(
            sa.func.coalesce(names[0], "") + sa.literal(" ", Text) + sa.func.coalesce(names[1], "")
        )
        parts.append(sa.func.nullif(full, ""))
        parts += [_column(object, table, name) for name in ("email", "phone", "mobile")]
    elif object.has(object.title) and object.property(object.title).column:
        column = _column(object, table, object.title)
        parts.append(column if isinstance(column.type, type(Text)) else sa.cast(column, Text))
    if object.name != "contact":
        parts.append(table.c.external_id)
    parts.append(sa.literal(f"{object.label} ", Text) + sa.cast(table.c.id, Text))
    return sa.func.coalesce(*parts)


def _column(object: ObjectDef, table: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    return table.c[object.property(name).column]
