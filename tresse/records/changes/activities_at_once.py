"""Activities written as sets: many logged, changed and put on timelines at once (C69 to C71).

An import calls these with what it read; the rules of one activity are those of `activities`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from django.db import connection, transaction

from tresse.accounts.actor import Actor
from tresse.engine.types import Instant
from tresse.kernel.clock import now
from tresse.objects.database import execute, load, rows, scalar, vendor
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT
from tresse.records.visibility import visible

FEW = 500
"Ids or texts of one statement."
HELD = ""
"Kind of the row that holds a block of ids on SQLite; people never see it."


class Logged(NamedTuple):
    """A new activity. `fields`: as `said_fields` answers them."""

    id: int
    kind: str
    at: datetime
    author_id: int | None
    external_id: str | None
    fields: Mapping[str, Any]


class Changed(NamedTuple):
    """An activity as it will be; `fields` with the former ones under `earlier` (C70)."""

    id: int
    at: datetime
    fields: Mapping[str, Any]


class About(NamedTuple):
    """An activity on the timeline of a record."""

    activity_id: int
    object_id: int
    record_id: int


def few(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values few enough for one statement."""
    return (values[start : start + FEW] for start in range(0, len(values), FEW))


def take_activity_ids(number: int, *, change_set: int) -> int:
    """Reserve ids of activities that follow each other; answers the first.

    On SQLite the next id is one more than the highest, so a row holds the block until
    `let_go_of_ids`.
    """
    if vendor() == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_serial_sequence('activity', 'id')")
            [sequence] = cursor.fetchone()
            # As `take_ids` does: it locks out nextval() of others.
            cursor.execute(f"ALTER SEQUENCE {sequence} CACHE 1")
            cursor.execute(
                "SELECT setval(%s, nextval(%s) + %s)", [sequence, sequence, max(number, 1) - 1]
            )
            return int(cursor.fetchone()[0]) - number + 1
    highest = int(scalar(sa.select(sa.func.coalesce(sa.func.max(ACTIVITY.c.id), 0))))
    # One more than asked for, so that the ids themselves stay free.
    held = {"kind": HELD, "at": now(), "deleted_at": now(), "fields": "{}"}
    execute(ACTIVITY.insert().values(id=highest + 1 + number, change_set_id=change_set, **held))
    return highest + 1


def let_go_of_ids(held: int) -> None:
    """Take away the row that holds a block of ids: the first one's id and their number added."""
    execute(ACTIVITY.delete().where(ACTIVITY.c.id == held, ACTIVITY.c.kind == HELD))


def take_activity_id() -> int:
    """The id of one more activity, while a block is held."""
    if vendor() == "postgresql":
        return take_activity_ids(1, change_set=0)
    return int(scalar(sa.select(sa.func.max(ACTIVITY.c.id)))) + 1


def log_activities(logged: Sequence[Logged], *, change_set: int) -> None:
    """Write new activities; `put_on_timelines` says what they are about."""
    load(
        ACTIVITY,
        ("id", "kind", "at", "author_id", "change_set_id", "external_id", "fields"),
        [
            (
                *(each.id, each.kind, each.at, each.author_id, change_set, each.external_id),
                json.dumps(each.fields, ensure_ascii=False),
            )
            for each in logged
        ],
    )


def change_activities(changed: Sequence[Changed], *, change_set: int) -> None:
    """Write fields and time of activities that are there, with an event on one of their records."""
    at = now()
    for some in few(changed):
        texts = {each.id: json.dumps(each.fields, ensure_ascii=False) for each in some}
        times = {each.id: sa.literal(each.at, Instant()) for each in some}
        execute(
            ACTIVITY.update()
            .where(ACTIVITY.c.id.in_(list(texts)))
            .values(
                fields=sa.case(texts, value=ACTIVITY.c.id),
                at=sa.case(times, value=ACTIVITY.c.id),
                edited_at=at,
            )
        )
        about = ACTIVITY_RECORD
        execute(
            about.update()
            .where(about.c.activity_id.in_(list(times)))
            .values(at=sa.case(times, value=about.c.activity_id))
        )
        _tell_changed(some, change_set)


def _tell_changed(changed: Sequence[Changed], change_set: int) -> None:
    known = ACTIVITY_RECORD.c
    kinds = dict(
        rows(
            sa.select(ACTIVITY.c.id, ACTIVITY.c.kind).where(
                ACTIVITY.c.id.in_([each.id for each in changed])
            )
        )
    )
    first: dict[int, tuple[int, int]] = {}
    for id, record, object_id in rows(
        sa.select(known.activity_id, known.record_id, known.object_id)
        .where(known.activity_id.in_(list(kinds)))
        .order_by(known.record_id)
    ):
        first.setdefault(id, (object_id, record))
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id", "data"),
        [
            (
                *("activity_changed", change_set, *first[each.id]),
                logged_data(each.id, kinds[each.id], each.fields),
            )
            for each in changed
            if each.id in first
        ],
    )


def changed_text(change_set: int) -> str:
    """How the stored fields of an activity end that a change set changed last (`stamped`)."""
    return f'"change_set": {change_set}}}]}}'


