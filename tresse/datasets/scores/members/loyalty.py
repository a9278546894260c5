"""How long and how steadily people buy, and their points (section 10)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import WHOLE, count, number, share, total
from tresse.datasets.scores.base import (
    Facts,
    Figures,
    Measures,
    Need,
    Output,
    Row,
    Score,
    Setting,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.figures import ORDERS, double, step
from tresse.engine import columns as do
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
QUARTER_DAYS = 1_461
"Days of four years: a year is 365.25 days (SC20)."
LONG_DAYS = 1_095
"Three years: the longest that counts of a tenure."
MANY_DAYS = 10
"Purchase days: the most that count."
HALF_LIFE_DAYS = 365
QUARTER = 25
"Points for each of four."


class CustomerStatus(Score):
    """Lead, buyer of one order, repeat or loyal customer."""

    name = "customer_status"
    label = N_("Customer status")
    group = "loyalty"
    has_time = False
    source = "parity Brevo"
    formula = "lead N = 0, one_time N = 1, repeat N < loyal_from, loyal N ≥ loyal_from"
    meaning = N_("How many orders the person placed, as a label from lead to loyal.")
    told = N_("Orders: {orders}. {customer_status}.")
    needs = (ORDERS,)
    outputs = (
        Output(
            name,
            "text",
            label,
            choices=(
                ("lead", N_("Lead")),
                ("one_time", N_("One-time customer")),
                ("repeat", N_("Repeat customer")),
                ("loyal", N_("Loyal customer")),
            ),
        ),
    )
    parts = (Output("orders", "integer", N_("Orders"), 0),)
    settings = (Setting("loyal_from", "whole", N_("Loyal from this many orders on"), 5, 2),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Orders."""
        return {"orders": {"orders": count()}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """Never NULL."""
        orders = sa.func.coalesce(row["orders"], 0)
        status = sa.case(
            (orders == 0, sa.literal("lead")),
            (orders == 1, sa.literal("one_time")),
            (orders < int(settings["loyal_from"]), sa.literal("repeat")),
            else_=sa.literal("loyal"),
        )
        return {self.name: status, "orders": orders}


class IsRepeat(Score):
    """Whether somebody bought on more than one day."""

    name = "is_repeat"
    label = N_("Repeat customer")
    group = "loyalty"
    has_time = False
    formula = "n ≥ 2"
    meaning = N_("Whether the person ordered on two days or more.")
    told = N_("Purchase days: {purchase_days}. A repeat customer: {is_repeat}.")
    needs = (ORDERS,)
    outputs = (Output(name, "boolean", label),)
    parts = (Output("purchase_days", "integer", N_("Purchase days"), 0),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Purchase days."""
        return {"days": {"days": count()}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {
            self.name: row["days"] >= 2,
            "purchase_days": sa.func.coalesce(row["days"], 0),
        }


def _tenure(inputs: Inputs, row: Row) -> tuple[Value, Value]:
    """The day since when somebody is known, and the days from it to t0; NULL if after t0.

    Args:
        inputs: Whose zone and t0 count.
        row: With a measure `first`: the day of the first order.
    """
    today = sa.literal(inputs.today, sa.Date())
    created = do.day_at(row.table.c.created_at, inputs.zone)
    first = row["first"]
    earlier = sa.case(
        (sa.and_(created <= today, sa.or_(first.is_(None), created <= first)), created),
        else_=first,
    )
    since = sa.type_coerce(earlier, sa.Date())
    return since, do.days_between(since, today)


class TenureDays(Score):
    """For how long somebody is known."""

    name = "tenure_days"
    label = N_("Days as a customer")
    group = "loyalty"
    formula = "t0 − the earlier of created_at and the day of the first order"
    meaning = N_("Days since the person is known.")
    told = N_("Known since {since}: {tenure_days}.")
    needs = (Need("contacts", is_alternative=True), replace(ORDERS, is_alternative=True))
    outputs = (Output(name, "integer", label, 0, unit="days"),)
    parts = (Output("since", "date", N_("Known since")),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """The first order."""
        return {"days": {"first": sa.func.min(inputs.days.c.day)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL where neither is known, or both are after t0."""
        since, days = _tenure(inputs, row)
        return {self.name: days, "since": since}


def _years(inputs: Inputs, name: str) -> sa.TableClause:
    """`id`, `years`: distinct years since the first order that have one."""
    days = inputs.days
    since = sa.select(days.c.id, days.c.day).where(days.c.place == 1).subquery("since")
    year = do.quotient(do.days_between(since.c.day, days.c.day) * 4, sa.literal(QUARTER_DAYS))
    each = (
        sa.select(days.c.id, sa.type_coerce(year, WHOLE).label("year"))
        .select_from(days.join(since, since.c.id == days.c.id))
        .distinct()
        .subquery("each")
    )
    return inputs.keep(name, sa.select(each.c.id, count().label("years")).group_by(each.c.id))


class ActiveYears(Score):
    """In how many years, counted from the first order, somebody bought."""

    name = "active_years"
    label = N_("Active years")
    group = "loyalty"
    has_time = False
    formula = "distinct years since the first order, counted from it, with an order"
    meaning = N_("Number of years with an order, counted from the first one.")
    told = N_("First order on {first_order}. Years with an order since then: {active_years}.")
    needs = (ORDERS,)
    outputs = (Output(name, "integer", label, 0),)
    parts = (Output("first_order", "date", N_("First order")),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """The first order."""
        return {"days": {"first": sa.func.min(inputs.days.c.day)}}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`years`: `id, years`."""
        return {"years": _years(inputs, step(self.name, {})).alias(f"{self.name}_years")}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without orders."""
        return {
            self.name: sa.func.coalesce(row.of("years", "years"), 0),
            "first_order": row["first"],
        }


class LoyaltyIndex(Score):
    """How often, how long, how steadily and how lately somebody buys, in one figure."""

    name = "loyalty_index"
    label = N_("Loyalty index")
    group = "loyalty"
    adds_up = True
    formula = (
        "25 × min(1, n ÷ 10) + 25 × min(1, tenure ÷ 1,095) + 25 × active_years ÷ years begun "
        "+ 25 × 2^(−days since last ÷ 365)"
    )
    meaning = N_(
        "How loyal the person is, from 0 to 100: purchase days, time, steadiness and recency."
    )
    told = N_(
        "{for_frequency} for the purchase days, {for_tenure} for the time as a customer, "
        "{for_steadiness} for the share of years with an order, {for_recency} for how lately the "
        "last one was: {loyalty_index} of 100."
    )
    needs = (ORDERS,)
    outputs = (Output(name, "number", label, 0, 100),)
    parts = (
        Output("for_frequency", "number", N_("For the purchase days"), 0, QUARTER),
        Output("for_tenure", "number", N_("For the time as a customer"), 0, QUARTER),
        Output("for_steadiness", "number", N_("For the share of years with an order"), 0, QUARTER),
        Output("for_recency", "number", N_("For how lately the last order was"), 0, QUARTER),
    )

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Purchase days, the first and the last."""
        day = inputs.days.c.day
        return {"days": {"days": count(), "first": sa.func.min(day), "last": sa.func.max(day)}}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`years`: `id, years`."""
        return {"years": _years(inputs, step("active_years", {})).alias(f"{self.name}_years")}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0, and parts of 0, without orders."""
        today = sa.literal(inputs.today, sa.Date())
        _, tenure = _tenure(inputs, row)
        ago = do.days_between(row["first"], today)
        begun = do.quotient(ago * 4, sa.literal(QUARTER_DAYS)) + 1
        since = do.days_between(row["last"], today)
        decay = do.power(2.0, share(since * -1, sa.literal(HALF_LIFE_DAYS)))
        parts = {
            "for_frequency": _of_most(row["days"], MANY_DAYS),
            "for_tenure": _of_most(tenure, LONG_DAYS),
            "for_steadiness": share(row.of("years", "years"), begun),
            "for_recency": decay,
        }
        points = {
            name: sa.func.coalesce(sa.case((row["days"] > 0, part * double(QUARTER))), double(0))
            for name, part in parts.items()
        }
        frequency, held, steadiness, recency = points.values()
        return {self.name: frequency + held + steadiness + recency, **points}


def _of_most(value: Value, most: int) -> Value:
    """A whole number as a share of the most that counts; 1 from there on."""
    return sa.case((value >= most, double(1)), else_=share(value, sa.literal(most)))


class PointsBalance(Score):
    """Points of the loyalty programme."""

    name = "points_balance"
    label = N_("Points")
    group = "loyalty"
    over = "loyalty"
    formula = "Σ points of loyalty entries up to t0"
    meaning = N_("Points that the loyalty entries add up to.")
    told = N_("Loyalty entries: {entries}. Points: {points_balance}.")
    needs = (Need("loyalty", ("at", "points")),)
    outputs = (Output(name, "number", label),)
    parts = (Output("entries", "integer", N_("Entries"), 0),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Points and entries."""
        return {"entries": {"points": total(inputs.table("entries").c.points), "entries": count()}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without entries."""
        return {
            self.name: number(row["points"]),
            "entries": sa.func.coalesce(row["entries"], 0),
        }


LOYALTY: tuple[Score, ...] = (
    CustomerStatus(),
    IsRepeat(),
    TenureDays(),
    ActiveYears(),
    LoyaltyIndex(),
    PointsBalance(),
)
