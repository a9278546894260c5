"""When people order (section 4): first and last, gaps, what they are late for, habits."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    DOUBLE,
    count,
    middle,
    number,
    pick,
    root,
    share,
    whole_total,
)
from tresse.datasets.scores.base import Facts, Figures, Measures, Output, Row, Score, Settings
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.figures import ORDERS
from tresse.engine import columns as do
from tresse.engine.types import Instant
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
DAYS = "days"
N = Output("purchase_days", "integer", N_("Purchase days"), 0)
FIRST = Output("first_day", "date", N_("First purchase day"))
LAST = Output("last_day", "date", N_("Last purchase day"))
SINCE = Output("days_since", "integer", N_("Days since the last order"), 0, unit=DAYS)
YEAR = 365.25


class Rhythm(Score):
    """Figures of purchase days: n, the first and the last."""

    group = "rhythm"
    needs = (ORDERS,)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`n`, `first`, `last`."""
        days = inputs.days
        return {
            "days": {
                "n": count(),
                "first": sa.func.min(days.c.day),
                "last": sa.func.max(days.c.day),
            }
        }


def days_in(row: Row) -> Value:
    """n, 0 without orders."""
    return sa.func.coalesce(row["n"], 0)


def until(inputs: Inputs, day: Value) -> Value:
    """Days from one to t0."""
    return do.days_between(day, sa.literal(inputs.today, sa.Date()))


def mean_gap(row: Row) -> Value:
    """(last day − first day) ÷ (n − 1); NULL for n < 2."""
    return share(do.days_between(row["first"], row["last"]), row["n"] - 1)