def stamped(
    fields: Mapping[str, Any],
    before: Mapping[str, Any],
    *,
    actor: Actor,
    change_set: int,
    was_at: datetime,
) -> dict[str, Any]:
    """Fields with the former ones kept in them, the change set last.

    Args:
        fields: As they will be.
        before: All that is stored now: fields, mentions, earlier versions.
        actor: Who changes them.
        change_set: Of the change.
        was_at: The time the activity has now.
    """
    said = {name: value for name, value in before.items() if name != "earlier"}
    stamp = {
        "at": now().isoformat(),
        "by": actor.user_id,
        "fields": {"mentions": [], **said},
        "was_at": was_at.isoformat(),
        "change_set": change_set,
    }
    mentions = {"mentions": before["mentions"]} if "mentions" in before else {}
    return {**fields, **mentions, "earlier": [*before.get("earlier", ()), stamp]}


def put_on_timelines(model: DataModel, about: Iterable[About], *, change_set: int) -> int:
    """Say what activities are about, with events; those that stand there already are left.

    Args:
        model: The data model.
        about: In any order; the same twice counts once.
        change_set: Of the events.

    Returns:
        How many are new.
    """
    wanted = list(dict.fromkeys(about))
    facts: dict[int, tuple[str, datetime, str]] = {}
    there: set[tuple[int, int]] = set()
    for some in few(sorted({each.activity_id for each in wanted})):
        table = ACTIVITY.c
        statement = sa.select(table.id, table.kind, table.at, table.fields)
        for id, *more in rows(statement.where(table.id.in_(some), table.deleted_at.is_(None))):
            facts[id] = tuple(more)
        known = ACTIVITY_RECORD.c
        found = sa.select(known.activity_id, known.record_id).where(known.activity_id.in_(some))
        there |= set(rows(found))
    new = [
        each
        for each in wanted
        if (each.activity_id, each.record_id) not in there and each.activity_id in facts
    ]
    said = {id: json.loads(fields) for id, (_, _, fields) in facts.items()}
    load(
        ACTIVITY_RECORD,
        ("record_id", "at", "activity_id", "object_id"),
        [(e.record_id, facts[e.activity_id][1], e.activity_id, e.object_id) for e in new],
    )
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id", "data"),
        [
            (
                *("activity_logged", change_set, each.object_id, each.record_id),
                logged_data(each.activity_id, facts[each.activity_id][0], said[each.activity_id]),
            )
            for each in new
        ],
    )
    objects = {each.object_id: model.object_by_id(each.object_id) for each in new}
    recount((objects[each.object_id], each.record_id) for each in new)
    return len(new)


def logged_data(id: int, kind: str, fields: Mapping[str, Any]) -> str:
    """What the event `activity_logged` carries, as JSON."""
    data = {
        "activity": id,
        **{key: fields[key] for key in ("outcome", "direction") if fields.get(key)},
        "kind": kind,
    }
    return json.dumps(data, ensure_ascii=False)


def recount(about: Iterable[tuple[ObjectDef, int]]) -> None:
    """Bring `last_activity_at` and `activity_count` of the records up to date (C41)."""
    by_object: dict[int, tuple[ObjectDef, set[int]]] = {}
    for object, record in about:
        by_object.setdefault(object.id, (object, set()))[1].add(record)
    for _, (object, ids) in sorted(by_object.items()):
        table = object.table
        for some in few(sorted(ids)):
            execute(table.update().where(table.c.id.in_(some)).values(counts_of(table)))


def counts_of(table: sa.TableClause) -> dict[str, sa.ScalarSelect[Any]]:
    """What records hold of their activities, counted anew, as values of an update."""
    known = ACTIVITY_RECORD.c
    mine = known.record_id == table.c.id
    number = sa.select(sa.func.count()).select_from(ACTIVITY_RECORD).where(mine)
    return {
        "last_activity_at": sa.select(sa.func.max(known.at)).where(mine).scalar_subquery(),
        "activity_count": number.scalar_subquery(),
    }


def addresses_of(fields: Mapping[str, Any]) -> set[str]:
    """The addresses of an e-mail, as they are compared."""
    given = {fields.get("from", ""), *fields.get("to", ()), *fields.get("cc", ())}
    return {each.lower() for each in given if each}


def addressed_contacts(
    model: DataModel, addresses: Iterable[str], actor: Actor
) -> dict[str, list[int]]:
    """Contacts in sight by their address, other addresses included (C71)."""
    contact = model.object("contact")
    table, email = contact.table, contact.property("email")
    own, other = table.c[email.column], OTHER_VALUE.c
    found: dict[str, list[int]] = {}
    for some in few(sorted(set(addresses))):
        seen = visible(contact, actor, table)
        first = sa.select(own, table.c.id).where(own.in_(some), seen)
        second = (
            sa.select(other.compared, table.c.id)
            .join_from(OTHER_VALUE, table, table.c.id == other.record_id)
            .where(other.property_id == email.id, other.compared.in_(some), seen)
        )
        for address, id in [*rows(first), *rows(second)]:
            known = found.setdefault(address, [])
            if id not in known:
                known.append(id)
    return found
