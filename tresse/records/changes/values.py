"""From what a person or program gave to values of properties, with every refusal at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.kernel.errors import NOT_PERMITTED, TresseError
from tresse.kernel.marks import N_
from tresse.objects.calculated import is_for_syncs
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.labels import shown_label
from tresse.objects.readings import value_of
from tresse.objects.refusals import FOR_SYNCS_ALONE, OBJECT_ARCHIVED, READ_ONLY_PROPERTY
from tresse.objects.sight import readable_property
from tresse.records.readings import Readings
from tresse.records.refusals import (
    MISSING_REQUIRED_PROPERTY,
    NOTHING_TO_IDENTIFY,
    PROPERTY_ARCHIVED,
    STAGE_REQUIREMENTS_MISSING,
)

SEEN_ONLY = N_("You may see {property} but not change it.")
IDENTIFYING = ("first_name", "last_name", "email", "phone", "mobile", "external_id")


@dataclass
class Faults:
    """Refusals found so far; raised together, the first one in the words of the whole."""

    found: list[tuple[str, TresseError]] = field(default_factory=list)

    def add(self, name: str, error: TresseError) -> None:
        """Keep one, with the property it is about."""
        self.found.append((name, error))

    def settle(self) -> None:
        """Raise the first if there is any; its `errors` list them all."""
        if not self.found:
            return
        _, first = self.found[0]
        first.details["errors"] = [
            {
                "field": name,
                "value": error.details.get("value"),
                "code": error.code,
                "sentence": message(error),
            }
            for name, error in self.found
        ]
        raise first


def writable(object: ObjectDef, name: str, actor: Actor) -> PropertyDef:
    """A property that the person may write.

    Raises:
        TresseError: `unknown_property`, `read_only_property`, `property_archived`,
            `not_permitted`.
    """
    prop = readable_property(object, name, actor)
    if is_for_syncs(prop):
        raise FOR_SYNCS_ALONE(name=shown_label(prop))
    if prop.is_read_only or not prop.column:
        raise READ_ONLY_PROPERTY(name=shown_label(prop))
    if prop.is_archived:
        raise PROPERTY_ARCHIVED(name=shown_label(prop))
    if actor.access(object.name, name) != "edit":
        raise NOT_PERMITTED(sentence=gettext(SEEN_ONLY).format(property=shown_label(prop)))
    return prop


def typed(
    object: ObjectDef,
    given: Mapping[str, Any],
    *,
    actor: Actor,
    pipeline: int | None = None,
    readings: Readings | None = None,
) -> dict[str, Any]:
    """Values of the properties' kinds, from texts or JSON values; None is empty.

    Args:
        object: The object type.
        given: Property name → text as a person types it, or JSON value.
        actor: Who writes.
        pipeline: The record's own; a stage is read in the pipeline given, else in this one.
        readings: Of the object and person, if they are made already.

    Raises:
        TresseError: The first refusal; `errors` in its details lists all of them.
    """
    if object.is_archived:
        raise OBJECT_ARCHIVED(name=shown_label(object))
    faults, readings = Faults(), readings or Readings(object, actor)
    values: dict[str, Any] = {}
    for name in sorted(given, key=lambda each: each == "stage"):
        try:
            prop = writable(object, name, actor)
            within = values.get("pipeline", pipeline) if name == "stage" else None
            values[name] = value_of(prop.kind, given[name], readings.of(prop, within))
        except TresseError as error:
            faults.add(name, error)
    faults.settle()
    return values


def check_required(object: ObjectDef, values: Mapping[str, Any]) -> None:
    """Check what every record needs, given all of its values (names to values).

    Raises:
        TresseError: `missing_required_property`, `nothing_to_identify`.
    """
    faults = Faults()
    for prop in object.active:
        if prop.is_required and prop.column and values.get(prop.name) is None:
            faults.add(
                prop.name,
                MISSING_REQUIRED_PROPERTY(object=shown_label(object), name=shown_label(prop)),
            )
    if object.name == "contact" and not any(values.get(name) for name in IDENTIFYING):
        faults.add("", NOTHING_TO_IDENTIFY())
    faults.settle()


def check_stage(object: ObjectDef, values: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Check that a record entering a stage has what the stage needs (C49).

    Raises:
        TresseError: `stage_requirements_missing`.
    """
    stage = object.stages.get(changed.get("stage") or 0)
    if not stage:
        return
    missing = [
        shown_label(object.property(name))
        for name in stage.required
        if object.has(name) and values.get(name) is None
    ]
    if missing:
        raise STAGE_REQUIREMENTS_MISSING(stage=shown_label(stage, object), names=missing)


def columns_of(object: ObjectDef, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by physical column, normal forms beside them."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        prop = object.property(name)
        columns[prop.column] = value
        if prop.has_normal:
            columns[prop.normal_column] = None if value is None else prop.kind.normal(value)
    return columns
