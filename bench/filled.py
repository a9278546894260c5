"""A database full of contacts, companies, links and activities, made by bulk loads."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
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


def deals(model: DataModel, number: int) -> range:
    """Deals with a name, a stage, an amount and a day, a tenth to each of ten owners."""
    deal = model.object("deal")
    names = ("name", "pipeline", "stage", "amount", "close_date")
    properties = [deal.property(name) for name in names]
    [pipeline] = deal.pipelines
    columns = ["id", "version", "owner", "created_at", "updated_at", "activity_count"]
    for prop in properties:
        columns.append(prop.column)
        if prop.has_normal:
            columns.append(prop.normal_column)
    first = take_ids(number)
    ids = range(first, first + number)

    def rows() -> Iterator[list[Any]]:
        pick = random.Random(2)  # noqa: S311  test data
        for at, id in enumerate(ids):
            when = BEGIN + timedelta(seconds=pick.randrange(200_000_000))
            stage = pipeline.stages[pick.randrange(len(pipeline.stages))].id
            name = f"Roof of {LAST[pick.randrange(8)]} {at}"
            amount = Decimal(pick.randrange(100, 5_000_000)) / 100
            values = (name, pipeline.id, stage, amount, when.date())
            row: list[Any] = [id, 1, at % OWNERS + 1, when, when, 0]
            for prop, value in zip(properties, values, strict=True):
                row.append(value)
                if prop.has_normal:
                    row.append(prop.kind.normal(value))
            yield row

    _load(deal, columns, rows())
    return ids


def spread_activities(objects: Mapping[str, tuple[ObjectDef, range]], number: int) -> None:
    """Notes and calls about records of several objects in turn, over the years."""
    change_set = new_change_set(first_administrator(), source="system")
    fields = json.dumps({"text": "Called about the winter linens; wants samples."})
    first = _next(ACTIVITY)
    kinds = ("note", "call", "email", "meeting")
    places = list(objects.values())

    def times() -> Iterator[tuple[int, datetime]]:
        for at in range(number):
            # Spread as life does: later ones are written later.
            yield at, BEGIN + timedelta(seconds=at * 200_000_000 // number)

    rows = ([first + at, kinds[at % 4], time, None, change_set, fields] for at, time in times())
    _load_table(ACTIVITY, ["id", "kind", "at", "author_id", "change_set_id", "fields"], rows)

    def about() -> Iterator[list[Any]]:
        pick = random.Random(3)  # noqa: S311  test data
        for at, time in times():
            object, ids = places[at % len(places)]
            yield [ids[pick.randrange(len(ids))], time, first + at, object.id]

    _load_table(ACTIVITY_RECORD, ["record_id", "at", "activity_id", "object_id"], about())
    for object, _ in places:
        table, about_it = object.table, ACTIVITY_RECORD.c
        mine = about_it.record_id == table.c.id
        last = sa.select(sa.func.max(about_it.at)).where(mine).scalar_subquery()
        count = sa.select(sa.func.count()).where(mine).scalar_subquery()
        execute(table.update().values(last_activity_at=last, activity_count=count))


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
