"""In which encoding a file of a source is, told by the whole of it (S87)."""

import codecs
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from tresse.engine.files.encoding import (
    CENTRAL,
    ENCODINGS,
    WESTERN,
    Encoding,
    chosen_encoding,
    explained,
    marked,
    zeroed,
)

HEAD = 1 << 20
_ODD_SHARE = 10
"UTF-8 with some broken bytes is told from another encoding if it has a tenth as many whole ones."
_ENOUGH = 100_000
"Broken bytes after which nothing is counted any more."
_MARK = 0xDC00
"What a byte without a character becomes: this and the byte, half of a surrogate pair."


def encoding_of(
    head: bytes,
    whole: Callable[[], Iterable[bytes]],
    *,
    name: str,
    wanted: str,
    language: str,
) -> Encoding:
    """The encoding a file is read in; a byte that does not fit rejects its line later.

    A byte order mark says it, else the zero bytes of UTF-16. Else the whole file is UTF-8, maybe
    with some broken bytes, or in one of those with eight bits: that in which most letters belong to
    a language. ISO 8859-1 is never found, as the same bytes read the same in Windows-1252.

    Args:
        head: The first megabyte, unpacked.
        whole: Gives the whole file, unpacked, once more.
        name: What people call it.
        wanted: What was chosen; empty: to be found.
        language: Decides between encodings that explain equally much.

    Raises:
        TresseError: `wrong_value` (no such encoding), `file_is_damaged`, `file_too_large`.
    """
    found = marked(head, name)
    if wanted:
        return chosen_encoding(wanted, found, head)
    found = found or zeroed(head)
    if found:
        return found
    if _is_utf_8(whole()):
        return Encoding("UTF-8")
    return Encoding(_eight_bit(_counts(whole()), language))


def decoded(data: bytes, codec: str) -> tuple[str, bool]:
    """Text of whole characters, and whether there are bytes in it that have none.

    Each of those becomes a mark: U+DC00 plus the byte, which no text holds.
    """
    try:
        return data.decode(codec), False
    except UnicodeDecodeError:
        return data.decode(codec, _MARKS), True


def _marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1").translate(_TO_MARKS), error.end


_TO_MARKS = {byte: _MARK + byte for byte in range(256)}
# Decoders know handlers by name only. This name is ours; registering it changes nothing else.
_MARKS = "tresse.marks"
codecs.register_error(_MARKS, _marks)


def utf_8_chunks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """A text as UTF-8, piece by piece; marks stay, as three bytes each that are no UTF-8.

    What is UTF-8 already is given as it is, broken bytes included.
    """
    if encoding == "UTF-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(ENCODINGS[encoding])(_MARKS)
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def byte_of(mark: str) -> str:
    """The byte a mark stands for, as `E9`."""
    return f"{ord(mark) - _MARK:02X}"


def _is_utf_8(chunks: Iterable[bytes]) -> bool:
    """Whether a text is UTF-8, or at least was once: much of it is, and some bytes are broken."""
    whole = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")(_MARKS)
    left = b""
    for chunk in chunks:
        if not left and chunk.isascii():
            continue
        before = len(left)
        text = decoder.decode(chunk)
        left = decoder.getstate()[0]
        # A broken byte is one mark, so what there is more of bytes is of whole characters.
        whole += before + len(chunk) - len(left) - len(text)
        broken += _marks_in(text)
        if broken > _ENOUGH and whole * _ODD_SHARE < broken:
            return False
    return whole * _ODD_SHARE >= broken + len(left)


def _marks_in(text: str) -> int:
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(text) - len(text.encode(errors="ignore").decode())
    return 0


def _counts(chunks: Iterable[bytes]) -> dict[int, int]:
    """How often each byte from 0x80 on occurs."""
    counts = np.zeros(256, np.int64)
    for chunk in chunks:
        if not chunk.isascii():
            counts += np.bincount(np.frombuffer(chunk, np.uint8), minlength=256)
    return {byte: int(counts[byte]) for byte in range(0x80, 0x100)}


def _eight_bit(counts: dict[int, int], language: str) -> str:
    western = {each: f"{letters}€" for each, letters in WESTERN.items()}
    scores = {
        "Windows-1252": explained(counts, "cp1252", western),
        "Windows-1250": explained(counts, "cp1250", CENTRAL),
    }
    # The ISO encodings have no characters where the Windows ones have some of theirs.
    if not any(number for byte, number in counts.items() if byte < 0xA0):
        scores["ISO-8859-15"] = explained(counts, "iso8859-15", western)
        scores["ISO-8859-2"] = explained(counts, "iso8859-2", CENTRAL)
    most = max(scores.values())
    order = list(ENCODINGS) if language in CENTRAL else ["Windows-1252", *ENCODINGS]
    return next(name for name in order if scores.get(name) == most)
