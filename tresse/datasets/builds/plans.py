"""The plan a version was built by, as it was kept with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tresse.datasets.definition import Column
from tresse.datasets.layout import Plan, Planned, Worked
from tresse.datasets.models import DatasetVersion
from tresse.datasets.parsing import parsed
from tresse.sources.types import TYPES


def plan_of(version: DatasetVersion) -> Plan:
    """What a version was built by: its tables have the columns that this plan says."""
    plan = kept_plan(version.definition, version.columns, version.basis)
    return replace(plan, computed=worked_of(version.computed))


def worked_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Worked, ...]:
    """Computed columns as `DatasetVersion.computed` keeps them, in the order of their numbers."""
    return tuple(Worked(**each, number=number) for number, each in enumerate(kept))


def worked_kept(computed: Sequence[Worked]) -> list[dict[str, str]]:
    """The opposite of `worked_of`."""
    names = ("name", "type", "sort", "semantic", "of")
    return [{name: getattr(each, name) for name in names} for each in computed]


def kept_plan(
    definition: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], basis: Mapping[str, Any]
) -> Plan:
    """A plan of its three parts, as `columns_kept` and `basis` wrote them."""
    known = parsed(definition)
    said = {each.name: each for each in known.columns}
    return Plan(
        definition=known,
        columns=tuple(
            Planned(
                _with_field(said.get(each["name"], Column(each["name"])), each),
                each["type"],
                TYPES[each["type"]].column,
                number,
            )
            for number, each in enumerate(columns)
        ),
        sources=tuple(basis.get("sources", ())),
        zone=basis.get("zone", "UTC"),
        country=basis.get("country", ""),
    )


def _with_field(column: Column, kept: Mapping[str, Any]) -> Column:
    """A column with the type and semantic field that it had, whoever said them."""
    return Column(
        name=column.name,
        type=kept["type"],
        semantic=kept["semantic"],
        rules=column.rules,
        merge=column.merge,
        fill=column.fill,
    )


def columns_kept(plan: Plan) -> list[dict[str, str]]:
    """The columns of a plan, as `DatasetVersion.columns` keeps them."""
    return [
        {"name": each.column.name, "type": each.type, "semantic": each.column.semantic}
        for each in plan.columns
    ]


def relations_of(version: DatasetVersion) -> tuple[str, ...]:
    """Names of the relations that a version has columns of."""
    return tuple(each["name"] for each in version.relations)
