"""FTP and FTPS against vsftpd: no MLSD, and data only where the TLS session goes on."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.connections.servers import free_port, opened, reaches
from tresse.connections.files import done_with, fetched
from tresse.connections.kinds.ftp import Ftp, Ftps
from tresse.kernel.errors import TresseError

WRONG = "not the password"
PROGRAM = Path("/usr/sbin/vsftpd")
CONFIG = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=NO
local_enable=YES
write_enable=YES
local_root={folder}/files
secure_chroot_dir={folder}/empty
pam_service_name=other
check_shell=NO
pasv_address=10.1.2.3
vsftpd_log_file={folder}/log
ssl_enable={tls}
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
force_local_logins_ssl={tls}
force_local_data_ssl={tls}
require_ssl_reuse=YES
ssl_ciphers=HIGH
seccomp_sandbox=NO
"""


class Vsftpd:
    def __init__(self, folder, user, password, authority, *, tls):
        self.port = free_port()
        self.files = folder / "files"
        self.user, self.password = user, password
        self.files.mkdir()
        (folder / "empty").mkdir()
        shutil.chown(self.files, user)
        config = folder / "vsftpd.conf"
        text = CONFIG.format(
            port=self.port, folder=folder, certificate=authority.file, tls="YES" if tls else "NO"
        )
        config.write_text(text)
        self.kind: Ftp = Ftps() if tls else Ftp()
        self.at = self.opened(self.kind.name, **({"ca": authority.ca} if tls else {}))
        self.process = subprocess.Popen(  # noqa: S603  a program of these tests
            [PROGRAM, config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + 5
        while not reaches(self.port) and time.monotonic() < until:
            time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.communicate()

    def opened(self, kind, **more):
        secrets = {"password": more.pop("password", self.password)}
        settings = {"host": "127.0.0.1", "port": self.port, "user": self.user}
        return opened(kind, secrets=secrets, **{**settings, **more})


@pytest.fixture(params=["ftp", "ftps"])
def there(request, authority, sshd_of_session):
    """A server, and the kind and settings that reach it."""
    if not PROGRAM.exists() or os.getuid() != 0:
        pytest.skip("vsftpd is not installed (scripts/vsftpd.sh), or root does not run it")
    tls = request.param == "ftps"
    with contextlib.ExitStack() as stack:
        user = sshd_of_session  # the same user signs in to both
        made = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="tresse-vsftpd-", dir="/var/tmp")
        )
        folder = Path(made)
        folder.chmod(0o755)
        server = Vsftpd(folder, user.user, user.password, authority, tls=tls)
        stack.callback(server.stop)
        yield server


def test_reads_moves_writes_and_removes(there, tmp_path):
    """S2, S82, S85: an old server does all that a new one does, with times to the second."""
    data = os.urandom(3_000_000)
    (there.files / "a b é.bin").write_bytes(data)
    os.utime(there.files / "a b é.bin", (1_772_366_400, 1_772_366_400))
    (there.files / "folder").mkdir()
    (there.files / "link.csv").symlink_to("a b é.bin")

    with there.kind.keeping(there.at) as held:
        listing = there.kind.listing(held)
        first = listing[0]
        got = fetched(there.kind, held, first, tmp_path / "a")
        (tmp_path / "b").write_bytes(data[:1_000_000])
        there.kind.fetch(held, first.path, tmp_path / "b")
        there.kind.put(held, tmp_path / "a", "out.bin")
        moved = done_with(there.kind, held, first, "move")

    assert [(each.path, each.size) for each in listing] == [
        ("a b é.bin", 3_000_000),
        ("link.csv", 3_000_000),
    ]
    assert first.modified_at.isoformat() == "2026-03-01T12:00:00+00:00"
    assert got.local.read_bytes() == (tmp_path / "b").read_bytes() == data
    assert moved == "moved"
    assert (there.files / "out.bin").read_bytes() == data
    assert (there.files / "done" / "a b é.bin").exists()
    there.kind.remove(there.at, "out.bin")
    assert not (there.files / "out.bin").exists()
    assert there.kind.check_writing(there.at).ok


def test_each_cause_has_its_code(there):
    """S22: sign-in, folder and rights, in the words of another server."""
    cases = {
        "login_refused": there.opened(there.kind.name, password=WRONG, ca=_ca(there)),
        "folder_missing": there.opened(there.kind.name, folder="nowhere", ca=_ca(there)),
    }
    for code, at in cases.items():
        with pytest.raises(TresseError) as caught:
            there.kind.check(at)
        assert caught.value.code == code
    shutil.chown(there.files, "root")
    there.files.chmod(0o755)
    with pytest.raises(TresseError) as caught:
        there.kind.check_writing(there.at)
    assert caught.value.code == "permission_missing"


def _ca(there):
    return there.at.settings.get("ca", "")
