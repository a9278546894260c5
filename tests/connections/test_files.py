"""Files at rest, files brought here whole, and what becomes of them."""

import hashlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.connections.servers import opened
from tresse.connections.files import done_with, fetched, is_unfinished, put_aside, settled
from tresse.connections.kinds.folder import Folder
from tresse.connections.kinds.sftp import Sftp
from tresse.connections.refusals import CONNECTION_LOST
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError

FOLDER = Folder()


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def there(files):
    return opened("folder", url=str(files))


def old(path, text, minutes=60):
    path.write_text(text)
    at = now().timestamp() - minutes * 60
    os.utime(path, (at, at))
    return path


def listed(there, name):
    return next(each for each in FOLDER.listing(there) if each.name == name)


def test_files_changed_lately_are_listed_twice(there, files):
    """S84: one that grows between two listings, or goes, is left; one at rest is taken."""
    old(files / "old.csv", "x")
    for name in ("still.csv", "grows.csv", "goes.csv"):
        (files / name).write_text("x")
    waits = []

    def wait(seconds):
        waits.append(seconds)
        (files / "grows.csv").write_text("xx")
        (files / "goes.csv").unlink()

    rest, moving = settled(FOLDER, there, FOLDER.listing(there), wait=wait)

    assert [each.name for each in rest] == ["old.csv", "still.csv"]
    assert [each.name for each in moving] == ["goes.csv", "grows.csv"]
    assert waits == [2.0]


def test_files_at_rest_for_a_minute_are_taken_at_once(there, files):
    """S84: a second listing is for files changed within the last minute alone."""
    old(files / "old.csv", "x", minutes=2)

    def never(seconds):
        raise AssertionError(seconds)

    rest, moving = settled(FOLDER, there, FOLDER.listing(there), wait=never)

    assert len(rest) == 1
    assert moving == []


def test_a_clock_that_is_ahead_or_a_server_that_tells_no_time_is_listed_twice(there, files):
    old(files / "ahead.csv", "x", minutes=-30)
    waits: list[float] = []
    settled(FOLDER, there, FOLDER.listing(there), wait=waits.append)
    assert waits == [2.0]
    # Clocks of other machines may be wrong by minutes.
    assert Sftp.settles == timedelta(minutes=15)
    assert FOLDER.settles == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a.csv.part", True),
        ("a.TMP", True),
        ("a.filepart", True),
        ("a.csv.crdownload", True),
        (".a.csv", True),
        ("a.csv", False),
        ("part", False),
        ("a.partial.csv", False),
    ],
)
def test_knows_names_of_unfinished_files(name, is_one):
    """S84: endings that programs give what they still write, and hidden files."""
    assert is_unfinished(name) is is_one


def test_brings_a_file_here_with_its_digest(there, files, tmp_path):
    """S83: the SHA-256 of what was read, once it is here whole."""
    data = os.urandom(700_000)
    (files / "a.bin").write_bytes(data)
    told: list[int] = []

    got = fetched(FOLDER, there, listed(there, "a.bin"), tmp_path / "a", tell=told.append)

    assert got.local.read_bytes() == data
    assert got.size == len(data)
    assert got.sha256 == hashlib.sha256(data).hexdigest()
    assert told[-1] == len(data)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "files"]


def test_a_file_that_changes_while_it_is_read_is_refused(there, files, tmp_path):
    (files / "a.csv").write_text("first")
    before = listed(there, "a.csv")
    (files / "a.csv").write_text("second and longer")

    with pytest.raises(TresseError) as caught:
        fetched(FOLDER, there, before, tmp_path / "a")

    assert caught.value.code == "file_changed"
    assert str(caught.value) == ('"a.csv" changed while it was read. It is left for the next run.')
    assert [each.name for each in tmp_path.iterdir()] == ["files"]


def test_goes_on_where_an_earlier_process_was_killed(there, files, tmp_path):
    """S94: what was brought of the same state of a file is kept; of another state it is not."""
    old(files / "a.csv", "0123456789")
    seen = listed(there, "a.csv")
    asked = []

    class Watched(Folder):
        def fetch(self, opened, path, to):
            asked.append(to.stat().st_size if to.exists() else 0)
            super().fetch(opened, path, to)

    kind = Watched()
    fetched(kind, there, seen, tmp_path / "a")
    part = next(iter(_parts_of(seen, tmp_path)))
    part.write_text("01234")
    other = tmp_path / "a.ffffffffffffffff.part"
    other.write_text("of another state")
    fetched(kind, there, seen, tmp_path / "a")

    assert asked == [0, 5]
    assert (tmp_path / "a").read_text() == "0123456789"
    assert not other.exists()


