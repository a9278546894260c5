"""Batches read on a thread of their own, a few ahead of whoever stages them.

So the connection is kept busy while rows are written, and cancelling acts at once also where the
other side does not answer.
"""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pyarrow as pa

WAIT_SECONDS = 0.25
BATCHES = 4
_END = object()
Begin = Callable[[], Iterator[pa.RecordBatch]]


class _Reading:
    """The thread that reads, and what it has read."""

    def __init__(self, begin: Begin) -> None:
        self.found: queue.Queue[Any] = queue.Queue(BATCHES)
        self.stop = threading.Event()
        self._begin = begin
        threading.Thread(target=self._read, name="reading of a source", daemon=True).start()

    def _read(self) -> None:
        reading = None
        try:
            reading = self._begin()
            if all(self._put(batch) for batch in reading):
                self._put(_END)
        except BaseException as error:  # noqa: BLE001  raised again by the caller's thread
            self._put(error)
        finally:
            if isinstance(reading, Generator):
                reading.close()

    def _put(self, thing: Any) -> bool:
        """Hand on a thing; False once nobody waits for it."""
        while not self.stop.is_set():
            try:
                self.found.put(thing, timeout=WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False


def ahead(begin: Begin, check: Callable[[], None]) -> Generator[pa.RecordBatch, None, None]:
    """The batches of a reading, in order.

    Args:
        begin: Begins the reading; called on the thread.
        check: Asked often, on the caller's thread; raises to stop. The thread then ends at its next
            batch, or when the connection's own time is up.
    """
    reading = _Reading(begin)
    try:
        while True:
            check()
            try:
                thing = reading.found.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                continue
            if thing is _END:
                return
            if isinstance(thing, BaseException):
                raise thing
            yield thing
    finally:
        reading.stop.set()


def here(begin: Begin, check: Callable[[], None]) -> Generator[pa.RecordBatch, None, None]:
    """The batches of a reading on the caller's thread: of what is in our own database."""
    for batch in begin():
        check()
        yield batch
