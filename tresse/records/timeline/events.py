"""What the product wrote down about records, on a timeline: creations, changes, links, merges.

Own changes of one author and minute are one entry (C69); those of a linked record fold per record
and day (C77). Groups are made by the database, so that a page knows each of them whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.engine.constructs import LocalDay, Minute
from tresse.engine.types import Text
from tresse.objects.database import rows
from tresse.objects.described import Side
from tresse.objects.sight import readable_properties
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY
from tresse.records.timeline.entries import CHANGES, EVENTS, TASK, Entry, Reading
from tresse.records.timeline.sources import Sources, newest
from tresse.records.timeline.values import property_changes
from tresse.records.visibility import visible

CHANGED = "record_changed"
LINKS = ("record_linked", "record_unlinked")
FOLDED = (CHANGED, *(name for name in EVENTS if name not in LINKS))
MOST_MEMBERS = 2_000


@dataclass(frozen=True, slots=True)
class Member:
    """One event row with its change set."""

    id: int
    name: str
    record: int
    change_set: int
    at: datetime
    user: int | None
    source: str
    source_id: int | None

    @property
    def moment(self) -> tuple[Any, ...]:
        """What is one entry: by one author in one minute."""
        minute = self.at.replace(second=0, microsecond=0)
        return self.record, self.name, self.user, self.source, self.source_id, minute


def own_events(reading: Reading) -> list[Entry]:
    """Events of the record itself, newest first; at most `reading.limit`."""
    wanted = reading.wanted
    if not wanted.has_own or wanted.words or not _names(reading):
        return []
    found = sa.union_all(*_branches(reading)).subquery()
    at, last = sa.func.max(found.c.at), sa.func.max(found.c.id)
    by = [found.c[name] for name in ("name", "association_id", "is_from", *_AUTHOR)]
    statement = (
        sa.select(
            at, last, sa.func.min(found.c.id), sa.func.count(), sa.func.max(found.c.other), *by
        )
        .group_by(*by, Minute(found.c.at))
        .having(reading.below("e", at, last))
        .order_by(at.desc(), last.desc())
        .limit(reading.limit)
    )
    entries, spans = [], {}
    for at_, id, first, number, other, name, association, is_from, *author in rows(statement):
        entry = Entry(at_, name, (at_, "e", id), *author)
        if name in LINKS:
            side = Side(_association(reading, association), forward=bool(is_from))
            entry.fields = {"object": side.other, "id": other, "relation": side, "number": number}
        elif name == CHANGED:
            spans[id] = (reading.id, first, id)
        entries.append(entry)
    _fill_changes(reading, entries, _members(reading, spans.values(), (CHANGED,)))
    return entries


_AUTHOR = ("user_id", "source", "source_id")


def _branches(reading: Reading) -> Iterable[sa.Select[Any]]:
    """Events in which the record comes first, and links in which it comes second."""
    names = _names(reading)
    links = [name for name in names if name in LINKS]
    ends = (
        (EVENT.c.record_id, EVENT.c.other_id, True),
        (EVENT.c.other_id, EVENT.c.record_id, False),
    )
    for here, other, is_from in ends:
        linked = sa.and_(EVENT.c.name.in_(links), _link_in_sight(reading, other, is_from=is_from))
        rest = EVENT.c.name.in_([name for name in names if name not in LINKS])
        yield (
            sa.select(
                EVENT.c.id,
                EVENT.c.name,
                other.label("other"),
                EVENT.c.association_id,
                sa.literal(int(is_from), sa.Integer()).label("is_from"),
                CHANGE_SET.c.at,
                *(CHANGE_SET.c[name] for name in _AUTHOR),
            )
            .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
            .where(
                here == reading.id,
                sa.or_(linked, rest) if is_from else linked,
                *_conditions(reading),
            )
        )


def _link_in_sight(
    reading: Reading, other: sa.ColumnElement[int], *, is_from: bool
) -> sa.ColumnElement[bool]:
    """That an event is of a relation, not of a link label, and the other record is in sight.

    Links with tasks are left out: tasks are entries themselves.
    """
    model, name = reading.model, reading.object.name
    by_object: dict[str, list[int]] = {}
    for side in model.sides(name):
        far = side.other
        symmetric = side.association.from_object == side.association.to_object
        if (side.forward == is_from or symmetric) and (far != TASK or name == TASK):
            by_object.setdefault(far, []).append(side.association.id)
    known = []
    for far, ids in by_object.items():
        object = model.object(far)
        table = object.table
        seen = sa.exists().where(table.c.id == other, visible(object, reading.actor, table))
        known.append(sa.and_(EVENT.c.association_id.in_(sorted(set(ids))), seen))
    return sa.or_(sa.false(), *known)


def linked_events(reading: Reading, sources: Sources) -> list[Entry]:
    """Changes of linked records, folded per record and day; at most `reading.limit`."""
    if reading.wanted.words or not sources.by_id:
        return []
    names = [name for name in _names(reading) if name in FOLDED]
    if not names:
        return []
    return newest(
        reading,
        sources,
        lambda each: each.changed_at,
        lambda ids: _folded(reading, ids, names) if ids else [],
    )


def _folded(reading: Reading, ids: Sequence[int], names: Sequence[str]) -> list[Entry]:
    at, last = sa.func.max(CHANGE_SET.c.at), sa.func.max(EVENT.c.id)
    zone = reading.actor.zone
    statement = (
        sa.select(at, last, sa.func.min(EVENT.c.id), EVENT.c.record_id)
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(EVENT.c.record_id.in_(ids), EVENT.c.name.in_(names), *_conditions(reading))
        .group_by(EVENT.c.record_id, LocalDay(CHANGE_SET.c.at, sa.literal(zone, Text)))
        .having(reading.below("l", at, last))
        .order_by(at.desc(), last.desc())
        .limit(reading.limit)
    )
    entries = {
        id: (Entry(at_, CHANGED, (at_, "l", id), record_id=record), (record, first, id))
        for at_, id, first, record in rows(statement)
    }
    day = ZoneInfo(zone)
    members: dict[Any, list[Member]] = {}
    for each in _members(reading, [span for _, span in entries.values()], names):
        members.setdefault((each.record, each.at.astimezone(day).date()), []).append(each)
    for entry, (record, _, _) in entries.values():
        _fold(reading, entry, members.get((record, entry.at.astimezone(day).date()), []))
    return [entry for entry, _ in entries.values()]


def _fold(reading: Reading, entry: Entry, members: Sequence[Member]) -> None:
    """Let an entry stand for the events of a day; a single one it becomes itself."""
    moments: dict[Any, Entry] = {}
    for each in members:
        moments.setdefault(
            each.moment,
            Entry(
                each.at,
                each.name,
                (each.at, "l", each.id),
                each.user,
                each.source,
                each.source_id,
                record_id=each.record,
            ),
        )
    parts = list(moments.values())
    _fill_changes(reading, parts, [each for each in members if each.name == CHANGED])
    if not parts:
        # Its events lie beyond those that are read for one page.
        entry.kind = CHANGES[0]
        return
    entry.parts = parts
    entry.kind = parts[0].kind if len({part.kind for part in parts}) == 1 else CHANGES[0]
    if len({(part.author_id, part.source, part.source_id) for part in parts}) == 1:
        entry.author_id, entry.source = parts[0].author_id, parts[0].source
        entry.source_id = parts[0].source_id
    if len(parts) == 1:
        entry.fields, entry.parts = parts[0].fields, []


def _members(
    reading: Reading, spans: Iterable[tuple[int, int, int]], names: Sequence[str]
) -> list[Member]:
    """Events of records between a first and a last id, newest first; the newest 2,000."""
    within = [
        sa.and_(EVENT.c.record_id == record, EVENT.c.id.between(first, last))
        for record, first, last in spans
    ]
    if not within:
        return []
    statement = (
        sa.select(
            EVENT.c.id,
            EVENT.c.name,
            EVENT.c.record_id,
            EVENT.c.change_set_id,
            CHANGE_SET.c.at,
            *(CHANGE_SET.c[name] for name in _AUTHOR),
        )
        .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
        .where(sa.or_(*within), EVENT.c.name.in_(names), *_conditions(reading))
        .order_by(EVENT.c.id.desc())
        .limit(MOST_MEMBERS)
    )
    return [Member(*row) for row in rows(statement)]


def _fill_changes(reading: Reading, entries: Sequence[Entry], members: Sequence[Member]) -> None:
    """Give entries of changed values what changed, and the name of what they are (E97)."""
    found = property_changes(
        reading.model, reading.actor, [(m.record, m.change_set) for m in members]
    )
    by_moment: dict[Any, list[dict[str, Any]]] = {}
    for each in sorted(members, key=lambda member: member.id):
        by_moment.setdefault(each.moment, []).extend(found.get((each.record, each.change_set), ()))
    for entry in entries:
        if entry.kind != CHANGED:
            continue
        record = entry.record_id or reading.id
        member = Member(
            0, CHANGED, record, 0, entry.at, entry.author_id, entry.source, entry.source_id
        )
        changes = by_moment.get(member.moment, [])
        entry.fields = {"changes": changes}
        entry.kind = _kind_of(changes)


def _kind_of(changes: Sequence[Mapping[str, Any]]) -> str:
    names = {change["property"].name for change in changes}
    if "stage" in names:
        return "stage_changed"
    return "owner_changed" if names == {"owner"} else "property_changed"


def _names(reading: Reading) -> list[str]:
    """Names of the event rows that are asked for."""
    wanted = reading.wanted
    return [CHANGED] * wanted.has(*CHANGES) + [name for name in EVENTS if wanted.has(name)]


def _conditions(reading: Reading) -> list[sa.ColumnElement[bool]]:
    """What every event asked for fulfils: period, author, and a change that the person may see."""
    wanted = reading.wanted
    conditions = [wanted.within(CHANGE_SET.c.at)]
    if wanted.author:
        conditions.append(CHANGE_SET.c.user_id == wanted.author)
    if (shown := _shown_properties(reading)) is not None:
        change = sa.exists().where(
            HISTORY.c.record_id == EVENT.c.record_id,
            HISTORY.c.property_id.in_(shown),
            HISTORY.c.change_set_id == EVENT.c.change_set_id,
        )
        conditions.append(sa.or_(EVENT.c.name != CHANGED, change))
    return conditions


def _shown_properties(reading: Reading) -> list[int] | None:
    """Ids of the properties whose changes are asked for and may be seen; None: all."""
    wanted, objects = reading.wanted, reading.model.objects
    readable = [prop for each in objects for prop in readable_properties(each, reading.actor)]
    if wanted.has("property_changed"):
        everything = sum(len(each.properties) for each in objects)
        return None if len(readable) == everything else [prop.id for prop in readable]
    names = [kind.removesuffix("_changed") for kind in CHANGES if kind in wanted.kinds]
    return [prop.id for prop in readable if prop.name in names]


def _association(reading: Reading, id: int) -> Any:
    return next(each for each in reading.model.associations if each.id == id)
