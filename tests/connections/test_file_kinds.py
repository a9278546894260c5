"""What every kind that holds files has to do, on a real server of each."""

import os
from dataclasses import replace

import pytest

from tests.connections.servers import opened
from tresse.connections.files import fetched
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Request
from tresse.kernel.errors import TresseError

NAMES = ("a.csv", "b c;d.csv", "zażółć é 文.csv")
SORTS = ["folder", "drop", "sftp", "ftp", "old ftp", "ftps", "ftps implicit", "s3"]


class There:
    """A connection, and its folder as its owner sees it."""

    def __init__(self, kind, at, folder):
        self.kind, self.at, self.folder = KINDS[kind], at, folder


@pytest.fixture
def there(request, tmp_path):
    """The connection of the sort that the test names."""
    get = request.getfixturevalue
    sort = request.param
    if sort == "folder":
        folder = tmp_path / "files"
        folder.mkdir()
        return There("folder", opened("folder", url=str(folder)), folder)
    if sort == "drop":
        home = tmp_path / "home"
        for side in ("in", "out"):
            (home / "drop" / side).mkdir(parents=True)
        return There("drop", opened("drop", home=home / "connections"), home / "drop" / "in")
    if sort == "sftp":
        server = get("sshd")
        return There("sftp", server.opened(), server.files)
    if sort == "s3":
        return get("bucket")
    make = get("ftpd")
    if sort == "ftp":
        server = make()
    elif sort == "old ftp":
        server = make(lacks=("FEAT", "MLSD", "MLST"))
    else:
        # Only there with pyOpenSSL.
        from pyftpdlib.handlers import TLS_FTPHandler  # noqa: PLC0415

        facts = {"handler": TLS_FTPHandler, "certfile": str(get("authority").file)}
        if sort == "ftps":
            server = make(**facts, tls_control_required=True, tls_data_required=True)
        else:
            server = make(**facts, **_from_the_first_byte(TLS_FTPHandler))
    tls = {} if "ftps" not in sort else {"ca": get("authority").ca}
    if sort == "ftps implicit":
        tls["tls"] = "implicit"
    kind = "ftps" if tls else "ftp"
    return There(kind, server.opened(kind, **tls), server.folder)


def _from_the_first_byte(handler):
    """FTPS as on port 990: pyftpdlib is told to encrypt before it greets."""

    def handle_ssl_established(self):
        handler.handle(self)

    return {
        "handle": lambda self: self.secure_connection(self.ssl_context),
        "handle_ssl_established": handle_ssl_established,
    }


def give(there, name, data):
    """The owner puts a file into the folder."""
    path = there.folder / name
    path.write_bytes(data)
    return path


each_sort = pytest.mark.parametrize("there", SORTS, indirect=True)


@each_sort
def test_reads_the_same_twice(there, tmp_path):
    """S8: a listing and a file are the same each time; S2: each kind reads files."""
    for name in NAMES:
        give(there, name, name.encode() * 1000)
    with there.kind.keeping(there.at) as held:
        first, second = there.kind.listing(held), there.kind.listing(held)
        for seen in first:
            for to in ("one", "two"):
                fetched(there.kind, held, seen, tmp_path / to)
                assert (tmp_path / to).read_bytes() == seen.name.encode() * 1000
            assert there.kind.seen(held, seen.path).size == seen.size

    assert [each.path for each in first] == sorted(NAMES)
    assert first == second
    assert [each.size for each in first] == [len(name.encode()) * 1000 for name in sorted(NAMES)]
    assert all(each.modified_at.utcoffset().total_seconds() == 0 for each in first)


