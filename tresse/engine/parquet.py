"""Parquet files of the warehouse: which may be read, what they hold."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tresse.engine.base import Written
from tresse.engine.refusals import OUTSIDE_FOLDERS


def allowed(folders: Sequence[Path]) -> list[Path]:
    """Folders as they stand on disk, links followed."""
    return [Path(folder).resolve() for folder in folders]


def within(path: str | Path, folders: Sequence[Path]) -> Path:
    """Where a path leads, links followed.

    Raises:
        TresseError: `outside_folders`.
    """
    real = Path(os.path.realpath(path))
    if not any(real.is_relative_to(folder) for folder in folders):
        raise OUTSIDE_FOLDERS(path=str(path))
    return real


def names(paths: Iterable[Path]) -> dict[str, str]:
    """The columns of all files: the name in lower case, and as first written."""
    found: dict[str, str] = {}
    for path in paths:
        for name in pq.read_schema(path).names:
            found.setdefault(name.lower(), name)
    return found


def alike(paths: Iterable[Path]) -> list[tuple[pa.Schema, list[Path]]]:
    """Files by what they hold, those of one schema together."""
    groups: list[tuple[pa.Schema, list[Path]]] = []
    for path in paths:
        schema = pq.read_schema(path).remove_metadata()
        for known, files in groups:
            if known.equals(schema):
                files.append(path)
                break
        else:
            groups.append((schema, [path]))
    return groups


def loaded(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """Batches as one table of a schema: columns by name, cast; those that lack are NULL."""
    parts = [_shaped(batch, schema) for batch in batches]
    return pa.Table.from_batches(parts, schema)


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def written(folder: Path, schema: pa.Schema) -> Written:
    """What was written to a folder; an empty file of the schema where nothing was."""
    for each in folder.iterdir():
        # Spark leaves a mark of success and check sums.
        if each.suffix != ".parquet" or each.name.startswith((".", "_")):
            each.unlink()
    found = sorted(folder.glob("*.parquet"))
    counts = [pq.read_metadata(each).num_rows for each in found]
    if not found:
        pq.write_table(schema.empty_table(), folder / "part-0.parquet", compression="zstd")
        found, counts = [folder / "part-0.parquet"], [0]
    size = sum(each.stat().st_size for each in found)
    return Written(sum(counts), size, tuple(each.name for each in found))
