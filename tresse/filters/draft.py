"""A filter while it is edited: cards and lines, each at a path, and what may be done with them.

A draft is written as the filter itself, but for one thing that the language does not know: a node
that is switched off stands in `{"off": node}`. Every filter is a draft.

Paths: `0.2` is the third node of the first one of the root; `0.f` the filter inside a line.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SORTS = ("all", "any", "none")
DEEPEST = 20
INNER = "f"


@dataclass(slots=True)
class Line:
    """One condition; `inner`: the filter on what it is linked to. `node` lacks that filter."""

    node: Any
    inner: "Card | None" = None
    is_off: bool = False


@dataclass(slots=True)
class Card:
    """Nodes of which all, any or none must hold."""

    sort: str = "all"
    parts: list["Card | Line"] = field(default_factory=list)
    is_off: bool = False


Part = Card | Line


def draft_of(filter_: Any) -> Card:
    """The root card of a filter or draft; None is a card without nodes."""
    if filter_ is None:
        return Card()
    part = _part(filter_, 0)
    return part if isinstance(part, Card) and not part.is_off else Card("all", [part])


def _part(node: Any, level: int) -> Part:
    if level > DEEPEST:
        return Line(node)
    if isinstance(node, list):
        return Card("all", [_part(each, level + 1) for each in node])
    if not isinstance(node, Mapping):
        return Line(node)
    if len(node) == 1:
        [(key, given)] = node.items()
        if key == "off":
            part = _part(given, level + 1)
            part.is_off = True
            return part
        if key in {"all", "any"} and isinstance(given, list):
            return Card(key, [_part(each, level + 1) for each in given])
        if key == "not":
            inside = _part(given, level + 1)
            if isinstance(inside, Card) and inside.sort == "any" and not inside.is_off:
                return Card("none", inside.parts)
            return Card("none", [inside])
    if "filter" in node and ("linked" in node or "activity" in node or "event" in node):
        rest = {key: value for key, value in node.items() if key != "filter"}
        return Line(rest, _inner(node["filter"], level + 1))
    return Line(dict(node))


def _inner(filter_: Any, level: int) -> Card:
    part = _part(filter_, level)
    return part if isinstance(part, Card) and not part.is_off else Card("all", [part])


def text_of(root: Card) -> str:
    """The draft as JSON, for the field that carries it."""
    return json.dumps(_with_off(root), ensure_ascii=False, default=str)


def _with_off(part: Part) -> Any:
    if isinstance(part, Line):
        node = _whole(part, None if part.inner is None else _with_off(part.inner))
    else:
        node = _grouped(part.sort, [_with_off(each) for each in part.parts])
    return {"off": node} if part.is_off else node


def _whole(line: Line, inner: Any) -> Any:
    if line.inner is None or not isinstance(line.node, Mapping):
        return line.node
    return {**line.node, "filter": inner}


def _grouped(sort: str, nodes: list[Any]) -> Any:
    if sort == "none":
        return {"not": nodes[0] if len(nodes) == 1 else {"any": nodes}}
    return {sort: nodes}


def filter_of(root: Card) -> tuple[Any, dict[str, str]]:
    """The filter that a draft means, without what is switched off; and its places.

    Returns:
        The filter, None if it has no nodes; and for each place of it (`all[2].any[0]`) the path in
        the draft.
    """
    places: dict[str, str] = {"": ""}
    if not any(is_meant(part) for part in root.parts):
        return None, places
    return _written(root, "", "", places), places


def is_meant(part: Part) -> bool:
    """Whether a node is part of the filter: switched on, and not a card of nothing but others."""
    if part.is_off:
        return False
    if isinstance(part, Line) or not part.parts:
        return True
    return any(is_meant(each) for each in part.parts)


def _written(part: Part, path: str, place: str, places: dict[str, str]) -> Any:
    places[place] = path
    if isinstance(part, Line):
        if part.inner is None:
            return part.node
        inner_place = f"{place}.filter" if place else "filter"
        return _whole(part, _written(part.inner, joined(path, INNER), inner_place, places))
    meant = [(at, each) for at, each in enumerate(part.parts) if is_meant(each)]
    nodes = []
    for number, (at, each) in enumerate(meant):
        here = _place(part.sort, number, len(meant))
        nodes.append(_written(each, joined(path, at), f"{place}.{here}".lstrip("."), places))
    if part.sort == "none" and len(meant) != 1:
        places[f"{place}.not".lstrip(".")] = path
    return _grouped(part.sort, nodes)


def _place(sort: str, number: int, count: int) -> str:
    if sort == "none":
        return "not" if count == 1 else f"not.any[{number}]"
    return f"{sort}[{number}]"


def joined(path: str, step: int | str) -> str:
    """The path of a node inside another."""
    return f"{path}.{step}" if path else str(step)


def walk(root: Card, path: str = "") -> Iterator[tuple[str, Part]]:
    """Every node below a card with its path, filters inside lines included."""
    for at, part in enumerate(root.parts):
        here = joined(path, at)
        yield here, part
        if isinstance(part, Card):
            yield from walk(part, here)
        elif part.inner is not None:
            yield joined(here, INNER), part.inner
            yield from walk(part.inner, joined(here, INNER))


def part_at(root: Card, path: str) -> Part | None:
    """The node at a path, or None."""
    here: Part | None = root
    for step in path.split(".") if path else ():
        if isinstance(here, Line):
            here = here.inner if step == INNER else None
        elif isinstance(here, Card):
            at = int(step) if step.isdecimal() else len(here.parts)
            here = here.parts[at] if at < len(here.parts) else None
    return here


def _around(root: Card, path: str) -> tuple[Card, int] | None:
    """The card that holds the node at a path, and its number there."""
    outer, _, last = path.rpartition(".")
    card = part_at(root, outer)
    if isinstance(card, Card) and last.isdecimal() and int(last) < len(card.parts):
        return card, int(last)
    return None


def taken(root: Card, path: str) -> Part | None:
    """Take a node out and answer it."""
    around = _around(root, path)
    return around[0].parts.pop(around[1]) if around else None


def duplicated(root: Card, path: str) -> None:
    """Put a copy of a node behind it."""
    around = _around(root, path)
    if around:
        card, at = around
        card.parts.insert(at + 1, _part(_with_off(card.parts[at]), 0))


def replaced(root: Card, path: str, part: Part) -> None:
    """Put another node at a path."""
    around = _around(root, path)
    if around:
        around[0].parts[around[1]] = part


def grouped(root: Card, path: str) -> str:
    """Put a node into a group of its own, where it stands; answers the path of the group."""
    around = _around(root, path)
    if around:
        card, at = around
        card.parts[at] = Card("all" if card.sort == "any" else "any", [card.parts[at]])
    return path


def moved(root: Card, path: str, target: str) -> None:
    """Move a node into another card of the same base; not into itself."""
    card = part_at(root, target)
    inside = path == target or f"{target}.".startswith(f"{path}.")
    if isinstance(card, Card) and not inside and base_of(path) == base_of(target, is_card=True):
        part = taken(root, path)
        if part is not None:
            card.parts.append(part)


def base_of(path: str, *, is_card: bool = False) -> str:
    """The path up to the last filter inside a line: nodes of one base share it."""
    steps = path.split(".") if path else []
    if not is_card:
        steps = steps[:-1]
    last = max((at for at, step in enumerate(steps) if step == INNER), default=-1)
    return ".".join(steps[: last + 1])
