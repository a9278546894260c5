"""What people spent (section 3 of the score library)."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse

CLV = [
    order("a", "2024-01-01", 60),
    order("a", "2024-07-01", 40),
    order("a", "2025-07-01", 80),
    order("b", "2025-01-01", 100),
    order("b", "2025-07-01", 50),
    order("c", "2025-05-05", 90),
]


@pytest.mark.parametrize(("mode", "one"), [("parity", 0), ("ours", 90)])
def test_lifetime_value_by_history_is_that_of_the_example(any_engine, mode, one):
    """SC20: O 1.5005, L 0.9966; A 89.72, B 112.15, C 0 or 90."""
    small = world(any_engine, orders=CLV, people=["d"], as_of="2025-12-31")

    found = small.scores("clv_historical", mode=mode)

    facts = small.facts("clv_historical", mode=mode)
    assert round(facts["orders_a_year"], 4) == 1.5005
    assert round(facts["lifetime_years"], 4) == 0.9966
    values = {id_: row["clv_historical"] for id_, row in found.items()}
    assert round(values["a"], 2) == Decimal("89.72")
    assert round(values["b"], 2) == Decimal("112.15")
    assert values["c"] == one
    assert values["d"] is None


def test_a_margin_makes_lifetime_value_smaller(duck):
    """SC20: × margin, of one order too."""
    small = world(duck, orders=CLV, as_of="2025-12-31")

    found = small.scores("clv_historical", mode="ours", margin=0.5)

    assert round(found["a"]["clv_historical"], 2) == Decimal("44.86")
    assert found["c"]["clv_historical"] == 45


def test_without_anybody_who_came_back_there_is_no_lifetime(duck):
    """SC8, SC20: two orders of one day are one purchase day; nothing is divided by zero."""
    small = world(duck, orders=[order("a", "2025-05-05", 90), order("a", "2025-05-05", 10)])

    assert small.facts("clv_historical")["lifetime_years"] is None
    assert small.scores("clv_historical")["a"]["clv_historical"] is None


NAMES = (
    "orders_count",
    "revenue_total",
    "average_order_value",
    "median_order_value",
    "first_order_value",
    "last_order_value",
    "max_order_value",
)


def test_figures_of_orders(any_engine):
    """Section 3: count, sum, mean, median, first, last and largest."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", "10.000001", order_id="1"),
            order("ada", "2026-01-05", 40, order_id="2"),
            order("ada", "2026-01-03", 30, order_id="3"),
            order("ada", "2026-01-04", 20, order_id="4"),
            order("bob", "2026-01-01", 7, order_id="5"),
        ],
        people=["eve"],
    )

    rows = small.scores(*NAMES)

    assert list(rows["ada"].values()) == [
        4,
        Decimal("100.000001"),
        Decimal("25"),
        Decimal("25"),
        Decimal("10.000001"),
        40,
        40,
    ]
    assert list(rows["bob"].values()) == [1, 7, 7, 7, 7, 7, 7]
    assert list(rows["eve"].values()) == [0, 0, None, None, None, None, None]


def test_orders_of_one_moment_go_by_their_order_id(any_engine):
    """Section 3: first and last by `ordered_at`, tie `order_id`."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 10, order_id="b", id="x"),
            order("ada", "2026-01-01", 20, order_id="a", id="z"),
            order("ada", "2026-01-01", 30, order_id="c", id="a"),
        ],
    )

    row = small.scores("first_order_value", "last_order_value")["ada"]

    assert row == {"first_order_value": 20, "last_order_value": 30}


def test_a_median_of_two_is_their_mean_rounded_half_up(any_engine):
    """Section 3: even N, mean of the two middle ones; exact in six places."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", "123456789012.000001"),
            order("ada", "2026-01-02", "123456789012.000002"),
        ],
    )

    row = small.scores("median_order_value")["ada"]

    assert row["median_order_value"] == Decimal("123456789012.000002")


