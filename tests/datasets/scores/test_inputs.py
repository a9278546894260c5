"""What scores are worked out of (SC4 to SC7)."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse


def test_valid_orders_are_paid_in_time_and_above_zero(any_engine):
    """SC5: by status, ordered_at and net amount; the others are counted by cause."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 10, status="PAID "),
            order("ada", "2026-01-02", 10, status="cancelled"),
            order("ada", "2026-01-03", 10, status=None),
            order("ada", "2026-04-01", 10, status="paid"),
            order("ada", None, 10, status="paid"),
            order("ada", "2026-01-04", 0, status="paid"),
            order("ada", "2026-01-04", None, status="paid"),
            order(None, "2026-01-04", 10, status="paid"),
        ],
    )
    inputs = small.inputs()

    assert {str(each["day"]) for each in small.rows(inputs.orders)} == {"2026-01-01", "2026-01-03"}
    assert inputs.order_counts() == {
        "all": 8,
        "valid": 2,
        "without_person": 1,
        "not_paid": 1,
        "without_time": 1,
        "later": 1,
        "without_rate": 0,
        "without_amount": 1,
        "not_above_zero": 1,
    }


def test_other_statuses_may_count(duck):
    """SC5: the set is a setting."""
    small = world(
        duck,
        orders=[
            order("ada", "2026-01-01", 10, status="Payée"),
            order("ada", "2026-01-02", 10, status="paid"),
        ],
    )

    rows = small.scores("orders_count", "revenue_total")
    own = small.used(ScoreUse("revenue_total", {"statuses": ["payée", "PAID"]}))

    assert rows["ada"] == {"orders_count": 1, "revenue_total": 10}
    assert own["ada"] == {"revenue_total": 20}


def test_net_is_told_or_what_is_left_of_the_amount(any_engine):
    """SC5: `net_amount`, else `amount − refunded`."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 7, amount=10, refunded=1),
            order("ada", "2026-01-02", None, amount=10, refunded=1),
            order("ada", "2026-01-03", None, amount=10, refunded=None),
            order("ada", "2026-01-04", None, amount=10, refunded=10),
        ],
    )

    rows = small.rows(small.inputs().orders)

    assert sorted(each["net"] for each in rows) == [7, 9, 10]
    assert len(small.rows(small.inputs().paid)) == 4


@pytest.mark.parametrize(
    ("type_", "amounts", "net"),
    [
        ("number", [0.1, 0.2, 1e300, float("inf")], Decimal("0.3")),
        ("integer", [1, 2, 2**62, None], Decimal(3)),
        ("text", ["1.50", " 2 ", "many", ""], Decimal("3.5")),
        ("boolean", [True, True, False, None], Decimal(0)),
    ],
)
def test_amounts_of_any_type_are_decimals(any_engine, type_, amounts, net):
    """SC2, D83: doubles, whole numbers and texts; what does not fit has no amount."""
    orders = [order("ada", "2026-01-01", amount=each) for each in amounts]
    small = world(any_engine, orders=orders, types={"amount": type_})

    assert small.scores("revenue_total")["ada"]["revenue_total"] == net


@pytest.mark.parametrize(
    ("type_", "times"),
    [
        ("date", ["2026-03-31", "2026-04-01"]),
        ("text", ["2026-03-31T23:30:00", "2026-04-01T00:30:00"]),
        ("text", ["2026-03-31T10:00:00Z", "2026-03-31T22:30:00Z"]),
        ("datetime", ["2026-03-31T10:00", "2026-03-31T22:30"]),
    ],
    ids=["days", "local", "offset", "instants"],
)
def test_days_are_those_of_the_account(any_engine, type_, times):
    """SC5: in its zone; t0 is a day there, and what is after `as_of` does not count."""
    orders = [order("ada", each, 1) for each in times]
    small = world(any_engine, orders=orders, types={"ordered_at": type_}, as_of="2026-03-31T21:59")
    inputs = small.inputs()

    assert [each["day"] for each in small.rows(inputs.orders)] == [date(2026, 3, 31)]
    assert inputs.order_counts()["later"] == 1


def test_several_orders_of_a_day_are_one_purchase_day(any_engine):
    """SC6: days are counted in the account's zone, with the gaps between them."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01T08:00", 1),
            order("ada", "2026-01-01T20:00", 2),
            order("ada", "2026-01-01T23:30", 4),  # the next day in Paris
            order("ada", "2026-01-10", 8),
            order("bob", "2026-01-10", 16),
        ],
    )

    rows = small.rows(small.inputs().days)

    found = {(each["id"], each["place"]): each for each in rows}
    assert {key: (row["orders"], row["net"], row["gap"]) for key, row in found.items()} == {
        ("ada", 1): (2, 3, None),
        ("ada", 2): (1, 4, 1),
        ("ada", 3): (1, 8, 8),
        ("bob", 1): (1, 16, None),
    }


