"""Which records the items of a batch mean: a query per key, however many items there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.other_values import compared
from tresse.records.refusals import AMBIGUOUS_MATCH
from tresse.records.upsert.asked import Asked
from tresse.records.visibility import found, visible

MOST_IDS = 10
FEW = 500


@dataclass(frozen=True)
class Matching:
    """Finds records for one person: those out of sight are not found."""

    model: DataModel
    object: ObjectDef
    actor: Actor

    def matched(self, items: Sequence[Asked]) -> dict[int, int | TresseError | None]:
        """Index of an item → its record, None if there is none yet, or why it cannot be told."""
        there = self._there({item.id for item in items if item.id is not None})
        by_key = {prop.name: self._by_key(prop, items) for prop in _props(items)}
        outcomes: dict[int, int | TresseError | None] = {}
        for item in items:
            try:
                outcomes[item.index] = self._one(item, there, by_key)
            except TresseError as error:
                outcomes[item.index] = error
        return outcomes

    def _one(
        self,
        item: Asked,
        there: set[int],
        by_key: Mapping[str, Mapping[str, Sequence[int]]],
    ) -> int | None:
        if item.id is not None:
            return item.id if item.id in there else self._led(item.id)
        for prop, value, text in item.keys:
            ids = by_key[prop.name].get(text, ())
            if len(ids) > 1:
                raise AMBIGUOUS_MATCH(
                    name=shown_label(prop),
                    value=value,
                    number=len(ids),
                    objects=shown_plural(self.object).lower(),
                    ids=list(ids[:MOST_IDS]),
                )
            if ids:
                return ids[0]
        return None

    def _led(self, id: int) -> int:
        """The survivor of a merged record; else the refusal that says why an id finds nothing."""
        try:
            found(self.model, self.object, [id], self.actor)
        except TresseError as error:
            if error.code == "record_merged":
                return int(error.details["survivor_id"])
            raise
        return id

    def _there(self, ids: set[int]) -> set[int]:
        table, seen = self.object.table, set()
        for some in few(sorted(ids)):
            statement = sa.select(table.c.id).where(
                table.c.id.in_(some), visible(self.object, self.actor, table)
            )
            seen |= {id for (id,) in rows(statement)}
        return seen

    def _by_key(self, prop: PropertyDef, items: Iterable[Asked]) -> dict[str, list[int]]:
        """Compared text → records that have it, as their own or as another value."""
        table = self.object.table
        wanted = {
            text: prop.kind.normal(value) if prop.has_normal else value
            for item in items
            for key, value, text in item.keys
            if key.name == prop.name
        }
        column, answered = table.c[prop.normal_column], table.c[prop.column]
        found: dict[str, list[int]] = {}
        seen = visible(self.object, self.actor, table)
        for some in few(list(wanted.values())):
            statement = sa.select(answered, table.c.id).where(column.in_(some), seen)
            for value, id in rows(statement.order_by(table.c.id)):
                found.setdefault(compared(prop, value) or "", []).append(id)
        for texts in few(list(wanted)):
            other = (
                sa.select(OTHER_VALUE.c.compared, table.c.id)
                .join(table, table.c.id == OTHER_VALUE.c.record_id)
                .where(
                    OTHER_VALUE.c.property_id == prop.id, OTHER_VALUE.c.compared.in_(texts), seen
                )
            )
            for text, id in rows(other):
                if id not in found.setdefault(text, []):
                    found[text].append(id)
        return found


def _props(items: Iterable[Asked]) -> list[PropertyDef]:
    found = {prop.name: prop for item in items for prop, _, _ in item.keys if item.id is None}
    return list(found.values())


def few(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Values few enough for one statement."""
    return (values[start : start + FEW] for start in range(0, len(values), FEW))
