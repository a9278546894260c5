"""What is said of a source (S31): frozen values; `said` gives them back as a file has them.

Read from a mapping by `parsing.parsed`, which checks everything that can be checked without looking
at a database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tresse.engine.formulas import columns_named
from tresse.engine.formulas import read as formula_read
from tresse.sources.columns import Column

ENTITIES = (
    "contacts",
    "companies",
    "deals",
    "products",
    "orders",
    "order_items",
    "stores",
    "consents",
    "subscriptions",
    "carts",
    "loyalty",
    "reviews",
    "tickets",
    "email_events",
    "events",
)
"Known ones (S32); any other name is one too."
MODES = ("snapshot", "incremental", "once", "each")
FILE_MODES = ("once", "each")
READS = ("table", "query", "entity", "files", "starts_with")
FORMATS = ("csv", "json", "jsonl")
"`json`: an array, or with `path` an array within; `jsonl`: a value a line. Empty: found."
FILE_HOLDS = ("changes", "all")
AFTERWARDS = ("leave", "move", "delete")
DATE_OVERLAP = timedelta(hours=96)
"Of a cursor of dates that says nothing else (S76)."
QUERY_SECONDS = 600
"Longest a query may run (S79)."
MOST_KEY_COLUMNS = 8
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What is read: exactly one of `table`, `query`, `entity`, `files`, `starts_with` is not empty.

    `files`: a regular expression on the whole name; its group `date` gives the date of the file
    with `date_format`. Empty settings of files are found out over the whole file.
    """

    table: str = ""
    query: str = ""
    entity: str = ""
    files: str = ""
    starts_with: str = ""
    date_format: str = "%Y%m%d"
    format: str = ""
    separator: str = ""
    encoding: str = ""
    path: str = ""
    "Of the array within a JSON file, as `data.orders`."
    file_holds: str = "changes"
    afterwards: str = "leave"
    ready: str = ""
    "`marker`: a file is taken only beside `<name>.done` (S84)."

    @property
    def sort(self) -> str:
        """`table query entity files`."""
        if self.starts_with:
            return "files"
        return next(name for name in ("table", "query", "entity", "files") if getattr(self, name))

    @property
    def is_files(self) -> bool:
        """Whether it reads files."""
        return self.sort == "files"

    @property
    def shown(self) -> str:
        """What it reads, in a few words: the table, the pattern, the beginning of the query."""
        text = self.table or self.entity or self.files or self.starts_with or self.query
        text = " ".join(text.split())
        return text if len(text) <= 80 else f"{text[:79]}…"


@dataclass(frozen=True, slots=True)
class Relation:
    """Leads from columns of this source to a key of a source, maybe of itself (S46)."""

    columns: tuple[str, ...]
    to: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A column worked out from others of the same row by a formula (S62)."""

    name: str
    sql: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it is worked out from, as it writes them; each once."""
        return columns_named(formula_read(self.sql))


@dataclass(frozen=True, slots=True)
class Extract:
    """How it is read (S70 to S80).

    `overlap`: a time before a cursor of dates, a number before one of integers; None: 96 hours,
    or 0 (S76). `deletes`: `keep`, `absent` or `column`, then `deletes_column` marks gone rows.
    """

    mode: str = "snapshot"
    cursor: str = ""
    overlap: timedelta | int | None = None
    deletes: str = "keep"
    deletes_column: str = ""
    timeout_seconds: int = QUERY_SECONDS


@dataclass(frozen=True, slots=True)
class When:
    """When it is read: at times of a cron line in a zone, or after another source (S114)."""

    cron: str = ""
    zone: str = ""
    "Empty: that of the account."
    after: str = ""


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """One source, complete. Names of columns are those at the source, exactly.

    `columns`: None: every column, as detected. A column without a type: as detected.
    """

    name: str
    connection: str
    read: Read
    entity: str
    record_key: tuple[str, ...]
    further_keys: tuple[tuple[str, ...], ...] = ()
    relations: tuple[Relation, ...] = ()
    columns: tuple[Column, ...] | None = None
    computed: tuple[Computed, ...] = ()
    created_at: str = ""
    modified_at: str = ""
    trusted: bool = True
    extract: Extract = field(default_factory=Extract)
    schedule: When = field(default_factory=When)
    is_enabled: bool = True
    is_reviewed: bool = True

    @property
    def computed_names(self) -> tuple[str, ...]:
        """Names of its computed columns."""
        return tuple(each.name for each in self.computed)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The record key and the further keys, each once."""
        return tuple(dict.fromkeys((self.record_key, *self.further_keys)))

    @property
    def named(self) -> tuple[str, ...]:
        """Columns, read or computed, that keys, relations, cursor and dates name; each once."""
        return tuple(dict.fromkeys(self._named()))

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that are always read, whatever a person picks (S50); each once.

        Formulas need theirs too. Their names are as formulas write them, which need not be the case
        of the source.
        """
        computed = set(self.computed_names)
        own = [name for name in self.named if name not in computed]
        folded = {name.lower() for name in own}
        for name in (name for each in self.computed for name in each.columns):
            if name.lower() not in folded:
                own.append(name)
                folded.add(name.lower())
        return tuple(own)

    def _named(self) -> Iterator[str]:
        yield from self.record_key
        for key in self.further_keys:
            yield from key
        for relation in self.relations:
            yield from relation.columns
        single = (
            self.extract.cursor,
            self.created_at,
            self.modified_at,
            self.extract.deletes_column,
        )
        yield from (name for name in single if name)

    def resolved(self, detected: Sequence[Column]) -> "SourceDefinition":
        """The definition with every column it reads, each with its type.

        Picked columns keep their order; those it needs and does not pick follow. What the
        definition leaves open is taken from `detected`; a column that is not there either stays
        without a type, so that whoever reads says it is missing (S51).
        """
        known = {column.name: column for column in detected}
        if self.columns is None:
            return replace(self, columns=tuple(detected) + self._missing(known, known))
        picked = tuple(completed(column, known.get(column.name)) for column in self.columns)
        return replace(self, columns=picked + self._missing({c.name for c in picked}, known))

    def _missing(self, there: Iterable[str], known: Mapping[str, Column]) -> tuple[Column, ...]:
        there = {name.lower() for name in there}
        lower = {name.lower(): name for name in known}
        exact = (name if name in known else lower.get(name.lower(), name) for name in self.needed)
        return tuple(
            known.get(name, Column(name=name, type=""))
            for name in exact
            if name.lower() not in there
        )


def completed(column: Column, detected: Column | None) -> Column:
    """A column with the type of the detected one where it names none; its own words stay."""
    if column.type or detected is None:
        return column
    bare = Column(name=column.name, type="")
    own = {
        name: getattr(column, name)
        for name in column.__dataclass_fields__
        if getattr(column, name) != getattr(bare, name)
    }
    return replace(detected, **own)
