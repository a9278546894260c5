"""What the API of datasets takes and gives. Definitions are checked by `parsing`, in its words."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class DatasetFields(Body):
    """The keys of a definition (D3); what is left out takes its default."""

    sort: ClassVar[str] = N_("a dataset")
    entity: Any = None
    as_of: Any = None
    sources: Any = None
    columns: Any = None
    groups: Any = None
    identity: Any = None
    relations: Any = None
    computed: Any = None
    aggregates: Any = None
    scores: Any = None
    erasure: Any = None
    schedule: Any = None
    enabled: Any = None


class DatasetIn(DatasetFields):
    """A dataset to make."""

    name: str


class DatasetChange(DatasetFields):
    """Keys of a definition to change; null takes a key's default again.

    Other rules (identity, merge, groups) become a rule version that holds at once. With `revision`
    only if the dataset is still the one that was read.
    """

    name: str | None = None
    revision: int | None = None


class PreviewIn(DatasetFields):
    """Keys of a definition that differ, and the column whose rules are tried (D31)."""

    column: str
    limit: int = 100


class DatasetOut(Schema):
    """A dataset, with its definition as a file has it.

    `rules`: number of the rule version that holds. `state`: of its last build, or null. `records`:
    golden records of its published version, of `source_rows` records taken in. `full`: the next
    build works everything out anew.
    """

    name: str
    entity: str
    enabled: bool
    built_in: bool
    revision: int
    rules: int | None
    version: int | None
    records: int | None
    source_rows: int | None
    state: str | None
    last_build: int | None
    last_build_at: datetime | None
    next_build_at: datetime | None
    full: bool
    definition: dict[str, Any]


class ColumnOut(Schema):
    """A column of a dataset: its type after rules and merge, and what it is taken from, by feed."""

    name: str
    type: str
    semantic: str
    sources: dict[str, str]


class SuggestionOut(Schema):
    """A column of a source: what it feeds, or could feed, and what is in it."""

    feed: str
    column: str
    type: str
    field: str
    goes_to: str
    could_go_to: str
    filled: float | None
    examples: list[str]


class MappingOut(Schema):
    """The columns of a dataset, and those of its sources (D15)."""

    columns: list[ColumnOut]
    sources: list[SuggestionOut]
