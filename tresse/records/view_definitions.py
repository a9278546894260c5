"""Saved views as `tresse apply` reads and `tresse config` prints them (C5a)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.changes.views import FIELDS, add_view, change_view
from tresse.records.models import View
from tresse.records.views_saved import BUILT_IN_VIEWS, view_facts, view_to_change

KEYS = ("object", "name", *FIELDS)
DEFAULTS: Mapping[str, Any] = {
    "team": None,
    "filter": None,
    "columns": [],
    "widths": {},
    "sort": [],
    "layout": "table",
    "layout_settings": {},
}


def read_views() -> list[dict[str, Any]]:
    """Views shared with a team or everyone; private ones are their owners' business."""
    rows = View.objects.exclude(sharing="private").select_related("object_type", "owner", "team")
    facts = (view_facts(row) for row in rows.order_by("object_type__position", "position", "id"))
    return [
        {key: value for key, value in each.items() if value != DEFAULTS.get(key, ...)}
        for each in facts
    ]


def write_view(item: Mapping[str, Any], actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Make one view so; what the file does not say stays.

    Raises:
        TresseError: As `add_view` and `change_view`; `built_in`.
    """
    check_keys(item, KEYS, gettext("a view"))
    for key in ("object", "name"):
        if not item.get(key):
            raise WRONG_VALUE(name=key, wanted=N_("a value"), value='""')
    model = data_model()
    object, name = model.object(str(item["object"])), str(item["name"])
    facts = {key: value for key, value in item.items() if key in FIELDS}
    there = View.objects.filter(object_type_id=object.id, name=name).exists()
    if name not in BUILT_IN_VIEWS and not there:
        facts.setdefault("label", name.replace("_", " ").capitalize())
        add_view(model, object, name=name, actor=actor, **facts)
        return "created"
    view = view_to_change(object, name, actor, gettext("changed"))
    was = view.version
    return (
        "changed" if change_view(model, view, actor=actor, **facts).version != was else "unchanged"
    )


KINDS = (
    DefinitionKind(
        "views",
        ("objects", "properties", "association_types", "pipelines", "teams"),
        read_views,
        write_view,
    ),
)
