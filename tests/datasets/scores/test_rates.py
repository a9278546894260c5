"""Amounts in one currency (SC7)."""

from datetime import date
from decimal import Decimal

import pytest

from tests.datasets.scores.worlds import order, world
from tresse.datasets.models import Rate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rates():
    Rate.objects.create(currency="USD", date=date(2026, 1, 1), rate="0.5")
    Rate.objects.create(currency="USD", date=date(2026, 1, 10), rate="0.25")
    Rate.objects.create(currency="GBP", date=date(2026, 2, 1), rate="1.33333333")
    Rate.objects.create(currency="BIG", date=date(2026, 1, 1), rate="9999999999")


def test_amounts_go_by_the_rate_of_their_day_or_the_last_before(any_engine):
    """SC7: an order without a rate is left out and counted; without a currency it is ours."""
    small = world(
        any_engine,
        orders=[
            order("eur", "2026-01-01", 100, currency="eur"),
            order("none", "2026-01-01", 100, currency=None),
            order("blank", "2026-01-01", 100, currency=" "),
            order("first", "2026-01-01", 100, currency="usd"),
            order("last_before", "2026-01-09", 100, currency=" USD "),
            order("next", "2026-01-10", 100, currency="USD"),
            order("long_after", "2026-03-30", 100, currency="USD"),
            order("too_early", "2025-12-31", 100, currency="USD"),
            order("unknown", "2026-01-01", 100, currency="XXX"),
            order("thirds", "2026-03-01", 1, currency="GBP"),
        ],
    )

    rows = small.scores("revenue_total", "orders_count")

    assert {id_: row["revenue_total"] for id_, row in rows.items()} == {
        "eur": 100,
        "none": 100,
        "blank": 100,
        "first": 50,
        "last_before": 50,
        "next": 25,
        "long_after": 25,
        "too_early": 0,
        "unknown": 0,
        "thirds": Decimal("1.333333"),
    }
    assert rows["unknown"]["orders_count"] == 0
    assert small.inputs().order_counts()["without_rate"] == 2


def test_all_amounts_of_an_order_are_converted(any_engine):
    """SC7: amount, refund and discount with the net amount."""
    orders = [order("ada", "2026-01-01", 80, amount=100, refunded=20, discount=10, currency="USD")]
    small = world(any_engine, orders=orders)

    [row] = small.rows(small.inputs().orders)

    assert [row[name] for name in ("net", "amount", "refunded", "discount")] == [40, 50, 10, 5]
    assert row["currency"] == "USD"


def test_an_amount_that_does_not_fit_is_none(any_engine):
    """SC7, SC8: no engine fails on it, and the order is counted as one without an amount."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", "999999999999999.999999", currency="BIG"),
            order("ada", "2026-01-01", "-999999999999999.999999", currency="BIG"),
            order("ada", "2026-01-02", "100000", currency="BIG"),
            order("ada", "2026-01-03", 1, currency="EUR"),
        ],
    )

    assert small.scores("revenue_total")["ada"]["revenue_total"] == Decimal("999999999900001")
    assert small.inputs().order_counts()["without_amount"] == 2


def test_lines_are_in_their_own_currency_or_that_of_the_order(any_engine):
    """SC7: of the day of the order."""
    small = world(
        any_engine,
        orders=[order("ada", "2026-01-01", 1, id="o1", currency="USD")],
        order_items=[
            {"order": "o1", "line_amount": 10, "currency": None, "line_id": "1"},
            {"order": "o1", "line_amount": 10, "currency": "EUR", "line_id": "2"},
            {"order": "o1", "line_amount": 10, "currency": "XXX", "line_id": "3"},
        ],
    )

    rows = small.rows(small.inputs().lines)

    assert {each["line"]: each["amount"] for each in rows} == {"1": 5, "2": 10, "3": None}


def test_without_any_rate_only_our_own_currency_counts(any_engine):
    """SC7: all others are left out and counted."""
    Rate.objects.all().delete()
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 1, currency="EUR"),
            order("ada", "2026-01-01", 2, currency="USD"),
            order("ada", None, 2, currency="USD"),
        ],
    )

    assert small.scores("revenue_total")["ada"]["revenue_total"] == 1
    counts = small.inputs().order_counts()
    assert (counts["without_rate"], counts["without_time"]) == (1, 1)
