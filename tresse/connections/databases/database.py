"""A database as a kind of connection: what PostgreSQL, MariaDB and MySQL have in common."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from tresse.connections.databases.columns import DATED, INSTANT, LOCAL, ServerColumn, chosen
from tresse.connections.databases.session import Relation, Session
from tresse.connections.databases.statements import asked, complete, statements
from tresse.connections.kinds.base import (
    ColumnSeen,
    Field,
    Kind,
    Opened,
    Request,
    Said,
    Seen,
    TableSeen,
)
from tresse.connections.refusals import COLUMN_MISSING, PERMISSION_MISSING, READS_NONE
from tresse.connections.slots import slot
from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_

SEES = N_(
    "{server}, database {database}. Tables and views that can be read: {number}. "
    "Rows: about {rows}."
)
NO_TABLES = N_("The database {database} has no tables or views.")
NOT_READABLE = N_("The user {user} may not read {number} tables: {names}.")
MORE_TABLES = N_("There are more tables; the first {number} are listed.")
WRITES = N_("{server}: a temporary table was made, filled and removed.")
TRIAL = (
    "CREATE TEMPORARY TABLE tresse_check (n integer)",
    "INSERT INTO tresse_check VALUES (1)",
)
"A temporary table, which only its session sees."
SHOWN = 5
FEW = 10_000
"Rows that are read at once."


def fields(
    port: int, modes: tuple[str, str, str], preset: str, help: str, *own: Field
) -> tuple[Field, ...]:
    """The settings that all databases have.

    Args:
        port: The usual one.
        modes: Of encryption, as this database calls them.
        preset: One of them.
        help: What they mean.
        own: Settings that this database alone has.
    """
    return (
        Field("host", N_("Server"), is_required=True),
        Field("port", N_("Port"), port, "number"),
        Field("database", N_("Database"), is_required=True),
        Field("user", N_("User"), is_required=True),
        Field("ssl", N_("Encryption"), preset, "choice", modes, help),
        *own,
        Field(
            "ca",
            N_("Certificate of a private authority"),
            "",
            "lines",
            help=N_("In PEM form. It is trusted beside those of the system."),
        ),
        Field("query_seconds", N_("Time limit of a query, in seconds"), 600, "number"),
    )


class Database(Kind):
    """A kind that is asked by SQL; a subclass says how a session is opened."""

    reads: ClassVar[tuple[str, ...]] = ("table", "query")
    writes: ClassVar[tuple[str, ...]] = ("upsert", "delete")
    secrets: ClassVar[tuple[Field, ...]] = (Field("password", N_("Password")),)
    drop_trial: ClassVar[str] = "DROP TABLE tresse_check"

    @abstractmethod
    def session(self, opened: Opened, *, writes: bool = False) -> AbstractContextManager[Session]:
        """A session within a transaction that reads one state; with `writes` one that may write."""

    def try_writing(self, opened: Opened) -> str:
        """Make, fill and remove a temporary table; answers the server's product and version."""
        with self.session(opened, writes=True) as here:
            for statement in (*TRIAL, self.drop_trial):
                here.execute(statement)
            return here.server

    def check(self, opened: Opened) -> Seen:
        """Product, tables and views with their columns and about how many rows they have."""
        with slot(opened, seconds=opened.limits.connect_seconds), self.session(opened) as session:
            found = session.listed()
            server, warnings = session.server, list(session.warnings)
        database, user = opened.settings["database"], opened.settings["user"]
        if found.hidden and not found.tables:
            raise PERMISSION_MISSING(user=user, act="read", table=found.hidden[0])
        if found.hidden:
            names = list(found.hidden[:SHOWN])
            details = {"user": user, "number": len(found.hidden), "names": names}
            warnings.append(Said(NOT_READABLE, details))
        if not found.tables:
            warnings.append(Said(NO_TABLES, {"database": database}))
        if found.is_cut:
            warnings.append(Said(MORE_TABLES, {"number": len(found.tables)}))
        details = {
            "server": server,
            "database": database,
            "number": f"{len(found.tables):,}",
            "rows": f"{sum(each.rows or 0 for each in found.tables):,}",
        }
        return Seen(True, Said(SEES, details), tables=found.tables, warnings=tuple(warnings))

    def tables(self, opened: Opened) -> tuple[TableSeen, ...]:
        """Tables and views that the user may read."""
        with slot(opened, seconds=opened.limits.connect_seconds), self.session(opened) as session:
            return session.listed().tables

    def describe(self, opened: Opened, request: Request) -> tuple[ColumnSeen, ...]:
        """All columns of the table or query; those that cannot be read propose no type."""
        with slot(opened, seconds=opened.limits.connect_seconds), self.session(opened) as session:
            relation = _relation(session, opened, request)
        if not request.columns:
            return tuple(column.seen for column in relation.columns)
        picked = chosen(relation.columns, request.columns, relation.name)
        return tuple(column.seen for column in picked)

    def read(self, opened: Opened, request: Request) -> Iterator[pa.RecordBatch]:
        """The rows, streamed, of one state of the database."""
        with slot(opened), self.session(opened) as session:
            relation = _relation(session, opened, request)
            readable = [column.name for column in relation.columns if column.is_readable]
            request, wanted = complete(request, readable)
            _check_order(request, relation)
            picked = wanted_columns = chosen(relation.columns, request.columns, relation.name)
            few = request.limit is not None and request.limit <= FEW
            if few:
                picked = tuple(c.as_text() if c.arrow in DATED else c for c in picked)
            else:
                picked = _with_odd_dates_as_text(session, request, relation, picked)
            selected = [session.expression(relation.source, column) for column in picked]
            keep = list(range(wanted))

            def run(statement: sa.Select[tuple[object, ...]]) -> Iterator[pa.RecordBatch]:
                return session.run(statement, picked, is_query=relation.is_query)

            batches = statements(request, relation.source, selected, run)
            for batch in _a_few(batches, wanted_columns) if few else batches:
                yield batch if batch.num_columns == wanted else batch.select(keep)

    def check_writing(self, opened: Opened) -> Seen:
        """Make and remove one temporary table."""
        with slot(opened, seconds=opened.limits.connect_seconds):
            return Seen(True, Said(WRITES, {"server": self.try_writing(opened)}))


