"""Two segments side by side (G58)."""

import json

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel
from tresse.segments.bases import base_of
from tresse.segments.models import Segment


def compared(one: Segment, two: Segment, model: DataModel, actor: Actor) -> list[tuple[str, int]]:
    """Only the one, both, only the other: the filter of each as JSON, and how many in sight.

    Counts are exact to 10,000; 10,001 means more.

    Raises:
        TresseError: what the filter of a segment is refused with; `wrong_base`.
    """
    base = base_of(one, model)
    found = []
    for in_one, in_two in ((True, False), (True, True), (False, True)):
        filter = {"all": [_part(one, is_in=in_one), _part(two, is_in=in_two)]}
        page = base.members(filter, actor, limit=1, columns=(), count=True)
        found.append((json.dumps(filter), page.count or 0))
    return found


def _part(segment: Segment, *, is_in: bool) -> dict[str, str]:
    condition = {"segment": segment.name}
    return condition if is_in else {**condition, "operator": "is_not_in"}
