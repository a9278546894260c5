"""Rows of a database, staged: one statement, one state, tried again where it breaks off.

A reading that is ordered by cursor and key goes on behind the last row that is on disk. Any other
begins again: two halves of two states would be no state of the source (S78).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from tresse.connections.kinds.base import ColumnSeen, Kind, Opened, Request, Value
from tresse.jobs.work import Work
from tresse.kernel.errors import TresseError
from tresse.sources.definition import DATE_OVERLAP, SourceDefinition
from tresse.sources.extraction.ahead import ahead, here
from tresse.sources.extraction.staging import PART_ROWS, Part, Stage, Staged
from tresse.sources.extraction.values import before, read, stored

TRIES = 5
WAIT_SECONDS = (1.0, 2.0, 4.0, 8.0)
"Between two tries (S94)."
BROKEN = frozenset({"connection_lost", "timeout", "connection_refused", "remote_rate_limit"})
"What is tried again; all else would be the same again."


@dataclass(frozen=True, slots=True)
class Rows:
    """What a run reads of a database: the connection, and what it asks for."""

    kind: Kind
    opened: Opened
    request: Request
    expected: int | None = None
    "How many rows it may be, for the estimate of progress."


def request_of(definition: SourceDefinition, cursor: Value | None) -> Request:
    """What to ask a connection for.

    Args:
        definition: Of the source, resolved.
        cursor: The committed one, of an incremental reading; None: all rows.
    """
    read_, extract = definition.read, definition.extract
    names = tuple(column.name for column in definition.columns or ())
    by_cursor = extract.mode == "incremental" and extract.cursor in names
    key = tuple(name for name in definition.record_key if name in names)
    since = None
    if by_cursor and cursor is not None:
        since = before(cursor, extract.overlap, DATE_OVERLAP)
    return Request(
        table=read_.table,
        query=read_.query,
        entity=read_.entity,
        columns=names,
        key=key if len(key) == len(definition.record_key) else (),
        cursor=extract.cursor if by_cursor else "",
        since=since,
    )


def stage_rows(
    rows: Rows, stage: Stage, staged: Staged, work: Work, save: Callable[[], None]
) -> None:
    """Read all rows onto disk; `save` writes the cursor of the job after every part.

    Raises:
        TresseError: What the connection refuses, after five tries where it broke off; `no_space`.
    """
    for attempt in range(TRIES):
        try:
            _read(rows, stage, staged, work, save)
        except TresseError as error:
            if error.code not in BROKEN or attempt == TRIES - 1:
                raise
            work.log(f"{error.message} ({attempt + 1}/{TRIES})")
            _wait(WAIT_SECONDS[attempt], work)
        else:
            return


def _wait(seconds: float, work: Work) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        work.check_cancelled()
        time.sleep(min(0.2, seconds))


def _read(rows: Rows, stage: Stage, staged: Staged, work: Work, save: Callable[[], None]) -> None:
    request = rows.request
    if staged.position is None:
        stage.begin_again(staged)
    else:
        request = replace(request, after=tuple(read(each) for each in staged.position))
    follow = here if rows.kind.is_builtin else ahead
    batches = follow(lambda: rows.kind.read(rows.opened, request), work.check_cancelled)
    part = Part(stage, staged)
    try:
        for batch in batches:
            if _is_other(stage, staged, batch):
                # The table was altered since the part before: one state, or none.
                part.abandon()
                stage.begin_again(staged)
                staged.position = None
                batches.close()
                return _read(rows, stage, staged, work, save)
            part.write(batch, has_lines=False)
            _follow(part, batch, request)
            work.tell(done=staged.rows + part.rows, total=rows.expected)
            if part.rows >= PART_ROWS:
                part.close(staged, save)
                part = Part(stage, staged)
    except BaseException:
        part.abandon()
        raise
    part.close(staged, save)
    staged.is_complete = True
    save()
    return None


def _is_other(stage: Stage, staged: Staged, batch: pa.RecordBatch) -> bool:
    schema = stage.schema(staged)
    if schema is None:
        return False
    own = [schema.field(name).type for name in schema.names[2:]]
    return bool(own != batch.schema.types or schema.names[2:] != batch.schema.names)


def _follow(part: Part, batch: pa.RecordBatch, request: Request) -> None:
    """Note the last row of a batch: rows come ordered by cursor, then key."""
    if not request.cursor or not batch.num_rows:
        return
    last = {name: batch.column(name)[-1].as_py() for name in (request.cursor, *request.key)}
    cursor = last[request.cursor]
    if cursor is None:
        return
    part.newest = stored(cursor)
    whole = [cursor, *(last[name] for name in request.key)]
    if request.key and None not in whole:
        part.position = [stored(value) for value in whole]


def described(rows: Rows) -> tuple[ColumnSeen, ...]:
    """The columns the other side has now, all of them."""
    return rows.kind.describe(rows.opened, replace(rows.request, columns=()))
