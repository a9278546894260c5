"""Clusters under constraints: the procedure of D42; `test_engines.py` compares engines."""

import random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.identity import naive
from tests.datasets.identity.worlds import SOURCES, Record, World, answer, record, shuffled
from tresse.datasets.definition import Guard, Limit

JANE = World(
    [
        record("crm/1", 1, customer_id="C1", email="jane@x.fr", phone="+33611111111"),
        record("web/7", 2, email="jane@x.fr"),
        record("pos/A", 3, phone="+33611111111"),
        record("crm/2", 4, customer_id="C2", email="jane@x.fr", phone="+33622222222"),
        record("pos/B", 5, phone="+33622222222"),
        record("web/9", 6, phone="0000000000"),
    ],
    limits=[Limit("customer_id", 1)],
    dropped=[("phone", "0000000000")],
)


def sets(*names: str) -> set[frozenset[str]]:
    return {frozenset(each.split()) for each in names}


def test_the_example_of_the_rule_comes_out(duck):
    """D45, D42, DG3, DG4."""
    found = answer(duck, JANE)

    assert found.clusters == sets("crm/1 web/7 pos/A", "crm/2 pos/B", "web/9")
    assert list(found.refused) == [("crm/2", 1, "jane@x.fr")]
    guard, detail = found.refused["crm/2", 1, "jane@x.fr"]
    assert guard == "DG3"
    assert orjson.loads(detail) == {
        "constraint": "DG3",
        "sides": [record("crm/2", 0).rid, record("crm/1", 0).rid],
        "column": "customer_id",
        "at_most": 1,
        "values": [["C2"], ["C1"]],
        "sizes": [1, 3],
    } | {"sizes": orjson.loads(detail)["sizes"]}


VALUES = {
    "customer_id": 4,
    "email": 5,
    "phone": 5,
    "anonymous_id": 4,
    "brand": 2,
}


@st.composite
def worlds(draw) -> World:
    """Records that share few values, so that nearly every guard acts somewhere."""
    number = draw(st.integers(2, 24))
    dice = draw(st.randoms(use_true_random=False))
    records = [
        Record(
            f"{dice.choice(SOURCES)}/{n}",
            dice.randrange(12),
            {
                column: f"{column[0]}{dice.randrange(size)}"
                for column, size in VALUES.items()
                if dice.random() < 0.45
            },
            trusted=dice.random() < 0.9,
        )
        for n in range(number)
    ]
    names = [each.name for each in records]
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names))
    keys = draw(
        st.permutations([("customer_id",), ("email",), ("phone", "brand"), ("anonymous_id",)])
    )
    limit = st.builds(
        Limit,
        st.sampled_from(["email", "phone", "customer_id"]),
        st.integers(1, 3),
        st.sampled_from([None, 2, 7]),
    )
    return World(
        records,
        keys=keys[: draw(st.integers(1, 4))],
        limits=draw(
            st.none() | st.lists(limit, max_size=3, unique_by=lambda each: (each.column, each.days))
        ),
        separate=draw(st.sampled_from([(), ("brand",)])),
        guard=Guard(cap=draw(st.sampled_from([2, 4, 8, 200]))),
        links=draw(st.lists(pair, max_size=3)),
        aparts=draw(st.lists(pair, max_size=3)),
        dropped=draw(st.sampled_from([(), (("customer_id", "c0"), ("email", "e1"))])),
        claims=draw(st.lists(st.sampled_from(names), max_size=2)),
    )


@settings(deadline=None, max_examples=10)  # each is some sixty statements
@given(worlds(), st.randoms(use_true_random=False))
def test_the_short_cut_gives_what_the_procedure_gives_in_any_order(duck, world, dice):
    """D42, D43, D44, DG3, DG6, DG8, DG9, DG10, DG11."""
    found = answer(duck, world)
    clusters, refused = naive.clusters(world)

    assert found.clusters == clusters
    assert {row: guard for row, (guard, _) in found.refused.items()} == refused

    again = answer(duck, shuffled(world, dice))

    assert again.ids == found.ids
    assert again.refused == found.refused


def large_world(number: int = 500) -> World:
    """Several hundred components, in which every guard acts."""
    dice = random.Random(7)  # noqa: S311
    most = {
        "customer_id": 0.6,
        "email": 0.5,
        "phone": 0.5,
        "anonymous_id": 0.4,
        "brand": 3 / number,
    }
    share = {"customer_id": 0.4, "email": 0.5, "phone": 0.4, "anonymous_id": 0.3, "brand": 0.3}
    records = [
        Record(
            f"{dice.choice(SOURCES)}/{n}",
            dice.randrange(number),
            {
                name: f"{name[0]}{dice.randrange(round(most[name] * number))}"
                if dice.random() < part
                else None
                for name, part in share.items()
            },
            trusted=dice.random() < 0.95,
        )
        for n in range(number)
    ]
    names = [each.name for each in records]
    alike: dict[str | None, list[str]] = {}
    for each in records:
        alike.setdefault(each.values["email"], []).append(each.name)
    alike.pop(None)
    pairs = [(few[0], few[1]) for few in alike.values() if len(few) > 1]
    return World(
        records,
        keys=[("anonymous_id",), ("customer_id",), ("email",), ("phone",)],
        limits=[Limit("email", 2, 7)],
        separate=["brand"],
        guard=Guard(cap=4, soft=2),
        links=[(dice.choice(names), dice.choice(names)) for _ in range(12)],
        aparts=[*pairs[::4], *((dice.choice(names), dice.choice(names)) for _ in range(20))],
        dropped=[("customer_id", "c0"), ("email", "e1")],
        claims=[each.name for each in records if not each.trusted][:3],
    )


def test_a_larger_world(duck):
    """D42, D43, DG3, DG6, DG8, DG9, DG10, DG11: as in plain Python."""
    world = large_world()

    found = answer(duck, world)
    clusters, refused = naive.clusters(world)

    assert found.clusters == clusters
    assert {row: guard for row, (guard, _) in found.refused.items()} == refused
    assert set(refused.values()) == {"DG3", "DG6", "DG8", "DG9", "DG11"}
