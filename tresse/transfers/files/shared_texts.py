"""Shared texts of XLSX: each stands once in the file, and cells name it by number."""

import mmap
import re
import tempfile
from array import array
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

from tresse.transfers.files import cells
from tresse.transfers.files.archives import Archive
from tresse.transfers.files.form import MOST_CHARACTERS

MEMBER = "xl/sharedStrings.xml"
_CODED = re.compile("_x([0-9A-Fa-f]{4})_")
_KEPT_TEXTS, _KEPT_CHARACTERS = 500_000, 16_000_000


def texts_of(archive: Archive, folder: Path, files: ExitStack) -> "Texts":
    """The shared texts of a workbook, which may have none.

    Args:
        archive: The workbook.
        folder: Where texts too many for memory are kept.
        files: Closes what was opened for them.
    """
    texts = Texts(folder, files)
    if archive.has(MEMBER):
        reading = _Reading(texts)
        archive.parse(
            MEMBER,
            starts={"si": reading.begin, "t": reading.open, "rPh": reading.hush},
            ends={"si": reading.end, "t": reading.close, "rPh": reading.unhush},
            text=reading.text,
        )
    texts.done()
    return texts


def meant(text: str, size: int) -> str:
    """A text of a cell; `_x000B_` stands for the character with that number.

    Args:
        text: Its beginning.
        size: Characters of the whole.
    """
    if "_x" in text:
        text = _CODED.sub(lambda found: chr(int(found[1], 16)), text)
        # Characters beyond 65,535 are coded in two halves.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return cells.large(size, cells.bare(text))


class Texts:
    """Shared texts by number: the first in memory, the others, if there are many, in files."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._folder, self._files = folder, files
        self._kept: list[str] = []
        self._characters = self._size = 0
        self._data: BinaryIO | None = None
        self._ends: BinaryIO | None = None
        self._waiting = array("Q", (0,))
        self._maps: tuple[mmap.mmap, mmap.mmap] | None = None

    def add(self, text: str) -> None:
        """The next text."""
        if self._data is None:
            self._kept.append(text)
            self._characters += len(text)
            if len(self._kept) < _KEPT_TEXTS and self._characters < _KEPT_CHARACTERS:
                return
            temporary = tempfile.TemporaryFile
            self._data = self._files.enter_context(temporary(dir=self._folder))
            self._ends = self._files.enter_context(temporary(dir=self._folder))
            return
        self._size += self._data.write(text.encode())
        self._waiting.append(self._size)
        if len(self._waiting) >= _KEPT_TEXTS:
            self._settle()

    def _settle(self) -> None:
        if self._ends is not None:
            self._waiting.tofile(self._ends)
            self._waiting = array("Q")

    def done(self) -> None:
        """No more texts come."""
        if self._data is None or self._ends is None or not self._size:
            return
        self._settle()
        self._data.flush()
        self._ends.flush()
        read = mmap.ACCESS_READ
        self._maps = (
            mmap.mmap(self._data.fileno(), 0, access=read),
            mmap.mmap(self._ends.fileno(), 0, access=read),
        )

    def __getitem__(self, number: int) -> str:
        if 0 <= number < len(self._kept):
            return self._kept[number]
        place = number - len(self._kept)
        if self._maps is None or not 0 <= place < len(self._maps[1]) // 8 - 1:
            raise BadZipFile(number)
        data, ends = self._maps
        begin, end = memoryview(ends)[8 * place : 8 * place + 16].cast("Q")
        return data[begin:end].decode()


class _Reading:
    """Handlers of the XML."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._parts: list[str] = []
        self._size = 0
        self._is_open = self._is_said = False

    def begin(self, _: dict[str, str]) -> None:
        """A text begins; it may have several runs."""
        self._parts.clear()
        self._size = 0

    def open(self, _: dict[str, str]) -> None:
        """A run."""
        self._is_open = not self._is_said

    def close(self) -> None:
        """Its end."""
        self._is_open = False

    def hush(self, _: dict[str, str]) -> None:
        """How a text is said, which stands beside the text."""
        self._is_said = True

    def unhush(self) -> None:
        """The end of that."""
        self._is_said = False

    def text(self, data: str) -> None:
        """Characters."""
        if self._is_open:
            self._size += len(data)
            if self._size <= MOST_CHARACTERS:
                self._parts.append(data)

    def end(self) -> None:
        """A text ends."""
        self._texts.add(meant("".join(self._parts), self._size))
