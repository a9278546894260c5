"""Loyalty scores (scores.md section 10)."""

from random import Random

import pytest

from tests.datasets.scores.worlds import order, world

NAMES = (
    "customer_status", "is_repeat", "tenure_days", "active_years", "loyalty_index",
    "points_balance",
)  # fmt: skip


def orders_of(person: str, *days: str):
    return [order(person, day, 10) for day in days]


@pytest.mark.parametrize(
    ("number", "status"),
    [(0, "lead"), (1, "one_time"), (2, "repeat"), (4, "repeat"), (5, "loyal"), (9, "loyal")],
)
def test_the_status_goes_by_the_number_of_orders(duck, number, status):
    """Section 10: lead 0, one_time 1, repeat 2 to loyal_from − 1, loyal from loyal_from on."""
    small = world(duck, people=["ada"], orders=orders_of("ada", *["2026-01-01"] * number))

    assert small.scores("customer_status") == {"ada": {"customer_status": status}}


def test_loyal_from_is_a_setting(duck):
    """Section 10: loyal_from 5."""
    small = world(duck, orders=orders_of("ada", *["2026-01-01"] * 2))

    assert small.scores("customer_status", loyal_from=2)["ada"]["customer_status"] == "loyal"


def test_repeat_goes_by_purchase_days(duck):
    """SC6, section 10: n ≥ 2; n = 0: NULL."""
    small = world(
        duck,
        people=["none"],
        orders=[
            *orders_of("twice", "2026-01-01", "2026-01-01"),
            *orders_of("ada", "2026-01-01", "2026-01-02"),
        ],
    )

    found = {id_: each["is_repeat"] for id_, each in small.scores("is_repeat").items()}

    assert found == {"none": None, "twice": False, "ada": True}


def test_tenure_begins_with_the_record_or_the_first_order(any_engine):
    """Section 10: t0 − day of created_at or first order, the earlier."""
    small = world(
        any_engine,
        people=[
            {"id": "ada", "created_at": "2026-03-01T23:30"},
            {"id": "bob", "created_at": "2026-03-01"},
            {"id": "eve", "created_at": "2026-05-01"},
            {"id": "ida", "created_at": "2026-05-01"},
        ],
        orders=[
            *orders_of("ada", "2026-03-20"),
            *orders_of("bob", "2026-02-01"),
            *orders_of("eve", "2026-03-30"),
        ],
    )

    found = {id_: each["tenure_days"] for id_, each in small.scores("tenure_days").items()}

    assert found == {"ada": 29, "bob": 58, "eve": 1, "ida": None}


def test_active_years_are_counted_from_the_first_order(duck):
    """Section 10: distinct years since the first order, counted from it; a year is 365.25 days."""
    small = world(
        duck,
        people=["none"],
        orders=[
            *orders_of("ada", "2022-06-01", "2022-12-31", "2023-05-31", "2025-07-01"),
            *orders_of("one", "2026-03-31"),
        ],
    )

    found = {id_: each["active_years"] for id_, each in small.scores("active_years").items()}

    assert found == {"none": 0, "ada": 2, "one": 1}


def test_the_loyalty_index_is_the_sum_of_its_four_parts(any_engine):
    """Section 10: 25 points each for n, tenure, share of years, recency."""
    small = world(
        any_engine,
        people=["none", {"id": "ada", "created_at": "2025-01-01"}],
        orders=[
            *orders_of("ada", "2024-03-31", "2024-06-01", "2026-03-31"),
            *orders_of("old", "2010-01-01", *(f"2010-01-{n}" for n in range(10, 30))),
        ],
    )

    found = small.with_parts("loyalty_index")

    assert found["ada"]["for_frequency"] == pytest.approx(7.5)
    assert found["ada"]["for_tenure"] == pytest.approx(25 * 730 / 1_095)
    assert found["ada"]["for_steadiness"] == pytest.approx(25), "years 0 and 1 of 2"
    assert found["ada"]["for_recency"] == 25
    assert found["old"]["for_frequency"] == found["old"]["for_tenure"] == 25
    assert found["old"]["for_steadiness"] == pytest.approx(25 / 17)
    for each in found.values():
        parts = sum(each[name] for name in each if name != "loyalty_index")
        assert each["loyalty_index"] == pytest.approx(parts)
        assert 0 <= each["loyalty_index"] <= 100
    assert set(found["none"].values()) == {0}


def test_points_are_those_of_entries_up_to_t0(any_engine):
    """Section 10: Σ points; no entries: NULL. They need no orders."""
    small = world(
        any_engine,
        people=["none"],
        loyalty=[
            {"contact": "ada", "at": "2026-01-01", "points": 100},
            {"contact": "ada", "at": "2026-02-01", "points": "-30.5"},
            {"contact": "ada", "at": "2026-04-01", "points": -50},
            {"contact": "bob", "at": "2026-04-01", "points": 50},
            {"contact": None, "at": "2026-01-01", "points": 7},
        ],
    )

    found = small.with_parts("points_balance")

    assert found["ada"] == {"points_balance": 69.5, "entries": 2}
    assert found["bob"] == found["none"] == {"points_balance": None, "entries": 0}


def test_people_without_orders_have_what_the_table_says(duck):
    """Section 10, edge cases; also where there are no orders at all."""
    small = world(duck, people=[{"id": "ada", "created_at": "2026-03-30"}])

    assert small.scores(*NAMES)["ada"] == {
        "customer_status": "lead",
        "is_repeat": None,
        "tenure_days": 1,
        "active_years": 0,
        "loyalty_index": 0,
        "points_balance": None,
    }


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71."""
    orders = [
        order("ada" if n % 3 else "bob", f"20{20 + n % 6}-0{1 + n % 9}-{1 + n % 28:02}", n + 0.1)
        for n in range(50)
    ]

    found = [world(duck, orders=orders, random=Random(seed)).scores(*NAMES) for seed in range(3)]  # noqa: S311

    assert found[0] == found[1] == found[2]
