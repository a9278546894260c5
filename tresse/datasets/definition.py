"""What is said of a dataset (D3): frozen values. `parsing` reads them, `saying` says them again.

Names of columns are those of the dataset. Nothing here touches a database or an engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tresse.sources.columns import RuleUse
from tresse.sources.definition import When

METHODS = (
    "latest",
    "latest_record",
    "earliest",
    "source_priority",
    "most_frequent",
    "longest",
    "shortest",
    "min",
    "max",
    "sum",
    "union",
    "any",
    "all",
    "consent",
)
"Merge methods (D70)."
ERASURES = ("anonymise", "delete")


@dataclass(frozen=True, slots=True)
class Merge:
    """How one value is chosen of many (D70)."""

    method: str = "latest"
    sources: tuple[str, ...] = ()
    "Of `source_priority`: highest first."
    by: str = ""
    "Of `earliest`: the column of time; empty: `created_at`, else `modified_at` of the record."


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the dataset."""

    name: str
    type: str = ""
    "Name of one of `sources.types.TYPES`; empty: as the first source that feeds it."
    semantic: str = ""
    rules: tuple[RuleUse, ...] = ()
    merge: Merge = field(default_factory=Merge)
    fill: Any = None
    "Stands where the merge gives NULL (D31); a text, number, boolean, or a list of texts."


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of the dataset; `columns`: dataset column to source column, where they differ (D15).

    An empty source column: the dataset column is not taken from this source.
    The order of feeds is the priority of their sources. `source` may be `dataset:orders` (D2).
    """

    source: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that move as one (D72)."""

    name: str
    columns: tuple[str, ...]
    merge: Merge = field(default_factory=Merge)
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeySet:
    """Columns that tie records if all agree (D40); in order of strength."""

    columns: tuple[str, ...]
    remembers: bool = False
    "`memory: all`: values the record had before tie as well (D46)."


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many distinct values of a column in a cluster; `days`: in such a window (DG3)."""

    column: str
    at_most: int
    days: int | None = None


@dataclass(frozen=True, slots=True)
class FanOut:
    """A value of `column` with over `over` distinct folded values of `of` ties nothing (DG2)."""

    column: str
    of: str
    over: int


@dataclass(frozen=True, slots=True)
class Direction:
    """A value of `each` that meets more than `at_most` values of `of` ties nothing (DG7)."""

    each: str
    of: str
    at_most: int


@dataclass(frozen=True, slots=True)
class Guard:
    """Thresholds of the guard rails; defaults are those of D51, and None stands for them."""

    cap: int = 200
    "Most records of a cluster (DG6), and of a value (DG2b)."
    soft: int = 25
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "By column: texts that tie nothing, beside the lists of D51 (DG1)."
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "By column: values that no guard by counts and no list blocks."
    device: tuple[str, ...] = ("anonymous_id",)
    "Columns of devices (DG11)."
    fan_out: tuple[FanOut, ...] | None = None
    direction: tuple[Direction, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Which records are one (D40 to D52). With merge and guard it makes a rule version (D66)."""

    keys: tuple[KeySet, ...] = ()
    limits: tuple[Limit, ...] | None = None
    "None: those of D51. Given ones take the place of the default of the same column and window."
    separate: tuple[str, ...] = ()
    "Columns whose different values are never one (DG9)."
    guard: Guard = field(default_factory=Guard)


@dataclass(frozen=True, slots=True)
class Relation:
    """From many rows of this dataset to one of another (D18).

    `match`: column there to column here; empty: by the relations of the feeding sources.
    """

    name: str
    to: str
    inverse: str = ""
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Formula:
    """A computed column that is one expression over the columns of its row (D100).

    It may hold aggregates of related rows: `SUM(orders.net_amount) FILTER (WHERE …)` (D110).
    """

    name: str
    sql: str
    semantic: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows count by their time (D112); one of these, or none: all up to `as_of`."""

    last: tuple[int, str] | None = None
    "A number and `days weeks months years`."
    start: date | None = None
    "With `end`: whole days, both included."
    end: date | None = None
    this: str = ""
    "`day week month quarter year`: the calendar period of `as_of`, up to it."
    previous: str = ""
    on: str = ""
    "Column of time of the rows; empty: the one of the entity's field of time."


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A computed column made of related rows (D110)."""

    name: str
    over: tuple[str, ...]
    "Relations to many rows, one to three; as their `inverse` is called."
    do: str
    "`sum count count_distinct avg min max first last most_frequent list`."
    column: str = ""
    "Of the last step, or over to-one relations: `product.category`; empty: rows (`count`)."
    where: Any = None
    "A formula text, or a filter (G66); None: all rows."
    window: Window = field(default_factory=Window)
    semantic: str = ""


@dataclass(frozen=True, slots=True)
class ScoreUse:
    """A score of the library that a dataset has (SC3)."""

    score: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    prefix: str = ""
    "Stands before the names of its columns, so that a score can be used several times (SC4)."
    where: Any = None
    "A formula text, or a filter, over the orders (or events, lines): which of them count (SC4)."
    is_frozen: bool = False
    "Its cut-points stay until a person recuts them (SC18)."
    frozen_on: str = ""
    "When a person last recut them, as ISO 8601 writes it: the next build after it cuts them anew."

    @property
    def key(self) -> str:
        """Tells the uses of a dataset apart."""
        return f"{self.prefix}{self.score}"


@dataclass(frozen=True, slots=True)
class DatasetDefinition:
    """One dataset, complete. `columns` None: all mapped ones, as the sources have them."""

    name: str
    entity: str
    as_of: datetime | None = None
    "None: the moment of the build."
    sources: tuple[Feed, ...] | None = None
    "None: every source of the entity, in the order of their names."
    columns: tuple[Column, ...] = ()
    "What is said of columns; mapped columns that are not named here are there too."
    groups: tuple[Group, ...] = ()
    identity: Identity = field(default_factory=Identity)
    relations: tuple[Relation, ...] = ()
    computed: tuple[Formula, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    scores: tuple[ScoreUse, ...] = ()
    erasure: Mapping[str, str] = field(default_factory=dict)
    "What becomes of related rows when a person is erased: dataset to `anonymise` or `delete`."
    schedule: When = field(default_factory=When)
    is_enabled: bool = True
    "Built by its schedule."
