"""SFTP against OpenSSH: keys of the server, signing in, causes of S22, broken transfers."""

import io
import os
import signal
import time
from dataclasses import replace

import paramiko
import pytest

from tests.connections.servers import free_port, own_sshd, run
from tresse.accounts.changes import change_settings
from tresse.connections.changes import accept_host_key, add_connection, check_connection
from tresse.connections.files import fetched
from tresse.connections.kinds.base import Limits
from tresse.connections.kinds.sftp import Sftp
from tresse.connections.kinds.ssh import host_key
from tresse.kernel.errors import TresseError

SFTP = Sftp()
QUICK = Limits(connect_seconds=1, read_seconds=1)


def refused(at):
    with pytest.raises(TresseError) as caught:
        SFTP.check(at)
    return caught.value


def print_of(text):
    found = host_key(text)
    assert found is not None
    return found.fingerprint


def test_nothing_is_read_before_the_key_is_accepted(sshd):
    """S23: the first check shows the server's key and its fingerprint."""
    error = refused(sshd.opened(host_key=""))

    assert error.code == "host_key_unknown"
    assert error.details["key"] == sshd.host_key()
    shown = run("ssh-keygen", "-lf", sshd.folder / "host_ed25519.pub")
    assert error.details["fingerprint"] in shown.stdout
    assert str(error).startswith("127.0.0.1 shows the key SHA256:")
    assert SFTP.check(sshd.opened(host_key=error.details["key"])).ok


@pytest.mark.parametrize("sort", ["ed25519", "ecdsa", "rsa"])
def test_any_key_of_the_server_is_accepted_in_any_form(sshd, sort):
    """S23: a public key, a line of known_hosts, or a fingerprint, of whichever of its keys."""
    key = sshd.host_key(sort)
    for text in (key, f"{key} root@shop", f"[127.0.0.1]:2222 {key}", print_of(key)):
        assert SFTP.check(sshd.opened(host_key=text)).ok


def test_another_key_is_refused_until_it_is_accepted():
    """S23: after the server changed its key, nothing is read; the sentence shows both."""
    with own_sshd() as server:
        former = server.host_key()
        server.has_new_key()
        error = refused(server.opened(host_key=former))
        by_print = refused(server.opened(host_key=print_of(former)))
        shown = server.host_key()

    assert error.code == by_print.code == "host_key_changed"
    assert error.details["key"] == shown
    assert error.details["former"] == print_of(former)
    assert "Nothing is read until you accept the new key." in str(error)


@pytest.mark.parametrize("text", ["SHA1:abc def", "ssh-ed25519", "ssh-ed25519 ???", "hello"])
def test_a_host_key_that_is_none_is_refused(sshd, text):
    assert refused(sshd.opened(host_key=text)).code == "wrong_value"


@pytest.mark.skipif(os.getuid() != 0, reason="only root's server lets a user in by password")
def test_signs_in_by_password(sshd):
    assert SFTP.check(sshd.opened(by="password")).ok
    # A key the server does not know, and the password that it does.
    other = _new_key()
    both = {"private_key": other, "password": sshd.password}
    assert SFTP.check(sshd.opened(secrets=both)).ok


def _new_key(passphrase=None):
    key = paramiko.ECDSAKey.generate()
    text = io.StringIO()
    key.write_private_key(text, password=passphrase)
    return text.getvalue()


def test_who_is_not_let_in_is_told_so(sshd):
    """S22: `login_refused` for a wrong password, an unknown user and an unknown key."""
    wrong = [
        sshd.opened(secrets={"password": "wrong"}),
        sshd.opened(user="nobody-here"),
        sshd.opened(secrets={"private_key": _new_key()}),
    ]
    for at in wrong:
        error = refused(at)
        assert error.code == "login_refused"
        assert error.status == 422
        assert "does not let the user" in str(error)


def test_a_private_key_that_cannot_be_read_is_refused_before_anything_is_reached(sshd):
    cases = {
        "needs the passphrase": {"private_key": _new_key("secret-phrase")},
        "needs a private key in OpenSSH or PEM form": {"private_key": "rubbish"},
        "needs the passphrase of": {
            "private_key": _new_key("secret-phrase"),
            "passphrase": "other",
        },
        'needs the setting "password"': {"password": ""},
    }
    for words, secrets in cases.items():
        error = refused(sshd.opened(secrets=secrets, port=1))
        assert words in str(error)
        assert "secret-phrase" not in str(error)


def test_a_key_with_its_passphrase_signs_in(sshd):
    copy = sshd.folder / "copy"
    copy.write_text(sshd.key)
    copy.chmod(0o600)
    run("ssh-keygen", "-q", "-p", "-N", "long phrase", "-f", copy)
    text = copy.read_text()
    assert text != sshd.key
    secrets = {"private_key": text, "passphrase": "long phrase"}
    assert SFTP.check(sshd.opened(secrets=secrets)).ok


