"""Reads of merges: differing values, presets, links beyond a limit, what is in force (C61, C62)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.calculated import is_set_by_product
from tresse.objects.database import mappings, rows
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, PropertyDef, Side
from tresse.records.links import pairs_from, side_key
from tresse.records.merge_tables import MERGE, MERGED
from tresse.records.tables import ACTIVITY_RECORD, EVENT, HISTORY
from tresse.records.title import title_of
from tresse.records.visibility import reach, visible

Rows = Mapping[int, Mapping[str, Any]]
"""Record id → its row by column."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A property of which the records hold different values; `chosen`: whose the preset takes."""

    prop: PropertyDef
    values: Mapping[int, Any]
    chosen: int


@dataclass(frozen=True, slots=True)
class Crowded:
    """A relation in which the survivor would have more links than it allows.

    `candidates`: other records the person sees, those of the survivor first, then the oldest.
    `hidden`: how many they do not see; these stay. `room`: how many of the candidates can stay.
    """

    side: Side
    most: int
    candidates: tuple[int, ...]
    hidden: tuple[int, ...]

    @property
    def key(self) -> str:
        """Names the relation in forms and in `links`."""
        return side_key(self.side)

    @property
    def room(self) -> int:
        """How many of the candidates can stay."""
        return max(0, self.most - len(self.hidden))

    @property
    def preset(self) -> tuple[int, ...]:
        """Those that stay if nobody picks."""
        return self.candidates[: self.room]


@dataclass(frozen=True, slots=True)
class Made:
    """A merge that is in force: its id, its survivor, the records that went into it."""

    id: int
    survivor: int
    others: tuple[int, ...]
    change_set: int


def kept_properties(object: ObjectDef) -> list[PropertyDef]:
    """Properties that a merge decides: all that the product does not set itself.

    The pipeline goes with its stage. What syncs write is decided too: it is not sent again.
    """
    return [
        prop
        for prop in object.properties
        if prop.column
        and not is_set_by_product(prop)
        and not (prop.name == "pipeline" and object.has_pipelines and object.has("stage"))
    ]


def rows_of(object: ObjectDef, ids: Sequence[int]) -> Rows:
    """The rows of records, those in the bin too."""
    table = object.table
    return {row["id"]: row for row in mappings(sa.select(*table.c).where(table.c.id.in_(ids)))}


def presets(object: ObjectDef, found: Rows, survivor: int) -> dict[str, int]:
    """Whose value each property takes: the survivor's, or the newest one that is not empty."""
    chosen, undecided = {}, []
    for prop in kept_properties(object):
        filled = [id for id, row in found.items() if row[prop.column] is not None]
        if found[survivor][prop.column] is not None or not filled:
            chosen[prop.name] = survivor
        elif len(filled) == 1:
            chosen[prop.name] = filled[0]
        else:
            undecided.append((prop, filled))
    ages = _ages([prop.id for prop, _ in undecided], list(found)) if undecided else {}
    for prop, filled in undecided:
        chosen[prop.name] = max(filled, key=lambda id: (ages.get((id, prop.id), 0), id))
    return chosen


