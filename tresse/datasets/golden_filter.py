"""The house's filter language over golden records: columns as properties, by the one compiler."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.tables import names_of
from tresse.datasets.layout import Plan
from tresse.engine.columns import list_text
from tresse.filters import checked, condition
from tresse.filters.fields import field
from tresse.objects.described import ObjectDef, PropertyDef, data_model

KINDS = {
    "text": "text",
    "json": "text",
    "list": "text",
    "integer": "integer",
    "decimal": "decimal",
    "number": "decimal",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
"Types of S52, and the kind of property that such a column is to a filter."
SYSTEM_TYPES = {
    "_id": "text",
    "_first_seen_at": "datetime",
    "_modified_at": "datetime",
    "_changed_in": "integer",
    "_members": "integer",
    "_sources": "list",
    "_keys": "list",
}


@dataclass(frozen=True)
class Golden(ObjectDef):
    """Golden records as what a filter chooses rows of."""


def base_of(plan: Plan, relations: tuple[str, ...] = ()) -> Golden:
    """The columns of a dataset as properties, `_id` and its like first."""
    types = {each.column.name: each.merged_type for each in plan.columns}
    types |= {f"{name}_id": "text" for name in relations}
    physical = names_of(plan, relations)
    properties = tuple(
        _property(number, name, column, (SYSTEM_TYPES | types)[name])
        for number, (name, column) in enumerate(physical.items(), 1)
    )
    name = plan.definition.name
    return Golden(
        id=0,
        name=f"({name})",
        label=name,
        plural=name,
        icon="layers",
        colour="grey",
        title="",
        subtitle="",
        search=(),
        has_pipelines=False,
        has_activities=False,
        position=0,
        is_builtin=True,
        is_archived=False,
        properties=properties,
    )


def _property(number: int, name: str, column: str, type_: str) -> PropertyDef:
    made = field(number, name, name, KINDS[type_])
    return PropertyDef(**{**vars(made), "column": column})


def ids_where(
    filter: Any,  # as doors call it
    plan: Plan,
    golden: sa.FromClause,
    relations: tuple[str, ...] = (),
) -> sa.Select[Any]:
    """`id` of the golden records that a filter means.

    Args:
        filter: The filter language (G1) with names of columns where properties stand. A list is to
            it the text of its values, parted by `; `.
        plan: Of the version.
        golden: The table of the version.
        relations: Of the version.

    Raises:
        TresseError: What a filter is refused for: `unknown_property`, `wrong_value` and the like.
    """
    base, model = base_of(plan, relations), data_model()
    # Columns are for all who may read datasets: nothing is hidden from one of them.
    found = checked(filter, base, model=model, actor=SYSTEM, personal=False)
    rows = _as_asked(golden, plan, relations)
    return sa.select(rows.c.id).where(condition(found, rows, model=model, actor=SYSTEM))


def _as_asked(golden: sa.FromClause, plan: Plan, relations: tuple[str, ...]) -> sa.Subquery:
    types = SYSTEM_TYPES | {each.column.name: each.merged_type for each in plan.columns}
    lists = {
        column for name, column in names_of(plan, relations).items() if types.get(name) == "list"
    }
    cells = [
        list_text(each, "; ").label(each.name) if each.name in lists else each for each in golden.c
    ]
    return sa.select(*cells).select_from(golden).subquery("asked")
