"""Every construct gives what it says on DuckDB, and the same on Spark.

All constructs stand in one statement, as a cluster takes long for each.
"""

import math
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given

from tests.engine.contract.cases import CASES
from tests.engine.contract.rows import COLUMNS, Row, batch, tables, with_odd
from tests.examples import examples
from tresse.engine import columns

NAMES = [column.name for column in COLUMNS]


def worked_out(engine, found: list[Row]) -> list[Row]:
    table = engine.load("constructs", [batch(found)], COLUMNS)
    cells = [case.build(table).label(f"c{i}") for i, case in enumerate(CASES.values())]
    rows: list[Row] = engine.rows(sa.select(table.c.id, *cells).order_by(table.c.id))
    return rows


def alike(value, other) -> bool:
    if isinstance(value, float) and isinstance(other, float) and math.isnan(value):
        return math.isnan(other)
    return (type(value), value) == (type(other), other)


@given(tables())
@examples(6)
def test_constructs_give_what_they_say(duck, found):
    found = with_odd(found)

    rows = worked_out(duck, found)

    assert len(rows) == len(found)
    wrong = [
        (name, cells, value)
        for number, *values in rows
        for (name, case), value in zip(CASES.items(), values, strict=True)
        for cells in [_needed(case, found[number])]
        if case.expected is not None
        and not alike(value, case.expected(*cells) if None not in cells else None)
    ]
    assert [short(each) for each in wrong[:5]] == []


def short(found) -> str:
    return repr(found)[:400]


def _needed(case, row: Row) -> list[Any]:
    known = dict(zip(NAMES[1:], row, strict=True))
    return [known[name] for name in case.needs.split()]


@pytest.mark.spark
@given(tables(least=100, most=100))
@examples(1, derandomize=True)
def test_constructs_are_the_same_on_spark(duck, spark, found):
    found = with_odd(found)

    wanted, given = worked_out(duck, found), worked_out(spark, found)

    names = ["id", *CASES]
    wrong = [
        (name, found[row[0]], value, other)
        for row, others in zip(wanted, given, strict=True)
        for name, value, other in zip(names, row, others, strict=True)
        if not alike(value, other)
    ]
    assert [short(each) for each in wrong[:5]] == []


def test_every_construct_has_a_case():
    built = "\n".join(case.build.__code__.co_names.__repr__() for case in CASES.values())
    missing = [n for n in columns.__all__ if f"'{n}'" not in built]
    assert set(missing) == {
        "first_of",
        "flattened",
        "gathered",
        "last_of",
        "listed",
    }  # of groups: test_engine.py
