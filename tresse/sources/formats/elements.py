"""Where the elements of a JSON array end.

It is worked out for a whole block at once: quotes say what is text, brackets outside of text say
how deep one is. Whether an element is JSON is not asked here.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_KINDS = np.zeros(256, np.int8)
_KINDS[list(b"{[")] = 1
_KINDS[list(b"}]")] = -1
_SPACE = np.zeros(256, np.bool_)
_SPACE[list(b" \t\r\n")] = True


@dataclass(slots=True)
class Cut:
    """Elements that end in some bytes: `begins` and `ends`, white space before them left out.

    `rest`: where the element begins that does not end in them. `end`: the byte after the array's
    closing bracket; -1: it is not closed in them. `broken`: a line ends within a text, or brackets
    do not match, in the element that begins at `rest`.
    """

    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rest: int = 0
    end: int = -1
    broken: bool = False


def cut(data: bytes) -> Cut:
    """The elements in some bytes of an array that begin where one may begin."""
    bare = _ESCAPED.sub(b"__", data) if b"\\" in data else data
    bytes_ = np.frombuffer(bare, np.uint8)
    within = _within_text(bytes_)
    is_broken_text = np.flatnonzero(within & (bytes_ == 10))
    usable = int(is_broken_text[0]) if len(is_broken_text) else len(bytes_)
    kinds = np.where(within[:usable], 0, _KINDS[bytes_[:usable]])
    # Deeper than 16 bits is no JSON that anybody reads; it is rejected as broken.
    depth = np.cumsum(kinds, dtype=np.int16)
    closing = np.flatnonzero(depth < 0)
    end = int(closing[0]) if len(closing) else -1
    found = Cut(broken=usable < len(bytes_))
    if end >= 0:
        usable = end
        found.broken = bare[end : end + 1] != b"]"
        found.end = -1 if found.broken else end + 1
    commas = (bytes_[:usable] == 44) & (depth[:usable] == 0) & ~within[:usable]
    ends = np.flatnonzero(commas)
    if found.end >= 0:
        ends = np.append(ends, end)
    _place(found, bytes_, ends)
    return found


def _within_text(bytes_: Any) -> Any:
    """Of each byte, whether it is in a text, its opening quote included."""
    return np.logical_xor.accumulate(bytes_ == 34)


def _place(found: Cut, bytes_: Any, ends: Any) -> None:
    """Say where the elements before `ends` begin, and where the next one does."""
    starts = np.concatenate(([0], ends + 1))
    solid = np.flatnonzero(~_SPACE[bytes_])
    places = np.searchsorted(solid, starts)
    begins = np.append(solid, len(bytes_))[places]
    found.ends = ends.tolist()
    found.begins = begins[:-1].tolist()
    found.rest = int(begins[-1]) if found.end < 0 else found.end
