"""Folders: of this machine, or of an object store (S3, Google Cloud Storage, Azure)."""

import getpass
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, ClassVar

from tresse.connections.kinds.base import Field, FileSeen, Opened, Said
from tresse.connections.kinds.places import BLOCK, Place, PlaceKind, instant, passing
from tresse.connections.kinds.stores import STORES, Store
from tresse.connections.refusals import (
    CONNECTION_LOST,
    FILE_EXISTS,
    FILE_MISSING,
    FOLDER_MISSING,
    OUTSIDE_FOLDER,
    PERMISSION_MISSING,
    REMOTE_FAILED,
)
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_

HERE = N_("This machine")
MINUTE = timedelta(minutes=1)
LEFT_OUT = N_('The link "{name}" leads out of the folder and is not followed.')


class Folder(PlaceKind):
    """Files of a folder, written as a path or as the address of an object store."""

    name = "folder"
    label = N_("Folder")
    settles = MINUTE
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "url",
            N_("Folder"),
            is_required=True,
            help=N_("A path of the server, or an address such as s3://bucket/folder."),
        ),
        Field("endpoint", N_("Address of the store"), "", help=N_("For stores other than AWS.")),
        Field("region", N_("Region"), ""),
        Field("ca", N_("Certificate of a private authority"), "", "lines"),
    )
    secrets: ClassVar[tuple[Field, ...]] = (
        Field("access_key", N_("Access key"), help=N_("Of S3, or the name of an Azure account.")),
        Field("secret_key", N_("Secret key"), help=N_("Of S3 or Azure.")),
        Field("service_account", N_("Service account"), kind="lines", help=N_("Of Google: JSON.")),
    )

    def place(self, opened: Opened) -> Place:
        """The folder, here or on a store."""
        url = str(opened.settings.get("url") or "").strip()
        scheme, separator, _ = url.partition("://")
        if separator and scheme in STORES:
            return Store(opened, url)
        path = Path(url.removeprefix("file://"))
        if (separator and scheme != "file") or not path.is_absolute() or "\0" in url:
            stores = ", ".join(f"{each}://" for each in STORES)
            wanted = f"an absolute path, or an address that begins with {stores}"
            raise WRONG_VALUE(name="url", wanted=wanted, value=f'"{url}"')
        if ".." in path.parts:
            raise OUTSIDE_FOLDER(path=url, folder=path.anchor)
        return Local(path)


class Drop(PlaceKind):
    """Two folders of the home: `in` is read, `out` is written (S2a)."""

    name = "drop"
    label = N_("Drop folder")
    icon = "inbox"
    settles = MINUTE

    def place(self, opened: Opened) -> Place:
        """The folder `in`."""
        return _dropped(opened, "in")

    def writing_place(self, opened: Opened) -> Place:
        """The folder `out`."""
        return _dropped(opened, "out")


def _dropped(opened: Opened, side: str) -> Place:
    if opened.folder is None:
        raise FOLDER_MISSING(host=HERE, folder="drop")
    home = opened.folder.parent / "drop"
    for each in ("in", "out"):
        home.joinpath(each).mkdir(parents=True, exist_ok=True)
    return Local(home / side)


