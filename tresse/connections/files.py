"""Files of a connection: which are settled, bringing one here whole, what becomes of it then.

Whoever reads a family of files lists it (`kind.listing`), leaves what is not `settled`, brings each
file here by `fetched`, and after what was in it is safe gives it to `done_with`.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeVar

from tresse.connections.kinds.base import FileKind, FileSeen, Opened
from tresse.connections.refusals import FILE_CHANGED, FILE_EXISTS, PASSING
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError

PAUSE_SECONDS = 2.0
"Between the two listings of S84."
WAITS = (1.0, 2.0, 4.0, 8.0)
"Between the five tries of S94."
TRIED_AGAIN = PASSING | {"remote_failed"}
GROWN = 1_000_000
"Bytes that a try has to bring so that those before it no longer count."
LOOK_SECONDS = 0.25
DONE = "done"
"The folder that files are moved to (S85)."
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
"Endings of names that files have while they are written (S84)."
PACKED = {".gz", ".bz2", ".zip", ".zst"}
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was brought here, whole."""

    local: Path
    size: int
    sha256: str


def is_unfinished(name: str) -> bool:
    """Whether a name says that the file is hidden or still being written (S84)."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def settled(
    kind: FileKind,
    opened: Opened,
    files: Iterable[FileSeen],
    *,
    at: datetime | None = None,
    wait: Callable[[float], None] = time.sleep,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[FileSeen], list[FileSeen]]:
    """Tell files at rest from those that someone writes, or may write (S84).

    A file changed lately, or of whose time nothing is known, is listed twice, 2 s apart; it is not
    at rest if its size or time differ, or if it is gone.

    Args:
        kind: Of the connection.
        opened: The connection.
        files: As they were listed just now.
        at: The time it is; now.
        wait: Waits so many seconds.
        check: As of `fetched`.

    Returns:
        Those at rest and those that are not, each in the order given.
    """
    given = list(files)
    since = (at or now()) - kind.settles
    fresh = {each.path for each in given if not each.modified_at or each.modified_at > since}
    if not fresh:
        return given, []
    wait(PAUSE_SECONDS)
    again = {each.path: each for each in listed(kind, opened, check)}
    moving = {each.path for each in given if each.path in fresh and again.get(each.path) != each}
    return (
        [each for each in given if each.path not in moving],
        [each for each in given if each.path in moving],
    )


def fetched(
    kind: FileKind,
    opened: Opened,
    file: FileSeen,
    to: Path,
    *,
    check: Callable[[], None] = lambda: None,
    tell: Callable[[int], None] = lambda _size: None,
) -> Fetched:
    """Bring a file here, whole and as it was listed.

    What breaks off is tried 5 times and goes on where it stopped; what an earlier process brought
    of the same file is gone on with too. A file that changed meanwhile is refused.

    Args:
        kind: Of the connection.
        opened: The connection; of `kind.keeping`, if many files follow each other.
        file: As it was listed.
        to: Where it is to lie; its folder exists.
        check: Asked at least every half second, on this thread; raises to stop.
        tell: Told how many bytes are here.

    Raises:
        TresseError: `file_changed`, `file_missing`, `outside_folder`, the causes of S22.
        OSError: It cannot be written here.
    """
    part = _part(to, file)

    def bring(held: Opened) -> FileSeen | None:
        kind.fetch(held, file.path, part)
        return kind.seen(held, file.path)

    def told() -> None:
        check()
        tell(_size(part))

    with kind.keeping(opened) as held:
        after = _tried(lambda: watched(kind, held, bring, told), part, check)
    size = part.stat().st_size
    if size != file.size or after is None or not _is_same(after, file):
        part.unlink()
        raise FILE_CHANGED(path=file.path)
    part.replace(to)
    with to.open("rb") as whole:
        return Fetched(to, size, hashlib.file_digest(whole, "sha256").hexdigest())


def _part(to: Path, file: FileSeen) -> Path:
    """Where a file grows; named by its size and time, so that two states are never mixed."""
    state = f"{file.path}\0{file.size}\0{file.modified_at}".encode()
    part = to.with_name(f"{to.name}.{hashlib.sha256(state).hexdigest()[:16]}.part")
    for other in to.parent.glob("*.part"):
        if other.name.startswith(f"{to.name}.") and other != part:
            other.unlink(missing_ok=True)
    if not file.modified_at or (part.exists() and part.stat().st_size > file.size):
        part.unlink(missing_ok=True)
    return part


def _tried(bring: Callable[[], Result], part: Path, check: Callable[[], None]) -> Result:
    left, had = list(WAITS), _size(part)
    while True:
        try:
            return bring()
        except TresseError as error:
            if _size(part) - had > GROWN:
                left, had = list(WAITS), _size(part)
            if error.code not in TRIED_AGAIN or not left:
                raise
            until = time.monotonic() + left.pop(0)
            while time.monotonic() < until:
                check()
                time.sleep(LOOK_SECONDS)


def listed(kind: FileKind, opened: Opened, check: Callable[[], None]) -> list[FileSeen]:
    """The files of the connection's folder, by path; `check` is asked while they are told.

    Raises:
        TresseError: As the listing of the kind; what `check` raises.
    """
    with kind.keeping(opened) as held:
        return watched(kind, held, kind.listing, check)


def watched(
    kind: FileKind, held: Opened, ask: Callable[[Opened], Result], check: Callable[[], None]
) -> Result:
    """What `ask` answers, on a thread, so that whoever waits can give up at any time.

    Args:
        kind: Of the connection.
        held: The connection, of `kind.keeping`.
        ask: Talks to the other side.
        check: Asked four times a second; raises to give up, and what runs then is made to fail.
    """
    answers: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(ask(held))
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            errors.append(error)

    thread = threading.Thread(target=work, name="files of a connection", daemon=True)
    thread.start()
    try:
        while True:
            thread.join(LOOK_SECONDS)
            check()
            if not thread.is_alive():
                break
    except BaseException:
        kind.give_up(held)
        thread.join(LOOK_SECONDS)
        raise
    if errors:
        raise errors[0]
    return answers[0]


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _is_same(one: FileSeen, other: FileSeen) -> bool:
    """Whether a file is as it was; a server may tell times more exactly in one place than another.

    So they are compared by the second; a file that changes within it is not at rest (`settled`).
    """
    times = [each.modified_at and each.modified_at.replace(microsecond=0) for each in (one, other)]
    return one.size == other.size and (None in times or times[0] == times[1])


def done_with(
    kind: FileKind, opened: Opened, file: FileSeen, afterwards: str, *, has_marker: bool = False
) -> str:
    """Leave, move to `done/` or delete a file that was read, and its marker (S85).

    A file that is no longer what was read is left, whatever is asked: it was not read yet.

    Args:
        kind: Of the connection.
        opened: The connection.
        file: As it was listed when it was read.
        afterwards: `leave`, `move` or `delete`.
        has_marker: A file `<name>.done` stands beside it (S84), and goes with it.

    Returns:
        `left`, `moved` or `deleted`.

    Raises:
        TresseError: It could not be done; the file stands where it was.
    """
    if afterwards == "leave":
        return "left"
    after = kind.seen(opened, file.path)
    if after is not None and not _is_same(after, file):
        return "left"
    if afterwards == "delete":
        kind.remove(opened, file.path)
    else:
        put_aside(kind, opened, file.path)
    if has_marker:
        kind.remove(opened, f"{file.path}.done")
    return "deleted" if afterwards == "delete" else "moved"


def put_aside(kind: FileKind, opened: Opened, path: str, folder: str = DONE) -> str:
    """Move a file into a folder beside it, under a name that none has there; its new path."""
    given = PurePosixPath(path)
    for name in (given.name, _stamped(given.name), _stamped(given.name, "-2")):
        to = str(given.parent / folder / name)
        try:
            kind.move(opened, path, to)
        except TresseError as error:
            if error.code != FILE_EXISTS.code:
                raise
        else:
            return to
    raise FILE_EXISTS(host=opened.name, path=f"{folder}/{given.name}")


def _stamped(name: str, more: str = "") -> str:
    """`orders.csv.gz` as `orders.20261127T001500Z.csv.gz`."""
    given = PurePosixPath(name)
    ending = given.suffix
    if ending.lower() in PACKED:
        ending = PurePosixPath(given.stem).suffix + ending
    return f"{name.removesuffix(ending)}.{now():%Y%m%dT%H%M%SZ}{more}{ending}"
