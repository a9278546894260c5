"""Which encoding a text file has (T10), proved over the whole file (T11)."""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tresse.engine.files.refusals import FILE_IS_DAMAGED, UNDECODABLE_TEXT
from tresse.kernel.errors import WRONG_VALUE

BLOCK = 1 << 20
LONGEST_LINE = 64 * BLOCK
"Bytes without a line break after which a file is no table of text; it bounds the memory used."

ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "UTF-32LE": "utf-32-le",
    "UTF-32BE": "utf-32-be",
    "Windows-1250": "cp1250",
    "Windows-1252": "cp1252",
    "ISO-8859-1": "iso8859-1",
    "ISO-8859-2": "iso8859-2",
    "ISO-8859-15": "iso8859-15",
}
"Names as people choose and see them, and the codec of each."

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32LE"),
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
CENTRAL = {
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
}
WESTERN = {"fr": "àâæçèéêëîïôœùûüÿ", "de": "äöüß", "es": "áéíñóúü"}
_ASCII = bytes(range(0x80))


class Encoding(NamedTuple):
    """An encoding and the length of the byte order mark before the text."""

    name: str
    bom: int = 0

    @property
    def codec(self) -> str:
        """The name Python knows."""
        return ENCODINGS[self.name]


def encoding_of(path: Path, *, name: str, chosen: str | None, language: str) -> Encoding:
    """The encoding of a text file, which the whole file is valid in.

    Args:
        path: The file.
        name: What it is called, for the sentences.
        chosen: What the person chose, in any spelling; None: found by itself.
        language: Of the person, decides between Windows-1250 and Windows-1252 on a tie.

    Raises:
        TresseError: `undecodable_text`, `file_is_damaged`, `wrong_value` (no such encoding).
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
    found = marked(head, name)
    if chosen:
        found = chosen_encoding(chosen, found, head)
    found = found or zeroed(head)
    if found:
        fault = _fault(path, found, name)
    else:
        found = Encoding("UTF-8")
        fault = _fault(path, found, name)
        if fault:
            found = Encoding(_eight_bit(path, language))
            fault = _fault(path, found, name)
    if fault:
        raise UNDECODABLE_TEXT(line=fault.line, byte=fault.byte, encoding=found.name)
    return found


def chosen_encoding(chosen: str, found: Encoding | None, head: bytes) -> Encoding:
    """The encoding a person chose, in any spelling; `found`: what a byte order mark says.

    Raises:
        TresseError: `wrong_value` (no such encoding).
    """
    wanted = chosen.strip().lower().replace("_", "-")
    if wanted in {"utf-16", "utf16", "utf-32", "utf32"}:
        bits = wanted[-2:]
        if found and found.name.startswith(f"UTF-{bits}"):
            return found
        even, odd = head[::2].count(0), head[1::2].count(0)
        return Encoding(f"UTF-{bits}{'BE' if even > odd else 'LE'}")
    try:
        codec = codecs.lookup(wanted.replace("windows-", "cp")).name
    except (LookupError, ValueError):
        codec = ""
    for each, known in ENCODINGS.items():
        if codecs.lookup(known).name == codec or (codec == "utf-8-sig" and each == "UTF-8"):
            return found if found and found.name == each else Encoding(each)
    raise WRONG_VALUE(name="encoding", wanted=f"one of {', '.join(ENCODINGS)}", value=chosen)


def marked(head: bytes, name: str) -> Encoding | None:
    """What the byte order mark of a file says; None if it has none.

    Raises:
        TresseError: `file_is_damaged` (the text after it is in no such encoding).
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            text = head[len(mark) : len(mark) + 4096]
            # A mark of two bytes before UTF-32 text: three of four bytes are zero.
            if encoding.startswith("UTF-16") and text.count(0) > 0.6 * len(text):
                raise FILE_IS_DAMAGED(file=name, type=encoding, byte=len(mark))
            return Encoding(encoding, len(mark))
    return None


def zeroed(head: bytes) -> Encoding | None:
    """UTF-16 without a mark: most of every second byte is zero, hardly any of the others."""
    text = head[:65_536]
    half = len(text) // 2
    if half < 2:
        return None
    even, odd = text[::2].count(0), text[1::2].count(0)
    if odd > 0.4 * half and even < 0.1 * half:
        return Encoding("UTF-16LE")
    if even > 0.4 * half and odd < 0.1 * half:
        return Encoding("UTF-16BE")
    return None


def _eight_bit(path: Path, language: str) -> str:
    """Windows-1250 or Windows-1252, by the language that explains most letters."""
    counts: Counter[int] = Counter()
    for block in _blocks(path):
        counts.update(block.translate(None, _ASCII))
    central = explained(counts, "cp1250", CENTRAL)
    western = explained(counts, "cp1252", WESTERN)
    if central == western:
        return "Windows-1250" if language in CENTRAL else "Windows-1252"
    return "Windows-1250" if central > western else "Windows-1252"


def explained(counts: Mapping[int, int], codec: str, languages: Mapping[str, str]) -> int:
    """How many letters of a text belong to the language that has most of them.

    Args:
        counts: Bytes from 0x80 on, and how often each occurs.
        codec: As which they are read.
        languages: The letters beyond ASCII of each.
    """
    letters = {byte: bytes([byte]).decode(codec, "replace").lower() for byte in counts}
    return max(
        sum(number for byte, number in counts.items() if letters[byte] in alphabet)
        for alphabet in languages.values()
    )


class _Fault(NamedTuple):
    line: int
    byte: str


def _fault(path: Path, encoding: Encoding, name: str) -> _Fault | None:
    """The first byte the encoding does not have, or None; reads the whole file once."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    line, seen, unbroken = 1, encoding.bom, 0
    last = ""
    for block in _blocks(path, encoding.bom):
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            return _fault_at(error, encoding.codec, line, last)
        line += _breaks(text, last)
        last = text[-1:] or last
        unbroken = 0 if "\n" in text or "\r" in text else unbroken + len(block)
        seen += len(block)
        if unbroken > LONGEST_LINE:
            raise FILE_IS_DAMAGED(file=name, type="CSV", byte=seen)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _fault_at(error, encoding.codec, line, last)
    return None


def _fault_at(error: UnicodeDecodeError, codec: str, line: int, last: str) -> _Fault:
    good = error.object[: error.start].decode(codec, "ignore")
    bad = error.object[error.start : max(error.end, error.start + 1)]
    return _Fault(line + _breaks(good, last), bad.hex(" ").upper())


def _breaks(text: str, last: str) -> int:
    """Line breaks in a text; `last` is the character before it (CR LF may be parted)."""
    number = text.count("\n")
    if "\r" in text:
        number += text.count("\r") - text.count("\r\n")
    return number - (last == "\r" and text.startswith("\n"))


def _blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(BLOCK):
            yield block
