"""What ties the records of a golden record, and the shortest path between two of them (D62)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tresse.datasets.explaining.cluster import Cluster, Member
from tresse.datasets.identity.paths import path
from tresse.datasets.matching.values import JOINT
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


def path_between(
    cluster: Cluster,
    a: int,
    b: int,
    *,
    links: Iterable[Decision] = (),
    devices: Collection[int] = frozenset(),
) -> list[Edge]:
    """The fewest edges from one record to another of the same golden record; ties by D42.

    Args:
        cluster: The golden record.
        a: A rid.
        b: Another one.
        links: Must-links that stand.
        devices: Strengths of key sets of devices, which come last.
    """
    members = {each.rid: each for each in cluster.members}
    tied = {frozenset((edge.a.rid, edge.b.rid)): edge.decision for edge in _decided(cluster, links)}
    accepted = [each for each in cluster.attachments if each.is_accepted]
    columns = {each.strength: each.columns for each in accepted}
    steps = path(
        [(each.rid, each.strength, JOINT.join(each.parts)) for each in accepted],
        a,
        b,
        places={each.rid: at for at, each in enumerate(cluster.members)},
        links=[(min(pair), max(pair)) for pair in tied],
        devices=devices,
    )
    return [
        Edge(
            members[step.a],
            members[step.b],
            () if step.strength is None else columns[step.strength],
            step.value.replace(JOINT, ", "),
            step.strength,
            tied[frozenset((step.a, step.b))] if step.strength is None else None,
        )
        for step in steps or ()
    ]
