"""How values of a column are spread over people, how they moved, and who is behind a bar (SC73)."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.layout import Worked
from tresse.datasets.models import DatasetVersion
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.library import use_named, uses_of
from tresse.datasets.scores.saying import value_shown
from tresse.engine.base import Engine
from tresse.engine.types import Instant
from tresse.kernel.errors import UNKNOWN_NAME, nearest

Value = sa.ColumnElement[Any]
MOST_BARS, MOST_VALUES = 20, 50
NUMBERS = ("integer", "decimal", "number")
STEPS = (1, 2, 5)
"Widths of bars are these times a power of ten."
DAY_STEPS = (1, 2, 7, 14, 30, 61, 91, 183, 365, 730, 1_826, 3_652)


@dataclass(frozen=True, slots=True)
class Bar:
    """Golden records whose value is in a range, or is one value.

    A range holds its lower end and not its upper one; the last one holds both. All of None: those
    without a value.
    """

    count: int
    label: str
    value: Any = None
    low: Any = None
    high: Any = None
    is_last: bool = False

    @property
    def is_range(self) -> bool:
        """Whether it is of more than one value."""
        return self.low is not None

    @property
    def is_empty(self) -> bool:
        """Whether it is of those without a value."""
        return self.value is None and self.low is None


@dataclass(frozen=True, slots=True)
class Distribution:
    """The values of a column: ranges from low to high, or values with the most frequent first."""

    column: Worked
    output: Output | None
    "None: it is no column of a score."
    bars: tuple[Bar, ...]
    nulls: int
    "Golden records without a value."
    others: int = 0
    "With a value that is none of the bars: of texts only the most frequent are there."


@dataclass(frozen=True, slots=True)
class Move:
    """People who went from one value to another since a version."""

    old: str | None
    "Canonical text; None for nothing."
    new: str | None
    count: int


# Spread


def column_of(version: DatasetVersion, name: str) -> tuple[Worked, Output | None]:
    """A computed column of a version, with what its score says of it.

    Raises:
        TresseError: `unknown_name`.
    """
    for use in uses_of(version):
        for column, output in use.columns:
            if column.name == name:
                return column, output
    computed = _computed(version)
    for each in computed:
        if each.name == name:
            return each, None
    sort = gettext("computed column of {name}").format(name=version.dataset.name)
    known = [each.name for each in computed]
    raise UNKNOWN_NAME(sort=sort, name=name, nearest=nearest(name, known), known=known)


def _computed(version: DatasetVersion) -> Sequence[Worked]:
    return [Worked(**each, number=number) for number, each in enumerate(version.computed)]


def distribution(
    engine: Engine, version: DatasetVersion, column: str, bars: int = MOST_BARS
) -> Distribution:
    """How the values of a computed column are spread over the golden records of a version.

    Numbers and days of many values are parted into at most `bars` ranges of one round width; all
    else, and numbers of no more values than that, is counted by value.

    Raises:
        TresseError: `unknown_name`.
    """
    worked, output = column_of(version, column)
    table = tables_of(engine, version).computed
    cell = table.c[worked.column]
    nulls = int(
        engine.scalar(sa.select(sa.func.count()).select_from(table).where(cell.is_(None))) or 0
    )
    found, others = bars_of(engine, table, cell, worked, output, bars)
    return Distribution(worked, output, tuple(found), nulls, others)


def bars_of(
    engine: Engine,
    table: sa.FromClause,
    cell: Value,
    worked: Worked,
    output: Output | None,
    bars: int = MOST_BARS,
) -> tuple[list[Bar], int]:
    """How the values of any column are spread over the rows of a table; see `distribution`.

    Returns:
        Bars, and how many rows have a value that is none of them.
    """
    if worked.type in (*NUMBERS, "date", "datetime"):
        few = _by_value(engine, table, cell, most=bars + 1)
        is_few = len(few) <= bars and worked.type not in ("datetime",)
        is_whole = worked.type != "integer" or _is_dense(few, bars)
        if not (is_few and is_whole):
            ranges = _ranges(engine, table, cell, worked, output, bars)
            return ranges, 0
        found = sorted(few)
    else:
        found = _by_value(engine, table, cell, most=MOST_VALUES)
    counted = sum(count for _, count in found)
    known = int(
        engine.scalar(sa.select(sa.func.count()).select_from(table).where(cell.is_not(None))) or 0
    )
    return _value_bars(found, output, worked), known - counted


def _is_dense(found: Sequence[tuple[Any, int]], bars: int) -> bool:
    values = [value for value, _ in found]
    return not values or max(values) - min(values) < 2 * bars


def _by_value(
    engine: Engine, table: sa.FromClause, cell: Value, most: int
) -> list[tuple[Any, int]]:
    number = sa.func.count().label("number")
    statement = (
        sa.select(cell.label("value"), number)
        .select_from(table)
        .where(cell.is_not(None))
        .group_by(cell)
        .order_by(number.desc(), cell)
        .limit(most)
    )
    return [(value, int(count)) for value, count in engine.rows(statement)]


def _value_bars(
    found: Sequence[tuple[Any, int]], output: Output | None, worked: Worked
) -> list[Bar]:
    counts = {_key(value): (value, count) for value, count in found}
    # Categories in the order of their score, those that nobody has too.
    for name, _ in output.choices if output and worked.type == "text" else ():
        counts.setdefault(name, (name, 0))
    order = list(counts)
    if output is not None and output.choices:
        places = {name: place for place, (name, _) in enumerate(output.choices)}
        order.sort(key=lambda key: places.get(key, len(places)))
    return [
        Bar(count, value_shown(value, output) or "", value=value)
        for value, count in (counts[key] for key in order)
    ]


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _ranges(
    engine: Engine,
    table: sa.FromClause,
    cell: Value,
    worked: Worked,
    output: Output | None,
    bars: int,
) -> list[Bar]:
    [(low, high)] = engine.rows(sa.select(sa.func.min(cell), sa.func.max(cell)).select_from(table))
    if low is None:
        return []
    edges = edges_between(low, high, bars, is_whole=worked.type == "integer")
    literals = [sa.literal(each, _core(worked)) for each in edges]
    place = sa.case(
        *((cell < edge, at) for at, edge in enumerate(literals[1:-1])), else_=len(edges) - 2
    )
    placed = sa.select(place.label("place")).select_from(table).where(cell.is_not(None))
    rows = placed.subquery("placed")
    counted = dict(engine.rows(sa.select(rows.c.place, sa.func.count()).group_by(rows.c.place)))
    last = len(edges) - 2
    return [
        Bar(
            int(counted.get(at, 0)),
            f"{value_shown(edges[at], output)} – {value_shown(edges[at + 1], output)}",
            low=edges[at],
            high=edges[at + 1],
            is_last=at == last,
        )
        for at in range(last + 1)
    ]


def _core(worked: Worked) -> Any:
    return Instant() if worked.type == "datetime" else worked.core


def edges_between(low: Any, high: Any, bars: int, *, is_whole: bool = False) -> list[Any]:
    """Edges of at most `bars` ranges of one round width that hold both ends; two at least."""
    if isinstance(low, date):
        return _day_edges(low, high, bars)
    start, end = Decimal(str(low)), Decimal(str(high))
    width = _width((end - start) / bars, is_whole=is_whole)
    first = (start / width).to_integral_value("ROUND_FLOOR") * width
    while first + width * bars < end:
        width = _width(width * Decimal("1.01"), is_whole=is_whole)
        first = (start / width).to_integral_value("ROUND_FLOOR") * width
    number = max(1, math.ceil((end - first) / width))
    edges = [first + width * at for at in range(number + 1)]
    if isinstance(low, int):
        return [int(each) for each in edges]
    return [float(each) for each in edges] if isinstance(low, float) else edges


def _width(least: Decimal, *, is_whole: bool) -> Decimal:
    """The least round width that is not below `least`."""
    if least <= 0:
        return Decimal(1)
    power = Decimal(10) ** math.floor(least.log10())
    width = next((power * step for step in STEPS if power * step >= least), power * 10)
    return max(width, Decimal(1)) if is_whole else width


def _day_edges(low: Any, high: Any, bars: int) -> list[Any]:
    is_time = isinstance(low, datetime)
    first = low.astimezone(UTC).date() if is_time else low
    last = high.astimezone(UTC).date() if is_time else high
    days = (last - first).days + 1
    width = next((step for step in DAY_STEPS if step * bars >= days), math.ceil(days / bars))
    number = math.ceil(days / width)
    found = [first + timedelta(days=width * at) for at in range(number + 1)]
    if not is_time:
        return found
    return [datetime.combine(each, datetime.min.time(), UTC) for each in found]


def people_behind(
    version: DatasetVersion,
    column: str,
    low: Any = None,
    high: Any = None,
    *,
    value: Any = None,
    is_last: bool = False,
) -> dict[str, Any]:
    """A filter (G1) that finds the golden records of a bar.

    Args:
        version: Whose.
        column: A computed column.
        low: Of a range, which holds it.
        high: Of a range, which does not hold it unless `is_last`.
        value: One value; of a list, one that is in it. Without `low` and `high`, None finds those
            without a value.
        is_last: See `high`.

    Raises:
        TresseError: `unknown_name`.
    """
    worked, _ = column_of(version, column)
    if low is None and high is None:
        if value is None:
            return {"property": column, "operator": "is_empty"}
        operator = {"list": "contains", "date": "on", "datetime": "on"}.get(worked.type, "is")
        return {"property": column, "operator": operator, "value": _plain(value)}
    is_time = worked.type in ("date", "datetime")
    least, most = ("on_or_after", "before") if is_time else ("at_least", "less_than")
    if is_last:
        most = "on_or_before" if is_time else "at_most"
    parts = []
    if low is not None:
        parts.append({"property": column, "operator": least, "value": _plain(low)})
    if high is not None:
        parts.append({"property": column, "operator": most, "value": _plain(high)})
    return {"all": parts}


def behind(version: DatasetVersion, column: str, bar: Bar) -> dict[str, Any]:
    """The filter that finds the golden records of a bar of `distribution`."""
    return people_behind(version, column, bar.low, bar.high, value=bar.value, is_last=bar.is_last)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


# Movement


def movement(
    engine: Engine, version: DatasetVersion, key: str, since: date | datetime | int
) -> list[Move]:
    """People by where they stood and where they stand: those whose value is another now (SC73).

    Who went to and fro is not among them. Of a score of several columns the first category counts,
    else its first column.

    Args:
        engine: Reads the version.
        version: Which.
        key: Of a use of a score, or of one of its columns.
        since: Changes of this day, or moment, and later; or of versions after this number.

    Raises:
        TresseError: `unknown_name`.
    """
    name = moving_column(version, key).name
    changes = tables_of(engine, version).changes
    if isinstance(since, int):
        later = changes.c.version > since
    else:
        start = since if isinstance(since, datetime) else _midnight(since, version)
        later = changes.c.at >= sa.literal(start, Instant())
    own = (
        sa.select(changes.c.id, changes.c.old, changes.c.new, changes.c.version)
        .where(changes.c.name == name, later)
        .subquery("own")
    )
    place: dict[str, Any] = {"partition_by": own.c.id}
    first = sa.func.row_number().over(**place, order_by=own.c.version)
    last = sa.func.row_number().over(**place, order_by=own.c.version.desc())
    ranked = sa.select(
        own.c.id, own.c.old, own.c.new, first.label("up"), last.label("down")
    ).subquery("ranked")
    began, ended = ranked.alias("began"), ranked.alias("ended")
    number = sa.func.count().label("number")
    statement = (
        sa.select(began.c.old, ended.c.new, number)
        .select_from(began.join(ended, ended.c.id == began.c.id))
        .where(began.c.up == 1, ended.c.down == 1, began.c.old.is_distinct_from(ended.c.new))
        .group_by(began.c.old, ended.c.new)
        .order_by(number.desc(), began.c.old.nulls_first(), ended.c.new.nulls_first())
    )
    return [Move(old, new, int(count)) for old, new, count in engine.rows(statement)]


def _midnight(day: date, version: DatasetVersion) -> datetime:
    """The begin of a day in the zone that the version was built in."""
    zone = ZoneInfo(str(version.basis.get("zone", "UTC")))
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def moving_column(version: DatasetVersion, key: str) -> Worked:
    """The column of a score that people move in: the one asked for, its category, its first one.

    Raises:
        TresseError: `unknown_name`.
    """
    found = use_named(version, key)
    for column, _ in found.columns:
        if column.name == key and key != found.key:
            return column
    categories = [column for column, output in found.columns if output.choices]
    texts = [column for column, _ in found.columns if column.type == "text"]
    return next(iter([*categories, *texts[-1:], found.columns[0][0]]))


# One record


@dataclass(frozen=True, slots=True)
class Change:
    """How a value of one golden record changed (SC15)."""

    score: str
    name: str
    old: str | None
    new: str | None
    version: int
    at: datetime
    reasons: list[Mapping[str, Any]]


def changes_of(tables: Tables, id_: str, names: Sequence[str] | None = None) -> list[Change]:
    """Changes of the scores of one golden record, latest first; of some columns or of all."""
    table = tables.changes
    statement = sa.select(*table.c).where(table.c.id == id_)
    if names is not None:
        statement = statement.where(table.c.name.in_(list(names)))
    rows = tables.engine.rows(statement.order_by(table.c.version.desc(), table.c.name))
    return [
        Change(score, name, old, new, int(version), at, json.loads(reasons or "[]"))
        for _, score, name, old, new, version, at, reasons in rows
    ]
