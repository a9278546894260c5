"""Signing in to an SSH server: its key first, then ours (S23)."""

import base64
import binascii
import hashlib
import io
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from tresse.connections.kinds.base import Opened
from tresse.connections.kinds.network import meeting, reached, unreadable
from tresse.connections.refusals import (
    CONNECTION_LOST,
    HOST_KEY_CHANGED,
    HOST_KEY_UNKNOWN,
    LOGIN_REFUSED,
    REMOTE_RATE_LIMIT,
    SETTING_MISSING,
    TIMEOUT,
    TLS_FAILED,
)
from tresse.kernel.errors import WRONG_VALUE

EXPECTED = "an SSH server"
BUSY = (b"Exceeded MaxStartups", b"Not allowed at this time")
"What OpenSSH says instead of its name when too many sign in at once."
RSA = ("rsa-sha2-512", "rsa-sha2-256")
ECDSA = ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
ALGORITHMS = ("ssh-ed25519", *ECDSA, *RSA)
SORTS: tuple[tuple[str, ...], ...] = (("ssh-ed25519",), ECDSA, RSA)
KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
KEPT = 400
"Bytes of how the server began."
KEEP_ALIVE = 30
"Seconds between signs of life, so that no firewall forgets the connection."


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key a server has to show: whole (`ssh-ed25519 AAAA…`) or by its fingerprint."""

    text: str
    algorithms: tuple[str, ...] = ()
    fingerprint: str = ""

    def is_of(self, key: paramiko.PKey) -> bool:
        """Whether a server's key is this one."""
        return fingerprint(key) == self.fingerprint


def fingerprint(key: paramiko.PKey) -> str:
    """A key's fingerprint as OpenSSH shows it: `SHA256:…`."""
    return _digest(key.asbytes())


def host_key(text: str) -> HostKey | None:
    """The key that a setting names; None if it names none.

    Raises:
        TresseError: `wrong_value`; it is neither a public key nor a fingerprint.
    """
    parts = text.split()
    if not parts:
        return None
    if parts[0].startswith("SHA256:"):
        return HostKey(text, fingerprint=parts[0].rstrip("="))
    # A line of a file known_hosts begins with the name of the server.
    at = next((n for n, part in enumerate(parts[:3]) if part.startswith(("ssh-", "ecdsa-"))), None)
    try:
        raw = base64.b64decode(parts[at + 1], validate=True) if at is not None else b""
    except (IndexError, binascii.Error):
        raw = b""
    if at is None or not raw:
        wanted = '"ssh-ed25519 AAAA…" or "SHA256:…"'
        raise WRONG_VALUE(name="host_key", wanted=wanted, value=f'"{text[:80]}"')
    sort = next((names for names in SORTS if parts[at] in names), RSA)
    return HostKey(text, sort, _digest(raw))


def signed_in(opened: Opened) -> paramiko.Transport:
    """An SSH connection to the server whose key was accepted, with the user signed in.

    Raises:
        TresseError: `host_not_found`, `private_address`, `connection_refused`, `timeout`,
            `answer_unreadable`, `remote_rate_limit`, `tls_failed`, `connection_lost`,
            `host_key_unknown`, `host_key_changed` (both with `key`), `login_refused`,
            `setting_missing`, `wrong_value`.
    """
    wanted = host_key(str(opened.settings.get("host_key") or ""))
    own = _own_key(opened)
    transport = _known(opened, wanted)
    try:
        with _meeting(opened):
            _sign_in(transport, opened, own)
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(KEEP_ALIVE)
    return transport


class _Heard(socket.socket):
    """A socket that remembers how the other side began, for `answer_unreadable`."""

    first = b""
    has_ended = False

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        try:
            data = super().recv(size, flags)
        except ConnectionError:
            self.has_ended = True
            raise
        if len(self.first) < KEPT:
            self.first += data[:KEPT]
        self.has_ended = not data
        return data


def _known(opened: Opened, wanted: HostKey | None) -> paramiko.Transport:
    """A connection to a server that has shown the wanted key."""
    first = wanted.algorithms if wanted else ()
    transport = _greeted(opened, _ordered(first))
    shown = transport.get_remote_server_key()
    if wanted and wanted.is_of(shown):
        return transport
    transport.close()
    if wanted and not wanted.algorithms:
        # The fingerprint does not say of which of the server's keys it is.
        for sort in SORTS:
            if shown.get_name() not in {*sort, *(("ssh-rsa",) if sort is RSA else ())}:
                other = _other(opened, wanted, sort)
                if other:
                    return other
    details = {
        "host": opened.settings["host"],
        "fingerprint": fingerprint(shown),
        "key": f"{shown.get_name()} {shown.get_base64()}",
    }
    if wanted is None:
        raise HOST_KEY_UNKNOWN(**details)
    raise HOST_KEY_CHANGED(former=wanted.fingerprint, **details)


