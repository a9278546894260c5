"""What an import was asked to do, in words (T6)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.marks import N_
from tresse.transfers.models import Import
from tresse.transfers.settings import Settings, read_settings

LABELS: Mapping[str, str] = {
    "mode": N_("Rows"),
    "links": N_("Links"),
    "pairs": N_("Pairs on a row"),
    "erase_empty": N_("Empty cells"),
    "unknown_options": N_("Unknown options"),
    "bad_cell": N_("Cells that do not fit"),
    "conflicts": N_("Rows that contradict each other"),
    "all_or_nothing": N_("With findings"),
    "to_list": N_("List"),
    "fire_automations": N_("Automations"),
    "missing": N_("Records to link that are missing"),
    "existing": N_("Links that are there"),
    "label_only": N_("Link labels"),
}
VALUES: Mapping[tuple[str, Any], str] = {
    ("mode", "upsert"): N_("create and update"),
    ("mode", "create"): N_("create only"),
    ("mode", "update"): N_("update only"),
    ("links", "associate"): N_("make links"),
    ("links", "dissociate"): N_("remove links"),
    ("links", "ignore"): N_("only properties, no links"),
    ("pairs", "own"): N_("only with the record of the row"),
    ("erase_empty", True): N_("empty the property"),
    ("unknown_options", "add"): N_("are added"),
    ("unknown_options", "map"): N_("are mapped to options"),
    ("bad_cell", "refuse"): N_("refuse the row"),
    ("conflicts", "first"): N_("the first value wins"),
    ("conflicts", "refuse"): N_("are refused"),
    ("all_or_nothing", True): N_("nothing is written"),
    ("fire_automations", True): N_("see the changes"),
    ("missing", "create"): N_("are created"),
    ("missing", "upsert"): N_("are created, those found are updated"),
    ("existing", "replace"): N_("are replaced"),
    ("label_only", "yes"): N_("are removed, their links stay"),
}
ALWAYS = ("mode",)
"Said also where they are as preset."


def settings_in_words(row: Import) -> list[tuple[str, str]]:
    """What was asked, label and value; presets go without saying."""
    asked, preset = read_settings(row.settings), Settings()
    found = []
    for name, label in LABELS.items():
        value = getattr(asked, name)
        if name in ALWAYS or value != getattr(preset, name):
            words = VALUES.get((name, value))
            found.append((gettext(label), gettext(words) if words else str(value)))
    return found
