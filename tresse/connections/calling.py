"""Calls of services outside: one POST, to public addresses unless an administrator says else (A77).

The name is looked up once, and the call goes to the very address that was looked at: a name that
changes its address in between reaches nothing private. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tresse.connections.refusals import BAD_ADDRESS, PRIVATE_ADDRESS

SECONDS = 10
MOST_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status (0: no answer), the body's beginning, what went wrong."""

    status: int
    body: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the service took it."""
        return 200 <= self.status < 300


def parts_of(url: str) -> SplitResult:
    """The parts of a web address.

    Raises:
        TresseError: `bad_address`; not http or https, without host, or with a password.
    """
    try:
        parts = urlsplit(url)
        is_good = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        raise BAD_ADDRESS(url=url) from None
    if not is_good or parts.username or not url.isascii() or not url.isprintable() or " " in url:
        raise BAD_ADDRESS(url=url)
    return parts


def check_address(url: str, *, allows_private: bool) -> None:
    """Refuse what is no web address, and what is plainly private, before anything is sent.

    Raises:
        TresseError: `bad_address`, `private_address`.
    """
    host = parts_of(url).hostname or ""
    if not allows_private and (host == "localhost" or is_private(host)):
        raise PRIVATE_ADDRESS(url=url)


def is_private(address: str) -> bool:
    """Whether an address is of this machine or of a network that is not public."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(given, "ipv4_mapped", None) or given
    return not inner.is_global or inner.is_multicast


def post(url: str, body: str, headers: Mapping[str, str], *, allows_private: bool) -> Answer:
    """Send one POST with a JSON body; never raises for what the other side does.

    Raises:
        TresseError: `bad_address`, `private_address`.
    """
    parts = parts_of(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter: an empty or too long part, as in "a..example.com"
        return Answer(0, error="name not found")
    addresses = [str(address[4][0]) for address in found]
    if not allows_private and any(is_private(each) for each in addresses):
        raise PRIVATE_ADDRESS(url=url)
    connection: http.client.HTTPConnection = _Connection(host, port, addresses[0], secure=secure)
    try:
        connection.request(
            "POST",
            path,
            body=body.encode(),
            headers={"Content-Type": "application/json", "User-Agent": "Tresse", **headers},
        )
        answer = connection.getresponse()
        # PostgreSQL keeps no NUL in a text.
        text = answer.read(MOST_READ).decode(errors="replace").replace("\0", "\ufffd")
        return Answer(answer.status, text)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, error=_said(error))
    finally:
        connection.close()


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__


class _Connection(http.client.HTTPConnection):
    """Speaks to one address under the name of its host."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address
        self._secure = secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        """Connect to the address that was looked at."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
