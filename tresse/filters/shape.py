"""A filter once it has been checked: frozen values, and what every kind of condition does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.objects.described import ObjectDef

if TYPE_CHECKING:
    from tresse.filters.check import Checking
    from tresse.filters.compile import Compiling

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


class ConditionKind(ABC):
    """One kind of condition, found by its first key. A member keeps no state.

    The room that owns the facts gives the member: `property` stands here, `linked` and `activity`
    come from `records`. Members are handed over once, by `config/members.py`.
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
