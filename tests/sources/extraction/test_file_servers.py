"""Files of real servers, read into published versions."""

import os

import pytest

from tests.connections.servers import (  # noqa: F401  fixtures
    authority,
    ftpd,
    sshd,
    sshd_of_session,
)
from tests.sources.extraction.conftest import counts, orders, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.connections.changes import add_connection

HEADER = "order_no;total;mail\n"
AT = 1_772_366_400


@pytest.fixture
def connect(db, ada):  # noqa: ARG001  rows of a connection
    """Keeps a connection `till` to a server of these tests."""
    change_settings({"private_addresses": True}, actor=ada)

    def make(kind, at):
        return add_connection(
            name="till",
            kind=kind,
            settings={name: value for name, value in at.settings.items() if value},
            secrets=dict(at.secrets),
            actor=SYSTEM,
        )

    return make


def put(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (AT, AT))
    return path


def pattern(**more):
    return {"files": r"orders_(?P<date>\d{8})\.csv", "format": "csv", "separator": ";", **more}


def test_files_of_an_sftp_server_are_read_and_moved(sshd, connect):  # noqa: F811  a fixture
    """S124: an SFTP server on loopback, from the key that was accepted to files put away."""
    connect("sftp", sshd.opened())
    put(sshd.files, "orders_20260301.csv", HEADER + "1;12.50;é@x.fr\n2;3;\n")
    source = orders(read=pattern(afterwards="move"))
    first = read(source)
    put(sshd.files, "orders_20260302.csv", HEADER + "2;4;b@x.fr\n3;1;\n")

    second = read(source)

    assert (first.state, counts(first)) == ("published", {"read": 2, "new": 2})
    assert counts(second) == {"read": 2, "new": 1, "changed": 1}
    assert sorted(stored(source)) == ["1", "2", "3"]
    assert sorted(each.name for each in sshd.files.iterdir()) == ["done"]
    assert len(list((sshd.files / "done").iterdir())) == 2


def test_files_of_an_ftps_server_are_read_and_deleted(request, connect):
    """S124: an FTPS server whose certificate is of a private authority."""
    tls = pytest.importorskip("pyftpdlib.handlers").TLS_FTPHandler
    own = request.getfixturevalue("authority")
    server = request.getfixturevalue("ftpd")(handler=tls, certfile=str(own.file))
    connect("ftps", server.opened("ftps", ca=own.ca))
    put(server.folder, "orders_20260301.csv", HEADER + "1;12.50;a@x.fr\n2;3;\n")
    source = orders(read=pattern(afterwards="delete"))

    run = read(source)

    assert (run.state, counts(run)) == ("published", {"read": 2, "new": 2})
    assert list(server.folder.iterdir()) == []


def test_a_server_whose_key_changed_fails_the_run(sshd, connect):  # noqa: F811  a fixture
    """S23: nothing is read from a server that shows another key; the run says which."""
    former = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    connect("sftp", sshd.opened(host_key=former))
    put(sshd.files, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n")
    source = orders(read=pattern())

    run = read(source)

    assert (run.state, run.code) == ("failed", "host_key_changed")
    assert source.version is None
