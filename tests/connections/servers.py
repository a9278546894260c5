"""Real servers of files on loopback: OpenSSH, FTP with and without TLS; and lines that break."""

import contextlib
import datetime
import ipaddress
import logging
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Limits, Opened

with warnings.catch_warnings():  # it stands on modules that Python 3.12 has no more
    warnings.simplefilter("ignore")
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer

ROOT = Path(__file__).parents[2]
PASSWORD = "pass wörd"  # noqa: S105  of servers on loopback


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


USUAL = Limits()


def reaches(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def run(*command, **variables):
    """Run a program to its end; what it said."""
    return subprocess.run(  # noqa: S603  programs of these tests
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


def opened(kind, *, secrets=None, home=None, limits=USUAL, **settings):
    """A connection to a server of these tests."""
    fields = {each.name: each.default for each in KINDS[kind].fields}
    return Opened(
        name="till",
        kind=kind,
        settings={**fields, **settings},
        secrets=secrets or {},
        allows_private=True,
        folder=home,
        limits=limits,
    )


class Sshd:
    """OpenSSH by `scripts/sftp.sh`, in a folder and on a port of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.start()

    def _run(self, *arguments):
        where = {"TRESSE_SFTP_PORT": str(self.port), "TRESSE_SFTP_DIR": str(self.folder)}
        return run(ROOT / "scripts" / "sftp.sh", *arguments, **where)

    def start(self):
        said = self._run()
        if said.returncode:
            pytest.skip(said.stderr.strip().splitlines()[-1])
        self.user = said.stdout.removeprefix("sftp://").partition("@")[0]

    def stop(self):
        self._run("stop")
        until = time.monotonic() + 5
        while (self.folder / "pid").exists() and time.monotonic() < until:
            time.sleep(0.02)

    def signal(self, number):
        """Send a signal to the processes that serve its callers now."""
        left = _children(int((self.folder / "pid").read_text()))
        while left:
            pid = left.pop()
            left += _children(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def has_new_key(self):
        """Stop, take other host keys, start."""
        self.stop()
        for each in self.folder.glob("host_*"):
            each.unlink()
        self.start()

    @property
    def files(self):
        return self.folder / "home" / "files"

    @property
    def password(self):
        found = self.folder / "password"
        return found.read_text().strip() if found.exists() else ""

    @property
    def key(self):
        return (self.folder / "id").read_text()

    def host_key(self, sort="ed25519"):
        return " ".join((self.folder / f"host_{sort}.pub").read_text().split()[:2])

    def opened(self, *, by="key", **more):
        secrets = more.pop("secrets", None)
        if secrets is None:
            secrets = {"private_key": self.key} if by == "key" else {"password": self.password}
        settings = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "folder": "files",
            "host_key": self.host_key(),
        }
        return opened("sftp", secrets=secrets, **{**settings, **more})


def _children(pid):
    with contextlib.suppress(FileNotFoundError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@contextlib.contextmanager
def own_sshd():
    """A server of its own, in a folder that its user can come through (pytest's own is closed)."""
    with tempfile.TemporaryDirectory(prefix="tresse-sshd-", dir="/var/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        server = Sshd(folder)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def sshd_of_session():
    with own_sshd() as server:
        yield server


@pytest.fixture
def sshd(sshd_of_session):
    """A running server whose folder is empty."""
    shutil.rmtree(sshd_of_session.files)
    sshd_of_session.files.mkdir()
    if os.getuid() == 0:
        shutil.chown(sshd_of_session.files, sshd_of_session.user)
    return sshd_of_session


class Breaking(DTPHandler):  # type: ignore[misc]
    """Hangs up once after so many bytes, as often as it is told."""

    def initiate_send(self):
        sent = super().initiate_send()
        server = self.cmd_channel.server.owner
        if server.breaks and self.tot_bytes_sent >= server.breaks[0]:
            server.breaks.pop(0)
            self.close()
            self.cmd_channel.close()
        return sent


class FtpServer:
    """pyftpdlib on loopback. `breaks`: bytes after which each next transfer is cut off."""

    def __init__(self, folder, *, handler=FTPHandler, perm="elradfmwMT", lacks=(), **facts):
        self.folder = folder
        self.breaks = []
        self.commands: list[str] = []
        owner = self
        authorizer = DummyAuthorizer()
        authorizer.add_user("till", PASSWORD, str(folder), perm=perm)

        class Mixed(FTPHandler):  # type: ignore[misc]
            def ftp_FEAT(self, line):  # noqa: N802
                if "FEAT" in lacks:
                    return self.respond("500 No such command.")
                return super().ftp_FEAT(line)

            def pre_process_command(self, line, cmd, arg):
                owner.commands.append(cmd)
                if cmd in lacks:
                    return self.respond(f"502 {cmd} is not implemented.")
                return super().pre_process_command(line, cmd, arg)

        usual = {
            "authorizer": authorizer,
            "auth_failed_timeout": 0,
            "use_sendfile": False,
            "unicode_errors": "surrogateescape",
            **({"dtp_handler": Breaking} if handler is FTPHandler else {}),
        }
        made = type("Handler", (Mixed, handler), {**usual, **facts})
        logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL + 1)
        self.server = ThreadedFTPServer(("127.0.0.1", 0), made)
        self.server.owner = self
        self.port = self.server.address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self):
        self.server.close_all()
        self._thread.join(5)

    def opened(self, kind="ftp", **more):
        settings = {"host": "127.0.0.1", "port": self.port, "user": "till"}
        secrets = more.pop("secrets", {"password": PASSWORD})
        return opened(kind, secrets=secrets, **{**settings, **more})


@pytest.fixture
def ftpd(tmp_path):
    """Makes FTP servers of a folder `files`."""
    folder = tmp_path / "files"
    folder.mkdir()
    servers = []

    def make(**facts):
        servers.append(FtpServer(folder, **facts))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


class Authority:
    """A private authority, and a certificate of it for this machine."""

    def __init__(self, folder):
        own = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tresse tests")])
        ca = self._certificate(name, name, own, own, is_authority=True)
        self.ca = ca.public_bytes(serialization.Encoding.PEM).decode()
        key = ec.generate_private_key(ec.SECP256R1())
        host = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        certificate = self._certificate(host, name, key, own, is_authority=False)
        self.file = folder / "server.pem"
        self.file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )

    @staticmethod
    def _certificate(subject, issuer, key, signer, *, is_authority):
        at = datetime.datetime.now(datetime.UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - datetime.timedelta(days=1))
            .not_valid_after(at + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if not is_authority:
            made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return made.sign(signer, hashes.SHA256())


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class Line:
    """A TCP line to a server, cut after so many bytes from it; `cuts`: one for each call."""

    def __init__(self, port, cuts=()):
        self.cuts = list(cuts)
        self.calls = 0
        self._to = port
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port = self._listens.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listens.accept()
                self.calls += 1
                far = socket.create_connection(("127.0.0.1", self._to))
                left = self.cuts.pop(0) if self.cuts else None
                threading.Thread(target=_carry, args=(near, far, None), daemon=True).start()
                threading.Thread(target=_carry, args=(far, near, left), daemon=True).start()

    def close(self):
        self._listens.close()


def _carry(source, target, left):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            if left is not None:
                left -= len(data)
                if left <= 0:
                    break
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


class Speaker:
    """Says some bytes to whoever comes, or nothing, and hears what it is told."""

    def __init__(self, says=b"", *, hangs_up=False):
        self._says, self._hangs_up = says, hangs_up
        self._kept = []
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port = self._listens.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listens.accept()
                near.sendall(self._says)
                if self._hangs_up:
                    near.close()
                else:
                    self._kept.append(near)

    def close(self):
        for each in (*self._kept, self._listens):
            each.close()


@pytest.fixture
def speaker():
    """Makes servers that speak something else."""
    made = []

    def make(says=b"", **more):
        made.append(Speaker(says, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def line():
    """Makes lines that break."""
    made = []

    def make(port, *cuts):
        made.append(Line(port, cuts))
        return made[-1]

    yield make
    for each in made:
        each.close()
