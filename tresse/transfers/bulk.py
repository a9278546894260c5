"""What this room adds to the bulk bar of index pages: export (C90, C92)."""

from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef
from tresse.records.bulk_actions import BulkAction, allows


def export_address(object: ObjectDef) -> str:
    """The dialog that asks what of an object type is exported."""
    return f"/exports/new/{object.slug}/"


ACTIONS = (
    BulkAction("export", N_("Export"), "download", allows("export"), export_address, in_menu=True),
)
