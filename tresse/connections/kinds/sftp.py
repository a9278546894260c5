"""SFTP servers (S23)."""

import posixpath
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, ClassVar

import paramiko
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_STATUS,
    int64,
)

from tresse.connections.kinds.base import Field, FileSeen, Opened, Said
from tresse.connections.kinds.network import meeting
from tresse.connections.kinds.places import (
    BLOCK,
    Place,
    PlaceKind,
    instant,
    name_of,
    passing,
    spellings,
    without_secrets,
)
from tresse.connections.kinds.ssh import signed_in
from tresse.connections.refusals import (
    ANSWER_UNREADABLE,
    CONNECTION_LOST,
    FILE_EXISTS,
    FILE_MISSING,
    FOLDER_MISSING,
    PERMISSION_MISSING,
    REMOTE_FAILED,
)
from tresse.kernel.marks import N_

READ_AHEAD = 64
"Requests on their way at once."
CHUNK = 32_768
"Bytes of one request; more is not taken by every server."
EXPECTED = "an SFTP server"


class Sftp(PlaceKind):
    """Files of an SFTP server; nothing is read before its key was accepted."""

    name = "sftp"
    label = "SFTP"
    icon = "folder-lock"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("host", N_("Server"), is_required=True),
        Field("port", N_("Port"), 22, "number"),
        Field("user", N_("User"), is_required=True),
        Field("folder", N_("Folder"), "", help=N_("Empty: where the user arrives.")),
        Field(
            "host_key",
            N_("Key of the server"),
            "",
            help=N_("The first check shows it, and you accept it."),
        ),
    )
    secrets: ClassVar[tuple[Field, ...]] = (
        Field("password", N_("Password")),
        Field("private_key", N_("Private key"), kind="lines", help=N_("Instead of a password.")),
        Field("passphrase", N_("Passphrase of the private key")),
    )

    def place(self, opened: Opened) -> Place:
        """The folder on the server."""
        return SftpPlace(opened)


class SftpPlace:
    """A folder of an SFTP server."""

    def __init__(self, opened: Opened) -> None:
        self.warnings: list[Said] = []
        self._opened = opened
        self._host = str(opened.settings["host"])
        self._folder = str(opened.settings.get("folder") or "") or "."
        self.shown = f"sftp://{self._host}/{self._folder.lstrip('/')}".removesuffix(".")
        self._transport = signed_in(opened)
        try:
            with self._meeting("", "read"):
                self._client = _client(self._transport, self._host)
                channel = self._client.get_channel()
                if channel is not None:
                    channel.settimeout(opened.limits.read_seconds)
                self._root = self._folder.encode()
                if not stat.S_ISDIR(self._client.stat(self._root).st_mode or stat.S_IFDIR):
                    raise FileNotFoundError
        except BaseException:
            self.close()
            raise

    def listing(self) -> list[FileSeen]:
        """Regular files of the folder, and links to such; times are whole seconds."""
        found = []
        with self._meeting("", "read"):
            for raw, seen in self._client.entries(self._root):
                name, mode = name_of(raw), seen.st_mode
                if mode is not None and stat.S_ISLNK(mode):
                    try:
                        seen = self._client.stat(posixpath.join(self._root, raw))
                    except (FileNotFoundError, PermissionError):
                        continue
                    mode = seen.st_mode
                if mode is None or stat.S_ISREG(mode):
                    found.append(_file(name, seen))
        return sorted(found, key=lambda file: file.path)

    def seen(self, path: str) -> FileSeen | None:
        """One file."""
        with self._meeting(path, "read"):
            try:
                return _file(path, self._client.stat(self._spelled(path)))
            except FileNotFoundError:
                return None

    def blocks(self, path: str, offset: int) -> Iterator[bytes]:
        """What is in a file from a byte on."""
        with (
            self._meeting(path, "read"),
            self._client.open(self._spelled(path), "rb") as source,
        ):
            yield from self._client.content(source, offset, source.stat().st_size or 0)

    def rename(self, path: str, to: str) -> None:
        """Give a file another path that none has."""
        with self._meeting(path, "write"):
            source, target = self._spelled(path), self._at(to)
            self._make_folders(to)
            if self._is_there(target):
                raise FILE_EXISTS(host=self.shown, path=to)
            self._client.rename(source, target)

    def remove(self, path: str) -> None:
        """Delete a file."""
        with self._meeting(path, "write"), suppress(FileNotFoundError):
            self._client.remove(self._spelled(path))

    def store(self, path: str, source: BinaryIO) -> None:
        """Write a file beside, then put it in place."""
        with self._meeting(path, "write"):
            self._make_folders(path)
            aside, target = self._at(passing(path)), self._at(path)
            try:
                with self._client.open(aside, "wbx") as written:
                    written.set_pipelined(True)
                    while block := source.read(BLOCK):
                        written.write(block)
                self._put_in_place(aside, target)
            except BaseException:
                with suppress(OSError, EOFError, paramiko.SSHException):
                    self._client.remove(aside)
                raise

    def close(self) -> None:
        """Close the connection; whatever runs on it fails."""
        self._transport.close()

    def _put_in_place(self, aside: bytes, target: bytes) -> None:
        try:
            self._client.posix_rename(aside, target)
        except OSError:  # not every server knows it
            with suppress(FileNotFoundError):
                self._client.remove(target)
            self._client.rename(aside, target)

    def _make_folders(self, path: str) -> None:
        folder = b""
        for part in path.split("/")[:-1]:
            folder = posixpath.join(folder, part.encode())
            full = posixpath.join(self._root, folder)
            if not self._is_there(full):
                self._client.mkdir(full)

    def _is_there(self, full: bytes) -> bool:
        try:
            self._client.lstat(full)
        except FileNotFoundError:
            return False
        return True

    def _at(self, path: str) -> bytes:
        return posixpath.join(self._root, path.encode("utf-8", "surrogatepass"))

    def _spelled(self, path: str) -> bytes:
        """Where a file is, whether its name is written in UTF-8 there or not."""
        first, *others = (posixpath.join(self._root, each) for each in spellings(path))
        for other in others:
            if not self._is_there(first) and self._is_there(other):
                return other
        return first

    @contextmanager
    def _meeting(self, path: str, act: str) -> Iterator[None]:
        host, opened = self._host, self._opened
        port, limit = int(opened.settings["port"]), opened.limits.read_seconds
        try:
            with meeting(host, port, limit):
                try:
                    yield
                except FileNotFoundError:
                    raise self._missing(path) from None
                except PermissionError:
                    named = path or self._folder
                    user = opened.settings.get("user")
                    raise PERMISSION_MISSING(user=user, act=act, table=named) from None
                except (ConnectionError, TimeoutError):
                    raise
                except OSError as error:
                    if error.errno is not None:
                        raise
                    if "closed" in str(error):
                        raise EOFError from None
                    # What the server answers beyond its few codes has a text alone.
                    reason = without_secrets(str(error), opened)
                    raise REMOTE_FAILED(host=host, reason=reason) from None
        except (paramiko.SSHException, paramiko.SFTPError) as error:
            reason = without_secrets(str(error) or "it closed", opened)
            raise CONNECTION_LOST(host=host, reason=reason) from None

    def _missing(self, path: str) -> Exception:
        if path:
            return FILE_MISSING(host=self._host, path=path)
        return FOLDER_MISSING(host=self._host, folder=self._folder)


