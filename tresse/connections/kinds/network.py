"""Reaching a host by TCP and TLS, and the sentences for what is met on the way (S6, S22)."""

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tresse.connections.calling import is_private
from tresse.connections.kinds.base import Opened
from tresse.connections.refusals import (
    ANSWER_UNREADABLE,
    CONNECTION_LOST,
    CONNECTION_REFUSED,
    HOST_NOT_FOUND,
    PRIVATE_HOST,
    TIMEOUT,
    TLS_FAILED,
)

SHOWN = 200
"Characters of an answer that is not understood (S22)."
REFUSING = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
    | {errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
)
Address = tuple[socket.AddressFamily, tuple[Any, ...]]


def addresses(opened: Opened, host: str, port: int) -> list[Address]:
    """The addresses that a name stands for, in the order to try them.

    Connect to these and not to the name: a name that changes its address in between reaches
    nothing private.

    Raises:
        TresseError: `host_not_found`, `private_address`.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):  # empty or too long part; NUL
        raise HOST_NOT_FOUND(host=host) from None
    for entry in found if not opened.allows_private else ():
        if is_private(str(entry[4][0])):
            raise PRIVATE_HOST(host=host, address=str(entry[4][0]))
    return [(entry[0], entry[4]) for entry in found]


def reached(opened: Opened, host: str, port: int) -> socket.socket:
    """A TCP connection to the first address that takes one; from then on the read time-out holds.

    Raises:
        TresseError: `host_not_found`, `private_address`, `connection_refused`, `timeout`.
    """
    limit = opened.limits.connect_seconds
    until = time.monotonic() + limit
    with meeting(host, port, limit):
        failure: OSError | None = None
        for family, address in addresses(opened, host, port):
            left = until - time.monotonic()
            if left <= 0:
                break
            link = socket.socket(family, socket.SOCK_STREAM)
            try:
                link.settimeout(left)
                link.connect(address)
            except OSError as error:
                link.close()
                failure = failure or error
            else:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                link.settimeout(opened.limits.read_seconds)
                return link
        raise failure or TimeoutError


def secure(opened: Opened) -> ssl.SSLContext:
    """TLS that verifies, by the authorities of the system and those of the setting `ca`.

    Raises:
        TresseError: `tls_failed`; `ca` holds no certificate that can be read.
    """
    context = ssl.create_default_context()
    if given := str(opened.settings.get("ca") or "").strip():
        try:
            context.load_verify_locations(cadata=given)
        except (ssl.SSLError, ValueError):
            reason = 'the setting "ca" is no certificate in PEM form'
            raise TLS_FAILED(host=opened.settings.get("host"), reason=reason) from None
    return context


@contextmanager
def meeting(host: str, port: int, limit: float) -> Iterator[None]:
    """What the network does to us within the block, as a refusal.

    Raises:
        TresseError: `connection_refused`, `timeout`, `tls_failed`, `connection_lost`.
    """
    try:
        yield
    except ssl.SSLError as error:
        raise TLS_FAILED(host=host, reason=_reason(error)) from None
    except TimeoutError:
        raise TIMEOUT(host=host, limit=f"{limit:g}") from None
    except EOFError:
        raise CONNECTION_LOST(host=host, reason="the answer ended too early") from None
    except OSError as error:
        if error.errno in REFUSING:
            raise CONNECTION_REFUSED(host=host, port=port) from None
        raise CONNECTION_LOST(host=host, reason=_reason(error)) from None


def unreadable(host: str, expected: str, answer: str | bytes) -> Exception:
    """`answer_unreadable`, with the beginning of what was said, in characters that can be shown."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    shown = "".join(each if each.isprintable() else " " for each in text[:SHOWN])
    return ANSWER_UNREADABLE(host=host, expected=expected, answer=shown.strip())


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "its certificate cannot be verified"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no common version of TLS").replace("_", " ").lower()
    return str(error.strerror or str(error) or type(error).__name__)
