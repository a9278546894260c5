"""Rows of PostgreSQL as Arrow record batches, by ADBC's driver: binary COPY, decoded in C.

The driver cannot be told how long to wait. It works on a thread of its own, which is waited for; a
read that takes too long is given up with its thread, and the server told.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

import adbc_driver_manager
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import (  # type: ignore[import-untyped]
    StatementOptions,
    dbapi,
)

from tresse.connections.databases.columns import ServerColumn, schema_of

BATCH_BYTES = 4 * 1024 * 1024
"Of a batch; between two of them the read time-out holds."
ROWS = 65_536
AHEAD = 2
"Batches that may lie ready."
ENDING_SECONDS = 3
Error = adbc_driver_manager.Error


class ArrowLink:
    """A connection that reads within an exported snapshot."""

    def __init__(self, conninfo: str, beginning: Sequence[str]) -> None:
        self._link = dbapi.connect(conninfo, autocommit=True)
        self._reading: _Reading | None = None
        try:
            with self._link.cursor() as cursor:
                for statement in beginning:
                    cursor.execute(statement)
        except BaseException:
            self._link.close()
            raise

    def batches(
        self, text: str, columns: Sequence[ServerColumn], *, first: float, then: float
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a statement; at least one batch.

        Args:
            text: A SELECT.
            columns: Of the batches, in the order selected.
            first: Seconds to wait for the first rows.
            then: Seconds between two batches.

        Raises:
            Error: What the server refuses.
            TimeoutError: It took too long.
            pyarrow.ArrowInvalid: A text is no UTF-8.
        """
        schema = schema_of(columns)
        self._reading = _Reading(self._link.cursor(), text)
        is_first = True
        try:
            while (batch := self._reading.next(first if is_first else then)) is not None:
                is_first = False
                whole = _as(batch, schema)
                for begin in range(0, whole.num_rows, ROWS):
                    yield whole.slice(begin, ROWS)
        finally:
            self._reading.end()
        if is_first:
            yield pa.RecordBatch.from_pylist([], schema=schema)

    def close(self) -> None:
        """End the connection; one whose thread does not end is left to it."""
        if self._reading is None or self._reading.end():
            with suppress(Error):
                self._link.close()


class _Reading:
    """One statement, read on a thread."""

    def __init__(self, cursor: dbapi.Cursor, text: str) -> None:
        self._cursor, self._text = cursor, text
        self._ready: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(AHEAD)
        self._is_over = threading.Event()
        self._is_ended = False
        self._thread = threading.Thread(target=self._read, name="postgresql", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            option = StatementOptions.BATCH_SIZE_HINT_BYTES.value
            self._cursor.adbc_statement.set_options(**{option: str(BATCH_BYTES)})
            self._cursor.execute(self._text)
            # Errors of the reader that `fetch_record_batch` gives have no code; those of this do.
            for batch in self._cursor._results.reader:
                if not self._put(batch):
                    break
            self._put(None)
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            self._put(error)
        finally:
            with suppress(Error):
                self._cursor.close()

    def _put(self, found: pa.RecordBatch | BaseException | None) -> bool:
        while not self._is_over.is_set():
            with suppress(queue.Full):
                self._ready.put(found, timeout=0.2)
                return True
        return False

    def next(self, seconds: float) -> pa.RecordBatch | None:
        """The next batch; None at the end."""
        try:
            found = self._ready.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(found, BaseException):
            raise found
        return found

    def end(self) -> bool:
        """Have the thread end, and the server give up; answers whether it has."""
        has_ended, self._is_ended = self._is_ended, True
        self._is_over.set()
        if has_ended:
            return not self._thread.is_alive()
        if self._thread.is_alive():
            self._thread.join(0.05)
        if self._thread.is_alive():
            # To tell the server takes a connection of its own, which may hang as this one does.
            threading.Thread(target=self._cancel, name="cancel", daemon=True).start()
            self._thread.join(ENDING_SECONDS)
        return not self._thread.is_alive()

    def _cancel(self) -> None:
        with suppress(Error):
            self._cursor.adbc_cancel()


def _as(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch with our types and names; its texts are looked at, which the driver does not."""
    arrays = []
    for array, field in zip(batch.columns, schema, strict=True):
        array = array.storage if isinstance(array, pa.ExtensionArray) else array
        if array.type != field.type:
            array = pc.cast(array, field.type)
        if pa.types.is_string(field.type):
            array.validate(full=True)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
