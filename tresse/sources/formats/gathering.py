"""Small parts of a file put together to ones that are worth being passed on."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from tresse.sources.formats.form import LINE, Part, RejectedLine

MOST_ROWS = 65_536
MOST_BYTES = 16_000_000
MOST_REJECTED = 10_000


def schema(columns: Sequence[str]) -> pa.Schema:
    """Of every batch: the columns as text, then the line."""
    return pa.schema([*((name, pa.string()) for name in columns), (LINE, pa.int64())])


class Gathering:
    """Takes parts in order and gives larger ones."""

    def __init__(self, columns: Sequence[str], *, blank: int = 0) -> None:
        self._schema = schema(columns)
        self._batches: list[pa.RecordBatch] = []
        self._rejected: list[RejectedLine] = []
        self._blank = blank
        self._rows = self._bytes = self._at = 0
        self._has_given = False

    def add(self, part: Part) -> Iterator[Part]:
        """One more part; what has become large enough."""
        if part.batch.num_rows:
            self._batches.append(part.batch)
            self._rows += part.batch.num_rows
            self._bytes += part.batch.nbytes
        self._rejected += part.rejected
        self._blank += part.blank
        self._at = part.bytes
        is_large = self._rows >= MOST_ROWS or self._bytes >= MOST_BYTES
        if is_large or len(self._rejected) >= MOST_REJECTED:
            yield self._whole()

    def rest(self) -> Iterator[Part]:
        """What is left, and of a file without rows one empty part."""
        if self._rows or self._rejected or self._blank or not self._has_given:
            yield self._whole()

    def _whole(self) -> Part:
        table = pa.Table.from_batches(self._batches, self._schema).combine_chunks()
        batch = next(iter(table.to_batches()), None)
        whole = Part(
            batch if batch is not None else empty(self._schema),
            self._rejected,
            self._blank,
            self._at,
        )
        self._has_given = True
        self._batches, self._rejected = [], []
        self._blank = self._rows = self._bytes = 0
        return whole


def empty(schema: pa.Schema) -> pa.RecordBatch:
    """A batch without rows."""
    return pa.RecordBatch.from_arrays([pa.array([], each.type) for each in schema], schema=schema)
