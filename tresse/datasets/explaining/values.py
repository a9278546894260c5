"""Why each value of a golden record stands, and which values lost (D62, D75)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tresse.datasets.definition import Merge
from tresse.datasets.explaining.cluster import Cluster, Member
from tresse.datasets.layout import Plan
from tresse.datasets.models import Pin

PINNED, MANUAL = "pinned", "manual"
"Method and source of a value that a person set (D74)."


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that does not stand, and its latest record."""

    value: Any
    member: Member


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a golden record."""

    column: str
    value: Any
    method: str
    "A merge method, or `pinned`."
    group: str
    "Of columns that move as one (D72); empty: it moves alone."
    member: Member | None
    "Whose value it is; None: of nobody alone, or pinned."
    updated_at: datetime | None
    "When that record was changed, or the value was pinned."
    candidates: int
    "Records with a value."
    distinct: int
    "Different values among them."
    lost: tuple[Lost, ...]
    pin: Pin | None = None
    filled: bool = False
    "It is the constant of `fill`, as no record has a value (D31)."

    @property
    def source(self) -> str | None:
        """Its source; `manual` of a pinned value."""
        if self.pin is not None:
            return MANUAL
        return self.member.source if self.member else None

    @property
    def record_key(self) -> str | None:
        """Key of the record in its source."""
        return self.member.key if self.member else None


def values_of(cluster: Cluster, plan: Plan, pins: Iterable[Pin] = ()) -> list[Value]:
    """Each column's value with who won and who lost, in the order of the dataset's columns."""
    grouped = {
        name: (group.name, group.merge)
        for group in plan.definition.groups
        for name in group.columns
    }
    by_column = {pin.column: pin for pin in pins}
    return [
        _value(
            cluster,
            each.column.name,
            grouped.get(each.column.name, ("", each.column.merge)),
            by_column,
        )
        for each in plan.columns
    ]


def _value(cluster: Cluster, column: str, way: tuple[str, Merge], pins: Mapping[str, Pin]) -> Value:
    group, merge = way
    stands = cluster.golden[column]
    rid = cluster.winners[column]
    winner = cluster.member(rid) if rid is not None else None
    pin = pins.get(column)
    number, distinct = cluster.candidates[column]
    return Value(
        column=column,
        value=stands,
        method=PINNED if pin else merge.method,
        group="" if pin else group,
        member=None if pin else winner,
        updated_at=pin.created_at if pin else (winner.modified_at if winner else None),
        candidates=number,
        distinct=distinct,
        lost=tuple(_lost(cluster, column, stands)),
        pin=pin,
        filled=pin is None and stands is not None and number == 0,
    )


def _lost(cluster: Cluster, column: str, stands: Any) -> Iterable[Lost]:
    """Other values of its records, the latest first, each once."""
    kept = stands if isinstance(stands, list) else [stands]
    seen: list[Any] = []
    for member in sorted(cluster.members, key=lambda each: each.modified_at, reverse=True):
        value = member.values[column]
        if value is None or value in kept or value == stands or value in seen:
            continue
        seen.append(value)
        yield Lost(value, member)
