"""Sessions with PostgreSQL: read-only, of one state."""

import hashlib
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.errors import error_from_result
from sqlalchemy.dialects import postgresql

from tresse.connections.databases import postgresql_met as met
from tresse.connections.databases.columns import ServerColumn
from tresse.connections.databases.given import checked_query
from tresse.connections.databases.postgresql_arrow import ArrowLink, Error
from tresse.connections.databases.postgresql_catalogue import LISTED, RELATION, TYPES_OF, listed_of
from tresse.connections.databases.postgresql_types import expression, server_column
from tresse.connections.databases.session import Listed, Relation
from tresse.connections.databases.statements import query_name, source_of
from tresse.connections.kinds.base import Opened, Said
from tresse.connections.kinds.network import addresses
from tresse.connections.refusals import (
    QUERY_REPEATS,
    TABLE_MISSING,
    TEXT_UNDECODABLE,
    TIMEOUT,
)
from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_

DISABLE, PREFER, REQUIRE = "disable", "prefer", "require"
MOST_TABLES = 2_000
NOT_ENCRYPTED = N_("The connection to {host} is not encrypted: {reason}.")
OFFERS_NONE = "the server offers no encryption"
WAITING = 2
"Seconds beyond the time limit of a statement, after which the server should have said so."
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Of the transaction alone, so that a pooler between us and the server may serve others after it.
LOCAL = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL lock_timeout = '60s'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
# As `standard_conforming_strings` has it.
DIALECT._backslash_escapes = False


@contextmanager
def session(opened: Opened, *, writes: bool = False) -> Iterator["PostgreSQL"]:
    """A session within a transaction that sees one state (S78) and, unless it writes, only reads.

    Raises:
        TresseError: the causes of S22.
    """
    link, conninfo, warnings = connected(opened)
    here = PostgreSQL(opened, link, conninfo, warnings)
    try:
        here.begin(writes=writes)
        yield here
    except psycopg.Error as error:
        raise met.of_statement(opened, error) from None
    finally:
        here.close()


def connected(opened: Opened) -> tuple[psycopg.Connection[Any], str, list[Said]]:
    """A connection, how another one is made, and what there is to say about encryption.

    With `prefer` it is encrypted if the server's certificate can be verified, else not: whoever
    could forge a certificate could also take the encryption off. `require` insists.
    """
    wanted = str(opened.settings["ssl"])
    plain, secret = (_conninfo(opened, encrypted=each) for each in (False, True))
    try:
        return *_connect(plain if wanted == DISABLE else secret), []
    except psycopg.Error as error:
        may_be_plain = met.offers_no_tls(error) or met.is_bad_certificate(error)
        if wanted != PREFER or not may_be_plain:
            raise met.of_login(opened, error) from None
        first = error
    try:
        link, conninfo = _connect(plain)
    except psycopg.Error as error:
        # The server insists too, so that what keeps it from being encrypted is the reason.
        insists = met.refuses_without_entry(error) and met.is_bad_certificate(first)
        raise met.of_login(opened, first if insists else error) from None
    offered = met.is_bad_certificate(first)
    reason = str(met.of_login(opened, first).details.get("reason")) if offered else OFFERS_NONE
    warning = Said(NOT_ENCRYPTED, {"host": opened.settings["host"], "reason": reason})
    return link, conninfo, [warning]


def _connect(conninfo: str) -> tuple[psycopg.Connection[Any], str]:
    return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None), conninfo


def _conninfo(opened: Opened, *, encrypted: bool) -> str:
    """How libpq connects; with the password, so it is shown to nobody."""
    settings, limits = opened.settings, opened.limits
    host, port = str(settings["host"]), int(settings["port"])
    found = list(dict.fromkeys(str(address[0]) for _, address in addresses(opened, host, port)))
    return make_conninfo(
        host=",".join([host] * len(found)),
        hostaddr=",".join(found),
        port=port,
        dbname=str(settings["database"]),
        user=str(settings["user"]),
        password=opened.secret("password"),
        # Nothing of this machine's own user, whose file of passwords would be asked.
        passfile="/nonexistent",
        gssencmode="disable",
        sslmode="verify-full" if encrypted else "disable",
        sslrootcert=str(authorities(opened)),
        connect_timeout=int(limits.connect_seconds),
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        tcp_user_timeout=int(limits.read_seconds * 1000),
        application_name="tresse",
        client_encoding="UTF8",
    )


