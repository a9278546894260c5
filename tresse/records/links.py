"""Reads of links, as sets: which pairs are there, and how many a record has."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows, scalar
from tresse.objects.derived import value_of
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, PropertyDef, Side
from tresse.records.tables import LINK
from tresse.records.title import title_of
from tresse.records.visibility import visible

Pair = tuple[int, int]


def stored_pair(side: Side, here: int, other: int) -> Pair:
    """The pair as it is kept: `from` first; of a symmetric type the lower id first."""
    if side.association.is_symmetric:
        return (min(here, other), max(here, other))
    return (here, other) if side.forward else (other, here)


def pairs_from(side: Side) -> sa.Subquery:
    """All links of a side as rows `here`, `other`, `change_set_id`; symmetric ones both ways."""
    one, two = (LINK.c.from_id, LINK.c.to_id) if side.forward else (LINK.c.to_id, LINK.c.from_id)
    links = sa.select(
        one.label("here"), two.label("other"), LINK.c.change_set_id.label("change_set_id")
    ).where(LINK.c.association_id == side.association.id)
    if not side.association.is_symmetric:
        return links.subquery()
    back = sa.select(
        two.label("here"), one.label("other"), LINK.c.change_set_id.label("change_set_id")
    ).where(LINK.c.association_id == side.association.id)
    return sa.union_all(links, back).subquery()


def existing(
    associations: Iterable[AssociationDef], pairs: Sequence[Pair]
) -> set[tuple[int, int, int]]:
    """Which of the stored pairs are linked: association id, from, to."""
    ids = [each.id for each in associations]
    statement = sa.select(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id).where(
        LINK.c.association_id.in_(ids),
        LINK.c.from_id.in_({one for one, _ in pairs}),
        LINK.c.to_id.in_({two for _, two in pairs}),
    )
    wanted = set(pairs)
    return {
        (association, one, two) for association, one, two in rows(statement) if (one, two) in wanted
    }


def numbers_of(side: Side, ids: Iterable[int], other: ObjectDef) -> dict[int, int]:
    """How many live records each of the records is linked to; those without any are left out."""
    links, table = pairs_from(side), other.table
    statement = (
        sa.select(links.c.here, sa.func.count())
        .join(table, table.c.id == links.c.other)
        .where(links.c.here.in_(set(ids)), table.c.deleted_at.is_(None))
        .group_by(links.c.here)
    )
    return dict(rows(statement))


def oldest_of(side: Side, ids: Iterable[int], other: ObjectDef) -> dict[int, int]:
    """The live record that each of the records was linked to first; of one write the lowest id."""
    links, table = pairs_from(side), other.table
    statement = (
        sa.select(links.c.here, links.c.other)
        .join(table, table.c.id == links.c.other)
        .where(links.c.here.in_(set(ids)), table.c.deleted_at.is_(None))
        .order_by(links.c.change_set_id.desc(), links.c.other.desc())
    )
    # Later rows overwrite: the oldest comes last.
    return dict(rows(statement))


def number_of(side: Side, here: int, other_object: ObjectDef) -> int:
    """How many live records one record is linked to, in sight or not."""
    links = pairs_from(side)
    table = other_object.table
    statement = (
        sa.select(sa.func.count())
        .select_from(links.join(table, table.c.id == links.c.other))
        .where(links.c.here == here, table.c.deleted_at.is_(None))
    )
    return int(scalar(statement))


def linked(
    model: DataModel,
    side: Side,
    here: int,
    actor: Actor,
    *,
    limit: int = 5,
    properties: Sequence[PropertyDef] = (),
) -> list[dict[str, Any]]:
    """Records linked to one record by a side, in sight of the person.

    Args:
        model: The data model.
        side: As seen from the one record.
        here: The one record.
        actor: Who looks.
        limit: The most to read.
        properties: Of the linked records, to read as well; readable ones.

    Returns:
        Up to `limit` of them, those with the primary link label first, then newest (of tasks those
        that are done last): `id`, `title`,
        `labels` (names of link labels), `label_sides` (the same as seen from the one record),
        `is_primary`, `values` (by property name).
    """
    other = model.object(side.other)
    links, table = pairs_from(side), other.table
    primary = _primary_rank(model, side, here, links.c.other)
    statement = (
        sa.select(
            links.c.other,
            title_of(other, table, actor).label("title"),
            primary.label("rank"),
            *(value_of(prop, other, table, model).label(prop.name) for prop in properties),
        )
        .join(table, table.c.id == links.c.other)
        .where(links.c.here == here, visible(other, actor, table))
        .order_by(
            sa.desc("rank"), *_open_first(other), links.c.change_set_id.desc(), links.c.other.desc()
        )
        .limit(limit)
    )
    names = [prop.name for prop in properties]
    found = [
        {
            "id": id,
            "title": title,
            "labels": [],
            "label_sides": [],
            "is_primary": bool(rank),
            "values": dict(zip(names, values, strict=True)),
        }
        for id, title, rank, *values in rows(statement)
    ]
    return _with_labels(model, side, here, found)


def _open_first(other: ObjectDef) -> list[sa.ColumnElement[int]]:
    """Tasks that are done come after those that are not."""
    if other.name != "task":
        return []
    status = other.table.c[other.property("status").column]
    return [sa.case((status == "done", 1), else_=0)]


def _primary_rank(
    model: DataModel, side: Side, here: int, other: sa.ColumnElement[int]
) -> sa.ColumnElement[int]:
    for label in model.labels_of(side.association):
        if label.is_primary:
            labelled = pairs_from(Side(label, side.forward))
            has = sa.exists().where(labelled.c.here == here, labelled.c.other == other)
            return sa.case((has, 1), else_=0)
    return sa.literal(0)


def _with_labels(
    model: DataModel, side: Side, here: int, found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    labels = list(model.labels_of(side.association))
    if not (labels and found):
        return found
    pairs = {}
    for entry in found:
        pairs[stored_pair(side, here, entry["id"])] = entry
        # A paired label of a symmetric relation ("Parent company") keeps its direction.
        pairs[(here, entry["id"])] = pairs[(entry["id"], here)] = entry
    known = {label.id: label for label in labels}
    for association, one, two in sorted(existing(labels, list(pairs))):
        label, entry = known[association], pairs[(one, two)]
        entry["labels"].append(label.name)
        entry["label_sides"].append(Side(label, forward=label.is_symmetric or one == here))
    return found


def counts(model: DataModel, object: ObjectDef, here: int, actor: Actor) -> dict[str, int]:
    """How many live records in sight each side of an object links one record to.

    Keys: `<association name>:<forward|inverse>`. One query, however many association types.
    """
    parts = []
    for side in model.sides(object.name):
        other = model.object(side.other)
        links, table = pairs_from(side), other.table
        parts.append(
            sa.select(sa.literal(side_key(side)).label("side"), sa.func.count().label("number"))
            .select_from(links.join(table, table.c.id == links.c.other))
            .where(links.c.here == here, visible(other, actor, table))
        )
    if not parts:
        return {}
    return dict(rows(sa.union_all(*parts)))


def side_key(side: Side) -> str:
    """A stable name of a side within one object."""
    return f"{side.association.name}:{'forward' if side.forward else 'inverse'}"
