"""Records of a pipeline as a board: stages with their totals, and the first cards of each (C91).

However many records there are: one grouped statement for all totals, one for the first cards of
all stages, one per column of links.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.constructs import SummedUp
from tresse.engine.stored import as_text, from_text, stored_text
from tresse.kernel.errors import nearest
from tresse.objects.database import mappings, rows
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PipelineDef, PropertyDef, StageDef
from tresse.objects.labels import shown_label
from tresse.objects.refusals import VALUE_REFUSALS
from tresse.objects.sight import readable_properties
from tresse.records.columns import Column, offered_columns
from tresse.records.paging import sort_column
from tresse.records.queries import Record
from tresse.records.title import title_of

CARDS = 25
"How many cards of a stage are shown at first, and with each further step."
MOST_LINES = 6
# What a card shows where the view names no columns.
SHIPPED_CARDS: Mapping[str, tuple[str, ...]] = {
    "deal": ("deal_company", "amount", "close_date", "owner"),
    "ticket": ("ticket_contact", "priority", "category", "owner"),
}
QUIET = ("stage", "pipeline")
"Said by the column the card stands in."


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all records of a stage: how many, the sum of amounts, and that sum by probability."""

    count: int = 0
    amount: Decimal | None = None
    weighted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cards:
    """Some records of a stage in their order, and where the next ones begin."""

    records: list[Record]
    next: str = ""


def pipeline_named(object: ObjectDef, name: str) -> PipelineDef:
    """The pipeline of that name; without a name the first one.

    Raises:
        TresseError: `unknown_pipeline`.
    """
    if not name and object.pipelines:
        return object.pipelines[0]
    for each in object.pipelines:
        if each.name == name:
            return each
    labels = [shown_label(each, object) for each in object.pipelines]
    names = [each.name for each in object.pipelines]
    raise VALUE_REFUSALS["unknown_pipeline"](value=name, known=labels, nearest=nearest(name, names))


def card_columns(
    model: DataModel, object: ObjectDef, chosen: Sequence[Column], actor: Actor
) -> list[Column]:
    """What a card shows below its title: the columns chosen for the view, else as shipped."""
    if chosen:
        good = [each for each in chosen if each.key not in QUIET and not each.path]
        return good[:MOST_LINES]
    offered = offered_columns(model, object, actor)
    names = SHIPPED_CARDS.get(object.name, ("owner",))
    return [offered[name] for name in names if name in offered]


def amount_of(object: ObjectDef, actor: Actor) -> PropertyDef | None:
    """The property whose sum stands over a column: the amount, else the first of money."""
    money = [
        prop
        for prop in readable_properties(object, actor)
        if prop.kind.name == "money" and prop.column and not prop.is_archived
    ]
    named = [prop for prop in money if prop.name == "amount"]
    return next(iter([*named, *money]), None)


def totals_of(
    object: ObjectDef,
    stages: Sequence[StageDef],
    where: sa.ColumnElement[bool],
    actor: Actor,
) -> dict[int, Totals]:
    """Totals by stage, in one grouped statement."""
    table = object.table
    stage = table.c[object.property("stage").column]
    amount = amount_of(object, actor)
    parts: list[sa.ColumnElement[Any]] = [stage, sa.func.count()]
    if amount is not None:
        parts.append(SummedUp(table.c[amount.column]))
    chances = {each.id: each.probability for each in stages}
    statement = sa.select(*parts).where(where, stage.in_(list(chances))).group_by(stage)
    return {
        id: Totals(count, *_sums(sums[0] if sums else None, chances[id]))
        for id, count, *sums in rows(statement)
    }


def _sums(amount: Decimal | None, percent: int) -> tuple[Decimal | None, Decimal | None]:
    return amount, None if amount is None else Decimal(amount) * percent / 100