@each_sort
def test_goes_on_within_a_file(there, tmp_path):
    """S94: a file of which a part is here is fetched from there on."""
    data = os.urandom(1_500_000)
    give(there, "a.bin", data)
    (tmp_path / "a").write_bytes(data[:1_000_000])
    there.kind.fetch(there.at, "a.bin", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == data
    give(there, "empty.csv", b"")
    there.kind.fetch(there.at, "empty.csv", tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""


@each_sort
def test_moves_removes_and_replaces_nothing(there, tmp_path):
    """S85: files are moved to a folder that is made; a file that is there stays."""
    kind = there.kind
    give(there, "é 1.csv", b"one")
    kind.move(there.at, "é 1.csv", "done/é 1.csv")
    give(there, "é 1.csv", b"two")

    with pytest.raises(TresseError) as caught:
        kind.move(there.at, "é 1.csv", "done/é 1.csv")
    kind.remove(there.at, "é 1.csv")
    kind.remove(there.at, "é 1.csv")
    kind.fetch(there.at, "done/é 1.csv", tmp_path / "one")

    assert caught.value.code == "file_exists"
    assert kind.listing(there.at) == []
    assert kind.seen(there.at, "é 1.csv") is None
    assert kind.seen(there.at, "done/é 1.csv").size == 3
    assert (tmp_path / "one").read_bytes() == b"one"


@each_sort
def test_writes_whole_files(there, tmp_path):
    """S2: each kind writes files, in place of one of that name; S21: a check leaves none."""
    local = tmp_path / "local"
    for data in (b"first", os.urandom(600_000)):
        local.write_bytes(data)
        there.kind.put(there.at, local, "out/é.csv")
    assert there.kind.check_writing(there.at).ok
    if there.kind.name != "drop":  # which writes elsewhere
        there.kind.fetch(there.at, "out/é.csv", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == data
        assert there.kind.listing(there.at) == []


@each_sort
def test_a_check_says_what_is_seen(there):
    """S20: a check names the files; S21: it changes nothing."""
    for name in NAMES:
        give(there, name, b"x")
    seen = there.kind.check(there.at)
    assert seen.ok
    assert str(seen.message).endswith(": 3.")
    assert [(each.name, each.kind) for each in seen.tables] == [(n, "file") for n in sorted(NAMES)]
    assert len(there.kind.listing(there.at)) == 3


@each_sort
def test_a_file_that_is_gone_and_one_outside_are_refused(there, tmp_path):
    """S5, S22: each refusal has its code."""
    for path, code in (("gone.csv", "file_missing"), ("../a", "outside_folder")):
        with pytest.raises(TresseError) as caught:
            there.kind.fetch(there.at, path, tmp_path / "x")
        assert caught.value.code == code
    for path in ("/etc/passwd", "a\r\nDELE b", "a/../b", "a\0b"):
        with pytest.raises(TresseError) as caught:
            there.kind.remove(there.at, path)
        assert caught.value.code == "outside_folder"


@each_sort
def test_no_secret_is_shown(there):
    """S10: neither `repr` nor a refusal shows a secret."""
    assert not any(value in repr(there.at) for value in there.at.secrets.values())
    wrong = dict.fromkeys(there.at.secrets, "marker-7f3a")
    try:
        said = repr(there.kind.check(replace(there.at, secrets=wrong)))
    except TresseError as error:
        said = f"{error} {error.details!r}"
    assert "marker-7f3a" not in said


@pytest.mark.parametrize("there", ["folder", "sftp", "ftp", "old ftp"], indirect=True)
def test_names_in_an_old_encoding_are_read(there, tmp_path):
    """S82: a name that is no UTF-8 is a file like another."""
    with open(os.path.join(os.fsencode(there.folder), b"ventes_\xe9t\xe9.csv"), "wb") as written:
        written.write(b"latin")
    give(there, "ventes_é.csv", b"utf-8")

    listing = there.kind.listing(there.at)
    found = {}
    for number, seen in enumerate(listing):
        there.kind.fetch(there.at, seen.path, tmp_path / str(number))
        found[seen.path] = (tmp_path / str(number)).read_bytes()
        there.kind.move(there.at, seen.path, f"done/{number}.csv")

    assert sorted(found.values()) == [b"latin", b"utf-8"]
    assert there.kind.listing(there.at) == []


@pytest.mark.parametrize("there", ["sftp"], indirect=True)
def test_links_to_files_are_files(there, tmp_path):
    give(there, "a.csv", b"linked")
    (there.folder / "link.csv").symlink_to("a.csv")
    (there.folder / "nothing.csv").symlink_to("gone")
    (there.folder / "folder.csv").symlink_to("/tmp")  # noqa: S108
    (there.folder / "sub").mkdir()

    assert [(e.path, e.size) for e in there.kind.listing(there.at)] == [
        ("a.csv", 6),
        ("link.csv", 6),
    ]
    there.kind.fetch(there.at, "link.csv", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"linked"


@pytest.mark.parametrize("ask", ["describe", "read"])
def test_files_are_no_tables(tmp_path, ask):
    """S2: who asks a folder for a table is told so."""
    there = opened("folder", url=str(tmp_path))
    with pytest.raises(TresseError) as refused:
        getattr(KINDS["folder"], ask)(there, Request(table="orders"))
    assert refused.value.code == "reads_none"
    assert refused.value.details["value"] == "orders"
