"""The house's filter language over golden records: columns as properties, by the one compiler."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM, Actor
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.builds.tables import names_of
from tresse.datasets.layout import Plan, golden_columns
from tresse.datasets.models import DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.engine.columns import list_text
from tresse.filters import checked, condition
from tresse.filters.fields import described, field
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


ASKED = "asked"
"Golden records as filters read them: a list is the text of its values."


@dataclass(frozen=True)
class Golden(ObjectDef):
    """Golden records as what a filter chooses rows of; `dataset:NAME` is its name."""

    version_id: int = 0
    "Of the version whose rows are asked; 0: of none in particular."
    at: datetime | None = None
    columns: tuple[sa.ColumnClause[Any], ...] = ()
    "Of `ASKED`."

    @property
    def store(self) -> str:
        """`golden_store` has their rows."""
        return "golden"

    @property
    def moment(self) -> datetime | None:
        """Days are those of the version (G13): its rows do not move while nothing is built."""
        return self.at

    @cached_property
    def table(self) -> sa.TableClause:  # type: ignore[override]  # no record table, but read as one
        """What conditions are on; statements over it have `asked_rows` in front."""
        return sa.table(ASKED, *self.columns)


def version_base(version: DatasetVersion) -> Golden:
    """What filters over a version choose rows of."""
    found = base_of(plan_of(version), relations_of(version), moment=version.as_of)
    return Golden(**{**vars(found), "version_id": version.pk})


def base_of(
    plan: Plan, relations: tuple[str, ...] = (), *, moment: datetime | None = None
) -> Golden:
    """The columns of a dataset as properties, `_id` and its like first.

    Args:
        plan: Of the version.
        relations: Of the version.
        moment: That dates are compared with: `as_of` of the version; None: now.
    """
    types = {each.name: each.type for each in plan.shown}
    types |= {f"{name}_id": "text" for name in relations}
    physical = names_of(plan, relations)
    properties = tuple(
        _property(number, name, column, (SYSTEM_TYPES | types)[name])
        for number, (name, column) in enumerate(physical.items(), 1)
    )
    name = plan.definition.name
    columns = tuple(_columns(plan, relations))
    return described(Golden, f"{PREFIX}{name}", name, properties, at=moment, columns=columns)


def _columns(plan: Plan, relations: tuple[str, ...]) -> Iterator[sa.ColumnClause[Any]]:
    lists = _lists(plan, relations)
    worked = (sa.column(each.column, each.core) for each in plan.computed)
    for each in (*golden_columns(plan, relations), *worked):
        yield sa.column(each.name, sa.Text()) if each.name in lists else each


def _property(number: int, name: str, column: str, type_: str) -> PropertyDef:
    made = field(number, name, name, KINDS[type_])
    return PropertyDef(**{**vars(made), "column": column})


def ids_where(
    filter: Any,  # as doors call it
    plan: Plan,
    golden: sa.FromClause,
    relations: tuple[str, ...] = (),
    *,
    actor: Actor = SYSTEM,
    moment: datetime | None = None,
) -> sa.Select[Any]:
    """`id` of the golden records that a filter means.

    Args:
        filter: The filter language (G1) with names of columns where properties stand. A list is to
            it the text of its values, parted by `; `.
        plan: Of the version.
        golden: The table of the version.
        relations: Of the version.
        actor: Who asks: a segment out of their sight is not there. Columns are for all who may
            read datasets: nothing is hidden from one of them.
        moment: As `base_of`.

    Raises:
        TresseError: What a filter is refused for: `unknown_property`, `wrong_value` and the like.
    """
    base, model = base_of(plan, relations, moment=moment), data_model()
    found = checked(filter, base, model=model, actor=actor, personal=False)
    rows = asked_rows(golden, plan, relations).subquery(ASKED)
    return sa.select(rows.c.id).where(condition(found, rows, model=model, actor=SYSTEM))


def _lists(plan: Plan, relations: tuple[str, ...]) -> set[str]:
    types = SYSTEM_TYPES | {each.name: each.type for each in plan.shown}
    return {
        column for name, column in names_of(plan, relations).items() if types.get(name) == "list"
    }


def asked_rows(golden: sa.FromClause, plan: Plan, relations: tuple[str, ...]) -> sa.Select[Any]:
    """The rows of `ASKED`, of the table of a version."""
    lists = _lists(plan, relations)
    cells = [
        list_text(each, "; ").label(each.name) if each.name in lists else each for each in golden.c
    ]
    return sa.select(*cells).select_from(golden)
