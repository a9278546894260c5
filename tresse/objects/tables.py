"""The physical table of an object type: names and types of its columns, and its DDL.

Only this module knows physical names and writes DDL. DDL is plain `ALTER TABLE … ADD COLUMN`
(nullable) and `CREATE INDEX`; Django's schema editor would rebuild the table on SQLite and drop
indexes it did not make (`docs/decisions/0001-records-in-real-tables.md`).
"""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.db import OperationalError, connection, transaction
from sqlalchemy.schema import CreateIndex, CreateTable

from tresse.engine.statements import DIALECTS
from tresse.engine.types import Instant, Text
from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

if TYPE_CHECKING:
    from tresse.objects.described import PropertyDef

# Columns of every record table that are no properties.
BARE = ("version", "deleted_at", "merged_into")
# Common properties (C41) live in columns of their own name.
COMMON: dict[str, sa.types.TypeEngine[Any]] = {
    "external_id": Text,
    "owner": sa.BigInteger(),
    "owner_assigned_at": Instant(),
    "created_at": Instant(),
    "created_by": sa.BigInteger(),
    "created_source": Text,
    "updated_at": Instant(),
    "updated_by": sa.BigInteger(),
    "last_activity_at": Instant(),
    "activity_count": sa.BigInteger(),
}
# A key of this type is SQLite's own row number; a BIGINT would be a second index beside it.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LARGEST_ID = 2**63 - 1
# DDL waits for those who use the table, but everybody else waits behind it: ask briefly, and again.
LOCK_TIMEOUT = "200ms"
ATTEMPTS = 50
PAUSE_SECONDS = 0.1

TABLE_BUSY = Refusal(
    "table_busy",
    503,
    N_("The table is in use by a long change. Try again when it has ended."),
)


def table_name(object_id: int) -> str:
    """Physical name of the table of an object type."""
    return f"object_{object_id}"


def described_table(object_id: int, properties: Iterable["PropertyDef"]) -> sa.Table:
    """The record table as a Core table.

    Columns: `id` (primary key), `version` (rises with each write), `deleted_at` (in the bin since),
    `merged_into`, the common ones, then per property its value column and, where stored, the
    column with its normal form. All but `id` and `version` may be NULL.
    """
    columns: list[sa.Column[Any]] = [
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("deleted_at", Instant()),
        sa.Column("merged_into", sa.BigInteger()),
        *(sa.Column(name, type_) for name, type_ in COMMON.items()),
    ]
    taken = {column.name for column in columns}
    for prop in properties:
        columns.extend(each for each in property_columns(prop) if each.name not in taken)
    return sa.Table(table_name(object_id), sa.MetaData(), *columns)


def property_columns(prop: "PropertyDef") -> list[sa.Column[Any]]:
    """The columns of a property: its value, and its normal form where one is stored."""
    columns: list[sa.Column[Any]] = []
    if prop.column:
        columns.append(sa.Column(prop.column, prop.kind.column))
    if prop.has_normal:
        columns.append(sa.Column(prop.normal_column, Text))
    return columns


def index_names(object_id: int, prop: "PropertyDef") -> dict[str, str]:
    """Names of the indexes that the flags of a property ask for, by sort.

    Sorts: `unique`, `match` (a match key that is not unique; a unique one is found by its own
    index), `sorted` (indexed: the compared column, then the id).
    """
    stem = f"{table_name(object_id)}_{prop.normal_column}"
    wanted = {
        "unique": prop.is_unique,
        "match": prop.is_match_key and not prop.is_unique,
        "sorted": prop.is_indexed,
    }
    return {sort: f"{stem}_{sort}" for sort, is_wanted in wanted.items() if is_wanted}


def indexes(table: sa.Table, object_id: int, properties: Iterable["PropertyDef"]) -> list[sa.Index]:
    """All indexes of a record table, its own first."""
    found = [
        _partial(f"{table.name}_bin", table.c.deleted_at),
        _partial(f"{table.name}_merged", table.c.merged_into),
    ]
    for prop in properties:
        if prop.column:
            found.extend(property_indexes(table, object_id, prop))
    return found


def property_indexes(table: sa.Table, object_id: int, prop: "PropertyDef") -> Iterator[sa.Index]:
    """The indexes of one property."""
    column = table.c[prop.normal_column]
    for sort, name in index_names(object_id, prop).items():
        if sort == "sorted":
            yield sa.Index(name, column, table.c.id)
        else:
            # Records in the bin keep their values, which are free for others (C58).
            yield _partial(name, column, table.c.deleted_at.is_(None), unique=sort == "unique")


def _partial(
    name: str, column: sa.Column[Any], *conditions: sa.ColumnElement[bool], unique: bool = False
) -> sa.Index:
    where = sa.and_(column.is_not(None), *conditions)
    return sa.Index(name, column, unique=unique, sqlite_where=where, postgresql_where=where)


def create_table(object_id: int, properties: Iterable["PropertyDef"]) -> None:
    """Make the record table of an object type with its indexes, in the caller's transaction."""
    properties = list(properties)
    table = described_table(object_id, properties)
    _run([_ddl(CreateTable(table))])
    _run(_ddl(CreateIndex(index)) for index in indexes(table, object_id, properties))


def add_columns(object_id: int, columns: Iterable[sa.Column[Any]]) -> None:
    """Add nullable columns to a record table that people may be using."""
    dialect = DIALECTS[connection.vendor]
    _run(
        f'ALTER TABLE "{table_name(object_id)}" ADD COLUMN "{column.name}" '
        f"{column.type.dialect_impl(dialect).compile(dialect)}"
        for column in columns
    )


def create_indexes(wanted: Iterable[sa.Index]) -> None:
    """Make indexes; `django.db.IntegrityError` if a unique one finds values that are equal."""
    _run(_ddl(CreateIndex(index)) for index in wanted)


def drop_indexes(names: Iterable[str]) -> None:
    """Drop indexes, those that are there."""
    _run(f'DROP INDEX IF EXISTS "{name}"' for name in names)


def drop_columns(object_id: int, columns: Iterable[sa.Column[Any]]) -> None:
    """Take the columns of a deleted property away, values and all; drop their indexes first."""
    table = table_name(object_id)
    _run(f'ALTER TABLE "{table}" DROP COLUMN "{column.name}"' for column in columns)


def drop_table(object_id: int) -> None:
    """Take away the record table of a deleted object type."""
    _run([f'DROP TABLE "{table_name(object_id)}"'])


def _ddl(element: CreateTable | CreateIndex) -> str:
    return str(element.compile(dialect=DIALECTS[connection.vendor]))


def _run(statements: Iterable[str]) -> None:
    for text in statements:
        for attempt in range(ATTEMPTS):
            if _ran(text):
                break
            if attempt == ATTEMPTS - 1:
                raise TABLE_BUSY()
            time.sleep(PAUSE_SECONDS)


def _ran(text: str) -> bool:
    """Run one statement; False if it did not get its lock in time."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(text)
            return True
        try:
            with transaction.atomic():
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                cursor.execute(text)
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":
                raise
            return False
    return True


def physical_columns(object_id: int) -> dict[str, str]:
    """Columns that the record table really has, with what the database calls their type."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table_name(object_id))
    return {column.name: str(column.type_code) for column in described}


def physical_indexes(object_id: int) -> set[str]:
    """Names of the indexes that the record table really has, but for its primary key."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table_name(object_id))
    return {name for name, facts in found.items() if facts["index"] and not facts["primary_key"]}


def physical_tables() -> set[str]:
    """Names of all tables of the database."""
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))
