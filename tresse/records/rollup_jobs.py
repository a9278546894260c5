"""What rollups and lookups hand over: how they are checked and filled, who uses what, when."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from tresse.filters.mentions import mentions
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.ticks import Tick
from tresse.kernel.marks import N_
from tresse.objects.calculated import ROLLUP, sort_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, data_model
from tresse.objects.labels import shown_label
from tresse.objects.uses import DefinitionUser, StoredSort, Target
from tresse.records.changes.rollups import begin_fill, compare, fill, follow
from tresse.records.rollups import checked_settings, side_of, stored_settings

SECONDS = 1.0
"Between two looks for new events."


def _targets(prop: PropertyDef, object_: ObjectDef, model: DataModel) -> set[Target]:
    said: Any = stored_settings(prop) or {}
    side = side_of(prop, object_, model)
    other = model.object(side.other)
    found = {Target("association_type", side.association.name), Target("object", other.name)}
    if said.get("property"):
        found.add(Target("property", said["property"], other.name))
    return found | mentions(said.get("filter"), other, model)


def _pairs() -> Iterator[tuple[Target, str]]:
    """Definitions that rollups and lookups use, archived ones too, with what uses them."""
    model = data_model()
    for object_ in model.objects:
        for prop in object_.properties:
            if not stored_settings(prop):
                continue
            is_rollup = sort_of(prop.settings) == ROLLUP
            use = gettext('{sort} "{name}" of {object}').format(
                sort=gettext("rollup") if is_rollup else gettext("lookup"),
                name=shown_label(prop),
                object=shown_label(object_),
            )
            for target in _targets(prop, object_, model):
                yield target, use


def _uses(target: Target) -> Iterator[str]:
    return (use for used, use in _pairs() if used == target)


STORED = (StoredSort("linked", checked_settings, begin_fill),)
USERS = (DefinitionUser("rollups", _uses, pairs=_pairs),)
KINDS = (
    JobKind("rollup_fill", N_("Work out a calculated property"), fill, notice="bulk"),
    JobKind("rollup_compare", N_("Compare rollups and lookups with their records"), compare),
)
SCHEDULES = (StandingSchedule("rollup_compare", kind="rollup_compare", cron="53 2 * * *"),)
TICKS = (Tick("rollups", SECONDS, follow),)
