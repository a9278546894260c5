"""What saving a sync does to the properties that its columns fill (D121).

Those that are missing are made where this is asked for. Those of ours that a computed column fills
are read-only for people as long as a sync fills them so.
"""

from collections.abc import Iterable

from tresse.accounts.actor import Actor
from tresse.kernel.errors import nearest
from tresse.objects import models
from tresse.objects.changes.read_only import set_for_syncs
from tresse.syncs.checks import columns_of, dataset_of
from tresse.syncs.computed import Filled, all_filled, computed_names, output_of
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.destinations import destination_of
from tresse.syncs.destinations.base import NewField
from tresse.syncs.refusals import DATASET_COLUMN


def make_fields(definition: SyncDefinition, actor: Actor) -> None:
    """Make the fields that mapped columns ask for, in the caller's transaction.

    Raises:
        TresseError: `unknown_reference` of a column whose type is not known; what the
            destination refuses.
    """
    asked = [each for each in definition.columns if each.is_created]
    if not asked:
        return
    dataset, destination = dataset_of(definition), destination_of(definition.to)
    target = destination.target(definition.to)
    columns, computed = columns_of(dataset), computed_names(dataset)
    for each in asked:
        column = columns.get(each.column)
        if column is None:
            near = nearest(each.column, columns)
            raise DATASET_COLUMN(
                sync=definition.name, dataset=dataset.name, name=each.column, nearest=near
            )
        new = NewField(each.field, each.column, column.type, is_computed=each.column in computed)
        found = output_of(dataset, each.column) if new.is_computed else None
        if found is not None:
            output, prefix = found
            new = NewField(
                each.field,
                each.column,
                column.type,
                label=output.label,
                mark=prefix.strip("_"),
                choices=output.choices,
                unit=output.unit,
                is_computed=True,
            )
        destination.make(target, new, actor)


def settle_fields(sync: str, fields: Iterable[Filled], actor: Actor) -> None:
    """Make properties read-only that a sync fills by now, editable that none does any more.

    Args:
        sync: Name of the sync that was changed; stands in the audit log.
        fields: Those that it filled before the change, or fills after it.
        actor: Who changed it.

    Raises:
        TresseError: `wrong_value`; a property is required, so people must be able to write it.
    """
    every = models.Property.objects
    ids = [
        id
        for here, name in set(fields)
        for id in every.filter(object_type__name=here, name=name).values_list("pk", flat=True)
    ]
    locked = every.select_for_update(of=("self",)).select_related("object_type")
    rows = list(locked.filter(pk__in=ids).order_by("pk"))
    if not rows:
        return
    # Asked once they are locked: of two syncs that let go of one at once, the second frees it.
    filled = all_filled()
    for row in rows:
        is_on = (row.object_type.name, row.name) in filled
        set_for_syncs(row, is_on, actor=actor, cause={"sync": sync})
