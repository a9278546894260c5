"""What a merge method states (D70): how it orders candidates, or how it combines values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from tresse.datasets.definition import Merge
from tresse.datasets.layout import Plan, Planned

Value = sa.ColumnElement[Any]
Row = Mapping[str, Value]
"""A record in its cluster: columns of `layout.record_columns` by name, times not later than the
build's moment, `head` (says which cluster), and in levels `rank` (1 is the latest record, see
`Pick`)."""
Level = Callable[[Row], dict[str, Value]]
"What is worked out on top of the columns that are there."

ALL = frozenset(
    {"text", "integer", "decimal", "number", "boolean", "date", "datetime", "list", "json"}
)
NUMBERS = frozenset({"integer", "decimal", "number"})
ORDERED = frozenset({*NUMBERS, "text", "date", "datetime"})
WEIGHT = 2**24
"More than the records of a cluster; a measure below 2**38 times this is a whole number."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is chosen as one: a column, the columns of a group (D72), or a consent (D73)."""

    merge: Merge
    columns: tuple[Planned, ...]
    plan: Plan
    as_of: datetime
    requires: tuple[Planned, ...] = ()
    is_group: bool = False

    @property
    def first(self) -> Planned:
        """The column, or the one that the others follow."""
        return self.columns[0]


class Method:
    """A member of `METHODS`. Holds no state; works on whole tables, alike on every engine."""

    name: ClassVar[str]
    label: ClassVar[str]
    does: ClassVar[str]
    "One sentence for people."
    nulls: ClassVar[str] = "skipped"
    "What becomes of records without a value, for people."
    takes: ClassVar[frozenset[str]] = ALL
    "Types of column, of S52."
    for_groups: ClassVar[bool] = False
    "Whether it can pick the record of a column group (D72)."


class Pick(Method):
    """Picks one record; its value stands.

    Candidates are in a total order: what the method looks at, then either the latest first (newest
    `modified_at`, source priority, source name, record key: `rank`), or source priority, newest
    `modified_at`, source name, record key (`ordered`).
    """

    def candidate(self, asked: Asked, row: Row) -> Value | None:
        """Whether a record can be picked; None: each can."""
        if not asked.is_group:
            return row[asked.first.name].is_not(None)
        some = sa.or_(*(row[each.name].is_not(None) for each in asked.columns))
        return sa.and_(some, *(row[each.name].is_not(None) for each in asked.requires))

    def needs(self, asked: Asked) -> tuple[Planned, ...]:
        """Columns that `marks` and `candidate` look at."""
        return (*asked.columns, *asked.requires)

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:  # noqa: ARG002
        """What `levels` need of a record alone: the less, the faster its cluster is sorted."""
        return {}

    def levels(self, asked: Asked) -> Sequence[Level]:  # noqa: ARG002
        """Steps to the record's place, one on top of the other.

        A level may name the marks, and what the ones below gave. The last gives `place` alone, a
        whole number that is never NULL: among the candidates of a cluster the least one wins, and
        no two are alike. None at all: the place is `rank`.
        """
        return ()


class Combine(Method, ABC):
    """Makes one value of all; no record is picked."""

    def of_one(self, value: Value) -> Value:
        """Of a record that is alone."""
        return value

    @abstractmethod
    def of_many(self, value: Value) -> Value:
        """An aggregate over the records of a cluster; NULL where all values are."""


def weighed(measure: Value, row: Row) -> Value:
    """The place by a whole number from 0 to 2**38, least first; ties: the latest."""
    return measure * WEIGHT + row["rank"]


def ordered(row: Row, *keys: Value) -> Value:
    """The place by keys, then source priority, newest `modified_at`, source name, record key."""
    # Inside a priority ranks go by the others.
    order = [*keys, row["priority"], row["rank"]]
    number = sa.func.row_number().over(partition_by=row["head"], order_by=order)
    return sa.type_coerce(number, sa.BigInteger())