class OrderAt(Score):
    """When the first or the last order was."""

    group = "rhythm"
    needs = (ORDERS,)
    has_time = False

    def __init__(self, name: str, label: str, told: str, meaning: str) -> None:
        self.name, self.label, self.told, self.meaning = name, label, told, meaning
        self.is_first = name.startswith("first")
        self.formula = f"{'min' if self.is_first else 'max'} ordered_at"
        self.outputs = (Output(name, "datetime", label),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`at`."""
        found = (sa.func.min if self.is_first else sa.func.max)(inputs.orders.c.at)
        return {"orders": {"at": sa.type_coerce(found, Instant())}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {self.name: row["at"]}


class DaysSince(Rhythm):
    """Days from the first or the last order to t0."""

    def __init__(self, name: str, label: str, told: str, meaning: str, part: Output) -> None:
        self.name, self.label, self.told, self.parts = name, label, told, (part,)
        self.meaning = meaning
        self.formula = f"t0 − {'first' if part is FIRST else 'last'} purchase day"
        self.outputs = (Output(name, "integer", label, 0, unit=DAYS),)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        [part] = self.parts
        day = row["first" if part is FIRST else "last"]
        return {self.name: until(inputs, day), part.name: day}


class TimeBetweenOrders(Rhythm):
    """The mean gap between purchase days."""

    name = "time_between_orders"
    label = N_("Time between orders")
    formula = "(last day − first day) ÷ (n − 1)"
    meaning = N_("Days between two purchase days, on average.")
    told = N_(
        "Purchase days: {purchase_days}, from {first_day} to {last_day}; "
        "{time_between_orders} apart on average."
    )
    outputs = (Output("time_between_orders", "number", N_("Time between orders"), 1, unit=DAYS),)
    parts = (N, FIRST, LAST)
    source = "parity Brevo"
    has_time = False

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for n < 2."""
        return {
            self.name: mean_gap(row),
            N.name: days_in(row),
            FIRST.name: row["first"],
            LAST.name: row["last"],
        }


class MedianTimeBetweenOrders(Rhythm):
    """The middle gap between purchase days."""

    name = "median_time_between_orders"
    label = N_("Median time between orders")
    formula = "median of the gaps between purchase days"
    meaning = N_("Days between two purchase days, the middle one of the gaps.")
    told = N_(
        "Purchase days: {purchase_days}; the middle one of the gaps is "
        "{median_time_between_orders}."
    )
    outputs = (
        Output(
            "median_time_between_orders", "number", N_("Median time between orders"), 1, unit=DAYS
        ),
    )
    parts = (N,)
    has_time = False

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`gaps`: a row per person with two purchase days or more."""
        days = inputs.days
        return {"gaps": inputs.keep("median_gap", middle(days, days.c.gap, by=days.c.id))}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for n < 2."""
        return {self.name: row.of("gaps", "middle"), N.name: days_in(row)}


def gaps(inputs: Inputs) -> Mapping[str, Value]:
    """`gaps`, `squares`: sums of the gaps and of their squares, whole."""
    gap = inputs.days.c.gap
    return {"gaps": whole_total(gap), "squares": whole_total(gap * gap)}


def variation(row: Row) -> Value:
    """CV of the gaps: sample standard deviation ÷ mean, worked out of whole sums.

    With k gaps of sum s and sum of squares q it is √(k (k q − s²) ÷ (k − 1)) ÷ s. NULL for n < 3.
    """
    pauses = row["n"] - 1
    total, squares = number(row["gaps"]), number(row["squares"])
    spread = number(pauses) * squares - total * total
    # Squares beyond 53 bits are rounded, which could leave something below 0.
    inner = share(spread * number(pauses), pauses - 1)
    at_least_0 = sa.case((inner < 0, sa.literal(0.0, DOUBLE)), else_=inner)
    return sa.case((row["n"] > 2, share(root(at_least_0), total)))


class OrderRegularity(Rhythm):
    """How much the gaps differ: 0 is a clock."""

    name = "order_regularity"
    label = N_("Regularity of orders")
    formula = "sample standard deviation of the gaps ÷ their mean"
    meaning = N_("How much the gaps between purchase days differ; 0 is perfectly regular.")
    told = N_(
        "Purchase days: {purchase_days}; {time_between_orders} apart on average, with a "
        "standard deviation of {order_regularity} of that."
    )
    outputs = (Output("order_regularity", "number", N_("Regularity of orders"), 0),)
    parts = (N, Output("time_between_orders", "number", N_("Time between orders"), 1, unit=DAYS))
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Sums of gaps too."""
        found = super().measures(inputs, settings)
        return {"days": {**found["days"], **gaps(inputs)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for n < 3."""
        return {
            self.name: variation(row),
            N.name: days_in(row),
            "time_between_orders": mean_gap(row),
        }


class OrdersPerYear(Rhythm):
    """N by the years since the first order."""

    name = "orders_per_year"
    label = N_("Orders a year")
    formula = "N ÷ max(1, years since the first order)"
    meaning = N_("Orders a year since the first one.")
    told = N_("Orders since {first_day}: {orders}; {orders_per_year} a year.")
    outputs = (Output("orders_per_year", "number", N_("Orders a year"), 0),)
    parts = (Output("orders", "integer", N_("Orders"), 0), FIRST)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """N too."""
        return {**super().measures(inputs, settings), "orders": {"orders": count()}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders; the first year counts as a whole one."""
        days = number(until(inputs, row["first"]))
        year = sa.literal(YEAR, DOUBLE)
        return {
            self.name: share(
                number(row["orders"]) * year, sa.case((days < year, year), else_=days)
            ),
            "orders": sa.func.coalesce(row["orders"], 0),
            FIRST.name: row["first"],
        }


class TimeToSecondOrder(Rhythm):
    """The first gap."""

    name = "time_to_second_order"
    label = N_("Time to the second order")
    formula = "second − first purchase day"
    meaning = N_("Days from the first to the second purchase day.")
    told = N_("The second purchase day came {time_to_second_order} after {first_day}.")
    outputs = (
        Output("time_to_second_order", "integer", N_("Time to the second order"), 1, unit=DAYS),
    )
    parts = (FIRST,)
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """The gap before the second day too."""
        days = inputs.days
        found = super().measures(inputs, settings)
        return {"days": {**found["days"], "second": pick(days.c.gap, days.c.place == 2)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for n < 2."""
        return {self.name: row["second"], FIRST.name: row["first"]}


RHYTHM = (
    OrderAt(
        "first_order_at",
        N_("First order"),
        N_("The first order was at {first_order_at}."),
        N_("When the person first ordered."),
    ),
    OrderAt(
        "last_order_at",
        N_("Last order"),
        N_("The last order was at {last_order_at}."),
        N_("When the person last ordered."),
    ),
    DaysSince(
        "days_since_last_order",
        N_("Days since the last order"),
        N_("The last order was on {last_day}, {days_since_last_order} ago."),
        N_("Days since the person last ordered."),
        LAST,
    ),
    DaysSince(
        "days_since_first_order",
        N_("Days since the first order"),
        N_("The first order was on {first_day}, {days_since_first_order} ago."),
        N_("Days since the person first ordered."),
        FIRST,
    ),
    TimeBetweenOrders(),
    MedianTimeBetweenOrders(),
    OrderRegularity(),
    OrdersPerYear(),
    TimeToSecondOrder(),
)
