"""The full-text index of a record table: what a search looks up, kept by the database itself.

On PostgreSQL it is a GIN index on an expression. On SQLite it is an FTS5 table without content,
which three triggers follow. Either way no writer has to think of it, and a search is right at
commit. Its name carries a sum of what it is made of: another search list is another index.
"""

import hashlib
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from django.db import connection
from sqlalchemy.dialects import postgresql

from tresse.engine.constructs import NoIndex
from tresse.engine.fulltext import FullText, InIndex, Searched, texts_of
from tresse.engine.statements import DIALECTS
from tresse.engine.types import ByteOrderText
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.tables import (
    described_table,
    drop_indexes,
    run,
    table_name,
)

# Raised when the words of a text are cut in another way: then every index is another one.
FORM = 2
# Of more than so many, some are soon met in any order.
FEW = 10_000
CONTACT_TITLE = ("first_name", "last_name")


def searched_properties(object: ObjectDef) -> list[PropertyDef]:
    """Properties that a search looks into: the title's, the search list, phones (C88)."""
    first = [object.title] if object.title else list(CONTACT_TITLE)
    phones = [each.name for each in object.active if each.kind.name == "phone"]
    names = dict.fromkeys([*first, *object.search, *phones])
    known = [object.property(name) for name in names if object.has(name)]
    return [each for each in known if _is_text(each) and not each.is_archived]


def _is_text(prop: PropertyDef) -> bool:
    return bool(prop.column) and isinstance(prop.kind.column, ByteOrderText | sa.Integer)


def index_name(object: ObjectDef) -> str:
    """The name of its index; empty if it has nothing to search."""
    columns = [(prop.column, prop.kind.name) for prop in searched_properties(object)]
    made_of = hashlib.sha256(repr((FORM, columns)).encode()).hexdigest()[:8]
    return f"{_stem(object.id)}{made_of}" if columns else ""


def _stem(object_id: int) -> str:
    return f"{table_name(object_id)}_words_"


def text_of(object: ObjectDef, table: sa.FromClause) -> sa.ColumnElement[str]:
    """The text that the index cuts into words."""
    return texts_of(
        (table.c[prop.column], prop.kind.name == "phone") for prop in searched_properties(object)
    )


def begin_so(
    object: ObjectDef, table: sa.FromClause, query: Sequence[Sequence[str]]
) -> sa.ColumnElement[bool]:
    """Whether the words of a record begin as asked (`engine.fulltext.query_of`)."""
    name = index_name(object)
    if not query or not name:
        return sa.false()
    return FullText(table.c.id, text_of(object, table), index=name, query=query)


def found_so(
    object: ObjectDef, table: sa.FromClause, query: Sequence[Sequence[str]]
) -> sa.ColumnElement[bool]:
    """As `begin_so`, in the form that its database answers fast whatever the order asked for.

    PostgreSQL knows little about how many records fit. Where they are few it might cut the words
    of every record on its way along another index: so up to 10,001 are read first, and few become
    a list of ids.

    Cost: one query on PostgreSQL.
    """
    found = begin_so(object, table, query)
    if connection.vendor != "postgresql" or not isinstance(found, FullText):
        return found
    own = object.table
    some = sa.select(own.c.id).where(begin_so(object, own, query)).limit(FEW + 1)
    ids = [id for (id,) in rows(some)]
    if len(ids) > FEW:
        return found
    # As one array, not thousands of parameters.
    return table.c.id == sa.any_(sa.literal(ids, postgresql.ARRAY(sa.BigInteger)))


