"""What a cluster must keep (DG3, DG6, DG9, DG11), as the settings of an identity have it."""

from dataclasses import dataclass

from tresse.datasets.definition import Limit
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching.rules import key_columns, key_sets
from tresse.sources.semantics import PHONES

LINKS, SEPARATION, LIMITS, DEVICES, SIZE = "DG8", "DG9", "DG3", "DG11", "DG6"
ONE_EVER = ("customer_id", "user_id")
"Fields of which a cluster has one value unless a limit says otherwise (D51)."
MANY_EVER = 5
"Of all other key columns."
KNOWN = (*ONE_EVER, "email", *PHONES)
"Fields that make a person known (DG11)."


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most so many distinct values of a column in a cluster; a value set apart is at most 1."""

    guard: str
    "DG3, or DG9 for separation."
    column: str
    place: int
    "Of the column in `Constraints.columns`."
    at_most: int
    days: int | None = None
    "In any such window of first-seen times; None: ever."


@dataclass(frozen=True, slots=True)
class Constraints:
    """All of them, in the order they are asked in."""

    columns: tuple[Planned, ...]
    "Whose values are counted."
    counts: tuple[AtMost, ...]
    "Separation before limits."
    cap: int
    soft: int
    devices: frozenset[int]
    "Strengths of key sets of devices: they come last, and never join two known persons."
    known: tuple[Planned, ...]
    "Columns that make a person known; none where there are no sets of devices."


def constraints_of(plan: Plan) -> Constraints:
    """The constraints of a plan."""
    identity = plan.definition.identity
    separated = [("DG9", name, 1, None) for name in identity.separate]
    limited = [(LIMITS, each.column, each.at_most, each.days) for each in limits_of(plan)]
    names = tuple(dict.fromkeys(name for _, name, _, _ in (*separated, *limited)))
    counts = tuple(
        AtMost(guard, name, names.index(name), at_most, days)
        for guard, name, at_most, days in (*separated, *limited)
    )
    devices = frozenset(each.strength for each in key_sets(plan) if each.is_device)
    known = (plan.with_field(field) for field in KNOWN) if devices else ()
    return Constraints(
        columns=tuple(plan.of(name) for name in names),
        counts=counts,
        cap=identity.guard.cap,
        soft=identity.guard.soft,
        devices=devices,
        known=tuple(each for each in known if each is not None),
    )


def limits_of(plan: Plan) -> tuple[Limit, ...]:
    """Limits as said, and for each key column without one of its own, ever, that of D51."""
    said = plan.definition.identity.limits or ()
    found = {
        (each.column.name, None): Limit(each.column.name, _default(each))
        for each in key_columns(key_sets(plan))
    }
    return tuple((found | {(each.column, each.days): each for each in said}).values())


def _default(planned: Planned) -> int:
    return 1 if (planned.column.semantic or planned.column.name) in ONE_EVER else MANY_EVER
