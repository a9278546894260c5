"""Asks whether an actor may do something, and refuses in one sentence where not."""

from collections.abc import Mapping

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.rights import GENERAL_RIGHTS
from tresse.kernel.errors import NOT_PERMITTED
from tresse.kernel.marks import N_

NOT_SEEN = N_("You may not see {things}.")
SEEN: Mapping[str, str] = {
    "create": N_("You may see {things} but not add any."),
    "edit": N_("You may see {things} but not change them."),
    "delete": N_("You may see {things} but not delete them."),
    "merge": N_("You may see {things} but not merge them."),
    "bulk_edit": N_("You may see {things} but not change many at once."),
    "import": N_("You may see {things} but not import any."),
    "export": N_("You may see {things} but not export them."),
}
LACKS = N_('Your role lacks the right "{right}": {meaning}.')


def require(actor: Actor, action: str, object_name: str, plural_label: str) -> str:
    """How far an action of the actor reaches on an object type: `own`, `team` or `all`.

    Raises:
        TresseError: `not_permitted`; it reaches no record at all.
    """
    scope = actor.scope(object_name, action)
    if scope == "none":
        raise refused(actor, action, object_name, plural_label)
    return scope


def refused(actor: Actor, action: str, object_name: str, plural_label: str) -> Exception:
    """The refusal of an action, for callers that find out about one record only."""
    sees = actor.scope(object_name, "view") != "none"
    template = SEEN[action] if sees and action in SEEN else NOT_SEEN
    things = plural_label[:1].lower() + plural_label[1:]
    sentence = gettext(template).format(things=things)
    return NOT_PERMITTED(sentence=sentence, action=action, object=object_name)


def require_right(actor: Actor, right: str) -> None:
    """Go on only with a general right.

    Raises:
        TresseError: `not_permitted`, naming the right.
    """
    meaning = gettext(GENERAL_RIGHTS[right].label)
    if not actor.has(right):
        sentence = gettext(LACKS).format(right=right, meaning=meaning)
        raise NOT_PERMITTED(sentence=sentence, right=right)
