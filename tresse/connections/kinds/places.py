"""Kinds that hold files: what is the same for folders, object stores, SFTP and FTP servers."""

import io
import secrets
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from tresse.connections.kinds.base import FileKind, FileSeen, Opened, Said, Seen, TableSeen
from tresse.connections.kinds.network import SHOWN
from tresse.connections.refusals import CONNECTION_LOST, OUTSIDE_FOLDER
from tresse.connections.slots import slot
from tresse.kernel.marks import N_

BLOCK = 256 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_SHOWN = 200
"Files that a check lists."
FILES_SEEN = N_("Files seen in {folder}: {count}.")
FILE_WRITTEN = N_("A file was written to {folder} and removed again.")


class Place(Protocol):
    """A folder on the other side, reached and ready; one caller at a time.

    Paths are below the folder, with `/` between names, checked by `below`.
    """

    shown: str
    "The folder, as sentences name it."
    warnings: list[Said]
    "What `listing` left out, and why."

    def listing(self) -> list[FileSeen]:
        """Regular files of the folder itself, by path."""
        ...

    def seen(self, path: str) -> FileSeen | None:
        """One file, as `listing` would tell of it; None if there is none."""
        ...

    def blocks(self, path: str, offset: int) -> Iterator[bytes]:
        """What is in a file from a byte on."""
        ...

    def rename(self, path: str, to: str) -> None:
        """Give a file another path; folders on the way are made; refused if the path is taken."""
        ...

    def remove(self, path: str) -> None:
        """Delete a file; one that is gone already is no error."""
        ...

    def store(self, path: str, source: BinaryIO) -> None:
        """Write a file under a passing name, then give it its own, in place of a former one."""
        ...

    def close(self) -> None:
        """Let go; another thread may call it, and whatever runs then fails."""
        ...


@dataclass(slots=True)
class Keep:
    """What stays open between calls, until it is over."""

    place: Place | None = None
    is_over: bool = False
    _ends: ExitStack = field(default_factory=ExitStack)

    def reach(self, reached: AbstractContextManager[Place]) -> Place:
        """The place; reached, if it is not open."""
        if self.place is None:
            self.place = self._ends.enter_context(reached)
        return self.place

    def close(self, *, for_good: bool = False) -> None:
        """Close the place; with `for_good` none is reached any more."""
        self.is_over = self.is_over or for_good
        self.place = None
        self._ends.close()


@dataclass(frozen=True, slots=True)
class Held(Opened):
    """A connection of which one place stays open between calls."""

    keep: Keep = field(default_factory=Keep, repr=False)


