"""D42 step 4 inside one component: attachments one after the other, each accepted if it may be.

Plain Python over the rows of one component, as only components that break a constraint come here.
Union by size with path halving; what a constraint needs to know of a cluster is kept at its root,
so that an attachment costs about as much as the smaller of the two clusters it would join.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tresse.datasets.identity.constraints import (
    DEVICES,
    LIMITS,
    LINKS,
    SEPARATION,
    SIZE,
    AtMost,
    Constraints,
)

T = TypeVar("T")
DAY = 86_400_000_000
"Microseconds."
REVIEWED = (LIMITS, SEPARATION, DEVICES)
"Refusals by these guards are for a person to look at (D60)."
SHOWN = 10
"Most values of a side that a detail names."


@dataclass(slots=True)
class Component:
    """Records in the order of D42, each by its place, and the attachments in theirs."""

    rids: Sequence[int]
    nodes: Sequence[int]
    "By place: the place of the first of the records it is linked with (DG8), its own if of none."
    seen: Sequence[int]
    "Microseconds."
    known: Sequence[bool]
    values: Sequence[Sequence[str | None]]
    "By column of the constraints, then by place."
    turns: Sequence[tuple[int, int, bool]]
    "Attachments: place of the record, number of the key value, whether it is one of devices."
    aparts: Sequence[tuple[int, int]] = ()
    "Places of records that are never one (DG8)."


@dataclass(frozen=True, slots=True)
class Refused:
    """An attachment that would break a constraint."""

    turn: int
    "Its place among the attachments."
    guard: str
    a: int
    "Place of its record."
    b: int
    "Place of the first record that holds the value."
    detail: dict[str, Any]
    is_reviewed: bool = False
    "The first of its two clusters that a person should look at."


@dataclass(slots=True)
class Settled:
    """What became of a component."""

    roots: list[int]
    "By place: the place of the first record of its cluster."
    refused: list[Refused] = field(default_factory=list)


def settle(component: Component, constraints: Constraints) -> Settled:
    """Accept or refuse the attachments of a component."""
    clusters = _Clusters(component, constraints)
    holders: dict[int, int] = {}
    refused = []
    nodes, join = component.nodes, clusters.join
    for turn, (place, value, is_device) in enumerate(component.turns):
        holder = holders.setdefault(value, place)
        if holder == place:
            continue
        fault = join(nodes[place], nodes[holder], is_device=is_device)
        if fault is not None:
            guard, detail = fault
            rids = [component.rids[place], component.rids[holder]]
            refused.append(Refused(turn, guard, place, holder, {"sides": rids, **detail}))
    roots = [clusters.first[clusters.root(node)] for node in nodes]
    return Settled(roots, _reviewed(refused, roots))


def _reviewed(refused: list[Refused], roots: list[int]) -> list[Refused]:
    """Marks one refusal of each pair of clusters that stayed apart."""
    seen: set[tuple[int, int]] = set()
    found = []
    for each in refused:
        a, b = roots[each.a], roots[each.b]
        pair = (min(a, b), max(a, b))
        if each.guard in REVIEWED and a != b and pair not in seen:
            seen.add(pair)
            each = Refused(each.turn, each.guard, each.a, each.b, each.detail, is_reviewed=True)
        found.append(each)
    return found


Fault = tuple[str, dict[str, Any]]


class _Ever:
    """Distinct values of a column in each cluster, by its root."""

    def __init__(self, rule: AtMost, component: Component) -> None:
        self.rule = rule
        self._held: dict[int, tuple[str, ...]] = {}
        for node, value in zip(component.nodes, component.values[rule.place], strict=True):
            if value is not None:
                self._held[node] = _both(self._held.get(node, ()), (value,))

    def is_broken(self, a: int, b: int) -> bool:
        """Whether the two clusters together have too many."""
        of_a, of_b = self._held.get(a), self._held.get(b)
        if not of_a or not of_b or of_a == of_b:
            return False
        return len({*of_a, *of_b}) > self.rule.at_most

    def detail(self, a: int, b: int) -> dict[str, Any]:
        """The values of both."""
        return _detail(self.rule, self._held[a], self._held[b])

    def unite(self, a: int, b: int) -> None:
        """Those of `b` are of `a` now."""
        if (moved := self._held.pop(b, None)) is not None:
            self._held[a] = _both(self._held.get(a, ()), moved)


class _Window:
    """Values of a column in each cluster with the times they came, by its root."""

    def __init__(self, rule: AtMost, component: Component) -> None:
        self.rule = rule
        self._span = (rule.days or 0) * DAY
        self._held: dict[int, tuple[tuple[int, str], ...]] = {}
        for node, value in zip(component.nodes, component.values[rule.place], strict=True):
            if value is not None:
                came = (component.seen[node], value)
                self._held[node] = _both(self._held.get(node, ()), (came,))

    def is_broken(self, a: int, b: int) -> bool:
        """Whether too many of both came within one window."""
        of_a, of_b = self._held.get(a), self._held.get(b)
        return bool(of_a and of_b) and self._overfull(a, b) is not None

    def detail(self, a: int, b: int) -> dict[str, Any]:
        """The values of both in the first such window."""
        start, end = self._overfull(a, b) or (0, 0)
        sides = (
            tuple({value for seen, value in self._held[root] if start <= seen <= end})
            for root in (a, b)
        )
        return _detail(self.rule, *sides)

    def unite(self, a: int, b: int) -> None:
        """Those of `b` are of `a` now."""
        if (moved := self._held.pop(b, None)) is not None:
            self._held[a] = _both(self._held.get(a, ()), moved)

    def _overfull(self, a: int, b: int) -> tuple[int, int] | None:
        """First and last time of the first window with too many values."""
        rows = sorted(self._held[a] + self._held[b])
        inside: dict[str, int] = {}
        start = 0
        for seen, value in rows:
            inside[value] = inside.get(value, 0) + 1
            while seen - rows[start][0] >= self._span:
                old = rows[start][1]
                inside[old] -= 1
                if not inside[old]:
                    del inside[old]
                start += 1
            if len(inside) > self.rule.at_most:
                return rows[start][0], seen
        return None


def _both(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    """What is in either, each once."""
    return tuple({*one, *other})


def _detail(rule: AtMost, *sides: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"column": rule.column, "at_most": rule.at_most}
    if rule.days:
        found["days"] = rule.days
    return found | {"values": [sorted(side)[:SHOWN] for side in sides]}


class _Clusters:
    """Clusters of nodes, and what constraints need to know of each, by its root."""

    def __init__(self, component: Component, constraints: Constraints) -> None:
        count = len(component.rids)
        self._component, self._constraints = component, constraints
        self._parent = list(range(count))
        self._size = [1] * count
        self.first = list(range(count))
        self._known = self._known_nodes()
        self._counts = [
            _Window(each, component) if each.days else _Ever(each, component)
            for each in constraints.counts
            if len(set(component.values[each.place]) - {None}) > each.at_most
        ]
        self._apart: dict[int, set[tuple[int, int]]] = {}
        for a, b in component.aparts:
            for own, other in ((a, b), (b, a)):
                self._apart.setdefault(component.nodes[own], set()).add((own, other))

    def _known_nodes(self) -> list[bool]:
        known = list(self._component.known)
        for place, node in enumerate(self._component.nodes):
            known[node] = known[node] or known[place]
        return known

    def root(self, node: int) -> int:
        """The root of a node's cluster."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    def join(self, one: int, other: int, *, is_device: bool) -> Fault | None:
        """Make two clusters one, or say why not."""
        a, b = self.root(one), self.root(other)
        if a == b:
            return None
        fault = self._fault(a, b, is_device=is_device)
        if fault is None:
            self._unite(a, b)
        return fault

    def _fault(self, a: int, b: int, *, is_device: bool) -> Fault | None:
        if self._apart and (pair := self._set_apart(a, b)):
            return LINKS, {"apart": pair}
        for each in self._counts:
            if each.is_broken(a, b):
                return each.rule.guard, each.detail(a, b) | self._sizes(a, b)
        if is_device and self._known[a] and self._known[b]:
            return DEVICES, self._sizes(a, b)
        if self._size[a] + self._size[b] > self._constraints.cap:
            return SIZE, {"at_most": self._constraints.cap} | self._sizes(a, b)
        return None

    def _sizes(self, a: int, b: int) -> dict[str, Any]:
        return {"sizes": [self._size[a], self._size[b]]}

    def _set_apart(self, a: int, b: int) -> list[int] | None:
        """Rids of the first two records, one of each cluster, that are never one."""
        of_a, of_b = self._apart.get(a, set()), self._apart.get(b, set())
        nodes, rids = self._component.nodes, self._component.rids
        if len(of_a) <= len(of_b):
            hits = [(own, other) for own, other in of_a if self.root(nodes[other]) == b]
        else:
            hits = [(other, own) for own, other in of_b if self.root(nodes[other]) == a]
        return [rids[place] for place in min(hits)] if hits else None

    def _unite(self, a: int, b: int) -> None:
        if self._size[a] < self._size[b]:
            a, b = b, a
        self._parent[b] = a
        self._size[a] += self._size[b]
        self.first[a] = min(self.first[a], self.first[b])
        self._known[a] = self._known[a] or self._known[b]
        for each in self._counts:
            each.unite(a, b)
        if self._apart and (moved := self._apart.pop(b, None)):
            self._apart.setdefault(a, set()).update(moved)
