"""The physical table of an object type: names and types of its columns, and its DDL.

Only this module knows physical names and writes DDL. DDL is plain `ALTER TABLE … ADD COLUMN`
(nullable) and `CREATE INDEX`; Django's schema editor would rebuild the table on SQLite and drop
indexes it did not make (`docs/decisions/0001-records-in-real-tables.md`).
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.db import OperationalError, connection, transaction
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.visitors import InternalTraversal

from tresse.engine.constructs import Absent
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
VERSION = sa.BigInteger()
INSTANT = Instant()
# A board shows who came into a stage last, without reading the rest of the stage; its totals are
# read from the index alone, which is why it holds more than the order needs.
BOARD = ("stage", "stage_updated_at")
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


FILL = 90
"""Percent of a page that PostgreSQL fills with new records.

A changed record that fits into the rest of its page needs no new entry in any index, its words
included, unless an indexed value changed: a tenth of the records changed costs a quarter of what
it does in full pages.
"""


def table_name(object_id: int) -> str:
    """Physical name of the table of an object type."""
    return f"object_{object_id}"


class RecordTable(sa.TableClause):
    """A record table in statements: its name and columns, equal to another with the same ones.

    An `sa.Table` is equal to itself alone, and each request describes its own; by this one Core
    knows a statement again that another request has compiled.
    """

    inherit_cache = False
    _traverse_internals = [
        ("name", InternalTraversal.dp_string),
        ("shape", InternalTraversal.dp_plain_obj),
    ]

    def __init__(
        self,
        name: str,
        columns: Mapping[str, sa.types.TypeEngine[Any]],
        absent: Collection[str] = (),
    ) -> None:
        super().__init__(
            name,
            *(
                Absent(each, type_=type_) if each in absent else sa.column(each, type_)
                for each, type_ in columns.items()
            ),
        )
        self.shape = tuple((each, type_._static_cache_key) for each, type_ in columns.items())


def record_table(object_id: int, properties: Iterable["PropertyDef"]) -> RecordTable:
    """The record table as statements name it: all columns of `described_table`.

    A property with a negative id is one that an import will make: its column is not there yet.
    """
    absent: set[str] = set()
    columns: dict[str, sa.types.TypeEngine[Any]] = {
        "id": ID,
        "version": VERSION,
        "deleted_at": INSTANT,
        "merged_into": VERSION,
        **COMMON,
    }
    for prop in properties:
        if prop.column:
            columns.setdefault(prop.column, prop.kind.column)
        if prop.has_normal:
            columns.setdefault(prop.normal_column, Text)
        if prop.id < 0:
            absent |= {prop.column, prop.normal_column}
    return RecordTable(table_name(object_id), columns, absent)


def described_table(object_id: int, properties: Iterable["PropertyDef"]) -> sa.Table:
    """The record table as DDL needs it.

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
    return sa.Table(
        table_name(object_id), sa.MetaData(), *columns, postgresql_with={"fillfactor": FILL}
    )


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


def indexes(object_id: int, properties: Sequence["PropertyDef"]) -> list[sa.Index]:
    """All indexes of a record table, its own first."""
    table = described_table(object_id, properties)
    found = [
        _partial(f"{table.name}_bin", table.c.deleted_at),
        _partial(f"{table.name}_merged", table.c.merged_into),
    ]
    for prop in properties:
        if prop.column:
            found.extend(property_indexes(table, object_id, prop))
    by_name = {prop.name: prop.column for prop in properties}
    board = [by_name.get(name, "") for name in BOARD]
    if all(board):
        summed = filter(None, [by_name.get("amount", "")])
        names = [*board, "id", "deleted_at", "owner", *summed]
        found.append(sa.Index(f"{table.name}_board", *(table.c[name] for name in names)))
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
    run([_ddl(CreateTable(described_table(object_id, properties)))])
    run(_ddl(CreateIndex(index)) for index in indexes(object_id, properties))


def add_columns(object_id: int, columns: Iterable[sa.Column[Any]]) -> None:
    """Add nullable columns to a record table that people may be using."""
    dialect = DIALECTS[connection.vendor]
    run(
        f'ALTER TABLE "{table_name(object_id)}" ADD COLUMN "{column.name}" '
        f"{column.type.dialect_impl(dialect).compile(dialect)}"
        for column in columns
    )


def create_indexes(wanted: Iterable[sa.Index]) -> None:
    """Make indexes; `django.db.IntegrityError` if a unique one finds values that are equal."""
    run(_ddl(CreateIndex(index)) for index in wanted)


def drop_indexes(names: Iterable[str]) -> None:
    """Drop indexes, those that are there."""
    run(f'DROP INDEX IF EXISTS "{name}"' for name in names)


def drop_columns(object_id: int, columns: Iterable[sa.Column[Any]]) -> None:
    """Take the columns of a deleted property away, values and all; drop their indexes first."""
    table = table_name(object_id)
    run(f'ALTER TABLE "{table}" DROP COLUMN "{column.name}"' for column in columns)


def drop_table(object_id: int) -> None:
    """Take away the record table of a deleted object type."""
    run([f'DROP TABLE "{table_name(object_id)}"'])


def _ddl(element: CreateTable | CreateIndex) -> str:
    return str(element.compile(dialect=DIALECTS[connection.vendor]))


def run(statements: Iterable[str]) -> None:
    """Run DDL, waiting briefly and often for those who use the table."""
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
    """Names of the indexes of columns that the record table really has, but for its primary key."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table_name(object_id))
    return {
        name
        for name, facts in found.items()
        if facts["index"] and not facts["primary_key"] and facts["columns"]
    }


def physical_tables() -> set[str]:
    """Names of all tables of the database."""
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))
