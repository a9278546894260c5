"""A filter once it has been checked: frozen values, and what every kind of condition does."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.objects.described import ObjectDef

if TYPE_CHECKING:
    from tresse.filters.check import Checking
    from tresse.filters.compile import Compiling
    from tresse.filters.editing import Asking, Control, Head, Offer

Base = ObjectDef
"""What a filter chooses rows of: anything with `name`, `label`, `property(name)` and `table`."""


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the parts is true; no parts: every row."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts is true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not true."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its kind, and the facts that the kind read from it."""

    kind: "ConditionKind"
    facts: Any


Node = All | AnyOf | Not | Condition


@dataclass(frozen=True, slots=True)
class Checked:
    """A filter without faults, good for one base and for the person it was checked for."""

    base: Base
    node: Node
    source: Any
    "The filter as it was given."


@dataclass(frozen=True, slots=True)
class Read:
    """What a condition looks at in one row: an expression, and how its value is said."""

    column: sa.ColumnElement[Any]
    words: Callable[[Any], str] = str


class ConditionKind(ABC):
    """One kind of condition, found by its first key. A member keeps no state.

    The room that owns the facts gives the member: `property` stands here, `linked` and `activity`
    come from `records`. Members are handed over once, by `config/members.py`.

    `check`, `compile` and `words` are the language; `offers`, `head` and `controls` are its editor
    (`filters.editing`); `read` answers what a condition saw in one row.
    """

    name: str
    """The first key of such a condition."""

    keys: tuple[str, ...]
    """All keys it takes, the first one included."""

    @abstractmethod
    def check(self, node: Mapping[str, Any], base: Base, checking: "Checking") -> Any:
        """Read the condition into frozen facts; report each fault with `checking.refuse`.

        May answer anything after a fault: a filter with faults is never compiled.
        """

    @abstractmethod
    def compile(
        self,
        facts: Any,
        base: Base,
        table: sa.FromClause,
        compiling: "Compiling",
        *,
        negated: bool,
    ) -> sa.ColumnElement[bool]:
        """The condition on the rows of `table`; with `negated` its exact complement.

        What it answers counts where it is true: NULL reads as false, as in `WHERE`.
        """

    @abstractmethod
    def words(self, facts: Any) -> str:
        """The condition as a phrase in the language of the person."""

    def offers(self, asking: "Asking") -> "Iterable[Offer]":  # noqa: ARG002
        """What "+ Filter" lists of this kind for a base and a person."""
        return ()

    def head(self, node: Mapping[str, Any], asking: "Asking") -> "Head | None":  # noqa: ARG002
        """What a condition is on; None where that cannot be read: it is then shown as text."""
        return None

    def controls(self, node: Mapping[str, Any], asking: "Asking") -> "Sequence[Control]":  # noqa: ARG002
        """The controls of a condition as it stands, for what `head` could read; in their order."""
        return ()

    def read(
        self,
        facts: Any,  # noqa: ARG002
        base: Base,  # noqa: ARG002
        table: sa.FromClause,  # noqa: ARG002
        compiling: "Compiling",  # noqa: ARG002
    ) -> Read | None:
        """What the condition looks at in a row (G73); None where true or false says it all."""
        return None
