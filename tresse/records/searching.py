"""Searching records by typed words (C88), in the full-text index that each object type has."""

from collections.abc import Sequence

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.constructs import Folded, Position
from tresse.engine.fulltext import query_of
from tresse.engine.types import Text
from tresse.kernel.text import clean, folded
from tresse.objects import words
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.sight import readable_properties
from tresse.records.other_values import other_value_is
from tresse.records.readings import Readings

KEY_KINDS = frozenset({"email", "phone", "domain", "text"})


def begins_words(
    object: ObjectDef, table: sa.FromClause, typed: str, actor: Actor
) -> sa.ColumnElement[bool]:
    """Whether every typed word begins a word of a search property that the person may read (C88).

    A whole id or key finds as well: those are looked up at once, so that the condition is of one
    index. Who may not read one of the properties searches the others row by row: the index does
    not tell them apart.

    Cost: one query by indexes, beside the condition itself.
    """
    found = words.found_so(object, table, query_of(typed))
    found = only_readable(object, table, typed, actor, found)
    exact = [id for _, id in rows(sa.union_all(*exact_hits(object, typed, actor)))]
    return sa.or_(found, table.c.id.in_(exact)) if exact else found


def only_readable(
    object: ObjectDef,
    table: sa.FromClause,
    typed: str,
    actor: Actor,
    found: sa.ColumnElement[bool],
) -> sa.ColumnElement[bool]:
    """The condition, narrowed to words of properties that the person may read."""
    hidden = [
        prop
        for prop in words.searched_properties(object)
        if actor.access(object.name, prop.name) == "none"
    ]
    if not hidden:
        return found
    return sa.and_(found, _begins_shown_words(object, table, typed, but=hidden))


def exact_hits(object: ObjectDef, typed: str, actor: Actor) -> list[sa.Select[tuple[int, int]]]:
    """Selects of `(object id, record id)`: records with the whole text as id or key (C88, C103).

    Keys are unique and match-key properties and their other values. At least one select; records
    out of sight are among them.
    """
    table, text = object.table, clean(typed)
    conditions: list[sa.ColumnElement[bool]] = []
    if text.isdecimal() and text.isascii():
        conditions.append(table.c.id == int(text[:18]))
    readings = Readings(object, actor)
    for prop in readable_properties(object, actor):
        is_key = prop.is_unique or prop.is_match_key
        if not (is_key and prop.column and prop.kind.name in KEY_KINDS):
            continue
        [value], refused = prop.kind.parse_all([text], readings.of(prop))
        if value is None or refused:
            continue
        compared = prop.kind.normal(value) if prop.has_normal else value
        column = table.c[prop.normal_column]
        # As the partial indexes of keys are made; the bin is out of sight anyway.
        conditions.append(
            sa.and_(
                column == sa.bindparam(None, compared, type_=column.type),
                table.c.deleted_at.is_(None),
            )
        )
    conditions += other_value_is(object, table, typed, actor)
    own = sa.literal(object.id)
    return [sa.select(own, table.c.id).where(each) for each in conditions] or [
        sa.select(own, table.c.id).where(sa.false())
    ]


def _begins_shown_words(
    object: ObjectDef, table: sa.FromClause, typed: str, *, but: Sequence[PropertyDef]
) -> sa.ColumnElement[bool]:
    columns = [
        Folded(sa.cast(table.c[prop.column], Text))
        for prop in words.searched_properties(object)
        if prop not in but
    ]
    space = sa.literal(" ", Text)
    return sa.and_(
        *(
            sa.or_(sa.false(), *(Position(space + column, f" {word}") > 0 for column in columns))
            for word in folded(typed).split()[:10]
        )
    )
