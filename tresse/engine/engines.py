"""Opens the warehouse engine that an address names."""

from collections.abc import Sequence
from pathlib import Path

from tresse.engine.base import Cancelled, Engine, Progress
from tresse.engine.duckdb import DuckDB
from tresse.engine.refusals import BAD_ENGINE


def opened(
    address: str = "duckdb",
    *,
    spill: Path,
    folders: Sequence[Path] = (),
    threads: int = 2,
    memory: str = "1GB",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Engine:
    """An engine, to be closed; a context manager.

    Args:
        address: `duckdb`, or `spark://host:port` (`TRESSE_ENGINE`).
        spill: A folder for what memory does not hold. A folder of its own is made in it and removed
            at `close`.
        folders: All folders that files are read from and written to. Anything else is refused.
        threads: Of DuckDB.
        memory: Most that DuckDB holds in memory (`1GB`); the rest is spilled.
        progress: Told how far the running statement is.
        cancelled: Asked twice a second while a statement runs.

    Raises:
        TresseError: `bad_setting`, `engine_missing`, `engine_unreachable`.
    """
    if address == "duckdb":
        return DuckDB(
            threads=threads,
            memory=memory,
            spill=spill,
            folders=folders,
            progress=progress,
            cancelled=cancelled,
        )
    if address.startswith("spark://"):
        # Its translator takes a fifth of a second to load, which each command would wait for.
        from tresse.engine.spark import Spark  # noqa: PLC0415

        return Spark(address, spill=spill, folders=folders, progress=progress, cancelled=cancelled)
    raise BAD_ENGINE(value=address)
