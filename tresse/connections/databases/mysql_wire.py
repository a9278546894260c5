"""Rows of MariaDB and MySQL, straight from the wire into Arrow record batches.

A row is a packet: three bytes of length, one that counts packets, then each value as text behind
its length. Where rows begin is found in a loop; their values are then taken apart by numpy, a
column of all rows at a time. PyMySQL's own reading makes an object of every value and takes eight
times as long (decision 0017).

Source: MariaDB, Client/Server Protocol, "Result Set Packets", text protocol.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tresse.connections.databases.columns import INSTANT, LOCAL, ServerColumn, schema_of

ROWS = 65_536
"Of a batch at most."
BATCH_BYTES = 16 * 1024 * 1024
BLOCK = 1024 * 1024
FULL = 0xFFFFFF
"A packet of this length goes on in the next one."
NULL = 0xFB
WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}
"Bytes of a length that follows its mark."
END, FAILED = 0xFE, 0xFF
LONGEST_END = 9
HEADER = 4


class Failed(Exception):  # noqa: N818  a result that failed
    """The server broke a result off; holds its packet."""

    def __init__(self, packet: bytes) -> None:
        super().__init__()
        self.packet = packet


def packets(read: Callable[[int], bytes]) -> Iterator[tuple[bytes, list[int]]]:
    """Blocks of whole packets with the places where each begins; ends with the result.

    Args:
        read: Gives at most so many bytes, as soon as there are any; nothing at the end.

    Raises:
        Failed: The server says that it could not go on.
        EOFError: The connection ended before the result.
    """
    left, is_new = b"", True
    while True:
        if is_new:
            more = read(BLOCK)
            if not more:
                raise EOFError
            left += more
        block, is_new = left, True
        begins, place, ended = _begins(block)
        left = block[place:]
        if begins:
            yield block, begins
        if ended:
            return
        if left[:3] == b"\xff\xff\xff":
            joined, left = _joined(left, read)
            yield joined, [0]
            # What follows may be there already, the end of the result too.
            is_new = False


def _begins(block: bytes) -> tuple[list[int], int, bool]:
    """Where whole packets begin, where the first other one does, and if the result ends there."""
    begins: list[int] = []
    place, size = 0, len(block)
    while size - place >= HEADER:
        length = block[place] | block[place + 1] << 8 | block[place + 2] << 16
        if length == FULL or place + HEADER + length > size:
            break
        first = block[place + HEADER] if length else 0
        if first == FAILED:
            raise Failed(block[place + HEADER : place + HEADER + length])
        if first == END and length < LONGEST_END:
            return begins, place, True
        begins.append(place + HEADER)
        place += HEADER + length
    return begins, place, False


def _joined(block: bytes, read: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """A row that takes several packets, and what follows it."""
    parts: list[bytes] = []
    while True:
        while len(block) < HEADER or len(block) < HEADER + int.from_bytes(block[:3], "little"):
            more = read(FULL)
            if not more:
                raise EOFError
            block += more
        length = int.from_bytes(block[:3], "little")
        parts.append(block[HEADER : HEADER + length])
        block = block[HEADER + length :]
        if length < FULL:
            return b"".join(parts), block


def batches_of(
    read: Callable[[int], bytes], columns: Sequence[ServerColumn]
) -> Iterator[pa.RecordBatch]:
    """Batches of the rows of a result; at least one, which is empty if there is no row.

    Raises:
        pyarrow.ArrowInvalid: A value is none of its column's type, or no UTF-8.
        Failed, EOFError: As `packets`.
    """
    schema = schema_of(columns)
    is_first = True
    for block, begins in _gathered(packets(read)):
        yield from _batches(block, begins, schema)
        is_first = False
    if is_first:
        yield pa.RecordBatch.from_pylist([], schema=schema)


def _gathered(
    found: Iterator[tuple[bytes, list[int]]],
) -> Iterator[tuple[bytes, npt.NDArray[np.int64]]]:
    """Blocks joined until they hold enough rows to be worth a batch."""
    parts: list[bytes] = []
    begins: list[npt.NDArray[np.int64]] = []
    rows = size = 0
    for block, places in found:
        parts.append(block)
        begins.append(np.array(places, dtype=np.int64) + size)
        rows += len(places)
        size += len(block)
        if rows >= ROWS or size >= BATCH_BYTES:
            yield b"".join(parts), np.concatenate(begins)
            parts, begins, rows, size = [], [], 0, 0
    if rows:
        yield b"".join(parts), np.concatenate(begins)


def _batches(
    block: bytes, places: npt.NDArray[np.int64], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows that begin at these places: column by column, all rows at a time."""
    bytes_ = np.frombuffer(block, np.uint8)
    arrays = []
    for field in schema:
        starts, lengths, is_null = _values(block, bytes_, places)
        arrays.append(_array(bytes_, starts, lengths, is_null, field.type))
        places = starts + lengths
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    for begin in range(0, batch.num_rows, ROWS):
        yield batch.slice(begin, ROWS)


def _values(
    block: bytes, bytes_: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where the values begin whose lengths stand at these places, how long they are, which lack."""
    lengths = bytes_[places].astype(np.int64)
    starts = places + 1
    is_null = lengths == NULL
    lengths[is_null] = 0
    for row in np.flatnonzero(lengths > NULL):
        width = WIDTHS[int(lengths[row])]
        begin = int(starts[row])
        lengths[row] = int.from_bytes(block[begin : begin + width], "little")
        starts[row] = begin + width
    return starts, lengths, is_null


def _array(
    bytes_: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    is_null: npt.NDArray[np.bool_],
    type: pa.DataType,
) -> pa.Array:
    """The values in their column's type, their bytes copied to stand one behind the other."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    wanted = np.repeat(starts - offsets[:-1], lengths)
    wanted += np.arange(len(wanted))
    bits = np.packbits(~is_null, bitorder="little") if is_null.any() else None
    texts = pa.Array.from_buffers(
        pa.string(),
        len(lengths),
        [
            None if bits is None else pa.py_buffer(bits),
            pa.py_buffer(offsets),
            pa.py_buffer(bytes_[wanted]),
        ],
    )
    texts.validate(full=True)
    if type == INSTANT:
        # The session is in UTC, and so are its texts.
        return pc.assume_timezone(pc.cast(texts, LOCAL), "UTC")
    return texts if type == pa.string() else pc.cast(texts, type)
