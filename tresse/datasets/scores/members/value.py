"""What people spent (section 3): orders, revenue, margin, lifetime value so far."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    MONEY,
    between,
    count,
    counted,
    exact,
    middle,
    number,
    or_zero,
    share,
    times,
    total,
)
from tresse.datasets.scores.base import MONEY as OF_MONEY
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
from tresse.datasets.scores.members.figures import ORDERS
from tresse.datasets.scores.windows import FIRST_DAY, days_of
from tresse.engine import columns as do
from tresse.engine.types import Instant
from tresse.kernel.marks import N_
from tresse.objects.kinds.days import Span

Value = sa.ColumnElement[Any]
YEAR = Setting("window", "window", N_("Window"), "12 months")
N = Output("orders", "integer", N_("Orders"), 0)
REVENUE = Output("revenue", "decimal", N_("Revenue"), 0, unit=OF_MONEY)


class Revenue(Score):
    """Figures of valid orders: how many there are, and what they are worth."""

    group = "value"
    needs = (ORDERS,)
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`orders` and `revenue`: N, and the sum of net amounts."""
        return {"orders": {"orders": count(), "revenue": total(inputs.orders.c.net)}}


class OrdersCount(Revenue):
    """N."""

    name = "orders_count"
    label = N_("Number of orders")
    formula = "N"
    meaning = N_("Number of valid orders.")
    told = N_("Valid orders: {orders_count}.")
    outputs = (Output("orders_count", "integer", N_("Number of orders"), 0),)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without orders."""
        return {self.name: sa.func.coalesce(row["orders"], 0)}


class RevenueTotal(Revenue):
    """Σ net."""

    name = "revenue_total"
    label = N_("Revenue")
    formula = "Σ net"
    meaning = N_("What all valid orders come to.")
    told = N_("Valid orders: {orders}; together {revenue_total}.")
    outputs = (Output("revenue_total", "decimal", N_("Revenue"), 0, unit=OF_MONEY),)
    parts = (N,)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without orders."""
        return {
            self.name: or_zero(row["revenue"]),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class RevenueInWindow(Score):
    """Σ net in a window."""

    name = "revenue_12m"
    label = N_("Revenue of the last 12 months")
    group = "value"
    formula = "Σ net in the window"
    meaning = N_("What the valid orders of the window come to.")
    told = N_("Valid orders in the window: {orders}; together {revenue_12m}.")
    needs = (ORDERS,)
    outputs = (Output("revenue_12m", "decimal", N_("Revenue of the window"), 0, unit=OF_MONEY),)
    parts = (N,)
    settings = (YEAR,)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """As of all orders, of those in the window."""
        orders = inputs.orders
        counts = inputs.within(settings["window"], orders.c.day)
        return {"orders": {"orders": counted(counts), "revenue": total(orders.c.net, counts)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without orders in it."""
        return {
            self.name: or_zero(row["revenue"]),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class AverageOrderValue(Revenue):
    """Σ net ÷ N."""

    name = "average_order_value"
    label = N_("Average order value")
    formula = "Σ net ÷ N"
    meaning = N_("What a valid order comes to on average.")
    told = N_("Valid orders: {orders}; together {revenue}, {average_order_value} each.")
    outputs = (
        Output("average_order_value", "decimal", N_("Average order value"), 0, unit=OF_MONEY),
    )
    parts = (REVENUE, N)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {
            self.name: do.mean(row["revenue"], row["orders"]),
            "revenue": or_zero(row["revenue"]),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class MedianOrderValue(Revenue):
    """The middle of the net amounts."""

    name = "median_order_value"
    label = N_("Median order value")
    formula = "median of net; even N: mean of the middle two"
    meaning = N_("What the middle one of the valid orders, by value, comes to.")
    told = N_("Valid orders: {orders}; the middle one is worth {median_order_value}.")
    outputs = (Output("median_order_value", "decimal", N_("Median order value"), 0, unit=OF_MONEY),)
    parts = (N,)

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`medians`: a row per buyer."""
        orders = inputs.orders
        found = middle(orders, orders.c.net, by=orders.c.id)
        return {"medians": inputs.keep("median_net", found)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {
            self.name: row.of("medians", "middle"),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class MaxOrderValue(Score):
    """The greatest net amount."""

    name = "max_order_value"
    label = N_("Value of the largest order")
    group = "value"
    formula = "max net"
    meaning = N_("What the largest order came to.")
    told = N_("The largest order was worth {max_order_value}.")
    needs = (ORDERS,)
    outputs = (Output("max_order_value", "decimal", label, 0, unit=OF_MONEY),)
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`value`."""
        return {"orders": {"value": sa.type_coerce(sa.func.max(inputs.orders.c.net), MONEY)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {self.name: row["value"]}


class EndOrderValue(Score):
    """The net amount of the first or the last order; of several at that moment, by `order_id`."""

    group = "value"
    needs = (ORDERS,)
    has_time = False

    def __init__(self, name: str, label: str, formula: str, told: str, meaning: str) -> None:
        self.name, self.label, self.formula, self.told = name, label, formula, told
        self.meaning = meaning
        self.outputs = (Output(name, "decimal", label, 0, unit=OF_MONEY),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`first` and `last`: when these orders were."""
        at = inputs.orders.c.at
        ends = {"first": sa.func.min(at), "last": sa.func.max(at)}
        return {"orders": {name: sa.type_coerce(end, Instant()) for name, end in ends.items()}}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`ends`: per buyer the net amounts `first` and `last`.

        Texts of ids are compared within these moments alone: among all orders that takes long.
        """
        orders = inputs.orders
        is_first, is_last = orders.c.at == row["first"], orders.c.at == row["last"]
        order = (orders.c.key, orders.c.order)
        first = do.first_of(sa.case((is_first, orders.c.net)), order)
        last = do.last_of(sa.case((is_last, orders.c.net)), order)
        found = (
            sa.select(orders.c.id, first.label("first"), last.label("last"))
            .select_from(orders.join(row.table, row.id == orders.c.id))
            .where(sa.or_(is_first, is_last))
            .group_by(orders.c.id)
        )
        return {"ends": inputs.keep("end_orders", found)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {self.name: row.of("ends", self.name.partition("_")[0])}


class RevenueTrend(Score):
    """How revenue moved from one window to the next."""

    name = "revenue_trend"
    label = N_("Trend of revenue")
    group = "value"
    formula = "(Σ this window − Σ window before) ÷ Σ window before"
    meaning = N_("How much more or less was spent in the window than in the one before.")
    told = N_("{revenue} in this window after {revenue_before} in the one before: {revenue_trend}.")
    needs = (ORDERS,)
    outputs = (Output("revenue_trend", "number", N_("Trend of revenue"), -1, unit="share"),)
    parts = (
        REVENUE,
        Output("revenue_before", "decimal", N_("Revenue of the window before"), 0, unit=OF_MONEY),
    )
    settings = (YEAR,)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`revenue` and `revenue_before`: of the window, and of the one before it."""
        orders = inputs.orders
        window = settings["window"]
        this = inputs.within(window, orders.c.day)
        before = _span_before(window, days_of(window, inputs.today))
        is_before: Value = sa.false()
        if before is not None:
            first, last = (sa.literal(day, sa.Date()) for day in (before.first, before.last))
            is_before = sa.and_(orders.c.day >= first, orders.c.day <= last)
        return {
            "orders": {
                "revenue": total(orders.c.net, this),
                "revenue_before": total(orders.c.net, is_before),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without revenue in the window before."""
        this, before = or_zero(row["revenue"]), row["revenue_before"]
        return {
            self.name: share(number(this) - number(before), before),
            "revenue": this,
            "revenue_before": or_zero(before),
        }


def _span_before(window: Any, span: Span) -> Span | None:
    """The window before one; None if all days before are in it, or there are none."""
    if span.first == FIRST_DAY:
        return None
    day_before = span.first - timedelta(days=1)
    if isinstance(window, Mapping) and set(window) & {"from", "to"}:
        length = span.last - span.first
        is_early = day_before - FIRST_DAY < length
        return Span(FIRST_DAY if is_early else day_before - length, day_before)
    is_previous = isinstance(window, Mapping) and "previous" in window
    return days_of(window, span.first if is_previous else day_before)


class MarginTotal(Score):
    """What is left of lines once their cost is paid."""

    name = "margin_total"
    label = N_("Margin")
    group = "value"
    formula = "Σ (line_amount − quantity × cost)"
    meaning = N_("What lines of orders brought in, less what the goods cost.")
    told = N_(
        "{amount} of lines with a known cost, less {cost}: {margin_total}. Lines without a cost: "
        "{lines_without_cost}."
    )
    needs = (
        ORDERS,
        Need("order_items", ("quantity",), ("line_amount", "unit_price")),
        Need("order_items", ("cost",)),
    )
    outputs = (Output("margin_total", "decimal", N_("Margin"), unit=OF_MONEY),)
    parts = (
        Output("amount", "decimal", N_("Amount of lines with a cost"), unit=OF_MONEY),
        Output("cost", "decimal", N_("Cost of goods"), unit=OF_MONEY),
        Output("lines_without_cost", "integer", N_("Lines without a cost"), 0),
    )
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`amount` and `cost` of lines that have both, and `without`."""
        lines = inputs.lines
        cost = times(exact(lines.c.quantity), lines.c.cost)
        has_both = sa.and_(lines.c.amount.is_not(None), cost.is_not(None))
        return {
            "lines": {
                "amount": total(lines.c.amount, has_both),
                "cost": total(cost, has_both),
                "without": counted(sa.or_(lines.c.amount.is_(None), cost.is_(None))),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 where no line has a cost."""
        return {
            self.name: do.try_cast(or_zero(row["amount"]) - or_zero(row["cost"]), MONEY),
            "amount": or_zero(row["amount"]),
            "cost": or_zero(row["cost"]),
            "lines_without_cost": sa.func.coalesce(row["without"], 0),
        }


class RefundRate(Score):
    """What was paid back, of all that was paid."""

    name = "refund_rate"
    label = N_("Refund rate")
    group = "value"
    formula = "Σ refunded ÷ Σ amount, of all paid orders"
    meaning = N_("Share of the amount paid that was paid back.")
    told = N_("{refunded} of {amount} was paid back: {refund_rate}.")
    needs = (Need("orders", ("ordered_at", "amount", "refunded")),)
    outputs = (Output("refund_rate", "number", N_("Refund rate"), 0, 1, unit="share"),)
    parts = (
        Output("refunded", "decimal", N_("Paid back"), unit=OF_MONEY),
        Output("amount", "decimal", N_("Amount of paid orders"), unit=OF_MONEY),
    )
    has_time = False

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """`refunded` and `amount`, of orders whose net is 0 or less too."""
        paid = inputs.paid
        return {"paid": {"refunded": total(paid.c.refunded), "amount": total(paid.c.amount)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL where nothing was paid; more paid back than was paid is 1."""
        refunded, amount = or_zero(row["refunded"]), row["amount"]
        rate = share(refunded, sa.case((amount > 0, amount)))
        return {
            self.name: between(rate, 0.0, 1.0),
            "refunded": refunded,
            "amount": or_zero(amount),
        }


VALUE = (
    OrdersCount(),
    RevenueTotal(),
    RevenueInWindow(),
    AverageOrderValue(),
    MedianOrderValue(),
    EndOrderValue(
        "first_order_value",
        N_("Value of the first order"),
        "net of the order with the least ordered_at, then the least order_id",
        N_("The first order was worth {first_order_value}."),
        N_("What the first order came to."),
    ),
    EndOrderValue(
        "last_order_value",
        N_("Value of the last order"),
        "net of the order with the greatest ordered_at, then the greatest order_id",
        N_("The last order was worth {last_order_value}."),
        N_("What the last order came to."),
    ),
    MaxOrderValue(),
    RevenueTrend(),
    MarginTotal(),
    RefundRate(),
)
