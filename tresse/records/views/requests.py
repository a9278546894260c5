"""How a page was asked for, and what its person may do there."""

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.records.visibility import check_reach

MOST_DIGITS = 18
CHANGED = '{"tresse:changed": {"target": "body"}}'
"""Told to the page after a change of its record: the timeline reads itself anew.

To the body, since what sent the change may have left the page meanwhile.
"""


def id_in(text: str, object: ObjectDef) -> int:
    """The id of a record as a form or an address names it.

    Raises:
        TresseError: `record_not_found`; it is no number, or beyond all ids.
    """
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=text)
    return int(text)


def may(object: ObjectDef, id: int, actor: Actor, action: str) -> bool:
    """Whether an action of the person reaches a record in sight."""
    if actor.scope(object.name, action) == "none":
        return False
    try:
        check_reach(object, [id], actor, action)
    except TresseError:
        return False
    return True
