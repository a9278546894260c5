"""Which related rows count (segments.md G66): formulas and filters, relations followed."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.datasets.computed.sides import Table, world
from tresse.datasets.computed.where import ids_chosen, names_in
from tresse.datasets.definition import Aggregate
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
ROWS = [
    {"id": "1", "at": datetime(2026, 3, 9, 23, 30, tzinfo=UTC), "channel": "Web", "net": 10,
     "tags": ["new", "x|y"], "product_id": "p1", "paid": True},
    {"id": "2", "at": datetime(2026, 2, 1, tzinfo=UTC), "channel": "shop", "net": 20.5,
     "tags": [], "product_id": "p2", "paid": False},
    {"id": "3", "at": datetime(2020, 2, 1, tzinfo=UTC), "channel": None, "net": None,
     "tags": None, "product_id": None, "paid": None},
]  # fmt: skip
TYPES = {
    "at": "datetime", "channel": "text", "net": "decimal", "tags": "list", "paid": "boolean",
    "Odd name": "text",
}  # fmt: skip


def shop(engine):
    return world(
        engine,
        orders=Table(TYPES, ROWS, {"product": ("products", ""), "contact": ("contacts", "orders")},
                     {"at": "ordered_at"}),
        products=Table({"category": "text", "price": "decimal"},
                       [{"id": "p1", "category": "Shoes", "price": 1}, {"id": "p2"}]),
        contacts=Table({}, []),
    )  # fmt: skip


def chosen(small, where, side="orders"):
    rows = small.world.engine.rows(ids_chosen(small.world, small.world.sides[side], where))
    return "".join(sorted(row[0] for row in rows))


def prop(name, operator, *value):
    return {"property": name, "operator": operator, **({"value": value[0]} if value else {})}


WHERES = [
    ("net > 10", "2"),
    ("NET > 10", "2"),
    ("net is null", "3"),
    ("paid", "1"),
    ("null", ""),
    ("channel = 'shop' or product.category = 'Shoes'", "12"),
    ("product.category is null", "23"),
    ("product.price < net", "1"),
    ("list_contains(tags, 'x|y') and list_length(tags) = 2", "1"),
    ("list_length(tags) = 0", "2"),
    ("list_join(tags, '+') = 'new+x|y'", "1"),
    # Half past midnight in Paris; today by the build, not by the clock.
    ("date(at) = today()", "1"),
    ("at > date_add_days(today(), -90)", "12"),
    ("_id = '2' or _members > 1", "2"),
    ('"Odd name" is null and net = 10', "1"),
    (prop("channel", "is", "web"), "1"),
    (prop("net", "is_not_empty"), "12"),
    (prop("product.category", "is", "shoes"), "1"),
    (prop("product.category", "is_empty"), "23"),
    (prop("at", "in_last", "90 days"), "12"),
    (prop("at", "in_period", "this month"), "1"),
    (prop("tags", "contains", "new"), "1"),
    ({"formula": "product.category = 'Shoes'"}, "1"),
    ({"any": [{"formula": "list_contains(tags, 'new')"}, prop("net", "is", 20.5)]}, "12"),
    ({"not": prop("channel", "is", "web")}, "23"),
    ({"all": []}, "123"),
    ([prop("net", "more_than", {"property": "product.price"})], "1"),
]


@pytest.mark.parametrize(("where", "ids"), WHERES, ids=[str(where) for where, _ in WHERES])
def test_rows_that_a_formula_or_a_filter_means(duck, where, ids):
    """G66, D110: time is that of the build, relations to one row are followed, NULL is not true."""
    assert chosen(shop(duck), where) == ids


def test_all_of_them_mean_the_same_on_every_engine(any_engine):
    """G66, D84"""
    small = shop(any_engine)

    assert [(where, chosen(small, where)) for where, _ in WHERES] == WHERES


def test_columns_that_were_worked_out_are_there(duck):
    """D120"""
    small = world(
        duck,
        orders=Table({"net": "decimal"}, [{"contact_id": "a", "net": 5}],
                     {"contact": ("contacts", "orders")}),
        contacts=Table({}, [{"id": "a"}, {"id": "b"}]),
    )  # fmt: skip
    small.added("contacts", Aggregate("spent", ("orders",), "sum", "net"))

    assert chosen(small, "spent > 1", "contacts") == "a"
    assert chosen(small, prop("spent", "is", 0), "contacts") == "b"
    assert chosen(small, "contact.spent = 5", "orders") == "orders1"


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("net", "formula_type"),
        ("nett > 1", "column_missing"),
        ("product.categry = 'x'", "column_missing"),
        ("produkt.category = 'x'", "unknown_reference"),
        ("SUM(net) > 1", "formula_aggregate"),
        ("(SELECT 1)", "formula_subquery"),
        (prop("nett", "is", 1), "column_missing"),
        (prop("net", "sounds_like", 1), "unknown_operator"),
        (prop("net", "is", "many"), "wrong_value"),
        ({"formula": "net"}, "formula_type"),
        ({"formla": "net"}, "unknown_key"),
        ({"any": []}, "bad_filter"),
        ({"linked": "deal"}, "*"),
        (17, "bad_filter"),
    ],
)
def test_what_means_nothing_is_refused(duck, where, code):
    """G66, D104"""
    with pytest.raises(TresseError) as refused:
        chosen(shop(duck), where)

    assert code in ("*", refused.value.code), refused.value.message


def test_names_of_conditions():
    """D110"""
    assert names_in("a.b = 1 and c > a.b") == ["a.b", "c"]
    assert names_in({"all": [prop("x.y", "is", {"property": "z"}), {"formula": "a > 1"}]}) == [
        "x.y", "z", "a",
    ]  # fmt: skip
    assert names_in(None) == []


def test_a_condition_reads_rows_once(duck):
    """D110: over relations to one row each, no row shows twice."""
    small = shop(duck)
    every = ids_chosen(small.world, small.world.sides["orders"], "product.price >= 0 or true")
    number = sa.select(sa.func.count()).select_from(every.subquery())

    assert small.world.engine.scalar(number) == len(ROWS)
