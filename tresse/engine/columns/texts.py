"""Texts of columns: length, case, parts, patterns, hashes."""

from tresse.engine.columns.renderings import LIST, TEXT, WHOLE, YES, Value, column
from tresse.engine.functions import Function
from tresse.engine.patterns import checked


def _padded(text: str, *, count: int, filling: str) -> str:
    return text.rjust(count, filling)


PADDED = Function("padded", _padded, TEXT)


def length(text: Value) -> Value:
    """Its characters (code points); a whole number."""
    return column("length", WHOLE, text)


def lowered(text: Value) -> Value:
    """In lower case, letter by letter: `İ` gives `i`, sigma always the same one."""
    return column("lower", TEXT, text)


def uppered(text: Value) -> Value:
    """In upper case, letter by letter, but `ß` gives `SS` and `ﬁ` gives `FI`."""
    return column("upper", TEXT, text)


def nfc(text: Value) -> Value:
    """In normal form C."""
    return column("nfc", TEXT, text)


def substring(text: Value, start: int, count: int) -> Value:
    """`count` characters from the place `start` on, which counts from 1."""
    return column("substring", TEXT, text, start, count)


def ending(text: Value, count: int) -> Value:
    """The last `count` characters, from 0 on."""
    return column("ending", TEXT, text, count)


def stripped(text: Value, characters: str) -> Value:
    """Without these characters at both ends."""
    return column("stripped", TEXT, text, characters)


def padded(text: Value, count: int, filling: str) -> Value:
    """Filled on the left with a character up to `count`; longer texts stay."""
    return PADDED(text, count=count, filling=filling)


def replaced_text(text: Value, find: str, by: str) -> Value:
    """Every occurrence of a text replaced; `find` is not empty."""
    return column("replaced_text", TEXT, text, find, by)


def without_nul(text: Value) -> Value:
    """Without characters U+0000, which databases refuse."""
    return column("without_nul", TEXT, text)


def has_nul(text: Value) -> Value:
    """Whether it holds a character U+0000."""
    return column("has_nul", YES, text)


def matches(text: Value, pattern: str) -> Value:
    """Whether a pattern is found anywhere in it. Raises `pattern_unknown`."""
    return column("matches", YES, text, checked(pattern))


def extracted(text: Value, pattern: str, group: int = 0) -> Value:
    """What a group of a pattern finds first; NULL where it finds nothing, or an empty text."""
    return column("extracted", TEXT, text, checked(pattern), group)


def all_extracted(text: Value, pattern: str) -> Value:
    """All that a pattern finds, from left to right; a list."""
    return column("all_extracted", LIST, text, checked(pattern))


def replaced(text: Value, pattern: str, by: str) -> Value:
    r"""All that a pattern finds replaced; `\1` in `by` is what its group 1 found."""
    return column("replaced", TEXT, text, checked(pattern), by)


def part(text: Value, separator: str, number: int) -> Value:
    """The part of that number, from 1, or from -1 at the end; NULL where there is none."""
    return column("part", TEXT, text, separator, number)


def split(text: Value, separator: str) -> Value:
    """Its parts between separators; a list, of one empty text for an empty one."""
    return column("split", LIST, text, separator)


def joined(separator: str, *texts: Value) -> Value:
    """Texts joined, NULLs left out; empty if all of them are NULL."""
    return column("joined", TEXT, separator, *texts)


def hashed(text: Value) -> Value:
    """MD5 of its UTF-8, as 32 hexadecimal digits; for buckets and ids, not for secrets."""
    return column("hashed", TEXT, text)


def hash_number(text: Value) -> Value:
    """60 bits of the MD5 of its UTF-8, as a whole number from 0."""
    return column("hash_number", WHOLE, text)


def sha256(text: Value) -> Value:
    """SHA-256 of its UTF-8, as 64 hexadecimal digits."""
    return column("sha256", TEXT, text)
