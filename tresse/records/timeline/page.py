"""A page of a timeline: the newest of all parts, with badges, and a cursor that reads on."""

import base64
from collections.abc import Container, Sequence
from datetime import datetime

from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BAD_CURSOR
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.queries import titles
from tresse.records.timeline.activities import activity_entries
from tresse.records.timeline.entries import KINDS, Badge, Entry, Key, Reading, Timeline, Wanted
from tresse.records.timeline.events import linked_events, own_events
from tresse.records.timeline.sources import Sources, linked_sources
from tresse.records.timeline.tasks import task_entries

PAGE = 50
EVERYTHING = Wanted()
SORTS = "aelt"


def timeline(
    model: DataModel,
    object: ObjectDef,
    id: int,
    actor: Actor,
    *,
    wanted: Wanted = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
    linked_by: Container[str] | None = None,
) -> Timeline:
    """A page of the timeline of one record in sight.

    Args:
        model: The data model.
        object: The object type.
        id: The record.
        actor: Who looks; linked records out of sight contribute nothing.
        wanted: Which entries.
        cursor: `next` of the page before.
        limit: Entries a page.
        linked_by: Keys of the sides that have links, if the caller knows; no others are asked.

    Raises:
        TresseError: `unknown_reference` (a kind), `bad_cursor`.
    """
    for kind in wanted.kinds:
        if kind not in KINDS:
            raise UNKNOWN_REFERENCE(
                sort=N_("activity kind"), name=kind, nearest=nearest(kind, KINDS)
            )
    reading = Reading(model, object, id, actor, wanted, _read_cursor(cursor), limit + 1)
    sources = linked_sources(reading, linked_by)
    found = [
        *activity_entries(reading, sources),
        *own_events(reading),
        *linked_events(reading, sources),
        *task_entries(reading),
    ]
    found.sort(key=lambda entry: entry.key, reverse=True)
    page = found[:limit]
    _name_records(reading, sources, page)
    following = _write_cursor(page[-1].key) if len(found) > limit else None
    return Timeline(page, following, len(sources.by_id), sources.everyone)


def _name_records(reading: Reading, sources: Sources, page: Sequence[Entry]) -> None:
    """Give entries the titles of records they name, and those of linked records their badges."""
    wanted: dict[str, set[int]] = {}
    for entry in page:
        for each in _origins(reading, entry):
            wanted.setdefault(sources.by_id[each].side.other, set()).add(each)
        if "relation" in entry.fields:
            wanted.setdefault(entry.fields["object"], set()).add(entry.fields["id"])
    model, actor = reading.model, reading.actor
    named = {name: titles(model.object(name), ids, actor) for name, ids in wanted.items()}
    for entry in page:
        for each in _origins(reading, entry):
            side = sources.by_id[each].side
            entry.badges.append(Badge(side.other, each, named[side.other].get(each, ""), side))
        if "relation" in entry.fields:
            title = named[entry.fields["object"]].get(entry.fields["id"], "")
            entry.fields = {**entry.fields, "title": title}


def _origins(reading: Reading, entry: Entry) -> Sequence[int]:
    """The linked records that an entry comes from; none if it is the record's own."""
    if entry.record_id is not None:
        return [entry.record_id]
    about = entry.fields.get("about", ())
    return () if reading.id in about else about


def _write_cursor(key: Key) -> str:
    at, sort, id = key
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{sort}|{id}".encode()).decode()


def _read_cursor(cursor: str | None) -> Key | None:
    if not cursor:
        return None
    try:
        at, sort, id = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        key = (datetime.fromisoformat(at), sort, int(id))
    except ValueError:
        raise BAD_CURSOR() from None
    if sort not in SORTS or len(sort) != 1 or key[0].tzinfo is None:
        raise BAD_CURSOR()
    return key
