"""What is said of a calculated property, checked: formula, dates, rollup (C22, C23)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import IN_USE, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects import models
from tresse.objects.calculated import (
    BETWEEN,
    FORMULA,
    LOOKUP,
    ROLLUP,
    SORTS,
    UNITS,
    Columns,
    calculated_from,
    kinds_of,
    result_of,
    sort_of,
)
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.objects.refusals import READ_ONLY_PROPERTY
from tresse.objects.sight import readable_property
from tresse.objects.uses import STORED_SORTS

NEVER = ("required", "unique", "match_key", "default", "rules", "options")
"What is said of values that people write; a calculated property has none."


@dataclass(frozen=True, slots=True)
class Calculated:
    """How a property is calculated: its kind and what its settings say of it."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def take_calculated(
    model: DataModel, here: ObjectDef, facts: dict[str, Any], *, actor: Actor
) -> Calculated | None:
    """Take what makes a property a calculated one out of its facts; None if nothing does.

    Args:
        model: The data model.
        here: The object type it is of.
        facts: What is said of it: `name`, `kind` (empty: the first that fits), and at most one of
            `formula`, `between`, `rollup`, `lookup`.
        actor: Who adds or changes it.

    Raises:
        TresseError: A code of D104, `formula_cycle`, `unknown_property`, `wrong_value`,
            `read_only_property` for what only written values have.
    """
    said = {sort: facts.pop(sort) for sort in SORTS if facts.get(sort) is not None}
    for sort in SORTS:
        facts.pop(sort, None)
    if not said:
        return None
    if len(said) > 1:
        one = N_("one way to calculate it")
        raise WRONG_VALUE(name=gettext("A property"), wanted=one, value=", ".join(said))
    for key in NEVER:
        if facts.get(key):
            raise READ_ONLY_PROPERTY(name=facts.get("label") or facts["name"])
    [(sort, given)] = said.items()
    if sort == FORMULA:
        return _formula(model, here, facts, given, actor=actor)
    if sort == BETWEEN:
        return _between(here, facts, given, actor=actor)
    [room] = STORED_SORTS
    kind, settings, carried = room.checked(model, here, sort, given, actor)
    return Calculated(_fitting(facts, (kind,)), {**carried, sort: settings})


def _formula(
    model: DataModel, here: ObjectDef, facts: Mapping[str, Any], given: Any, *, actor: Actor
) -> Calculated:
    if not isinstance(given, str):
        raise WRONG_VALUE(name=FORMULA, wanted=gettext("a text"), value=given)
    path = (str(facts["name"]),)
    columns = Columns(here, here.table, model, value_of=value_of, path=path, actor=actor)
    fitting = kinds_of(given, columns)
    kind = _fitting(facts, fitting or ("text",))
    result_of(given, kind, columns)
    return Calculated(kind, {FORMULA: given.strip()})


def _fitting(facts: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    """The kind asked for, if it is one of those the result may have."""
    asked = facts.get("kind")
    if asked and asked not in kinds:
        raise WRONG_VALUE(name="kind", wanted=", ".join(kinds), value=f'"{asked}"')
    return asked or kinds[0]


def _between(here: ObjectDef, facts: Mapping[str, Any], given: Any, *, actor: Actor) -> Calculated:
    if not isinstance(given, Mapping) or not {"from", "in"} <= set(given) <= {"from", "to", "in"}:
        raise WRONG_VALUE(name=BETWEEN, wanted="{from, to, in}", value=given)
    if given["in"] not in UNITS:
        raise WRONG_VALUE(name="in", wanted=", ".join(UNITS), value=f'"{given["in"]}"')
    for name in (given["from"], given.get("to")):
        if name:
            _check_date(here, str(name), actor)
    settings = {"from": given["from"], "to": given.get("to") or None, "in": given["in"]}
    if not settings["from"]:
        raise WRONG_VALUE(name="from", wanted=gettext("a date"), value='""')
    return Calculated(_fitting(facts, ("integer",)), {BETWEEN: settings})


def _check_date(here: ObjectDef, name: str, actor: Actor) -> None:
    prop = readable_property(here, name, actor, archived=False)
    if prop.kind.name not in {"date", "datetime"}:
        label = shown_label(prop)
        raise WRONG_VALUE(name=BETWEEN, wanted=gettext("a date"), value=f'"{label}"')


def kept_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a property's settings whatever else is said: how it is worked out."""
    return {key: settings[key] for key in ("derived", *SORTS) if key in settings}


def refuse_if_calculated_from(here: ObjectDef, name: str) -> None:
    """Go on only if no other property is calculated from this one.

    Raises:
        TresseError: `in_use`.
    """
    if users := uses_in_calculations(here, name):
        raise IN_USE(name=shown_label(here.property(name)), users=users)


def uses_in_calculations(here: ObjectDef, name: str) -> list[str]:
    """Calculated properties that use a property, as people name them."""
    sentence = gettext('calculated property "{name}"')
    return [sentence.format(name=shown_label(prop)) for prop in calculated_from(here, name)]


def has_other_sort(settings: Mapping[str, Any], calculated: Calculated) -> bool:
    """Whether a property would be calculated in another way than it is."""
    return sort_of(settings) != sort_of(calculated.settings)


def begin_stored(here: ObjectDef, prop: models.Property, actor: Actor) -> None:
    """Let a stored calculation be filled, in the background."""
    if sort_of(prop.settings) in {ROLLUP, LOOKUP}:
        [room] = STORED_SORTS
        room.begin(here, prop.id, actor)
