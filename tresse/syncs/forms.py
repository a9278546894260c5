"""The form of a sync: what it offers, and the definition that its fields say."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.account import ZONES
from tresse.accounts.queries import account
from tresse.datasets.golden_filter import SYSTEM_TYPES
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of as dataset_definition
from tresse.kernel.errors import WRONG_VALUE
from tresse.sources import times
from tresse.syncs.checks import columns_of, proposed
from tresse.syncs.computed import computed_names
from tresse.syncs.definition import AFTER_BUILD, SyncDefinition
from tresse.syncs.destinations.base import Destination, Field
from tresse.syncs.shown import AUTOMATIONS, MODES, REMOVALS

EVERY = (("build", _("After each build of the dataset")), *times.EVERY)
"Choices of when a sync is sent; after another source is none of them."
A_FILTER = _("a filter as YAML or JSON, such as {property: email, operator: is_not_empty}")


@dataclass(frozen=True, slots=True)
class Line:
    """A field of the destination with the column that fills it; `fits`: columns of its types."""

    field: Field
    column: str
    nulls: str
    is_match: bool
    fits: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Part of the names of its controls."""
        return self.field.name


def lines_of(
    dataset: Dataset,
    destination: Destination,
    target: str,
    *,
    definition: SyncDefinition | None = None,
    given: QueryDict | None = None,
) -> list[Line]:
    """All fields of the destination: as typed, as the definition has them, else as proposed."""
    columns = columns_of(dataset)
    chosen, nulls, matches = _chosen(dataset, destination, target, definition)
    found = []
    for field in destination.fields(target):
        column, how = chosen.get(field.name, ""), nulls.get(field.name, "skip")
        is_match = field.name in matches
        if given is not None:
            column = given.get(f"column-{field.name}", "")
            how = given.get(f"nulls-{field.name}", "skip")
            is_match = f"match-{field.name}" in given
        fits = [name for name, each in columns.items() if each.type in field.takes]
        if column and column not in fits:
            fits.append(column)
        found.append(Line(field, column, how, is_match, tuple(fits)))
    return sorted(found, key=lambda each: not each.column)


def _chosen(
    dataset: Dataset, destination: Destination, target: str, definition: SyncDefinition | None
) -> tuple[dict[str, str], dict[str, str], set[str]]:
    if definition is not None:
        return (
            {each.field: each.column for each in definition.columns},
            {each.field: each.nulls for each in definition.columns},
            {each.field for each in definition.match},
        )
    pairs = {field.name: column for field, column in proposed(dataset, destination, target)}
    keys = {each.name for each in destination.fields(target) if each.is_key}
    return pairs, {}, {name for name in pairs if name in keys and name in ("email", "external_id")}


def new_fields(
    dataset: Dataset,
    destination: Destination,
    target: str,
    *,
    lines: Iterable[Line],
    given: QueryDict | None = None,
) -> list[dict[str, Any]]:
    """Columns that no field is filled by and none is called as, for each of which one can be made.

    Those that are asked for come first, then computed ones (D121).
    """
    mapped = {each.column for each in lines}
    known = {each.name for each in destination.fields(target)}
    computed = computed_names(dataset)
    own = (c for c in columns_of(dataset).values() if c.name not in SYSTEM_TYPES and c.type)
    found = [
        {
            "name": column.name,
            "type": column.type,
            "is_computed": column.name in computed,
            "is_asked": given is not None and f"create-{column.name}" in given,
        }
        for column in own
        if column.name not in mapped and column.name not in known
    ]
    return sorted(found, key=lambda each: (not each["is_asked"], not each["is_computed"]))


def links_of(
    dataset: Dataset,
    destination: Destination,
    target: str,
    *,
    definition: SyncDefinition | None = None,
    given: QueryDict | None = None,
) -> list[dict[str, Any]]:
    """Relations of the dataset, each with the association types that it may make links of."""
    chosen = {each.relation: each.type for each in definition.links} if definition else {}
    types = destination.links(target)
    return [
        {
            "name": each.name,
            "to": each.to,
            "chosen": given.get(f"link-{each.name}", "")
            if given is not None
            else chosen.get(each.name, ""),
            "types": types,
        }
        for each in dataset_definition(dataset).relations
    ]


