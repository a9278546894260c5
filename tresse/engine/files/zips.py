"""Zip archives from outside: what is looked at before one is opened."""

import struct
from pathlib import Path

MOST_DIRECTORY = 8 << 20
"Bytes of the list of members; a spreadsheet has some kilobytes."
_END = struct.Struct("<4s4H2LH")
_END_64 = b"PK\x06\x06"


def directory_fits(path: Path) -> bool:
    """Whether the list of members is of a size that a spreadsheet may have; False if there is none.

    `ZipFile` keeps it in memory, so that ten million empty members would take gigabytes.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557 - 76))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return False
    length = _END.unpack_from(tail, at)[5]
    at_64 = tail.rfind(_END_64, 0, at)
    if at_64 >= 0 and len(tail) - at_64 >= 56:
        length = max(
            length if length != 0xFFFFFFFF else 0, *struct.unpack_from("<Q", tail, at_64 + 40)
        )
    return int(length) <= MOST_DIRECTORY
