"""Which saved views read every record, since no index serves what they sort or filter by (C87)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tresse.filters.mentions import mentions
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.index import conditions_of
from tresse.records.paging import capped_count, indexed_columns

MANY = 100_000
SERVED = frozenset({"id", "pipeline"})


@dataclass(frozen=True, slots=True)
class Slow:
    """A property that a long list sorts or filters by, without an index."""

    name: str
    label: str
    may_have_index: bool


def slow_properties(
    object: ObjectDef, filter: Any, sort: Sequence[str], model: DataModel
) -> list[Slow]:
    """Properties without an index that a list of over 100,000 records sorts or filters by.

    A filter of which one condition has an index, beside the others, is served by that one.

    Args:
        object: The object type.
        filter: In the filter language; None: no filter.
        sort: Property names, `-` before one for descending.
        model: The definitions.

    Returns:
        None for shorter tables. Costs one capped count where there is any.
    """
    parts = [_named(each, object, model) for each in conditions_of(filter)]
    if any(names and all(_is_served(object, name) for name in names) for names in parts):
        return []
    named = [name.removeprefix("-") for name in sort[:1]]
    named += [name for names in parts for name in names]
    found = [
        object.property(name)
        for name in dict.fromkeys(named)
        if object.has(name) and not _is_served(object, name)
    ]
    table = object.table
    if not found or capped_count(table, table.c.deleted_at.is_(None), MANY) <= MANY:
        return []
    return [Slow(prop.name, shown_label(prop), bool(prop.column)) for prop in found]


def _named(filter: Any, object: ObjectDef, model: DataModel) -> list[str]:
    return sorted(
        target.name
        for target in mentions(filter, object, model)
        if target.sort == "property" and target.object_name == object.name
    )


def _is_served(object: ObjectDef, name: str) -> bool:
    prop = object.property(name)
    return name in SERVED or prop.normal_column in indexed_columns(object)
