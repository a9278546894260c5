"""What rooms above write in a change set, and take back themselves: who is on a list.

`config/members.py` hands the members over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.kernel.registry import Registry
from tresse.objects.described import ObjectDef


@dataclass(frozen=True, slots=True)
class UndoPart:
    """One sort of rows beside records that a change set writes.

    `events`: name of its event → kind of item. `refs(data)`: the id of what each event's data
    names, those that are gone left out. `judge(kind, object, ref, change_set)`: the outcome of
    items, an expression over `UNDO_ITEM` or one for all. `reverse(kind, chosen, own, at)`: take the
    chosen items back as a set, with events of the change set `own`. `other(events)`: what the item
    is about beside the record, where an expression over the event says it; then no refs are asked.
    """

    name: str
    events: Mapping[str, int]
    refs: Callable[[Iterable[str]], Mapping[str, int]]
    judge: Callable[[int, ObjectDef, int, int], sa.ColumnElement[Any] | int]
    reverse: Callable[[int, sa.ColumnElement[bool], int, datetime], None]
    other: Callable[[sa.FromClause], sa.ColumnElement[int]] | None = None


UNDO_PARTS: Registry[UndoPart] = Registry("part of an undo")


def part_of(kind: int) -> UndoPart | None:
    """Who takes back items of a kind; None: this room itself."""
    return next((part for part in UNDO_PARTS if kind in part.events.values()), None)


def kinds_by_event() -> dict[str, int]:
    """Kind of item by the name of its event, of parts whose events name by their data."""
    named = (part for part in UNDO_PARTS if part.other is None)
    return {name: kind for part in named for name, kind in part.events.items()}


def refs_of(events: Iterable[tuple[str, str | None]]) -> dict[tuple[str, str], int]:
    """What the data of some events name, by name and data of the event."""
    given = {(name, data) for name, data in events if data}
    found: dict[tuple[str, str], int] = {}
    for part in UNDO_PARTS:
        mine = {data for name, data in given if name in part.events}
        ids = part.refs(mine) if mine else {}
        found |= {
            (name, data): ids[data] for name, data in given if name in part.events and data in ids
        }
    return found
