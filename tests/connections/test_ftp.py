"""FTP and FTPS against pyftpdlib: causes of S22, lists of old servers, certificates, breaks."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.connections.servers import PASSWORD, free_port
from tresse.connections.files import fetched
from tresse.connections.kinds.base import Limits
from tresse.connections.kinds.ftp import Ftp, Ftps
from tresse.connections.kinds.ftp_client import instant_of, listed
from tresse.kernel.errors import TresseError

FTP, FTPS = Ftp(), Ftps()
QUICK = Limits(connect_seconds=1, read_seconds=1)


def refused(kind, at):
    with pytest.raises(TresseError) as caught:
        kind.check(at)
    return caught.value


def test_each_cause_has_its_code(ftpd, speaker):
    """S22: name, port, user, folder, time, too many, and what is no FTP server."""
    server = ftpd()
    causes = {
        "host_not_found": server.opened(host="no-such-host.invalid"),
        "connection_refused": server.opened(port=free_port()),
        "login_refused": server.opened(secrets={"password": "wrong"}),
        "folder_missing": server.opened(folder="nowhere"),
        "timeout": server.opened(port=speaker().port, limits=QUICK),
        "answer_unreadable": server.opened(port=speaker(b"SSH-2.0-OpenSSH_9.2\r\n").port),
        "answer_unreadable ": server.opened(port=speaker(b"220-hello\r\n" * 20_000).port),
        "remote_rate_limit": server.opened(port=speaker(b"421 Too many users.\r\n").port),
        "connection_lost": server.opened(port=speaker(hangs_up=True).port),
    }
    found = {code: refused(FTP, at) for code, at in causes.items()}

    assert {code: error.code for code, error in found.items()} == {
        code: code.strip() for code in causes
    }
    assert 'It said: "SSH-2.0-OpenSSH_9.2"' in str(found["answer_unreadable"])
    assert PASSWORD not in str(found["login_refused"])
    assert refused(FTP, replace(server.opened(), allows_private=False)).code == "private_address"


def test_says_what_the_user_may_not_do(ftpd, tmp_path):
    """S22: `permission_missing` names the file."""
    server = ftpd(perm="el")
    (server.folder / "a.csv").write_text("x")
    with pytest.raises(TresseError) as caught:
        FTP.fetch(server.opened(), "a.csv", tmp_path / "a")
    assert caught.value.code == "permission_missing"
    assert str(caught.value) == 'The user "till" may not read "a.csv". Its owner can grant that.'
    for act in (
        lambda: FTP.check_writing(server.opened()),
        lambda: FTP.move(server.opened(), "a.csv", "b.csv"),
        lambda: FTP.remove(server.opened(), "a.csv"),
    ):
        with pytest.raises(TresseError) as caught:
            act()
        assert caught.value.code == "permission_missing"


def test_certificates_are_verified(ftpd, authority):
    """S6: TLS always verifies; a private authority is added by `ca`, and by nothing else."""
    tls = pytest.importorskip("pyftpdlib.handlers").TLS_FTPHandler
    server = ftpd(handler=tls, certfile=str(authority.file))
    error = refused(FTPS, server.opened("ftps"))
    assert error.code == "tls_failed"
    assert 'give that authority\'s certificate as "ca"' in str(error)
    assert FTPS.check(server.opened("ftps", ca=authority.ca)).ok
    other_name = server.opened("ftps", ca=authority.ca, host="localhost")
    assert refused(FTPS, other_name).code == "tls_failed"
    assert refused(FTPS, server.opened("ftps", ca="no certificate")).code == "tls_failed"
    assert not any("verif" in field.name for field in FTPS.fields)


def test_a_server_without_tls_is_not_spoken_to_in_clear(ftpd, authority):
    """S6: `ftps` never falls back to an unencrypted sign-in."""
    server = ftpd()
    for how in ("explicit", "implicit"):
        at = server.opened("ftps", ca=authority.ca, tls=how)
        error = refused(FTPS, replace(at, limits=QUICK))
        assert error.code in {"tls_failed", "timeout"}
    assert "PASS" not in server.commands


def test_a_broken_transfer_goes_on_where_it_stopped(ftpd, tmp_path, monkeypatch):
    """S94: cut twice in 6 MB, the file is whole; each try begins where the last one stopped."""
    monkeypatch.setattr("tresse.connections.files.WAITS", (0, 0, 0, 0))
    server = ftpd()
    data = os.urandom(6_000_000)
    (server.folder / "a.bin").write_bytes(data)
    (seen,) = FTP.listing(server.opened())
    server.breaks = [2_000_000, 2_500_000]

    got = fetched(FTP, server.opened(), seen, tmp_path / "a")

    assert got.local.read_bytes() == data
    assert server.breaks == []
    assert server.commands.count("REST") == 2


def test_a_server_that_cannot_begin_in_the_middle_is_read_from_the_start(ftpd, tmp_path):
    """S94: without REST the beginning comes again and is left out."""
    server = ftpd(lacks=("REST",))
    data = os.urandom(900_000)
    (server.folder / "a.bin").write_bytes(data)
    (tmp_path / "a").write_bytes(data[:500_000])
    FTP.fetch(server.opened(), "a.bin", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == data


@pytest.mark.parametrize("lacks", [("FEAT", "MLSD", "SIZE"), ("FEAT", "LIST"), ("FEAT", "MDTM")])
def test_old_servers_are_listed_too(ftpd, lacks):
    server = ftpd(lacks=lacks)
    (server.folder / "a b.csv").write_text("abc")
    (server.folder / "folder").mkdir()
    if "LIST" in lacks:
        error = refused(FTP, server.opened())
        assert error.code == "remote_failed"
        return
    (seen,) = FTP.listing(server.opened())
    assert (seen.path, seen.size) == ("a b.csv", 3)
    assert FTP.seen(server.opened(), "a b.csv") == seen
    assert FTP.seen(server.opened(), "gone.csv") is None
    FTP.move(server.opened(), "a b.csv", "done/a b.csv")
    (server.folder / "a b.csv").write_text("new")
    with pytest.raises(TresseError, match="already"):
        FTP.move(server.opened(), "a b.csv", "done/a b.csv")
    assert (seen.modified_at is None) == ("MDTM" in lacks)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-rw-r--r--   1 till till     1234 Nov 26 10:00 orders 1.csv", ("orders 1.csv", 1234)),
        ("-rw-r--r--   1 1000 dom users 12 Nov 26  2024 a.csv", ("a.csv", 12)),
        ("-rw-rw-r--+  1 till till 10000000000 Nov 26 10:00 big", ("big", 10_000_000_000)),
        ("drwxr-xr-x   2 till till     4096 Nov 26 10:00 done", ("", 0)),
        ("lrwxrwxrwx   1 till till        5 Nov 26 10:00 l.csv -> a.csv", ("l.csv", -1)),
        ("11-26-26  10:00AM       <DIR>          done", ("", 0)),
        ("11-26-2026  10:00AM            12,345 a b.csv", ("a b.csv", 12345)),
        ("total 12", ("", 0)),
        ("+i8388621.48594,m825718503,r,s280,\tdjb.html", None),
        ("", None),
    ],
)
def test_reads_lines_of_lists(text, found):
    assert listed(text) == found


def test_reads_times_as_utc():
    assert instant_of("20260301120000") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert instant_of("20260301120000.25") == datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)
    assert instant_of("20261301120000") is None
    assert instant_of("") is None


def test_data_comes_from_the_host_that_was_asked(ftpd, tmp_path):
    """S5: a server that names another address for its data is not followed there."""
    server = ftpd(masquerade_address="10.1.2.3")
    (server.folder / "a.csv").write_text("here")
    FTP.fetch(server.opened(), "a.csv", tmp_path / "a")
    assert (tmp_path / "a").read_text() == "here"


def test_many_files_share_one_connection(ftpd, tmp_path):
    server = ftpd()
    for number in range(20):
        (server.folder / f"{number}.csv").write_text(str(number))
    with FTP.keeping(server.opened()) as held:
        for seen in FTP.listing(held):
            fetched(FTP, held, seen, tmp_path / seen.name)
            FTP.move(held, seen.path, f"done/{seen.path}")
    assert server.commands.count("PASS") == 1
    assert len(list((server.folder / "done").iterdir())) == 20


def test_no_more_than_four_connections_to_one_host(ftpd, tmp_path):
    """S6: a fifth connection waits for its turn, and says so when there is none."""
    server = ftpd()
    limits = Limits(slot_seconds=0.3)
    at = replace(server.opened(limits=limits), folder=tmp_path / "connections")
    held = [FTP.keeping(at) for _ in range(5)]
    inside = [each.__enter__() for each in held]
    for each in inside[:4]:
        FTP.listing(each)
    with pytest.raises(TresseError) as caught:
        FTP.listing(inside[4])
    held[0].__exit__(None, None, None)
    assert FTP.listing(at) == []
    for one in held[1:]:
        one.__exit__(None, None, None)
    assert caught.value.code == "remote_rate_limit"