def authorities(opened: Opened) -> Path:
    """A file of the certificates to verify by: the system's and those of the setting `ca`."""
    paths = ssl.get_default_verify_paths()
    system = Path(paths.cafile or paths.openssl_cafile)
    given = str(opened.settings.get("ca") or "").strip()
    if not given or opened.folder is None:
        return system
    known = system.read_text(errors="replace") if system.is_file() else ""
    text = f"{known}\n{given}\n".encode()
    folder = opened.folder / "ca"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(text).hexdigest()[:32]}.pem"
    if not file.exists():
        aside = file.with_suffix(f".{os.getpid()}")
        aside.write_bytes(text)
        aside.replace(file)
    return file


class PostgreSQL:
    """A session (`session.Session`)."""

    def __init__(
        self, opened: Opened, link: psycopg.Connection[Any], conninfo: str, warnings: list[Said]
    ) -> None:
        self._opened, self._link, self._conninfo = opened, link, conninfo
        self._reader: ArrowLink | None = None
        self.warnings = warnings
        version = link.info.parameter_status("server_version") or ""
        self.server = f"PostgreSQL {version.split(' ')[0]}".strip()

    def begin(self, *, writes: bool) -> None:
        """Begin the transaction."""
        self._link.execute("BEGIN" if writes else READING)
        for setting in LOCAL:
            self._link.execute(setting)
        self._limit(self._opened.limits.statement_seconds)

    def _limit(self, seconds: float) -> None:
        """Limit the statements that follow; 0: not at all."""
        milliseconds = str(int(seconds * 1000))
        self._link.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])

    def execute(self, statement: str) -> None:
        """Run a statement of ours."""
        self._link.execute(statement.encode())

    def close(self) -> None:
        """End the session; the server gives up what it is still at."""
        if self._reader is not None:
            self._reader.close()
        with suppress(psycopg.Error, OSError):
            if self._link.info.transaction_status == pq.TransactionStatus.ACTIVE:
                self._link.cancel_safe(timeout=5)
        with suppress(psycopg.Error, OSError):
            self._link.close()

    def listed(self) -> Listed:
        """Tables, partitioned tables, views, materialised views and foreign tables."""
        schema = self._opened.settings.get("schema") or None
        rows = self._link.execute(LISTED, {"schema": schema, "most": MOST_TABLES + 1}).fetchall()
        return listed_of(rows, MOST_TABLES)

    def table(self, name: str) -> Relation:
        """A table by `schema.name`, or by its name alone in the schema of the settings."""
        schema = self._opened.settings.get("schema") or None
        rows = self._link.execute(RELATION, {"name": name, "schema": schema}).fetchall()
        if not rows:
            known = [each.name for each in self.listed().tables]
            near = nearest(name, known) or nearest(f"{schema or 'public'}.{name}", known)
            raise TABLE_MISSING(connection=self._opened.name, name=name, nearest=near)
        columns = tuple(
            server_column(
                row[2],
                shown=row[3],
                base=row[4],
                category=row[5],
                modifier=row[6],
                is_nullable=row[7],
            )
            for row in rows
            if row[2] is not None
        )
        names = [column.name for column in columns]
        source = source_of(sa.quoted_name(rows[0][1], quote=True), rows[0][0], names)
        return Relation(f"{rows[0][0]}.{rows[0][1]}", source, columns)

    def query(self, text: str) -> Relation:
        """A query; the server describes it without running it."""
        checked = checked_query(text, "postgres")
        source = source_of(query_name(checked), None, ())
        described = sa.select(sa.text("*")).select_from(source).limit(0)
        try:
            fields = self._described(self._text(described))
        except psycopg.Error as error:
            raise met.of_statement(self._opened, error) from None
        names = [name for name, _, _ in fields]
        for name in names:
            if names.count(name) > 1:
                raise QUERY_REPEATS(name=name)
        types = {row[0]: row[1:] for row in self._link.execute(TYPES_OF, [[f[1] for f in fields]])}
        columns = []
        for name, identity, modifier in fields:
            base, category, shown = types.get(identity, ("text", "S", "text"))
            columns.append(
                server_column(
                    name,
                    shown=shown,
                    base=base,
                    category=category,
                    modifier=modifier,
                    is_nullable=True,
                )
            )
        source = source_of(query_name(checked), None, names)
        return Relation("query", source, tuple(columns), is_query=True)

    def _described(self, statement: bytes) -> list[tuple[str, int, int]]:
        """Name, type and modifier of each column of a statement, which is not run."""
        link = self._link.pgconn
        # The extended protocol takes one statement alone, whatever a query holds.
        for result in (link.prepare(b"tresse_described", statement), None):
            if result is not None and result.status != pq.ExecStatus.COMMAND_OK:
                raise error_from_result(result)
        result = link.describe_prepared(b"tresse_described")
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        return [
            ((result.fname(place) or b"").decode(), result.ftype(place), result.fmod(place))
            for place in range(result.nfields)
        ]

    def expression(self, source: sa.FromClause, column: ServerColumn) -> sa.ColumnElement[Any]:
        """The column, arrays as JSON and amounts of money as numbers."""
        return expression(source.c[column.name], column.as_)

    def is_odd(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether it is before the year 1, after 9999, or infinite."""
        return sa.or_(column < sa.literal("0001-01-01"), column >= sa.literal("10000-01-01"))

    def ones(self, statement: sa.Select[Any]) -> tuple[Any, ...]:
        """The one row of a statement."""
        try:
            return tuple(self._link.execute(self._text(statement)).fetchone() or ())
        except psycopg.Error as error:
            raise met.of_statement(self._opened, error) from None

    def run(
        self, statement: sa.Select[Any], columns: Sequence[ServerColumn], *, is_query: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The rows, by a connection that sees the state of this one; this one is then over.

        A table is read as long as it takes; a query has its time (S79).
        """
        opened, limits = self._opened, self._opened.limits
        try:
            if self._reader is None:
                self._reader = self._handed_over(limits.statement_seconds if is_query else 0)
            yield from self._reader.batches(
                self._text(statement).decode(),
                columns,
                # Before the first row the server may sort or join.
                first=limits.statement_seconds + WAITING,
                then=limits.read_seconds,
            )
        except Error as error:
            raise met.of_reading(opened, error) from None
        except TimeoutError:
            limit = f"{limits.read_seconds:g}"
            raise TIMEOUT(host=opened.settings["host"], limit=limit) from None
        except pa.ArrowInvalid as error:
            names, reason = [column.name for column in columns], str(error)[:200]
            raise TEXT_UNDECODABLE(table=opened.name, columns=names, reason=reason) from None

    def _handed_over(self, seconds: float) -> ArrowLink:
        """A connection that reads the state of this one, which ends."""
        beginning = [READING]
        # What only speaks PostgreSQL's protocol may share no snapshots: the read has its own then.
        with suppress(psycopg.Error):
            row = self._link.execute("SELECT pg_export_snapshot()").fetchone()
            beginning += [f"SET TRANSACTION SNAPSHOT '{row[0]}'"] if row else []
        limit = f"SET LOCAL statement_timeout = {int(seconds * 1000)}"
        reader = ArrowLink(self._conninfo, [*beginning, *LOCAL, limit])
        self._link.close()
        return reader

    def _text(self, statement: sa.Select[Any]) -> bytes:
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        return str(compiled).encode()
