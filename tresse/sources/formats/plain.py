"""Blocks of delimited text whose records are one line each: parsed by pyarrow, a column at a time.

Arrow reads a record of one line as Python's csv module does, cell by cell; what it does with others
is not ours (T13). So a block is only taken if it has as many records as lines. All else, and
whatever is in doubt, is left to `careful`, which reads the same at a tenth of the speed.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from tresse.engine.files.records import has_value, parsed
from tresse.sources.formats.blocks import BLOCK
from tresse.sources.formats.form import LINE, MOST_CELL_BYTES

_MOST_DOUBTFUL = 200
"Rows that may be blank, looked at one by one."
_MOST_ODD = 2_000
"Records with too few or too many cells; a block with more is read carefully."


@dataclass(slots=True)
class Piece:
    """Some rows and what else is in their lines; lines count from 0, `lines` of them in all.

    `odd`: line, cells and text of records that do not have as many cells as the header.
    """

    batch: pa.RecordBatch
    lines: int
    blank: int = 0
    odd: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """How the lines of a file are parted, and which columns are read: positions in the header."""

    codec: str
    separator: str
    width: int
    positions: tuple[int, ...]


def piece_of(data: bytes, table: Table) -> Piece | None:
    """The rows of a block of whole lines; None if it has to be read carefully."""
    # Arrow parts cells at a byte.
    text = _utf_8(data, table.codec) if table.separator.isascii() else None
    if text is None or (b"\r" in text and text.count(b"\r") != text.count(b"\r\n")):
        return None
    if b'"' in text and _ends_open(text, table.separator):
        return None
    lines = text.count(b"\n")
    found = _read(text, table, table.width)
    if found is not None and not found.rows.num_rows and _is_ragged(found, table):
        # Each line ends with separators more than the header has, as some programs write.
        found = _trimmed(_read(text, table, found.odd[0][1]), table)
    if found is None or found.rows.num_rows + len(found.odd) != lines:
        return None
    return _sorted(found, text, lines, table)


@dataclass(slots=True)
class _Found:
    rows: pa.Table
    odd: list[tuple[int, int, str]]
    "Number of the record, from 0, its cells, its text."


def _utf_8(data: bytes, codec: str) -> bytes | None:
    """A block as UTF-8; None if a byte has no character."""
    is_same = codec in {"utf-8", "cp1250", "cp1252"} or codec.startswith("iso")
    if is_same and data.isascii():
        return data
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return data if codec == "utf-8" else text.encode()


def _ends_open(text: bytes, separator: str) -> bool:
    """Whether the last line leaves a quote open: Arrow takes the end of the block for its end."""
    last = text[text.rfind(b"\n", 0, len(text) - 1) + 1 :]
    return b'"' in last and parsed([last.decode()], separator)[2]


def _read(text: bytes, table: Table, width: int) -> _Found | None:
    odd: list[tuple[int, int, str]] = []

    def told(row: Any) -> str:
        odd.append((row.number - 1, row.actual_columns, row.text))
        return "skip" if len(odd) <= _MOST_ODD else "error"

    wanted = {0, *table.positions, *range(table.width, width)}
    try:
        rows = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=max(2 * BLOCK, len(text) + 1),
                column_names=[str(at) for at in range(width)],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=table.separator, ignore_empty_lines=False, invalid_row_handler=told
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types={str(at): pa.string() for at in wanted},
                null_values=[""],
                strings_can_be_null=True,
                include_columns=[str(at) for at in sorted(wanted)],
            ),
        )
    except pa.ArrowInvalid:
        return None
    return _Found(rows, odd)


def _is_ragged(found: _Found, table: Table) -> bool:
    return bool(found.odd) and found.odd[0][1] > table.width


def _trimmed(found: _Found | None, table: Table) -> _Found | None:
    """Without the columns that the header does not have; None if one of them holds something."""
    if found is None:
        return None
    beyond = [name for name in found.rows.column_names if int(name) >= table.width]
    if any(found.rows[name].null_count != found.rows.num_rows for name in beyond):
        return None
    return _Found(found.rows.drop_columns(beyond), found.odd)


def _sorted(found: _Found, text: bytes, lines: int, table: Table) -> Piece | None:
    """Rows with the numbers of their lines, apart from blank ones and those of another width."""
    odd: list[tuple[int, int, str]] = []
    blank = 0
    for number, size, row in found.odd:
        cells = next(csv.reader([row], delimiter=table.separator), [])
        if not has_value(cells):
            blank += 1
        elif len(cells) >= table.width and not has_value(cells[table.width :]):
            return None
        else:
            odd.append((number, size, row))
    at = np.arange(lines, dtype=np.int64)
    if found.odd:
        at = np.delete(at, [number for number, _, _ in found.odd])
    empty = _blank_rows(found.rows, text, at, table)
    if empty is None:
        return None
    rows = found.rows
    if empty:
        keep = np.ones(len(at), np.bool_)
        keep[empty] = False
        rows, at = rows.filter(pa.array(keep)), at[keep]
    batch = _batch(rows, at, table, large=len(text) > MOST_CELL_BYTES)
    return Piece(batch, lines, blank + len(empty), odd) if batch else None


def _blank_rows(
    rows: pa.Table, text: bytes, at: "np.ndarray[Any, np.dtype[np.int64]]", table: Table
) -> list[int] | None:
    """Rows without any value; None if too many may be."""
    doubtful: Any = None
    for column in rows.columns:
        # A cell that begins with a visible ASCII character is a value.
        is_value = pc.and_(pc.greater_equal(column, "!"), pc.less(column, "\x7f"))
        is_doubtful = pc.invert(pc.fill_null(is_value, False))
        doubtful = is_doubtful if doubtful is None else pc.and_(doubtful, is_doubtful)
        if not pc.any(doubtful).as_py():
            return []
    places = np.flatnonzero(doubtful.to_numpy())
    if len(places) > _MOST_DOUBTFUL:
        return None
    whole = text.split(b"\n")
    return [int(row) for row in places if not _holds(whole[at[row]], table.separator)]


def _holds(line: bytes, separator: str) -> bool:
    return has_value(next(csv.reader([line.decode()], delimiter=separator), []))


def _batch(rows: pa.Table, at: Any, table: Table, *, large: bool) -> pa.RecordBatch | None:
    columns = [_whole(rows[str(position)]) for position in table.positions]
    if large and any(_is_too_large(column) for column in columns):
        return None
    names = [str(position) for position in table.positions]
    return pa.RecordBatch.from_arrays([*columns, pa.array(at)], names=[*names, LINE])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())


def _is_too_large(column: pa.Array) -> bool:
    longest = pc.max(pc.binary_length(column)).as_py()
    return longest is not None and longest > MOST_CELL_BYTES


def named(batch: pa.RecordBatch, names: Sequence[str], first: int) -> pa.RecordBatch:
    """A batch with the names of its columns, its lines counted from `first`."""
    lines = pc.add(batch.column(batch.num_columns - 1), first)
    return pa.RecordBatch.from_arrays([*batch.columns[:-1], lines], names=[*names, LINE])
