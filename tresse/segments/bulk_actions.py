"""What a selection of an index page may be done with here (G46, G48), and a record's own panel."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.addresses import record_address
from tresse.records.bulk_actions import BulkAction, allows
from tresse.records.panels import Panel
from tresse.segments.addresses import address_of
from tresse.segments.queries import list_ids_of, lists, may_fill, segments_of


def _address(act: str) -> Any:
    return lambda object: reverse("segments:list-bulk", args=[object.name, act])


ACTIONS = (
    BulkAction(
        "list_add", N_("Add to list"), "list", allows("view"), _address("add"), in_menu=True
    ),
    BulkAction(
        "list_make",
        N_("Make a list of these"),
        "list-checks",
        allows("view"),
        _address("make"),
        in_menu=True,
    ),
    BulkAction(
        "list_remove",
        N_("Remove from list"),
        "minus",
        allows("view"),
        _address("remove"),
        in_menu=True,
    ),
)


def _panel(_model: DataModel, object: ObjectDef, id: int, actor: Actor) -> Mapping[str, Any] | None:
    """Lists a record is on, lists it may be put on, and watched segments it is in."""
    ids = list_ids_of(id)
    seen = [(row, row.pk in ids) for row in lists(actor).filter(base=object.name)]
    on = [row for row, is_on in seen if is_on]
    return {
        "count": len(on),
        "on": [
            {"row": row, "address": address_of(row), "may_fill": may_fill(row, actor)} for row in on
        ],
        "inside": [(row, address_of(row)) for row in segments_of(id, actor)],
        "left": [
            (row, address_of(row)) for row, is_on in seen if not is_on and may_fill(row, actor)
        ],
        "next": record_address(object, id),
    }


PANELS = (Panel("lists", N_("Lists and segments"), "list", "segments/_panel.html", _panel),)
