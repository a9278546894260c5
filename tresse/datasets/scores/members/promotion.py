"""How much people buy at a discount or with a coupon (section 7)."""

from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import counted, or_zero, share, total
from tresse.datasets.scores.base import (
    MONEY,
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
from tresse.datasets.scores.members.figures import ORDERS, WINDOW, double
from tresse.engine import columns as do
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
PROMOTED = Need("orders", any_of=("discount", "coupon"))
DISCOUNT = Need("orders", ("discount",))
COUPON = Need("orders", ("coupon",))
_ORDERS = Output("orders", "integer", N_("Orders"), 0)
_PROMOTED = Output("promoted", "integer", N_("Orders at a discount or with a coupon"), 0)
_REVENUE = Output("revenue", "decimal", N_("Revenue"), 0, unit=MONEY)
_PROMOTED_REVENUE = Output(
    "promoted_revenue", "decimal", N_("Revenue of orders at a discount or with a coupon"), 0,
    unit=MONEY,
)  # fmt: skip


class _OfOrders(Score):
    """What these have in common: figures of valid orders."""

    group = "promotion"
    needs = (ORDERS, PROMOTED)
    settings: tuple[Setting, ...] = (WINDOW,)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Orders and revenue, of all and of those promoted."""
        orders = inputs.orders
        counts = inputs.within(settings["window"], orders.c.day)
        promoted = sa.and_(counts, orders.c.is_promoted)
        return {
            "orders": {
                "orders": counted(counts),
                "promoted": counted(promoted),
                "revenue": total(orders.c.net, counts),
                "promoted_revenue": total(orders.c.net, promoted),
            }
        }


class PromoShareOrders(_OfOrders):
    """Share of orders that were promoted."""

    name = "promo_share_orders"
    label = N_("Share of orders at a discount")
    formula = "orders with discount > 0 or a coupon ÷ N"
    meaning = N_("Share of the orders that were at a discount or with a coupon.")
    told = N_(
        "Orders at a discount or with a coupon: {promoted} of {orders}; {promo_share_orders}."
    )
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (_PROMOTED, _ORDERS)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {
            self.name: share(row["promoted"], row["orders"]),
            "promoted": sa.func.coalesce(row["promoted"], 0),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class PromoShareValue(_OfOrders):
    """Share of revenue that came of promoted orders."""

    name = "promo_share_value"
    label = N_("Share of revenue at a discount")
    formula = "Σ net of orders with discount > 0 or a coupon ÷ Σ net"
    meaning = N_("Share of the revenue that came of orders at a discount or with a coupon.")
    told = N_(
        "{promoted_revenue} of {revenue} came of orders at a discount or with a coupon: "
        "{promo_share_value}."
    )
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (_PROMOTED_REVENUE, _REVENUE)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        return {
            self.name: share(or_zero(row["promoted_revenue"]), row["revenue"]),
            "promoted_revenue": or_zero(row["promoted_revenue"]),
            "revenue": or_zero(row["revenue"]),
        }


class Promophile(_OfOrders):
    """Both shares in one figure."""

    name = "promophile"
    label = N_("Promophile")
    formula = "100 × (w × promo_share_orders + (1 − w) × promo_share_value)"
    meaning = N_("How much the person buys at a discount, from 0 to 100.")
    told = N_(
        "{from_orders} for the share of orders at a discount or with a coupon, {from_revenue} for "
        "their share of revenue: {promophile} of 100."
    )
    source = "parity Octolis"
    adds_up = True
    outputs = (Output(name, "number", label, 0, 100),)
    parts = (
        Output("from_orders", "number", N_("Points for the share of orders"), 0, 100),
        Output("from_revenue", "number", N_("Points for the share of revenue"), 0, 100),
    )
    settings = (
        WINDOW,
        Setting(
            "w", "share", N_("Weight of the share of orders"), 0.5, 0, 1,
            hint=N_("What is left to 1 weighs the share of revenue."),
        ),
        Setting("min_orders", "whole", N_("Fewest orders"), 3, 1,
                hint=N_("Whoever has fewer gets no score.")),
    )  # fmt: skip

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for fewer orders than `min_orders`."""
        weight = float(settings["w"])
        enough = row["orders"] >= int(settings["min_orders"])
        by_orders = share(row["promoted"], row["orders"]) * double(100 * weight)
        of_revenue = share(or_zero(row["promoted_revenue"]), row["revenue"])
        by_value = of_revenue * double(100 * (1 - weight))
        return {
            self.name: sa.case((enough, by_orders + by_value)),
            "from_orders": sa.case((enough, by_orders)),
            "from_revenue": sa.case((enough, by_value)),
        }


class DiscountRate(Score):
    """What of the price was let off."""

    name = "discount_rate"
    label = N_("Discount rate")
    group = "promotion"
    formula = "Σ discount ÷ Σ (net + discount)"
    meaning = N_("Share of the full price that was let off.")
    told = N_("{discount} was let off, and {revenue} paid: {discount_rate} of the price.")
    needs = (ORDERS, DISCOUNT)
    settings = (WINDOW,)
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (Output("discount", "decimal", N_("Discounts"), 0, unit=MONEY), _REVENUE)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Revenue and discounts; a discount below 0 is none."""
        orders = inputs.orders
        counts = inputs.within(settings["window"], orders.c.day)
        return {
            "orders": {
                "revenue": total(orders.c.net, counts),
                "discount": total(orders.c.discount, sa.and_(counts, orders.c.discount > 0)),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        revenue = or_zero(row["revenue"])
        discount = or_zero(row["discount"])
        return {
            self.name: share(discount, discount + revenue),
            "discount": discount,
            "revenue": revenue,
        }


class CouponsUsed(Score):
    """How many coupons."""

    name = "coupons_used"
    label = N_("Coupons used")
    group = "promotion"
    formula = "distinct coupons of orders"
    meaning = N_("Number of different coupons that the person used.")
    told = N_("Different coupons: {coupons_used}. Orders with a coupon: {with_coupon}.")
    needs = (ORDERS, COUPON)
    settings = (WINDOW,)
    outputs = (Output(name, "integer", label, 0),)
    parts = (Output("with_coupon", "integer", N_("Orders with a coupon"), 0),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """All coupons; several of one order stand between commas, or as a list."""
        orders = inputs.orders
        counts = inputs.within(settings["window"], orders.c.day)
        # Shops take them in any case. A list comes as JSON.
        bare = do.replaced(do.lowered(orders.c.coupon), r'[\[\]"]', "")
        codes = do.list_cleaned(do.split(do.replaced(bare, r"\s*[,;|]\s*", ","), ","))
        every = do.flattened(sa.case((counts, codes)))
        used = sa.and_(counts, do.list_length(codes) > 0)
        return {
            "orders": {
                "coupons": do.list_length(do.list_sorted(every)),
                "with_coupon": counted(used),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without any."""
        return {
            self.name: sa.func.coalesce(row["coupons"], 0),
            "with_coupon": sa.func.coalesce(row["with_coupon"], 0),
        }


class FullPriceBuyer(_OfOrders):
    """Whether somebody never bought promoted."""

    name = "full_price_buyer"
    label = N_("Buys at full price")
    formula = "no order with discount > 0 or a coupon"
    meaning = N_("Whether the person never ordered at a discount or with a coupon.")
    told = N_(
        "Orders at a discount or with a coupon: {promoted} of {orders}. A buyer at full "
        "price: {full_price_buyer}."
    )
    outputs = (Output(name, "boolean", label),)
    parts = (_PROMOTED, _ORDERS)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for fewer than two orders."""
        return {
            self.name: sa.case((row["orders"] >= 2, row["promoted"] == 0)),
            "promoted": sa.func.coalesce(row["promoted"], 0),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


PROMOTION: tuple[Score, ...] = (
    PromoShareOrders(),
    PromoShareValue(),
    Promophile(),
    DiscountRate(),
    CouponsUsed(),
    FullPriceBuyer(),
)
