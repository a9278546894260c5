"""Who needs a segment's members kept: their number by day now, triggers and syncs later (G52).

`config/members.py` hands the members over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tresse.kernel.registry import Registry
from tresse.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Watcher:
    """One sort of thing that watches segments; `watched()` gives the names of those it needs."""

    name: str
    watched: Callable[[], Iterable[str]]


def _with_size() -> Iterable[str]:
    return Segment.objects.filter(keeps_size=True).values_list("name", flat=True)


WATCHERS: Registry[Watcher] = Registry("watcher", (Watcher("size", _with_size),))


def watched_names() -> set[str]:
    """Names of all segments whose members must be kept."""
    return {name for watcher in WATCHERS for name in watcher.watched()}
