"""The state of an index page, read from its address, and what the page shows for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_label
from tresse.records.links import side_key
from tresse.records.queries import readable_properties
from tresse.records.refusals import BROKEN_ADDRESS

# Columns of the view "All" (C80a); the title always comes first.
SHIPPED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "contact": ("email", "phone", "contact_company:forward", "owner"),
    "company": ("domain", "industry", "employee_count", "annual_revenue", "owner"),
    "deal": (
        "stage",
        "amount",
        "close_date",
        "deal_company:forward",
        "deal_contact:forward",
        "owner",
    ),
}
FIRST_PROPERTIES = 4
ICONS: Mapping[str, str] = {
    "email": "mail",
    "phone": "phone",
    "user": "user-round",
    "date": "calendar",
    "datetime": "clock",
    "money": "banknote",
    "decimal": "hash",
    "integer": "hash",
    "option": "tag",
    "options": "tag",
    "stage": "flag",
    "pipeline": "workflow",
    "url": "globe",
    "domain": "globe",
    "boolean": "square-check",
    "long_text": "text",
    "rich_text": "text",
}
QUIET = {"created_by", "created_source", "updated_by", "owner_assigned_at"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an index page was asked to show; every field stands in the address."""

    view: str = "all"
    words: str = ""
    filter: Any = None
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: a property or a side of an association type."""

    key: str
    label: str
    icon: str
    prop: PropertyDef | None = None
    side: Side | None = None
    sorted: str = ""
    "`ascending`, `descending` or nothing."

    @property
    def next_sort(self) -> str:
        """What the head's link sorts by."""
        return f"-{self.key}" if self.sorted == "ascending" else self.key

    @property
    def is_number(self) -> bool:
        """Whether the cells stand right."""
        return self.prop is not None and self.prop.kind.name in {"integer", "decimal", "money"}


def shape_of(query: QueryDict) -> Shape:
    """Read the address.

    Raises:
        TresseError: `broken_address`; the filter in it is no JSON.
    """
    text = query.get("filter", "")
    try:
        filter_ = json.loads(text) if text else None
    except json.JSONDecodeError as error:
        raise BROKEN_ADDRESS(position=error.pos + 1) from None
    return Shape(
        view="mine" if query.get("view") == "mine" else "all",
        words=query.get("q", ""),
        filter=filter_,
        sort=tuple(each for each in query.get("sort", "").split(",") if each),
        columns=tuple(each for each in query.get("columns", "").split(",") if each),
        cursor=query.get("cursor") or None,
    )


def whole_filter(shape: Shape) -> Any:
    """The filter of the address, and of the view "Mine" its own."""
    if shape.view != "mine":
        return shape.filter
    mine = {"property": "owner", "operator": "is", "value": "me"}
    return {"all": [mine, shape.filter]} if shape.filter else mine


def offered_columns(model: DataModel, object: ObjectDef, actor: Actor) -> dict[str, Column]:
    """Every column a person may choose, by key."""
    columns = [
        Column(prop.name, shown_label(prop), ICONS.get(prop.kind.name, "type"), prop=prop)
        for prop in readable_properties(object, actor)
        if prop.name != object.title
    ]
    for side in model.sides(object.name):
        other = model.object(side.other)
        if actor.scope(other.name, "view") != "none":
            label = shown_label(side)
            columns.append(Column(side_key(side), label, other.icon, side=side))
    return {column.key: column for column in columns}


def chosen_columns(model: DataModel, object: ObjectDef, actor: Actor, shape: Shape) -> list[Column]:
    """The columns of this page in their order; those asked for that are not there are left out."""
    offered = offered_columns(model, object, actor)
    keys = shape.columns or default_columns(object, offered)
    order = {name.removeprefix("-"): name for name in shape.sort}
    chosen = []
    for key in keys:
        if column := offered.get(key):
            name = order.get(key, "")
            direction = "descending" if name.startswith("-") else "ascending" if name else ""
            chosen.append(
                Column(column.key, column.label, column.icon, column.prop, column.side, direction)
            )
    return chosen


def default_columns(object: ObjectDef, offered: Mapping[str, Column]) -> Sequence[str]:
    """Shipped columns, else the first four properties and the owner."""
    if object.name in SHIPPED_COLUMNS:
        return SHIPPED_COLUMNS[object.name]
    own = [key for key, column in offered.items() if column.prop and not _is_common(column.prop)]
    return (*own[:FIRST_PROPERTIES], "owner")


def _is_common(prop: PropertyDef) -> bool:
    return bool(prop.column) and not prop.column.startswith("p_")


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition of the filter in words, and the filter without it."""

    words: str
    rest: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a page shows no rows: the faults of its filter."""

    sentence: str
    text: str
    faults: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def conditions_of(filter_: Any) -> list[Any]:
    """The conditions that stand side by side: one chip each."""
    if filter_ is None:
        return []
    if isinstance(filter_, dict) and set(filter_) == {"all"} and isinstance(filter_["all"], list):
        return filter_["all"]
    return filter_ if isinstance(filter_, list) else [filter_]


def without(filter_: Any, index: int) -> str:
    """The filter without one of its conditions, as it stands in an address."""
    rest = [each for at, each in enumerate(conditions_of(filter_)) if at != index]
    return json.dumps({"all": rest}, ensure_ascii=False) if rest else ""


def with_condition(filter_: Any, condition: Mapping[str, Any]) -> str:
    """The filter with one condition more."""
    return json.dumps({"all": [*conditions_of(filter_), condition]}, ensure_ascii=False)


def broken(error: TresseError, text: str) -> Broken:
    """A refusal as the page shows it; `text` is its sentence."""
    return Broken(gettext("This view cannot be shown."), text, error.details.get("faults", ()))
