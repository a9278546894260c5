"""What a PostgreSQL server refuses, as refusals of ours (S22)."""

import re
import struct
from typing import Any

import adbc_driver_manager
import psycopg

from tresse.connections.kinds.base import Opened
from tresse.connections.kinds.network import meeting, reached, unreadable
from tresse.connections.refusals import (
    CONNECTION_LOST,
    CONNECTION_REFUSED,
    DATABASE_MISSING,
    LOGIN_REFUSED,
    PERMISSION_MISSING,
    QUERY_REFUSED,
    REMOTE_FAILED,
    REMOTE_RATE_LIMIT,
    TIMEOUT,
    TLS_FAILED,
)
from tresse.kernel.errors import TresseError

EXPECTED = "PostgreSQL"
# At the login libpq gives no code, only the server's words, in the server's language. PostgreSQL
# speaks these of ours: English, French, Polish; and German, as many hosts do.
NO_LOGIN = re.compile(
    "password authentication failed|no password supplied|authentication failed"
    "|authentification .*échou|nie powiodło się|Authentifizierung .*fehlgeschlagen"
    r"|role \".*\" does not exist|le rôle .* n'existe pas|rola .* nie istnieje"
    "|Rolle .* existiert nicht|not permitted to log in|pas autorisé à se connecter"
)
NO_DATABASE = re.compile(
    "database .* does not exist|base de données .* n'existe pas|baza danych .* nie istnieje"
    "|Datenbank .* existiert nicht|permission denied for database|droit refusé pour la base"
)
NO_ENTRY = re.compile(r"pg_hba\.conf")
NO_TLS = re.compile("server does not support SSL")
BAD_TLS = re.compile("SSL error|certificate|SSL SYSCALL|SSL connection", re.IGNORECASE)
FULL = re.compile("too many (clients|connections)|remaining connection slots|trop de clients")
STARTING = re.compile("is starting up|is shutting down|in recovery mode|not accepting connections")
SLOW = re.compile("timeout expired|connection timeout", re.IGNORECASE)
CLOSED = re.compile("refused|unreachable|No route to host", re.IGNORECASE)
OTHER = re.compile("invalid response to SSL|expected authentication request|unsupported frontend")
LOST = re.compile("server closed the connection|reset by peer|Broken pipe|terminat", re.IGNORECASE)
LAST_NAME = re.compile(r'["«„“]?\s*([\w.$-]+)\s*["»”]?\s*$')
SSL_REQUEST = struct.pack("!II", 8, 80877103)


def of_login(opened: Opened, error: psycopg.Error) -> TresseError:
    """A connection that could not be made."""
    settings, said = opened.settings, str(error)
    host, port = str(settings["host"]), settings["port"]
    if isinstance(error, psycopg.errors.ConnectionTimeout) or SLOW.search(said):
        return TIMEOUT(host=host, limit=f"{opened.limits.connect_seconds:g}")
    if NO_LOGIN.search(said):
        return LOGIN_REFUSED(host=host, user=settings["user"], secret="password")  # noqa: S106  its name
    if NO_DATABASE.search(said):
        return DATABASE_MISSING(host=host, database=settings["database"], user=settings["user"])
    if NO_TLS.search(said):
        return TLS_FAILED(host=host, reason="the server offers none")
    if FULL.search(said) or STARTING.search(said):
        return REMOTE_RATE_LIMIT(host=host)
    if OTHER.search(said):
        return _answer_of(opened)
    if BAD_TLS.search(said):
        return TLS_FAILED(host=host, reason=_line(said))
    if CLOSED.search(said):
        return CONNECTION_REFUSED(host=host, port=port)
    if LOST.search(said):
        return _answer_of(opened)
    return REMOTE_FAILED(host=host, reason=_line(said))


def refuses_without_entry(error: psycopg.Error) -> bool:
    """Whether the server lets this user in only otherwise: mostly, encrypted."""
    return bool(NO_ENTRY.search(str(error)))


def is_bad_certificate(error: psycopg.Error) -> bool:
    """Whether the server's certificate could not be verified."""
    return "certificate" in str(error)


def offers_no_tls(error: psycopg.Error) -> bool:
    """Whether the server speaks no TLS at all."""
    return bool(NO_TLS.search(str(error)))


def _answer_of(opened: Opened) -> TresseError:
    """What is really there: its answer to the first words of PostgreSQL's protocol."""
    host, port = str(opened.settings["host"]), int(opened.settings["port"])
    said = b""
    try:
        with (
            meeting(host, port, opened.limits.connect_seconds),
            reached(opened, host, port) as link,
        ):
            link.settimeout(2)
            link.sendall(SSL_REQUEST)
            while len(said) < 200 and (more := link.recv(200)):
                said += more
    except TresseError:
        pass
    except TimeoutError:
        pass
    if said in {b"S", b"N"} or not said:
        return CONNECTION_LOST(host=host, reason="it closed the connection")
    error: TresseError = unreadable(host, EXPECTED, said)  # type: ignore[assignment]
    return error


def of_statement(opened: Opened, error: psycopg.Error) -> TresseError:
    """A statement that failed, or a connection that was lost over it."""
    table = error.diag.table_name or ""
    return _refusal(
        opened, error.sqlstate or "", error.diag.message_primary or _line(str(error)), table
    )


def of_reading(opened: Opened, error: adbc_driver_manager.Error) -> TresseError:
    """The same of ADBC's driver."""
    details: dict[Any, bytes] = dict(error.details or ())
    told = details.get(b"PG_DIAG_MESSAGE_PRIMARY")
    primary = told.decode("utf-8", "replace") if told else _words_of(str(error))
    return _refusal(opened, error.sqlstate or "", primary, "")


def _refusal(opened: Opened, code: str, primary: str, table: str) -> TresseError:
    host = str(opened.settings["host"])
    if code == "42501":
        found = LAST_NAME.search(primary)
        named = table or (found[1] if found else primary)
        return PERMISSION_MISSING(user=opened.settings["user"], act="read", table=named)
    if code == "57014":
        return TIMEOUT(host=host, limit=f"{opened.limits.statement_seconds:g}")
    if code[:2] == "42" or code in {"25006", "0A000"}:
        return QUERY_REFUSED(host=host, reason=primary)
    if code[:2] == "53":
        return REMOTE_RATE_LIMIT(host=host)
    # 40001: a standby gave the read up for its own upkeep.
    if not code or code[:2] in {"08", "57"} or code in {"40001", "25P03", "25P04"}:
        return CONNECTION_LOST(host=host, reason=primary)
    return REMOTE_FAILED(host=host, reason=primary)


def _words_of(said: str) -> str:
    """The server's words, without what the driver says around them."""
    line = (said.strip().splitlines() or ["no reason given"])[0]
    for begin in ("ERROR:", "FATAL:", "query:", "COPY:"):
        if begin in line:
            line = line.rpartition(begin)[2]
    return line.strip().rstrip(".")


def _line(said: str) -> str:
    """The last line of libpq's words, without the address before it."""
    line = (said.strip().splitlines() or ["no reason given"])[0]
    for begin in ("failed: FATAL:", "failed: ERROR:", "failed:"):
        if begin in line:
            line = line.rpartition(begin)[2]
    return line.strip().rstrip(".")
