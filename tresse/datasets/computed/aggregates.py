"""Aggregates over related rows as steps (D110 to D113).

All aggregates over one path are worked out in one grouped statement, each over the rows that count
for it; those that need the values themselves (`most_frequent`, `list`) in one more per column. What
engines sum and divide differently is kept as decimals until the end (D83).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.graph import Node
from tresse.datasets.computed.needs import TIME_FIELDS
from tresse.datasets.computed.paths import leads_over
from tresse.datasets.computed.reach import Reach
from tresse.datasets.computed.refusals import NEEDS_TIME, NO_TIME
from tresse.datasets.computed.where import condition_over, names_in
from tresse.datasets.computed.windows import TIMES, within
from tresse.datasets.computed.world import Lead, Side, World
from tresse.datasets.definition import Aggregate, Window
from tresse.datasets.layout import Worked
from tresse.engine import columns as do

Value = sa.ColumnElement[Any]
OF_VALUES = ("most_frequent", "list")
"What needs every value of a column once. `count_distinct` is taken from there where it is."
MOST_LISTED = 100
MORE = "\N{HORIZONTAL ELLIPSIS}"
"Ends a list that has more values."
EXACT = sa.Numeric(21, 6)
SUMMED = sa.Numeric(38, 6)
NUMBER = sa.BigInteger()
FAR = sa.literal(2**62, NUMBER)
KEYS = "_keys"
EPOCH = date(1970, 1, 1)


def aggregates_of(world: World, side: Side, nodes: Sequence[Node]) -> sa.TableClause:
    """A kept table `id, f<n> …` of aggregates; a row per golden record, counts 0 without rows.

    Raises:
        TresseError: What paths, columns, conditions and windows are refused for.
    """
    wanted = [(node.item, node.columns[0]) for node in nodes if isinstance(node.item, Aggregate)]
    return aggregated(world, side, wanted)


def aggregated(
    world: World, side: Side, wanted: Sequence[tuple[Aggregate, Worked]]
) -> sa.TableClause:
    """As `aggregates_of`, of aggregates with the column that each becomes."""
    number = world.kept.setdefault(("aggregates", side.name, len(world.kept)), len(world.kept))
    name = f"aggregates_{side.name}_{number}"
    by_path: dict[tuple[str, ...], list[tuple[Aggregate, Worked]]] = {}
    for item, worked in wanted:
        by_path.setdefault(item.over, []).append((item, worked))
    owners = owners_of(world, side, ())
    joined: Any = owners
    cells: dict[str, Value] = {}
    steps: list[str] = []
    for at, group in enumerate(by_path.values()):
        related = _Related(world, side, group, f"{name}_{at}")
        for table in related.tables():
            steps.append(table.name)
            joined = joined.outerjoin(table, table.c.owner == owners.c.owner)
        cells |= related.cells
    ordered = [cells[worked.column].label(worked.column) for _, worked in wanted]
    kept = world.engine.keep(name, sa.select(owners.c.id, *ordered).select_from(joined))
    for step in steps:
        world.engine.drop(step)
    return kept


def owners_of(world: World, side: Side, leads: Sequence[Lead], carried: str = "") -> sa.TableClause:
    """Whose the rows at the end of a path are: a kept table `id, owner`, of nobody's rows none.

    `owner` is a number that stands for a golden record of `side`: engines join and group by whole
    numbers twice as fast as by ids. Without a path: of the golden records themselves. `carried`: a
    column of these rows that comes along, as `carried`.
    """
    path = tuple((each.of, each.relation.name) for each in leads)
    key = ("owners", side.name, path, carried)
    if key not in world.kept:
        if leads:
            before = owners_of(world, side, leads[:-1])
            rows = world.sides[leads[-1].of].rows
            led = rows.join(before, before.c.id == rows.c[leads[-1].column])
            statement = sa.select(rows.c.id, before.c.owner).select_from(led)
            if carried:
                cell = world.sides[leads[-1].of].cells[carried]
                value = sa.type_coerce(rows.c[cell.column], cell.core)
                statement = statement.add_columns(value.label("carried"))
        else:
            rows = side.rows
            number = sa.func.row_number(type_=NUMBER).over(order_by=rows.c.id)
            statement = sa.select(rows.c.id, sa.type_coerce(number, NUMBER).label("owner"))
        name = f"owners_{side.name}_{len(world.kept)}"
        world.kept[key] = world.engine.keep(name, statement)
    found: sa.TableClause = world.kept[key]
    return found


def without_relation(world: World, lead: Lead) -> int:
    """How many rows of a dataset a relation leads nowhere: they count for nobody (D113)."""
    rows = world.sides[lead.of].rows
    nowhere = sa.select(sa.func.count()).where(rows.c[lead.column].is_(None))
    return int(world.engine.scalar(nowhere) or 0)


def time_of(side: Side) -> str:
    """The column of time of rows, by the field of their entity (D112); empty without one."""
    for semantic in TIME_FIELDS.get(side.entity, ("created_at",)):
        cell = side.with_field(semantic)
        if cell is not None:
            return cell.name
    return ""


class _Related:
    """Aggregates over one path, on their way."""

    def __init__(
        self,
        world: World,
        side: Side,
        wanted: Sequence[tuple[Aggregate, Worked]],
        name: str,
    ) -> None:
        self.world, self.side, self.wanted, self.name = world, side, wanted, name
        self.cells: dict[str, Value] = {}
        "By `Worked.column`: over the tables, which have no row for who has no related rows."
        definitions = {each: one.definition for each, one in world.sides.items()}
        first, *_ = (item for item, _ in wanted)
        said = f"{side.name}: {first.name}"
        self._leads = leads_over(definitions, side.name, first.over, name=said)
        self.rows = world.sides[self._leads[-1].of]
        self._time = self._default_time()
        self._carried = self._carried_along()
        self._owners = owners_of(world, side, self._leads[:-1], self._carried)
        self._reach = self._reached()
        self._conditions: dict[Any, Value] = {}
        self._condition_of = [self._condition(item) for item, _ in wanted]
        self._only = len(self._conditions) == 1
        self._prepared = self._prepare()
        self._measures: dict[Any, Value] = {}

    # Rows

    def _back(self) -> list[str]:
        """Relations from the last step back to the first, each as it is called there."""
        return [lead.relation.name for lead in reversed(self._leads[1:])]

    def _default_time(self) -> str:
        """The time of the rows, else of what they belong to: the lines of an order are of it."""
        back = self._back()
        for number, lead in enumerate(reversed(self._leads)):
            time = time_of(self.world.sides[lead.of])
            if time:
                return ".".join([*back[:number], time])
        return ""

    def _carried_along(self) -> str:
        """The time of what rows belong to, if none but that is asked of it: saves a second join."""
        start = f"{self._leads[-1].relation.name}."
        column = self._time.removeprefix(start)
        if not self._time.startswith(start) or "." in column:
            return ""
        said = {name for item, _ in self.wanted for name in (item.column, *names_in(item.where))}
        return "" if self._time in said else column

    def _time_of_rows(self, name: str) -> tuple[Value, str]:
        """A column of time beside the rows, and its type."""
        if self._is_carried(name):
            cell = self.world.sides[self._leads[-2].of].cells[self._carried]
            return self._owners.c.carried, cell.type
        return self._reach[name], self._reach.types[name]

    def _on(self, item: Aggregate) -> str:
        return item.window.on or self._time

    def _reached(self) -> Reach:
        self._owner = self._leads[-1].column
        names = [self._owner]
        for item, _ in self.wanted:
            said = [item.column, self._on(item), *names_in(item.where)]
            if item.do in ("first", "last"):
                said.append(KEYS)
            names += [each for each in said if each and not self._is_carried(each)]
        return Reach(self.world, self.rows, names, said_by=f"{self.side.name}: aggregates")

    def _is_carried(self, name: str) -> bool:
        return bool(self._carried) and name == self._time

    def _condition(self, item: Aggregate) -> str:
        """The column of `_prepared` that says whether a row counts for an aggregate."""
        on, window = self._on(item), item.window
        if not on and (window != Window() or item.do in ("first", "last")):
            name = f"{self.side.name}: {item.name}"
            raise NEEDS_TIME(name=name, dataset=self.rows.name)
        _, where = condition_over(self.world, self._reach, item.where)
        parts = [where]
        if on:
            column, type_ = self._time_of_rows(on)
            if type_ not in TIMES:
                raise NO_TIME(name=f"{self.side.name}: {item.name}", column=on, type=type_)
            is_in = within(window, column, type_, self.world)
            is_open = Window(on=window.on) == window and item.do not in ("first", "last")
            # Nobody says that a row without a time is later.
            parts.append(sa.or_(column.is_(None), is_in) if is_open else is_in)
        found = sa.func.coalesce(sa.and_(*parts), sa.false())
        key = _shape(found)
        if key not in self._conditions:
            self._conditions[key] = found
        return f"c{list(self._conditions).index(key)}"

    def _prepare(self) -> sa.Subquery:
        """Rows that belong to somebody: `owner`, `r<n>` as reached, `c<n>` whether they count."""
        reach = self._reach
        owners = self._owners
        cells: list[Any] = [owners.c.owner, *([owners.c.carried] if self._carried else [])]
        for name, column in reach.columns.items():
            if name == KEYS:
                cells.append(do.list_first(reach[name]).label(column))
            elif name != self._owner:
                cells.append(reach[name])
        led = reach.table.join(owners, owners.c.id == reach[self._owner])
        statement = sa.select(*cells).select_from(led)
        if self._only:
            statement = statement.where(*self._conditions.values())
        else:
            statement = statement.add_columns(
                *(each.label(f"c{number}") for number, each in enumerate(self._conditions.values()))
            )
        return statement.subquery("prepared")

    def _column(self, name: str) -> Value:
        if self._is_carried(name):
            return self._prepared.c.carried
        return self._prepared.c[self._reach.columns[name]]

    def _counting(self, condition: str, value: Value) -> Value:
        """A value of the rows that count; NULL of the others."""
        if self._only:
            return value
        return sa.case((self._prepared.c[condition], value))

    # What is asked of the groups

    def tables(self) -> list[sa.TableClause]:
        """The grouped tables, a row per `owner` in each, and `cells` filled."""
        found: list[sa.TableClause] = []
        plain: list[tuple[Worked, Any]] = []
        by_value: dict[str, list[tuple[int, Aggregate, Worked]]] = {}
        once = {item.column for item, _ in self.wanted if item.do in OF_VALUES}
        for number, (item, worked) in enumerate(self.wanted):
            if item.do in OF_VALUES or (item.do == "count_distinct" and item.column in once):
                by_value.setdefault(item.column, []).append((number, item, worked))
            else:
                plain.append((worked, self._measured(item, self._condition_of[number])))
        if plain:
            grouped = self._grouped()
            for worked, finish in plain:
                self.cells[worked.column] = _as(finish(grouped), worked)
            found.append(grouped)
        for column, group in by_value.items():
            found += self._of_values(column, group)
        return found

    def _grouped(self) -> sa.TableClause:
        cells = [each.label(f"m{at}") for at, each in enumerate(self._measures.values())]
        owner = self._prepared.c.owner
        return self.world.engine.keep(
            f"{self.name}_grouped", sa.select(owner, *cells).group_by(owner)
        )

    def _measure(self, key: Any, made: Value) -> str:
        """The column of the grouped table that a measure is; each stands there once."""
        self._measures.setdefault(key, made)
        return f"m{list(self._measures).index(key)}"

    def _measured(self, item: Aggregate, condition: str) -> Any:
        """How an aggregate is made of measures of the grouped table."""
        if item.do == "count" and not item.column:
            one = self._counting(condition, sa.literal(1, NUMBER))
            number = self._measure(("rows", condition), sa.func.count(one))
            return lambda grouped: sa.func.coalesce(grouped.c[number], 0)
        column = self._column(item.column)
        type_ = self._reach.types[item.column]
        if item.do == "count":
            many = self._measure(
                ("count", item.column, condition),
                sa.func.count(self._counting(condition, column)),
            )
            return lambda grouped: sa.func.coalesce(grouped.c[many], 0)
        if item.do in ("sum", "avg"):
            return self._summed(item, condition, column, type_)
        value = do.finite(column) if type_ == "number" else column
        value = self._counting(condition, value)
        if item.do == "count_distinct":
            many = self._measure(
                ("distinct", item.column, condition), sa.func.count(sa.distinct(value))
            )
            return lambda grouped: sa.func.coalesce(grouped.c[many], 0)
        if item.do in ("first", "last"):
            order = [self._column(self._on(item)), self._column(KEYS)]
            pick = do.first_of if item.do == "first" else do.last_of
            key = (item.do, item.column, condition, self._on(item))
            found = self._measure(key, pick(value, order))
        else:
            function = sa.func.min if item.do == "min" else sa.func.max
            found = self._measure((item.do, item.column, condition), function(value))
        return lambda grouped: grouped.c[found]

    def _summed(self, item: Aggregate, condition: str, column: Value, type_: str) -> Any:
        """A sum or a mean; NULL where a value is too large to be summed exactly."""
        is_double = type_ == "number"
        value = do.try_cast(do.finite(column), EXACT) if is_double else column
        wide = sa.Numeric(38, 0) if type_ == "integer" else SUMMED
        value = self._counting(condition, value)
        total = self._measure(("sum", item.column, condition), sa.func.sum(value, type_=wide))
        number = self._measure(("count of sum", item.column, condition), sa.func.count(value))
        given = number
        if is_double:
            every = self._counting(condition, do.finite(column))
            given = self._measure(("finite", item.column, condition), sa.func.count(every))

        def finish(grouped: sa.FromClause) -> Value:
            summed, many = grouped.c[total], grouped.c[number]
            if item.do == "avg":
                found = do.mean(do.try_cast(summed, SUMMED), many)
            else:
                found = sa.func.coalesce(summed, 0)
            if not is_double:
                return found
            is_whole = sa.func.coalesce(grouped.c[given], 0) == sa.func.coalesce(many, 0)
            return sa.type_coerce(sa.case((is_whole, found)), found.type)

        return finish

    # Of every value once

    def _of_values(
        self, column: str, group: Sequence[tuple[int, Aggregate, Worked]]
    ) -> list[sa.TableClause]:
        """Tables for `count_distinct`, `most_frequent` and `list` of one column."""
        prepared = self._prepared
        owner, value = prepared.c.owner, self._column(column)
        if self._reach.types[column] == "number":
            value = do.finite(value)
        counted = dict.fromkeys(self._condition_of[number] for number, _, _ in group)
        cells: list[Any] = []
        for condition in counted:
            one = self._counting(condition, sa.literal(1, NUMBER))
            cells.append(sa.func.count(one).label(f"n_{condition}"))
        lasts = {
            (self._condition_of[number], self._on(item)): item
            for number, item, _ in group
            if item.do == "most_frequent" and self._on(item)
        }
        for at, (condition, on) in enumerate(lasts):
            last = sa.func.max(self._counting(condition, self._column(on)))
            cells.append(sa.type_coerce(last, self._column(on).type).label(f"l{at}"))
        core = self._column(column).type
        some = sa.select(owner, sa.type_coerce(value, core).label("value"), *cells)
        some = some.where(value.is_not(None)).group_by(owner, value)
        name = f"{self.name}_values_{self._reach.columns[column]}"
        lists = [(number, worked) for number, item, worked in group if item.do == "list"]
        picks = [each for each in group if each[1].do != "list"]
        is_read_once = len(lists) + bool(picks) == 1
        pairs: sa.FromClause = (
            some.subquery("pairs") if is_read_once else self.world.engine.keep(name, some)
        )
        places = {key: pairs.c[f"l{at}"] for at, key in enumerate(lasts)}
        found = [self._picked(pairs, picks, places, name)] if picks else []
        for number, worked in lists:
            found.append(self._listed(pairs, self._condition_of[number], worked, name))
        if not is_read_once:
            self.world.engine.drop(name)
        return found

    def _picked(
        self,
        pairs: sa.FromClause,
        group: Iterable[tuple[int, Aggregate, Worked]],
        places: dict[Any, Any],
        name: str,
    ) -> sa.TableClause:
        cells: list[Any] = []
        for number, item, worked in group:
            condition = self._condition_of[number]
            many = pairs.c[f"n_{condition}"]
            value = sa.case((many > 0, pairs.c.value))
            if item.do == "count_distinct":
                cells.append(sa.func.count(value).label(worked.column))
            elif item.do == "most_frequent":
                order: list[Value] = [-many]
                last = places.get((condition, self._on(item)))
                if last is not None:
                    # The later first; without a time last of all.
                    order.append(sa.func.coalesce(-_number(last), FAR))
                order.append(pairs.c.value)
                cells.append(do.first_of(value, order).label(worked.column))
        picked = self.world.engine.keep(
            f"{name}_picked", sa.select(pairs.c.owner, *cells).group_by(pairs.c.owner)
        )
        for _, item, worked in group:
            if item.do == "count_distinct":
                cell = sa.func.coalesce(picked.c[worked.column], 0)
                self.cells[worked.column] = _as(cell, worked)
            elif item.do == "most_frequent":
                self.cells[worked.column] = _as(picked.c[worked.column], worked)
        return picked

    def _listed(
        self, pairs: sa.FromClause, condition: str, worked: Worked, name: str
    ) -> sa.TableClause:
        place = sa.func.row_number().over(partition_by=pairs.c.owner, order_by=pairs.c.value)
        ranked = (
            sa.select(
                pairs.c.owner,
                do.text_of(pairs.c.value).label("text"),
                sa.type_coerce(place, NUMBER).label("place"),
            )
            .where(pairs.c[f"n_{condition}"] > 0)
            .subquery("ranked")
        )
        text = sa.case((ranked.c.place > MOST_LISTED, sa.literal(MORE)), else_=ranked.c.text)
        listed = self.world.engine.keep(
            f"{name}_{worked.column}",
            sa.select(
                ranked.c.owner,
                do.listed(sa.type_coerce(text, sa.Text()), ranked.c.place).label("list"),
            )
            .where(ranked.c.place <= MOST_LISTED + 1)
            .group_by(ranked.c.owner),
        )
        empty = do.list_of_json(sa.literal("[]"))
        self.cells[worked.column] = sa.func.coalesce(listed.c["list"], empty)
        return listed


def _number(time: Value) -> Value:
    """A day or an instant as a whole number."""
    if isinstance(time.type, sa.Date):
        return do.days_between(sa.literal(EPOCH, sa.Date()), time)
    return do.epoch_micros(time)


def _as(value: Value, worked: Worked) -> Value:
    """A figure as the column that it becomes."""
    core = worked.core
    if isinstance(core, sa.Numeric | sa.Integer | sa.Float) and not _alike(value.type, core):
        return do.try_cast(value, core)
    return sa.type_coerce(value, core)


def _alike(one: Any, other: Any) -> bool:
    return type(one) is type(other) and not isinstance(one, sa.Numeric)


def _shape(condition: Value) -> Any:
    """Tells conditions apart, the values in them too."""
    key = condition._generate_cache_key()
    return id(condition) if key is None else (key.key, *(repr(b.value) for b in key.bindparams))
