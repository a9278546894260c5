"""What a session with a database does for a read, whichever database it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa

from tresse.connections.databases.columns import ServerColumn
from tresse.connections.kinds.base import Said, TableSeen


@dataclass(frozen=True, slots=True)
class Listed:
    """Tables and views that the user may read, and the names of those that it may not.

    `is_cut`: there are more than are listed.
    """

    tables: tuple[TableSeen, ...]
    hidden: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or query to select from: its name as a person knows it, and its columns."""

    name: str
    source: sa.FromClause
    columns: tuple[ServerColumn, ...]
    is_query: bool = False


class Session(Protocol):
    """One connection within one transaction that sees one state (S78) and, usually, only reads."""

    server: str
    "Product and version, as a sentence shows them."
    warnings: list[Said]

    def listed(self) -> Listed:
        """Everything that can be read, by name."""

    def table(self, name: str) -> Relation:
        """A table or view by the name that `listed` gives it.

        Raises:
            TresseError: `table_missing`.
        """

    def query(self, text: str) -> Relation:
        """A query, described without being run.

        Raises:
            TresseError: `query_refused`.
        """

    def expression(self, source: sa.FromClause, column: ServerColumn) -> sa.ColumnElement[Any]:
        """What to select, so that the column's values arrive exactly."""

    def is_odd(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether a date or date-time is none of the years 1 to 9999, which Arrow cannot hold."""

    def run(
        self, statement: sa.Select[Any], columns: Sequence[ServerColumn], *, is_query: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a select, streamed; at least one batch."""

    def ones(self, statement: sa.Select[Any]) -> tuple[Any, ...]:
        """The one row of a select, as Python values."""

    def execute(self, statement: str) -> None:
        """Run a statement of ours."""
