"""What a computed column is made of, and of which type it is, judged by columns and definitions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts.queries import account
from tresse.datasets.computed.paths import leads_over, reached, related
from tresse.datasets.computed.reach import RESULT_TYPES, SYSTEM, formula_column
from tresse.datasets.computed.refusals import DO_TAKES, NEEDS_TIME, NO_TIME, in_item
from tresse.datasets.computed.splitting import Split, aggregates_in
from tresse.datasets.computed.where import condition_over, names_in
from tresse.datasets.computed.world import Lead, World
from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula, ScoreUse
from tresse.datasets.refusals import UNKNOWN_COLUMN
from tresse.datasets.scores.base import Need
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import OWN, checked_settings, fields_of_lines
from tresse.engine.formulas import CALLED, Setting, Type, built
from tresse.engine.formulas import Column as FormulaColumn
from tresse.engine.formulas.refusals import FORMULA_TYPE
from tresse.kernel.errors import TresseError, nearest
from tresse.kernel.marks import N_
from tresse.sources.types import TYPES

Name = tuple[str, str]
Item = Formula | Aggregate | ScoreUse
NUMBERS = ("integer", "decimal", "number")
SINGLE = ("text", *NUMBERS, "boolean", "date", "datetime")
TAKES: Mapping[str, tuple[str, ...]] = {
    "sum": NUMBERS,
    "avg": NUMBERS,
    "min": ("text", *NUMBERS, "date", "datetime"),
    "max": ("text", *NUMBERS, "date", "datetime"),
    "most_frequent": SINGLE,
    "list": SINGLE,
}
"Types that an aggregate takes (D110); those that are not here take any."
GIVES = {"count": "integer", "count_distinct": "integer", "avg": "decimal", "list": "list"}
"What an aggregate gives, where that is not the type of its column."
ORDERED = ("first", "last")
TIME_FIELDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("ordered_at",),
    "loyalty": ("at",),
    "reviews": ("at",),
    "email_events": ("at",),
    "events": ("at",),
    "consents": ("at",),
    "subscriptions": ("started_at",),
}
"Fields of time of an entity, by which windows go (D112); of every other one `created_at`."
TIMES = ("date", "datetime")
TRUE_OR_FALSE = N_("true or false")


class _Moment(Setting):
    """The clock of formulas that are only typed; it tells whether it was asked."""

    def __init__(self) -> None:
        self.is_asked = False

    @property
    def now(self) -> datetime:
        self.is_asked = True
        return datetime.now(UTC)

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(account().zone)


@dataclass(slots=True)
class Facts:
    """What is known of an item before its types are."""

    uses: set[Name] = field(default_factory=set)
    "Filled as far as it gets where something is refused."
    has_time: bool = False


class Needs:
    """Columns of all datasets, those that are still to be typed too."""

    def __init__(
        self,
        *,
        definitions: Mapping[str, DatasetDefinition],
        types: Mapping[str, dict[str, str]],
        coming: Mapping[str, Collection[str]],
        fields: Mapping[str, Mapping[str, str]],
        partial: Collection[str] = (),
    ) -> None:
        """See the class.

        Args:
            definitions: By dataset.
            types: Type of S52 by column; those of computed columns are added once they are known.
            coming: Columns that will be typed, unless their item is refused.
            fields: Semantic field by column, of both.
            partial: Datasets that may have other columns too.
        """
        self.definitions, self.types, self.fields = definitions, types, fields
        self._coming, self._partial = coming, partial

    def of(self, dataset: str, item: Item, facts: Facts) -> Facts:
        """What an item is made of; `facts` filled.

        Raises:
            TresseError: What a formula, a path, a column or settings of a score are refused for.
        """
        if isinstance(item, Formula):
            self._look_formula(dataset, item, facts)
        elif isinstance(item, Aggregate):
            self._look_aggregate(dataset, item, f"{dataset}: {item.name}", facts)
        else:
            self._look_score(dataset, item, facts)
        return facts

    def types_of(self, dataset: str, item: Item, facts: Facts) -> tuple[str, ...]:
        """Types of the columns of an item, once those that it is made of have theirs; "": unknown.

        Raises:
            TresseError: What a formula is refused for, or an aggregate of such a column.
        """
        if isinstance(item, Formula):
            return (self._formula_type(dataset, item, facts),)
        if isinstance(item, Aggregate):
            return (self._aggregate_type(dataset, item, f"{dataset}: {item.name}", facts),)
        if rows := self._restricted(dataset, item):
            self._check_where(rows, item.where, f"{dataset}: {item.key}.where", facts)
        return tuple(each.type for each in SCORES[item.score].outputs)

    def time_of(self, dataset: str) -> str:
        """The column of time of the rows of a dataset; empty if there is none (D112)."""
        wanted = TIME_FIELDS.get(self.definitions[dataset].entity, ("created_at",))
        by_field = {semantic: name for name, semantic in self.fields[dataset].items()}
        return next((by_field[each] for each in wanted if each in by_field), "")

    # Columns

    def _columns(self, dataset: str) -> list[str]:
        return [*self.types[dataset], *self._coming[dataset], *SYSTEM]

    def _has(self, dataset: str, column: str) -> bool:
        return any(column in each for each in (self.types[dataset], self._coming[dataset], SYSTEM))

    def _type(self, dataset: str, column: str) -> str:
        """Of a column; empty: not known, nobody is to blame for it here."""
        system = SYSTEM[column][1] if column in SYSTEM else ""
        return self.types[dataset].get(column, system)

    def _follow(self, dataset: str, path: str, name: str, facts: Facts) -> Name:
        """The column that a name means, over to-one relations too; all of it is used.

        Raises:
            TresseError: As `paths.reached`; `column_missing`.
        """
        own = self._columns(dataset)
        found = reached(self.definitions, dataset, self._called(dataset, path), own=own, name=name)
        column = self._called(found.dataset, found.column)
        facts.uses |= {(lead.of, lead.column) for lead in found.leads}
        facts.uses.add((found.dataset, column))
        if not self._has(found.dataset, column) and found.dataset not in self._partial:
            near = nearest(column, self._columns(found.dataset))
            raise UNKNOWN_COLUMN(name=name, dataset=found.dataset, column=column, nearest=near)
        return found.dataset, column

    def _called(self, dataset: str, name: str) -> str:
        """A column as formulas name it: as it is, else in small letters."""
        is_folded = not self._has(dataset, name) and self._has(dataset, name.lower())
        return name.lower() if is_folded else name

    def _is_known(self, facts: Facts) -> bool:
        """Whether every column that is used has a type, or is missing for good."""
        return all(
            self._type(*name) or not (name[0] in self._partial or name[1] in self._coming[name[0]])
            for name in facts.uses
        )

    # Formulas

    def _look_formula(self, dataset: str, item: Formula, facts: Facts) -> None:
        name = f"{dataset}: {item.name}"
        split = self._split(dataset, item)
        for column in split.columns:
            facts.uses.add((dataset, self._called(dataset, column)))
        for each in split.aggregates.values():
            self._look_aggregate(dataset, each, name, facts)

    def _split(self, dataset: str, item: Formula) -> Split:
        name, own = f"{dataset}: {item.name}", self._columns(dataset)
        with self._saying(dataset, name):
            return aggregates_in(item.sql, self.definitions, dataset, own, name=name)

    @contextmanager
    def _saying(self, dataset: str, name: str) -> Iterator[None]:
        """Refusals of formulas name the item, and the nearest of all columns of its rows."""
        try:
            yield
        except TresseError as error:
            raise in_item(error, name, self._columns(dataset)) from None

    def _formula_type(self, dataset: str, item: Formula, facts: Facts) -> str:
        split, name = self._split(dataset, item), f"{dataset}: {item.name}"
        columns = self._placed([*SYSTEM, *self.types[dataset]], dataset)
        for mark, each in split.aggregates.items():
            if type_ := self._aggregate_type(dataset, each, name, facts):
                columns[mark] = _placeholder(type_, split.said[mark])
        if not self._is_known(facts) or not columns.keys() >= split.aggregates.keys():
            return ""
        moment = _Moment()
        with self._saying(dataset, name):
            value = built(split.text, columns, moment)
        facts.has_time = facts.has_time or moment.is_asked
        return RESULT_TYPES[value.type]

    def _placed(self, names: Iterable[str], dataset: str) -> dict[str, FormulaColumn]:
        return {name: _placeholder(self._type(dataset, name), name) for name in names}

    # Aggregates

    def _look_aggregate(self, dataset: str, item: Aggregate, name: str, facts: Facts) -> None:
        leads = leads_over(self.definitions, dataset, item.over, name=name)
        facts.uses |= {(lead.of, lead.column) for lead in leads}
        rows = leads[-1].of
        if item.column:
            self._follow(rows, item.column, f"{name}.column", facts)
        self._look_time(leads, item, name, facts)
        self._look_where(rows, item.where, f"{name}.where", facts)

    def _look_time(self, leads: tuple[Lead, ...], item: Aggregate, name: str, facts: Facts) -> None:
        """Rows later than the moment never count, so every column of time makes a difference.

        It is that of the rows, else of what they belong to: the lines of an order are of its time.
        """
        window, rows = item.window, leads[-1].of
        times = [(lead.of, self.time_of(lead.of)) for lead in reversed(leads)]
        found = next((each for each in times if each[1]), None)
        if window.on:
            self._follow(rows, window.on, f"{name}.on", facts)
        elif found is not None:
            facts.uses.add(found)
        elif not {lead.of for lead in leads} & set(self._partial):
            if item.do in ORDERED or _has_period(item):
                raise NEEDS_TIME(name=name, dataset=rows)
            return
        facts.has_time = True

    def _look_where(self, rows: str, where: Any, name: str, facts: Facts) -> None:
        with self._saying(rows, name):
            paths = names_in(where)
        for path in paths:
            # What a filter calls a property may be another thing of its language.
            if isinstance(where, str) or self._has(rows, path) or "." in path:
                self._follow(rows, path, name, facts)
        # A filter may hold days that go by the clock.
        facts.has_time = facts.has_time or not isinstance(where, str | None)

    def _aggregate_type(self, dataset: str, item: Aggregate, name: str, facts: Facts) -> str:
        rows = leads_over(self.definitions, dataset, item.over, name=name)[-1].of
        if item.window.on:
            on = self._type(*self._follow(rows, item.window.on, f"{name}.on", facts))
            if on and on not in TIMES:
                raise NO_TIME(name=name, column=item.window.on, type=on)
        self._check_where(rows, item.where, f"{name}.where", facts)
        if item.do in GIVES and item.do not in TAKES:
            return GIVES[item.do]
        type_ = self._type(*self._follow(rows, item.column, f"{name}.column", facts))
        takes = TAKES.get(item.do)
        if type_ and takes and type_ not in takes:
            raise DO_TAKES(name=name, do=item.do, takes=takes, column=item.column, type=type_)
        return GIVES.get(item.do) or type_

    def _check_where(self, rows: str, where: Any, name: str, facts: Facts) -> None:
        """Refuse a condition that means nothing over rows, if all that it names is known."""
        if where is None or rows in self._partial or not self._is_known(facts):
            return
        columns: dict[str, FormulaColumn] = {}
        types: dict[str, str] = {}
        for path in names_in(where):
            if isinstance(where, str) or self._has(rows, path) or "." in path:
                types[path] = self._type(*self._follow(rows, path, name, facts))
        if not all(types.values()):
            return
        columns = {path: _placeholder(type_, path) for path, type_ in types.items()}
        if not isinstance(where, str):
            clock = World(cast(Any, None), {}, _Moment().now, account().zone, "")
            with self._saying(rows, name):
                condition_over(clock, cast(Any, _Rows(rows, types, columns)), where)
            return
        moment = _Moment()
        with self._saying(rows, name):
            value = built(where, columns, moment)
        facts.has_time = facts.has_time or moment.is_asked
        if value.type not in (Type.BOOLEAN, Type.NULL):
            shown, type_ = where.strip(), CALLED[value.type]
            wanted = TRUE_OR_FALSE
            refused = FORMULA_TYPE(
                name=shown, type=type_, operator="where", wanted=wanted, position=1
            )
            raise in_item(refused, name)

    # Scores

    def _look_score(self, dataset: str, item: ScoreUse, facts: Facts) -> None:
        score = SCORES[item.score]
        checked_settings(item, name=dataset)
        facts.has_time = score.has_time
        wanted = {name for need in score.needs if need.entity == OWN for name in _fields(need)}
        own = self.fields[dataset].items()
        facts.uses |= {(dataset, name) for name, field in own if field in wanted | {"created_at"}}
        for need in score.needs:
            if need.entity == OWN:
                continue
            # Later rows never count, so what is made of any changes with the moment.
            facts.has_time = True
            for lead in self._leads(dataset, need.entity):
                facts.uses.add((lead.of, lead.column))
                # Lines lead on to their products; all others to the dataset itself.
                read = {lead.of, lead.relation.to} - {dataset}
                facts.uses |= {(name, column) for name in read for column in self.fields[name]}
        if rows := self._restricted(dataset, item):
            self._look_where(rows, item.where, f"{dataset}: {item.key}.where", facts)

    def _leads(self, dataset: str, entity: str) -> list[Lead]:
        """Relations by which a score reads rows of an entity, and what these rows lead to."""
        if entity == "order_items":
            return self._item_leads(dataset)
        lead = related(self.definitions, dataset, entity)
        return [lead] if lead else []

    def _item_leads(self, dataset: str) -> list[Lead]:
        orders = related(self.definitions, dataset, "orders")
        items = related(self.definitions, orders.of, "order_items") if orders else None
        if orders is None or items is None:
            return [orders] if orders else []
        found = [orders, items]
        for relation in self.definitions[items.of].relations:
            target = self.definitions.get(relation.to)
            if target is not None and target.entity == "products":
                found.append(Lead(items.of, relation))
        return found

    def _restricted(self, dataset: str, item: ScoreUse) -> str:
        """The dataset whose rows the condition of a score is over (SC4); empty: there is none."""
        entity = SCORES[item.score].over
        if entity == OWN:
            return dataset
        leads = self._leads(dataset, entity)
        return next((each.of for each in leads if self.definitions[each.of].entity == entity), "")

    def fields_by_entity(self, dataset: str) -> dict[str, Collection[str] | None]:
        """Semantic fields that scores of a dataset find, for `settings.missing_fields`."""
        found: dict[str, Collection[str] | None] = {OWN: self._fields_of(dataset)}
        for entity in sorted({each.entity for each in self.definitions.values()} - {OWN}):
            leads = self._leads(dataset, entity)
            rows = next((e for e in leads if self.definitions[e.of].entity == entity), None)
            if rows is None:
                continue
            found[entity] = self._fields_of(rows.of)
            goods = [e.relation.to for e in leads if e.of == rows.of and e is not rows]
            if goods:
                found[entity] = fields_of_lines(found[entity], self._fields_of(goods[0]))
        return found

    def _fields_of(self, dataset: str) -> Collection[str] | None:
        return None if dataset in self._partial else set(self.fields[dataset].values())


def columns_in(where: Any) -> list[str]:
    """Columns that a filter or a formula names; none of a formula that cannot be read."""
    try:
        return names_in(where)
    except TresseError:
        return []


def _fields(need: Need) -> tuple[str, ...]:
    return (*need.fields, *need.any_of)


def _has_period(item: Aggregate) -> bool:
    window = item.window
    return bool(window.last or window.start or window.this or window.previous)


def _placeholder(type_: str, label: str) -> FormulaColumn:
    """A column that formulas are typed over; nothing is read."""
    return formula_column(type_, sa.column("value", TYPES[type_].column), label)


class _Rows:
    """What conditions ask of a `reach.Reach`, where nothing is read."""

    def __init__(
        self, name: str, types: Mapping[str, str], columns: Mapping[str, FormulaColumn]
    ) -> None:
        self.name, self.types = name, types
        self.columns = {each: each for each in types}
        self.table = sa.table("rows")
        self._formula_columns = columns

    def __getitem__(self, name: str) -> sa.ColumnElement[Any]:
        return sa.column("value", TYPES[self.types[name]].column)

    def formula_columns(self) -> Mapping[str, FormulaColumn]:
        return self._formula_columns
