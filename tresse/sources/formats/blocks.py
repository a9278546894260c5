"""Text as a stream of blocks that end where a line ends; memory is bounded, whatever the lines."""

from collections.abc import Iterator
from typing import NamedTuple

from tresse.sources.formats.packing import Stream

BLOCK = 960_000
"Bytes read at a time: a block holds no cell above 1 MB, unless it is larger than this."
MOST_LINES = 20_000
"Lines of a block, about: each may become a rejection."
LONGEST_LINE = 32 * 1024 * 1024
"Bytes of a line that is kept; of a longer one only that it is there."
_SHOWN = 2_000


class Block(NamedTuple):
    """Whole lines, as bytes of the file's encoding; the last one ends, too.

    `dropped`: bytes of a line that is too long to be kept; `data` is its beginning then.
    """

    data: bytes
    at: int
    "How far in the file this block ends."
    dropped: int = 0


class Ends:
    """Where lines end in an encoding whose units have `width` bytes."""

    def __init__(self, codec: str, *, with_returns: bool) -> None:
        self.feed, self._return = "\n".encode(codec), "\r".encode(codec)
        self.width = len(self.feed)
        self._with_returns = with_returns

    def last(self, data: bytes) -> int:
        """Where the line after the last whole one begins; 0 if none ends."""
        end = self._after_last(data, self.feed, len(data))
        if end or not self._with_returns:
            return end
        # Lines that end in carriage returns alone; after the last one a line feed may follow.
        return self._after_last(data, self._return, len(data) - self.width)

    def first(self, data: bytes) -> int:
        """Where the line after the first begins; 0 if it does not end."""
        at = data.find(self.feed)
        while at >= 0 and at % self.width:
            at = data.find(self.feed, at + 1)
        return at + self.width if at >= 0 else 0

    def _after_last(self, data: bytes, end: bytes, before: int) -> int:
        at = data.rfind(end, 0, max(before, 0))
        while at >= 0 and at % self.width:
            at = data.rfind(end, 0, at + self.width - 1)
        return at + self.width if at >= 0 else 0


def blocks(stream: Stream, codec: str, bom: int, *, with_returns: bool = True) -> Iterator[Block]:
    """The lines of a file in blocks.

    Args:
        stream: At its beginning.
        codec: Of the text, without byte order mark.
        bom: Bytes of the mark, which are left out.
        with_returns: Whether a carriage return alone ends a line.
    """
    ends = Ends(codec, with_returns=with_returns)
    stream.read(bom)
    rest = b""
    while chunk := stream.read(BLOCK):
        data = rest + chunk if rest else chunk
        cut = ends.last(data)
        if cut:
            yield from _parts(data[:cut], stream.at, ends)
        rest = data[cut:]
        if len(rest) > LONGEST_LINE:
            dropped, left = _past(stream, rest, ends)
            yield Block(rest[:_SHOWN], stream.at, dropped)
            rest = left
    if rest:
        # What is left of a character at the end stays, and is told as what it is.
        yield Block(rest + ends.feed if len(rest) % ends.width == 0 else rest, stream.at)


def _parts(data: bytes, at: int, ends: Ends) -> Iterator[Block]:
    """A block, or several of so few lines that all of them may be rejected one by one."""
    number = data.count(ends.feed) // MOST_LINES
    size = len(data) // (number + 1) + 1
    begin = 0
    while number and len(data) - begin > size:
        end = begin + ends.last(data[begin : begin + size])
        if end == begin:
            break
        yield Block(data[begin:end], at)
        begin = end
    yield Block(data[begin:], at)


def _past(stream: Stream, rest: bytes, ends: Ends) -> tuple[int, bytes]:
    """Bytes of a line that are passed by, and what was read after it."""
    dropped = len(rest)
    odd = rest[len(rest) - len(rest) % ends.width :]
    while chunk := stream.read(BLOCK):
        data = odd + chunk
        end = ends.first(data)
        if end:
            return dropped + end - len(odd), data[end:]
        dropped += len(chunk)
        odd = data[len(data) - len(data) % ends.width :]
    return dropped, b""
