"""Fields of what happened: an activity or event as a base whose rows have no records of their own.

`{"field": direction, "operator": is, "value": incoming}` stands only inside the filter of such a
condition (G2); inside it, nothing else does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from tresse.filters.editing import Asking, Offer
from tresse.filters.property import PropertyCondition
from tresse.filters.property_controls import field_offers
from tresse.objects.described import ObjectDef, OptionDef, PropertyDef
from tresse.objects.kinds import KINDS

B = TypeVar("B", bound=ObjectDef)


@dataclass(frozen=True)
class Fields(ObjectDef):
    """The fields of some kinds of activity or event, described as an object type's properties."""

    @property
    def condition(self) -> str:
        """Values are asked for as fields."""
        return "field"


def fields(name: str, label: str, properties: Sequence[PropertyDef]) -> Fields:
    """A base of fields.

    Args:
        name: Of the sort of things, no object type's: `(activity)`.
        label: What people call one of them.
        properties: Made by `field`.
    """
    return described(Fields, name, label, properties, icon="activity")


def described(
    sort: type[B],
    name: str,
    label: str,
    properties: Iterable[PropertyDef],
    *,
    icon: str = "layers",
    **more: Any,
) -> B:
    """A base whose rows are no records of an object type, described as one.

    Args:
        sort: The class of the base.
        name: No object type's.
        label: What people call one of its rows.
        properties: Made by `field`.
        icon: Beside its label.
        more: Further facts of the class.
    """
    return sort(
        id=0,
        name=name,
        label=label,
        plural=label,
        icon=icon,
        colour="grey",
        title="",
        subtitle="",
        search=(),
        has_pipelines=False,
        has_activities=False,
        position=0,
        is_builtin=True,
        is_archived=False,
        properties=tuple(properties),
        **more,
    )


def field(
    number: int, name: str, label: str, kind: str, *, options: Iterable[tuple[str, str]] = ()
) -> PropertyDef:
    """One field, described as a property; its column is called as the field.

    Args:
        number: Distinguishes it from all other fields of its base.
        name: As filters write it.
        label: What people call it.
        kind: A property kind.
        options: Name and label of what it may be, of an `option`.
    """
    known = tuple(OptionDef(key, text) for key, text in options)

    def read_options(_id: int) -> tuple[OptionDef, ...]:
        return known

    read: Callable[[int], tuple[OptionDef, ...]] | None = read_options if known else None
    return PropertyDef(
        id=-number,
        name=name,
        label=label,
        group="",
        description="",
        kind=KINDS[kind],
        settings={},
        rules=(),
        default="",
        column=name,
        has_normal=False,
        is_required=False,
        is_unique=False,
        is_match_key=False,
        is_indexed=False,
        is_read_only=True,
        is_fixed=True,
        is_builtin=True,
        is_archived=False,
        position=number,
        read_options=read,
    )


class FieldCondition(PropertyCondition):
    """`{"field": direction, "operator": is, "value": incoming}`, as a condition on a property."""

    name = "field"
    keys = ("field", "operator", "value", "only_with_value")

    def offers(self, asking: Asking) -> Iterable[Offer]:
        """The fields, where there are any."""
        return field_offers(asking) if asking.base.condition == self.name else ()


def row_of(
    base: Fields, columns: Mapping[str, sa.ColumnElement[Any]], source: sa.Select[Any]
) -> sa.Subquery:
    """Rows of a statement with the fields of a base as columns, to be filtered."""
    return source.add_columns(
        *(columns[prop.name].label(prop.column) for prop in base.properties)
    ).subquery()
