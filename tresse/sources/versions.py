"""Where versions of sources stand, and engines that read and write them."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import sqlalchemy as sa
from django.conf import settings

from tresse.engine import duckdb
from tresse.engine.base import Cancelled, Engine, Progress
from tresse.engine.engines import opened
from tresse.engine.warehouse import Warehouse
from tresse.sources.extraction.layout import core_type
from tresse.sources.models import SourceVersion


def house() -> Warehouse:
    """The versions of this installation."""
    return Warehouse(Path(settings.HOME) / "warehouse")


def engine(
    *,
    folders: Sequence[Path] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    address: str = "",
) -> Engine:
    """The engine of this installation, to be closed; it may read and write the warehouse.

    Args:
        folders: Further folders that it may read and write.
        progress: Told how far the running statement is.
        cancelled: Asked twice a second whether to stop.
        address: Of another engine than that of the installation, as `duckdb`.

    Raises:
        TresseError: `bad_setting`, `engine_missing`, `engine_unreachable`.
    """
    root, spill = house().root, Path(settings.HOME) / "spill"
    for folder in (root, spill):
        folder.mkdir(parents=True, exist_ok=True)
    return opened(
        address or settings.ENGINE,
        spill=spill,
        folders=(root, *folders),
        threads=_threads(),
        memory=settings.ENGINE_MEMORY,
        progress=progress,
        cancelled=cancelled,
    )


def lent(
    cancelled: Cancelled | None = None,
) -> AbstractContextManager[duckdb.Session]:
    """A DuckDB for a library that writes SQL itself, whatever the engine of this installation."""
    spill = Path(settings.HOME) / "spill"
    return duckdb.lent(
        threads=_threads(), memory=settings.ENGINE_MEMORY, spill=spill, cancelled=cancelled
    )


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2


def owner_of(source_id: int) -> str:
    """Under which name the warehouse keeps the versions of a source."""
    return f"source_{source_id}"


def folder_of(version: SourceVersion) -> Path:
    """The folder of a version."""
    return house().folder(owner_of(version.source_id), version.number)


def files_of(version: SourceVersion) -> list[Path]:
    """The Parquet files of a version."""
    return house().files(owner_of(version.source_id), version.number)


def columns_of(version: SourceVersion) -> list[sa.ColumnClause[Any]]:
    """Everything a version holds: its columns, what stood in those with rules, bookkeeping."""
    schema = pq.read_schema(files_of(version)[0])
    return [sa.column(field.name, core_type(field.type)) for field in schema]


def table_of(
    engine: Engine,
    version: SourceVersion,
    columns: Sequence[sa.ColumnClause[Any]] | None = None,
) -> sa.TableClause:
    """A version as a table of an engine; nothing is read yet.

    One row per record key: the columns of `SourceVersion.columns`, for those with rules also what
    stood there (`normalising.raw_name`), and `_key _hash _modified_at _first_read_at _read_at
    _deleted_at` (S72). Only `_deleted_at` of the last six may be NULL. With `columns`, only these.
    """
    return engine.read(files_of(version), columns or columns_of(version))
