"""Files as they lie there: plain, packed, or in a zip; read as a stream of unpacked bytes (S86)."""

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import pyarrow as pa

from tresse.engine.files.refusals import FILE_IS_DAMAGED, FILE_IS_ENCRYPTED
from tresse.engine.files.sizes import shown_size
from tresse.engine.files.zips import directory_fits
from tresse.kernel.errors import TresseError
from tresse.sources.formats.form import FileForm
from tresse.sources.formats.refusals import FILE_TOO_LARGE, MEMBER_GONE, ZIP_HOLDS_NOTHING

_MARKS = (
    ("gz", b"\x1f\x8b"),
    ("bz2", b"BZh"),
    ("zst", b"\x28\xb5\x2f\xfd"),
    ("zip", b"PK\x03\x04"),
    ("zip", b"PK\x05\x06"),
)
# `OSError`: of zstd, and of gzip; `RuntimeError`: a zip with a password or by an unknown method.
_BROKEN = (
    *(BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError),
    *(NotImplementedError, ValueError, struct.error),
)
_PLAIN_NAMES = ("__MACOSX/", ".DS_Store", "Thumbs.db")
"What systems add to a zip by themselves."


class Stream:
    """Unpacked bytes of a file, and how far in the file as it lies there one has come.

    Raises:
        TresseError: `file_is_damaged`, `file_too_large`; by `read`.
    """

    def __init__(
        self, source: IO[bytes] | Any, form: FileForm, most: int, at: Callable[[int], int]
    ) -> None:
        self._source, self._form, self._most, self._at = source, form, most, at
        self._seen = 0

    @property
    def at(self) -> int:
        """Bytes of the file gone through, packed ones if it is."""
        return self._at(self._seen)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        try:
            found = self._source.read(size)
            while 0 < len(found) < size and (more := self._source.read(size - len(found))):
                found += more
        except _BROKEN as error:
            if not self._form.packing:
                raise
            raise damaged(self._form, self.at) from error
        self._seen += len(found)
        if self._seen > self._most:
            raise too_large(self._form.name, self._most)
        return bytes(found)


def packing_of(head: bytes) -> str:
    """How a file that begins so is packed; empty: not at all."""
    return next((name for name, mark in _MARKS if head.startswith(mark)), "")


def files_in(path: Path, *, name: str, most: int) -> tuple[str, ...]:
    """Names of the files in a zip, in its order.

    Raises:
        TresseError: `file_is_damaged`, `file_is_encrypted`, `file_is_empty`, `file_too_large`.
    """
    form = FileForm(name, "", packing="zip")
    with _zip(path, form) as archive:
        found = [each for each in archive.infolist() if not _is_clutter(each)]
        if not found:
            raise ZIP_HOLDS_NOTHING(file=name)
        if any(each.flag_bits & 1 for each in found):
            raise FILE_IS_ENCRYPTED(file=name)
        if sum(each.file_size for each in found) > most:
            raise too_large(name, most)
        return tuple(dict.fromkeys(each.filename for each in found))


@contextmanager
def opened(path: Path, form: FileForm, most: int) -> Iterator[Stream]:
    """The unpacked bytes of a file.

    Args:
        path: Where it is.
        form: `name`, `packing` and `member` count.
        most: Unpacked bytes after which it is refused.

    Raises:
        TresseError: `file_is_damaged`.
    """
    with ExitStack() as stack:
        if form.packing == "zip":
            archive = stack.enter_context(_zip(path, form))
            info = _member(archive, form)
            source: Any = stack.enter_context(_opened_member(archive, info, form))
            share = info.compress_size / max(info.file_size, 1)
            yield Stream(source, form, most, lambda seen: round(seen * share))
            return
        raw = stack.enter_context(path.open("rb"))
        if form.packing == "gz":
            source = stack.enter_context(gzip.GzipFile(fileobj=raw))
        elif form.packing == "bz2":
            source = stack.enter_context(bz2.BZ2File(raw))
        elif form.packing == "zst":
            source = stack.enter_context(pa.CompressedInputStream(pa.PythonFile(raw), "zstd"))
        else:
            source = raw
        yield Stream(source, form, most, lambda _: raw.tell())


def size_of(path: Path, form: FileForm) -> int:
    """Bytes of a file as it lies there: of a member, packed ones."""
    if form.packing != "zip":
        return path.stat().st_size
    with _zip(path, form) as archive:
        return _member(archive, form).compress_size


def damaged(form: FileForm, at: int) -> TresseError:
    """The refusal of a packed file that breaks off or is not what it says."""
    return FILE_IS_DAMAGED(file=form.name, type=form.packing, byte=at)


def too_large(name: str, most: int) -> TresseError:
    """The refusal of a file that unpacks to more than is taken."""
    return FILE_TOO_LARGE(file=name, most=shown_size(most))


@contextmanager
def _zip(path: Path, form: FileForm) -> Iterator[ZipFile]:
    if not directory_fits(path):
        raise damaged(form, path.stat().st_size)
    try:
        archive = ZipFile(path)
    except _BROKEN as error:
        raise damaged(form, path.stat().st_size) from error
    with archive:
        yield archive


def _member(archive: ZipFile, form: FileForm) -> ZipInfo:
    try:
        return archive.getinfo(form.member)
    except KeyError:
        raise MEMBER_GONE(file=form.name, member=form.member) from None


def _opened_member(archive: ZipFile, info: ZipInfo, form: FileForm) -> IO[bytes]:
    try:
        return archive.open(info)
    except _BROKEN as error:
        raise damaged(form, info.header_offset) from error


def _is_clutter(info: ZipInfo) -> bool:
    name = info.filename
    return info.is_dir() or name.startswith(_PLAIN_NAMES[0]) or name.endswith(_PLAIN_NAMES[1:])