def test_each_cause_has_its_code(sshd, speaker):
    """S22: name, port, folder, rights, time, and what is no SSH server."""
    causes = {
        "host_not_found": sshd.opened(host="no-such-host.invalid"),
        "connection_refused": sshd.opened(port=free_port()),
        "folder_missing": sshd.opened(folder="nowhere"),
        "timeout": sshd.opened(port=speaker().port, limits=QUICK),
        "answer_unreadable": sshd.opened(port=speaker(b"220 FTP ready\r\n", hangs_up=True).port),
        "remote_rate_limit": sshd.opened(
            port=speaker(b"Exceeded MaxStartups\r\n", hangs_up=True).port
        ),
        "connection_lost": sshd.opened(port=speaker(hangs_up=True).port),
    }
    for code, at in causes.items():
        assert refused(at).code == code
    assert 'It said: "220 FTP ready"' in str(refused(causes["answer_unreadable"]))
    a_file = sshd.opened(folder="../files/a")
    (sshd.files / "a").write_text("no folder")
    assert refused(a_file).code == "folder_missing"


@pytest.mark.skipif(os.getuid() != 0, reason="the user owns the folder")
def test_says_what_the_user_may_not_do(sshd, tmp_path):
    """S22: `permission_missing` names the folder or file."""
    (sshd.files / "a.csv").write_text("x")
    (sshd.files / "a.csv").chmod(0o600)
    with pytest.raises(TresseError) as caught:
        SFTP.fetch(sshd.opened(), "a.csv", tmp_path / "a")
    assert caught.value.code == "permission_missing"
    assert '"a.csv"' in str(caught.value)
    sshd.files.chmod(0o755)
    os.chown(sshd.files, 0, 0)
    with pytest.raises(TresseError) as caught:
        SFTP.check_writing(sshd.opened())
    assert caught.value.code == "permission_missing"
    sshd.files.chmod(0o700)
    assert refused(sshd.opened()).code == "permission_missing"


def test_private_addresses_need_an_administrator(sshd):
    at = sshd.opened()
    assert refused(replace(at, allows_private=False)).code == "private_address"


def test_a_broken_transfer_goes_on_where_it_stopped(sshd, line, tmp_path, monkeypatch):
    """S94: a line that is cut twice in 6 MB is tried again, from the byte that was reached."""
    monkeypatch.setattr("tresse.connections.files.WAITS", (0, 0, 0, 0))
    data = os.urandom(6_000_000)
    (sshd.files / "a.bin").write_bytes(data)
    cut = line(sshd.port, 2_000_000, 2_500_000)
    at = sshd.opened(port=cut.port)
    (seen,) = SFTP.listing(sshd.opened())

    got = fetched(SFTP, at, seen, tmp_path / "a")

    assert got.local.read_bytes() == data
    assert cut.calls == 3


def test_a_server_that_is_killed_in_mid_file_is_tried_again(sshd, tmp_path, monkeypatch):
    """S125: the server's process for us is killed; the file is whole in the end."""
    monkeypatch.setattr("tresse.connections.files.WAITS", (0, 0, 0, 0))
    data = os.urandom(30_000_000)
    (sshd.files / "a.bin").write_bytes(data)
    (seen,) = SFTP.listing(sshd.opened())
    killed: list[int] = []

    def tell(size):
        if size > 1_000_000 and not killed:
            killed.append(size)
            sshd.signal(signal.SIGKILL)

    got = fetched(SFTP, sshd.opened(), seen, tmp_path / "a", tell=tell)

    assert killed
    assert got.local.read_bytes() == data


def test_many_files_share_one_connection(sshd, line, tmp_path):
    for number in range(20):
        (sshd.files / f"{number}.csv").write_text(str(number))
    counted = line(sshd.port)
    with SFTP.keeping(sshd.opened(port=counted.port)) as held:
        for seen in SFTP.listing(held):
            fetched(SFTP, held, seen, tmp_path / seen.name)
            SFTP.move(held, seen.path, f"done/{seen.path}")

    assert counted.calls == 1
    assert len(list((sshd.files / "done").iterdir())) == 20


def test_a_transfer_that_hangs_is_given_up_at_once(sshd, tmp_path):
    """S113: cancelling takes effect while the server says nothing."""
    with (sshd.files / "a.bin").open("wb") as written:
        written.truncate(300_000_000)
    (seen,) = SFTP.listing(sshd.opened())
    started = time.monotonic()

    def check():
        sshd.signal(signal.SIGSTOP)
        if time.monotonic() - started > 1:
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            fetched(SFTP, sshd.opened(), seen, tmp_path / "a", check=check)
        assert time.monotonic() - started < 3
    finally:
        sshd.signal(signal.SIGCONT)


@pytest.mark.django_db
def test_a_person_accepts_the_key_once(sshd, ada):
    """S23: a check offers the key, a person accepts it, and from then on the check is good."""
    change_settings({"private_addresses": True}, actor=ada)
    settings = {"host": "127.0.0.1", "port": sshd.port, "user": sshd.user, "folder": "files"}
    row = add_connection(
        name="erp",
        kind="sftp",
        settings=settings,
        secrets={"private_key": sshd.key},
        actor=ada,
    )

    first = check_connection(row, actor=ada)
    accepted = accept_host_key(row, actor=ada)
    second = check_connection(accepted, actor=ada)

    assert (first.ok, first.code, first.host_key) == (False, "host_key_unknown", sshd.host_key())
    assert accepted.settings["host_key"] == sshd.host_key()
    assert second.ok
    assert sshd.key not in repr(second)
    with pytest.raises(TresseError, match="has shown no key to accept"):
        accept_host_key(accepted, actor=ada)
