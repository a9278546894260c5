"""What every kind of destination says about itself, and what it is given to send."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.datasets.builds.tables import Tables
from tresse.engine.base import Engine
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.models import SyncRun

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a destination that can be written.

    `takes`: types of a dataset's columns (S52) that go there. `semantic`: fields of D20 that are
    proposed for it.
    """

    name: str
    label: str
    kind: str
    kind_label: str
    takes: tuple[str, ...]
    is_required: bool = False
    is_key: bool = False
    "Whether its values find a record."
    is_consent: bool = False
    semantic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkField:
    """An association type of the CRM that rows can be linked by, seen from the target."""

    name: str
    label: str
    other: str
    "Name of the object type at the other end."


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the dataset as a destination judges it."""

    name: str
    type: str
    semantic: str = ""


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to be made for a column of the dataset, and what is known of the column."""

    name: str
    column: str
    type: str
    "Of S52."
    label: str = ""
    "Of the score that the column is an output of; empty: made from the name."
    mark: str = ""
    "Tells it from others with the same label, where there are such."
    choices: tuple[tuple[str, str], ...] = ()
    "Of a category: name and label of each value it may have."
    unit: str = ""
    "As of outputs of scores: `share` is shown in percent."
    is_computed: bool = False


@dataclass(slots=True)
class Counted:
    """What a run sent, or a preview would send."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    refused: int = 0
    failed: int = 0
    retried: int = 0
    calls: int = 0
    bytes: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Destination(ABC):
    """A kind of destination. It holds no state; `to` of a definition says which one of the kind."""

    name: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str]
    needs_key: ClassVar[bool] = True
    "Whether a sync must name its key; else rows are told apart by `_id`."

    @abstractmethod
    def target(self, to: Mapping[str, Any]) -> str:
        """What is written, such as `contact`; syncs of one target share its fields (Y2).

        Raises:
            TresseError: `wrong_value`, `unknown_name`, `unknown_key`.
        """

    @abstractmethod
    def target_label(self, target: str) -> str:
        """The target as people call it."""

    @abstractmethod
    def fields(self, target: str) -> tuple[Field, ...]:
        """The fields that can be written, in the order of its pages.

        Raises:
            TresseError: `unknown_name`; it is gone.
        """

    @abstractmethod
    def make(self, target: str, new: NewField, actor: Actor) -> None:
        """Make a field, in the caller's transaction; one that is there already stays as it is.

        Raises:
            TresseError: `not_permitted`; what the destination refuses of fields.
        """

    @abstractmethod
    def links(self, target: str) -> tuple[LinkField, ...]:
        """The links that rows can be given."""

    @abstractmethod
    def linked(
        self, engine: Engine, tables: Tables, definition: SyncDefinition
    ) -> dict[str, sa.TableClause]:
        """By link field: rows `id target`, golden id of the related dataset and id here (Y50)."""

    @abstractmethod
    def send(self, sending: "Sending") -> Counted:
        """Send what differs, removals last, and say of each row what became of it.

        With `sending.is_preview` nothing is written, and the counts are those that a run would
        answer (Y32).

        Raises:
            Held: A brake stops the run.
        """


@dataclass(slots=True)
class Held(Exception):  # noqa: N818  no fault: a brake asks a person
    """A brake (Y44, Y45). What was sent before stands; `counted` says what that was."""

    code: str
    message: str
    details: Mapping[str, Any]
    counted: Counted
    is_before: bool = False
    "Nothing was sent: the rows that differ wait."


Pause = Callable[[], None]
Run = SyncRun