def test_where_restricts_the_orders(any_engine):
    """SC4: a formula over the orders; the prefix tells uses apart."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 1, channel="web"),
            order("ada", "2026-01-02", 2, channel="store"),
            order("bob", "2026-01-03", 4, channel="store"),
        ],
    )

    rows = small.used(
        ScoreUse("revenue_total"),
        ScoreUse("revenue_total", {}, "web_", "channel = 'web'"),
        ScoreUse("days_since_last_order", {}, "web_", "channel = 'web'"),
    )

    assert rows["ada"] == {
        "revenue_total": 3,
        "web_revenue_total": 1,
        "web_days_since_last_order": 89,
    }
    assert rows["bob"] == {
        "revenue_total": 4,
        "web_revenue_total": 0,
        "web_days_since_last_order": None,
    }


def test_without_orders_everybody_has_a_row_still(any_engine):
    """SC8: one row per golden record, in a world without a dataset of orders."""
    small = world(any_engine, people=["ada", "bob"])

    rows = small.scores("orders_count", "ordering_behaviour", "key_shopping_periods")

    assert set(rows) == {"ada", "bob"}
    assert rows["ada"] == {
        "orders_count": 0,
        "ordering_behaviour": "never_ordered",
        "key_shopping_periods": [],
    }
    assert small.inputs().order_counts()["all"] == 0


def test_promotions_are_a_discount_or_a_coupon(any_engine):
    """Section 7: NULL where neither is mapped."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-01-01", 1, discount=1, coupon=None),
            order("ada", "2026-01-02", 2, discount=0, coupon="SALE"),
            order("ada", "2026-01-03", 4, discount=None, coupon="  "),
        ],
    )
    bare = world(any_engine, orders=[order("ada", "2026-01-01", 1)])

    rows = small.rows(small.inputs().orders)

    assert {each["net"]: each["is_promoted"] for each in rows} == {1: True, 2: True, 4: False}
    assert [each["is_promoted"] for each in bare.rows(bare.inputs().orders)] == [None]


def test_lines_are_those_of_valid_orders(any_engine):
    """Section 8: with what their product tells where they do not."""
    small = world(
        any_engine,
        orders=[order("ada", "2026-01-01", 1, id="o1"), order("ada", "2027-01-01", 1, id="o2")],
        order_items=[
            {"order": "o1", "product": "p1", "quantity": 2, "unit_price": "1.5", "category": None},
            {"order": "o1", "product": None, "quantity": None, "category": "B"},
            {"order": "o2", "product": "p1", "quantity": 2, "unit_price": 1},
            {"order": None, "product": "p1", "quantity": 2, "unit_price": 1},
        ],
        products=[{"id": "p1", "category": "A", "brand": "X"}],
    )

    rows = small.rows(small.inputs().lines)

    names = ("order", "product", "category", "brand", "quantity", "amount")
    assert sorted([tuple(each[name] for name in names) for each in rows], key=str) == [
        ("o1", "p1", "A", "X", 2.0, Decimal(3)),
        ("o1", None, "B", None, None, None),
    ]


def test_others_may_own_the_orders(duck):
    """SC16: steps 3 and 4 look at the same orders as if they were of other people."""
    small = world(
        duck,
        orders=[order("ada", "2026-01-01", 1, id="o1"), order("bob", "2026-01-02", 2, id="o2")],
    )
    owners = duck.load("other_owners", [_batch([("o1", "bob")])], [_text("id"), _text("owner")])
    people = duck.load("some_people", [_batch([("bob", None)])], [_text("id"), _text("owner")])

    moved = small.inputs(owners={"orders": owners})
    some = small.inputs(people=people)

    assert [(each["id"], each["net"]) for each in small.rows(moved.orders)] == [("bob", 1)]
    assert [(each["id"], each["net"]) for each in small.rows(some.orders)] == [("bob", 2)]
    assert [each["id"] for each in small.rows(some.people)] == ["bob"]
    assert some.base_count == 2


def _text(name):
    return sa.column(name, sa.Text())


def _batch(rows):
    ids, owners = zip(*rows, strict=True)
    return pa.RecordBatch.from_pydict(
        {"id": pa.array(ids, pa.string()), "owner": pa.array(owners, pa.string())}
    )
