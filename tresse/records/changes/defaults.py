"""What a new record is given beside the values that were typed (C17, C48)."""

from collections.abc import Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.objects.derived import following
from tresse.objects.described import ObjectDef
from tresse.records.readings import Readings


def with_defaults(
    object: ObjectDef, given: Mapping[str, Any], actor: Actor, *, readings: Readings | None = None
) -> dict[str, Any]:
    """Values given, then defaults (C17), pipeline and stage (C48), owner."""
    values, readings = dict(given), readings or Readings(object, actor)
    for prop in object.active:
        if prop.name in values or not prop.default or not prop.column:
            continue
        [values[prop.name]], _ = prop.kind.parse_all([prop.default], readings.of(prop))
    values |= following(object.name, values)
    if "owner" not in values and actor.user_id:
        values["owner"] = actor.user_id
    if object.has_pipelines and object.pipelines and object.has("stage"):
        if values.get("stage") is None:
            pipeline = values.get("pipeline") or object.pipelines[0].id
            chosen = next(each for each in object.pipelines if each.id == pipeline)
            values["stage"] = chosen.stages[0].id
        values["pipeline"] = object.stages[values["stage"]].pipeline_id
    return values
