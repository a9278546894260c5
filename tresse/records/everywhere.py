"""One search over all object types (C102, C103)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.fulltext import query_of
from tresse.engine.stored import from_text, stored_text
from tresse.engine.types import Text
from tresse.kernel.text import clean
from tresse.objects import words
from tresse.objects.database import rows
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.sight import readable_properties
from tresse.records.cells import Cells
from tresse.records.searching import exact_hits, only_readable
from tresse.records.title import title_of
from tresse.records.visibility import may_see_object, visible

SHORTEST = 2
SHOWN = 5
# Of so many hits of each sort the best are chosen; more typed letters leave fewer.
WEIGHED = 500
EXACT, TITLE, REST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found: its title, its subtitle as a page shows it (may be empty)."""

    id: int
    title: str
    subtitle: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of one object type, best first; `has_more`: there is more of it."""

    object: ObjectDef
    hits: tuple[Hit, ...]
    has_more: bool


def found_everywhere(
    model: DataModel, typed: str, actor: Actor, *, limit: int = SHOWN
) -> list[Hits]:
    """Records of all object types that typed words find, in one statement.

    Per object type: first those that a whole id, external id, e-mail, phone or domain finds, then
    those whose title begins with the words, then the rest; each latest activity first.

    Args:
        model: The data model.
        typed: At least 2 characters, else nothing is found.
        actor: Who looks; only what they may see is found.
        limit: The most of each object type.

    Returns:
        Object types with a hit; those with an exact one first, else in their order.
    """
    if len(clean(typed)) < SHORTEST:
        return []
    objects = [
        each for each in model.objects if not each.is_archived and may_see_object(each, actor)
    ]
    if not objects:
        return []
    exact: dict[int, list[int]] = {}
    keys = [each for object in objects for each in exact_hits(object, typed, actor)]
    for object_id, id in rows(sa.union_all(*keys)):
        exact.setdefault(object_id, []).append(id)
    arms = [
        _arm(model, each, typed, actor, exact=exact.get(each.id, ()), limit=limit + 1)
        for each in objects
    ]
    found: dict[int, list[Hit]] = {}
    cells = {each.id: Cells(each, actor) for each in objects}
    for object_id, id, title, subtitle, rank in rows(sa.union_all(*arms)):
        text = _subtitle(cells[object_id], subtitle)
        found.setdefault(object_id, []).append(Hit(id, title, text, rank == EXACT))
    groups = [
        Hits(each, tuple(found[each.id][:limit]), len(found[each.id]) > limit)
        for each in objects
        if each.id in found
    ]
    return sorted(groups, key=lambda group: not group.hits[0].is_exact)


def _arm(  # what one object type adds to the whole takes all of what was asked
    model: DataModel,
    object: ObjectDef,
    typed: str,
    actor: Actor,
    *,
    exact: Sequence[int],
    limit: int,
) -> sa.Select[Any]:
    """`(object id, id, title, subtitle as stored text, rank)` of one object type."""
    table = object.table
    sight = visible(object, actor, table)
    read = only_readable(object, table, typed, actor, sight)
    first, rest = query_of(typed, first=True), query_of(typed)
    ranked = [
        (EXACT, sa.select(table.c.id).where(sight, table.c.id.in_(exact))),
        (TITLE, words.some_that_begin_so(object, first, read, most=WEIGHED)),
        (REST, words.some_that_begin_so(object, rest, read, most=WEIGHED)),
    ]
    arms = [
        sa.select(found.c.id, sa.literal(rank).label("rank"))
        for rank, found in ((rank, each.subquery()) for rank, each in ranked)
    ]
    every = sa.union_all(*arms).subquery()
    best = (
        sa.select(every.c.id, sa.func.min(every.c.rank).label("rank")).group_by(every.c.id)
    ).subquery()
    subtitle = _subtitle_property(object, actor)
    shown = (
        stored_text(value_of(subtitle, object, table, model))
        if subtitle
        else sa.cast(sa.null(), Text)
    )
    last = table.c.last_activity_at
    chosen = (
        sa.select(
            sa.literal(object.id).label("object_id"),
            table.c.id,
            title_of(object, table, actor).label("title"),
            shown.label("subtitle"),
            best.c.rank,
        )
        .join(best, best.c.id == table.c.id)
        .order_by(
            best.c.rank, sa.case((last.is_(None), 1), else_=0), last.desc(), table.c.id.desc()
        )
        .limit(limit)
        .subquery()
    )
    return sa.select(chosen)


def _subtitle_property(object: ObjectDef, actor: Actor) -> PropertyDef | None:
    readable = {prop.name: prop for prop in readable_properties(object, actor)}
    return readable.get(object.subtitle)


def _subtitle(cells: Cells, text: str | None) -> str:
    prop = _subtitle_property(cells.object, cells.actor)
    if text is None or prop is None:
        return ""
    cell = cells.cell(prop, from_text(text, prop.kind.column))
    return str(cell.shown or cell.text)


def groups_json(groups: Sequence[Hits]) -> Iterator[dict[str, Any]]:
    """As REST answers them."""
    for group in groups:
        yield {
            "object": group.object.name,
            "records": [
                {"id": hit.id, "title": hit.title, "subtitle": hit.subtitle, "exact": hit.is_exact}
                for hit in group.hits
            ],
            "has_more": group.has_more,
        }
