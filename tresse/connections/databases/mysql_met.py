"""What a MariaDB or MySQL server refuses, as refusals of ours (S22)."""

import re
import ssl
import struct
from contextlib import suppress

import pymysql
from pymysql.constants import CR, ER

from tresse.connections.kinds.base import Opened
from tresse.connections.kinds.network import meeting, reached, unreadable
from tresse.connections.refusals import (
    CONNECTION_LOST,
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

EXPECTED = "MariaDB or MySQL"
INSECURE = 3159
"ER_SECURE_TRANSPORT_REQUIRED, which PyMySQL does not name."
LOGINS = {ER.ACCESS_DENIED_ERROR, ER.HOST_NOT_PRIVILEGED, ER.PASSWORD_NO_MATCH, 1698, 4151}
BUSY = {ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED, ER.HOST_IS_BLOCKED}
DENIED = {
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
}
LATE = {1969, 3024, 1317}
"Time is over, in MariaDB and in MySQL; a query that was interrupted."
LOST = {
    CR.CR_SERVER_LOST,
    CR.CR_SERVER_GONE_ERROR,
    ER.SERVER_SHUTDOWN,
    ER.NET_READ_INTERRUPTED,
    1927,
}
WRONG = {ER.PARSE_ERROR, 1792, ER.NON_UNIQ_ERROR, 1248}
QUOTED = re.compile("['`]([^'`]+)['`]")
SHOWN = 200


def of_login(opened: Opened, error: Exception) -> TresseError:
    """A connection that could not be made."""
    settings = opened.settings
    host, code = str(settings["host"]), _code(error)
    cause = getattr(error, "original_exception", None) or error
    if isinstance(cause, ssl.SSLError):
        return _tls(host, cause)
    if isinstance(cause, TimeoutError) or "timed out" in str(error):
        # A server of another sort may wait to be spoken to.
        late = TIMEOUT(host=host, limit=f"{opened.limits.connect_seconds:g}")
        return _answer_of(opened, late)
    if code == ER.DBACCESS_DENIED_ERROR or code == ER.BAD_DB_ERROR:
        return DATABASE_MISSING(host=host, database=settings["database"], user=settings["user"])
    if code in LOGINS:
        return LOGIN_REFUSED(host=host, user=settings["user"], secret="password")  # noqa: S106  its name
    if code == CR.CR_SSL_CONNECTION_ERROR:
        return TLS_FAILED(host=host, reason="the server offers none")
    if code == INSECURE:
        return TLS_FAILED(host=host, reason="the server takes encrypted connections alone")
    if code in BUSY:
        return REMOTE_RATE_LIMIT(host=host)
    if not isinstance(error, pymysql.MySQLError) or code in LOST or not code:
        return _answer_of(opened, CONNECTION_LOST(host=host, reason=words(error)))
    return REMOTE_FAILED(host=host, reason=words(error))


def is_bad_certificate(error: Exception) -> bool:
    """Whether the server's certificate could not be verified."""
    cause = getattr(error, "original_exception", None) or error
    return isinstance(cause, ssl.SSLCertVerificationError)


def insists(error: Exception) -> bool:
    """Whether the server takes no connection that is not encrypted."""
    # MariaDB tells of a user that has to use TLS as of one with a wrong password.
    return _code(error) in {INSECURE, ER.ACCESS_DENIED_ERROR}


def _tls(host: str, error: ssl.SSLError) -> TresseError:
    try:
        with meeting(host, 0, 0):
            raise error
    except TresseError as refused:
        return refused


def _answer_of(opened: Opened, otherwise: TresseError) -> TresseError:
    """What is really there, by its first words; `otherwise` if these are right, or none come."""
    host, port = str(opened.settings["host"]), int(opened.settings["port"])
    said = b""
    try:
        with meeting(host, port, 2), reached(opened, host, port) as link:
            link.settimeout(1)
            with suppress(TimeoutError):
                said = link.recv(SHOWN)
            if not said:
                # Servers of the web wait to be asked.
                link.sendall(b"\r\n\r\n")
                said = link.recv(SHOWN)
    except TresseError:
        pass
    greeting = said[4:5] in {b"\x0a", b"\xff"}
    if greeting or not said:
        return otherwise
    refused: TresseError = unreadable(host, EXPECTED, said)  # type: ignore[assignment]
    return refused


def of_statement(
    opened: Opened, error: Exception, *, name: str = "", is_query: bool = False
) -> TresseError:
    """A statement that failed, or a connection that was lost over it."""
    host, code, said = str(opened.settings["host"]), _code(error), words(error)
    found = QUOTED.findall(said)
    if code in DENIED:
        user = opened.settings["user"]
        return PERMISSION_MISSING(user=user, act="read", table=found[-1] if found else name)
    if code in LATE:
        return TIMEOUT(host=host, limit=f"{opened.limits.statement_seconds:g}")
    if isinstance(error, TimeoutError) or "timed out" in said:
        return TIMEOUT(host=host, limit=f"{opened.limits.read_seconds:g}")
    if code in BUSY:
        return REMOTE_RATE_LIMIT(host=host)
    if code in LOST or isinstance(error, EOFError | OSError):
        return CONNECTION_LOST(host=host, reason=said)
    if is_query or code in WRONG or isinstance(error, pymysql.ProgrammingError):
        return QUERY_REFUSED(host=host, reason=said)
    return REMOTE_FAILED(host=host, reason=said)


def of_packet(packet: bytes) -> pymysql.MySQLError:
    """The error that a packet of the server tells of."""
    code = struct.unpack("<H", packet[1:3])[0]
    text = packet[9:] if packet[3:4] == b"#" else packet[3:]
    return pymysql.err.OperationalError(code, text.decode("utf-8", "replace"))


def _code(error: Exception) -> int:
    first = error.args[0] if error.args else 0
    return first if isinstance(error, pymysql.MySQLError) and isinstance(first, int) else 0


def words(error: Exception) -> str:
    """What the server or the driver said, without a full stop."""
    if isinstance(error, EOFError):
        return "the answer ended too early"
    text = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], str) else str(error)
    return text.strip().rstrip(".") or type(error).__name__
