"""Columns of lists: properties, linked records, properties over a link with limit 1 (C80).

A column is written by its name: `email`; an association type or link label as filters write it
(`contact_company`, `company_parent:inverse`); a path of filters (`company.industry`). Where a
property and an association type share a name, the property has it and the association type is
written with its end: `budget:forward`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tresse.accounts.actor import Actor
from tresse.filters.paths import Hop, Path, path_of, side_name
from tresse.kernel.errors import TresseError, nearest
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_label
from tresse.objects.refusals import UNKNOWN_PROPERTY
from tresse.objects.sight import readable_properties
from tresse.records.links import side_key

# Columns of the view "All" (C80a); the title always comes first.
SHIPPED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "contact": ("email", "phone", "contact_company", "owner"),
    "company": ("domain", "industry", "employee_count", "annual_revenue", "owner"),
    "deal": ("stage", "amount", "close_date", "deal_company", "deal_contact", "owner"),
}
FIRST_PROPERTIES = 4
NUMBERS = {"integer", "decimal", "money"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: a property, a side of an association type, or a path; one of the three.

    `key`: its name, as views, addresses and files write it.
    """

    key: str
    label: str
    icon: str
    prop: PropertyDef | None = None
    side: Side | None = None
    path: Path | None = None
    sorted: str = ""
    "`ascending`, `descending` or nothing."
    is_first_sort: bool = False
    width: int = 0
    "Pixels; 0: as wide as its content."

    @property
    def next_sort(self) -> str:
        """What the head's link sorts by."""
        return f"-{self.key}" if self.sorted == "ascending" else self.key

    @property
    def shown_prop(self) -> PropertyDef | None:
        """The property whose values stand in the cells, at the end of a path too."""
        return self.path.prop if self.path else self.prop

    @property
    def is_number(self) -> bool:
        """Whether the cells stand right."""
        return self.shown_prop is not None and self.shown_prop.kind.name in NUMBERS


def columns_named(
    model: DataModel, object: ObjectDef, names: Iterable[str], actor: Actor
) -> tuple[list[Column], list[TresseError]]:
    """The columns of these names as one person may see them, each once; and why others are not.

    Each refusal has the name in its details, as `column`: `unknown_property`,
    `association_type_not_found`, `ambiguous_path`, `bad_filter`.
    """
    offered = offered_columns(model, object, actor)
    found: dict[str, Column] = {}
    refused: list[TresseError] = []
    for name in names:
        if name == object.title:
            continue  # It stands first in any case.
        try:
            column = offered.get(name) or _column_named(model, object, name, actor, offered=offered)
        except TresseError as error:
            error.details["column"] = name
            refused.append(error)
            continue
        found.setdefault(column.key, column)
    return list(found.values()), refused


def _column_named(
    model: DataModel,
    object: ObjectDef,
    name: str,
    actor: Actor,
    *,
    offered: Mapping[str, Column],
) -> Column:
    if "." in name:
        path = path_of(name, object, model=model, actor=actor)
        if any(actor.scope(hop.base.name, "view") == "none" for hop in path.hops):
            raise UNKNOWN_PROPERTY(object=shown_label(object), name=name, nearest=None)
        return Column(name, path.label, path.prop.kind.icon, path=path)
    for column in offered.values():
        if column.side and name == side_key(column.side):
            return column
    raise UNKNOWN_PROPERTY(object=shown_label(object), name=name, nearest=nearest(name, offered))


def offered_columns(model: DataModel, object: ObjectDef, actor: Actor) -> dict[str, Column]:
    """Every column a person may choose, but for the title and paths, by name."""
    columns = [
        Column(prop.name, shown_label(prop), prop.kind.icon, prop=prop)
        for prop in readable_properties(object, actor)
        if prop.name != object.title
    ]
    columns += [_side_column(model, object, side) for side in _sides(model, object, actor)]
    return {column.key: column for column in columns}


def offered_paths(model: DataModel, object: ObjectDef, actor: Actor) -> dict[str, list[Column]]:
    """Properties one step away, by what the linked record is called: `Primary company`."""
    found: dict[str, list[Column]] = {}
    for side in _sides(model, object, actor):
        if side.most != 1:
            continue
        step = Hop(side, model.object(side.other))
        for prop in readable_properties(step.base, actor):
            path = Path((step,), step.base, prop)
            name = f"{side_name(side)}.{prop.name}"
            column = Column(name, path.label, prop.kind.icon, path=path)
            found.setdefault(shown_label(side), []).append(column)
    return found


def default_columns(object: ObjectDef, offered: Mapping[str, Column]) -> list[str]:
    """Shipped columns (C80a), else the first four properties and the owner.

    What is archived or not for this person is no default.
    """
    if object.name in SHIPPED_COLUMNS:
        return [name for name in SHIPPED_COLUMNS[object.name] if name in offered]
    own = [key for key, column in offered.items() if column.prop and not _is_common(column.prop)]
    return [*own[:FIRST_PROPERTIES], *(name for name in ("owner",) if name in offered)]


def _is_common(prop: PropertyDef) -> bool:
    return bool(prop.column) and not prop.column.startswith("p_")


def _side_column(model: DataModel, object: ObjectDef, side: Side) -> Column:
    name = side_name(side)
    key = side_key(side) if object.has(name) else name
    return Column(key, shown_label(side), model.object(side.other).icon, side=side)


def _sides(model: DataModel, object: ObjectDef, actor: Actor) -> Iterator[Side]:
    """Association types and link labels to objects that the person sees."""
    for side in model.sides(object.name, labels=True):
        other = model.object(side.other)
        if actor.scope(other.name, "view") != "none" and not other.is_archived:
            yield side
