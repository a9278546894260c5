"""Basket scores (scores.md section 8)."""

from decimal import Decimal
from random import Random

import pytest

from tests.datasets.scores.worlds import order, world

MAPPED = {
    "order_items": (
        "quantity", "line_amount", "returned_quantity", "category", "brand", "name",
    )
}  # fmt: skip
NAMES = (
    "items_per_order",
    "average_item_price",
    "distinct_products",
    "distinct_categories",
    "distinct_brands",
    "category_diversity",
    "item_return_rate",
)


def placed(id_: str, person: str, at: str = "2026-01-01", net: float = 10, **more):
    return order(person, at, net, id=id_, **more)


def line(of: str, **more):
    return {"order": of, **more}


def shop(engine, lines, *, orders=None, **more):
    """People with an order each of all that lines name: `ada1` is one of ada's."""
    named = dict.fromkeys(each["order"] for each in lines)
    known = orders or [placed(id_, id_.rstrip("0123456789")) for id_ in named]
    return world(engine, orders=known, order_items=lines, mapped=MAPPED, **more)


def test_category_diversity_is_0_946_for_a_half_and_two_quarters(any_engine):
    """Section 8: shares ½, ¼, ¼ → 0.946."""
    small = shop(
        any_engine,
        [
            line("ada1", category="shoes", line_amount=30),
            line("ada1", category="shoes", line_amount=20),
            line("ada2", category="hats", line_amount=25),
            line("ada2", category="bags", line_amount=25),
            line("ada2", category=None, line_amount=900),
            line("bob1", category="hats", line_amount=25),
            line("eve1", category="hats", line_amount=7),
            line("eve1", category="bags", line_amount=7),
            line("eve1", category="belts", line_amount=7),
            line("ida1", category="hats", line_amount=-7),
        ],
    )

    found = small.with_parts("category_diversity")

    assert found["ada"]["category_diversity"] == pytest.approx(0.946, abs=0.0005)
    assert found["ada"]["categories"] == 3
    assert found["bob"] == {"category_diversity": 0, "categories": 1}
    assert found["eve"] == {"category_diversity": 1, "categories": 3}
    assert found["ida"] == {"category_diversity": None, "categories": 0}


def test_pieces_prices_and_returns_are_summed_over_lines_of_valid_orders(any_engine):
    """Section 8: items_per_order, average_item_price, item_return_rate."""
    small = shop(
        any_engine,
        [
            line("1", quantity=2, line_amount=20, returned_quantity=1),
            line("1", quantity=1, line_amount="5.5", returned_quantity=3),
            line("2", quantity=3, line_amount=None),
            line("off", quantity=50, line_amount=1, returned_quantity=50),
        ],
        orders=[
            placed("1", "ada"),
            placed("2", "ada"),
            placed("bare", "ada"),
            placed("off", "ada", net=0),
        ],
    )

    found = small.scores(*NAMES)["ada"]

    assert found["items_per_order"] == 3
    assert found["average_item_price"] == Decimal("8.5")
    assert found["item_return_rate"] == pytest.approx(2 / 6)


def test_people_without_lines_have_the_nulls_of_the_table(duck):
    """Section 8, edge cases: also with orders that have no lines, and with none at all."""
    small = shop(
        duck,
        [line("1", category="hats", quantity=0, line_amount=1, product=None)],
        orders=[placed("1", "ada"), placed("2", "bare")],
        people=["none"],
    )
    nothing = {
        "items_per_order": None,
        "average_item_price": None,
        "distinct_products": 0,
        "distinct_categories": 0,
        "distinct_brands": 0,
        "category_diversity": None,
        "item_return_rate": None,
    }

    found = small.scores(*NAMES)

    assert found["none"] == found["bare"] == nothing
    assert found["ada"] == nothing | {
        "items_per_order": 0,
        "distinct_categories": 1,
        "category_diversity": 0,
    }
    alone = world(duck, orders=[placed("1", "ada")])
    assert alone.scores(*NAMES)["ada"] == nothing


