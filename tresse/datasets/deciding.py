"""Reads of decisions on records (D60, DG8): which stand, what they tie, what contradicts them.

A record is named as `source/key`. Must-links tie whatever they lead to: `a = b` and `b = c` make
`a = c`, so a must-not-link of `a` and `c` contradicts the two of them.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from tresse.datasets.models import Dataset, Decision, Lift, Pin
from tresse.kernel.errors import UNKNOWN_NAME

_AT_ONCE = 500
"Names in one statement."


def standing(dataset: Dataset) -> QuerySet[Decision]:
    """Decisions of a dataset that were not withdrawn, latest first, with their authors."""
    found = Decision.objects.filter(dataset=dataset, withdrawn_at=None)
    return found.select_related("author").order_by("-id")


def decisions_of(
    dataset: Dataset, *, record: str = "", withdrawn: bool = False
) -> QuerySet[Decision]:
    """Decisions, latest first: of one record or of all; with those that were withdrawn or not."""
    found = Decision.objects.filter(dataset=dataset).select_related("author", "withdrawn_by")
    if record:
        found = found.filter(Q(a=record) | Q(b=record))
    return (found if withdrawn else found.filter(withdrawn_at=None)).order_by("-id")


def decision_numbered(dataset: Dataset, number: int) -> Decision:
    """One decision, standing or withdrawn.

    Raises:
        TresseError: `unknown_name`.
    """
    fits = 0 < number < 2**63
    found = decisions_of(dataset, withdrawn=True).filter(pk=number).first() if fits else None
    if found is None:
        sort = gettext("decision on {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=number)
    return found


def pairs_of(dataset: Dataset, kind: str) -> list[tuple[str, str]]:
    """All pairs of records of the standing decisions of a kind, in order."""
    found = Decision.objects.filter(dataset=dataset, withdrawn_at=None, kind=kind)
    return sorted(found.values_list("a", "b"))


def accepted_claims(dataset: Dataset) -> list[str]:
    """Records whose claims a person accepted (DG13), in order."""
    return sorted(a for a, _ in pairs_of(dataset, Decision.CLAIM))


def lifts_of(dataset: Dataset) -> QuerySet[Lift]:
    """Guards that are lifted for a value (D50), latest first, with their authors."""
    found = Lift.objects.filter(dataset=dataset, withdrawn_at=None)
    return found.select_related("author").order_by("-id")


def pins_of(dataset: Dataset) -> QuerySet[Pin]:
    """Values that people set (D74), latest first, with their authors."""
    found = Pin.objects.filter(dataset=dataset, removed_at=None)
    return found.select_related("author").order_by("-id")


@dataclass(slots=True)
class Ties:
    """Must-links around some records, whole, and the must-not-links that touch them."""

    links: dict[str, dict[str, Decision]] = field(default_factory=dict)
    "By record, its other side and the decision; both ways."
    aparts: list[Decision] = field(default_factory=list)

    def tie(self, decision: Decision) -> None:
        """Add a must-link, saved or not."""
        self.links.setdefault(decision.a, {})[decision.b] = decision
        self.links.setdefault(decision.b, {})[decision.a] = decision

    def with_one(self, record: str) -> set[str]:
        """The record and all that must-links lead to from it."""
        return set(self._reached(record))

    def path(self, a: str, b: str) -> list[Decision]:
        """The fewest must-links that lead from one record to the other; empty if none do."""
        came = self._reached(a)
        if b not in came:
            return []
        steps = [b]
        while (before := came[steps[-1]]) is not None:
            steps.append(before)
        return [self.links[one][other] for one, other in pairwise(reversed(steps))]

    def between(self, left: set[str], right: set[str]) -> Decision | None:
        """The earliest must-not-link from one set of records to the other."""
        for each in self.aparts:
            if (each.a in left and each.b in right) or (each.b in left and each.a in right):
                return each
        return None

    def _reached(self, record: str) -> dict[str, str | None]:
        came: dict[str, str | None] = {record: None}
        waiting = deque([record])
        while waiting:
            one = waiting.popleft()
            for other in sorted(self.links.get(one, {})):
                if other not in came:
                    came[other] = one
                    waiting.append(other)
        return came


def ties_around(dataset: Dataset, records: Iterable[str]) -> Ties:
    """Everything that must-links lead to from these records, and what is held apart from it."""
    ties, seen = Ties(), set(records)
    front = sorted(seen)
    while front:
        for decision in _touching(dataset, Decision.LINK, front):
            ties.tie(decision)
        front = sorted(set(ties.links) - seen)
        seen.update(front)
    aparts = {each.pk: each for each in _touching(dataset, Decision.APART, sorted(seen))}
    ties.aparts = [aparts[key] for key in sorted(aparts)]
    return ties


def _touching(dataset: Dataset, kind: str, records: Sequence[str]) -> Iterator[Decision]:
    for some in _some(records):
        yield from standing(dataset).filter(Q(a__in=some) | Q(b__in=some), kind=kind)


def _some(records: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(records), _AT_ONCE):
        yield records[start : start + _AT_ONCE]
