"""Folders of this machine: what is listed, what is not followed, what is moved and written."""

import os
import threading
from datetime import UTC, datetime

import pytest

from tests.connections.servers import opened
from tresse.connections.kinds.folder import Drop, Folder
from tresse.kernel.errors import TresseError

FOLDER, DROP = Folder(), Drop()
AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)


@pytest.fixture
def there(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return opened("folder", url=str(folder))


@pytest.fixture
def files(tmp_path, there):  # noqa: ARG001  which makes it
    return tmp_path / "files"


def write(path, text, at=None):
    path.write_text(text)
    if at:
        os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def refused(call, *arguments):
    with pytest.raises(TresseError) as caught:
        call(*arguments)
    return caught.value


def test_lists_the_regular_files_of_the_folder_itself(there, files):
    write(files / "a.csv", "one", AT)
    write(files / "Ünïcode 文.csv", "")
    (files / "done").mkdir()
    write(files / "done" / "old.csv", "x")
    os.mkfifo(files / "pipe.csv")

    listing = FOLDER.listing(there)

    assert [(each.path, each.size) for each in listing] == [("a.csv", 3), ("Ünïcode 文.csv", 0)]
    assert listing[0].modified_at == AT
    assert FOLDER.seen(there, "a.csv") == listing[0]
    assert FOLDER.seen(there, "gone.csv") is None
    assert FOLDER.seen(there, "pipe.csv") is None


def test_links_that_leave_the_folder_are_not_followed(there, files, tmp_path):
    """S5: links inside are files; one that leaves is left out, said, and refused by name."""
    write(files / "a.csv", "inside")
    secret = write(tmp_path / "secret.txt", "outside")
    (files / "near.csv").symlink_to("a.csv")
    (files / "far.csv").symlink_to(secret)
    (files / "deep").symlink_to(tmp_path)
    (files / "nothing.csv").symlink_to("gone")

    seen = FOLDER.check(there)

    assert [each.path for each in FOLDER.listing(there)] == ["a.csv", "near.csv"]
    assert [str(each) for each in seen.warnings] == [
        'The link "deep" leads out of the folder and is not followed.',
        'The link "far.csv" leads out of the folder and is not followed.',
    ]
    for path in ("far.csv", "deep/secret.txt", "../secret.txt", "/etc/passwd", "", "a/../../b"):
        for act in (
            lambda path=path: FOLDER.fetch(there, path, tmp_path / "here"),
            lambda path=path: FOLDER.seen(there, path),
        ):
            assert refused(act).code == "outside_folder"
    for path in ("deep/secret.txt", "../secret.txt"):
        for act in (
            lambda path=path: FOLDER.remove(there, path),
            lambda path=path: FOLDER.move(there, path, "b.csv"),
            lambda path=path: FOLDER.move(there, "a.csv", path),
            lambda path=path: FOLDER.put(there, files / "a.csv", path),
        ):
            assert refused(act).code == "outside_folder"
    assert secret.read_text() == "outside"


def test_the_folder_is_an_absolute_path_without_dots(tmp_path):
    """S5: a relative path, one with `..` and one that is no folder are refused by name."""
    (tmp_path / "file").write_text("")
    codes = {
        "data": "wrong_value",
        "ftp://host/x": "wrong_value",
        "/srv/../etc": "outside_folder",
        "/a\0b": "wrong_value",
        str(tmp_path / "gone"): "folder_missing",
        str(tmp_path / "file"): "folder_missing",
    }

    found = {url: refused(FOLDER.check, opened("folder", url=url)) for url in codes}

    assert {url: error.code for url, error in found.items()} == codes
    assert str(found["data"]) == (
        "url needs an absolute path, or an address that begins with s3://, gs://, abfs://, "
        'not "data".'
    )
    missing = str(tmp_path / "gone")
    assert str(found[missing]) == f'This machine has no folder "{missing}".'


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_says_what_may_not_be_read(there, files):
    write(files / "a.csv", "x").chmod(0)
    assert refused(FOLDER.fetch, there, "a.csv", files / "b").code == "permission_missing"


def test_a_pipe_is_no_file_and_nobody_waits_for_it(there, files, tmp_path):
    os.mkfifo(files / "pipe.csv")
    assert refused(FOLDER.fetch, there, "pipe.csv", tmp_path / "here").code == "file_missing"


def test_moves_where_nothing_is_and_replaces_nothing(there, files):
    """S85: a move makes its folder and never writes over a file."""
    write(files / "a.csv", "new")
    FOLDER.move(there, "a.csv", "done/a.csv")
    write(files / "a.csv", "newer")

    error = refused(FOLDER.move, there, "a.csv", "done/a.csv")

    assert error.code == "file_exists"
    assert (files / "done" / "a.csv").read_text() == "new"
    assert (files / "a.csv").read_text() == "newer"
    assert refused(FOLDER.move, there, "gone.csv", "done/b.csv").code == "file_missing"


def test_a_move_to_another_disk_is_a_copy(there, files, monkeypatch):
    write(files / "a.csv", "new", AT)

    def other_disk(*_arguments, **_more):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_disk)
    FOLDER.move(there, "a.csv", "done/a.csv")
    write(files / "a.csv", "newer")

    assert refused(FOLDER.move, there, "a.csv", "done/a.csv").code == "file_exists"
    assert (files / "done" / "a.csv").read_text() == "new"
    moved = FOLDER.seen(there, "done/a.csv")
    assert moved is not None
    assert moved.modified_at == AT


