"""How a page was asked for, and what its person may do there."""

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.records.visibility import check_reach

CHANGED = '{"tresse:changed": {"target": "body"}}'
"""Told to the page after a change of its record: the timeline reads itself anew.

To the body, since what sent the change may have left the page meanwhile.
"""


def may(object: ObjectDef, id: int, actor: Actor, action: str) -> bool:
    """Whether an action of the person reaches a record in sight."""
    if actor.scope(object.name, action) == "none":
        return False
    try:
        check_reach(object, [id], actor, action)
    except TresseError:
        return False
    return True