def choices_of(definition: SyncDefinition | None, given: QueryDict | None) -> dict[str, Any]:
    """Mode, times and the rest, as the form shows them."""
    zone = account().zone
    when = times.chosen(definition.schedule, zone=zone) if definition else {}
    every = "build" if definition is None or definition.is_after_build else when["every"]
    facts: dict[str, Any] = {
        "mode": definition.mode if definition else "new_and_existing",
        "removed": definition.removed.how if definition else "delete",
        "automations": definition.automations if definition else "after_first",
        "merge_records": definition.merge_records if definition else False,
        "filter": _said(definition.filter) if definition and definition.filter else "",
        "set": _said(dict(definition.removed.values))
        if definition and definition.removed.values
        else "",
        "brake_removed": f"{definition.brakes.removed:g}" if definition else "5",
        "brake_emptied": f"{definition.brakes.emptied:g}" if definition else "20",
    }
    moments: dict[str, str] = {"time": times.AT, "cron": "", "zone": zone, **when, "every": every}
    if given is not None:
        facts |= {key: given.get(key, "") for key in facts}
        moments |= {key: str(given[key]) for key in moments if key in given}
    return {
        "chosen": facts,
        "times": moments,
        "every_choices": [each for each in EVERY if each[0] != "after"],
        "zones": ZONES,
        "modes": [(key, gettext(label), gettext(about)) for key, (label, about) in MODES.items()],
        "removals": [(key, gettext(label)) for key, label in REMOVALS.items()],
        "automation_choices": [(key, gettext(label)) for key, label in AUTOMATIONS.items()],
    }


def _said(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)).strip()


def item_of(given: QueryDict, dataset: Dataset, target: str, fields: tuple[Field, ...]) -> Any:
    """The definition that the fields of the form say.

    Raises:
        TresseError: `wrong_value`; the filter is no YAML.
    """
    columns: list[dict[str, Any]] = []
    matches = []
    for field in fields:
        column = given.get(f"column-{field.name}", "")
        if not column:
            continue
        said: dict[str, Any] = {"from": column, "to": field.name}
        if given.get(f"nulls-{field.name}") == "erase":
            said["nulls"] = "erase"
        columns.append(said)
        if f"match-{field.name}" in given:
            matches.append({column: field.name})
    mapped = {each["from"] for each in columns}
    columns += [
        {"from": name, "create": True}
        for name in columns_of(dataset)
        if f"create-{name}" in given and name not in mapped
    ]
    relations = [each.name for each in dataset_definition(dataset).relations]
    links = [
        {"relation": name, "type": given[f"link-{name}"]}
        for name in relations
        if given.get(f"link-{name}")
    ]
    item: dict[str, Any] = {
        "dataset": dataset.name,
        "to": {"object": target},
        "columns": columns,
        "match": matches or None,
        "links": links or None,
        "filter": _yaml(given.get("filter", "")),
        "mode": given.get("mode", ""),
        "automations": given.get("automations", ""),
        "merge_records": True if "merge_records" in given else None,
        "brakes": {
            "removed": given.get("brake_removed") or "5",
            "emptied": given.get("brake_emptied") or "20",
        },
        "schedule": _schedule(given),
    }
    if item["mode"] == "mirror":
        how = given.get("removed", "delete")
        item["removed"] = {"set": _yaml(given.get("set", "")) or {}} if how == "set" else how
    return {key: value for key, value in item.items() if value not in (None, "")}


def _schedule(given: Mapping[str, Any]) -> Any:
    if given.get("every") == "build":
        return AFTER_BUILD
    return times.schedule_of(given)


def _yaml(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, ValueError):
        raise WRONG_VALUE(name=gettext("Filter"), wanted=str(A_FILTER), value=text[:80]) from None
