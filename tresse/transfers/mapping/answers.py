"""What a column may mean: one frozen answer per column (T19)."""

from dataclasses import dataclass, field

from tresse.kernel.errors import TresseError
from tresse.objects.described import Side


@dataclass(frozen=True, slots=True)
class PropertyColumn:
    """Values of a property, by name; also a key if the property is one (T27).

    `is_new`: the property came with the import (T23). It may not exist yet; its values stand in a
    column of the stage that is called after the position, so that a run finds them again once the
    property has been made.
    """

    property: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class NewColumn:
    """Values of a property that does not exist yet and is made at the run (T23)."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """Values of a property that find the record and are not written."""

    property: str


@dataclass(frozen=True, slots=True)
class IdColumn:
    """The record's own id."""


@dataclass(frozen=True, slots=True)
class AssociationColumn:
    """Keys of records to link.

    `form`: "associated" (`Associated X`, makes the pairs of T50 too) or "relation". `label`: name
    of a link label, if the column is called after one. `key`: None reads each cell by itself (T45),
    else "id", "title" or a property name. `missing`, `existing`: None takes the import's setting.
    """

    side: Side
    form: str = "relation"
    label: str | None = None
    key: str | None = None
    many: bool = True
    missing: str | None = None
    existing: str | None = None


@dataclass(frozen=True, slots=True)
class LabelsColumn:
    """Link labels of the links of the association column at `column` (a position, from 0)."""

    column: int


@dataclass(frozen=True, slots=True)
class LinkedColumn:
    """A property of the record linked by the association column at `column` (T26)."""

    column: int
    property: str


@dataclass(frozen=True, slots=True)
class NameColumn:
    """The name beside the id at `column` (an id or association column): compared, not written."""

    column: int


@dataclass(frozen=True, slots=True)
class ReadOnlyColumn:
    """A property set by the product, or one the person may only read: not imported (T39).

    The one exception is `created_at`, which new records take.
    """

    property: str


@dataclass(frozen=True, slots=True)
class IgnoredColumn:
    """Not imported. `is_silent`: columns an error file added (T77), no notice."""

    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class AskingColumn:
    """Must be answered at every door (T43, T44): `refusal` says why and what it may mean."""

    refusal: TresseError = field(compare=False)
    meant: "Answer | None" = None
    meant_header: str = ""


@dataclass(frozen=True, slots=True)
class UndecidedColumn:
    """No answer yet; `meant` is a near property to be confirmed (T20).

    `other`: name of another object whose ids these are (T22a); then `meant` would link by them.
    """

    meant: "Answer | None" = None
    meant_header: str = ""
    other: str = ""


Answer = (
    PropertyColumn
    | NewColumn
    | KeyColumn
    | IdColumn
    | AssociationColumn
    | LabelsColumn
    | LinkedColumn
    | NameColumn
    | ReadOnlyColumn
    | IgnoredColumn
    | AskingColumn
    | UndecidedColumn
)


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    """A column with its answer.

    `position` from 0. `reason`: how it was found ("id", "association", "name", "label",
    "former label", "template", "error file", "" if not). `is_locked`: needed to link (T22b).
    `hint`: for the notice `column_ignored`, what the person may do instead.
    """

    position: int
    header: str
    answer: Answer
    reason: str = ""
    is_locked: bool = False
    hint: str = ""
