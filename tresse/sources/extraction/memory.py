"""How much memory the process of a run holds at most, while the run goes on."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_SECONDS = 0.25
_STATUS = Path("/proc/self/status")


def held_bytes() -> int | None:
    """Memory of this process that is in use now; None where the machine does not tell."""
    try:
        text = _STATUS.read_text()
    except OSError:
        return None
    found = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) * 1024 if found else None


class Memory:
    """Within the block, looks at the memory of the process; `peak` is the most it saw."""

    def __init__(self) -> None:
        self.peak = held_bytes()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory of a run", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while self.peak is not None and not self._end.wait(EVERY_SECONDS):
            self.peak = max(self.peak, held_bytes() or 0)
