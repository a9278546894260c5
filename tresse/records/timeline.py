"""The timeline of a record: its own activities and changes and those of records one link away.

Worked out when read, never copied (C73 to C77): linking shows the past at once, unlinking takes it
away, and a record two links away never contributes.
"""

import base64
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BAD_CURSOR
from tresse.engine.stored import from_text
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.sight import readable_properties
from tresse.records.links import pairs_from, side_key
from tresse.records.queries import titles
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, CHANGE_SET, EVENT, HISTORY
from tresse.records.visibility import visible

MOST_LINKED = 5_000
SHOWN_EVENTS = (
    "record_created",
    "record_changed",
    "record_linked",
    "record_unlinked",
    "record_restored",
    "record_merged",
    "record_unmerged",
)


@dataclass(frozen=True, slots=True)
class Badge:
    """Where an entry comes from if it is not the record's own: which record, by which relation."""

    object: str
    id: int
    title: str
    relation: Side


@dataclass(slots=True)
class Entry:
    """One line of a timeline. `kind`: of the activity, or the name of the event."""

    at: datetime
    kind: str
    key: tuple[datetime, str, int]
    author_id: int | None = None
    source: str = ""
    source_id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    activity_id: int | None = None
    badges: list[Badge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries, newest first; `next` reads on; numbers of linked records shown and all."""

    entries: list[Entry]
    next: str | None
    linked_shown: int
    linked_all: int


def timeline(
    model: DataModel,
    object: ObjectDef,
    id: int,
    actor: Actor,
    *,
    cursor: str | None = None,
    kinds: Sequence[str] = (),
    limit: int = 50,
    linked_by: Container[str] | None = None,
) -> Timeline:
    """A page of the timeline of one record in sight.

    Args:
        model: The data model.
        object: The object type.
        id: The record.
        actor: Who looks; linked records out of sight contribute nothing.
        cursor: `next` of the page before.
        kinds: Kinds of activity and names of events to show; empty: all.
        limit: Entries a page.
        linked_by: Keys of the sides that have links, if the caller knows; no others are asked.
    """
    before = _read_cursor(cursor)
    sources, everyone = _linked(model, object, id, actor, linked_by=linked_by)
    ids = [id, *sources]
    found = _activities(ids, kinds, before, limit + 1)
    found += _events(model, object, id, actor, kinds=kinds, before=before, limit=limit + 1)
    found.sort(key=lambda entry: entry.key, reverse=True)
    page, more = found[:limit], len(found) > limit
    _add_badges(page, sources, id)
    last = page[-1] if more else None
    return Timeline(page, _write_cursor(last), len(sources), everyone)


def _linked(
    model: DataModel, object: ObjectDef, id: int, actor: Actor, *, linked_by: Container[str] | None
) -> tuple[dict[int, Badge], int]:
    """Linked records that share their timeline: those with the latest activity first, capped."""
    found: dict[int, Badge] = {}
    everyone = 0
    for side in model.sides(object.name):
        other = model.object(side.other)
        if not side.association.shares_timeline or not other.has_activities:
            continue
        if linked_by is not None and side_key(side) not in linked_by:
            continue
        links, table = pairs_from(side), other.table
        statement = (
            sa.select(links.c.other, sa.func.count().over())
            .join(table, table.c.id == links.c.other)
            .where(links.c.here == id, visible(other, actor, table), table.c.activity_count > 0)
            .order_by(table.c.last_activity_at.desc(), links.c.other)
            .limit(MOST_LINKED)
        )
        linked = rows(statement)
        if not linked:
            continue
        everyone += linked[0][1]
        named = titles(other, [each for each, _ in linked[:200]], actor)
        for each, _ in linked:
            title = named.get(each, f"{other.label} {each}")
            found.setdefault(each, Badge(other.name, each, title, side))
    return dict(list(found.items())[:MOST_LINKED]), everyone


def _activities(ids: Sequence[int], kinds: Sequence[str], before: Any, limit: int) -> list[Entry]:
    about = ACTIVITY_RECORD
    newest = sa.select(about.c.at, about.c.activity_id).where(about.c.record_id.in_(ids))
    if before:
        at, sort, last = before
        # At one instant events stand before activities, so after an event all of them are left.
        below = sa.true() if sort == "e" else about.c.activity_id < last
        older = sa.or_(about.c.at < at, sa.and_(about.c.at == at, below))
        newest = newest.where(older)
    if kinds:
        newest = newest.join(ACTIVITY, ACTIVITY.c.id == about.c.activity_id).where(
            ACTIVITY.c.kind.in_(kinds)
        )
    newest = newest.distinct().order_by(about.c.at.desc(), about.c.activity_id.desc()).limit(limit)
    chosen = [activity for _, activity in rows(newest)]
    statement = sa.select(
        ACTIVITY.c.id,
        ACTIVITY.c.kind,
        ACTIVITY.c.at,
        ACTIVITY.c.author_id,
        ACTIVITY.c.fields,
        ACTIVITY.c.edited_at,
    ).where(ACTIVITY.c.id.in_(chosen))
    abouts: dict[int, list[int]] = {}
    for activity, record in rows(
        sa.select(about.c.activity_id, about.c.record_id).where(
            about.c.activity_id.in_(chosen), about.c.record_id.in_(ids)
        )
    ):
        abouts.setdefault(activity, []).append(record)
    return [
        Entry(
            at,
            kind,
            (at, "a", activity),
            author_id=author,
            fields={**json.loads(fields), "edited_at": edited, "about": abouts[activity]},
            activity_id=activity,
        )
        for activity, kind, at, author, fields, edited in rows(statement)
    ]


def _events(
    model: DataModel,
    object: ObjectDef,
    id: int,
    actor: Actor,
    *,
    kinds: Sequence[str],
    before: Any,
    limit: int,
) -> list[Entry]:
    names = [name for name in SHOWN_EVENTS if not kinds or name in kinds]
    if not names:
        return []
    columns = (
        EVENT.c.id,
        EVENT.c.name,
        EVENT.c.record_id,
        EVENT.c.other_id,
        EVENT.c.association_id,
        EVENT.c.change_set_id,
        CHANGE_SET.c.at,
        CHANGE_SET.c.user_id,
        CHANGE_SET.c.source,
        CHANGE_SET.c.source_id,
    )
    branches = []
    for end in (EVENT.c.record_id, EVENT.c.other_id):
        branch = (
            sa.select(*columns)
            .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
            .where(end == id, EVENT.c.name.in_(names))
        )
        if before:
            at, sort, last = before
            below = EVENT.c.id < last if sort == "e" else sa.false()
            older = sa.or_(CHANGE_SET.c.at < at, sa.and_(CHANGE_SET.c.at == at, below))
            branch = branch.where(older)
        branches.append(branch.order_by(EVENT.c.id.desc()).limit(limit).subquery().select())
    found = rows(sa.union_all(*branches))
    entries, changes = [], _changes(object, id, actor, [row[5] for row in found])
    for event, name, one, two, association, change_set, at, user, source, source_id in found:
        fields: dict[str, Any] = {}
        if name == "record_changed":
            fields = {"changes": changes.get(change_set, [])}
            if not fields["changes"]:
                continue
        elif two is not None:
            found_link = _link_fields(model, association, two if one == id else one, one == id)
            if found_link is None:
                continue
            fields = found_link
        key = (at, "e", event)
        entries.append(Entry(at, name, key, user, source, source_id, fields))
    _name_others(model, entries, actor)
    return entries


def _changes(
    object: ObjectDef, id: int, actor: Actor, change_sets: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    by_id = {prop.id: prop for prop in readable_properties(object, actor)}
    statement = (
        sa.select(HISTORY.c.change_set_id, HISTORY.c.property_id, HISTORY.c.old, HISTORY.c.new)
        .where(HISTORY.c.record_id == id, HISTORY.c.change_set_id.in_(set(change_sets)))
        .order_by(HISTORY.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for change_set, property_id, old, new in rows(statement):
        if prop := by_id.get(property_id):
            found.setdefault(change_set, []).append(
                {
                    "property": prop,
                    "old": from_text(old, prop.kind.column),
                    "new": from_text(new, prop.kind.column),
                }
            )
    return found


def _link_fields(
    model: DataModel, association: int, other: int, is_from: bool
) -> dict[str, Any] | None:
    known = next((each for each in model.associations if each.id == association), None)
    if known is None or known.parent:
        return None
    side = Side(known, forward=is_from)
    return {"object": side.other, "id": other, "relation": side, "title": ""}


def _name_others(model: DataModel, entries: Sequence[Entry], actor: Actor) -> None:
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        if "object" in entry.fields:
            wanted.setdefault(entry.fields["object"], set()).add(entry.fields["id"])
    named = {name: titles(model.object(name), ids, actor) for name, ids in wanted.items()}
    for entry in entries:
        if "object" in entry.fields:
            title = named[entry.fields["object"]].get(entry.fields["id"], "")
            entry.fields = {**entry.fields, "title": title}


def _add_badges(page: Sequence[Entry], sources: Mapping[int, Badge], id: int) -> None:
    for entry in page:
        about = entry.fields.get("about", ())
        if about and id not in about:
            entry.badges = [sources[each] for each in about if each in sources]


def _write_cursor(entry: Entry | None) -> str | None:
    if entry is None:
        return None
    at, sort, id = entry.key
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{sort}|{id}".encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[datetime, str, int] | None:
    if not cursor:
        return None
    try:
        at, sort, id = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        return datetime.fromisoformat(at), sort, int(id)
    except ValueError:
        raise BAD_CURSOR() from None
