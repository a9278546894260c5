# ruff: noqa: S321  people ask for FTP; the kind says that it is not encrypted
"""An FTP connection, plain or with TLS, and what its servers answer."""

import ftplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import BinaryIO

from tresse.connections.kinds.base import Opened
from tresse.connections.kinds.network import meeting, reached, secure, unreadable
from tresse.connections.kinds.places import BLOCK, without_secrets
from tresse.connections.refusals import (
    CONNECTION_LOST,
    LOGIN_REFUSED,
    REMOTE_FAILED,
    REMOTE_RATE_LIMIT,
    TLS_FAILED,
)

EXPECTED = "an FTP server"
UNKNOWN_COMMAND = frozenset({"500", "501", "502", "504"})
MOST_LINES = 10_000
"Of one answer; a server that talks on and on is none."
LARGEST_LIST = 500_000_000
"Bytes; some millions of files."
A_LINK = -1
"Instead of a size: of what a link leads to, the line does not tell."
DENIED = re.compile(r"denied|permission|privilege|not permitted|not allowed|forbidden", re.I)
UNIX = re.compile(
    r"^(?P<sort>[-dlbcpsD])[-rwxsStTlL]{9}[+.@]?\s+\d+\s+\S.*?\s(?P<size>\d+)\s+"
    r"[A-Za-z]{3}\.?\s+\d{1,2}\s+(?:\d{1,2}:\d{2}|\d{4})\s(?P<name>.+)$"
)
DOS = re.compile(
    r"^\d\d-\d\d-\d{2,4}\s+\d\d:\d\d(?:[AP]M)?\s+(?:(?P<dir><DIR>)|(?P<size>[\d,]+))\s+(?P<name>.+)$"
)
WELCOME_LOST = "it closed before the user was signed in"


