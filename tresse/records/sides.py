"""Association types as programs name them."""

from tresse.kernel.errors import nearest
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND


def side_named(model: DataModel, object: ObjectDef, name: str) -> Side:
    """An association type seen from an object, by its name or by what the other is called.

    Raises:
        TresseError: `association_type_not_found`, with those that the object has.
    """
    sides = list(model.sides(object.name))
    for side in sides:
        if name in {side.association.name, model.full_name(side)}:
            return side
    if default := model.default_side(object.name, name):
        return default
    known = [side.association.name for side in sides]
    raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=nearest(name, known))
