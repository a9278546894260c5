"""What the API of sources takes and gives. Definitions are checked by `parsing`, in its words."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class SourceFields(Body):
    """The keys of a definition (S31); what is left out takes its default."""

    sort: ClassVar[str] = N_("a source")
    connection: Any = None
    read: Any = None
    entity: Any = None
    record_key: Any = None
    further_keys: Any = None
    relations: Any = None
    columns: Any = None
    computed: Any = None
    created_at: Any = None
    modified_at: Any = None
    trusted: Any = None
    extract: Any = None
    schedule: Any = None
    enabled: Any = None
    reviewed: Any = None


class SourceIn(SourceFields):
    """A source to make."""

    name: str


class SourceChange(SourceFields):
    """Keys of a definition to change; null takes a key's default again.

    With `revision` only if the source is still the one that was read. `dry_run`: only say what the
    change would do (S45).
    """

    name: str | None = None
    revision: int | None = None
    dry_run: bool = False


class DetectIn(Body):
    """What to look at; `fresh`: again, though a look of the last hour is kept."""

    sort: ClassVar[str] = N_("what to look at")
    connection: str
    read: Any
    fresh: bool = False


class PreviewIn(SourceFields):
    """A definition, or of a saved source the keys that differ; `only`: columns to show."""

    name: str | None = None
    only: list[str] = []
    limit: int = 100


class ExtractIn(Body):
    """How to read: everything again, or refused files too; or publish the held run instead."""

    sort: ClassVar[str] = N_("a reading")
    full: bool = False
    refused: bool = False
    publish_held: bool = False


class ColumnsIn(Body):
    """New columns of the source: those to read, and those not to be offered again (S51)."""

    sort: ClassVar[str] = N_("new columns")
    take: list[str] = []
    pass_over: list[str] = []


class SourceOut(Schema):
    """A source in the catalogue (S36), with its definition as a file has it.

    `state`: of its last run, or null. `rejected`: rows that are open, of whatever run.
    `refused_files`: files that wait to be read after all. `newest_modified_at`: of its rows.
    `feeds`: datasets.
    """

    name: str
    connection: str
    entity: str
    enabled: bool
    reviewed: bool
    revision: int
    rows: int | None
    version: int | None
    state: str | None
    last_run: int | None
    last_run_at: datetime | None
    next_run_at: datetime | None
    rejected: int
    refused_files: int
    newest_modified_at: datetime | None
    feeds: list[str]
    reads_again: bool
    new_columns: list[str] = []
    definition: dict[str, Any]


class EffectOut(Schema):
    """What a changed definition would do (S45)."""

    reads_again: bool
    rows: int
    changes_key: bool
    loses_files: bool


class RunOut(Schema):
    """A run (S73, S111). `read = new + changed + unchanged + rejected + superseded`."""

    id: int
    source: str
    state: str
    mode: str
    full: bool
    cause: str
    cause_name: str
    author: str | None
    version: int | None
    cursor_from: Any
    cursor_to: Any
    files: int
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    superseded: int
    deleted: int
    bytes: int
    seconds: float | None
    peak_bytes: int | None
    warnings: dict[str, Any]
    code: str
    message: str
    job: int | None
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    log: list[Any] | None = None


class RunPage(Schema):
    """Runs, latest first, and the cursor of the next ones."""

    items: list[RunOut]
    next: str | None


class RejectionOut(Schema):
    """A refused row (S100); `raw`: its cells by column, or the line as it stands."""

    id: int
    run: int
    source: str
    file: str | None
    line: int | None
    key: str
    column: str
    value: str
    code: str
    message: str
    state: str
    raw: str
    created_at: datetime


class RejectionPage(Schema):
    """Refused rows, latest first, and the cursor of the next ones."""

    items: list[RejectionOut]
    next: str | None


class VersionOut(Schema):
    """A version that is kept (S117)."""

    number: int
    rows: int
    deleted: int
    bytes: int
    run: int | None
    columns: list[dict[str, Any]]
    newest_modified_at: datetime | None
    created_at: datetime
    published: bool