def test_writes_a_file_in_one_step(there, files, tmp_path):
    local = write(tmp_path / "local", "all of it")
    write(files / "out.csv", "before")

    FOLDER.put(there, local, "out.csv")
    FOLDER.put(there, local, "new/out.csv")

    assert (files / "out.csv").read_text() == "all of it"
    assert (files / "new" / "out.csv").read_text() == "all of it"
    assert sorted(each.name for each in files.iterdir()) == ["new", "out.csv"]


def test_reads_names_that_are_no_utf8(there, files, tmp_path):
    name = os.path.join(os.fsencode(files), b"caf\xe9.csv")
    with open(name, "wb") as written:
        written.write(b"latin")

    (seen,) = FOLDER.listing(there)
    FOLDER.fetch(there, seen.path, tmp_path / "here")
    FOLDER.move(there, seen.path, f"done/{seen.path}")

    assert seen.path == r"caf\xe9.csv"
    assert (tmp_path / "here").read_text() == "latin"
    assert not os.path.exists(name)


def test_check_writing_leaves_nothing(there, files):
    """S21: checking writing makes one file of its own and removes it; a check never writes."""
    assert FOLDER.check(there).ok
    assert FOLDER.check_writing(there).ok
    assert list(files.iterdir()) == []


def test_drop_reads_in_and_writes_out_of_the_home(tmp_path):
    """S2a: `drop` has the folders `in` and `out` inside the home, wherever that lies."""
    home = tmp_path / "home"
    there = opened("drop", home=home / "connections")

    assert DROP.check(there).ok
    write(home / "drop" / "in" / "a.csv", "here")
    DROP.put(there, home / "drop" / "in" / "a.csv", "b.csv")

    assert [each.path for each in DROP.listing(there)] == ["a.csv"]
    assert (home / "drop" / "out" / "b.csv").read_text() == "here"
    assert DROP.check_writing(there).ok
    assert DROP.fields == ()
    DROP.move(there, "a.csv", "done/a.csv")
    assert (home / "drop" / "in" / "done" / "a.csv").exists()


def test_many_files_are_listed_at_once(there, files):
    for number in range(2_000):
        (files / f"{number}.csv").touch()

    listing = FOLDER.listing(there)
    seen = FOLDER.check(there)

    assert len(listing) == 2_000
    assert len(seen.tables) == 200
    assert str(seen.message) == f"Files seen in {files}: 2000."


def test_a_file_that_goes_while_the_folder_is_listed_is_no_error(there, files):
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            write(files / "a.csv", "x")
            (files / "a.csv").unlink()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(200):
            FOLDER.listing(there)
    finally:
        stop.set()
        thread.join()
