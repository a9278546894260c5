"""What every warehouse engine does: read Parquet, keep named steps, answer rows, write Parquet.

`opened` in `engine.engines` gives one. Statements are SQLAlchemy Core over the tables that
`read`, `load` and `keep` answer; `engine.columns` holds the constructs that are the same on all
engines. Column names are compared without regard to case: give columns names of your own
(`c1`, `c2`) where people name them. Instants are UTC (`engine.types.Instant`), `sa.DateTime()` is
a local time without a zone, lists of text are `engine.relations.TextList`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa
import sqlalchemy as sa

Progress = Callable[[float], None]
"Told the share of the running statement that is done, 0 to 1, about twice a second."
Cancelled = Callable[[], bool]
"Asked twice a second, on the caller's thread, whether to stop."

ROWS_PER_FILE = 2_000_000
ROWS_PER_BATCH = 50_000


class Stopped(Exception):  # noqa: N818  no fault: somebody asked for it
    """The running statement was ended because `cancelled` answered true."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a folder of Parquet holds."""

    rows: int
    bytes: int
    files: tuple[str, ...]
    "Names of the files in the folder, sorted; at least one, also for no rows."


class Engine(Protocol):
    """One session. Nothing of it outlives `close` but the files it wrote.

    Every method that runs a statement raises `Stopped`, and the refusals `memory_exhausted` and
    `disk_full` (`engine.refusals`).
    """

    @property
    def name(self) -> str:
        """`duckdb` or `spark`."""

    @property
    def memory(self) -> int | None:
        """Bytes that a session may hold; None: what the cluster allows."""

    def read(
        self, paths: Sequence[str | Path], columns: Sequence[sa.ColumnClause[Any]]
    ) -> sa.TableClause:
        """Parquet files as one table, each column cast to the type given; nothing is read yet.

        A column that a file lacks is NULL on its rows. No paths: a table without rows.

        Raises:
            TresseError: `outside_folders`, `names_clash`, `type_unknown`.
        """

    def load(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        columns: Sequence[sa.ColumnClause[Any]],
    ) -> sa.TableClause:
        """A small table from memory, kept under a name; columns are taken by name and cast."""

    def keep(self, name: str, statement: sa.SelectBase) -> sa.TableClause:
        """Run a step and keep its rows; answers the table to build the next step on.

        Each column is cast to its type in Core, so that it is the same on every engine. A step of
        the same name is replaced.
        """

    def view(self, statement: sa.SelectBase) -> sa.TableClause:
        """A statement as a table whose rows are worked out whenever it is read.

        The tables it reads must stay for as long as it is used; it goes with the session.
        """

    def drop(self, name: str) -> None:
        """Forget a step, and free what it took; nothing if there is none."""

    def rows(self, statement: sa.SelectBase) -> list[tuple[Any, ...]]:
        """Run a statement and fetch all of its rows, as Python values of the types in Core."""

    def scalar(self, statement: sa.SelectBase) -> Any:
        """The first value of the first row; None without rows."""

    def batches(
        self, statement: sa.SelectBase, size: int = ROWS_PER_BATCH
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a statement, streamed; at most `size` rows each. Ordered if it is."""

    def write(
        self, statement: sa.SelectBase, folder: Path, *, rows_per_file: int = ROWS_PER_FILE
    ) -> Written:
        """The rows of a statement as zstd Parquet in a folder, which is made and must be empty.

        Not synced to disk: `engine.warehouse.Warehouse.publish` does that.
        """

    def cancel(self) -> None:
        """End the running statement and refuse all others with `Stopped`; from any thread."""

    def close(self) -> None:
        """Forget everything that was kept, and remove what was spilled."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
