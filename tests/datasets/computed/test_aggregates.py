"""Aggregates over related rows (datasets.md section 14)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.datasets.computed.sides import Table, world
from tresse.datasets.computed.aggregates import MORE, without_relation
from tresse.datasets.definition import Aggregate, Window
from tresse.kernel.errors import TresseError

ORDER = {"at": "date", "category": "text", "amount": "decimal"}
CONTACT = {"contact": ("contacts", "orders")}
PEOPLE = Table({}, [{"id": "ada"}, {"id": "bob"}])
TWO_YEARS = Window(last=(2, "years"))


def of_orders(name, do, column="", where=None, window=Window()):  # noqa: B008  frozen
    return Aggregate(name, ("orders",), do, column, where, window)


def shop(engine, rows, types=ORDER, *, people=PEOPLE, **more):
    fields = {"at": "ordered_at"} if "at" in types else {}
    orders = Table(types, rows, CONTACT, fields)
    return world(engine, contacts=people, orders=orders, **more)


def order(at, category, amount, contact="ada", **more):
    day = date.fromisoformat(at) if isinstance(at, str) else at
    return {"contact_id": contact, "at": day, "category": category, "amount": amount, **more}


EXAMPLE = [
    order("2024-03-10", "A", 10),
    order("2024-03-11", "A", 20),
    order("2025-06-01", "B", 30),
    order("2026-03-10", "A", 40),
    order("2026-03-11", "A", 50),
]


def test_the_example_of_the_specification(any_engine):
    """D113: category A in the last two years, and all categories without a window."""
    a = "category = 'A'"
    small = shop(any_engine, [*EXAMPLE, order("2026-03-01", "A", 7, None)])

    found = small.aggregates(
        "contacts",
        of_orders("count", "count", "", a, TWO_YEARS),
        of_orders("sum", "sum", "amount", a, TWO_YEARS),
        of_orders("avg", "avg", "amount", a, TWO_YEARS),
        of_orders("first", "first", "amount", a, TWO_YEARS),
        of_orders("last", "last", "amount", a, TWO_YEARS),
        of_orders("count_all", "count"),
        of_orders("favourite", "most_frequent", "category"),
        of_orders("all", "list", "category"),
    )

    assert found["ada"] == {
        "count": 2,
        "sum": 60,
        "avg": 30,
        "first": 20,
        "last": 40,
        "count_all": 4,
        "favourite": "A",
        "all": ["A", "B"],
    }
    assert found["bob"] == {
        "count": 0,
        "sum": 0,
        "avg": None,
        "first": None,
        "last": None,
        "count_all": 0,
        "favourite": None,
        "all": [],
    }
    [lead] = small.world.leads_to("contacts")
    assert without_relation(small.world, lead) == 1


def test_nulls_are_skipped_and_rows_are_counted(any_engine):
    """D110: count of rows and of values, distinct values, ends, of nulls and of nothing else."""
    rows = [
        order("2026-01-01", None, 5),
        order("2026-01-02", "B", None),
        order("2026-01-03", "B", -7),
        order("2026-01-04", None, None),
        order("2026-01-01", None, None, "bob"),
    ]
    wanted = {
        "rows": ("count", ""),
        "values": ("count", "amount"),
        "distinct": ("count_distinct", "category"),
        "least": ("min", "amount"),
        "greatest": ("max", "amount"),
        "first_text": ("min", "category"),
        "sum": ("sum", "amount"),
        "avg": ("avg", "amount"),
        "first": ("first", "category"),
        "last": ("last", "category"),
        "list": ("list", "amount"),
        "frequent": ("most_frequent", "amount"),
    }

    found = shop(any_engine, rows).aggregates(
        "contacts", *(of_orders(name, *how) for name, how in wanted.items())
    )

    assert found["ada"] == {
        "rows": 4, "values": 2, "distinct": 1, "least": -7, "greatest": 5, "first_text": "B",
        "sum": -2, "avg": -1, "first": "B", "last": "B", "list": ["-7", "5"], "frequent": -7,
    }  # fmt: skip
    assert found["bob"] == {
        "rows": 1, "values": 0, "distinct": 0, "least": None, "greatest": None,
        "first_text": None, "sum": 0, "avg": None, "first": None, "last": None, "list": [],
        "frequent": None,
    }  # fmt: skip


def test_a_tie_goes_by_the_least_record_key(any_engine):
    """D110: first and last on one day; the key is the least text of the record keys."""
    rows = [
        order("2026-01-01", "late", 1, _keys=["shop/b", "web/a"]),
        order("2026-01-01", "early", 2, _keys=["shop/a", "web/b"]),
        order("2026-01-01", "longer", 3, _keys=["shop/ab"]),
        order(None, "never", 4, _keys=["shop/0"]),
    ]

    found = shop(any_engine, rows).aggregates(
        "contacts",
        of_orders("first", "first", "category"),
        of_orders("last", "last", "category"),
    )

    assert found["ada"] == {"first": "early", "last": "late"}


def test_the_most_frequent_value_and_its_ties(any_engine):
    """D110: the later last date, then the lesser value; without any date last of all."""
    rows = [
        *(order("2026-01-05", "A", 1) for _ in range(2)),
        order("2026-01-01", "B", 1),
        order("2026-02-01", "B", 1),
        *(order("2026-03-01", "C", 1) for _ in range(1)),
        *(order("2026-02-01", value, 1, "bob") for value in ("y", "x")),
        order(None, "a", 1, "bob"),
    ]

    found = shop(any_engine, rows).aggregates(
        "contacts", of_orders("favourite", "most_frequent", "category")
    )

    assert {name: each["favourite"] for name, each in found.items()} == {"ada": "B", "bob": "x"}


def test_a_list_holds_a_hundred_values_then_a_flag(any_engine):
    """D110: distinct values in order, at most 100, then a flag."""
    rows = [
        *(order("2026-01-01", f"{number:03}", number) for number in range(150) for _ in range(2)),
        *(order("2026-01-01", f"\U0001f600{number}", number, "bob") for number in range(100)),
    ]

    found = shop(any_engine, rows).aggregates(
        "contacts", of_orders("texts", "list", "category"), of_orders("numbers", "list", "amount")
    )

    assert found["ada"]["texts"] == [*(f"{number:03}" for number in range(100)), MORE]
    assert found["ada"]["numbers"] == [*(str(number) for number in range(100)), MORE]
    assert len(found["bob"]["texts"]) == 100
    assert MORE not in found["bob"]["texts"]


def test_sums_and_means_are_exact(any_engine):
    """D83, D110: doubles are rounded to 6 places first; means half away from zero, 6 places."""
    types = {"at": "date", "exact": "decimal", "loose": "number", "whole": "integer"}
    rows = [
        {"contact_id": who, "exact": exact, "loose": loose, "whole": whole}
        for who, exact, loose, whole in [
            ("ada", "0.000001", 0.1, 2**53 - 1),
            ("ada", "0.000002", 0.2, 2),
            ("bob", "-0.000001", 1e300, 1),
            ("bob", "-0.000002", float("nan"), None),
            ("eve", "999999999999999.999999", 0.0000004, 3),
            ("eve", "-999999999999999.999999", float("inf"), 3),
            ("eve", "1", -0.0000006, 4),
        ]
    ]
    people = Table({}, [{"id": name} for name in ("ada", "bob", "eve")])

    found = shop(any_engine, rows, types, people=people).aggregates(
        "contacts",
        *(of_orders(f"{do}_{name}", do, name) for do in ("sum", "avg")
          for name in ("exact", "loose", "whole")),
    )  # fmt: skip

    assert found["ada"]["sum_exact"] == Decimal("0.000003")
    assert found["ada"]["avg_exact"] == Decimal("0.000002")
    assert found["ada"]["sum_loose"] == 0.3
    assert found["ada"]["avg_loose"] == Decimal("0.15")
    assert found["ada"]["sum_whole"] == 2**53 + 1
    assert found["bob"]["avg_exact"] == Decimal("-0.000002")
    # Too large to be summed exactly.
    assert (found["bob"]["sum_loose"], found["bob"]["avg_loose"]) == (None, None)
    assert found["eve"]["sum_exact"] == 1
    assert found["eve"]["avg_exact"] == Decimal("0.333333")
    assert found["eve"]["sum_loose"] == -0.000001
    assert found["eve"]["avg_whole"] == Decimal("3.333333")


LINES = [
    {"order_id": "o1", "product_id": "p1", "net": 10, "quantity": 1},
    {"order_id": "o1", "product_id": "p2", "net": 20, "quantity": 2},
    {"order_id": "o2", "product_id": "p1", "net": 30, "quantity": None},
    {"order_id": "o3", "product_id": None, "net": 40, "quantity": 4},
    {"order_id": "o4", "product_id": "p2", "net": 50, "quantity": 5},
    {"order_id": None, "product_id": "p2", "net": 60, "quantity": 6},
    {"order_id": "o5", "product_id": "p2", "net": 70, "quantity": 7},
]


def lines(engine):
    """Two people; lines of their orders, of an order of nobody, of one to come, of none."""
    orders = [
        order("2026-01-01", "web", 0, "ada", id="o1"),
        order("2026-02-01", "web", 0, "bob", id="o2"),
        order("2026-03-01", "shop", 0, "ada", id="o3"),
        order("2026-03-01", "shop", 0, None, id="o4"),
        order("2026-03-11", "shop", 0, "ada", id="o5"),
    ]
    return world(
        engine,
        contacts=PEOPLE,
        orders=Table(ORDER, orders, CONTACT, {"at": "ordered_at"}),
        lines=Table(
            {"net": "decimal", "quantity": "integer"},
            LINES,
            {"order": ("orders", "items"), "product": ("products", "")},
            entity="order_items",
        ),
        products=Table(
            {"category": "text"},
            [{"id": "p1", "category": "shoes", "brand_id": "b1"}, {"id": "p2", "category": "hats"}],
            {"brand": ("brands", "")},
        ),
        brands=Table({"name": "text"}, [{"id": "b1", "name": "Nord"}]),
    )


def test_paths_of_several_steps_and_columns_of_to_one_relations(any_engine):
    """D110: `orders.items`, `product.category`, `product.brand.name`; rows of nobody count nowhere.

    Lines have no time of their own: those of orders to come do not count (D112).
    """
    small = lines(any_engine)
    over = ("orders", "items")

    found = small.aggregates(
        "contacts",
        Aggregate("net", over, "sum", "net"),
        Aggregate("categories", over, "list", "product.category"),
        Aggregate("hats", over, "sum", "quantity", "product.category = 'hats'"),
        Aggregate("nord", over, "count", "", "product.brand.name = 'Nord' and quantity is null"),
        Aggregate("recent", over, "sum", "net", None, Window((1, "months"), on="order.at")),
        Aggregate("last", over, "last", "net"),
        Aggregate("orders", ("orders",), "count"),
    )

    assert found["ada"] == {
        "net": 70, "categories": ["hats", "shoes"], "hats": 2, "nord": 0, "recent": 40,
        "last": 40, "orders": 2,
    }  # fmt: skip
    assert found["bob"] == {
        "net": 30, "categories": ["shoes"], "hats": 0, "nord": 1, "recent": 0, "last": 30,
        "orders": 1,
    }  # fmt: skip
    by_order = small.aggregates("products", Aggregate("sold", ("lines",), "sum", "quantity"))
    assert {name: each["sold"] for name, each in by_order.items()} == {"p1": 1, "p2": 20}


def test_an_aggregate_may_be_of_a_column_that_was_worked_out(any_engine):
    """D120: of lines per order, then of these per person."""
    small = lines(any_engine)
    small.added("orders", Aggregate("size", ("items",), "count"))

    found = small.aggregates("contacts", Aggregate("largest", ("orders",), "max", "size"))

    assert {name: each["largest"] for name, each in found.items()} == {"ada": 2, "bob": 1}


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (Aggregate("x", ("ordres",), "count"), 'There is no relation .* "ordres".*"orders"'),
        (of_orders("x", "sum", "amont"), 'has no column "amont".*"amount"'),
        (of_orders("x", "count", "", "catgory = 'A'"), 'has no column "catgory"'),
        (of_orders("x", "count", "", "category = 1"), "1 is a whole number"),
        (of_orders("x", "count", "", "amount"), "amount is a number; where needs true or false"),
        (
            of_orders("x", "count", "", None, Window((1, "days"), on="category")),
            '"category" is text; a window needs a date',
        ),
    ],
)
def test_what_does_not_fit_is_refused(duck, item, sentence):
    """D104, D110"""
    with pytest.raises(TresseError, match=sentence):
        shop(duck, EXAMPLE).aggregates("contacts", item)


def test_without_a_time_there_is_no_window(duck):
    """D112"""
    small = shop(duck, [], {"category": "text"})

    with pytest.raises(TresseError, match="orders has no column of time"):
        small.aggregates("contacts", of_orders("x", "count", "", None, Window(last=(1, "days"))))


def test_instants_are_ordered_to_the_microsecond(any_engine):
    """D110, D112"""
    times = [datetime(2026, 1, 1, 9, 0, 0, 1, UTC), datetime(2026, 1, 1, 9, tzinfo=UTC)]
    rows = [{"contact_id": "ada", "at": time, "category": str(n)} for n, time in enumerate(times)]
    types = {"at": "datetime", "category": "text"}

    found = shop(any_engine, rows, types).aggregates(
        "contacts",
        of_orders("first", "first", "category"),
        of_orders("favourite", "most_frequent", "category"),
        of_orders("latest", "max", "at"),
    )

    assert found["ada"] == {"first": "1", "favourite": "0", "latest": times[0]}
