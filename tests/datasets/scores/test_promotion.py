"""Promotion scores (scores.md section 7)."""

from random import Random

import pytest

from tests.datasets.scores.worlds import order, world

SHOP = {"mapped": {"orders": ("discount", "coupon")}}


def test_the_example_of_promotion_comes_out(any_engine):
    """SC45: 0.75 of the orders, 0.8333 of the value, promophile 79.2, discount rate 0.1045."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 100, discount=20),
            order("ada", "2026-01-02", 50, discount=0),
            order("ada", "2026-01-03", 80, discount=8),
            order("ada", "2026-01-04", 70, discount=7),
        ],
    )

    found = small.scores("promo_share_orders", "promo_share_value", "promophile", "discount_rate")

    assert found["ada"]["promo_share_orders"] == 0.75
    assert found["ada"]["promo_share_value"] == pytest.approx(0.8333, abs=0.00005)
    assert found["ada"]["promophile"] == pytest.approx(79.2, abs=0.05)
    assert found["ada"]["discount_rate"] == pytest.approx(0.1045, abs=0.00005)
    parts = small.with_parts("promophile")["ada"]
    assert parts["from_orders"] + parts["from_revenue"] == pytest.approx(parts["promophile"])


def test_people_of_no_one_and_two_orders_have_the_nulls_of_the_table(duck):
    """Section 7, edge cases."""
    small = world(
        duck,
        people=["none"],
        orders=[
            order("one", "2026-01-01", 10, discount=1),
            order("two", "2026-01-01", 10),
            order("two", "2026-01-01", 10),
        ],
        **SHOP,
    )

    found = small.scores(
        "promo_share_orders",
        "promo_share_value",
        "promophile",
        "discount_rate",
        "coupons_used",
        "full_price_buyer",
    )

    assert found["none"] == {
        "promo_share_orders": None,
        "promo_share_value": None,
        "promophile": None,
        "discount_rate": None,
        "coupons_used": 0,
        "full_price_buyer": None,
    }
    assert found["one"] == {
        "promo_share_orders": 1,
        "promo_share_value": 1,
        "promophile": None,
        "discount_rate": pytest.approx(1 / 11),
        "coupons_used": 0,
        "full_price_buyer": None,
    }
    assert found["two"] == {
        "promo_share_orders": 0,
        "promo_share_value": 0,
        "promophile": None,
        "discount_rate": 0,
        "coupons_used": 0,
        "full_price_buyer": True,
    }


def test_a_coupon_promotes_an_order_without_a_discount(duck):
    """Section 7: valid orders with discount > 0 or a coupon."""
    small = world(
        duck,
        orders=[
            order("ada", "2026-01-01", 10, coupon="SPRING"),
            order("ada", "2026-01-02", 30, coupon=" "),
            order("ada", "2026-01-03", 60, discount=-5),
        ],
    )

    found = small.scores("promo_share_orders", "promo_share_value", "full_price_buyer")["ada"]

    assert found["promo_share_orders"] == pytest.approx(1 / 3)
    assert found["promo_share_value"] == pytest.approx(0.1)
    assert found["full_price_buyer"] is False


def test_coupons_are_counted_once_each_in_any_case_and_several_of_an_order(any_engine):
    """Section 7: distinct coupons."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 10, coupon="SPRING, Ten"),
            order("ada", "2026-01-02", 10, coupon="spring"),
            order("ada", "2026-01-03", 10, coupon='["TEN","Free"]'),
            order("bob", "2026-01-03", 10, coupon=None),
        ],
    )

    found = small.with_parts("coupons_used")

    assert found["ada"] == {"coupons_used": 3, "with_coupon": 3}
    assert found["bob"] == {"coupons_used": 0, "with_coupon": 0}


def test_weight_fewest_orders_and_window_are_settings(duck):
    """Section 7: w and min_orders; SC4: window."""
    small = world(
        duck,
        orders=[
            order("ada", "2024-01-01", 300, discount=1),
            order("ada", "2026-01-02", 100),
            order("ada", "2026-01-03", 100, discount=1),
        ],
    )

    assert small.scores("promophile", w=1)["ada"]["promophile"] == pytest.approx(100 * 2 / 3)
    assert small.scores("promophile", w=0)["ada"]["promophile"] == pytest.approx(80)
    assert small.scores("promophile", min_orders=4)["ada"]["promophile"] is None
    late = small.scores("promophile", min_orders=2, window="12 months")["ada"]["promophile"]
    assert late == pytest.approx(50)


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71."""
    orders = [
        order("ada", f"2026-01-{day:02}", day / 3, discount=day / 7 if day % 2 else None)
        for day in range(1, 29)
    ]
    names = ("promo_share_value", "promophile", "discount_rate", "full_price_buyer")

    found = [world(duck, orders=orders, random=Random(seed)).scores(*names) for seed in range(3)]  # noqa: S311

    assert found[0] == found[1] == found[2]
