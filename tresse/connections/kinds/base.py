"""What every kind of connection is: facts, a check, and reads as Arrow record batches or files.

A kind knows no table of ours, no request and no language: it refuses with a `TresseError` of
`connections.refusals`, and whoever asked translates it. A kind holds no state; everything that it
needs of one connection is in `Opened`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa

from tresse.connections.refusals import READS_NONE
from tresse.kernel.errors import TresseError, sentence

FieldKind = Literal["text", "lines", "number", "choice", "boolean"]
"`lines`: a text of several lines, such as a certificate or a private key."
TableKind = Literal["table", "view", "entity", "association", "file"]
Value = int | Decimal | float | str | date | datetime
"A cursor or key value as `read` gave it; a date-time is naive exactly where the server's is."


@dataclass(frozen=True, slots=True)
class Field:
    """One setting or secret of a kind, as forms, `apply` and the reference show it.

    `label` and `help` are marked for translation. `default` None: none, so a required one must be
    given. `choices`: the stored words allowed, for `choice` alone.
    """

    name: str
    label: str
    default: Any = None
    kind: FieldKind = "text"
    choices: tuple[str, ...] = ()
    help: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with names in braces, marked for translation, and what fills them."""

    template: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The English sentence."""
        return sentence(self.template, dict(self.details))


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as the other side has it.

    `type` is the other side's own word. `proposed` is the type of S52 that holds each of its values
    exactly; empty: it cannot be read, and a read that names it is refused with
    `type_not_readable`.
    """

    name: str
    type: str
    proposed: str = "text"
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table, view, entity or association; `name` is what `Request.table` takes.

    `rows`: None if unknown; with `is_estimate` the server's guess. `key`: the columns of its
    primary key; empty if it has none.
    """

    name: str
    kind: TableKind = "table"
    rows: int | None = None
    is_estimate: bool = False
    columns: tuple[ColumnSeen, ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check found (S20).

    `code` is empty where `ok`. `host_key` is the key that an SFTP server showed
    (`ssh-ed25519 AAAA…`), where a person has to accept it; else empty.
    """

    ok: bool
    message: Said
    code: str = ""
    tables: tuple[TableSeen, ...] = ()
    warnings: tuple[Said, ...] = ()
    host_key: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may cost (S6, S79); seconds."""

    connect_seconds: float = 10
    read_seconds: float = 60
    "Between two bytes."
    statement_seconds: float = 600
    most_open: int = 4
    "Connections to one host, over all processes of this machine."
    slot_seconds: float = 600
    "How long a read waits for one of them."


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection as its kind gets it: settings with their defaults, secrets in clear.

    Its `repr` shows no secret. `folder` is a place of this installation that the kind may use for
    what has to be a file (a certificate) or seen by other processes (`slots.py`).
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    allows_private: bool = False
    folder: Path | None = None
    limits: Limits = Limits()

    def secret(self, name: str) -> str:
        """A secret, empty if none is kept."""
        return self.secrets.get(name, "")


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: exactly one of `table`, `query` and `entity`.

    `columns`: in this order; empty: all that the other side has. `key`: breaks ties of `cursor`.
    With a `cursor`, rows come ordered by cursor, then key:

    - `since`: rows with `cursor >= since` (with `null_cursor` also those without a cursor, first).
    - `after`: goes on behind a row that was read, `(cursor, *key)`, as S74 says; `since` is then
      not looked at, and rows without a cursor are not read again. Without `cursor` it is `key`
      alone.
    - `until`: rows with `cursor <= until`.

    `is_ordered`: without cursor, order by `key`, so that `after` can go on there. `page_rows`: read
    with statements of so many rows (needs an order); 0: one statement. `limit`: so many rows at
    most; None: all.
    """

    table: str = ""
    query: str = ""
    entity: str = ""
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    cursor: str = ""
    since: Value | None = None
    after: tuple[Value, ...] = ()
    until: Value | None = None
    null_cursor: bool = True
    is_ordered: bool = False
    page_rows: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file of a listing: its path below the connection's folder, with `/` between names.

    `modified_at` is UTC and aware, as exact as the server tells; None if it does not.
    """

    path: str
    name: str
    size: int
    modified_at: datetime | None


class Kind(ABC):
    """A kind of connection; members of `KINDS` are instances of subclasses.

    Every method may raise a `TresseError`, at the latest while its answer is walked through:
    the causes of S22, `connection_lost`, `private_address`, `type_not_readable`, `query_refused`,
    `table_missing`, `column_missing`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str] = "database"
    fields: ClassVar[tuple[Field, ...]] = ()
    secrets: ClassVar[tuple[Field, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()
    "Of `table`, `query`, `entity`, `files`."
    writes: ClassVar[tuple[str, ...]] = ()
    "Of `upsert`, `delete`, `files`, `records`."
    is_builtin: ClassVar[bool] = False
    "It stands from the start; people add none."

    @abstractmethod
    def check(self, opened: Opened) -> Seen:
        """Connect, and say what is seen: never writes, at most one row a table, within 15 s.

        A cause of S22 is raised; `changes.check_connection` turns it into `Seen(ok=False)`.
        """

    @abstractmethod
    def tables(self, opened: Opened) -> tuple[TableSeen, ...]:
        """All that can be named in `Request.table` or `entity`, with columns, by name."""

    @abstractmethod
    def describe(self, opened: Opened, request: Request) -> tuple[ColumnSeen, ...]:
        """The columns that `read` gives for this request, without reading rows."""

    @abstractmethod
    def read(self, opened: Opened, request: Request) -> Iterator[pa.RecordBatch]:
        """The rows, in batches of at most 65,536; memory does not grow with their number.

        Columns: those of the request, in its order, of the Arrow types string, int64, float64,
        bool, date32, timestamp[us] (naive, as the server has it), timestamp[us, UTC] and
        list<string>. Decimals, JSON, times of day and all else that is exact only as text come as
        string. NULL is null; NaN and infinities stay what they are. Without bookkeeping columns.
        All batches have one schema; no row: one batch of no rows, so that the schema is known.
        One read sees one state of the other side (S78). Closing the iterator ends the statement.
        """

    @abstractmethod
    def check_writing(self, opened: Opened) -> Seen:
        """Make and remove one temporary table or file (S21)."""


class FileKind(Kind):
    """A kind that holds files; what rows stand in them is the business of `sources`."""

    icon: ClassVar[str] = "folder"
    reads: ClassVar[tuple[str, ...]] = ("files",)
    writes: ClassVar[tuple[str, ...]] = ("files",)
    settles: ClassVar[timedelta] = timedelta(minutes=15)
    """A file changed since is listed twice (S84). A minute is asked for; the clock of another
    machine may be wrong by some."""

    def describe(self, opened: Opened, request: Request) -> tuple[ColumnSeen, ...]:
        """Refused: it holds files, not rows."""
        raise _no_rows(opened, request)

    def read(self, opened: Opened, request: Request) -> Iterator[pa.RecordBatch]:
        """Refused: it holds files, not rows."""
        raise _no_rows(opened, request)

    @abstractmethod
    def listing(self, opened: Opened) -> list[FileSeen]:
        """The files of the connection's folder, by path; nothing of what lies outside of it."""

    @abstractmethod
    def seen(self, opened: Opened, path: str) -> FileSeen | None:
        """One file, as `listing` tells of it; None if there is none."""

    @abstractmethod
    def fetch(self, opened: Opened, path: str, to: Path) -> None:
        """Bring a file here, streamed; what already lies at `to` is gone on with where it can."""

    @abstractmethod
    def move(self, opened: Opened, path: str, to: str) -> None:
        """Give a file another path; folders are made; a path that is taken is `file_exists`."""

    @abstractmethod
    def remove(self, opened: Opened, path: str) -> None:
        """Delete a file; one that is gone already is no error."""

    @abstractmethod
    def put(self, opened: Opened, local: Path, path: str) -> None:
        """Bring a file there under a passing name, then give it its own."""

    @abstractmethod
    def keeping(self, opened: Opened) -> AbstractContextManager[Opened]:
        """Within the block, calls with the `Opened` it gives share one connection, where it can."""

    @abstractmethod
    def give_up(self, held: Opened) -> None:
        """From another thread: let what runs with an `Opened` of `keeping` fail, at once."""


def _no_rows(opened: Opened, request: Request) -> TresseError:
    sort = "query" if request.query else "entity" if request.entity else "table"
    return READS_NONE(kind=opened.kind, wanted=sort, value=getattr(request, sort))
