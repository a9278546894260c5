"""Runs a statement so that it can be followed and ended."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from tresse.engine.base import Cancelled, Progress, Stopped

_SECONDS = 0.5
T = TypeVar("T")


class Watch:
    """Asks and tells the caller, on the caller's own thread, while a statement runs on another."""

    def __init__(
        self,
        progress: Progress | None,
        cancelled: Cancelled | None,
        *,
        share: Callable[[], float],
        interrupt: Callable[[], None],
    ) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self._share = share
        self._interrupt = interrupt
        self._asked_at = 0.0
        self._thread: ThreadPoolExecutor | None = None
        self.is_stopped = False

    def run(self, work: Callable[[], T]) -> T:
        """What the work gives.

        Raises:
            Stopped: Somebody asked for it, before or while it ran.
        """
        if time.monotonic() - self._asked_at > _SECONDS:
            self._ask()
        if self.is_stopped:
            raise Stopped
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "tresse-engine")
        future = self._thread.submit(work)
        try:
            self._wait(future)
        except BaseException:
            self.stop()
            self._end(future)
            raise
        return future.result()

    def _wait(self, future: "Future[T]") -> None:
        while not _is_done(future):
            if self.is_stopped:
                self._end(future)
                return
            if self._progress is not None:
                self._progress(self._share())
            self._ask()

    def _end(self, future: "Future[T]") -> None:
        # Again and again: what an engine is about to begin is not ended by the first.
        while not _is_done(future):
            self._interrupt()

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        if self._cancelled is not None and not self.is_stopped and self._cancelled():
            self.stop()

    def stop(self) -> None:
        """End what runs, and refuse what comes; from any thread."""
        self.is_stopped = True
        self._interrupt()

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.shutdown()


def _is_done(future: "Future[T]") -> bool:
    try:
        future.exception(timeout=_SECONDS)
    except TimeoutError:
        return future.done()
    return True
