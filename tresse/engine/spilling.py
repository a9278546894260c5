"""The folder of a session for what memory does not hold; those of killed sessions are removed."""

import fcntl
import secrets
import shutil
from pathlib import Path
from typing import IO


class Spill:
    """A folder of this session alone, held by a lock that ends with the process."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        self.folder, self._lock = _taken(root.resolve())
        self.folder.mkdir()

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        _lock_of(self.folder).unlink(missing_ok=True)
        self._lock.close()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _taken(root: Path) -> tuple[Path, IO[bytes]]:
    while True:
        folder = root / f"engine-{secrets.token_hex(8)}"
        lock = _lock_of(folder).open("wb")
        if _is_free(lock) and _lock_of(folder).exists():
            return folder, lock
        # Another session took it for one of the dead, in the moment between.
        lock.close()


def _is_free(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(root: Path) -> None:
    """Remove the folders of sessions that were killed."""
    for path in root.glob("engine-*.lock"):
        try:
            lock = path.open("rb")
        except FileNotFoundError:
            continue
        with lock:
            if _is_free(lock):
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
