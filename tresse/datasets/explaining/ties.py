"""What ties the records of a golden record, and the shortest path between two of them (D62)."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tresse.datasets.explaining.cluster import Attachment, Cluster, Member
from tresse.datasets.models import Decision


@dataclass(frozen=True, slots=True)
class Edge:
    """Two records that a key value, or a decision, makes one."""

    a: Member
    b: Member
    columns: tuple[str, ...]
    "Of the key set; empty: a decision ties them."
    value: str
    "The match value, for people."
    strength: int | None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class _Node:
    """A record, or a key value, or a decision: what a path leads over."""

    rid: int | None = None
    tie: tuple[int, tuple[str, ...]] | None = None
    decision: Decision | None = None


def edges_of(cluster: Cluster, links: Iterable[Decision] = ()) -> list[Edge]:
    """A tree of edges that holds all records together: what a drawing of it needs.

    Key values come in the order of D42, each from the first record that has it; an edge that leads
    nowhere new is left out. Decisions come first, as they do.

    Args:
        cluster: The golden record.
        links: Must-links that stand; those of other records are passed over.
    """
    root = {each.rid: each.rid for each in cluster.members}

    def of(rid: int) -> int:
        while root[rid] != rid:
            root[rid] = rid = root[root[rid]]
        return rid

    found = []
    for edge in (*_decided(cluster, links), *_shared(cluster)):
        one, other = of(edge.a.rid), of(edge.b.rid)
        if one != other:
            root[other] = one
            found.append(edge)
    return found


def _decided(cluster: Cluster, links: Iterable[Decision]) -> Iterator[Edge]:
    by_name = {each.name: each for each in cluster.members}
    for link in sorted(links, key=lambda each: each.pk):
        a, b = by_name.get(link.a), by_name.get(link.b)
        if a and b:
            yield Edge(a, b, (), "", None, link)


def _shared(cluster: Cluster) -> Iterator[Edge]:
    members = {each.rid: each for each in cluster.members}
    first: dict[tuple[int, tuple[str, ...]], Member] = {}
    for each in cluster.attachments:
        if each.is_accepted:
            member = members[each.rid]
            holder = first.setdefault(each.node, member)
            if holder is not member:
                yield Edge(holder, member, each.columns, each.value, each.strength)


def path_between(cluster: Cluster, a: int, b: int, links: Iterable[Decision] = ()) -> list[Edge]:
    """The fewest edges from one record to another of the same golden record.

    Of paths of the same length it is the one whose attachments come first by D42: stronger key
    sets, then earlier records.

    Args:
        cluster: The golden record.
        a: A rid.
        b: Another one.
        links: Must-links that stand.
    """
    around = _neighbours(cluster.attachments, _decided(cluster, links))
    came: dict[_Node, _Node | None] = {_Node(rid=a): None}
    waiting = deque([_Node(rid=a)])
    target = _Node(rid=b)
    while waiting and target not in came:
        node = waiting.popleft()
        for other in around.get(node, ()):
            if other not in came:
                came[other] = node
                waiting.append(other)
    if target not in came:
        return []
    steps: list[_Node] = [target]
    while (before := came[steps[-1]]) is not None:
        steps.append(before)
    return list(_edges(cluster, steps[::-1]))


def _neighbours(
    attachments: Sequence[Attachment], decided: Iterable[Edge]
) -> dict[_Node, list[_Node]]:
    """By node, those next to it in the order of D42; attachments come in that order."""
    found: dict[_Node, list[_Node]] = {}

    def tie(one: _Node, other: _Node) -> None:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)

    for edge in decided:
        middle = _Node(decision=edge.decision)
        tie(_Node(rid=edge.a.rid), middle)
        tie(_Node(rid=edge.b.rid), middle)
    for each in attachments:
        if each.is_accepted:
            tie(_Node(rid=each.rid), _Node(tie=each.node))
    return found


def _edges(cluster: Cluster, steps: Sequence[_Node]) -> Iterator[Edge]:
    members = {each.rid: each for each in cluster.members}
    columns = {each.node: each for each in cluster.attachments}
    records = [(at, node.rid) for at, node in enumerate(steps) if node.rid is not None]
    for (at, one), (_, other) in pairwise(records):
        middle = steps[at + 1]
        a, b = members[one], members[other]
        if middle.tie is None:
            yield Edge(a, b, (), "", None, middle.decision)
            continue
        tie = columns[middle.tie]
        yield Edge(a, b, tie.columns, tie.value, tie.strength)