def _ages(properties: Sequence[int], ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The change set in which each record was given its value; of a first value its creation."""
    created = dict(
        rows(
            sa.select(EVENT.c.record_id, sa.func.min(EVENT.c.change_set_id))
            .where(EVENT.c.record_id.in_(ids), EVENT.c.name == "record_created")
            .group_by(EVENT.c.record_id)
        )
    )
    ages = {(id, prop): created.get(id, 0) for id in ids for prop in properties}
    changed = rows(
        sa.select(HISTORY.c.record_id, HISTORY.c.property_id, sa.func.max(HISTORY.c.change_set_id))
        .where(HISTORY.c.record_id.in_(ids), HISTORY.c.property_id.in_(properties))
        .group_by(HISTORY.c.record_id, HISTORY.c.property_id)
    )
    return ages | {(id, prop): age for id, prop, age in changed}


def differences(
    object: ObjectDef, found: Rows, survivor: int, properties: Iterable[PropertyDef]
) -> list[Difference]:
    """Properties of which the records hold different values, empty ones included."""
    preset = presets(object, found, survivor)
    differing = []
    for prop in properties:
        values = {id: row[prop.column] for id, row in found.items()}
        if prop.name in preset and len(set(values.values())) > 1:
            differing.append(Difference(prop, values, preset[prop.name]))
    return differing


def limited_sides(model: DataModel, object: ObjectDef) -> Iterable[Side]:
    """Relations and link labels with a limit on this side; primary ones decide themselves."""
    return (
        side
        for side in model.sides(object.name, labels=True)
        if side.most is not None and not side.association.is_primary
    )


def crowded(
    model: DataModel, object: ObjectDef, survivor: int, others: Sequence[int], actor: Actor
) -> list[Crowded]:
    """Relations in which the survivor would have more links than they allow."""
    found = []
    for side in limited_sides(model, object):
        candidates, hidden = _candidates(model, side, survivor, others, actor=actor)
        if side.most is not None and len(candidates) + len(hidden) > side.most:
            found.append(Crowded(side, side.most, candidates, hidden))
    return found


def _candidates(
    model: DataModel, side: Side, survivor: int, others: Sequence[int], *, actor: Actor
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    other = model.object(side.other)
    links, table = pairs_from(side), other.table
    everyone = [survivor, *others]
    own = sa.case((links.c.here == survivor, 0), else_=1)
    seen = sa.case((visible(other, actor, table), 1), else_=0)
    statement = (
        sa.select(links.c.other, sa.func.max(seen))
        .join(table, table.c.id == links.c.other)
        .where(
            links.c.here.in_(everyone),
            links.c.other.not_in(everyone),
            table.c.deleted_at.is_(None),
        )
        .group_by(links.c.other)
        .order_by(sa.func.min(own), sa.func.min(links.c.change_set_id), links.c.other)
    )
    linked = rows(statement)
    return (
        tuple(id for id, is_seen in linked if is_seen),
        tuple(id for id, is_seen in linked if not is_seen),
    )


def link_numbers(
    model: DataModel, object: ObjectDef, ids: Sequence[int], actor: Actor
) -> list[tuple[Side, dict[int, int], int]]:
    """By relation: how many links in sight each record has, and how many the survivor will have."""
    numbers = []
    for side in model.sides(object.name):
        other = model.object(side.other)
        links, table = pairs_from(side), other.table
        statement = (
            sa.select(links.c.here, links.c.other)
            .join(table, table.c.id == links.c.other)
            .where(links.c.here.in_(ids), visible(other, actor, table))
            .distinct()
            .limit(10_000)
        )
        pairs = rows(statement)
        if pairs:
            each = {id: sum(1 for here, _ in pairs if here == id) for id in ids}
            together = {other for _, other in pairs} - set(ids)
            numbers.append((side, each, len(together)))
    return numbers


def activity_numbers(ids: Sequence[int]) -> dict[int, int]:
    """How many activities each record has."""
    about = ACTIVITY_RECORD.c.record_id
    statement = sa.select(about, sa.func.count()).where(about.in_(ids)).group_by(about)
    return dict(rows(statement))


def survivor_of(object: ObjectDef, id: int) -> int:
    """The record that an id leads to: the survivor of a merged one, else itself (C42)."""
    table = object.table
    found = rows(
        sa.select(table.c.merged_into).where(table.c.id == id, table.c.merged_into.is_not(None))
    )
    return int(found[0][0]) if found else id


def merges_of(survivor: int) -> list[Made]:
    """Merges in force into a record, the last one first."""
    statement = (
        sa.select(MERGE.c.id, MERGE.c.change_set_id, MERGED.c.record_id)
        .join(MERGED, MERGED.c.merge_id == MERGE.c.id)
        .where(MERGE.c.survivor_id == survivor, MERGE.c.undone_by.is_(None))
        .order_by(MERGE.c.id.desc(), MERGED.c.record_id)
    )
    found: dict[tuple[int, int], list[int]] = {}
    for id, change_set, record in rows(statement):
        found.setdefault((id, change_set), []).append(record)
    return [
        Made(id, survivor, tuple(records), change_set)
        for (id, change_set), records in found.items()
    ]


def merged_ids(survivor: int) -> list[int]:
    """Every record that is now part of this one, through however many merges."""
    found: list[int] = []
    waiting = [survivor]
    while waiting:
        statement = (
            sa.select(MERGED.c.record_id)
            .join(MERGE, MERGE.c.id == MERGED.c.merge_id)
            .where(MERGE.c.survivor_id.in_(waiting), MERGE.c.undone_by.is_(None))
        )
        waiting = [id for (id,) in rows(statement)]
        found += waiting
    return found


def associations_of(model: DataModel, object: ObjectDef) -> list[AssociationDef]:
    """All association types and link labels of an object type, archived ones too."""
    return [
        each for each in model.associations if object.name in {each.from_object, each.to_object}
    ]


def merged_titles(object: ObjectDef, ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """Titles of records that went into another one, by id."""
    table = object.table
    statement = (
        sa.select(table.c.id, title_of(object, table, actor))
        .where(table.c.id.in_(ids), reach(object, actor, table))
        .order_by(table.c.id)
    )
    return dict(rows(statement))
