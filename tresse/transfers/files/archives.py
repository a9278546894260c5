"""Zip archives of XML read as a stream, within bounds: none fills memory or disk (T8, T9)."""

import lzma
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Generic, TypeAlias, TypeVar
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from tresse.engine.files.refusals import FILE_IS_DAMAGED, FILE_IS_ENCRYPTED
from tresse.engine.files.sizes import shown_size
from tresse.engine.files.zips import directory_fits
from tresse.kernel.errors import TresseError
from tresse.transfers.refusals import FILE_TOO_LARGE

MOST_UNPACKED = 4 << 30
"Bytes of a sheet when unpacked (T8); and of what is made of it."
MOST_SMALL = 64 << 20
"Bytes of styles and of the list of sheets, which are kept in memory."
_BLOCK = 1 << 16
_LONGEST_TOKEN = 8 << 20
"Bytes of one tag, comment or the like; a parser keeps it until its end."
_MOST_DEPTH = 100
_MOST_NAMES = 1_000

_BROKEN = (
    *(BadZipFile, zlib.error, lzma.LZMAError, expat.ExpatError, EOFError, OSError),
    # A member is encrypted; a compression there is not; a number that is none.
    *(RuntimeError, NotImplementedError, ValueError, OverflowError, struct.error),
)


Start: TypeAlias = Callable[[dict[str, str]], None]
End: TypeAlias = Callable[[], None]
Handler = TypeVar("Handler")


class Enough(Exception):  # noqa: N818  reads as a sentence: raise Enough
    """Raised by a handler that needs no more of a member."""


class Archive:
    """An open archive; members are found whatever the case of their names."""

    def __init__(self, zip: ZipFile, file: str, type: str) -> None:
        self._zip, self.file, self.type = zip, file, type
        self._members = {
            each.filename.replace("\\", "/").lstrip("/").lower(): each for each in zip.infolist()
        }
        if any(each.flag_bits & 1 for each in self._members.values()):
            raise FILE_IS_ENCRYPTED(file=file)

    def has(self, member: str) -> bool:
        """Whether there is such a member."""
        return member.lower() in self._members

    def _found(self, member: str, most: int) -> ZipInfo:
        found = self._members.get(member.lower())
        if found is None:
            raise BadZipFile(member)
        if found.file_size > most:
            raise too_large(self.file, found.file_size, most)
        return found

    def text(self, member: str) -> bytes:
        """A small member as it is."""
        return self._zip.read(self._found(member, MOST_SMALL))

    def parse(
        self,
        member: str,
        *,
        starts: Mapping[str, Start],
        ends: Mapping[str, End] | None = None,
        text: Callable[[str], None] | None = None,
        is_small: bool = False,
    ) -> None:
        """Read a member of XML as a stream.

        Entities, which may multiply what stands there or fetch what does not, are refused with the
        whole document type.

        Args:
            member: Its name.
            starts: Called with the attributes where an element begins, by name without prefix; `*`
                stands for all others.
            ends: Called where one ends.
            text: Called with characters.
            is_small: Refuse more than `MOST_SMALL`.
        """
        found = self._found(member, MOST_SMALL if is_small else MOST_UNPACKED)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler, parser.EndElementHandler = _handlers(starts, ends or {})
        if text:
            parser.CharacterDataHandler = text
        fed = 0
        with self._zip.open(found) as stream:
            try:
                while block := stream.read(_BLOCK):
                    parser.Parse(block)
                    fed += len(block)
                    if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                        raise BadZipFile(member)
                parser.Parse(b"", True)
            except Enough:
                return


def _refuse(*_: object) -> None:
    raise BadZipFile


def _handlers(
    starts: Mapping[str, Start], ends: Mapping[str, End]
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
    """Handlers by name as ones for all names; prefixes of a namespace are told once each."""
    begin, finish = _Known(starts, _nothing), _Known(ends, _no_end)
    depth = 0

    def begins(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise BadZipFile
        begin[name](attributes)

    def finishes(name: str) -> None:
        nonlocal depth
        depth -= 1
        finish[name]()

    return begins, finishes


def _nothing(_: dict[str, str]) -> None:
    pass


def _no_end() -> None:
    pass


class _Known(dict[str, Handler], Generic[Handler]):
    """Handlers by name with prefix, found by the name without."""

    def __init__(self, handlers: Mapping[str, Handler], default: Handler) -> None:
        self._handlers, self._default = handlers, handlers.get("*", default)

    def __missing__(self, name: str) -> Handler:
        if len(self) > _MOST_NAMES:
            self.clear()
        found = self[name] = self._handlers.get(name.rpartition(":")[2], self._default)
        return found


@contextmanager
def opened(path: Path, *, file: str, type: str) -> Iterator[Archive]:
    """An archive; whatever is broken in it, found now or within the block, is refused.

    Args:
        path: Where it is.
        file: What people call it.
        type: What it should be, such as XLSX.

    Raises:
        TresseError: `file_is_damaged`, `file_is_encrypted`, `file_too_large`.
    """
    with path.open("rb") as raw:
        try:
            if not directory_fits(path):
                raise BadZipFile
            with ZipFile(raw) as zip:
                yield Archive(zip, file, type)
        except TresseError:
            raise
        except _BROKEN:
            raise FILE_IS_DAMAGED(file=file, type=type, byte=_reached(raw, path)) from None


def _reached(raw: BinaryIO, path: Path) -> int:
    return path.stat().st_size if raw.closed else raw.tell()


def too_large(file: str, size: int, most: int) -> TresseError:
    """The refusal of a file that unpacks to too much."""
    return FILE_TOO_LARGE(file=file, size=shown_size(size), most=shown_size(most))
