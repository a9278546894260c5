"""Value against the whole base (section 3): percentile of revenue, lifetime value by history."""

from collections.abc import Mapping

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    ZERO,
    between,
    count,
    money,
    or_zero,
    share,
    total,
    whole_total,
)
from tresse.datasets.scores.base import MONEY as OF_MONEY
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
from tresse.datasets.scores.members.value import REVENUE, Revenue, Value
from tresse.engine import columns as do
from tresse.kernel.marks import N_

QUARTERS_OF_A_YEAR = 1461
"Quarters of days: a year is 365.25 days, and sums of years stay whole."


class ValuePercentile(Revenue):
    """How many of the buyers have less revenue."""

    name = "value_percentile"
    label = N_("Percentile of revenue")
    formula = "100 × buyers with less revenue ÷ buyers"
    meaning = N_("Share of buyers, in percent, who spent less than the person.")
    told = N_(
        "Buyers with less revenue than {revenue}: {buyers_below} of {buyers}. Percentile: "
        "{value_percentile}."
    )
    outputs = (Output("value_percentile", "number", N_("Percentile of revenue"), 0, 100),)
    parts = (
        REVENUE,
        Output("buyers_below", "integer", N_("Buyers with less revenue"), 0),
        Output("buyers", "integer", N_("Buyers"), 0),
    )

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """`buyers`: how many there are."""
        found = inputs.engine.scalar(sa.select(sa.func.count(row["revenue"])))
        return {"buyers": int(found or 0)}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`places`: how many of the base are below each buyer."""
        own = (
            sa.select(row.id.label("id"), row["revenue"].label("revenue"))
            .where(row["revenue"].is_not(None))
            .subquery("own")
        )
        amounts: sa.SelectBase = sa.select(
            own.c.revenue, sa.literal(1, sa.BigInteger()).label("buyer")
        )
        if base is not inputs:
            revenue = total(base.orders.c.net).label("revenue")
            others = sa.select(revenue).group_by(base.orders.c.id).subquery("others")
            amounts = sa.union_all(
                sa.select(own.c.revenue, sa.literal(0, sa.BigInteger()).label("buyer")),
                sa.select(others.c.revenue, sa.literal(1, sa.BigInteger()).label("buyer")).where(
                    others.c.revenue.is_not(None)
                ),
            )
        every = amounts.subquery("amounts")
        alike = (
            sa.select(every.c.revenue, whole_total(every.c.buyer).label("buyers"))
            .group_by(every.c.revenue)
            .subquery("alike")
        )
        below = sa.func.sum(alike.c.buyers).over(order_by=alike.c.revenue, rows=(None, -1))
        placed = sa.select(
            alike.c.revenue,
            do.try_cast(
                sa.func.coalesce(sa.type_coerce(below, sa.Numeric(38, 0)), 0), sa.BigInteger()
            ).label("below"),
        ).subquery("placed")
        found = sa.select(own.c.id, placed.c.below).select_from(
            own.join(placed, placed.c.revenue == own.c.revenue)
        )
        return {"places": inputs.keep(f"places_by_{base.name}", found)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        below = row.of("places", "below")
        buyers = sa.literal(facts["buyers"], sa.BigInteger())
        return {
            self.name: between(share(below * 100, buyers), 0.0, 100.0),
            "revenue": or_zero(row["revenue"]),
            "buyers_below": below,
            "buyers": buyers,
        }


class HistoricalValue(Score):
    """Lifetime value by what customers did so far (SC20)."""

    name = "clv_historical"
    label = N_("Lifetime value, by history")
    group = "value"
    formula = "AOV × O × L × margin"
    meaning = N_("Lifetime value, if the person goes on as before.")
    told = N_(
        "Order value {average_order_value} × orders a year {orders_a_year} × lifetime in "
        "years {lifetime_years} × margin {margin}: {clv_historical}."
    )
    needs = (ORDERS,)
    outputs = (
        Output("clv_historical", "decimal", N_("Lifetime value, by history"), 0, unit=OF_MONEY),
    )
    parts = (
        Output("average_order_value", "decimal", N_("Average order value"), 0, unit=OF_MONEY),
        Output("orders_a_year", "number", N_("Orders a year, of all customers"), 0),
        Output("lifetime_years", "number", N_("Lifetime in years, of all customers"), 0),
        Output("margin", "number", N_("Margin"), 0, 1, unit="share"),
    )
    settings = (
        Setting(
            "mode",
            "choice",
            N_("One order counts"),
            "parity",
            choices=(("parity", N_("as nothing, as Brevo has it")), ("ours", N_("as one order"))),
        ),
        Setting("margin", "share", N_("Margin"), 1, 0, 1),
    )
    source = "parity Brevo"

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """N, revenue, purchase days, the first and the last of them."""
        orders, days = inputs.orders, inputs.days
        return {
            "orders": {"orders": count(), "revenue": total(orders.c.net)},
            "days": {
                "days": count(),
                "first": sa.func.min(days.c.day),
                "last": sa.func.max(days.c.day),
            },
        }

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """`orders_a_year` and `lifetime_years` of all customers; None where nobody tells.

        Summed in quarters of days, which are whole.
        """
        today = sa.literal(inputs.today, sa.Date())
        since = do.days_between(row["first"], today) * 4
        at_least = sa.case((since < QUARTERS_OF_A_YEAR, QUARTERS_OF_A_YEAR), else_=since)
        lasted = sa.case((row["days"] > 1, do.days_between(row["first"], row["last"]) * 4))
        [(orders, since_total, lasted_total, repeaters)] = inputs.engine.rows(
            sa.select(
                whole_total(row["orders"]),
                whole_total(sa.cast(at_least, sa.BigInteger())),
                whole_total(lasted),
                sa.func.count(lasted),
            )
        )
        years = None if since_total is None else since_total / QUARTERS_OF_A_YEAR
        return {
            "orders_a_year": orders / years if years else None,
            "lifetime_years": lasted_total / QUARTERS_OF_A_YEAR / repeaters if repeaters else None,
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders; of one order as `mode` says."""
        average = share(row["revenue"], row["orders"])
        rate: Value
        years: Value
        rate, years = (
            sa.cast(sa.null(), sa.Double())
            if facts[name] is None
            else sa.literal(float(facts[name]), sa.Double())
            for name in ("orders_a_year", "lifetime_years")
        )
        margin: Value = sa.literal(float(settings["margin"]), sa.Double())
        one = money(average * margin)
        if settings["mode"] == "parity":
            one = sa.case((row["orders"].is_not(None), ZERO))
        return {
            self.name: sa.case(
                (row["orders"] > 1, money(average * rate * years * margin)), else_=one
            ),
            "average_order_value": do.mean(row["revenue"], row["orders"]),
            "orders_a_year": rate,
            "lifetime_years": years,
            "margin": margin,
        }


VALUE_RELATIVE = (ValuePercentile(), HistoricalValue())
