"""When in the week, the day and the year people order (section 4)."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import WHOLE, count
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
from tresse.datasets.scores.members.figures import ORDERS
from tresse.engine import columns as do
from tresse.engine.constructs_formulas import call
from tresse.engine.types import Instant
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
MIN_ORDERS = Setting(
    "min_orders", "whole", N_("Fewest orders"), 2, 1, hint=N_("Whoever has fewer gets no value.")
)
TIMES = (
    ("night", N_("Night, 0 to 6 h")),
    ("morning", N_("Morning, 6 to 12 h")),
    ("afternoon", N_("Afternoon, 12 to 18 h")),
    ("evening", N_("Evening, 18 to 24 h")),
)
HOURS = 6
"Of each of these."
VALUES, SECONDS, MOST_ORDERS = 2**4, 2**39, 2**20 - 1
"Room in a whole number of 63 bits; more orders than that count as so many."
MICROS = 1_000_000
SINCE_YEAR_0 = 62_200_000_000
"Makes seconds since 1970 positive: those of the year 9999 fit `SECONDS` still."
Reading = Callable[[Inputs], Value]


def weekday(inputs: Inputs) -> Value:
    """Of the day of an order, 1 is Monday."""
    return call("weekday", WHOLE, inputs.orders.c.day)


def month(inputs: Inputs) -> Value:
    """Of the day of an order."""
    return call("month", WHOLE, inputs.orders.c.day)


def quarter_of_day(inputs: Inputs) -> Value:
    """Number of the part of the day in the account's zone; NULL where orders tell days alone."""
    if not inputs.has_hours:
        return sa.cast(sa.null(), WHOLE)
    hour = call("hour", WHOLE, inputs.orders.c.at, sa.literal(inputs.zone))
    return do.quotient(hour, sa.literal(HOURS, WHOLE))


class Habit(Score):
    """What most orders of a person have in common; of two alike, what the latest order has."""

    group = "rhythm"
    needs = (ORDERS,)
    settings = (MIN_ORDERS,)
    has_time = False

    def __init__(
        self, output: Output, formula: str, told: str, meaning: str, reading: Reading
    ) -> None:
        """See the class; `reading` gives a whole number, by its place in the choices if any."""
        self.name, self.label, self.formula, self.told = output.name, output.label, formula, told
        self.meaning = meaning
        self.outputs, self.reading = (output,), reading
        self.parts = (
            Output("orders_there", "integer", N_("Orders there"), 0),
            Output("orders", "integer", N_("Orders"), 0),
        )

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """N."""
        return {"orders": {"orders": count()}}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`most`: per buyer `value`, and `orders` of it."""
        orders = inputs.orders
        found = self.reading(inputs).label("value")
        latest = sa.type_coerce(sa.func.max(orders.c.at), Instant()).label("latest")
        by_value = (
            sa.select(orders.c.id, found, count().label("orders"), latest)
            .group_by(orders.c.id, found)
            .subquery("by_value")
        )
        best = sa.type_coerce(sa.func.max(_packed(by_value)), WHOLE).label("best")
        chosen = (
            sa.select(by_value.c.id, best)
            .where(by_value.c.value.is_not(None))
            .group_by(by_value.c.id)
            .subquery("chosen")
        )
        statement = sa.select(
            chosen.c.id,
            (VALUES - 1 - do.remainder(chosen.c.best, sa.literal(VALUES, WHOLE))).label("value"),
            do.quotient(chosen.c.best, sa.literal(VALUES * SECONDS, WHOLE)).label("orders"),
        )
        return {"most": inputs.keep(self.name, statement)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL under `min_orders`."""
        [output] = self.outputs
        value = row.of("most", "value")
        if output.choices:
            names = [sa.literal(name) for name, _ in output.choices]
            value = sa.case(*((value == place, name) for place, name in enumerate(names)))
        is_enough = row["orders"] >= int(settings["min_orders"])
        return {
            self.name: sa.case((is_enough, value)),
            "orders_there": sa.case((is_enough, row.of("most", "orders"))),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


def _packed(rows: Any) -> Value:
    """Orders, then the latest, then the lesser value, as one whole number: the greatest is wanted.

    Orders of one second have the same hour, weekday and month, so that seconds will do.
    """
    number = sa.func.least(rows.c.orders, sa.literal(MOST_ORDERS, WHOLE))
    micros = do.epoch_micros(rows.c.latest) + SINCE_YEAR_0 * MICROS
    seconds = do.quotient(micros, sa.literal(MICROS, WHOLE))
    packed: Value = number * (VALUES * SECONDS) + seconds * VALUES + (VALUES - 1 - rows.c.value)
    return packed


HABITS = (
    Habit(
        Output("preferred_weekday", "integer", N_("Preferred weekday"), 1, 7),
        "weekday of most orders, 1 is Monday; tie: the one with the latest order",
        N_("Orders on weekday {preferred_weekday}: {orders_there} of {orders}."),
        N_("The weekday on which the person orders most often."),
        weekday,
    ),
    Habit(
        Output("preferred_time", "text", N_("Preferred time of day"), choices=TIMES),
        "night 0–6 h, morning, afternoon or evening of most orders; tie: the one with the latest "
        "order",
        N_("Orders at this time of day ({preferred_time}): {orders_there} of {orders}."),
        N_("The time of day at which the person orders most often."),
        quarter_of_day,
    ),
    Habit(
        Output("preferred_month", "integer", N_("Preferred month"), 1, 12),
        "month of most orders; tie: the one with the latest order",
        N_("Orders in month {preferred_month}: {orders_there} of {orders}."),
        N_("The month in which the person orders most often."),
        month,
    ),
)