class PlaceKind(FileKind):
    """A kind whose files lie in a `Place`; members say only how to reach it."""

    @abstractmethod
    def place(self, opened: Opened) -> Place:
        """Reach the folder. Whoever asks closes it."""

    def writing_place(self, opened: Opened) -> Place:
        """The folder that is written to; usually the one that is read."""
        return self.place(opened)

    @contextmanager
    def _reached(
        self, opened: Opened, reach: Callable[[Opened], Place] | None = None
    ) -> Iterator[Place]:
        with slot(opened):
            place = (reach or self.place)(opened)
            try:
                yield place
            finally:
                place.close()

    @contextmanager
    def _at(self, opened: Opened) -> Iterator[Place]:
        if not isinstance(opened, Held):
            with self._reached(opened) as place:
                yield place
            return
        keep = opened.keep
        try:
            kept = None if keep.is_over else keep.reach(self._reached(opened))
            if kept is None or keep.is_over:  # given up before, or while it was reached
                raise CONNECTION_LOST(host=opened.name, reason="it was given up")
            yield kept
        except BaseException:
            # It may be out of step or broken; the next call reaches anew.
            keep.close()
            raise

    @contextmanager
    def keeping(self, opened: Opened) -> Iterator[Opened]:
        """Within the block, calls with the `Opened` it gives share one connection."""
        if isinstance(opened, Held):  # within such a block already
            yield opened
            return
        held = Held(**{each.name: getattr(opened, each.name) for each in fields(Opened)})
        try:
            yield held
        finally:
            held.keep.close(for_good=True)

    def give_up(self, held: Opened) -> None:
        """From another thread: let what runs with an `Opened` of `keeping` fail, at once."""
        if isinstance(held, Held):
            held.keep.close(for_good=True)

    def listing(self, opened: Opened) -> list[FileSeen]:
        """The files of the connection's folder, by path."""
        with self._at(opened) as place:
            return place.listing()

    def seen(self, opened: Opened, path: str) -> FileSeen | None:
        """One file, as `listing` tells of it; None if there is none."""
        below(path)
        with self._at(opened) as place:
            return place.seen(path)

    def fetch(self, opened: Opened, path: str, to: Path) -> None:
        """Bring a file here, streamed; what already lies at `to` is gone on with.

        Raises:
            OSError: It cannot be written here; what the other side does is a `TresseError`.
        """
        below(path)
        with self._at(opened) as place, to.open("ab") as target:
            for block in place.blocks(path, target.tell()):
                target.write(block)

    def move(self, opened: Opened, path: str, to: str) -> None:
        """Give a file another path; refused with `file_exists` if it is taken."""
        below(path)
        below(to)
        with self._at(opened) as place:
            place.rename(path, to)

    def remove(self, opened: Opened, path: str) -> None:
        """Delete a file; one that is gone already is no error."""
        below(path)
        with self._at(opened) as place:
            place.remove(path)

    def put(self, opened: Opened, local: Path, path: str) -> None:
        """Bring a file there, in place of one that has its path."""
        below(path)
        with local.open("rb") as source, self._reached(opened, self.writing_place) as place:
            place.store(path, source)

    def check(self, opened: Opened) -> Seen:
        """List the folder; at most 200 files are named, those changed last."""
        with self._at(opened) as place:
            files = place.listing()
            said = Said(FILES_SEEN, {"folder": place.shown, "count": len(files)})
            warnings = tuple(place.warnings)
        newest = sorted(files, key=lambda file: file.modified_at or EPOCH, reverse=True)
        named = sorted(newest[:MOST_SHOWN], key=lambda file: file.path)
        tables = tuple(TableSeen(file.path, "file") for file in named)
        return Seen(True, said, tables=tables, warnings=warnings)

    def tables(self, opened: Opened) -> tuple[TableSeen, ...]:
        """The files, by path."""
        return tuple(TableSeen(file.path, "file") for file in self.listing(opened))

    def check_writing(self, opened: Opened) -> Seen:
        """Write an empty file of a name of its own, and remove it."""
        name = f".tresse-check-{secrets.token_hex(8)}"
        with self._reached(opened, self.writing_place) as place:
            place.store(name, io.BytesIO())
            place.remove(name)
            return Seen(True, Said(FILE_WRITTEN, {"folder": place.shown}))


def below(path: str, folder: str = "") -> str:
    """The path, if it stays below its folder.

    Raises:
        TresseError: `outside_folder`; it is empty, absolute, or holds `..`, NUL or a line break.
    """
    parts = path.split("/")
    if set(parts) & {"", ".", ".."} or set(path) & set("\0\r\n"):
        raise OUTSIDE_FOLDER(path=path, folder=folder or "of the connection")
    return path


def passing(path: str) -> str:
    """The name a file has while it is written; sources take no file that is named so."""
    given = PurePosixPath(path)
    return str(given.with_name(f".{given.name}.{secrets.token_hex(4)}.part"))


def name_of(raw: bytes) -> str:
    """A file's name as text: UTF-8, or else Latin-1, which reads every byte."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def spellings(path: str) -> list[bytes]:
    """The bytes that a path from `name_of` may have been, the likelier first."""
    first = path.encode("utf-8", "surrogatepass")
    try:
        second = path.encode("latin-1")
    except UnicodeEncodeError:
        return [first]
    return [first] if first == second else [first, second]


def instant(microseconds: int) -> datetime | None:
    """A time after 1970 in UTC; None outside of the years 1 to 9999."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def without_secrets(text: str, opened: Opened) -> str:
    """What the other side said, at most 200 characters of it, and no secret in them (S10)."""
    for secret in opened.secrets.values():
        if len(secret) > 3:
            text = text.replace(secret, "…")
    return " ".join(text.split())[:SHOWN]
