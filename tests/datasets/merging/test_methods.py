"""Every merge method does what it says, on every engine, beside a model in plain Python."""

import math
import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.merging.model import COMBINED, PICKED, Cluster
from tests.datasets.merging.worlds import AS_OF, SOURCES, column, merged, planned, record
from tests.examples import examples
from tresse.datasets.definition import METHODS as NAMES
from tresse.datasets.definition import Merge
from tresse.datasets.layout import result_type
from tresse.datasets.merging import METHODS, fits, fits_group
from tresse.sources.types import TYPES

TEXTS = (
    None,
    None,
    "",
    " ",
    "\u00a0",
    "a",
    "A",
    "ab",
    "é",
    "e\u0301",
    "zażółć",
    "👩‍👩‍👧",
    "𐀀",
    "\uffff",
)
SAMPLES = {
    "text": TEXTS,
    "integer": (None, None, 0, 1, -1, 2**40, 5),
    "decimal": tuple(x and Decimal(x) for x in (None, None, "0.000001", "-1.5", "1.50", "12")),
    "number": (None, math.nan, 0.1, 0.2, -1.5, 0.30000000000000004, 1234.567891),
    "boolean": (None, None, True, False),
    "date": (None, None, date(1969, 12, 31), date(2024, 2, 29), date(2026, 1, 1)),
    "datetime": (None, datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 1, tzinfo=UTC)),
    "list": (None, None, [], ["a"], ["b", "a"], ["a", "b"]),
    "json": (None, None, "{}", '{"a": 1}'),
}
CONSENTS = (None, "unsubscribed", "unknown", "pending", "subscribed", "subscribed", "maybe")
TRIO = ("email_consent", "email_consent_at", "email_consent_proof")


TRIED = {
    "latest": tuple(SAMPLES),
    "most_frequent": ("text", "number", "list"),
    "min": ("text", "number", "date"),
    "max": ("text", "decimal", "datetime"),
    "sum": ("integer", "decimal", "number"),
    "union": ("text", "integer", "boolean", "list"),
    "any": ("boolean",),
    "all": ("boolean",),
}
"Types by method; of all other methods text alone, as they do not look at the type."


def every_method():
    """A plan with columns for every method, and a consent with time and proof."""
    columns = [
        column(f"{method}_{type_}", type_, Merge(method, sources=sources))
        for method in NAMES
        for type_ in TRIED.get(method, ("text",))
        if method != "consent"
        for sources in ([("web", "pos")] if method == "source_priority" else [()])
    ]
    consent, at, proof = TRIO
    return planned(
        *columns,
        column("day", "date"),
        column("earliest_by", merge_=Merge("earliest", by="day")),
        column(consent, merge_="consent", semantic=consent),
        column(at, "datetime", semantic=at),
        column(proof, semantic=proof),
        column("sms_consent", merge_="consent", semantic="sms_consent"),
    )


PLAN = every_method()


def values(pick):
    """Cells of a record; `pick` chooses of a sequence."""
    found = {each.column.name: pick(SAMPLES[each.type]) for each in PLAN.columns}
    found["email_consent"], found["sms_consent"] = pick(CONSENTS), pick(CONSENTS)
    found["email_consent_proof"] = pick((None, "", "signed"))
    return found


def world(pick, sizes):
    """Rows, and clusters of these sizes by id."""
    rows, clusters = [], {}
    for number, size in enumerate(sizes):
        keys = [f"{pick(SOURCES)}/{number}-{place}" for place in range(size)]
        clusters[f"p{number}"] = keys
        for key in keys:
            created, modified = pick((None, 0, 1, 2)), pick((0, 1, 1, 2, 400, 500))
            rows.append(record(key, values(pick), created=created, modified=modified))
    return rows, clusters


@st.composite
def worlds(draw):
    chance = draw(st.randoms(use_true_random=False))
    size = st.sampled_from((1, 1, 2, 2, 3, 4, 5, 11))
    return world(chance.choice, draw(st.lists(size, min_size=3, max_size=12)))


def compare(engine, rows, clusters, name="methods"):
    golden, provenance = merged(engine, PLAN, rows, clusters, name=name)

    by_key = {f"{row['source']}/{row['key']}": row for row in rows}
    assert set(golden) == set(clusters)
    for id_, keys in clusters.items():
        cluster = Cluster(PLAN, [by_key[key] for key in keys])
        wanted = cluster.system()
        assert {each: golden[id_][each] for each in wanted} == wanted
        for each in PLAN.columns:
            name = each.column.name
            found = (golden[id_][name], *provenance[id_][name])
            # What follows a consent comes from its record.
            led = PLAN.of("email_consent") if name in TRIO else each
            value, winner, *_ = cluster.found(led)
            if led is not each:
                row = by_key.get(winner or "")
                value = row and cluster.value(row, each)
            assert (name, *found) == (name, value, winner, *cluster.found(each)[2:])


