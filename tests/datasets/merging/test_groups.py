"""Column groups move as one (D72); `test_engines.py` compares engines."""

import pytest

from tests.datasets.merging.worlds import column, merged, planned, record
from tresse.datasets.definition import Group, Merge

PARTS = ("street", "zip", "city")


def address(*values):
    return dict(zip(PARTS, values, strict=True))


def moved(engine, rows, *, merge=None, requires=(), name="groups"):
    group = Group("address", PARTS, merge or Merge(), tuple(requires))
    plan = planned(*(column(each) for each in PARTS), column("name"), groups=[group])
    golden, values = merged(engine, plan, rows, name=name)
    found = golden["p"]
    return tuple(found[each] for each in PARTS), values["p"]


ROWS = [
    record("crm/1", address("1 rue A", "75001", "Paris"), created=3, modified=1),
    record("web/1", address("2 av B", None, None), created=2, modified=3),
    record("pos/1", address("1 rue A", "75001", "Paris"), created=1, modified=2),
    record("pos/2", address(None, None, None), created=0, modified=9),
]


PICKED = [
    (Merge("latest"), "web/1"),
    (Merge("latest_record"), "web/1"),
    (Merge("earliest"), "pos/1"),
    (Merge("source_priority", sources=("crm",)), "crm/1"),
    (Merge("most_frequent"), "pos/1"),
]
"Methods, and the record of `ROWS` that they pick."


@pytest.mark.parametrize(
    ("merge", "winner"), PICKED, ids=lambda each: getattr(each, "method", each)
)
@pytest.mark.parametrize("more", [0, 8], ids=["few", "many"])
def test_all_columns_come_from_the_record_that_is_picked(duck, merge, winner, more):
    """D72: records without any value are none; no address is made of two."""
    empty = [record(f"crm/e{n}", address(None, None, None), modified=20) for n in range(more)]
    by_key = {f"{row['source']}/{row['key']}": row["values"] for row in ROWS}

    found, values = moved(duck, [*ROWS, *empty], merge=merge)

    assert found == tuple(by_key[winner].values())
    assert {values[each][0] for each in PARTS} == {winner}


def test_counts_of_a_group_are_those_of_its_columns(duck):
    """D75, D72"""
    _, values = moved(duck, ROWS)

    assert values == {
        "street": ("web/1", 3, 2),
        "zip": ("web/1", 2, 1),
        "city": ("web/1", 2, 1),
        "name": (None, 0, 0),
    }


def test_required_columns_make_candidates(duck):
    """D72"""
    found, values = moved(duck, ROWS, requires=["street", "city"])

    assert found == ("1 rue A", "75001", "Paris")
    assert values["street"][0] == "pos/1"


def test_no_candidate_leaves_all_empty(duck):
    """D72: one record, or several, of which none has what is required."""
    one = [record("crm/1", address(None, "75001", "Paris"))]
    several = [*one, record("web/1", address(None, None, "Lyon"))]

    for rows in (one, several):
        found, values = moved(duck, rows, requires=["street"])
        assert found == (None, None, None)
        assert values["city"] == (None, len(rows), len(rows))


def test_a_record_that_is_alone_gives_its_group(duck):
    """D72"""
    found, values = moved(duck, [ROWS[1]], requires=["street"])

    assert found == ("2 av B", None, None)
    assert values["zip"] == ("web/1", 0, 0)


def test_a_column_outside_may_be_required(duck):
    """D72"""
    group = Group("address", PARTS, requires=("name",))
    plan = planned(*(column(each) for each in PARTS), column("name"), groups=[group])
    rows = [
        record("crm/1", {**address("1 rue A", None, None), "name": "Ada"}, modified=1),
        record("web/1", {**address("2 av B", None, None)}, modified=2),
    ]

    golden, _ = merged(duck, plan, rows, name="outside")

    assert golden["p"]["street"] == "1 rue A"