def _file(path: str, seen: paramiko.SFTPAttributes) -> FileSeen:
    at = None if seen.st_mtime is None else instant(seen.st_mtime * 10**6)
    return FileSeen(path, path.rpartition("/")[2], seen.st_size or 0, at)


class _Client(paramiko.SFTPClient):
    """Lists folders whatever the encoding of the names in it, and reads ahead on one thread.

    The package's own reading ahead has a second thread, which fails loudly with the connection.
    """

    _request: Callable[..., tuple[int, paramiko.Message]]
    _async_request: Callable[..., int]
    _read_response: Callable[[], object]
    _convert_status: Callable[[paramiko.Message], None]

    def content(self, file: paramiko.SFTPFile, offset: int, size: int) -> Iterator[bytes]:
        """What is in an open file from a byte up to another, or to its end."""
        answers = _Answers()
        waiting: deque[tuple[int, int, int]] = deque()
        while True:
            while offset < size and len(waiting) < READ_AHEAD:
                length = min(CHUNK, size - offset)
                number = self._async_request(answers, CMD_READ, file.handle, int64(offset), length)
                waiting.append((number, offset, length))
                offset += length
            if not waiting:
                return
            number, start, length = waiting.popleft()
            while number not in answers.found:
                self._read_response()
            data = self._data(*answers.found.pop(number))
            while data and len(data) < length:  # a server may give less than it was asked for
                yield data
                start, length = start + len(data), length - len(data)
                data = self._rest(file, start, length)
            if not data:  # the file is shorter now
                return
            yield data

    def _rest(self, file: paramiko.SFTPFile, start: int, length: int) -> bytes:
        try:
            return self._data(*self._request(CMD_READ, file.handle, int64(start), length))
        except EOFError:
            return b""

    def _data(self, sort: int, answer: paramiko.Message) -> bytes:
        if sort == CMD_STATUS:
            try:
                self._convert_status(answer)
            except EOFError:
                return b""
        if sort != CMD_DATA:
            raise paramiko.SFTPError("Expected data")
        return answer.get_string()

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, paramiko.SFTPAttributes]]:
        """Names as bytes, with what is known of each; links are not followed."""
        sort, answer = self._request(CMD_OPENDIR, folder)
        if sort != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle = answer.get_binary()
        while True:
            try:
                sort, answer = self._request(CMD_READDIR, handle)
            except EOFError:
                break
            if sort != CMD_NAME:
                raise paramiko.SFTPError("Expected name response")
            for _ in range(answer.get_int()):
                raw = answer.get_binary()
                answer.get_binary()  # a line for people
                seen = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]
                if raw not in {b".", b".."}:
                    yield raw, seen
        self._request(CMD_CLOSE, handle)


class _Answers:
    """Answers to requests that are on their way, by number, as the client hands them over."""

    def __init__(self) -> None:
        self.found: dict[int, tuple[int, paramiko.Message]] = {}

    def _async_response(self, sort: int, answer: paramiko.Message, number: int) -> None:
        self.found[number] = (sort, answer)


def _client(transport: paramiko.Transport, host: str) -> _Client:
    try:
        client = _Client.from_transport(transport)
    except paramiko.SSHException as error:
        # The server signs the user in, but offers a shell alone, or nothing.
        raise ANSWER_UNREADABLE(host=host, expected=EXPECTED, answer=str(error)) from None
    if client is None:
        raise CONNECTION_LOST(host=host, reason="it opened no channel")
    return client
