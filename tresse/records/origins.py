"""Where changes came from, in the words of the rooms that made them: "Import companies.csv"."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of C25 that has a page: `described` gives name and address by source id."""

    name: str
    label: str
    described: Callable[[Iterable[int]], Mapping[int, tuple[str, str]]]


ORIGINS: Registry[Origin] = Registry("origin")
"Filled by `config.members.hand_over`."


def origins(causes: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], tuple[str, str]]:
    """Name and address of the sources behind changes, one query for each sort of source.

    Args:
        causes: Source and source id of each change.

    Returns:
        By source and id; those without a page, or that are gone, are left out.
    """
    wanted: dict[str, set[int]] = {}
    for source, id in causes:
        if id is not None and source in ORIGINS:
            wanted.setdefault(source, set()).add(id)
    return {
        (source, id): told
        for source, ids in wanted.items()
        for id, told in ORIGINS[source].described(ids).items()
    }
