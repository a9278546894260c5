"""What is said of a sync (Y1): frozen values. `parsing` reads them, `saying` says them again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tresse.sources.definition import When

MODES = ("new_only", "new_and_existing", "mirror")
NULLS = ("skip", "erase")
AUTOMATIONS = ("never", "after_first", "always")
AFTER_BUILD = "after_build"
ID = "_id"
"The key of a row that says no other: that of its golden record."


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the dataset and the field of the destination that it fills."""

    column: str
    field: str
    nulls: str = "skip"
    "`skip`: what is null is not sent, the other side's value stands; `erase`: it empties (Y44)."
    is_created: bool = False
    "Its field is made, if there is none, when the sync is saved; that was asked is not kept."


@dataclass(frozen=True, slots=True)
class Linked:
    """A relation of the dataset, and the association type of the CRM it makes links of (Y50)."""

    relation: str
    type: str


@dataclass(frozen=True, slots=True)
class Brakes:
    """Shares, in percent, above which a run stops and asks (Y44, Y45)."""

    removed: float = 5
    emptied: float = 20


@dataclass(frozen=True, slots=True)
class Removal:
    """What becomes of rows that are no longer wanted (Y45); `values`: fields with what they get."""

    how: str = "delete"
    "`delete`, `empty` or `set`."
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncDefinition:
    """One sync, complete."""

    name: str
    dataset: str
    to: Mapping[str, Any]
    "Where to, as the destination reads it: `{object: contact}`."
    filter: Any = None
    key: tuple[Mapped, ...] = ()
    "Columns that tell rows apart, with their fields; empty: `_id`."
    match: tuple[Mapped, ...] = ()
    "Columns and fields by which a row is found that is there already, in order."
    columns: tuple[Mapped, ...] = ()
    links: tuple[Linked, ...] = ()
    mode: str = "new_and_existing"
    removed: Removal = field(default_factory=Removal)
    brakes: Brakes = field(default_factory=Brakes)
    automations: str = "after_first"
    merge_records: bool = False
    is_after_build: bool = False
    schedule: When = field(default_factory=When)
    is_active: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """Fields that it writes, links among them, but for the key (Y2)."""
        keys = {each.field for each in self.key}
        own = tuple(each.field for each in self.columns if each.field not in keys)
        return own + tuple(link_field(each.type) for each in self.links)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns of the dataset that it reads, each once."""
        every = (*self.key, *self.match, *self.columns)
        return tuple(dict.fromkeys(each.column for each in every))


def link_field(type: str) -> str:
    """The field that stands for the links of an association type, among those of properties."""
    return f"link:{type}"
