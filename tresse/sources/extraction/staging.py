"""Raw rows kept on disk while a run reads: parts of Parquet, and refused lines beside them (S94).

A part is written under a passing name, synced and renamed, and counts only once the cursor of the
job names it: what a killed attempt left half-written is never read.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tresse.sources.extraction.layout import FILE, LINE
from tresse.sources.extraction.places import made, place
from tresse.sources.extraction.refusals import NO_SPACE
from tresse.sources.formats import RejectedLine

PART_ROWS = 500_000
"Rows after which a part is closed and a killed run loses no more."
CODEC = "snappy"


@dataclass(slots=True)
class Staged:
    """What a run has read so far; kept as the cursor of its job, so all of it is JSON.

    `parts`: names in `raw/`, in order. `line`: `_line` of the last row of a database. `position`:
    where a database is read on. `files`: ids of `SourceFile` in their order. `refused`: lines that
    could not be read, `refused_unknown` of them with a row that is lost for good.
    """

    parts: list[str] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    line: int = 0
    refused: int = 0
    position: list[Any] | None = None
    newest: Any = None
    "The highest cursor read."
    files: list[int] = field(default_factory=list)
    is_complete: bool = False

    def stored(self) -> dict[str, Any]:
        """As the job keeps it."""
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> "Staged":
        """From what the job keeps; nothing kept: nothing read."""
        return cls(**stored) if stored else cls()


class Stage:
    """The folder of one run, and the attempt that writes in it."""

    def __init__(self, run_id: int, attempt: int) -> None:
        self.run_id = run_id
        self.attempt = attempt
        self.raw = made(run_id) / "raw"
        self.raw.mkdir(exist_ok=True)

    def paths(self, staged: Staged) -> list[Path]:
        """The Parquet files of what was read."""
        return [self.raw / name for name in staged.parts]

    def drop(self, staged: Staged, names: Iterable[str]) -> None:
        """Forget parts: a refused file, or a reading that begins again."""
        for name in list(names):
            staged.parts.remove(name)
            for each in (self.raw / name, self.beside(name)):
                each.unlink(missing_ok=True)

    def begin_again(self, staged: Staged) -> None:
        """Forget everything that was read of a database."""
        self.drop(staged, staged.parts)
        staged.rows = staged.bytes = staged.line = staged.refused = 0
        staged.position = staged.newest = None

    def beside(self, name: str) -> Path:
        """Where the refused lines of a part are."""
        return self.raw / f"{name.removesuffix('.parquet')}.jsonl"

    def refused(self, staged: Staged) -> Iterator[dict[str, Any]]:
        """The refused lines of all parts: `file line code message details raw`."""
        for name in staged.parts:
            path = self.beside(name)
            if path.exists():
                with path.open(encoding="utf-8") as lines:
                    yield from map(json.loads, lines)

    def schema(self, staged: Staged) -> pa.Schema | None:
        """Columns of the raw rows, with bookkeeping; None before the first part."""
        return pq.read_schema(self.raw / staged.parts[0]) if staged.parts else None


class Part:
    """One part in the making: batches of raw rows, and refused lines."""

    def __init__(self, stage: Stage, staged: Staged, *, file: int = 0) -> None:
        self.name = f"{len(staged.parts):06d}-{stage.attempt}.parquet"
        self.rows = 0
        self.bytes = 0
        self.refused = 0
        self.line, self.position, self.newest = staged.line, staged.position, staged.newest
        self._stage, self._file = stage, file
        self._passing = stage.raw / f".{self.name}"
        self._writer: pq.ParquetWriter | None = None
        self._lines: Any = None

    def write(self, batch: pa.RecordBatch, *, has_lines: bool) -> None:
        """Add rows. Those of a file have `_line`; those of a database are numbered as they come."""
        whole = numbered(batch, self._file, None if has_lines else self.line + 1)
        self.line += batch.num_rows
        with room(self._stage.raw, ""):
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self._passing, whole.schema, compression=CODEC, use_dictionary=False
                )
            self._writer.write_batch(whole)
        self.rows += batch.num_rows
        self.bytes += batch.nbytes

    def refuse(self, lines: Iterable[RejectedLine]) -> None:
        """Add lines that could not be read."""
        with room(self._stage.raw, ""):
            for each in lines:
                if self._lines is None:
                    self._lines = self._stage.beside(self.name).open("w", encoding="utf-8")
                row = {
                    "file": self._file,
                    "line": each.line,
                    "code": each.code,
                    "message": each.template,
                    "details": dict(each.details),
                    "raw": each.raw,
                }
                self._lines.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
                self.refused += 1

    def close(self, staged: Staged, save: Callable[[], None]) -> None:
        """Make the part one of the run: on disk for good, then named by the job's cursor."""
        with room(self._stage.raw, ""):
            if self._lines is not None:
                self._lines.flush()
                os.fsync(self._lines.fileno())
                self._lines.close()
            if self._writer is None:
                return
            self._writer.close()
            with self._passing.open("rb") as written:
                os.fsync(written.fileno())
            self._passing.rename(self._stage.raw / self.name)
        staged.parts.append(self.name)
        staged.rows += self.rows
        staged.bytes += self.bytes
        staged.refused += self.refused
        staged.line, staged.position, staged.newest = self.line, self.position, self.newest
        save()

    def abandon(self) -> None:
        """Leave nothing behind: the reading was broken off."""
        if self._writer is not None:
            self._writer.close()
        if self._lines is not None:
            self._lines.close()
        for each in (self._passing, self._stage.beside(self.name)):
            each.unlink(missing_ok=True)


def numbered(batch: pa.RecordBatch, file: int, first_line: int | None) -> pa.RecordBatch:
    """Rows with `_file` and `_line` before their own columns; what they bring of both stays."""
    count = batch.num_rows
    names = [name for name in batch.schema.names if name not in (FILE, LINE)]
    cells = [batch.column(name) for name in names]
    if first_line is None:
        lines = batch.column(LINE)
    else:
        lines = pa.array(np.arange(first_line, first_line + count, dtype=np.int64))
    if FILE in batch.schema.names:
        files = batch.column(FILE)
    else:
        files = pa.array(np.full(count, file, dtype=np.int32))
    return pa.RecordBatch.from_arrays([files, lines, *cells], names=[FILE, LINE, *names])


@contextmanager
def room(folder: Path, source: str) -> Iterator[None]:
    """Within the block, a full disk is refused in words."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC and "No space left" not in str(error):
            raise
        free = shutil.disk_usage(folder).free // 1_000_000
        raise NO_SPACE(folder=str(folder), free=free, source=source) from None


def is_there(run_id: int, staged: Staged) -> bool:
    """Whether all that was read is still on disk: another machine may have another disk."""
    return all((place(run_id) / "raw" / name).exists() for name in staged.parts)
