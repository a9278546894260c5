"""A database full of contacts, companies, links and activities, made by bulk loads."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from tresse.accounts.queries import first_administrator
from tresse.objects.database import execute, load
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, LINK
from tresse.records.writing import new_change_set, take_ids

CHUNK = 20_000
FIRST = ("Anna", "Zofia", "Łukasz", "Marie", "Paweł", "Élodie", "Jan", "Chloé", "Ewa", "Hugo")
LAST = ("Nowak", "Kowalski", "Martin", "Bernard", "Wiśniewska", "Dubois", "Thomas", "Zając")
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
OWNERS = 10


def contacts(model: DataModel, number: int) -> range:
    """Contacts with eleven values each, a tenth to each of ten owners; answers their ids."""
    contact = model.object("contact")
    names = ("first_name", "last_name", "email", "phone", "job_title", "city", "country")
    columns = ["id", "version", "owner", "created_at", "updated_at", "activity_count"]
    for name in names:
        prop = contact.property(name)
        columns.append(prop.column)
        if prop.has_normal:
            columns.append(prop.normal_column)
    first = take_ids(number)
    ids = range(first, first + number)
    _load(contact, columns, _contacts(contact, ids, names))
    return ids


def _contacts(contact: ObjectDef, ids: range, names: tuple[str, ...]) -> Iterator[list[Any]]:
    pick = random.Random(1)  # noqa: S311  test data
    properties = [contact.property(name) for name in names]
    for number, id in enumerate(ids):
        at = BEGIN + timedelta(seconds=pick.randrange(200_000_000))
        values = (
            FIRST[pick.randrange(10)],
            f"{LAST[pick.randrange(8)]}{pick.randrange(5000)}",
            f"contact{number}@example.org",
            f"+336{number:08}",
            "Buyer",
            "Lyon",
            "fr" if number % 10 else "pl",
        )
        row: list[Any] = [id, 1, number % OWNERS + 1, at, at, 0]
        for prop, value in zip(properties, values, strict=True):
            row.append(value)
            if prop.has_normal:
                row.append(prop.kind.normal(value))
        yield row


def companies(model: DataModel, number: int) -> range:
    """Companies with a name; answers their ids."""
    company = model.object("company")
    name = company.property("name")
    columns = ["id", "version", "created_at", "activity_count", name.column, name.normal_column]
    first = take_ids(number)
    ids = range(first, first + number)
    rows = ([id, 1, BEGIN, 0, f"Company {id}", f"company {id}"] for id in ids)
    _load(company, columns, rows)
    return ids


def links(model: DataModel, name: str, pairs: Iterator[tuple[int, int]]) -> None:
    """Links of one association type."""
    association = model.association(name)
    change_set = new_change_set(first_administrator(), source="system")
    columns = ["association_id", "from_id", "to_id", "change_set_id"]
    _load_table(LINK, columns, ([association.id, one, two, change_set] for one, two in pairs))


def activities(object: ObjectDef, record_id: int, number: int) -> None:
    """Notes about one record, one an hour."""
    change_set = new_change_set(first_administrator(), source="system")
    fields = json.dumps({"text": "Called about the winter linens; wants samples."})
    times = [BEGIN + timedelta(hours=hour) for hour in range(number)]
    first = _next(ACTIVITY)
    rows = ([first + at, "note", time, None, change_set, fields] for at, time in enumerate(times))
    _load_table(ACTIVITY, ["id", "kind", "at", "author_id", "change_set_id", "fields"], rows)
    about = ([record_id, time, first + at, object.id] for at, time in enumerate(times))
    _load_table(ACTIVITY_RECORD, ["record_id", "at", "activity_id", "object_id"], about)
    table = object.table
    execute(
        table.update()
        .where(table.c.id == record_id)
        .values(activity_count=number, last_activity_at=times[-1])
    )


def _next(table: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table.name}")  # noqa: S608  ours
        return int(cursor.fetchone()[0])


def _load(object: ObjectDef, columns: list[str], rows: Iterator[list[Any]]) -> None:
    _load_table(object.table, columns, rows)


def _load_table(table: Any, columns: list[str], rows: Iterator[list[Any]]) -> None:
    chunk: list[list[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            _write(table, columns, chunk)
            chunk = []
    _write(table, columns, chunk)


def _write(table: Any, columns: list[str], chunk: list[list[Any]]) -> None:
    with transaction.atomic():
        load(table, columns, chunk)


def analyse() -> None:
    """Let the database learn the distribution of values, as its own upkeep does in time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
