"""A record that several writes of one batch changed: every coming and going, in order (G57).

Its states in between are worked out from its history, backwards from what it is now, and put to the
filter as rows. What is linked to it counts as it is at the end of the batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from tresse.engine.stored import from_text
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.records.following import Span
from tresse.records.tables import EVENT, HISTORY
from tresse.segments.membership import Meaning, Moved, Where
from tresse.segments.tables import SEGMENT_MEMBER

OWN = ("record_created", "record_changed", "record_deleted", "record_restored")
AT_ONCE = 200
"States that one statement reads."


@dataclass(slots=True)
class Steps:
    """The change sets of a batch that wrote one record, oldest first, with what each did."""

    change_sets: list[int] = field(default_factory=list)
    names: dict[int, set[str]] = field(default_factory=dict)

    def add(self, change_set: int, name: str) -> None:
        """Note an event; they come in their order."""
        if change_set not in self.names:
            self.change_sets.append(change_set)
        self.names.setdefault(change_set, set()).add(name)


def in_order(meaning: Meaning, moves: Sequence[Moved], several: Mapping[int, Steps]) -> list[Moved]:
    """Moves of a batch, those of records with several writes replaced by each step of their way.

    Args:
        meaning: The segment, its stored members still those before the batch.
        moves: What differs between the members and the filter read now.
        several: Records of the base with several writes in the batch (`written_often`).
    """
    if not several:
        return list(moves)
    now_moving = {each.record_id for each in moves}
    stored = _members(meaning, several)
    fits = _fitting(meaning, several)
    steps: list[tuple[int, Moved]] = []
    for id, way in several.items():
        last = len(way.change_sets) - 1
        before = id in stored
        for at, change_set in enumerate(way.change_sets):
            is_in = (id in stored) != (id in now_moving) if at == last else (id, at) in fits
            if is_in != before:
                steps.append((at, Moved(id, change_set, is_in)))
            before = is_in
    steps.sort(key=lambda step: (step[0], step[1].is_in, step[1].record_id))
    others = [each for each in moves if each.record_id not in several]
    return others + [move for _, move in steps]


def written_often(object: ObjectDef, span: Span) -> dict[int, Steps]:
    """Records of an object type that several change sets of a batch wrote, with these."""
    mine = sa.and_(span.where, EVENT.c.object_id == object.id, EVENT.c.name.in_(OWN))
    number = sa.func.count(sa.distinct(EVENT.c.change_set_id))
    several = sa.select(EVENT.c.record_id).where(mine).group_by(EVENT.c.record_id)
    ids = [id for (id,) in rows(several.having(number > 1))]
    found: dict[int, Steps] = {id: Steps() for id in sorted(ids)}
    for part in _parts(ids):
        statement = (
            sa.select(EVENT.c.record_id, EVENT.c.change_set_id, EVENT.c.name)
            .where(mine, EVENT.c.record_id.in_(part))
            .order_by(EVENT.c.id)
        )
        for id, change_set, name in rows(statement):
            found[id].add(change_set, name)
    return found


def _members(meaning: Meaning, ids: Iterable[int]) -> set[int]:
    M = SEGMENT_MEMBER.c  # noqa: N806  short for its columns
    found: set[int] = set()
    for part in _parts(list(ids)):
        statement = sa.select(M.record_id).where(
            M.segment_id == meaning.segment.pk, M.left_at.is_(None), M.record_id.in_(part)
        )
        found |= {id for (id,) in rows(statement)}
    return found


def _fitting(meaning: Meaning, several: Mapping[int, Steps]) -> set[tuple[int, int]]:
    """Which states but the last fit the filter: record id and number of the state."""
    where = meaning.where()
    table = meaning.object.table
    needed = sorted(_columns_of(where, table) | {"id"})
    found: set[tuple[int, int]] = set()
    for part in _parts(list(several)):
        states = list(_states(meaning.object, {id: several[id] for id in part}, needed))
        for start in range(0, len(states), AT_ONCE):
            found |= _asked(meaning, states[start : start + AT_ONCE], needed)
    return found


def _columns_of(where: Where, table: sa.FromClause) -> set[str]:
    return {
        each.name
        for each in visitors.iterate(where)
        if isinstance(each, sa.ColumnClause) and each.table is table
    }


@dataclass(frozen=True, slots=True)
class State:
    """What a record was after one of its writes; only one that was there and out of the bin."""

    id: int
    at: int
    values: Mapping[str, Any]


def _states(
    object: ObjectDef, several: Mapping[int, Steps], needed: Sequence[str]
) -> Iterable[State]:
    table = object.table
    columns = [*needed, "deleted_at"]
    statement = sa.select(*(table.c[name] for name in columns)).where(table.c.id.in_(several))
    by_column = {prop.column: prop for prop in object.properties if prop.column}
    history = _history(object, several)
    for row in rows(statement):
        state = dict(zip(columns, row, strict=True))
        id, is_binned = state["id"], state.pop("deleted_at") is not None
        way = several[id]
        is_there = True
        for at in range(len(way.change_sets) - 1, 0, -1):
            change_set = way.change_sets[at]
            names = way.names[change_set]
            is_there = is_there and "record_created" not in names
            if "record_deleted" in names or "record_restored" in names:
                is_binned = "record_restored" in names
            state = _before(state, history.get((id, change_set), {}), by_column)
            if is_there and not is_binned:
                yield State(id, at - 1, state)


def _history(
    object: ObjectDef, several: Mapping[int, Steps]
) -> dict[tuple[int, int], dict[int, str | None]]:
    """By record and change set: property id → the stored value before it, as text."""
    sets = {change_set for way in several.values() for change_set in way.change_sets}
    found: dict[tuple[int, int], dict[int, str | None]] = {}
    for part in _parts(sorted(sets)):
        statement = (
            sa.select(
                HISTORY.c.record_id, HISTORY.c.change_set_id, HISTORY.c.property_id, HISTORY.c.old
            )
            .where(
                HISTORY.c.object_id == object.id,
                HISTORY.c.change_set_id.in_(part),
                HISTORY.c.record_id.in_(several),
            )
            .order_by(HISTORY.c.id)
        )
        for id, change_set, property_id, old in rows(statement):
            found.setdefault((id, change_set), {}).setdefault(property_id, old)
    return found


def _before(
    state: Mapping[str, Any],
    old: Mapping[int, str | None],
    by_column: Mapping[str, PropertyDef],
) -> dict[str, Any]:
    """A state with the values that its last write replaced."""
    earlier = dict(state)
    for column, prop in by_column.items():
        if prop.id not in old:
            continue
        value = from_text(old[prop.id], prop.kind.column)
        if column in earlier:
            earlier[column] = value
        if prop.has_normal and prop.normal_column in earlier:
            earlier[prop.normal_column] = None if value is None else prop.kind.normal(value)
    return earlier


def _asked(
    meaning: Meaning, states: Sequence[State], needed: Sequence[str]
) -> set[tuple[int, int]]:
    table = meaning.object.table
    selects = [
        sa.select(
            sa.literal(each.at, sa.Integer()).label("state_number"),
            *(sa.literal(each.values[name], table.c[name].type).label(name) for name in needed),
        )
        for each in states
    ]
    source = sa.union_all(*selects).subquery("states")
    statement = sa.select(source.c.id, source.c.state_number).where(meaning.where(source))
    return {(id, at) for id, at in rows(statement)}


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