def _relation(session: Session, opened: Opened, request: Request) -> Relation:
    if request.query:
        return session.query(request.query)
    if not request.table:
        wanted, value = ("entity", request.entity) if request.entity else ("table", "")
        raise READS_NONE(kind=opened.kind, wanted=wanted, value=value)
    return session.table(request.table)


def _check_order(request: Request, relation: Relation) -> None:
    known = [column.name for column in relation.columns]
    for name in (request.cursor, *request.key):
        if name and name not in known:
            near = nearest(name, known)
            raise COLUMN_MISSING(table=relation.name, name=name, nearest=near, known=known)


def _dated(columns: tuple[ServerColumn, ...]) -> tuple[ServerColumn, ...]:
    return tuple(column for column in columns if column.arrow in DATED)


def _with_odd_dates_as_text(
    session: Session, request: Request, relation: Relation, columns: tuple[ServerColumn, ...]
) -> tuple[ServerColumn, ...]:
    """The columns, those with a date that Arrow cannot hold as text, such as `infinity`.

    Nothing of them is lost: they are refused cell by cell where they are read as dates.
    """
    names = [column.name for column in _dated(columns)]
    if not names:
        return columns
    rows = asked(request, relation.source, names)
    found = session.ones(
        sa.select(
            *(sa.func.max(sa.case((session.is_odd(rows.c[name]), 1), else_=0)) for name in names)
        )
    )
    odd = {name for name, is_odd in zip(names, found, strict=True) if is_odd}
    return tuple(column.as_text() if column.name in odd else column for column in columns)


def _a_few(
    batches: Iterator[pa.RecordBatch], columns: tuple[ServerColumn, ...]
) -> Iterator[pa.RecordBatch]:
    """Few rows whose dates came as text, in one batch, as dates where all of them are some.

    To ask beforehand, as for a whole table, could take longer than all there is to read.
    """
    table = pa.Table.from_batches(list(batches))
    for column in _dated(columns):
        place = table.schema.get_field_index(column.name)
        if place >= 0:
            cast = _cast(table.column(place), column.arrow)
            table = table.set_column(place, column.name, cast)
    made = table.combine_chunks().to_batches()
    yield made[0] if made else pa.RecordBatch.from_pylist([], schema=table.schema)


def _cast(texts: pa.ChunkedArray, type: pa.DataType) -> pa.ChunkedArray:
    ways: list[Callable[[], pa.ChunkedArray]] = [lambda: pc.cast(texts, type)]
    if type == INSTANT:
        # MariaDB and MySQL write no offset, which is that of the session: none.
        ways.append(lambda: pc.assume_timezone(pc.cast(texts, LOCAL), "UTC"))
    for way in ways:
        with suppress(pa.ArrowInvalid):
            return way()
    return texts
