"""Which records of an index page a person has chosen: some by id, or all that a filter matches."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.http import QueryDict

from tresse.accounts.actor import Actor
from tresse.objects.database import scalar
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.tables import LARGEST_ID
from tresse.records.lists import condition_of
from tresse.records.refusals import BROKEN_ADDRESS, NOTHING_CHOSEN
from tresse.records.visibility import visible


@dataclass(frozen=True, slots=True)
class Selection:
    """Records by `ids`; with `is_all`, all that `filter` and `words` match."""

    ids: tuple[int, ...] = ()
    filter: Any = None
    words: str = ""
    is_all: bool = False

    def fields(self) -> Iterator[tuple[str, str]]:
        """Names and values by which a form sends the selection on."""
        if not self.is_all:
            yield from (("ids", str(id)) for id in self.ids)
            return
        yield "all", "1"
        if self.filter is not None:
            yield "filter", json.dumps(self.filter, ensure_ascii=False)
        if self.words:
            yield "q", self.words

    def stored(self) -> dict[str, Any]:
        """As JSON, for a job."""
        if self.is_all:
            return {"all": True, "filter": self.filter, "words": self.words}
        return {"ids": list(self.ids)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Selection":
        """From what `stored` wrote."""
        if stored.get("all"):
            return cls(filter=stored.get("filter"), words=stored.get("words", ""), is_all=True)
        return cls(tuple(stored["ids"]))


def selection_of(data: QueryDict) -> Selection:
    """The selection in the fields of a form: repeated `ids`, or `all=1` with `filter` and `q`.

    Raises:
        TresseError: `nothing_chosen`; `json_broken`, the filter is no JSON.
    """
    if data.get("all") == "1":
        return Selection(
            filter=_filter(data.get("filter", "")), words=data.get("q", ""), is_all=True
        )
    ids = {int(text) for text in data.getlist("ids") if text.isdecimal() and len(text) < 20}
    chosen_ids = tuple(sorted(id for id in ids if id <= LARGEST_ID))
    if not chosen_ids:
        raise NOTHING_CHOSEN()
    return Selection(chosen_ids)


def _filter(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError as error:
        raise BROKEN_ADDRESS(position=error.pos + 1) from None
    except RecursionError:
        raise BROKEN_ADDRESS(position=1) from None


def chosen(
    selection: Selection, model: DataModel, object: ObjectDef, actor: Actor
) -> sa.ColumnElement[bool]:
    """The records of a selection that the person may see, as a condition on the record table.

    Raises:
        TresseError: what a filter is refused with.
    """
    if selection.is_all:
        return condition_of(model, object, actor, selection.filter, words=selection.words)
    table = object.table
    return sa.and_(table.c.id.in_(selection.ids), visible(object, actor, table))


def number_of(selection: Selection, model: DataModel, object: ObjectDef, actor: Actor) -> int:
    """How many records a selection means, exactly."""
    where = chosen(selection, model, object, actor)
    return int(scalar(sa.select(sa.func.count()).select_from(object.table).where(where)))