@given(worlds())
@examples(8)
def test_every_method_gives_what_the_model_gives(duck, found):
    """D4, D70, D71, D73, D75, D83"""
    compare(duck, *found)


@pytest.mark.spark
def test_every_method_gives_the_same_on_spark(spark):
    """D4, D70, D71, D73, D75, D83, D84"""
    pick = random.Random(6).choice  # noqa: S311  a world, no secret

    compare(spark, *world(pick, (1, 1, 2, 2, 3, 4, 5, 8, 9, 12)))


@given(worlds(), st.randoms(use_true_random=False))
@examples(3)
def test_the_order_of_rows_does_not_matter(duck, found, shuffler):
    """D70: shuffled, the same golden records, provenance and lists."""
    rows, clusters = found
    before = merged(duck, PLAN, rows, clusters, name="order")

    shuffled = shuffler.sample(rows, len(rows))
    after = merged(duck, PLAN, shuffled, clusters, name="order")

    assert before == after


def test_one_row_gives_itself(duck):
    """D70: lists of one for `union`, numbers rounded for `sum`."""
    row = record("crm/1", {name: pick[-1] for name, pick in _samples().items()})

    golden, _ = merged(duck, PLAN, [row], name="one")

    for each in PLAN.columns:
        value = row["values"][each.column.name]
        is_list = each.column.merge.method == "union"
        assert (golden["p"][each.column.name] == value) or is_list


def _samples():
    return {each.column.name: SAMPLES[each.type] for each in PLAN.columns}


def test_members_are_those_of_the_specification():
    """D70"""
    assert tuple(each.name for each in METHODS) == NAMES
    assert set(PICKED) | set(COMBINED) == set(NAMES)
    assert all(each.label and each.does and each.nulls for each in METHODS)


@pytest.mark.parametrize(
    ("method", "types"),
    [
        ("sum", {"integer", "decimal", "number"}),
        ("longest", {"text"}),
        ("any", {"boolean"}),
        ("consent", {"text", "boolean"}),
        ("union", {each.name for each in TYPES}),
        ("latest", {each.name for each in TYPES}),
        ("no_such_method", set()),
    ],
)
def test_methods_fit_types(method, types):
    """D70: `sum` is of numbers only."""
    assert {each.name for each in TYPES if fits(method, each.name)} == types


def test_groups_are_picked_by_methods_that_pick_records():
    """D72"""
    picking = {each for each in NAMES if fits_group(each)}

    assert picking == {
        "latest", "latest_record", "earliest", "source_priority", "most_frequent"
    }  # fmt: skip
    assert not fits_group("no_such_method")


def test_union_gives_lists():
    """D70"""
    assert result_type("union", "date") == "list"
    assert result_type("max", "date") == "date"
    assert PLAN.of("union_integer").merged_type == "list"


def test_sums_do_not_depend_on_order_and_may_not_fit(duck):
    """D83"""
    plan = planned(
        column("n", "number", "sum"), column("i", "integer", "sum"), column("d", "decimal", "sum")
    )
    numbers = [0.1, 0.2, 0.3, 1e15, -1e15, 0.0000004]
    exact = merged(
        duck, plan, [record(f"crm/{n}", {"n": x}) for n, x in enumerate(numbers)], name="sums"
    )
    most = [{"n": 1e300, "i": 2**63 - 1, "d": Decimal("999999999999999.999999")}] * 2
    beyond = merged(duck, plan, [record(f"crm/{n}", x) for n, x in enumerate(most)], name="sums")

    assert exact[0]["p"]["n"] == 0.6
    assert [beyond[0]["p"][name] for name in "nid"] == [None, None, None]
    assert beyond[1]["p"]["i"] == (None, 2, 1)


def test_times_are_not_later_than_the_build(duck):
    """D71: two records beyond `as_of` are of the same time, so that priority decides."""
    rows = [
        record("web/1", {"name": "later"}, created=900, modified=900),
        record("crm/1", {"name": "later still"}, created=800, modified=800),
    ]

    golden, values = merged(duck, planned(column("name")), rows, name="times")

    assert values["p"]["name"] == ("crm/1", 2, 2)
    assert golden["p"]["modified_at"] == golden["p"]["first_seen_at"] == AS_OF
