"""Aggregates against a reading in plain Python, over rows with nulls, ties and days to come."""

from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.computed.sides import AS_OF, Table, world
from tests.examples import examples
from tresse.datasets.definition import Aggregate, Window

TODAY = AS_OF.date()
TYPES = {"at": "date", "net": "decimal", "loose": "number", "whole": "integer", "word": "text"}
PEOPLE = ("ada", "bob", "eve")
MONTH = Window(last=(1, "months"))
COLUMNS = ("net", "loose", "whole", "word", "at")
NUMBERS = ("net", "loose", "whole")
CONDITIONS: dict[str, Any] = {
    "": None,
    "net >= 1": lambda row: row["net"] is not None and row["net"] >= 1,
    "word is distinct from 'b'": lambda row: row["word"] != "b",
}
ROW = st.fixed_dictionaries(
    {
        "contact_id": st.sampled_from([*PEOPLE[:2], None]),
        "at": st.none() | st.integers(-60, 5).map(lambda days: TODAY + timedelta(days=days)),
        "net": st.none() | st.integers(-3, 3).map(lambda n: Decimal(n) / 3).map(
            lambda n: n.quantize(Decimal("0.000001"))
        ),
        "loose": st.none() | st.sampled_from([0.1, 0.2, -0.3, 1e-7, 2.5]),
        "whole": st.none() | st.integers(-2, 2),
        "word": st.none() | st.sampled_from(["a", "b", "B", "é", "", "\U0001f600", "\uff21"]),
    }
)  # fmt: skip
ITEMS = [
    Aggregate(f"i{number}", ("orders",), do, column, where or None, window)
    for number, (do, column, where, window) in enumerate(
        (do, column, where, window)
        for where in CONDITIONS
        for window in (Window(), MONTH)
        for do, columns in {
            "count": ("", "word"),
            "sum": NUMBERS,
            "avg": NUMBERS,
            **dict.fromkeys(("count_distinct", "min", "max", "most_frequent", "list"), COLUMNS),
            **dict.fromkeys(("first", "last"), COLUMNS),
        }.items()
        for column in columns
    )
]


def expected(rows: list[dict[str, Any]], item: Aggregate) -> Any:  # noqa: C901  a table
    """What an aggregate of the rows of one person is, word by word as D110 has it."""
    counted = [row for row in rows if _counts(row, item)]
    if not item.column:
        return len(counted)
    values = [row[item.column] for row in counted if row[item.column] is not None]
    match item.do:
        case "count":
            return len(values)
        case "count_distinct":
            return len(set(values))
        case "sum":
            total = _total(values, item.column)
            return float(total) if item.column == "loose" else total
        case "avg" if values:
            mean = Decimal(_total(values, item.column)) / len(values)
            return mean.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        case "min":
            return min(values, default=None)
        case "max":
            return max(values, default=None)
        case "first" | "last":
            timed = [row for row in counted if row["at"] and row[item.column] is not None]
            timed.sort(key=lambda row: (row["at"], min(row["_keys"])))
            return timed[0 if item.do == "first" else -1][item.column] if timed else None
        case "most_frequent":
            return _favourite(counted, item.column)
        case "list":
            return [_text(each) for each in sorted(set(values))]
    return None


def _counts(row: dict[str, Any], item: Aggregate) -> bool:
    where = CONDITIONS[item.where or ""]
    if where is not None and not where(row):
        return False
    if row["at"] is None:
        return item.window != MONTH
    return row["at"] <= TODAY and (item.window != MONTH or row["at"] > date(2026, 2, 10))


def _total(values: list[Any], column: str) -> Any:
    if column != "loose":
        return sum(values)
    six = Decimal("0.000001")
    return sum((Decimal(str(each)).quantize(six, ROUND_HALF_UP) for each in values), Decimal())


def _favourite(rows: list[dict[str, Any]], column: str) -> Any:
    counted = Counter(row[column] for row in rows if row[column] is not None)
    if not counted:
        return None

    def rank(value: Any) -> Any:
        days = [row["at"] for row in rows if row[column] == value and row["at"]]
        last = max(days).toordinal() if days else 0
        return -counted[value], -last

    best = min(map(rank, counted))
    return min(value for value in counted if rank(value) == best)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if value else "0"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def check(engine: Any, rows: list[dict[str, Any]]) -> None:
    keyed = [
        {**row, "_keys": [f"shop/{(number * 7) % 101:03}", f"web/{number}"]}
        for number, row in enumerate(rows)
    ]
    orders = Table(TYPES, keyed, {"contact": ("contacts", "orders")}, {"at": "ordered_at"})
    people = Table({}, [{"id": name} for name in PEOPLE])

    found = world(engine, contacts=people, orders=orders).aggregates("contacts", *ITEMS)

    wrong = [
        (name, item, found[name][item.name], wanted)
        for name in PEOPLE
        for item in ITEMS
        if found[name][item.name]
        != (wanted := expected([row for row in keyed if row["contact_id"] == name], item))
    ]
    assert wrong == []


@given(st.lists(ROW, max_size=14))
@examples(8)
def test_aggregates_are_what_plain_python_says(duck, rows):
    """D110, D112, D83"""
    check(duck, rows)


@pytest.mark.spark
@given(st.lists(ROW, min_size=14, max_size=14))
@examples(1, derandomize=True)
def test_aggregates_on_spark_are_what_plain_python_says(spark, rows):
    """D110, D112, D83"""
    check(spark, rows)
