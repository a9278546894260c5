"""Looks at what a source would read: its raw rows, as far as they come in thirty seconds (S41).

A look is kept on disk for an hour, so that types, keys, relations and rules are judged one after
another on the same rows. It is no version: nothing of it is published.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from django.conf import settings

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import ColumnSeen, FileKind, Kind, Opened, Request
from tresse.connections.models import Connection
from tresse.connections.opening import opened
from tresse.engine.base import Engine
from tresse.kernel.clock import now
from tresse.sources.definition import Read
from tresse.sources.extraction.layout import FILE, LINE, core_type, raw_columns
from tresse.sources.extraction.staging import numbered, room
from tresse.sources.filelooks import FileRows

SECONDS = 30.0
KEPT = timedelta(hours=1)
IN_USE_SECONDS = 600.0
"Rows of a look are read for so long at most after it was made, by whoever made it."
ABOUT = "look.json"
ROWS = "rows.parquet"


@dataclass(frozen=True, slots=True)
class Look:
    """Raw rows of a source on disk, and what was seen of it.

    `seen`: all columns of the other side, `{name, type, proposed, is_nullable}` as `ColumnSeen`;
    those with an empty `proposed` cannot be read and are not in the rows. `is_whole`: these are all
    rows there are. `dates`: the date of each file by its position, where its name says one.
    """

    folder: str
    seen: tuple[Mapping[str, Any], ...]
    rows: int
    is_whole: bool
    key: tuple[str, ...] = ()
    "Columns of the primary key of a table."
    files: tuple[str, ...] = ()
    "Files that were read, in order."
    files_found: int = 0
    rejected: int = 0
    "Lines of files that could not be read."
    dates: Mapping[int, datetime] | None = None
    at: str = ""

    @property
    def names(self) -> list[str]:
        """Columns of the raw rows, in order."""
        return [each["name"] for each in self.seen if each["proposed"]]

    def types(self) -> dict[str, sa.types.TypeEngine[Any]]:
        """Columns of the raw rows with the types they came with."""
        schema = pq.read_schema(Path(self.folder) / ROWS)
        return {field.name: core_type(field.type) for field in schema if field.name in self.names}

    def table(self, engine: Engine) -> sa.TableClause:
        """The raw rows as a table: `_file`, `_line` and the columns."""
        return engine.read([Path(self.folder) / ROWS], raw_columns(self.types()))


def look(
    connection: Connection, read: Read, *, seconds: float = SECONDS, fresh: bool = False
) -> Look:
    """Look at what would be read; a look that is younger than an hour is taken again.

    Args:
        connection: Where.
        read: What.
        seconds: After so long, what has been read is enough.
        fresh: Look again, whatever was kept.

    Raises:
        TresseError: What opening the connection and reading from it refuse; `no_space`; of files
            also `no_files`, what `formats.form_of` refuses of every one of them.
    """
    mark = _mark(connection, read)
    if not fresh and (kept := _kept(mark)) is not None:
        return kept
    kind, reached = KINDS[connection.kind], opened(connection)
    root().mkdir(parents=True, exist_ok=True)
    passing = Path(tempfile.mkdtemp(prefix=".", dir=root()))
    try:
        with room(passing, connection.name):
            found = _taken(kind, reached, read, passing, time.monotonic() + seconds)
        folder = root() / f"{mark}.{passing.name[1:]}"
        about = {**asdict(found), "folder": str(folder), "at": now().isoformat()}
        (passing / ABOUT).write_text(json.dumps(about, default=str), encoding="utf-8")
        passing.rename(folder)
    except BaseException:
        shutil.rmtree(passing, ignore_errors=True)
        raise
    _forget(mark, but=folder)
    return _read(folder)


def root() -> Path:
    """The folder of all looks."""
    return Path(settings.HOME) / "looks"


def forget_looks() -> int:
    """Remove looks that are older than an hour, and what killed ones left; answers how many."""
    removed = 0
    for folder in root().iterdir() if root().is_dir() else ():
        if time.time() - folder.stat().st_mtime > KEPT.total_seconds():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _mark(connection: Connection, read: Read) -> str:
    """Names looks at the same thing; another definition of the connection is another thing."""
    facts = [connection.pk, connection.changed_at.isoformat(), asdict(read)]
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _kept(mark: str) -> Look | None:
    """The latest look at the same thing, if it is younger than an hour."""
    found = []
    for folder in root().glob(f"{mark}.*"):
        with suppress(OSError, ValueError):  # another request removes it just now
            found.append(_read(folder))
    latest = max(found, key=lambda each: each.at, default=None)
    is_fresh = latest is not None and now() - datetime.fromisoformat(latest.at) < KEPT
    return latest if is_fresh else None


def _forget(mark: str, *, but: Path) -> None:
    """Remove former looks at the same thing, but those that another request may just have made."""
    for former in root().glob(f"{mark}.*"):
        with suppress(OSError):
            if former != but and time.time() - former.stat().st_mtime > IN_USE_SECONDS:
                shutil.rmtree(former, ignore_errors=True)


def _read(folder: Path) -> Look:
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    for name in ("seen", "key", "files"):
        about[name] = tuple(about[name])
    about["dates"] = {
        int(at): datetime.fromisoformat(date) for at, date in (about["dates"] or {}).items()
    }
    return Look(**about)


def _taken(kind: Kind, reached: Opened, read: Read, folder: Path, until: float) -> Look:
    if isinstance(kind, FileKind):
        rows = FileRows(kind, reached, read, folder, until)
        number, is_whole = _write(folder / ROWS, rows.batches(), until)
        if not (folder / ROWS).exists():
            _write_nothing(folder / ROWS, rows.names)
        seen = tuple(asdict(ColumnSeen(name, "")) for name in rows.names)
        return Look(
            folder=str(folder),
            seen=seen,
            rows=number,
            is_whole=is_whole and rows.is_whole,
            files=tuple(rows.files),
            files_found=rows.found,
            rejected=rows.rejected,
            dates=rows.dates,
        )
    whole = Request(table=read.table, query=read.query, entity=read.entity)
    columns = kind.describe(reached, whole)
    names = tuple(column.name for column in columns if column.proposed)
    request = Request(table=read.table, query=read.query, entity=read.entity, columns=names)
    numbered_rows = _numbered(kind.read(reached, request))
    number, is_whole = _write(folder / ROWS, numbered_rows, until)
    return Look(
        folder=str(folder),
        seen=tuple(asdict(column) for column in columns),
        rows=number,
        is_whole=is_whole,
        key=key_of(kind, reached, read),
    )


def key_of(kind: Kind, reached: Opened, read: Read) -> tuple[str, ...]:
    """The primary key of a table; empty for what has none."""
    if read.sort not in ("table", "entity"):
        return ()
    name = read.table or read.entity
    return next((table.key for table in kind.tables(reached) if table.name == name), ())


def _write_nothing(path: Path, names: Sequence[str]) -> None:
    """No rows, of files that have none: the columns are text."""
    fields = [pa.field(FILE, pa.int32()), pa.field(LINE, pa.int64())]
    schema = pa.schema([*fields, *(pa.field(name, pa.string()) for name in names)])
    pq.write_table(schema.empty_table(), path)


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    line = 1
    for batch in batches:
        yield numbered(batch, 0, line)
        line += batch.num_rows


def _write(path: Path, batches: Iterator[pa.RecordBatch], until: float) -> tuple[int, bool]:
    """Write batches while there is time; answers how many rows, and whether these are all."""
    rows, writer = 0, None
    try:
        for batch in batches:
            if writer is None:
                writer = pq.ParquetWriter(path, batch.schema, compression="zstd")
            writer.write_batch(batch)
            rows += batch.num_rows
            if time.monotonic() > until:
                return rows, next(batches, None) is None
        return rows, True
    finally:
        if writer is not None:
            writer.close()
        close = getattr(batches, "close", None)
        if close is not None:
            close()
