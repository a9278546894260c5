"""JSON documents: the array at a path, and its elements as a stream (S86)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tresse.engine.files.refusals import FILE_IS_DAMAGED
from tresse.kernel.errors import nearest
from tresse.sources.formats.blocks import BLOCK, LONGEST_LINE
from tresse.sources.formats.elements import Cut, cut
from tresse.sources.formats.encodings import utf_8_chunks
from tresse.sources.formats.form import FileForm, RejectedLine
from tresse.sources.formats.objects import BROKEN, Slice, unread, value_of
from tresse.sources.formats.packing import Stream
from tresse.sources.formats.refusals import ARRAY_OPEN, PATH_NEEDED, PATH_NOT_FOUND

_TOKEN = re.compile(rb'\s*+([{}\[\],:]|"(?:[^"\\]|\\.)*+"|[^\s{}\[\],:"]++)', re.DOTALL)
_LONE = frozenset(b'{}[],:"')
_OPENING, _CLOSING = frozenset((b"{", b"[")), frozenset((b"}", b"]"))
_SMALL = 8_192
"Bytes looked at in one go after a broken element, as another one may follow."
_LONGEST = 16 * 1024 * 1024
"Bytes of an element; working out where one ends takes some more of each."
_LONG = 4 * BLOCK
"Bytes without an end of an element after which it may be a broken one."


class Elements(NamedTuple):
    """Some elements of an array, and what is none."""

    slices: list[Slice]
    rejected: list[RejectedLine]
    at: int
    "How far in the file they end."
    blank: int = 0


class Document:
    """The bytes of a document as they come: `data` from `line` on."""

    def __init__(self, stream: Stream, form: FileForm) -> None:
        self._stream, self.form = stream, form
        stream.read(form.bom)
        self._taken = 0
        self._chunks = utf_8_chunks(iter(lambda: stream.read(BLOCK), b""), form.encoding)
        self.data = b""
        self.line = 1

    @property
    def at(self) -> int:
        """How far in the file one has come."""
        return self._stream.at

    def more(self) -> bool:
        """Take further bytes; False at the end."""
        chunk = next(filter(None, self._chunks), b"")
        self.data += chunk
        return bool(chunk)

    def drop(self, size: int) -> None:
        """Go on after the first bytes."""
        self.line += self.data.count(b"\n", 0, size)
        self.data = self.data[size:]

    def tokens(self) -> Iterator[bytes]:
        """Its tokens from here on; `end` goes on after the last one given.

        Raises:
            TresseError: `file_is_damaged` (a text without an end).
        """
        at = 0
        while True:
            found = _TOKEN.match(self.data, at)
            # A number or word at the end of what is there may go on.
            is_open = found is None or (found.end() == len(self.data) and found[1][0] not in _LONE)
            if is_open:
                self.drop(at)
                at = self._taken = 0
                if len(self.data) > LONGEST_LINE:
                    raise FILE_IS_DAMAGED(file=self.form.name, type="JSON", byte=self.at)
                if self.more():
                    continue
                if found is None:
                    return
            if found:
                at = found.end()
                self._taken = at
                yield found[1]

    def end(self) -> None:
        """Drop what the tokens given so far take."""
        self.drop(self._taken)
        self._taken = 0


def find_array(document: Document) -> None:
    """Go to the first element of the array at the path of a document.

    Raises:
        TresseError: `path_not_found`, with the nearest key.
    """
    form = document.form
    tokens = document.tokens()
    token = next(tokens, b"")
    if not form.path and token == b"{":
        raise PATH_NEEDED(file=form.name, path=_first_array(tokens))
    passed: list[str] = []
    for key in filter(None, form.path.split(".")):
        seen: list[str] = []
        if token != b"{" or not _goes_to(key, tokens, seen):
            near = nearest(key, seen)
            near = near and ".".join([*passed, near])
            raise PATH_NOT_FOUND(file=form.name, path=form.path, nearest=near, keys=seen)
        passed.append(key)
        token = next(tokens, b"")
    if token != b"[":
        raise PATH_NOT_FOUND(file=form.name, path=form.path, nearest=None, keys=[])
    document.end()


def elements(document: Document) -> Iterator[Elements]:
    """The elements of the array one stands in.

    One that is broken is rejected, and those after it are looked for where one begins as the first
    did: on a line of its own, as far in.
    """
    reading = _Reading(document)
    while not reading.is_over:
        yield reading.next()


class _Reading:
    """The state of going through an array: the document stands where an element may begin."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._window, self._long = BLOCK, _LONG
        self._mark: bytes | None = None
        "A line end and the blanks before an element; None: they are not on lines of their own."
        self._is_first = self._has_more = True
        self.is_over = False

    def next(self) -> Elements:
        """Some more elements, maybe none."""
        document = self._document
        while self._has_more and len(document.data) < self._window:
            self._has_more = document.more()
        found = cut(document.data[: self._window])
        slices = self._slices(found)
        if self._is_first:
            self._learn(found)
        rejected: list[RejectedLine] = []
        if found.end >= 0:
            document.drop(found.end)
            rejected = self._after()
        elif found.ends or found.broken:
            document.drop(found.rest)
            self._window = min(2 * self._window, BLOCK)
            rejected = [self._recovered()] if found.broken else []
        else:
            return self._longer(found)
        return Elements(slices, rejected, document.at)

    def _longer(self, found: Cut) -> Elements:
        """Look at more of an element that does not end, or give it up."""
        document = self._document
        is_all = not self._has_more and self._window >= len(document.data)
        is_long = self._window >= self._long and self._next_mark(found.rest) >= 0
        if not is_all and not is_long and 2 * self._window <= _LONGEST:
            self._window *= 2
            return Elements([], [], document.at)
        document.drop(found.rest)
        line, left = document.line, document.data.rstrip()
        if left and value_of(left) is BROKEN:
            return Elements([], [self._recovered()], document.at)
        document.drop(len(document.data))
        self.is_over = True
        details = {"line": document.line}
        rejected = [RejectedLine(document.line, ARRAY_OPEN, details, "")]
        return Elements([(line, left)] if left else [], rejected, document.at)

    def _slices(self, found: Cut) -> list[Slice]:
        if not found.ends:
            return []
        document = self._document
        data = document.data
        feeds = np.flatnonzero(np.frombuffer(data, np.uint8, found.ends[-1]) == ord("\n"))
        lines = (np.searchsorted(feeds, found.begins) + document.line).tolist()
        slices = [
            (line, data[begin:end])
            for line, begin, end in zip(lines, found.begins, found.ends, strict=True)
        ]
        if found.end >= 0 and not slices[-1][1]:
            # `[]`, or a comma before the closing bracket.
            slices.pop()
        return slices

    def _learn(self, found: Cut) -> None:
        """Remember how the first element stands on its line."""
        begin = found.begins[0] if found.begins else found.rest
        before = self._document.data[:begin]
        feed = before.rfind(b"\n")
        self._mark = before[feed:] if feed >= 0 else None
        self._is_first = not found.begins and begin == len(self._document.data)

    def _next_mark(self, begin: int) -> int:
        """Where the line before another element ends; -1: nowhere in what is there."""
        if self._mark is None:
            return -1
        return self._document.data.find(self._mark + b"{", begin)

    def _recovered(self) -> RejectedLine:
        """Reject what begins here, up to where another element seems to begin, or the end."""
        document = self._document
        line, raw = document.line, b""
        while (at := self._next_mark(0)) < 0:
            raw = raw or document.data[:BLOCK]
            document.drop(max(len(document.data) - len(self._mark or b""), 0))
            if not document.more():
                document.drop(len(document.data))
                self.is_over = True
                break
        else:
            raw = raw or document.data[:at][:BLOCK]
            document.drop(at)
            self._window = self._long = _SMALL
        return unread(line, raw.strip().rstrip(b","), document.form)

    def _after(self) -> list[RejectedLine]:
        """Reject what stands after the array where nothing may."""
        document = self._document
        self.is_over = True
        if document.form.path:
            return []
        while not (left := document.data.lstrip()):
            document.drop(len(document.data))
            if not document.more():
                return []
        document.drop(len(document.data) - len(left))
        self.is_over = False
        return [self._recovered()]


def _goes_to(wanted: str, tokens: Iterator[bytes], seen: list[str]) -> bool:
    """Go on to the value of a key of the object that has begun; `seen` takes the others."""
    for token in tokens:
        if token == b"}":
            return False
        if token == b",":
            continue
        key = _key(token)
        seen.append(key)
        if next(tokens, b"") != b":":
            return False
        if key == wanted:
            return True
        _pass(tokens)
    return False


def _key(token: bytes) -> str:
    found = value_of(token)
    return token.decode(errors="replace") if found is BROKEN else str(found)


def _pass(tokens: Iterator[bytes]) -> None:
    """Pass one value by."""
    depth = 0
    for token in tokens:
        depth += token in _OPENING
        depth -= token in _CLOSING
        if depth <= 0:
            return


def _first_array(tokens: Iterator[bytes]) -> str:
    """The key of the first array in the object that has begun; `data` if there is none."""
    key = b""
    for token in tokens:
        if token == b"[":
            return _key(key)
        if token == b"{":
            depth = 1
            for inner in tokens:
                depth += (inner in _OPENING) - (inner in _CLOSING)
                if not depth:
                    break
        elif token not in {b":", b","}:
            key = token
    return "data"
