"""Which definitions a person may see (C5, C101, C109)."""

from tresse.accounts.actor import Actor
from tresse.kernel.errors import nearest
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label
from tresse.objects.refusals import UNKNOWN_OBJECT, UNKNOWN_PROPERTY


def sees_object(actor: Actor, name: str) -> bool:
    """Whether an object type exists for the person: they may view its records, or edit the model.

    One for which no right is given yet is seen only by those who have `objects.all` (C5).
    """
    if actor.has("model.edit") or actor.scope(name, "view") != "none":
        return True
    return name not in actor.rights.objects and actor.has("objects.all")


def sees_association(actor: Actor, from_object: str, to_object: str) -> bool:
    """Whether a relation exists for the person: both of its objects do."""
    return sees_object(actor, from_object) and sees_object(actor, to_object)


def seen_object(actor: Actor, model: DataModel, name: str) -> ObjectDef:
    """The object type of that name, if the person may see it.

    Raises:
        TresseError: `unknown_object`, whether it is not there or not for them.
    """
    found = model.object(name)
    if not sees_object(actor, found.name):
        known = [each.name for each in model.objects if sees_object(actor, each.name)]
        raise UNKNOWN_OBJECT(name=name, nearest=nearest(name, known), known=known)
    return found


def readable_properties(object_: ObjectDef, actor: Actor) -> list[PropertyDef]:
    """Properties the person sees, in their order, without archived ones."""
    return [prop for prop in object_.active if actor.access(object_.name, prop.name) != "none"]


def readable_property(
    object_: ObjectDef, name: str, actor: Actor, *, archived: bool = True
) -> PropertyDef:
    """The property of that name, if the person may see it (C109).

    Args:
        object_: Where it is looked for.
        name: Its name.
        actor: Who asks.
        archived: Whether one that is archived is found too (C33).

    Raises:
        TresseError: `unknown_property`, whether it is not there or not for them.
    """
    if object_.has(name) and actor.access(object_.name, name) != "none":
        found = object_.property(name)
        if archived or not found.is_archived:
            return found
    known = [prop.name for prop in readable_properties(object_, actor)]
    raise UNKNOWN_PROPERTY(object=shown_label(object_), name=name, nearest=nearest(name, known))
