"""Sessions with MariaDB and MySQL: read-only, of one state, rows straight from the wire."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
import pymysql
import sqlalchemy as sa
from pymysql.connections import MySQLResult
from pymysql.constants import COMMAND
from sqlalchemy.dialects import mysql

from tresse.connections.databases import mysql_met as met
from tresse.connections.databases.columns import ServerColumn
from tresse.connections.databases.given import checked_query
from tresse.connections.databases.mysql_catalogue import (
    COLUMNS,
    KEYS,
    TABLES,
    columns_of,
    listed_of,
)
from tresse.connections.databases.mysql_types import expression, server_column, type_of_field
from tresse.connections.databases.mysql_wire import Failed, batches_of
from tresse.connections.databases.session import Listed, Relation
from tresse.connections.databases.statements import query_name, source_of
from tresse.connections.kinds.base import Opened, Said
from tresse.connections.kinds.network import reached, secure
from tresse.connections.refusals import QUERY_REPEATS, TABLE_MISSING, TEXT_UNDECODABLE
from tresse.kernel.errors import TresseError, nearest
from tresse.kernel.marks import N_

DISABLED, PREFERRED, REQUIRED = "disabled", "preferred", "required"
MOST_TABLES = 2_000
NOT_ENCRYPTED = N_("The connection to {host} is not encrypted: {reason}.")
OFFERS_NONE = "the server offers no encryption"
SESSION = (
    "SET SESSION time_zone = '+00:00'",
    # Our literals escape by backslashes; a server may be told not to know them.
    "SET SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')",
    "SET SESSION sql_select_limit = DEFAULT",
    "SET SESSION net_write_timeout = 600",
    "SET SESSION lock_wait_timeout = 60",
)
READ_ONLY = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
DIALECT = mysql.dialect(paramstyle="named")
Link = Any
"""A connection of PyMySQL, of which we use more than its stubs know: rows are read from its socket,
and TLS is made as `network.secure` says."""


@contextmanager
def session(opened: Opened, *, writes: bool = False) -> Iterator["MySQL"]:
    """A session within a transaction that sees one state (S78) and, unless it writes, only reads.

    Raises:
        TresseError: the causes of S22.
    """
    link, warnings = connected(opened)
    here = MySQL(opened, link, warnings)
    try:
        here.begin(writes=writes)
        yield here
    except (pymysql.MySQLError, OSError, EOFError) as error:
        raise met.of_statement(opened, error) from None
    finally:
        here.close()


def connected(opened: Opened) -> tuple[Link, list[Said]]:
    """A connection, and what there is to say about its encryption (as for PostgreSQL).

    With `preferred` it is encrypted if the server's certificate can be verified, else not.
    """
    wanted, host = str(opened.settings["ssl"]), opened.settings["host"]
    if wanted == DISABLED:
        return _connect(opened, None, insists=False), []
    context = secure(opened)
    try:
        link = _connect(opened, context, insists=wanted == REQUIRED)
    except _BadCertificate as error:
        first = met.of_login(opened, error.cause)
    else:
        is_plain = not getattr(link, "_secure", False)
        warned = [Said(NOT_ENCRYPTED, {"host": host, "reason": OFFERS_NONE})] if is_plain else []
        return link, warned
    if wanted == REQUIRED:
        raise first from None
    try:
        link = _connect(opened, None, insists=False)
    except TresseError as error:
        # A server that insists on TLS is told of by what keeps us from it. One that wants TLS of
        # a single user answers as to a wrong password, which is by far the likelier.
        raise first if error.code == "tls_failed" else error from None
    reason = first.details.get("reason")
    return link, [Said(NOT_ENCRYPTED, {"host": host, "reason": reason})]


class _BadCertificate(Exception):  # noqa: N818  told within this module alone
    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def _connect(opened: Opened, context: ssl.SSLContext | None, *, insists: bool) -> Link:
    settings, limits = opened.settings, opened.limits
    host, port = str(settings["host"]), int(settings["port"])
    link: Link = pymysql.Connection(
        host=host,
        port=port,
        user=str(settings["user"]),
        password=opened.secret("password"),
        database=str(settings["database"]),
        charset="utf8mb4",
        connect_timeout=int(limits.connect_seconds),
        read_timeout=limits.connect_seconds,
        write_timeout=limits.read_seconds,
        autocommit=True,
        local_infile=False,
        ssl_disabled=context is None,
        program_name="tresse",
        defer_connect=True,
    )
    if context is not None:
        link.ctx = context
        link._ssl_required = insists
    socket = reached(opened, host, port)
    try:
        link.connect(socket)
    except (pymysql.MySQLError, OSError, EOFError, ValueError, IndexError, AssertionError) as error:
        socket.close()
        if context is not None and met.is_bad_certificate(error):
            raise _BadCertificate(error) from None
        raise met.of_login(opened, error) from None
    link._read_timeout = limits.read_seconds
    return link


class MySQL:
    """A session (`session.Session`)."""

    def __init__(self, opened: Opened, link: Link, warnings: list[Said]) -> None:
        self._opened, self._link = opened, link
        self.warnings = warnings
        version = str(link.get_server_info())
        self._is_mariadb = "mariadb" in version.lower()
        number = version.lower().removeprefix("5.5.5-").split("-")[0]
        self.server = f"{'MariaDB' if self._is_mariadb else 'MySQL'} {number}"

    def begin(self, *, writes: bool) -> None:
        """Settle the session, and begin the transaction."""
        for statement in (*SESSION, *(() if writes else READ_ONLY)):
            self.execute(statement)
        self._limit(self._opened.limits.statement_seconds)

    def _limit(self, seconds: float) -> None:
        """Limit the statements that follow; 0: not at all."""
        if self._is_mariadb:
            self.execute(f"SET SESSION max_statement_time = {seconds:g}")
        else:
            self.execute(f"SET SESSION max_execution_time = {int(seconds * 1000)}")

    def execute(self, statement: str) -> None:
        """Run a statement of ours."""
        self._rows(statement)

    def _rows(self, statement: str, values: Sequence[Any] | None = None) -> tuple[Any, ...]:
        with self._link.cursor() as cursor:
            cursor.execute(statement, values)
            return tuple(cursor.fetchall())

    def close(self) -> None:
        """End the session, in the middle of a result too."""
        with suppress(pymysql.MySQLError, OSError, AttributeError):
            self._link._force_close()

    def listed(self) -> Listed:
        """Tables and views of the database."""
        return listed_of(
            self._rows(TABLES, [MOST_TABLES + 1]),
            self._rows(COLUMNS, [None, None]),
            self._rows(KEYS),
            MOST_TABLES,
        )

    def table(self, name: str) -> Relation:
        """A table or view of the database by its name."""
        columns = columns_of(self._rows(COLUMNS, [name, name]))
        if not columns:
            near = nearest(name, [each.name for each in self.listed().tables])
            raise TABLE_MISSING(connection=self._opened.name, name=name, nearest=near)
        names = [column.name for column in columns]
        return Relation(name, source_of(sa.quoted_name(name, quote=True), None, names), columns)

    def query(self, text: str) -> Relation:
        """A query; the server is asked for none of its rows."""
        checked = checked_query(text, "mysql")
        source = source_of(query_name(checked), None, ())
        described = sa.select(sa.text("*")).select_from(source).limit(0)
        try:
            with self._link.cursor() as cursor:
                cursor.execute(self._text(described))
                fields = list(cursor._result.fields)
        except pymysql.MySQLError as error:
            raise met.of_statement(self._opened, error, is_query=True) from None
        names = [str(field.name) for field in fields]
        for name in names:
            if names.count(name) > 1:
                raise QUERY_REPEATS(name=name)
        columns = tuple(
            server_column(name, type_of_field(field), is_nullable=True)
            for name, field in zip(names, fields, strict=True)
        )
        return Relation(
            "query", source_of(query_name(checked), None, names), columns, is_query=True
        )

    def expression(self, source: sa.FromClause, column: ServerColumn) -> sa.ColumnElement[Any]:
        """The column, floats with all of their digits and bits as a number."""
        return expression(source.c[column.name], column.as_)

    def is_odd(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether it is a zero date, or one with a month or day that no calendar has."""
        day: sa.ColumnElement[int] = sa.Function("DAYOFMONTH", column)
        last: sa.ColumnElement[Any] = sa.Function("LAST_DAY", column)
        return sa.or_(
            column < sa.literal("0001-01-01"),
            day == 0,
            sa.and_(column.is_not(None), last.is_(None)),
        )

    def ones(self, statement: sa.Select[Any]) -> tuple[Any, ...]:
        """The one row of a statement."""
        try:
            return tuple(self._rows(self._text(statement))[0])
        except pymysql.MySQLError as error:
            raise met.of_statement(self._opened, error) from None

    def run(
        self, statement: sa.Select[Any], columns: Sequence[ServerColumn], *, is_query: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The rows, as they come. A table is read as long as it takes; a query has its time."""
        link, limits = self._link, self._opened.limits
        try:
            self._limit(limits.statement_seconds if is_query else 0)
            # Until the first row the server may sort or join.
            link._read_timeout = limits.statement_seconds + 5
            link._execute_command(COMMAND.COM_QUERY, self._text(statement))
            result = MySQLResult(link)
            result.init_unbuffered_query()
            result.unbuffered_active = False
            link._sock.settimeout(limits.statement_seconds + 5)
            yield from batches_of(self._reader(), columns)
        except Failed as error:
            told = met.of_packet(error.packet)
            raise met.of_statement(self._opened, told, is_query=is_query) from None
        except (pymysql.MySQLError, OSError, EOFError) as error:
            raise met.of_statement(self._opened, error, is_query=is_query) from None
        except pa.ArrowInvalid as error:
            names = [column.name for column in columns]
            raise TEXT_UNDECODABLE(
                table=self._opened.name, columns=names, reason=str(error)[:200]
            ) from None
        link._read_timeout = limits.read_seconds

    def _reader(self) -> Any:
        """Gives bytes as they come; from the second time on, within the read time-out."""
        link, seconds = self._link, self._opened.limits.read_seconds
        file, socket = link._rfile, link._sock
        is_first = True

        def read(size: int) -> bytes:
            nonlocal is_first
            data: bytes = file.read1(size)
            if is_first:
                socket.settimeout(seconds)
                is_first = False
            return data

        return read

    def _text(self, statement: sa.Select[Any]) -> str:
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        return str(compiled)