def test_revenue_of_a_window_and_its_trend(any_engine):
    """Section 3, D112: days after t0 − 12 months, up to t0; against the 12 months before."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-03-31", 30),
            order("ada", "2025-04-01", 20),
            order("ada", "2025-03-31", 10),
            order("ada", "2024-04-01", 30),
            order("ada", "2024-03-31", 99),
            order("bob", "2026-01-01", 5),
            order("cid", "2025-01-01", 5),
        ],
        people=["eve"],
    )

    rows = small.scores("revenue_12m", "revenue_trend")

    assert rows["ada"] == {"revenue_12m": 50, "revenue_trend": 0.25}
    assert rows["bob"] == {"revenue_12m": 5, "revenue_trend": None}
    assert rows["cid"] == {"revenue_12m": 0, "revenue_trend": -1}
    assert rows["eve"] == {"revenue_12m": 0, "revenue_trend": None}


@pytest.mark.parametrize(
    ("window", "this", "before"),
    [
        ("all", 100, 0),
        ("3 months", 40, 30),
        ({"this": "month"}, 10, 30),
        ({"previous": "month"}, 30, 0),
        ({"from": "2026-02-01", "to": "2026-03-31"}, 40, 0),
        ({"from": "2026-02-15", "to": "2026-03-15"}, 40, 0),
    ],
    ids=str,
)
def test_windows_are_written_in_several_ways(duck, window, this, before):
    """SC4, D112: as a text, or a mapping; the window before has the same length."""
    small = world(
        duck,
        orders=[
            order("ada", "2026-03-10", 10),
            order("ada", "2026-02-20", 30),
            order("ada", "2025-12-01", 30),
            order("ada", "2020-01-01", 30),
        ],
    )

    row = small.with_parts("revenue_trend", window=window)["ada"]

    assert (row["revenue"], row["revenue_before"]) == (this, before)


def test_margin_is_what_is_left_of_lines_with_a_cost(any_engine):
    """Section 3: Σ (line_amount − quantity × cost); a line without cost is left out, counted."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 100, id="o1"),
            order("ada", "2026-05-01", 100, id="later"),
            order("bob", "2026-01-01", 100, id="o2"),
        ],
        order_items=[
            {"order": "o1", "quantity": 2, "line_amount": 50, "cost": 10},
            {"order": "o1", "quantity": 1, "line_amount": 50},
            {"order": "o1", "quantity": 3, "unit_price": 5, "discount": 1, "product": "p"},
            {"order": "later", "quantity": 1, "line_amount": 50, "cost": 1},
            {"order": "o2", "quantity": 1, "line_amount": 50},
        ],
        products=[{"id": "p", "cost": 6, "category": "A"}],
    )

    rows = small.with_parts("margin_total")

    # 50 − 20, and 14 − 18.
    assert rows["ada"] == {
        "margin_total": 26,
        "amount": 64,
        "cost": 38,
        "lines_without_cost": 1,
    }
    assert rows["bob"]["margin_total"] == 0
    assert rows["bob"]["lines_without_cost"] == 1


def test_refunds_are_a_share_of_all_paid_orders(any_engine):
    """Section 3: also of orders whose net is 0 or less; at most 1."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", amount=100, refunded=25, status="paid"),
            order("ada", "2026-01-02", amount=50, refunded=50, status="paid"),
            order("ada", "2026-01-03", amount=50, refunded=50, status="cancelled"),
            order("bob", "2026-01-01", amount=10, refunded=None, status="paid"),
            order("cid", "2026-01-01", amount=10, refunded=12, status="paid"),
        ],
        people=["eve"],
    )

    rows = small.scores("refund_rate", "orders_count")

    assert rows["ada"] == {"refund_rate": 0.5, "orders_count": 1}
    assert rows["bob"]["refund_rate"] == 0
    assert rows["cid"]["refund_rate"] == 1
    assert rows["eve"]["refund_rate"] is None


def test_percentiles_are_buyers_with_less_revenue(any_engine):
    """Section 3: 100 × buyers with less ÷ buyers; equal ones get the same."""
    small = world(
        any_engine,
        orders=[
            order("a", "2026-01-01", 10),
            order("b", "2026-01-01", 10),
            order("c", "2026-01-01", 30),
            order("d", "2026-01-01", 20),
            order("d", "2026-01-02", 20),
        ],
        people=["eve"],
    )

    rows = small.scores("value_percentile")

    found = {id_: row["value_percentile"] for id_, row in rows.items()}
    assert found == {"a": 0, "b": 0, "c": 50, "d": 75, "eve": None}


def test_a_person_is_placed_among_a_base_of_others(duck):
    """SC16: figures of other inputs, against the base that the facts are of."""
    base = world(
        duck,
        orders=[
            order(name, "2026-01-01", net) for name, net in zip("abcd", (1, 2, 3, 4), strict=True)
        ],
    )
    moved = world(duck, orders=[order("a", "2026-01-01", "2.5")])
    use = ScoreUse("value_percentile")
    whole, part = base.sheet(use), moved.sheet(use)

    source, values = part.values_of(part.uses[0], whole.facts_of(whole.uses[0]), whole)

    assert duck.scalar(sa.select(values["value_percentile"]).select_from(source)) == 50
