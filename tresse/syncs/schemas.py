"""What the API of syncs takes and gives. Definitions are checked by `parsing`, in its words."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class SyncFields(Body):
    """The keys of a definition (Y1); what is left out takes its default."""

    sort: ClassVar[str] = N_("a sync")
    dataset: Any = None
    filter: Any = None
    to: Any = None
    key: Any = None
    match: Any = None
    columns: Any = None
    links: Any = None
    mode: Any = None
    removed: Any = None
    brakes: Any = None
    automations: Any = None
    merge_records: Any = None
    schedule: Any = None
    active: Any = None


class SyncIn(SyncFields):
    """A sync to make; with `active` it is switched on at once."""

    name: str


class SyncChange(SyncFields):
    """Keys of a definition to change; null takes a key's default again.

    With `revision` only if the sync is still the one that was read.
    """

    name: str | None = None
    revision: int | None = None


class RunIn(Body):
    """What to do: send; or go on with, or confirm, the last run; or take what is there as sent."""

    sort: ClassVar[str] = N_("a run")
    resume: bool = False
    confirm: int | None = None
    "The version that the run was held on."
    take_over: bool = False


class RetryIn(Body):
    """Which rows to try now: by key, or all that are open, of one code."""

    sort: ClassVar[str] = N_("rows to try again")
    keys: list[str] = []
    code: str = ""


class GiveUpIn(Body):
    """Rows that are tried no more, and why."""

    sort: ClassVar[str] = N_("rows to give up")
    keys: list[str]
    reason: str = ""


class RunOut(Schema):
    """A run, or a preview, with its counts (Y60, Y61)."""

    run: int
    sync: str
    state: str
    version: int | None
    mode: str
    preview: bool
    first: bool
    total: int
    added: int
    changed: int
    removed: int
    unchanged: int
    refused: int
    failed: int
    retried: int
    seconds: float
    cause: str
    author: str | None
    job: int | None
    facts: dict[str, Any]
    calls: int
    bytes: int
    code: str
    message: str
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    log: list[Any] = []
    examples: dict[str, list[dict[str, Any]]] = {}


class RunPage(Schema):
    """A page of runs; `next` is the cursor of the following one."""

    items: list[RunOut]
    next: str | None


class SyncOut(Schema):
    """A sync with its state and last run."""

    name: str
    dataset: str
    destination: str
    target: str
    state: str
    code: str
    message: str
    definition: dict[str, Any]
    revision: int
    owner: str | None
    failed_rows: int
    next_at: datetime | None
    last_run: RunOut | None
