"""FTP servers, plain (`ftp`) and with TLS (`ftps`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, ClassVar

from tresse.connections.kinds.base import Field, FileSeen, Opened, Said
from tresse.connections.kinds.ftp_client import (
    A_LINK,
    EXPECTED,
    UNKNOWN_COMMAND,
    Client,
    RefusedError,
    instant_of,
    listed,
    wire,
)
from tresse.connections.kinds.network import unreadable
from tresse.connections.kinds.places import (
    Place,
    PlaceKind,
    name_of,
    passing,
    spellings,
    without_secrets,
)
from tresse.connections.refusals import (
    FILE_EXISTS,
    FILE_MISSING,
    FOLDER_MISSING,
    PERMISSION_MISSING,
    REMOTE_FAILED,
)
from tresse.kernel.marks import N_

NOT_WRITTEN = frozenset({"550", "553", "532"})
HOST = Field("host", N_("Server"), is_required=True)
PORT = Field("port", N_("Port"), 21, "number")
USER = Field("user", N_("User"), "anonymous")
FOLDER = Field("folder", N_("Folder"), "", help=N_("Empty: where the user arrives."))


class Ftp(PlaceKind):
    """Files of an FTP server, unencrypted: name and password can be read on the way."""

    name = "ftp"
    label = "FTP"
    icon = "folder-open"
    fields: ClassVar[tuple[Field, ...]] = (HOST, PORT, USER, FOLDER)
    secrets: ClassVar[tuple[Field, ...]] = (Field("password", N_("Password")),)

    def place(self, opened: Opened) -> Place:
        """The folder on the server."""
        return FtpPlace(opened, "")


class Ftps(Ftp):
    """Files of an FTP server by TLS; its certificate is always verified."""

    name = "ftps"
    label = "FTPS"
    icon = "folder-lock"
    fields: ClassVar[tuple[Field, ...]] = (
        HOST,
        PORT,
        USER,
        FOLDER,
        Field(
            "tls",
            N_("Encryption"),
            "explicit",
            "choice",
            ("explicit", "implicit"),
            help=N_("Implicit: encrypted from the first byte, usually on port 990."),
        ),
        Field("ca", N_("Certificate of a private authority"), "", "lines"),
    )

    def place(self, opened: Opened) -> Place:
        """The folder on the server."""
        return FtpPlace(opened, str(opened.settings.get("tls") or "explicit"))


class FtpPlace:
    """A folder of an FTP server."""

    def __init__(self, opened: Opened, tls: str) -> None:
        self.warnings: list[Said] = []
        self._opened = opened
        self._host = str(opened.settings["host"])
        self._folder = str(opened.settings.get("folder") or "")
        self.shown = f"{opened.kind}://{self._host}/{self._folder.lstrip('/')}"
        self._client = Client(opened, tls)
        if self._folder:
            try:
                self._client.say(f"CWD {wire(self._folder)}")
            except RefusedError as refused:
                self.close()
                if refused.is_denied:
                    raise self._denied(self._folder, "read") from None
                raise FOLDER_MISSING(host=self._host, folder=self._folder) from None
            except BaseException:
                self.close()
                raise

    def listing(self) -> list[FileSeen]:
        """Regular files of the folder, as exact as the server tells."""
        with self._meeting("", "read"):
            if "MLST" in self._client.features:
                files = list(self._told())
            else:
                files = list(self._asked())
        return sorted(files, key=lambda file: file.path)

    def _told(self) -> Iterator[FileSeen]:
        """By MLSD, which says everything in a form for programs."""
        for line in self._client.lines("MLSD"):
            facts, _, raw = line.partition(" ")
            told = dict(fact.lower().split("=", 1) for fact in facts.split(";") if "=" in fact)
            sort = told.get("type", "file")
            if sort not in {"file", "dir", "cdir", "pdir"}:  # a link: to a file, if it has a size
                size = self._client.size_of(raw)
                sort, told["size"] = ("dir", "0") if size is None else ("file", str(size))
            if sort == "file":
                size = int(told.get("size") or self._client.size_of(raw) or 0)
                yield _file(raw, size, instant_of(told.get("modify", "")))

    def _asked(self) -> Iterator[FileSeen]:
        """By LIST or NLST, then one question for each file's time."""
        knows_times = True
        for raw, size in self._sizes():
            at: datetime | None = None
            if knows_times:
                try:
                    at = self._client.time_of(raw)
                except RefusedError as refused:
                    knows_times = refused.code not in UNKNOWN_COMMAND
            yield _file(raw, size, at)

    def _sizes(self, folder: str = "") -> list[tuple[str, int]]:
        lines = self._client.lines(f"LIST {folder}".rstrip())
        found = [listed(line) for line in lines]
        known = [each for each in found if each is not None]
        if len(known) < len(found):  # in a form of its own: names alone
            raws = self._client.lines(f"NLST {folder}".rstrip())
            known = [(raw.rpartition("/")[2], A_LINK) for raw in raws]
        sizes: list[tuple[str, int]] = []
        for raw, size in known:
            # A folder is what has no size.
            asked = self._client.size_of(f"{folder}/{raw}".lstrip("/")) if size == A_LINK else size
            if raw and asked is not None:
                sizes.append((raw, asked))
        if len(known) < len(found) and not self._client.knows_sizes:
            raise unreadable(self._host, EXPECTED, lines[0])
        return sizes

    def _size(self, raw: str) -> int | None:
        """Bytes of a file; None if there is none."""
        size = self._client.size_of(raw)
        if size is not None or self._client.knows_sizes:
            return size
        folder, _, name = raw.rpartition("/")
        try:
            return dict(self._sizes(folder)).get(name)
        except RefusedError:  # no such folder
            return None

    def seen(self, path: str) -> FileSeen | None:
        """One file."""
        with self._meeting(path, "read"):
            raw = self._spelled(path)
            size = self._size(raw)
            return None if size is None else _file(raw, size, self._time(raw))

    def _time(self, raw: str) -> datetime | None:
        try:
            return self._client.time_of(raw)
        except RefusedError:
            return None

    def blocks(self, path: str, offset: int) -> Iterator[bytes]:
        """What is in a file from a byte on."""
        with self._meeting(path, "read"):
            raw = self._spelled(path)
            if offset:
                try:
                    yield from self._client.received(f"RETR {raw}", offset)
                except RefusedError as refused:
                    # Not every server can begin in the middle.
                    if refused.code not in UNKNOWN_COMMAND:
                        raise
                else:
                    return
            left = offset
            for block in self._client.received(f"RETR {raw}"):
                if left < len(block):
                    yield block[left:] if left else block
                left = max(0, left - len(block))

    def rename(self, path: str, to: str) -> None:
        """Give a file another path that none has."""
        with self._meeting(path, "write"):
            source, target = self._spelled(path), wire(to)
            if self._size(source) is None:
                raise FILE_MISSING(host=self._host, path=path)
            self._make_folders(to)
            if self._size(target) is not None:
                raise FILE_EXISTS(host=self.shown, path=to)
            self._rename(source, target)

    def remove(self, path: str) -> None:
        """Delete a file."""
        with self._meeting(path, "write"):
            raw = self._spelled(path)
            try:
                self._client.say(f"DELE {raw}")
            except RefusedError:
                if self._size(raw) is not None:
                    raise

    def store(self, path: str, source: BinaryIO) -> None:
        """Write a file beside, then put it in place."""
        with self._meeting(path, "write"):
            self._make_folders(path)
            aside, target = wire(passing(path)), wire(path)
            try:
                self._client.send_data(f"STOR {aside}", source)
                try:
                    self._rename(aside, target)
                except RefusedError:  # not every server replaces a file
                    self._client.say(f"DELE {target}")
                    self._rename(aside, target)
            except RefusedError:
                self._forget(aside)
                raise

    def close(self) -> None:
        """Close the connection; whatever runs on it fails."""
        self._client.close()

    def _rename(self, source: str, target: str) -> None:
        self._client.say(f"RNFR {source}")
        self._client.say(f"RNTO {target}")

    def _forget(self, raw: str) -> None:
        try:
            self._client.say(f"DELE {raw}")
        except RefusedError:
            return

    def _make_folders(self, path: str) -> None:
        folder = ""
        for part in path.split("/")[:-1]:
            folder = f"{folder}/{part}".lstrip("/")
            try:
                self._client.say(f"MKD {wire(folder)}")
            except RefusedError:  # it is there, or what follows says why not
                continue

    def _spelled(self, path: str) -> str:
        """Where a file is, whether its name is written in UTF-8 there or not."""
        first, *others = (each.decode("latin-1") for each in spellings(path))
        for other in others:
            if self._size(first) is None and self._size(other) is not None:
                return other
        return first

    @contextmanager
    def _meeting(self, path: str, act: str) -> Iterator[None]:
        try:
            yield
        except RefusedError as refused:
            # Of what is there and cannot be written, servers say little beyond the code.
            if refused.is_denied or (act == "write" and refused.code in NOT_WRITTEN):
                raise self._denied(path or self._folder or "/", act) from None
            if path and refused.code == "550" and act == "read":
                raise FILE_MISSING(host=self._host, path=path) from None
            reason = without_secrets(f"{refused.code} {refused.text}", self._opened)
            raise REMOTE_FAILED(host=self._host, reason=reason) from None

    def _denied(self, path: str, act: str) -> Exception:
        user = self._opened.settings.get("user")
        return PERMISSION_MISSING(user=user, act=act, table=path)


def _file(raw: str, size: int, at: datetime | None) -> FileSeen:
    path = name_of(raw.encode("latin-1"))
    return FileSeen(path, path.rpartition("/")[2], size, at)
