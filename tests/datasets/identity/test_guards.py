"""Each guard rail of clusters by itself (DG3 to DG11); `test_engines.py` compares engines."""

from dataclasses import replace

import orjson

from tests.datasets.identity.worlds import Record, World, answer, record, rid
from tresse.datasets.definition import Guard, Limit


def sets(*names: str) -> set[frozenset[str]]:
    return {frozenset(each.split()) for each in names}


def test_limits_count_distinct_values_ever(duck):
    """DG3, D51: one customer, five of other keys; what is blocked or a mere claim counts not."""
    many = [record(f"crm/{n}", n, phone="+33", email=f"{n}@x.fr") for n in range(7)]
    world = World(
        [
            *many,
            record("web/1", 1, customer_id="C1", phone="+44"),
            record("web/2", 2, customer_id="guest", phone="+44"),
            Record("web/3", 3, {"customer_id": "C9", "phone": "+44"}, trusted=False),
            record("web/4", 4, customer_id="C2", phone="+44"),
            Record("web/5", 5, {"customer_id": "C2", "phone": "+44"}, trusted=False),
        ],
        dropped=[("customer_id", "guest")],
        claims=["web/5"],
    )

    found = answer(duck, world)

    assert found.clusters == sets(
        "crm/0 crm/1 crm/2 crm/3 crm/4", "crm/5", "crm/6", "web/1 web/2", "web/3", "web/4 web/5"
    )
    detail = orjson.loads(found.refused["crm/6", 2, "+33"][1])
    assert (detail["column"], detail["at_most"]) == ("email", 5)
    assert detail["values"] == [["6@x.fr"], [f"{n}@x.fr" for n in range(5)]]
    assert detail["sizes"] == [1, 5]


def test_limits_count_within_sliding_windows(duck):
    """DG3: at most one e-mail in 7 days; the seventh day is outside."""
    days = {"crm/0": 0, "crm/7": 7, "crm/13": 13, "crm/20": 20}
    world = World(
        [record(name, day, phone="+33", email=f"{day}@x.fr") for name, day in days.items()],
        limits=[Limit("email", 1, 7)],
    )

    found = answer(duck, world)

    assert found.clusters == sets("crm/0 crm/7 crm/20", "crm/13")
    guard, detail = found.refused["crm/13", 2, "+33"]
    assert guard == "DG3"
    assert orjson.loads(detail)["days"] == 7
    assert orjson.loads(detail)["values"] == [["13@x.fr"], ["7@x.fr"]]


def test_a_given_limit_takes_the_place_of_the_default_of_its_window(duck):
    """DG3, D51."""
    ids = [record(f"crm/{n}", n, customer_id=f"C{n}", email="a@x.fr") for n in range(3)]
    loose = World(ids, limits=[Limit("customer_id", 2)])
    beside = World(ids, limits=[Limit("customer_id", 2, 30)])

    assert answer(duck, loose).clusters == sets("crm/0 crm/1", "crm/2")
    assert answer(duck, beside).clusters == sets("crm/0", "crm/1", "crm/2")


def test_a_refused_record_keeps_its_stronger_ties(duck):
    """DG4, DG10: customer before e-mail before phone, whatever was seen first."""
    world = World(
        [
            record("pos/1", 1, customer_id="C2", phone="+33"),
            record("crm/2", 2, customer_id="C1", email="a@x.fr"),
            record("web/3", 3, email="a@x.fr", phone="+33"),
            record("crm/4", 4, customer_id="C2"),
        ]
    )

    found = answer(duck, world)

    assert found.clusters == sets("pos/1 crm/4", "crm/2 web/3")
    guard, detail = found.refused["web/3", 2, "+33"]
    assert guard == "DG3"
    assert orjson.loads(detail)["sides"] == [rid("web/3"), rid("pos/1")]
    assert orjson.loads(detail)["values"] == [["C1"], ["C2"]]


def test_values_make_join_and_unite_clusters(duck):
    """DG5, D40, D41: none, one and several clusters met; sets of columns need every part."""
    world = World(
        [
            record("crm/1", 1, email="a@x.fr"),
            record("crm/2", 2, last_name="lee", birth_date="2000-01-01"),
            record("crm/3", 3, last_name="lee", birth_date="2000-01-02"),
            record("crm/4", 4, last_name="lee"),
            record("crm/5", 5, email="a@x.fr", last_name="lee", birth_date="2000-01-01"),
        ],
        keys=[("email",), ("last_name", "birth_date")],
    )

    assert answer(duck, world).clusters == sets("crm/1 crm/2 crm/5", "crm/3", "crm/4")


def test_a_cluster_over_the_cap_keeps_its_core(duck):
    """DG6: what would exceed the cap is refused; over the soft size it is looked at."""
    chain = [
        record(f"crm/{n}", n, email=f"{n // 2}@x.fr", phone=f"+{(n + 1) // 2}") for n in range(8)
    ]
    world = World(chain, guard=Guard(cap=5, soft=4), limits=[Limit("email", 9), Limit("phone", 9)])

    found = answer(duck, world)

    # The e-mail ties pairs; the phone then joins two of these, and no more.
    assert found.clusters == sets("crm/0 crm/1 crm/2 crm/3", "crm/4 crm/5 crm/6 crm/7")
    assert {guard for guard, _ in found.refused.values()} == {"DG6"}
    assert list(found.tables.reviews) == []

    large = answer(duck, replace(world, guard=Guard(cap=8, soft=4)))

    (review,) = large.tables.reviews
    assert (review.kind, review.a, review.b, review.sizes) == ("oversize", rid("crm/0"), None, (8,))
    assert (review.constraint, review.id) == ("DG6", large.ids["crm/0"])


