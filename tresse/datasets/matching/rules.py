"""What a plan says about matching: key sets with their labels, and guards with their defaults."""

from collections.abc import Iterable
from dataclasses import dataclass

from tresse.datasets.definition import Direction, FanOut, Guard
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching import lists
from tresse.datasets.matching.values import JOINT, Value

BETWEEN = ", "


@dataclass(frozen=True, slots=True)
class Keys:
    """A key set of a plan (D40); `strength` is its place, 0 is strongest."""

    strength: int
    columns: tuple[Planned, ...]
    remembers: bool
    is_device: bool
    "All of its columns are of devices: untrusted records attach by it too (DG13)."

    @property
    def label(self) -> str:
        """How guard rows and lifts name it."""
        return label_of(each.column.name for each in self.columns)

    @property
    def is_single(self) -> bool:
        """Of one column."""
        return len(self.columns) == 1


def label_of(names: Iterable[str]) -> str:
    """How guard rows and lifts name a key set: `last_name, birth_date`."""
    return BETWEEN.join(names)


def joined(parts: Iterable[Value]) -> Value:
    """The value of a key set: its match values, NULL where one of them is."""
    first, *others = parts
    for each in others:
        first = first + JOINT + each
    return first


def key_sets(plan: Plan) -> tuple[Keys, ...]:
    """The key sets of a plan, strongest first; a set that is there twice counts once."""
    identity, seen, found = plan.definition.identity, set(), []
    for strength, key in enumerate(identity.keys):
        if key.columns in seen:
            continue
        seen.add(key.columns)
        is_device = all(name in identity.guard.device for name in key.columns)
        columns = tuple(plan.of(name) for name in key.columns)
        found.append(Keys(strength, columns, key.remembers, is_device))
    return tuple(found)


def key_columns(keys: Iterable[Keys]) -> tuple[Planned, ...]:
    """Columns of key sets, each once, strongest first."""
    return tuple({each.name: each for key in keys for each in key.columns}.values())


def guard_of(plan: Plan) -> Guard:
    """The guard settings of a plan."""
    return plan.definition.identity.guard


def fan_outs(plan: Plan, planned: Planned) -> tuple[FanOut, ...]:
    """Fan-out rules of a key column (DG2).

    Those of D51 for its semantic field; given ones take the place of the default of the same two
    columns.
    """
    name = planned.column.name
    found = {
        other.column.name: FanOut(name, other.column.name, over)
        for fields, field, over in lists.FAN_OUT
        if planned.column.semantic in fields
        and (other := plan.with_field(field)) is not None
        and other.column.name != name
    }
    said = guard_of(plan).fan_out or ()
    found |= {each.of: each for each in said if each.column == name}
    return tuple(found.values())


def directions(plan: Plan, planned: Planned) -> tuple[Direction, ...]:
    """Direction rules of a key column (DG7)."""
    name = planned.column.name
    return tuple(each for each in guard_of(plan).direction if each.each == name)
