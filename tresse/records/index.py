"""The state of an index page, read from its address, and what the page shows for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.addresses import index_address
from tresse.records.columns import Column, columns_named, default_columns, offered_columns
from tresse.records.models import View
from tresse.records.refusals import BROKEN_ADDRESS
from tresse.records.views_saved import ALL, BUILT_IN_VIEWS, MINE, view_named

# What the head of the first column sorts by where no one property is the title.
TITLE_SORTS: Mapping[str, tuple[str, ...]] = {"contact": ("last_name", "first_name")}
TITLE_KEY = "*"
"How widths name the first column."
PAGE_SIZES = (25, 50, 100)
PAGE = 50
MOST_SORTS = 3
QUIET = {"created_by", "created_source", "updated_by", "owner_assigned_at"}
SAVED_PARTS = ("filter", "sort", "columns", "widths", "layout")
"Parameters that say something else than the saved view does."


@dataclass(frozen=True, slots=True)
class Shape:
    """What an index page was asked to show; every field stands in the address or in its view."""

    view: str = ALL
    words: str = ""
    filter: Any = None
    filter_text: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    "Names; none: as shipped."
    widths: Mapping[str, int] = field(default_factory=dict)
    layout: str = "table"
    pipeline: str = ""
    "Of a board: the name of the pipeline; empty: the first one."
    cursor: str | None = None
    size: int = PAGE
    saved: View | None = None
    "The saved view that the address names, unless it is built in."
    given: frozenset[str] = frozenset()
    "Those of `SAVED_PARTS` that the address says itself."

    @property
    def texts(self) -> dict[str, str]:
        """The saved parts as they stand in an address."""
        return {
            "filter": self.filter_text,
            "sort": ",".join(self.sort),
            "columns": ",".join(self.columns),
            "widths": widths_text(self.widths),
            "layout": self.layout,
        }

    @property
    def nothing(self) -> str | None:
        """What a parameter becomes that shall say "none": empty where a view says something."""
        return "" if self.saved else None

    @property
    def is_changed(self) -> bool:
        """Whether the address shows something else than its view does."""
        was = unchanged(self)
        return conditions_of(self.filter) != conditions_of(was.filter) or any(
            getattr(self, name) != getattr(was, name) for name in SAVED_PARTS[1:]
        )

    def state(self) -> Iterator[tuple[str, str]]:
        """Names and values that a form of the page sends along; the cursor is left behind."""
        if self.view != ALL:
            yield "view", self.view
        if self.words:
            yield "q", self.words
        for name, text in self.texts.items():
            if name in self.given:
                yield name, text
        if self.pipeline:
            yield "pipeline", self.pipeline
        if self.size != PAGE:
            yield "size", str(self.size)


def unchanged(shape: Shape) -> Shape:
    """The view of an address as it was saved."""
    if shape.saved is None:
        return Shape(view=shape.view)
    return shape_of(QueryDict(), shape.saved)


def shape_in(query: QueryDict, object: ObjectDef, actor: Actor) -> Shape:
    """Read the address of an object's index page, its saved view included.

    Raises:
        TresseError: `unknown_name`, the view; `json_broken`, `wrong_value`.
    """
    name = query.get("view") or ALL
    saved = None if name in BUILT_IN_VIEWS else view_named(object, name, actor)
    return shape_of(query, saved)


def shape_of(query: QueryDict, saved: View | None = None) -> Shape:
    """Read the address; what it does not say is as in the saved view.

    Raises:
        TresseError: `json_broken`, the filter in it is no JSON; `wrong_value`, a width is none.
    """
    given = frozenset(
        name for name in SAVED_PARTS if name in query and (query[name] or saved is not None)
    )
    size = query.get("size", "")
    shape = Shape(
        view=saved.name if saved else query.get("view") or ALL,
        words=query.get("q", ""),
        pipeline=query.get("pipeline") or (saved and saved.layout_settings.get("pipeline")) or "",
        cursor=query.get("cursor") or None,
        size=int(size) if size in map(str, PAGE_SIZES) else PAGE,
        saved=saved,
        given=given,
    )
    if saved:
        shape = replace(
            shape,
            filter=saved.filter,
            filter_text="" if saved.filter is None else _json(saved.filter),
            sort=tuple(saved.sort),
            columns=tuple(saved.columns),
            widths=dict(saved.widths),
            layout=saved.layout,
        )
    text = query.get("filter", "")
    said: dict[str, Any] = {
        "sort": _names(query.get("sort", "")),
        "columns": _names(query.get("columns", "")),
        "widths": _widths(query.get("widths", "")),
        "layout": "board" if query.get("layout") == "board" else "table",
    }
    shape = replace(shape, **{name: value for name, value in said.items() if name in given})
    if "filter" in given:
        shape = replace(shape, filter=_filter(text), filter_text=text)
    return shape


def _filter(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError as error:
        raise BROKEN_ADDRESS(position=error.pos + 1) from None
    except RecursionError:
        raise BROKEN_ADDRESS(position=1) from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if each)


def _widths(text: str) -> dict[str, int]:
    widths: dict[str, int] = {}
    for each in _names(text):
        name, _, width = each.rpartition(":")
        if not (name and width.isdecimal() and len(width) <= 4):
            raise WRONG_VALUE(name="widths", wanted=N_("pixels by column"), value=f'"{each}"')
        widths[name] = int(width)
    return widths


def widths_text(widths: Mapping[str, int]) -> str:
    """Widths as an address has them: `*:240,email:300`."""
    return ",".join(f"{name}:{width}" for name, width in widths.items())


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
    """The index page with these parameters; empty ones left out, unless they undo a saved view."""
    kept = () if query.get("view", ALL) in {"", *BUILT_IN_VIEWS} else SAVED_PARTS
    for name in [name for name, value in query.items() if not value and name not in kept]:
        del query[name]
    text = query.urlencode()
    return f"{index_address(object)}?{text}" if text else index_address(object)


def whole_filter(shape: Shape) -> Any:
    """The filter of the address, and of the view "Mine" its own."""
    if shape.view != MINE:
        return shape.filter
    mine = {"property": "owner", "operator": "is", "value": "me"}
    return mine if shape.filter is None else {"all": [mine, shape.filter]}


def columns_of(
    model: DataModel, object: ObjectDef, shape: Shape, actor: Actor
) -> tuple[list[Column], list[TresseError]]:
    """The columns of this page in their order, the title apart; why others are not shown."""
    names = shape.columns or default_columns(object, offered_columns(model, object, actor))
    columns, refused = columns_named(model, object, names, actor)
    return [sorted_column(column, shape) for column in columns], refused


def title_column(object: ObjectDef, shape: Shape) -> Column:
    """The first column of every index page; its key is what its head sorts by."""
    names = (object.title,) if object.title else TITLE_SORTS.get(object.name, ())
    label = shown_label(object.property(object.title)) if object.title else gettext("Name")
    column = Column(",".join(names), label, object.icon, width=shape.widths.get(TITLE_KEY, 0))
    if not names or not shape.sort or shape.sort[0].removeprefix("-") != names[0]:
        return column
    return replace(sorted_column(replace(column, key=names[0]), shape), key=column.key)


def title_sort(column: Column) -> str:
    """What the head of the first column sorts by next: all of its properties, the same way."""
    names = column.key.split(",")
    sign = "-" if column.sorted == "ascending" else ""
    return ",".join(f"{sign}{name}" for name in names if name)


def sorted_column(column: Column, shape: Shape) -> Column:
    """A column with the way it is sorted, and its width."""
    order = {name.removeprefix("-"): name for name in shape.sort}
    name = order.get(column.key, "")
    direction = "descending" if name.startswith("-") else "ascending" if name else ""
    is_first = bool(name) and name == shape.sort[0]
    width = shape.widths.get(column.key, column.width)
    return replace(column, sorted=direction, is_first_sort=is_first, width=width)


def sort_rows(shape: Shape) -> list[tuple[str, bool]]:
    """Property and whether it descends, for each line of the sort form; the last ones are empty."""
    rows = [(name.removeprefix("-"), name.startswith("-")) for name in shape.sort]
    return [*rows, *[("", False)] * MOST_SORTS][:MOST_SORTS]


def sort_words(columns: Mapping[str, Column], shape: Shape) -> str:
    """What the list is sorted by, in words."""
    names = [name.removeprefix("-") for name in shape.sort]
    return ", ".join(columns[name].label if name in columns else name for name in names)


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
    return _json({"all": conditions}) if conditions else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def broken(error: TresseError, text: str) -> Broken:
    """A refusal as the page shows it; `text` is its sentence."""
    return Broken(gettext("This view cannot be shown."), text, error.details.get("faults", ()))
