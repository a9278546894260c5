"""The state of an index page, read from its address, and what the page shows for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_label
from tresse.objects.sight import readable_properties
from tresse.records.addresses import index_address
from tresse.records.links import side_key
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
# What the head of the first column sorts by where no one property is the title.
TITLE_SORTS: Mapping[str, tuple[str, ...]] = {"contact": ("last_name", "first_name")}
PAGE_SIZES = (25, 50, 100)
PAGE = 50
MOST_SORTS = 3
QUIET = {"created_by", "created_source", "updated_by", "owner_assigned_at"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an index page was asked to show; every field stands in the address."""

    view: str = "all"
    words: str = ""
    filter: Any = None
    filter_text: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cursor: str | None = None
    size: int = PAGE

    def state(self) -> Iterator[tuple[str, str]]:
        """Names and values that a form of the page sends along; the cursor is left behind."""
        if self.view != "all":
            yield "view", self.view
        for name, value in (
            ("q", self.words),
            ("filter", self.filter_text),
            ("sort", ",".join(self.sort)),
            ("columns", ",".join(self.columns)),
        ):
            if value:
                yield name, value
        if self.size != PAGE:
            yield "size", str(self.size)


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
    is_first_sort: bool = False

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
        TresseError: `json_broken`; the filter in it is no JSON.
    """
    text = query.get("filter", "")
    try:
        filter_ = json.loads(text) if text else None
    except json.JSONDecodeError as error:
        raise BROKEN_ADDRESS(position=error.pos + 1) from None
    except RecursionError:
        raise BROKEN_ADDRESS(position=1) from None
    size = query.get("size", "")
    return Shape(
        view="mine" if query.get("view") == "mine" else "all",
        words=query.get("q", ""),
        filter=filter_,
        filter_text=text,
        sort=_names(query.get("sort", "")),
        columns=_names(query.get("columns", "")),
        cursor=query.get("cursor") or None,
        size=int(size) if size in map(str, PAGE_SIZES) else PAGE,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if each)


def plain_address(query: QueryDict, object: ObjectDef) -> str | None:
    """Where the little forms of the page lead without scripts; None if the address is plain.

    The chooser of columns sends each as `column`, the one of sorts each as `by` with its `way`;
    the address then has them in one parameter each, as scripts and links write them.
    """
    if not {"column", "by"} & query.keys():
        return None
    changed = query.copy()
    for name in ("column", "by", "way", "cursor"):
        changed.pop(name, None)
    if "column" in query and not query.get("columns"):
        changed["columns"] = ",".join(query.getlist("column"))
    if "by" in query:
        ways = [*query.getlist("way"), *[""] * MOST_SORTS]
        pairs = zip(query.getlist("by"), ways, strict=False)
        names = {name: ("-" if way == "descending" else "") + name for name, way in pairs if name}
        changed["sort"] = ",".join(names.values())
    return address_of(changed, object)


def address_of(query: QueryDict, object: ObjectDef) -> str:
    """The index page with these parameters, empty ones left out."""
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    text = query.urlencode()
    return f"{index_address(object)}?{text}" if text else index_address(object)


def whole_filter(shape: Shape) -> Any:
    """The filter of the address, and of the view "Mine" its own."""
    if shape.view != "mine":
        return shape.filter
    mine = {"property": "owner", "operator": "is", "value": "me"}
    return mine if shape.filter is None else {"all": [mine, shape.filter]}


def offered_columns(model: DataModel, object: ObjectDef, actor: Actor) -> dict[str, Column]:
    """Every column a person may choose, by key."""
    columns = [
        Column(prop.name, shown_label(prop), prop.kind.icon, prop=prop)
        for prop in readable_properties(object, actor)
        if prop.name != object.title
    ]
    for side in model.sides(object.name):
        other = model.object(side.other)
        if actor.scope(other.name, "view") != "none" and not other.is_archived:
            label = shown_label(side)
            columns.append(Column(side_key(side), label, other.icon, side=side))
    return {column.key: column for column in columns}


def chosen_columns(object: ObjectDef, offered: Mapping[str, Column], shape: Shape) -> list[Column]:
    """The columns of this page in their order; those asked for that are not there are left out."""
    keys = shape.columns or default_columns(object, offered)
    return [sorted_column(offered[key], shape) for key in dict.fromkeys(keys) if key in offered]


def title_column(object: ObjectDef, shape: Shape) -> Column:
    """The first column of every index page; its key is what its head sorts by."""
    names = (object.title,) if object.title else TITLE_SORTS.get(object.name, ())
    label = shown_label(object.property(object.title)) if object.title else gettext("Name")
    column = Column(",".join(names), label, object.icon)
    if not names or not shape.sort or shape.sort[0].removeprefix("-") != names[0]:
        return column
    return replace(sorted_column(replace(column, key=names[0]), shape), key=column.key)


def title_sort(column: Column) -> str:
    """What the head of the first column sorts by next: all of its properties, the same way."""
    names = column.key.split(",")
    sign = "-" if column.sorted == "ascending" else ""
    return ",".join(f"{sign}{name}" for name in names if name)


def sorted_column(column: Column, shape: Shape) -> Column:
    """A column with the way it is sorted."""
    order = {name.removeprefix("-"): name for name in shape.sort}
    name = order.get(column.key, "")
    direction = "descending" if name.startswith("-") else "ascending" if name else ""
    is_first = bool(name) and name == shape.sort[0]
    return replace(column, sorted=direction, is_first_sort=is_first)


def sort_rows(shape: Shape) -> list[tuple[str, bool]]:
    """Property and whether it descends, for each line of the sort form; the last ones are empty."""
    rows = [(name.removeprefix("-"), name.startswith("-")) for name in shape.sort]
    return [*rows, *[("", False)] * MOST_SORTS][:MOST_SORTS]


def sort_words(columns: Mapping[str, Column], shape: Shape) -> str:
    """What the list is sorted by, in words."""
    names = [name.removeprefix("-") for name in shape.sort]
    return ", ".join(columns[name].label if name in columns else name for name in names)


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
        conditions: list[Any] = filter_["all"]
        return conditions
    return [filter_]


def without(filter_: Any, index: int) -> str:
    """The filter without one of its conditions, as it stands in an address."""
    return as_text([each for at, each in enumerate(conditions_of(filter_)) if at != index])


def with_condition(filter_: Any, condition: Mapping[str, Any]) -> str:
    """The filter with one condition more."""
    return as_text([*conditions_of(filter_), condition])


def as_text(conditions: Sequence[Any]) -> str:
    """Conditions that all must hold, as an address has them; empty without any."""
    return json.dumps({"all": conditions}, ensure_ascii=False) if conditions else ""


def broken(error: TresseError, text: str) -> Broken:
    """A refusal as the page shows it; `text` is its sentence."""
    return Broken(gettext("This view cannot be shown."), text, error.details.get("faults", ()))
