"""Notes, calls, e-mails and meetings on a timeline."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import Folded
from tresse.kernel.text import folded
from tresse.objects.database import rows
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.timeline.entries import Entry, Reading
from tresse.records.timeline.sources import Sources, newest

ABOUT = ACTIVITY_RECORD


def activity_entries(reading: Reading, sources: Sources) -> list[Entry]:
    """Activities of the record and of linked ones, newest first; at most `reading.limit`."""
    if not reading.wanted.has(*(kind.name for kind in ACTIVITY_KINDS)):
        return []
    own = [reading.id] if reading.wanted.has_own else []
    if _asks_all(reading):
        return _read(reading, [*own, *sources.by_id])
    return newest(
        reading, sources, lambda each: each.active_at, lambda ids: _read(reading, [*own, *ids])
    )


def _asks_all(reading: Reading) -> bool:
    """Whether a record's last activity may be one that is not asked for."""
    wanted = reading.wanted
    return bool(wanted.kinds or wanted.author or wanted.words or wanted.until)


def _read(reading: Reading, ids: Sequence[int]) -> list[Entry]:
    """The newest activities about any of the records; `about` of each names which of them."""
    words = [folded(word) for word in reading.wanted.words.split()]
    found: list[Entry] = []
    while ids:
        chosen = _chosen(reading, ids, words)
        entries = _entries(chosen)
        found += [each for each in entries if not words or _says(each.fields, words)]
        if len(found) >= reading.limit or len(chosen) < reading.limit:
            break
        reading = replace(reading, before=entries[-1].key)
    _name_records(found, ids)
    return found[: reading.limit]


def _chosen(reading: Reading, ids: Sequence[int], words: Sequence[str]) -> list[int]:
    wanted = reading.wanted
    statement = sa.select(ABOUT.c.at, ABOUT.c.activity_id).where(
        ABOUT.c.record_id.in_(ids),
        reading.below("a", ABOUT.c.at, ABOUT.c.activity_id),
        wanted.within(ABOUT.c.at),
    )
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.kinds:
        conditions.append(ACTIVITY.c.kind.in_(wanted.kinds))
    if wanted.author:
        conditions.append(ACTIVITY.c.author_id == wanted.author)
    conditions += [
        Folded(ACTIVITY.c.fields).contains(
            json.dumps(word, ensure_ascii=False)[1:-1], autoescape=True
        )
        for word in words
    ]
    if conditions:
        statement = statement.join(ACTIVITY, ACTIVITY.c.id == ABOUT.c.activity_id)
    if not wanted.has_own:
        own = ABOUT.alias()
        conditions.append(
            ~sa.exists().where(
                own.c.record_id == reading.id,
                own.c.at == ABOUT.c.at,
                own.c.activity_id == ABOUT.c.activity_id,
            )
        )
    statement = (
        statement.where(*conditions)
        .distinct()
        .order_by(ABOUT.c.at.desc(), ABOUT.c.activity_id.desc())
        .limit(reading.limit)
    )
    return [activity for _, activity in rows(statement)]


def _entries(ids: Sequence[int]) -> list[Entry]:
    """Activities as entries, newest first."""
    if not ids:
        return []
    statement = sa.select(
        ACTIVITY.c.id,
        ACTIVITY.c.kind,
        ACTIVITY.c.at,
        ACTIVITY.c.author_id,
        ACTIVITY.c.fields,
        ACTIVITY.c.edited_at,
    ).where(ACTIVITY.c.id.in_(ids))
    entries = [
        Entry(
            at,
            kind,
            (at, "a", activity),
            author_id=author,
            fields={**json.loads(fields), "edited_at": edited},
            activity_id=activity,
        )
        for activity, kind, at, author, fields, edited in rows(statement)
    ]
    return sorted(entries, key=lambda each: each.key, reverse=True)


def _name_records(entries: Sequence[Entry], ids: Sequence[int]) -> None:
    about: dict[int, list[int]] = {}
    statement = sa.select(ABOUT.c.activity_id, ABOUT.c.record_id).where(
        ABOUT.c.activity_id.in_([each.activity_id for each in entries])
    )
    known = set(ids)
    for activity, record in rows(statement) if entries else ():
        if record in known:
            about.setdefault(activity, []).append(record)
    for each in entries:
        each.fields = {**each.fields, "about": about.get(each.activity_id or 0, [])}


def _says(fields: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether all words are in the texts of an activity, rather than in the names of its fields."""
    texts = []
    for name, value in fields.items():
        if name != "earlier":
            texts += value if isinstance(value, list) else [value]
    text = folded(" ".join(each for each in texts if isinstance(each, str)))
    return all(word in text for word in words)
