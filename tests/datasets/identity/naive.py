"""D42 word for word, slow and without any short cut: what `resolve` must give."""

from collections.abc import Iterable
from typing import Any

from tests.datasets.identity.worlds import Record, World
from tresse.datasets.definition import Limit


def clusters(world: World) -> tuple[set[frozenset[str]], dict[tuple[str, int, str], str]]:
    """Clusters of names of records, and the guard of each refused attachment."""
    by_name = {each.name: each for each in world.records}
    linked = _linked(world, by_name)
    found: list[set[str]] = [set(each) for each in linked]
    holding: list[set[tuple[int, str]]] = [set() for _ in found]
    same = _same(world, linked, by_name)
    super_of = {name: each for each in linked for name in each}

    def order(row: tuple[str, int, str]) -> tuple[Any, ...]:
        name, strength, value = row
        first = min(by_name[each].order for each in super_of[name])
        return _is_device(world, strength), strength, first, value, by_name[name].order

    rows = [
        (each.name, strength, value)
        for each in world.records
        for rid, strength, value in world.attachments
        if rid == each.rid
    ]
    refused = {}
    for name, strength, value in sorted(rows, key=order):
        mine = next(n for n, each in enumerate(found) if name in each)
        theirs = next((n for n, each in enumerate(holding) if (strength, value) in each), None)
        if theirs is not None and theirs != mine:
            guard = _broken(world, by_name, super_of, same, found[mine], found[theirs], strength)
            if guard:
                refused[name, strength, value] = guard
                continue
            found[mine] |= found[theirs]
            holding[mine] |= holding[theirs]
            found[theirs], holding[theirs] = set(), set()
        holding[mine].add((strength, value))
    return {frozenset(each) for each in found if each}, refused


def _linked(world: World, by_name: dict[str, Record]) -> list[frozenset[str]]:
    groups = [{name} for name in by_name]
    links = [(a, b) for a, b in world.links if a in by_name and b in by_name and a != b]

    def order(link: tuple[str, str]) -> list[Any]:
        return sorted((by_name[each].order for each in link), reverse=True)

    for a, b in sorted(links, key=order):
        one = next(each for each in groups if a in each)
        other = next(each for each in groups if b in each)
        if one is other or any(
            {x, y} <= one | other and not ({x, y} <= one or {x, y} <= other) and x != y
            for x, y in world.aparts
        ):
            continue
        one |= other
        groups.remove(other)
    return [frozenset(each) for each in groups]


def _same(
    world: World, linked: Iterable[frozenset[str]], by_name: dict[str, Record]
) -> dict[tuple[str, str], frozenset[str]]:
    """By column and value: the values that links make one with it."""
    found: dict[tuple[str, str], set[str]] = {}
    for column in _counted(world):
        tied = [
            {v for n in each if (v := world.usable(by_name[n], column)) is not None}
            for each in linked
        ]
        groups: list[set[str]] = []
        for values in tied:
            touching = [group for group in groups if group & values]
            merged = values.union(*touching)
            groups = [group for group in groups if group not in touching] + [merged]
        for group in groups:
            for value in group:
                found[column, value] = group
    return {key: frozenset(group) for key, group in found.items()}


def _counted(world: World) -> list[str]:
    return [*world.separate, *(each.column for each in limits(world))]


def limits(world: World) -> list[Limit]:
    said = world.limits or ()
    columns = dict.fromkeys(name for key in world.keys for name in key)
    defaults = [
        Limit(name, 1 if name in ("customer_id", "user_id") else 5)
        for name in columns
        if not any(each.column == name and each.days is None for each in said)
    ]
    return [*said, *defaults]


def _is_device(world: World, strength: int) -> bool:
    return all(name in world.guard.device for name in world.keys[strength])


def _broken(
    world: World,
    by_name: dict[str, Record],
    super_of: dict[str, frozenset[str]],
    same: dict[tuple[str, str], frozenset[str]],
    mine: set[str],
    theirs: set[str],
    strength: int,
) -> str:
    both = mine | theirs
    if any(a in both and b in both and a != b for a, b in world.aparts):
        return "DG8"
    values = {
        column: [
            (min(by_name[n].day for n in super_of[name]), same[column, value])
            for name in both
            if (value := world.usable(by_name[name], column)) is not None
        ]
        for column in _counted(world)
    }
    for column in world.separate:
        if len({value for _, value in values[column]}) > 1:
            return "DG9"
    for each in limits(world):
        rows = values[each.column]
        for end, _ in rows:
            start = -(10**6) if each.days is None else end - each.days
            last = 10**6 if each.days is None else end
            if len({value for day, value in rows if start < day <= last}) > each.at_most:
                return "DG3"
    if (
        _is_device(world, strength)
        and _known(world, by_name, mine)
        and _known(world, by_name, theirs)
    ):
        return "DG11"
    if len({super_of[name] for name in both}) > world.guard.cap:
        return "DG6"
    return ""


def _known(world: World, by_name: dict[str, Record], names: set[str]) -> bool:
    fields = {"customer_id", "user_id", "email", "phone"} & set(world.columns)
    return any(world.usable(by_name[name], field) is not None for name in names for field in fields)
