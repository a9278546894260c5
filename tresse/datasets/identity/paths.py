"""Why two records are one: the shortest path of shared key values between them (D62).

In plain Python, as one cluster is small: at most as many records as its cap.
"""

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Place(Protocol):
    """What sorts records as D42 does: `first_seen, priority, source, key`, or their numbers."""

    def __lt__(self, other: Any, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Step:
    """From one record to the next."""

    a: int
    b: int
    strength: int | None
    "Place of the key set; None: a must-link."
    value: str
    "The value both hold, as `attachments` has it; empty of a must-link."


def path(
    attachments: Iterable[tuple[int, int, str]],
    a: int,
    b: int,
    *,
    places: Mapping[int, Any],
    links: Iterable[tuple[int, int]] = (),
    devices: Collection[int] = frozenset(),
) -> tuple[Step, ...] | None:
    """The shortest path between two records; of several, the one that D42 comes to first.

    Step by step, must-links go before attachments, stronger key sets before weaker ones, then
    earlier records, then lesser values.

    Args:
        attachments: `rid, strength, value`: the accepted ones of one cluster, each once, any order.
        a: Where the path begins.
        b: Where it ends.
        places: `Place` of every record.
        links: Must-links, of the cluster or not.
        devices: Strengths of key sets of devices, which come last.

    Returns:
        No steps from a record to itself; None where no path leads.
    """
    graph = _graph(attachments, links, places)
    left = _distances(graph, b)
    if a == b or a not in left:
        return () if a == b else None
    steps = []
    while a != b:
        # Records and what ties them take turns, so the next record is two nearer.
        best = min(
            (_rank(tie, devices), places[rid], _value(tie), rid, tie)
            for tie in graph[a]
            if left[tie] < left[a]
            for rid in graph[tie]
            if left[rid] < left[tie]
        )
        rid, tie = best[3], best[4]
        steps.append(Step(a, rid, None if _is_link(tie) else tie[1], _value(tie)))
        a = rid
    return tuple(steps)


Tie = tuple[str, int, Any]
'`("value", strength, value)`, or `("link", rid, rid)`.'


def _graph(
    attachments: Iterable[tuple[int, int, str]],
    links: Iterable[tuple[int, int]],
    places: Mapping[int, Any],
) -> dict[Any, list[Any]]:
    graph: dict[Hashable, list[Any]] = {}

    def tied(rid: int, tie: Tie) -> None:
        graph.setdefault(rid, []).append(tie)
        graph.setdefault(tie, []).append(rid)

    for rid, strength, value in attachments:
        tied(rid, ("value", strength, value))
    for one, other in links:
        if one in places and other in places and one != other:
            for rid in (one, other):
                tied(rid, ("link", min(one, other), max(one, other)))
    return graph


def _distances(graph: Mapping[Any, list[Any]], start: int) -> dict[Any, int]:
    found: dict[Any, int] = {start: 0}
    queue: deque[Any] = deque([start])
    while queue:
        node = queue.popleft()
        for other in graph.get(node, ()):
            if other not in found:
                found[other] = found[node] + 1
                queue.append(other)
    return found


def _is_link(tie: Tie) -> bool:
    return tie[0] == "link"


def _rank(tie: Tie, devices: Collection[int]) -> tuple[int, int]:
    """Must-links, then key sets from the strongest on, those of devices last."""
    if _is_link(tie):
        return -1, 0
    return int(tie[1] in devices), tie[1]


def _value(tie: Tie) -> str:
    return "" if _is_link(tie) else str(tie[2])
