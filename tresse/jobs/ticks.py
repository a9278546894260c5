"""Short looks that every worker takes every few seconds, beside the job it is at.

A job may take hours; what must follow its cause within seconds cannot wait behind it. A tick looks
whether there is anything to do, does it in transactions of its own, and writes no row of the queue.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from django.db import DatabaseError, connection

from tresse.kernel.errors import TresseError
from tresse.kernel.registry import Registry

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing to look after; `run` answers whether there was anything to do.

    Several workers may take the same look at once: `run` sees to it that only one acts.
    """

    name: str
    every_seconds: float
    run: Callable[[], bool]


TICKS: Registry[Tick] = Registry("tick")
"Filled by `config.members.hand_over`."


def run_all() -> bool:
    """Take every look now, once; answers whether any of them found something to do."""
    found = [tick.run() for tick in TICKS]
    return any(found)


class Ticking:
    """Within the block, ticks run when they are due, on a thread with a connection of its own."""

    def __init__(self) -> None:
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tick_until_end, name="ticks", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _tick_until_end(self) -> None:
        due = dict.fromkeys((tick.name for tick in TICKS), 0.0)
        try:
            while not self._end.wait(PAUSE_SECONDS):
                for tick in TICKS:
                    if time.monotonic() >= due[tick.name]:
                        more = self._took(tick)
                        due[tick.name] = time.monotonic() + (0 if more else tick.every_seconds)
        finally:
            connection.close()

    def _took(self, tick: Tick) -> bool:
        """Take one look. It will be taken again, so that a fault in one ends neither thread."""
        try:
            return tick.run()
        except DatabaseError as error:
            # Away, or SQLite's one writer has it too long.
            logger.debug("Tick %s: %s", tick.name, error)
            connection.close_if_unusable_or_obsolete()
        except TresseError as error:
            logger.warning("Tick %s: %s", tick.name, error.message)
        except Exception:  # the thread's top: a bug is logged, the other ticks go on
            logger.exception("Tick %s failed by a bug", tick.name)
        return False
