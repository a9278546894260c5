"""At most so many open connections to one host, over all processes of this machine (S6)."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tresse.connections.kinds.base import Opened
from tresse.connections.refusals import ALL_OPEN

PAUSE_SECONDS = 0.05


@contextmanager
def slot(opened: Opened, *, seconds: float | None = None) -> Iterator[None]:
    """Hold one of the host's places within the block; wait for one so long, else as a read may.

    A place is the lock of a file, which ends with the process that holds it, however it ends.

    Raises:
        TresseError: `remote_rate_limit`; all places stayed taken.
    """
    host = str(opened.settings.get("host") or "").lower()
    if not host or opened.folder is None:
        yield
        return
    name = hashlib.sha256(f"{host}:{opened.settings.get('port')}".encode()).hexdigest()[:24]
    folder = opened.folder / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    places = [folder / f"{name}-{place}" for place in range(opened.limits.most_open)]
    held = _taken(opened, places, opened.limits.slot_seconds if seconds is None else seconds)
    try:
        yield
    finally:
        os.close(held)


def _taken(opened: Opened, places: list[Path], seconds: float) -> int:
    until = time.monotonic() + seconds
    while True:
        for place in places:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        if time.monotonic() >= until:
            raise ALL_OPEN(host=opened.settings.get("host"), number=len(places))
        time.sleep(PAUSE_SECONDS)