def test_products_tell_what_their_lines_do_not(any_engine):
    """Section 8: distinct ones are counted over lines; attributes of a product count for them."""
    small = world(
        any_engine,
        orders=[placed("1", "ada"), placed("2", "ada")],
        products=[
            {"id": "p1", "product_id": "SKU-1", "category": "hats", "brand": "Roy"},
            {"id": "p2", "product_id": "SKU-2", "category": "hats", "brand": None},
        ],
        order_items=[
            line("1", product="p1", quantity=1, category=None),
            line("2", product="p1", quantity=1, category="Bonnets"),
            line("2", product="p2", quantity=1, category=None),
            line("2", product=None, quantity=1, category=None),
        ],
    )

    found = small.with_parts("distinct_products")["ada"]
    others = small.scores("distinct_categories", "distinct_brands")["ada"]

    assert found == {"distinct_products": 2, "lines": 4}
    assert others == {"distinct_categories": 2, "distinct_brands": 1}


def test_carts_of_a_day_ago_that_became_no_order_are_abandoned(any_engine):
    """Section 8: older than 24 hours; by an order with its cart_id, or by its status."""
    small = world(
        any_engine,
        people=["none"],
        as_of="2026-03-31T12:00",
        orders=[
            placed("1", "ada", cart_id="c1"),
            placed("2", "ada", status="cancelled", cart_id="c2"),
            placed("3", "ada", "2026-04-01", cart_id="c4"),
        ],
        carts=[
            {"contact": "ada", "cart_id": "c1", "created_at": "2026-03-01", "status": "open"},
            {"contact": "ada", "cart_id": "c2", "created_at": "2026-03-02"},
            {"contact": "ada", "cart_id": "c3", "created_at": "2026-03-03", "status": "Converted"},
            {"contact": "ada", "cart_id": "c4", "created_at": "2026-03-30T11:59", "status": "open"},
            {"contact": "ada", "cart_id": "c5", "created_at": "2026-03-30T12:00", "status": "open"},
            {"contact": "bob", "cart_id": "c6", "created_at": "2026-03-31", "status": "open"},
            {"contact": None, "cart_id": "c7", "created_at": "2026-03-01", "status": "open"},
        ],
    )

    found = small.with_parts("cart_abandonment_rate")

    assert found["ada"] == {
        "cart_abandonment_rate": 0.25, "abandoned": 1, "carts": 4, "hours": 24,
    }  # fmt: skip
    assert found["bob"]["cart_abandonment_rate"] is None
    assert found["none"]["cart_abandonment_rate"] is None
    assert small.scores("cart_abandonment_rate", hours=1_000)["ada"] == {
        "cart_abandonment_rate": None
    }
    assert world(any_engine, people=["ada"]).scores("cart_abandonment_rate") == {
        "ada": {"cart_abandonment_rate": None}
    }


def test_a_window_leaves_older_lines_out(duck):
    """SC4."""
    small = shop(
        duck,
        [line("old", quantity=9, category="hats"), line("new", quantity=1, category="bags")],
        orders=[placed("old", "ada", "2024-01-01"), placed("new", "ada", "2026-01-01")],
    )

    found = small.scores("items_per_order", "distinct_categories", window="12 months")["ada"]

    assert found == {"items_per_order": 1, "distinct_categories": 1}


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71."""
    lines = [
        line(f"{'ada' if n % 3 else 'bob'}{n % 7}", quantity=n / 3, line_amount=n / 7 + 0.1,
             category=f"c{n % 5}", brand=f"b{n % 4}", returned_quantity=n / 9)
        for n in range(60)
    ]  # fmt: skip

    found = [shop(duck, lines, random=Random(seed)).scores(*NAMES) for seed in range(3)]  # noqa: S311

    assert found[0] == found[1] == found[2]
    assert 0 < found[0]["ada"]["category_diversity"] <= 1
