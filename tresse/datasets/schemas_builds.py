"""What the API of builds, versions and rows takes and gives."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class BuildIn(Body):
    """How to build: `full`, on which `engine`, and `together_with` which other datasets.

    `publish_held`: publish the build that waits for a decision instead.
    """

    sort: ClassVar[str] = N_("a build")
    full: bool = False
    engine: str = ""
    together_with: list[str] = []
    publish_held: bool = False


class RollbackIn(Body):
    """Number of the version to publish again."""

    sort: ClassVar[str] = N_("a rollback")
    version: int


class BuildOut(Schema):
    """A build with its counters (D130); `version` is the number it published."""

    id: int
    dataset: str
    state: str
    full: bool
    cause: str
    cause_name: str
    author: str | None
    version: int | None
    rules: int | None
    as_of: datetime | None
    engine: str
    source_rows: int
    records: int
    merged: int
    blocked_values: int
    quarantined: int
    changed_records: int
    health: list[dict[str, Any]]
    warnings: dict[str, Any]
    seconds: float | None
    peak_mib: int | None
    code: str
    message: str
    job: int | None
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    log: list[Any] | None


class BuildPage(Schema):
    """Some builds, and the cursor of the next page."""

    items: list[BuildOut]
    next: str | None


class VersionOut(Schema):
    """A version that is kept (D80)."""

    version: int
    at: datetime
    records: int
    source_rows: int
    published: bool
    bytes: int
    build: int | None
    rules: int | None
    inputs: dict[str, int]
    as_of: datetime
    engine: str
    columns: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    health: list[dict[str, Any]]


class VersionsOut(Schema):
    """The versions of a dataset, latest first."""

    versions: list[VersionOut]


class RolledBackOut(Schema):
    """What a rollback published, what it was before, and what it paused."""

    version: int
    was: int | None
    paused: list[str]


class RowsOut(Schema):
    """Golden records of one version, and the cursor of the next page."""

    version: int
    items: list[dict[str, Any]]
    next: str | None
