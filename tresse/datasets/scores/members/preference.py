"""Preferred channel, store, category, brand, product and payment (section 9)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    WHOLE,
    WIDE,
    ZERO,
    count,
    counted,
    number,
    or_zero,
    share,
    total,
)
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
from tresse.datasets.scores.refusals import KINDS_OF_CHANNELS
from tresse.engine import columns as do
from tresse.engine.relations import TextList
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
BY_ORDERS, BY_VALUE = "orders", "value"
BY = Setting(
    "by",
    "choice",
    N_("Measured by"),
    BY_ORDERS,
    choices=((BY_ORDERS, N_("number of orders")), (BY_VALUE, N_("value"))),
)
MIN_ORDERS = Setting(
    "min_orders", "whole", N_("Fewest orders"), 1, 1, hint=N_("Whoever has fewer gets no value.")
)
MIN_SHARE = Setting(
    "min_share", "share", N_("Least share"), 0, 0, 1, hint=N_("A lesser one gives no value.")
)


class Preferred(Score):
    """The value of a column of orders, or of their lines, with the greatest share (SC50).

    Orders or lines without a value are left out, of the whole too. A value whose lines sum up to
    less than 0 weighs nothing.
    """

    group = "preference"
    settings = (BY, MIN_ORDERS, MIN_SHARE, WINDOW)

    def __init__(
        self, name: str, label: str, told: str, meaning: str, table: str, column: str, *needs: Need,
        source: str = "",
    ) -> None:  # fmt: skip
        """See the class.

        Args:
            name: Of the score.
            label: As people read it.
            told: The sum in words.
            meaning: What it says of a person.
            table: `orders` or `lines`.
            column: Of that table.
            needs: What it takes.
            source: Where it is from.
        """
        self.name, self.label, self.source = name, label, source
        self.formula = f"the {column} with the greatest share of orders, or of value"
        self.told, self.meaning = told, meaning
        self._table, self._column = table, column
        self.needs = needs
        self.outputs = (
            Output(name, "text", label),
            Output(f"{name}_share", "number", N_("Share"), 0, 1, unit="share"),
        )
        self.parts = (
            Output("weight", "number", N_("Orders, or value, of it"), 0),
            Output("whole", "number", N_("Orders, or value, in all"), 0),
        )

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`best`: `id, value, weight, whole, orders` of whoever has any."""
        rows = inputs.table(self._table)
        value = rows.c[self._column]
        by_value = settings["by"] == BY_VALUE
        cells = [rows.c.id, rows.c.order, value.label("value")]
        latest, amount = rows.c.at, rows.c.net if self._table == "orders" else rows.c.amount
        counts = sa.and_(value.is_not(None), inputs.within(settings["window"], rows.c.day))
        if self._table == "lines":
            # One order counts once for a value, however many of its lines have it.
            cells += [sa.func.max(latest).label("at"), total(amount).label("amount")]
            known = sa.select(*cells).where(counts).group_by(rows.c.id, rows.c.order, value)
        else:
            known = sa.select(*cells, latest.label("at"), amount.label("amount")).where(counts)
        pairs = known.subquery("pairs")
        found = _weights(pairs, by_value=by_value)
        # Keys of the first: the greatest weight, the latest order, the lesser text.
        keys = (found.c.weight * -1, do.epoch_micros(found.c.latest) * -1, found.c.value)
        weights = found.c.weight
        best = sa.select(
            found.c.id,
            do.first_of(found.c.value, keys).label("value"),
            sa.type_coerce(sa.func.max(weights), weights.type).label("weight"),
            (total(weights) if by_value else sa.func.sum(weights)).label("whole"),
            sa.type_coerce(sa.func.sum(found.c.orders), WHOLE).label("orders"),
        ).group_by(found.c.id)
        if self._table == "lines":
            best = _with_orders(best.subquery("of_values"), pairs, by_value=by_value)
        return {"best": inputs.keep(step(self.name, settings), best)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for too few orders, too small a share, or no value at all."""
        weight, whole = row.of("best", "weight"), row.of("best", "whole")
        part = share(weight, whole)
        holds = sa.and_(
            row.of("best", "orders") >= int(settings["min_orders"]),
            part >= double(settings["min_share"]),
        )
        return {
            self.name: sa.case((holds, row.of("best", "value"))),
            f"{self.name}_share": sa.case((holds, part)),
            "weight": number(weight),
            "whole": number(whole),
        }


def _weights(pairs: sa.Subquery, *, by_value: bool) -> sa.Subquery:
    """`id, value, weight, orders, latest` of rows `id, order, value, at, amount`, no two alike."""
    value = or_zero(total(pairs.c.amount))
    above = sa.case((value > 0, value), else_=ZERO)
    grouped = sa.select(
        pairs.c.id,
        pairs.c.value,
        (above if by_value else count()).label("weight"),
        count().label("orders"),
        sa.func.max(pairs.c.at).label("latest"),
    ).group_by(pairs.c.id, pairs.c.value)
    return grouped.subquery("weights")


def _with_orders(best: sa.Subquery, pairs: sa.Subquery, *, by_value: bool) -> sa.Select[Any]:
    """With the orders of each person: one of several values counts once in the whole."""
    orders = (
        sa.select(pairs.c.id, sa.func.count(pairs.c.order.distinct()).label("orders"))
        .group_by(pairs.c.id)
        .subquery("of_orders")
    )
    return sa.select(
        best.c.id,
        best.c.value,
        best.c.weight,
        (best.c.whole if by_value else orders.c.orders).label("whole"),
        orders.c.orders,
    ).select_from(best.join(orders, orders.c.id == best.c.id))


WEB, STORE = "web", "store"
KINDS: Mapping[str, tuple[str, ...]] = {
    WEB: ("web", "online", "internet", "site", "website", "ecommerce", "e-commerce", "app",
          "mobile", "webshop", "eshop", "e-shop"),
    STORE: ("store", "shop", "pos", "retail", "magasin", "boutique", "sklep", "in-store",
            "instore", "offline"),
}  # fmt: skip
"Channels that are a kind of, by the words that shops say for them; setting."


class ChannelMix(Score):
    """Whether somebody buys on the web, in stores, or both.

    Channels are compared without regard to case; orders without one are left out. Who orders
    through any channel of no kind is neither of the web alone nor of stores alone.
    """

    name = "channel_mix"
    label = N_("Channel mix")
    group = "preference"
    formula = "web_only, store_only, omnichannel or other, by the kinds of the channels of orders"
    meaning = N_("Whether the person buys on the web, in stores or both.")
    told = N_("Orders on the web: {web}; in stores: {store}; elsewhere: {other}. {channel_mix}.")
    needs = (
        ORDERS,
        Need("orders", ("channel",)),
    )
    outputs = (
        Output(
            name,
            "text",
            label,
            choices=(
                ("web_only", N_("Web only")),
                ("store_only", N_("Store only")),
                ("omnichannel", N_("Omnichannel")),
                ("other", N_("Other")),
            ),
        ),
    )
    parts = (
        Output(WEB, "integer", N_("Orders on the web"), 0),
        Output(STORE, "integer", N_("Orders in stores"), 0),
        Output("other", "integer", N_("Other orders"), 0),
    )
    settings = (
        Setting(
            "kinds",
            "table",
            N_("Kinds of channels"),
            {kind: list(channels) for kind, channels in KINDS.items()},
            hint=N_("The channels that are web, and those that are store."),
        ),
        WINDOW,
    )

    def check(self, settings: Settings) -> None:
        """See the base.

        Raises:
            TresseError: `wrong_value`: kinds other than web and store, or a channel in both.
        """
        kinds = settings["kinds"]
        told = isinstance(kinds, Mapping) and set(kinds) <= {WEB, STORE}
        if not told or not all(isinstance(each, list | tuple) for each in kinds.values()):
            raise KINDS_OF_CHANNELS(value=str(kinds))
        twice = _folded(kinds.get(WEB)) & _folded(kinds.get(STORE))
        if twice:
            raise KINDS_OF_CHANNELS(value=", ".join(sorted(twice)))

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Orders by kind, and all of them."""
        orders, kinds = inputs.orders, settings["kinds"]
        counts = inputs.within(settings["window"], orders.c.day)
        channel = do.lowered(do.stripped(orders.c.channel, " "))
        web = channel.in_(sorted(_folded(kinds.get(WEB))))
        store = channel.in_(sorted(_folded(kinds.get(STORE))))
        known = sa.and_(counts, channel.is_not(None), channel != "")
        return {
            "orders": {
                "all": counted(counts),
                WEB: counted(sa.and_(known, web)),
                STORE: counted(sa.and_(known, store)),
                "other": counted(sa.and_(known, sa.not_(web), sa.not_(store))),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without orders."""
        web, store, other = row[WEB] > 0, row[STORE] > 0, row["other"] > 0
        mix = sa.case(
            (sa.and_(web, store), "omnichannel"),
            (sa.and_(web, sa.not_(other)), "web_only"),
            (sa.and_(store, sa.not_(other)), "store_only"),
            (row["all"] > 0, "other"),
        )
        return {
            self.name: mix,
            **{name: sa.func.coalesce(row[name], 0) for name in (WEB, STORE, "other")},
        }


def _folded(channels: Any) -> set[str]:
    return {str(each).strip().lower() for each in channels or ()}


class CategoryAffinity(Score):
    """Categories on which somebody spends more of their money than people do.

    Lines without a category are left out, and what of a category sums up to nothing or less.
    """

    name = "category_affinity"
    label = N_("Category affinity")
    group = "preference"
    formula = "categories with (share of own value ÷ share in the base) ≥ 1.5 and ≥ 2 lines"
    meaning = N_("Categories on which the person spends more of their money than others do.")
    told = N_(
        "Categories with a greater share of the money than others spend on them: "
        "{categories} of {bought}: {category_affinity}."
    )
    needs = (ORDERS, Need("order_items", ("category",), LINE_VALUE))
    outputs = (Output(name, "list", label),)
    parts = (
        Output("categories", "integer", N_("Categories with affinity"), 0, 5),
        Output("bought", "integer", N_("Categories bought"), 0),
    )
    settings = (
        Setting("ratio", "number", N_("Least ratio"), 1.5, 1),
        Setting("min_lines", "whole", N_("Fewest lines"), 2, 1),
        WINDOW,
    )
    most = 5

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`best`: `id, bought, categories, found` of whoever bought any category."""
        window, lines = settings["window"], int(settings["min_lines"])
        own = _shares(by_category(inputs, window), "own")
        spent = by_category(base, window)
        in_base = (
            sa.select(spent.c.category, total(spent.c.value).label("value"))
            .group_by(spent.c.category)
            .having(total(spent.c.value) > 0)
            .subquery("in_base")
        )
        placed = _affinities(own, _shares(in_base, "base"), float(settings["ratio"]), lines)
        listed = (
            sa.select(
                placed.c.id,
                count().label("categories"),
                do.listed(placed.c.category, placed.c.place).label("found"),
            )
            .where(placed.c.place <= self.most)
            .group_by(placed.c.id)
            .subquery("listed")
        )
        bought = sa.select(own.c.id, count().label("bought")).group_by(own.c.id).subquery("bought")
        best = sa.select(
            bought.c.id, bought.c.bought, listed.c.categories, listed.c.found
        ).select_from(bought.outerjoin(listed, listed.c.id == bought.c.id))
        return {"best": inputs.keep(step(self.name, settings), best)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """An empty list where there is none."""
        found = sa.func.coalesce(row.of("best", "categories"), 0)
        empty = do.list_of_json(sa.literal("[]"))
        return {
            self.name: sa.func.coalesce(row.of("best", "found"), empty, type_=TextList()),
            "categories": found,
            "bought": sa.func.coalesce(row.of("best", "bought"), 0),
        }


def _shares(spent: sa.FromClause, name: str) -> sa.Subquery:
    """Rows `category, value` (and `id`) whose value is above 0, each with its `part` of all.

    `all`: of those of the same `id`, where there is one.
    """
    by = [spent.c.id] if "id" in spent.c else []
    whole = (
        sa.select(*by, sa.type_coerce(sa.func.sum(spent.c.value), WIDE).label("whole"))
        .where(spent.c.value > 0)
        .group_by(*by)
        .subquery(f"{name}_whole")
    )
    same = whole.c.id == spent.c.id if by else sa.true()
    return (
        sa.select(*spent.c, share(spent.c.value, whole.c.whole).label("part"))
        .select_from(spent.join(whole, same))
        .where(spent.c.value > 0)
        .subquery(name)
    )


def _affinities(own: sa.Subquery, base: sa.Subquery, least: float, lines: int) -> sa.Subquery:
    """`id, category, place` of those with a ratio of `least`: places by it, then by the text."""
    # Equal shares must be equal ratios, whatever came of their divisions.
    ratio = do.rounded(share(own.c.part, base.c.part), 6)
    rated = (
        sa.select(own.c.id, own.c.category, ratio.label("ratio"))
        .select_from(own.join(base, base.c.category == own.c.category))
        .where(own.c.lines >= lines)
        .subquery("rated")
    )
    place = sa.func.row_number().over(
        partition_by=rated.c.id, order_by=(rated.c.ratio.desc(), rated.c.category)
    )
    return (
        sa.select(rated.c.id, rated.c.category, place.label("place"))
        .where(rated.c.ratio >= double(least))
        .subquery("placed")
    )


PREFERENCE: tuple[Score, ...] = (
    Preferred(
        "preferred_channel", N_("Preferred channel"),
        N_("{preferred_channel}: {weight} of {whole}, a share of {preferred_channel_share}."),
        N_("The channel with the greatest share of the person's orders, or of their value."),
        "orders", "channel", ORDERS, Need("orders", ("channel",)), source="parity Octolis",
    ),
    Preferred(
        "preferred_store", N_("Preferred store"),
        N_("{preferred_store}: {weight} of {whole}, a share of {preferred_store_share}."),
        N_("The store with the greatest share of the person's orders, or of their value."),
        "orders", "store", ORDERS, Need("orders", ("store",)), source="parity Octolis",
    ),
    Preferred(
        "preferred_category", N_("Preferred category"),
        N_("{preferred_category}: {weight} of {whole}, a share of {preferred_category_share}."),
        N_(
            "The category with the greatest share of the person's orders, or of their value."
        ),
        "lines", "category", ORDERS, Need("order_items", ("category",)),
    ),
    Preferred(
        "preferred_brand", N_("Preferred brand"),
        N_("{preferred_brand}: {weight} of {whole}, a share of {preferred_brand_share}."),
        N_("The brand with the greatest share of the person's orders, or of their value."),
        "lines", "brand", ORDERS, Need("order_items", ("brand",)),
    ),
    Preferred(
        "preferred_product", N_("Preferred product"),
        N_("{preferred_product}: {weight} of {whole}, a share of {preferred_product_share}."),
        N_("The product with the greatest share of the person's orders, or of their value."),
        "lines", "product", ORDERS, Need("order_items", any_of=("product", "name")),
    ),
    Preferred(
        "preferred_payment_method", N_("Preferred payment method"),
        N_(
            "{preferred_payment_method}: {weight} of {whole}, a share of "
            "{preferred_payment_method_share}."
        ),
        N_(
            "The payment method with the greatest share of the person's orders, or of their "
            "value."
        ),
        "orders", "payment_method", ORDERS, Need("orders", ("payment_method",)),
    ),
    ChannelMix(),
    CategoryAffinity(),
)  # fmt: skip