def test_links_beat_limits_size_and_separation(duck):
    """DG8: linked records count as one, and so do the values they tie."""
    world = World(
        [
            record("crm/1", 1, customer_id="C1", brand="a", email="a@x.fr"),
            record("crm/2", 2, customer_id="C2", brand="b"),
            record("crm/3", 3, customer_id="C2", brand="a", email="a@x.fr"),
            record("crm/4", 4, customer_id="C3", email="a@x.fr"),
            record("web/1", 5, customer_id="C1", email="b@x.fr"),
            record("web/2", 6, customer_id="C2", email="b@x.fr"),
        ],
        separate=["brand"],
        guard=Guard(cap=2),
        links=[("crm/2", "crm/1")],
    )

    found = answer(duck, world)

    # C1 and C2 are one customer, a and b one brand; the two linked records are one of the cap.
    assert found.clusters == sets("crm/1 crm/2 crm/3", "crm/4", "web/1 web/2")
    assert found.refused["crm/4", 1, "a@x.fr"][0] == "DG3"


def test_records_set_apart_are_never_one(duck):
    """DG8: must-not-links beat key values, and must-links."""
    world = World(
        [record(f"crm/{n}", n, email="a@x.fr") for n in range(4)],
        aparts=[("crm/1", "crm/0"), ("crm/3", "crm/2"), ("crm/1", "crm/9")],
        links=[("crm/1", "crm/0"), ("crm/3", "crm/1")],
    )

    found = answer(duck, world)

    assert found.clusters == sets("crm/0 crm/2", "crm/1 crm/3")
    guard, detail = found.refused["crm/1", 1, "a@x.fr"]
    assert guard == "DG8"
    assert orjson.loads(detail)["apart"] == [rid("crm/1"), rid("crm/0")]
    assert [(each.a, each.b, each.constraint) for each in found.tables.reviews] == [
        (rid("crm/1"), rid("crm/0"), "DG8")
    ]


def test_different_values_of_a_separating_column_are_never_one(duck):
    """DG9: null never conflicts."""
    world = World(
        [
            record("crm/1", 1, email="a@x.fr", brand="north"),
            record("crm/2", 2, email="a@x.fr"),
            record("crm/3", 3, email="a@x.fr", brand="south"),
            record("crm/4", 4, email="a@x.fr", brand="north"),
        ],
        separate=["brand"],
    )

    found = answer(duck, world)

    assert found.clusters == sets("crm/1 crm/2 crm/4", "crm/3")
    guard, detail = found.refused["crm/3", 1, "a@x.fr"]
    assert guard == "DG9"
    assert orjson.loads(detail)["values"] == [["south"], ["north"]]
    (review,) = found.tables.reviews
    assert (review.kind, review.a, review.b) == ("refused", rid("crm/3"), rid("crm/1"))
    assert (review.constraint, review.strength, review.value) == ("DG9", 1, "a@x.fr")
    assert (review.id, review.sizes) == (found.ids["crm/3"], tuple(orjson.loads(detail)["sizes"]))


def test_devices_come_last_and_join_no_two_known_persons(duck):
    """DG11, DG10: even where their key stands first."""
    world = World(
        [
            record("web/1", 1, anonymous_id="d1"),
            record("web/2", 2, anonymous_id="d1", email="a@x.fr"),
            record("web/3", 3, anonymous_id="d1", email="b@x.fr"),
            record("web/4", 4, anonymous_id="d1"),
            record("crm/5", 5, email="b@x.fr"),
        ],
        keys=[("anonymous_id",), ("email",)],
    )

    found = answer(duck, world)

    assert found.clusters == sets("web/1 web/2 web/4", "web/3 crm/5")
    assert [(row, guard) for row, (guard, _) in found.refused.items()] == [
        (("web/3", 0, "d1"), "DG11")
    ]
    (review,) = found.tables.reviews
    assert (review.a, review.b, review.sizes) == (rid("web/3"), rid("web/1"), (2, 2))


def test_one_refusal_of_each_two_clusters_is_for_review(duck):
    """D60: and none of two that became one by another way."""
    world = World(
        [
            record("crm/1", 1, customer_id="C1", email="a@x.fr", phone="+33"),
            record("crm/2", 2, customer_id="C2", email="a@x.fr", phone="+33"),
            record("crm/3", 3, customer_id="C2", email="a@x.fr"),
        ]
    )

    found = answer(duck, world)

    assert len(found.refused) == 3
    (review,) = found.tables.reviews
    assert (review.a, review.b, review.value) == (rid("crm/2"), rid("crm/1"), "a@x.fr")


def test_without_keys_each_record_is_its_own(duck):
    """D5."""
    world = World([record("crm/1", 1), record("crm/2", 1)], keys=[])

    found = answer(duck, world)

    assert found.clusters == sets("crm/1", "crm/2")
    assert answer(duck, World([], keys=[("email",)])).ids == {}