def _parts_of(seen, folder):
    state = f"{seen.path}\0{seen.size}\0{seen.modified_at}".encode()
    yield folder / f"a.{hashlib.sha256(state).hexdigest()[:16]}.part"


class Failing(Folder):
    """Breaks off so many times, each after some bytes."""

    def __init__(self, times, code=CONNECTION_LOST):
        self.left, self.tries, self.code = times, 0, code

    def fetch(self, opened, path, to):
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.code(host="till", reason="test")
        super().fetch(opened, path, to)


def test_broken_connections_are_tried_five_times(there, files, tmp_path, monkeypatch):
    """S94: four failures are survived, the fifth is not; what is no accident is not tried again."""
    monkeypatch.setattr("tresse.connections.files.WAITS", (0, 0, 0, 0))
    old(files / "a.csv", "x")
    seen = listed(there, "a.csv")

    survives, fails = Failing(4), Failing(5)
    fetched(survives, there, seen, tmp_path / "a")
    with pytest.raises(TresseError, match="broke the connection off"):
        fetched(fails, there, seen, tmp_path / "b")
    (files / "a.csv").unlink()
    gone = Failing(0)
    with pytest.raises(TresseError, match="any more"):
        fetched(gone, there, seen, tmp_path / "c")

    assert (survives.tries, fails.tries, gone.tries) == (5, 5, 1)


class Stuck(Folder):
    """Waits for bytes that never come, until its connection is closed."""

    def __init__(self):
        self.given_up = threading.Event()

    def fetch(self, opened, path, to):  # noqa: ARG002  the kind's own
        self.given_up.wait(30)
        raise CONNECTION_LOST(host="till", reason="closed")

    def give_up(self, held):
        self.given_up.set()
        super().give_up(held)


def test_can_be_cancelled_while_the_server_says_nothing(there, files, tmp_path):
    """S113: whoever waits gives up within a second, and the transfer is made to end."""
    old(files / "a.csv", "x")
    kind = Stuck()
    started = time.monotonic()

    def check():
        if time.monotonic() - started > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetched(kind, there, listed(there, "a.csv"), tmp_path / "a", check=check)

    assert kind.given_up.is_set()
    assert time.monotonic() - started < 2


def test_a_full_disk_here_is_no_fault_of_the_other_side(there, files):
    old(files / "a.csv", "x" * 100_000)
    with pytest.raises(OSError, match="No space left"), FOLDER.keeping(there) as held:
        FOLDER.fetch(held, "a.csv", Path("/dev/full"))


def test_leaves_moves_or_deletes_what_was_read(there, files):
    """S85: leave, move to `done/`, or delete; a marker goes with its file."""
    for name in ("leave.csv", "move.csv", "delete.csv"):
        old(files / name, name)
        (files / f"{name}.done").touch()
    act = {
        what: done_with(FOLDER, there, listed(there, f"{what}.csv"), what, has_marker=True)
        for what in ("leave", "move", "delete")
    }

    assert act == {"leave": "left", "move": "moved", "delete": "deleted"}
    found = sorted(str(each.relative_to(files)) for each in files.rglob("*") if each.is_file())
    assert found == ["done/move.csv", "leave.csv", "leave.csv.done"]


def test_a_file_that_came_after_what_was_read_is_left(there, files):
    """S85: what was not read yet is neither moved nor deleted."""
    old(files / "a.csv", "first")
    seen = listed(there, "a.csv")
    (files / "a.csv").write_text("newer")

    assert done_with(FOLDER, there, seen, "delete") == "left"
    assert done_with(FOLDER, there, seen, "move") == "left"
    assert (files / "a.csv").read_text() == "newer"


def test_a_name_that_is_taken_in_done_gets_a_time(there, files):
    """S85: yesterday's file of the same name stays."""
    paths = []
    for text in ("one", "two", "three"):
        (files / "a.csv.gz").write_text(text)
        paths.append(put_aside(FOLDER, there, "a.csv.gz"))

    assert paths[0] == "done/a.csv.gz"
    assert all(path.startswith("done/a.2") and path.endswith(".csv.gz") for path in paths[1:])
    assert [(files / path).read_text() for path in paths] == ["one", "two", "three"]


def test_moving_what_is_gone_says_so(there, files):
    """S85: a move that fails is a sentence; the file stands where it was."""
    old(files / "a.csv", "x")
    seen = listed(there, "a.csv")
    (files / "a.csv").unlink()
    with pytest.raises(TresseError, match=r'has no file "a.csv" any more'):
        done_with(FOLDER, there, seen, "move")
    assert done_with(FOLDER, there, seen, "delete") == "deleted"
