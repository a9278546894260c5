"""The records before and after one in the list it was opened from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.records.index import shape_in, whole_filter
from tresse.records.lists import condition_of, sorts
from tresse.records.paging import beside, indexed_columns


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Ids of the records beside one, and the query of the list's address."""

    previous: int | None
    next: int | None
    list: str


def neighbours(
    model: DataModel, object: ObjectDef, id: int, actor: Actor, *, list_query: str
) -> Neighbours | None:
    """The records beside one in the list that an index page shows with this query.

    None: the record is in it no more, or the list cannot be shown; then there is nothing to offer.
    """
    try:
        shape = shape_in(QueryDict(list_query), object, actor)
        where = condition_of(model, object, actor, whole_filter(shape), words=shape.words)
        order = sorts(object, shape.sort, actor)
    except TresseError:
        return None
    before, after = beside(
        object.table,
        where,
        id,
        sort=order,
        derived=_derived(model, object, order),
        indexed=indexed_columns(object),
    )
    return None if before is None and after is None else Neighbours(before, after, list_query)


def _derived(
    model: DataModel, object: ObjectDef, order: Sequence[tuple[PropertyDef, bool]]
) -> dict[str, Any]:
    return {
        prop.name: value_of(prop, object, object.table, model)
        for prop, _ in order
        if not prop.column
    }