def some_that_begin_so(
    object: ObjectDef,
    query: Sequence[Sequence[str]],
    where: sa.ColumnElement[bool],
    *,
    most: int,
) -> sa.Select[tuple[int]]:
    """Ids of so many records at most; stops when it has them, however many there are.

    Args:
        object: The object type, whose own table `where` speaks of.
        query: What `engine.fulltext.query_of` gave.
        where: What the records must fulfil as well.
        most: How many at most.
    """
    table, name = object.table, index_name(object)
    chosen = sa.select(table.c.id).where(where).limit(most)
    if connection.vendor == "postgresql" or not (query and name):
        return chosen.where(begin_so(object, table, query))
    # The index table leads: as a list in an IN it would be read to its end first.
    index = sa.table(name, sa.column("rowid", sa.Integer()))
    joined = index.join(table, table.c.id == NoIndex(index.c.rowid))
    return chosen.select_from(joined).where(InIndex(name, query))


def settle(object: ObjectDef) -> None:
    """Make the index that the definitions ask for, and drop those they no longer do."""
    wanted, there = index_name(object), physical(object.id)
    drop(object.id, but=wanted)
    if wanted and wanted not in there:
        _create(object, wanted)


def drop(object_id: int, *, but: str = "") -> None:
    """Drop the indexes of a record table; before its columns, which triggers name."""
    for name in physical(object_id):
        if name == but:
            continue
        if connection.vendor == "postgresql":
            drop_indexes([name])
        else:
            run(f'DROP TRIGGER IF EXISTS "{name}_{sort}"' for sort in ("in", "out", "up"))
            run([f'DROP TABLE "{name}"'])


def drop_stale(object: ObjectDef) -> None:
    """Drop indexes that the definitions no longer ask for; `settle` makes what they do."""
    drop(object.id, but=index_name(object))


def physical(object_id: int) -> list[str]:
    """Names of the full-text indexes that are there."""
    stem = _stem(object_id)
    if connection.vendor == "postgresql":
        text = "SELECT indexname FROM pg_indexes WHERE indexname LIKE %s"
    else:
        # Tables that FTS5 keeps for its own have another text.
        text = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%%' AND name LIKE %s"
    with connection.cursor() as cursor:
        cursor.execute(text, [stem.replace("_", r"%") + "%"])
        found = [name for (name,) in cursor.fetchall()]
    return [name for name in found if name.startswith(stem)]


def _create(object: ObjectDef, name: str) -> None:
    table = described_table(object.id, object.properties)
    kept = str(Searched(text_of(object, table)).compile(dialect=DIALECTS[connection.vendor]))
    if connection.vendor == "postgresql":
        run([f'CREATE INDEX "{name}" ON "{table.name}" USING gin ({kept})'])
    else:
        run(_fts(object, name, table.name, kept))


def _fts(object: ObjectDef, name: str, table: str, kept: str) -> Iterator[str]:
    old, new = (kept.replace(f"{table}.", f"{row}.") for row in ("old", "new"))
    columns = [prop.column for prop in searched_properties(object)]
    changed = " OR ".join(f'old."{each}" IS NOT new."{each}"' for each in columns)
    named = ", ".join(f'"{each}"' for each in columns)
    leave = f"""INSERT INTO "{name}" ("{name}", rowid, words) VALUES ('delete', old.id, {old});"""  # noqa: S608
    enter = f'INSERT INTO "{name}" (rowid, words) VALUES (new.id, {new});'  # noqa: S608
    trigger = f'CREATE TRIGGER "{name}'
    yield (
        f"""CREATE VIRTUAL TABLE "{name}" USING fts5(words, content='', """
        """tokenize="unicode61 remove_diacritics 0 tokenchars '^'")"""
    )
    yield f'{trigger}_in" AFTER INSERT ON "{table}" BEGIN {enter} END'
    yield f'{trigger}_out" AFTER DELETE ON "{table}" BEGIN {leave} END'
    yield (
        f'{trigger}_up" AFTER UPDATE OF {named} ON "{table}" WHEN {changed} '
        f"BEGIN {leave} {enter} END"
    )
    yield f'INSERT INTO "{name}" (rowid, words) SELECT id, {kept} FROM "{table}"'  # noqa: S608  our own names
