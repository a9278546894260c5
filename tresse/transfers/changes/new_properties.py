"""New properties of an import made, in the transaction that begins its run (T23)."""

from tresse.accounts.actor import Actor
from tresse.objects.changes import add_property
from tresse.objects.models import ObjectType
from tresse.transfers.layout import Layout
from tresse.transfers.models import Import


def make_new_properties(row: Import, layout: Layout, actor: Actor) -> bool:
    """Make the properties that columns of the file become; says whether there were any.

    Their ids go to `plan_facts["made_properties"]`, so that undo can archive them.

    Raises:
        TresseError: As `add_property`.
    """
    new = [each.prop for each in layout.values if each.is_new and each.prop.id < 0]
    if not new:
        return False
    object_type = ObjectType.objects.get(name=row.object_name)
    made = [
        add_property(
            object_type, name=prop.name, label=prop.label, kind=prop.kind.name, actor=actor
        ).pk
        for prop in new
    ]
    row.plan_facts["made_properties"] = made
    row.save(update_fields=["plan_facts"])
    return True