def _other(opened: Opened, wanted: HostKey, sort: Sequence[str]) -> paramiko.Transport | None:
    """A connection by another sort of key, if the server has one and it is the wanted one."""
    try:
        transport = _greeted(opened, sort)
    except IncompatiblePeer:
        return None
    if wanted.is_of(transport.get_remote_server_key()):
        return transport
    transport.close()
    return None


def _ordered(first: Sequence[str]) -> tuple[str, ...]:
    return (*first, *(each for each in ALGORITHMS if each not in first))


def _greeted(opened: Opened, algorithms: Sequence[str]) -> paramiko.Transport:
    """An encrypted connection, nobody signed in yet.

    Raises:
        IncompatiblePeer: The server has no key of these algorithms, if not all are named.
    """
    host, limit = str(opened.settings["host"]), opened.limits.connect_seconds
    link = reached(opened, host, int(opened.settings["port"]))
    heard = _Heard(fileno=link.detach())
    heard.settimeout(limit)
    transport = paramiko.Transport(heard)
    transport.get_security_options().key_types = tuple(algorithms)
    transport.banner_timeout = transport.auth_timeout = limit
    try:
        transport.start_client(timeout=limit)
        if not transport.initial_kex_done:
            raise TIMEOUT(host=host, limit=f"{limit:g}")
    except IncompatiblePeer as error:
        transport.close()
        if len(algorithms) < len(ALGORITHMS):
            raise
        raise TLS_FAILED(host=host, reason=str(error)) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        failure = _not_greeted(host, limit, heard, error)
        transport.close()
        raise failure from None
    except BaseException:
        transport.close()
        raise
    return transport


def _not_greeted(host: str, limit: float, heard: _Heard, error: Exception) -> Exception:
    first = heard.first
    if first.startswith(BUSY):
        return REMOTE_RATE_LIMIT(host=host)
    if first and b"SSH-" not in first:
        return unreadable(host, EXPECTED, first)
    if isinstance(error, TimeoutError) or not (first or heard.has_ended):
        return TIMEOUT(host=host, limit=f"{limit:g}")
    reason = str(error) if first else "it closed before it said its name"
    return CONNECTION_LOST(host=host, reason=reason or type(error).__name__)


def _sign_in(transport: paramiko.Transport, opened: Opened, own: paramiko.PKey | None) -> None:
    user, password = str(opened.settings.get("user") or ""), opened.secret("password")
    secret = "private_key" if own else "password"
    left: list[str] = []
    try:
        if own:
            try:
                left = transport.auth_publickey(user, own)
            except paramiko.AuthenticationException:
                if not password:
                    raise
                left, secret = ["password"], "password"
        if password and (left or not own):
            # With a key, left names what the server wants besides.
            transport.auth_password(user, password)
    except paramiko.AuthenticationException:
        raise LOGIN_REFUSED(host=opened.settings["host"], user=user, secret=secret) from None
    if not transport.is_authenticated():
        raise LOGIN_REFUSED(host=opened.settings["host"], user=user, secret=secret)


def _own_key(opened: Opened) -> paramiko.PKey | None:
    """The private key of the secrets; None where a password is to do.

    Raises:
        TresseError: `setting_missing`: neither is given; `wrong_value`: it is no private key, or
            its passphrase is not right.
    """
    text, passphrase = opened.secret("private_key").strip(), opened.secret("passphrase")
    if not text:
        if not opened.secret("password"):
            raise SETTING_MISSING(kind=opened.kind, name="password")
        return None
    wanted, needs = "a private key in OpenSSH or PEM form", False
    for sort in KEYS:
        try:
            return sort.from_private_key(io.StringIO(f"{text}\n"), passphrase or None)
        except paramiko.PasswordRequiredException:
            needs = True
        except (paramiko.SSHException, ValueError, IndexError, TypeError, UnicodeError):
            continue
    if needs or passphrase:
        wanted = "the passphrase of the private key"
        raise WRONG_VALUE(name="passphrase", wanted=wanted, value="this")
    raise WRONG_VALUE(name="private_key", wanted=wanted, value="this")


@contextmanager
def _meeting(opened: Opened) -> Iterator[None]:
    host, port = str(opened.settings["host"]), int(opened.settings["port"])
    try:
        with meeting(host, port, opened.limits.read_seconds):
            yield
    except paramiko.SSHException as error:
        raise CONNECTION_LOST(host=host, reason=str(error) or "it closed") from None


def _digest(raw: bytes) -> str:
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"
