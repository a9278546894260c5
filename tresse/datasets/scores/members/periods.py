"""Shopping periods of the year, and in which of them people ordered (SC29)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.scores.base import (
    Facts,
    Figures,
    Measures,
    Output,
    Row,
    Score,
    Setting,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.figures import ORDERS, step
from tresse.datasets.scores.refusals import PERIOD_UNREADABLE, PERIODS_NONE
from tresse.engine import columns as do
from tresse.engine.relations import TextList
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
PERIODS: tuple[Mapping[str, Any], ...] = (
    {"name": "valentine", "from": "02-07", "to": "02-14"},
    {"name": "easter", "around": "easter", "before": 7, "after": 0},
    {"name": "halloween", "from": "10-24", "to": "10-31"},
    {"name": "black_friday", "around": "black_friday", "before": 4, "after": 3},
    {"name": "christmas", "from": "12-18", "to": "12-25"},
)
"Whole days, both ends included; one whose end is before its beginning goes into the next year."
MOST_PERIODS, MOST_DAYS, LONGEST_NAME = 50, 60, 60
LEAP_YEAR = 2000


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Source:
        Meeus, Jones, Butcher: the anonymous algorithm. Meeus, Astronomical Algorithms, 1991, 8.
    """
    golden, century, rest = year % 19, year // 100, year % 100
    leaps, left = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quarter, over = divmod(rest, 4)
    weekday = (32 + 2 * left + 2 * quarter - epact - over) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def black_friday(year: int) -> date:
    """The Friday after the fourth Thursday of November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1)


AROUND = {"easter": easter, "black_friday": black_friday}
"Days that move, by name."


def days_of_period(period: Mapping[str, Any], year: int) -> tuple[date, date]:
    """First and last day of a period that begins in, or lies around a day of, a year."""
    if "around" in period:
        day = AROUND[period["around"]](year)
        return (
            day - timedelta(days=int(period.get("before", 0))),
            day + timedelta(days=int(period.get("after", 0))),
        )
    first, last = _in_year(period["from"], year), _in_year(period["to"], year)
    return first, last if last >= first else _in_year(period["to"], year + 1)


def _in_year(text: str, year: int) -> date:
    """`12-18`; 29 February is the 28th where there is none."""
    month, day = (int(each) for each in text.split("-"))
    if (month, day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return date(year, month, day)


def calendar(
    periods: Sequence[Mapping[str, Any]], first: date, last: date
) -> Iterator[tuple[date, str]]:
    """Every day from `first` to `last` that is in a period, with its name."""
    years = range(max(first.year - 1, 2), min(last.year + 1, 9998) + 1)
    for period in periods:
        for year in years:
            start, end = days_of_period(period, year)
            for number in range((end - start).days + 1):
                day = start + timedelta(days=number)
                if first <= day <= last:
                    yield day, str(period["name"])


class KeyShoppingPeriods(Score):
    """Periods with at least one order."""

    name = "key_shopping_periods"
    label = N_("Key shopping periods")
    group = "rhythm"
    formula = "periods with at least one order, by code point"
    meaning = N_("Shopping periods, such as Christmas, in which the person ordered.")
    told = N_("Purchase days: {purchase_days}; periods with any of them: {key_shopping_periods}.")
    needs = (ORDERS,)
    outputs = (Output("key_shopping_periods", "list", N_("Key shopping periods")),)
    parts = (Output("purchase_days", "integer", N_("Purchase days"), 0),)
    settings = (
        Setting(
            "periods",
            "table",
            N_("Periods"),
            PERIODS,
            hint=N_(
                "Each as name: sales, from: 06-24, to: 07-21, or as name: easter, around: easter, "
                "before: 7, after: 0."
            ),
        ),
    )
    source = "parity Brevo"
    has_time = False

    def check(self, settings: Settings) -> None:
        """Refuse periods that cannot be read."""
        periods = settings["periods"]
        is_list = isinstance(periods, Sequence) and not isinstance(periods, str)
        if not is_list or len(periods) > MOST_PERIODS:
            raise PERIODS_NONE(most=MOST_PERIODS)
        for period in periods:
            if not _is_readable(period):
                raise PERIOD_UNREADABLE(period=str(period), around=", ".join(AROUND))

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """How many purchase days."""
        return {"days": {"n": sa.func.count(inputs.days.c.day)}}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`periods`: `names`, of those who ordered in one."""
        days = inputs.days
        first = inputs.engine.scalar(sa.select(sa.func.min(days.c.day))) or inputs.today
        cells = list(zip(*calendar(settings["periods"], first, inputs.today), strict=True))
        found, names = cells or ((), ())
        batch = pa.RecordBatch.from_pydict(
            {"day": pa.array(found, pa.date32()), "period": pa.array(names, pa.string())}
        )
        known = inputs.load(
            step("calendar", settings),
            [batch],
            [sa.column("day", sa.Date()), sa.column("period", sa.Text())],
        )
        chosen = (
            sa.select(days.c.id, do.gathered(known.c.period).label("names"))
            .select_from(days.join(known, known.c.day == days.c.day))
            .group_by(days.c.id)
        )
        return {"periods": inputs.keep(step("periods", settings), chosen)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """An empty list where there is none."""
        names = row.of("periods", "names")
        nothing = do.list_of_json(sa.literal("[]"))
        return {
            self.name: sa.type_coerce(sa.func.coalesce(names, nothing), TextList()),
            "purchase_days": sa.func.coalesce(row["n"], 0),
        }


def _is_readable(period: Any) -> bool:
    if not isinstance(period, Mapping):
        return False
    name = period.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return False
    if "around" in period:
        lengths = [period.get(each, 0) for each in ("before", "after")]
        return (
            set(period) <= {"name", "around", "before", "after"}
            and period["around"] in AROUND
            and all(type(each) is int and 0 <= each <= MOST_DAYS for each in lengths)
        )
    return set(period) == {"name", "from", "to"} and all(
        _is_day(period[each]) for each in ("from", "to")
    )


def _is_day(text: Any) -> bool:
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{text}")
    except ValueError:
        return False
    return True


PERIODS_OF_YEAR = (KeyShoppingPeriods(),)