class RefusedError(Exception):
    """A command was answered with 4xx or 5xx; which, and in which words."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.code = answer[:3]
        self.text = answer[4:].strip()

    @property
    def is_denied(self) -> bool:
        """Whether a right is missing, as far as its words tell."""
        return bool(DENIED.search(self.text))


class Client(ftplib.FTP):
    """One FTP connection with the user signed in, in the folder the user arrives in.

    Names travel as bytes (`latin-1` gives each byte a character); times are UTC. A command that is
    refused raises `RefusedError`; all else that goes wrong is a `TresseError` of S22.
    """

    def __init__(self, opened: Opened, tls: str) -> None:
        super().__init__(timeout=opened.limits.connect_seconds, encoding="latin-1")
        self._opened = opened
        self.host = str(opened.settings["host"])
        self.port = int(opened.settings["port"])
        self._tls = secure(opened) if tls else None
        self._is_private = False
        self.features: frozenset[str] = frozenset()
        self.knows_sizes = True
        self._lines = 0
        try:
            self._arrive(tls)
            self._sign_in()
            self._look_around()
        except BaseException:
            self.close()
            raise
        self.timeout = opened.limits.read_seconds
        if self.sock is not None:
            self.sock.settimeout(self.timeout)

    def _arrive(self, tls: str) -> None:
        with self.meeting():
            self.sock = reached(self._opened, self.host, self.port)
            self.sock.settimeout(self.timeout)
            self.af = self.sock.family
            if tls == "implicit":
                self._wrap()
            self.file = self.sock.makefile("r", encoding=self.encoding)
            try:
                self.welcome = self.getresp()
            except ftplib.error_temp:
                raise REMOTE_RATE_LIMIT(host=self.host) from None
            if tls == "explicit":
                try:
                    self.voidcmd("AUTH TLS")
                except ftplib.Error as error:
                    reason = f"the server offers no TLS ({str(error)[:80]})"
                    raise TLS_FAILED(host=self.host, reason=reason) from None
                self._wrap()
                # A new file: what came before the encryption is not read any more.
                self.file = self.sock.makefile("r", encoding=self.encoding)

    def _wrap(self) -> None:
        if self._tls and self.sock:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _sign_in(self) -> None:
        opened, user = self._opened, str(self._opened.settings.get("user") or "")
        with self.meeting():
            try:
                self.login(wire(user), wire(opened.secret("password")))
            except ftplib.error_temp as error:
                if str(error).startswith("421"):
                    raise REMOTE_RATE_LIMIT(host=self.host) from None
                raise
            except (ftplib.error_perm, ftplib.error_reply):
                named = {"host": self.host, "user": user, "secret": "password"}
                raise LOGIN_REFUSED(**named) from None
            except EOFError:
                raise CONNECTION_LOST(host=self.host, reason=WELCOME_LOST) from None
            if self._tls:
                self.voidcmd("PBSZ 0")
                self.voidcmd("PROT P")
                self._is_private = True

    def _look_around(self) -> None:
        with self.meeting():
            try:
                lines = self.sendcmd("FEAT").splitlines()[1:-1]
                self.features = frozenset(line.strip().split(" ")[0].upper() for line in lines)
                if "UTF8" in self.features:
                    self.sendcmd("OPTS UTF8 ON")
            except (ftplib.error_perm, ftplib.error_temp):
                pass  # an old server, or one that always writes UTF-8
            self.voidcmd("TYPE I")

    def getline(self) -> str:
        """One line; of the first, whether it is of FTP at all (a name of SSH looks like a list)."""
        line = super().getline()
        self._lines += 1
        if self._lines > MOST_LINES:
            raise ftplib.error_proto(line)
        if not self.welcome and not line[:3].isdecimal() and not line.startswith(" "):
            raise ftplib.error_proto(line)
        return line

    def getresp(self) -> str:
        """One answer, of a bounded number of lines."""
        self._lines = 0
        return super().getresp()

    def makepasv(self) -> tuple[str, int]:
        """Where the server listens for data: at the address that was reached, never another."""
        try:
            return super().makepasv()
        except ftplib.error_perm:
            if self.sock is None:
                raise
            return ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """A connection for data; with TLS it goes on with the session of the first."""
        link, size = super().ntransfercmd(cmd, rest)
        link.settimeout(self._opened.limits.read_seconds)
        if self._tls and self._is_private and isinstance(self.sock, ssl.SSLSocket):
            # Many servers (vsftpd by default) take no other, so that nobody steps in between.
            link = self._tls.wrap_socket(link, server_hostname=self.host, session=self.sock.session)
        return link, size

    def say(self, command: str) -> str:
        """Send one command; the answer."""
        with self.meeting():
            return self.sendcmd(command)

    def lines(self, command: str) -> list[str]:
        """A list that comes as data."""
        data = bytearray()
        for block in self.received(command):
            data += block
            if len(data) > LARGEST_LIST:
                raise unreadable(self.host, EXPECTED, bytes(data[:LARGEST_LIST]))
        return [line for line in data.decode("latin-1").splitlines() if line.strip()]

    def received(self, command: str, offset: int = 0) -> Iterator[bytes]:
        """Data that the server sends."""
        with self.meeting():
            link = self.transfercmd(command, offset or None)
            with link:
                while data := link.recv(BLOCK):
                    yield data
                _end(link)
            self.voidresp()

    def send_data(self, command: str, source: BinaryIO) -> None:
        """Data that the server takes."""
        with self.meeting():
            link = self.transfercmd(command)
            with link:
                while data := source.read(BLOCK):
                    link.sendall(data)
                _end(link)
            self.voidresp()

    def size_of(self, name: str) -> int | None:
        """Bytes of a file; None if there is none of this name, or the server does not say."""
        if not self.knows_sizes:
            return None
        try:
            answer = self.say(f"SIZE {name}")
        except RefusedError as refused:
            self.knows_sizes = refused.code not in UNKNOWN_COMMAND
            return None
        digits = answer[4:].strip()
        return int(digits) if digits.isdecimal() else None

    def time_of(self, name: str) -> datetime | None:
        """When a file was written; None if the server does not say.

        Raises:
            RefusedError: The server knows no such question.
        """
        return instant_of(self.say(f"MDTM {name}")[4:].strip())

    @contextmanager
    def meeting(self) -> Iterator[None]:
        """What server and network do within the block, as refusals.

        Raises:
            RefusedError: The command was answered with 4xx or 5xx.
        """
        limit = self.timeout or 0
        try:
            with meeting(self.host, self.port, limit):
                yield
        except (ftplib.error_proto, UnicodeError) as error:
            raise unreadable(self.host, EXPECTED, str(error)) from None
        except (ftplib.error_temp, ftplib.error_perm) as error:
            raise self._refused(str(error)) from None
        except ftplib.Error as error:
            reason = without_secrets(str(error), self._opened)
            raise REMOTE_FAILED(host=self.host, reason=reason) from None

    def _refused(self, answer: str) -> Exception:
        if answer.startswith(("421", "425", "426")):
            reason = without_secrets(answer[4:], self._opened)
            return CONNECTION_LOST(host=self.host, reason=reason)
        return RefusedError(answer)


def _end(link: socket.socket) -> None:
    """Say that the data has ended; servers that just hang up are common, and no harm.

    What was sent is whole if the server says so afterwards, and its size is compared.
    """
    if isinstance(link, ssl.SSLSocket):
        with suppress(OSError, ValueError):
            link.settimeout(5)
            link.unwrap()


def wire(text: str) -> str:
    """A text as it has to be given to the client, so that it travels in UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def instant_of(text: str) -> datetime | None:
    """A time as `MDTM` and `MLSD` write it: `20261127001500` or with a fraction; UTC."""
    digits, _, fraction = text.partition(".")
    try:
        found = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found.replace(microsecond=int(fraction[:6].ljust(6, "0")) if fraction.isdecimal() else 0)


def listed(line: str) -> tuple[str, int] | None:
    """Name and size of a file by a line of `LIST`; an empty name: it is no file.

    None: the line is in no form that is known.
    """
    if found := UNIX.match(line):
        if found["sort"] not in "-l":
            return "", 0
        if found["sort"] == "l":
            return found["name"].split(" -> ")[0], A_LINK
        return found["name"], int(found["size"])
    if found := DOS.match(line):
        return ("", 0) if found["dir"] else (found["name"], int(found["size"].replace(",", "")))
    return ("", 0) if re.match(r"^total \d+$", line) else None
