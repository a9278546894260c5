"""What is in orders: how much, how various, what came back, what was left in carts (section 8)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    WIDE,
    count,
    counted,
    exact,
    money,
    number,
    or_zero,
    share,
    total,
)
from tresse.datasets.scores.base import MONEY as IN_MONEY
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
from tresse.datasets.scores.members.figures import (
    LINE_VALUE,
    ORDERS,
    WINDOW,
    by_category,
    double,
    step,
)
from tresse.engine import columns as do
from tresse.engine.types import Instant
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
QUANTITY = Output("quantity", "number", N_("Pieces"))
_AMOUNT = Output("amount", "decimal", N_("Amount of the lines"), unit=IN_MONEY)


class _OfLines(Score):
    """What these have in common: figures of the lines of valid orders."""

    group = "basket"
    settings: tuple[Setting, ...] = (WINDOW,)


class ItemsPerOrder(_OfLines):
    """How many pieces an order has."""

    name = "items_per_order"
    label = N_("Items per order")
    formula = "Σ quantity ÷ orders that have lines"
    meaning = N_("Pieces an order, on average.")
    told = N_(
        "Pieces: {quantity}. Orders with lines: {orders}. Pieces an order: {items_per_order}."
    )
    needs = (ORDERS, Need("order_items", ("quantity",)))
    outputs = (Output(name, "number", label),)
    parts = (QUANTITY, Output("orders", "integer", N_("Orders that have lines"), 0))

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Pieces and orders of lines."""
        lines = inputs.lines
        counts = inputs.within(settings["window"], lines.c.day)
        return {
            "lines": {
                "quantity": total(exact(lines.c.quantity), counts),
                "orders": sa.func.count(sa.case((counts, lines.c.order)).distinct()),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without lines."""
        return {
            self.name: share(row["quantity"], row["orders"]),
            "quantity": number(or_zero(row["quantity"])),
            "orders": sa.func.coalesce(row["orders"], 0),
        }


class AverageItemPrice(_OfLines):
    """What a piece costs; of lines that tell both amount and quantity."""

    name = "average_item_price"
    label = N_("Average item price")
    formula = "Σ line_amount ÷ Σ quantity"
    meaning = N_("What a piece cost, on average.")
    told = N_("Pieces: {quantity}, for {amount}; {average_item_price} each.")
    needs = (ORDERS, Need("order_items", ("quantity",), LINE_VALUE))
    outputs = (Output(name, "decimal", label, unit=IN_MONEY),)
    parts = (_AMOUNT, QUANTITY)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Pieces and amounts."""
        lines = inputs.lines
        told = sa.and_(
            inputs.within(settings["window"], lines.c.day),
            lines.c.amount.is_not(None),
            lines.c.quantity.is_not(None),
        )
        return {
            "lines": {
                "quantity": total(exact(lines.c.quantity), told),
                "amount": total(lines.c.amount, told),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL where there are no pieces."""
        return {
            self.name: money(share(row["amount"], row["quantity"])),
            "amount": or_zero(row["amount"]),
            "quantity": number(or_zero(row["quantity"])),
        }


class Distinct(_OfLines):
    """How many different ones of something were bought."""

    def __init__(self, name: str, label: str, told: str, meaning: str, column: str) -> None:
        """See the class.

        Args:
            name: Of the score.
            label: As people read it.
            told: The sum in words.
            meaning: What it says of a person.
            column: Of `Inputs.lines`.
        """
        self.name, self.label, self.told, self.meaning = name, label, told, meaning
        self.formula = f"distinct {column} of the lines of orders"
        self._column = column
        if column == "product":
            self.needs = (ORDERS, Need("order_items", any_of=("product", "name")))
        else:
            self.needs = (ORDERS, Need("order_items", (column,)))
        self.outputs = (Output(name, "integer", label, 0),)
        self.parts = (Output("lines", "integer", N_("Order lines"), 0),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Distinct ones, and lines."""
        lines = inputs.lines
        counts = inputs.within(settings["window"], lines.c.day)
        value = lines.c[self._column]
        return {
            "lines": {
                "distinct": sa.func.count(sa.case((counts, value)).distinct()),
                "lines": counted(counts),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without lines."""
        return {
            self.name: sa.func.coalesce(row["distinct"], 0),
            "lines": sa.func.coalesce(row["lines"], 0),
        }


class CategoryDiversity(_OfLines):
    """How evenly the money goes to categories: 0 all to one, 1 the same to each.

    Lines without a category are left out, and categories whose lines sum up to nothing or less.
    """

    name = "category_diversity"
    label = N_("Category diversity")
    formula = "−Σ share × ln(share) ÷ ln(categories), by the value of each category"
    meaning = N_("How evenly the money goes to categories, from 0 (one alone) to 1.")
    told = N_(
        "Categories that the money went to: {categories}. Diversity: {category_diversity} of 1."
    )
    needs = (ORDERS, Need("order_items", ("category",), LINE_VALUE))
    outputs = (Output(name, "number", label, 0, 1),)
    parts = (Output("categories", "integer", N_("Categories"), 0),)

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`spread`: `id, categories, entropy` of whoever spent on any category."""
        spent = by_category(inputs, settings["window"])
        whole = (
            sa.select(spent.c.id, sa.type_coerce(sa.func.sum(spent.c.value), WIDE).label("whole"))
            .where(spent.c.value > 0)
            .group_by(spent.c.id)
            .subquery("whole")
        )
        weighed = (
            sa.select(spent.c.id, spent.c.value, whole.c.whole)
            .select_from(spent.join(whole, whole.c.id == spent.c.id))
            .where(spent.c.value > 0)
            .subquery("weighed")
        )
        part = share(weighed.c.value, weighed.c.whole)
        entropy = total(exact(do.finite(part * do.logarithm(part) * double(-1))))
        statement = sa.select(
            weighed.c.id, count().label("categories"), entropy.label("entropy")
        ).group_by(weighed.c.id)
        return {"spread": inputs.keep(step(self.name, settings), statement)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without lines, 0 of one category."""
        categories = row.of("spread", "categories")
        most = do.logarithm(categories)
        # Of terms that were rounded, the sum may be a little more than what is possible.
        even = do.rounded(share(row.of("spread", "entropy"), most), 6)
        return {
            self.name: sa.case(
                (categories == 1, double(0)), (even > double(1), double(1)), else_=even
            ),
            "categories": sa.func.coalesce(categories, 0),
        }


class ItemReturnRate(_OfLines):
    """What share of the pieces came back; of a line no more than it had."""

    name = "item_return_rate"
    label = N_("Return rate of items")
    formula = "Σ returned_quantity ÷ Σ quantity"
    meaning = N_("Share of the pieces that came back.")
    told = N_("Pieces that came back: {returned} of {quantity}; {item_return_rate}.")
    needs = (ORDERS, Need("order_items", ("quantity", "returned_quantity")))
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (
        Output("returned", "number", N_("Pieces that came back"), 0),
        Output("quantity", "number", N_("Pieces"), 0),
    )

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Pieces, and those that came back."""
        lines = inputs.lines
        is_bought = lines.c.quantity > double(0)
        counts = sa.and_(inputs.within(settings["window"], lines.c.day), is_bought)
        returned = sa.case(
            (lines.c.returned_quantity > lines.c.quantity, lines.c.quantity),
            else_=lines.c.returned_quantity,
        )
        came_back = sa.and_(counts, lines.c.returned_quantity > double(0))
        return {
            "lines": {
                "quantity": total(exact(lines.c.quantity), counts),
                "returned": total(exact(returned), came_back),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without pieces."""
        quantity, returned = or_zero(row["quantity"]), or_zero(row["returned"])
        return {
            self.name: share(returned, quantity),
            "returned": number(returned),
            "quantity": number(quantity),
        }


class CartAbandonmentRate(Score):
    """What share of the carts of more than a day ago became no order."""

    name = "cart_abandonment_rate"
    label = N_("Cart abandonment rate")
    group = "basket"
    over = "carts"
    formula = "carts older than 24 h that became no order ÷ carts older than 24 h"
    meaning = N_("Share of the carts that became no order.")
    told = N_(
        "Carts of more than {hours} h ago that became no order: {abandoned} of {carts}; "
        "{cart_abandonment_rate}."
    )
    needs = (
        Need("carts", ("created_at",)),
        Need("carts", ("status",), is_alternative=True),
        Need("orders", ("cart_id",), is_alternative=True),
    )
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (
        Output("abandoned", "integer", N_("Carts that became no order"), 0),
        Output("carts", "integer", N_("Carts"), 0),
        Output("hours", "integer", N_("Hours"), 0),
    )
    settings = (
        Setting("hours", "whole", N_("Hours until a cart is abandoned"), 24, 1, 8_760),
        WINDOW,
    )

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Carts that are old enough, and those that became no order."""
        carts = inputs.table("carts")
        last = inputs.as_of - timedelta(hours=int(settings["hours"]))
        is_old = sa.and_(
            inputs.within(settings["window"], carts.c.day), carts.c.at < sa.literal(last, Instant())
        )
        return {
            "carts": {
                "carts": counted(is_old),
                "abandoned": counted(sa.and_(is_old, sa.not_(carts.c.is_order))),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without such carts."""
        return {
            self.name: share(row["abandoned"], row["carts"]),
            "abandoned": sa.func.coalesce(row["abandoned"], 0),
            "carts": sa.func.coalesce(row["carts"], 0),
            "hours": sa.literal(int(settings["hours"]), sa.BigInteger()),
        }


BASKET: tuple[Score, ...] = (
    ItemsPerOrder(),
    AverageItemPrice(),
    Distinct(
        "distinct_products",
        N_("Different products"),
        N_("Different products: {distinct_products}. Lines of orders: {lines}."),
        N_("Number of different products that the person bought."),
        "product",
    ),
    Distinct(
        "distinct_categories",
        N_("Different categories"),
        N_("Different categories: {distinct_categories}. Lines of orders: {lines}."),
        N_("Number of different categories that the person bought from."),
        "category",
    ),
    Distinct(
        "distinct_brands",
        N_("Different brands"),
        N_("Different brands: {distinct_brands}. Lines of orders: {lines}."),
        N_("Number of different brands that the person bought."),
        "brand",
    ),
    CategoryDiversity(),
    ItemReturnRate(),
    CartAbandonmentRate(),
)