@dataclass(frozen=True)
class Deck:
    """Reads cards of one object type, in one order.

    `order`: a property to sort by and whether it descends; None: who came into the stage last
    stands first.
    """

    model: DataModel
    object: ObjectDef
    where: sa.ColumnElement[bool]
    actor: Actor
    columns: tuple[Column, ...]
    order: tuple[PropertyDef, bool] | None = None

    def first(self, stages: Sequence[StageDef]) -> dict[int, Cards]:
        """The first cards of each stage, in one statement."""
        if not stages:
            return {}
        found = self._read([part for stage in stages for part in self._some(stage, "")])
        by_stage: dict[int, list[dict[str, Any]]] = {stage.id: [] for stage in stages}
        for row in found:
            by_stage[row["stage_"]].append(row)
        return {id: self._cards(each) for id, each in by_stage.items()}

    def more(self, stage: StageDef, after: str) -> Cards:
        """The next cards of a stage, beyond a place."""
        return self._cards(self._read(self._some(stage, after)))

    def _read(self, parts: Sequence[sa.Select[Any]]) -> list[dict[str, Any]]:
        """Rows of selects that each have their own limit, all in order."""
        arms = [sa.select(part.subquery()) for part in parts]
        every = (arms[0] if len(arms) == 1 else sa.union_all(*arms)).subquery()
        _, descends = self._key()
        return mappings(sa.select(every).order_by(*_order(every.c.sort_, every.c.id_, descends)))

    def card(self, id: int) -> Record | None:
        """One record as a card, if it is in sight."""
        table = self.object.table
        statement = sa.select(*self._parts()).where(self.where, table.c.id == id)
        found = self._cards(mappings(statement)).records
        return found[0] if found else None

    def stage_of(self, id: int) -> int | None:
        """The stage a record in sight of the board is in."""
        found = self.values_of(id, ["stage"])
        stage: int | None = found.get("stage")
        return stage

    def values_of(self, id: int, names: Sequence[str]) -> dict[str, Any]:
        """Values of some properties of a record on the board."""
        table = self.object.table
        columns = [
            table.c[self.object.property(name).column].label(name)
            for name in names
            if self.object.has(name) and self.object.property(name).column
        ]
        if not columns:
            return {}
        found = mappings(sa.select(*columns).where(self.where, table.c.id == id))
        return found[0] if found else {}

    def _key(self) -> tuple[sa.ColumnElement[Any], bool]:
        table, object = self.object.table, self.object
        if self.order is not None:
            prop, descends = self.order
            if not prop.column:
                return value_of(prop, object, table, self.model), descends
            return sort_column(prop, table), descends
        if object.has("stage_updated_at"):
            return table.c[object.property("stage_updated_at").column], True
        return table.c.updated_at, True

    def _parts(self) -> list[sa.ColumnElement[Any]]:
        table, object = self.object.table, self.object
        key, _ = self._key()
        props = {each.prop.name: each.prop for each in self.columns if each.prop}
        return [
            table.c.id.label("id_"),
            table.c.version.label("version_"),
            table.c[object.property("stage").column].label("stage_"),
            title_of(object, table, self.actor).label("title_"),
            stored_text(key).label("key_"),
            key.label("sort_"),
            *(
                value_of(prop, object, table, self.model).label(name)
                for name, prop in props.items()
            ),
        ]

    def _some(self, stage: StageDef, after: str) -> list[sa.Select[Any]]:
        """Cards with the key and cards without it apart, so that an index gives either in order."""
        table = self.object.table
        key, descends = self._key()
        in_stage = table.c[self.object.property("stage").column] == stage.id
        base = sa.select(*self._parts()).where(self.where, in_stage).limit(CARDS + 1)
        order = key.desc() if descends else key.asc()
        present = base.where(key.is_not(None)).order_by(order, table.c.id.desc())
        empty = base.where(key.is_(None)).order_by(table.c.id.desc())
        if not after:
            return [present, empty]
        id, text = _place(after)
        same = table.c.id < id
        if text is None:
            return [empty.where(same)]
        last = sa.literal(from_text(text, key.type), key.type)
        beyond = key < last if descends else key > last
        return [present.where(sa.or_(beyond, sa.and_(key == last, same))), empty]

    def _cards(self, found: Sequence[Mapping[str, Any]]) -> Cards:
        names = [each.prop.name for each in self.columns if each.prop]
        records = [
            Record(
                self.object,
                row["id_"],
                row["version_"],
                row["title_"],
                {"stage": row["stage_"], **{name: row[name] for name in names}},
            )
            for row in found[:CARDS]
        ]
        if len(found) <= CARDS:
            return Cards(records)
        last = found[CARDS - 1]
        text = as_text(last["key_"])
        return Cards(records, f"{last['id_']}" if text is None else f"{last['id_']}~{text}")


def _order(
    key: sa.ColumnElement[Any], id: sa.ColumnElement[Any], descends: bool
) -> tuple[sa.ColumnElement[Any], ...]:
    """By the key, without one last, then the newest first."""
    is_empty = sa.case((key.is_(None), 1), else_=0)
    return is_empty, key.desc() if descends else key.asc(), id.desc()


def _place(after: str) -> tuple[int, str | None]:
    """The id and the stored text of the key of the last card; the beginning if it is no place."""
    id, has_key, text = after.partition("~")
    number = int(id) if id.isdecimal() and len(id) < 19 else 2**62
    return number, text if has_key else None