class Local:
    """A folder of this machine. Links that leave it are not followed (S5)."""

    def __init__(self, root: Path) -> None:
        self.shown = str(root)
        self.warnings: list[Said] = []
        self._is_closed = False
        with self._meeting("", "read"):
            self._root = root.resolve(strict=True)
            if not self._root.is_dir():
                raise NotADirectoryError

    def listing(self) -> list[FileSeen]:
        """Regular files of the folder itself; what leads out of it stands in `warnings`."""
        found = []
        self.warnings = []
        with self._meeting("", "read"), os.scandir(self._root) as entries:
            for entry in entries:
                if entry.is_symlink() and not self._is_inside(Path(entry.path)):
                    self.warnings.append(Said(LEFT_OUT, {"name": _shown(entry.name)}))
                    continue
                try:
                    seen = entry.stat()
                except FileNotFoundError:  # gone in between, or a link to nothing
                    continue
                if stat.S_ISREG(seen.st_mode):
                    found.append(_seen(_shown(entry.name), seen))
        return sorted(found, key=lambda file: file.path)

    def seen(self, path: str) -> FileSeen | None:
        """One file."""
        with self._meeting(path, "read"):
            try:
                found = self._inside(path).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return _seen(path, found) if stat.S_ISREG(found.st_mode) else None

    def blocks(self, path: str, offset: int) -> Iterator[bytes]:
        """What is in a file from a byte on."""
        with self._meeting(path, "read"):
            # Not a pipe or a device: those would wait for ever.
            number = os.open(self._inside(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(number, "rb", buffering=0) as source:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise FileNotFoundError
                source.seek(offset)
                while block := source.read(BLOCK):
                    if self._is_closed:
                        raise CONNECTION_LOST(host=self.shown, reason="it was closed")
                    yield block

    def rename(self, path: str, to: str) -> None:
        """Give a file another path that none has."""
        with self._meeting(path, "write"):
            source, target = self._inside(path, follow=False), self._new(to)
            try:
                _doubled(source, target)
            except FileExistsError:
                raise FILE_EXISTS(host=self.shown, path=to) from None
            source.unlink()

    def remove(self, path: str) -> None:
        """Delete a file, or the link that stands for it."""
        with self._meeting(path, "write"), suppress(FileNotFoundError):
            self._inside(path, follow=False).unlink()

    def store(self, path: str, source: BinaryIO) -> None:
        """Write a file beside, on disk, then put it in place."""
        with self._meeting(path, "write"):
            target = self._new(path)
            aside = target.with_name(Path(passing(path)).name)
            try:
                with aside.open("xb") as written:
                    shutil.copyfileobj(source, written, BLOCK)
                    written.flush()
                    os.fsync(written.fileno())
                aside.replace(target)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise

    def close(self) -> None:
        """Let a transfer that runs fail."""
        self._is_closed = True

    def _is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self._root)

    def _inside(self, path: str, *, follow: bool = True) -> Path:
        """Where a file is, by the name that `listing` gave it."""
        given = self._root / path
        if not given.is_symlink() and not given.exists():
            given = _by_shown_name(given)
        real = given.resolve() if follow else given.parent.resolve() / given.name
        if not real.is_relative_to(self._root):
            raise OUTSIDE_FOLDER(path=path, folder=self.shown)
        return real

    def _new(self, path: str) -> Path:
        """Where a file will be; folders on the way are made, inside only."""
        given = self._root / path
        if not given.parent.resolve().is_relative_to(self._root):
            raise OUTSIDE_FOLDER(path=path, folder=self.shown)
        given.parent.mkdir(parents=True, exist_ok=True)
        return given

    @contextmanager
    def _meeting(self, path: str, act: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            if path:
                raise FILE_MISSING(host=self.shown, path=path) from None
            raise FOLDER_MISSING(host=HERE, folder=self.shown) from None
        except PermissionError:
            named = f"{self.shown}/{path}" if path else self.shown
            raise PERMISSION_MISSING(user=_user(), act=act, table=named) from None
        except OSError as error:
            raise REMOTE_FAILED(host=self.shown, reason=error.strerror or str(error)) from None


def _seen(path: str, seen: os.stat_result) -> FileSeen:
    name = path.rpartition("/")[2]
    return FileSeen(path, name, seen.st_size, instant(seen.st_mtime_ns // 1000))


def _shown(name: str) -> str:
    r"""A name as text; bytes that are no UTF-8 are written as `\xe9`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _by_shown_name(given: Path) -> Path:
    if "\\x" in given.name and given.parent.is_dir():
        for each in given.parent.iterdir():
            if _shown(each.name) == given.name:
                return each
    return given


def _doubled(source: Path, target: Path) -> None:
    """Let a file stand at a second path too, that none has."""
    try:
        # A link and not a rename, which would replace what is there.
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # another disk, or one without links
        with source.open("rb") as read, target.open("xb") as written:
            shutil.copyfileobj(read, written, BLOCK)
            written.flush()
            os.fsync(written.fileno())
        shutil.copystat(source, target)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
