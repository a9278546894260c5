"""What merging adds to other pages: cards and menu entries of records, a button of the bulk bar."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.addresses import index_address, record_address
from tresse.records.bulk_actions import BulkAction, allows
from tresse.records.duplicates import duplicates_of
from tresse.records.merging import merged_titles, merges_of
from tresse.records.panels import Panel, RecordAction

MOST_NAMED = 10


def _merged(
    model: DataModel,  # noqa: ARG001  as every panel is asked
    object: ObjectDef,
    id: int,
    actor: Actor,
) -> Mapping[str, Any] | None:
    """The records that went into this one by its last merge."""
    merges = merges_of(id)
    if not merges:
        return None
    others = [other for each in merges for other in each.others]
    named = merged_titles(object, others, actor)
    return {
        "count": len(others) + 1,
        "records": list(named.items())[:MOST_NAMED],
        "may_unmerge": actor.scope(object.name, "merge") != "none",
    }


def _duplicates(
    model: DataModel,  # noqa: ARG001  as every panel is asked
    object: ObjectDef,
    id: int,
    actor: Actor,
) -> Mapping[str, Any] | None:
    """Records that are likely the same as this one (C66)."""
    likely = duplicates_of(object, id, actor)
    if not likely:
        return None
    ids = [id, *(each.id for each in likely)][:MOST_NAMED]
    may_merge = actor.scope(object.name, "merge") != "none"
    address = f"{index_address(object)}merge/?{urlencode({'ids': ids}, doseq=True)}"
    return {
        "count": len(likely),
        "likely": [(each, record_address(object, each.id)) for each in likely[:MOST_NAMED]],
        "merge_address": address if may_merge else "",
    }


PANELS = (
    Panel("merged", N_("Made of several records"), "merge", "records/_merged.html", _merged),
    Panel(
        "duplicates",
        N_("Likely duplicates"),
        "copy",
        "records/_duplicates_panel.html",
        _duplicates,
    ),
)
ACTIONS = (
    RecordAction(
        "merge",
        N_("Merge…"),
        "merge",
        allows("merge"),
        lambda object, id: f"{index_address(object)}merge/?ids={id}",
        opens_dialog=False,
    ),
)
BULK_ACTIONS = (
    BulkAction(
        "merge",
        N_("Merge"),
        "merge",
        allows("merge"),
        lambda object: f"{index_address(object)}merge/",
    ),
)
