"""Who keeps the members of watched segments (G52), by the sort of base; handed over by config.

Those of objects follow events (`changes.watching`); those of datasets follow versions, and are kept
by the room of datasets (G54).
"""

from abc import ABC, abstractmethod
from typing import Any

from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel
from tresse.segments.bases import sort_of
from tresse.segments.models import Segment


class StayKeeper(ABC):
    """Keeps the members of segments over one sort of base; all methods are changes but two.

    Each raises what the filter of a segment is refused for.
    """

    name: str
    "The sort."

    @abstractmethod
    def fill(self, segment: Segment, model: DataModel) -> bool:
        """Store everybody who is in it, without events (G56); False: there are no rows yet."""

    @abstractmethod
    def differing(self, segment: Segment, model: DataModel) -> int:
        """How many stored members are not what the filter says, read afresh (G55)."""

    @abstractmethod
    def mend(self, segment: Segment, model: DataModel, cause: str) -> int:
        """Make stored members what the filter says; answers how many came or went."""

    @abstractmethod
    def effect(self, segment: Segment, filter: Any, model: DataModel) -> tuple[int, int]:
        """How many another filter, already checked, would let in and out (G56)."""

    @abstractmethod
    def change(
        self, segment: Segment, model: DataModel, *, change_set: int, with_events: bool
    ) -> None:
        """Give it the members that its new filter means, in the caller's transaction."""


KEEPERS: Registry[StayKeeper] = Registry("keeper of members")


def keeper_of(segment: Segment) -> StayKeeper:
    """Who keeps the members of a segment."""
    return KEEPERS[sort_of(segment.base)[0].name]
