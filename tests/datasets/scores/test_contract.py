"""What every member of the score library promises (SC71)."""

import json
import math
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.models import Rate
from tresse.datasets.scores.base import GROUPS
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import settings_of
from tresse.sources.types import TYPES

NAMES = [each.name for each in SCORES]
SETTINGS = {"clv_model": {"min_buyers": 10}}
"So that small worlds have values at all."
USES = tuple(ScoreUse(name, SETTINGS.get(name, {})) for name in NAMES)
OTHERWISE = (
    ScoreUse("rfm", {"preset": "sextile"}, "s_"),
    ScoreUse("rfm", {"binning": "ntile", "monetary": "mean", "window": "12 months"}, "n_"),
    ScoreUse(
        "rfm",
        {
            "binning": "fixed",
            "edge": "lower",
            "cut_points": {
                "recency": [30, 90, 90, 400],
                "frequency": [1, 2, 3, 5],
                "monetary": [10, 50, 100, 500],
            },
        },
        "f_",
    ),
    ScoreUse("clv_model", {"model": "mbg_nbd", "min_buyers": 10, "discount": 0.01}, "m_"),
    ScoreUse("clv_historical", {"mode": "ours", "margin": 0.4}, "o_"),
    ScoreUse("preferred_category", {"by": "value", "min_share": 0.3}, "v_"),
    ScoreUse("preferred_channel", {"by": "value"}, "v_"),
    ScoreUse("engagement", {"count_machine": True, "half_life": 7}, "c_"),
    ScoreUse("revenue_trend", {"window": "3 months"}, "t_"),
    ScoreUse("purchase_gap", {"shrink": 0}, "g_"),
    *(
        ScoreUse(name, {}, "w_", "channel = 'web'")
        for name in ("orders_count", "median_order_value", "ordering_behaviour", "value_percentile")
    ),
)
"Members set in other ways than by default."
SEEDS = (1, 2)
PEOPLE = 60
TODAY = date(2026, 3, 31)
PYTHON = {
    "integer": int,
    "decimal": Decimal,
    "number": float,
    "text": str,
    "boolean": bool,
    "list": list,
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rates():
    Rate.objects.create(currency="USD", date=date(2025, 6, 1), rate="0.87654321")
    Rate.objects.create(currency="USD", date=date(2026, 1, 1), rate="0.91")


@cache
def entities(seed):
    """Rows of a random world: ties, NULLs, refunds, machines, two currencies, far futures."""
    random = Random(seed)  # noqa: S311  for data
    people = [
        {"id": f"p{n:02}", "created_at": random.choice((None, _day(random)))} for n in range(PEOPLE)
    ]
    buyers = [each["id"] for each in people[: PEOPLE * 3 // 4]]
    orders = [_order(random, number, buyers) for number in range(PEOPLE * 5)]
    orders.append(order("p00", "9999-12-31T10:00", 5, order_id="far"))
    orders.append(order("p00", "0001-01-02T10:00", 5, order_id="old"))
    ids = [each["order_id"] for each in orders]
    names = [each["id"] for each in people]
    return {
        "people": people,
        "orders": orders,
        "order_items": [_line(random, number, ids) for number in range(PEOPLE * 8)],
        "products": [
            {"id": f"g{n}", "category": random.choice("ABC"), "brand": "XY"[n % 2], "cost": n}
            for n in range(6)
        ],
        "email_events": [_mail(random, names) for _ in range(PEOPLE * 20)],
        "events": [_event(random, names) for _ in range(PEOPLE * 8)],
        "carts": [_cart(random, number, names) for number in range(PEOPLE * 2)],
        "loyalty": [
            {
                "contact": random.choice(names),
                "at": _moment(random),
                "points": random.choice((None, 10, -3, 2.5)),
                "kind": random.choice(("earned", "spent")),
            }
            for _ in range(PEOPLE * 2)
        ],
    }


def _day(random):
    return (TODAY - timedelta(days=min(int(random.expovariate(1 / 200)), 1500))).isoformat()


def _moment(random):
    return (
        f"{_day(random)}T{random.choice((0, 3, 9, 9, 14, 20, 23)):02}:{random.choice((0, 30)):02}"
    )


def _order(random, number, buyers):
    net = random.choice((None, 10, 10, 20, "33.333333", 0, -5, random.randint(1, 300)))
    amount = random.choice((None, 50, random.randint(1, 400)))
    return order(
        # Some buy once, a few very often.
        random.choice((None, *buyers[:3], *buyers[:20], *buyers)),
        random.choice((None, *[_moment(random)] * 12)),
        net,
        order_id=f"o{number:03}",
        amount=amount,
        refunded=random.choice((None, 0, 5, amount)),
        discount=random.choice((None, 0, 3)),
        coupon=random.choice((None, "", "SALE", "X")),
        status=random.choice((None, "paid", "Completed", "cancelled", *["shipped"] * 4)),
        currency=random.choice((None, "EUR", "USD", *["EUR"] * 6, "XXX")),
        channel=random.choice((None, "web", "store", "app")),
        store=random.choice((None, "Lyon", "Łódź")),
        payment_method=random.choice((None, "card", "cash")),
        cart_id=random.choice((None, f"c{number}")),
    )


def _line(random, number, ids):
    return {
        "line_id": f"l{number}",
        "order": random.choice((None, *ids)),
        "product": random.choice((None, "g0", "g1", "g2", "g3", "g4", "g5", "gone")),
        "quantity": random.choice((None, 0, 1, 1, 2, 0.5)),
        "returned_quantity": random.choice((None, 0, 1)),
        "line_amount": random.choice((None, 0, 5, -1, "12.345678")),
        "unit_price": random.choice((None, 4)),
        "cost": random.choice((None, 1, "2.5")),
        "category": random.choice((None, "A", "É")),
        "brand": random.choice((None, "X")),
    }


def _mail(random, names):
    kinds = [
        "sent",
        "delivered",
        "delivered",
        "delivered",
        "opened",
        "opened",
        "clicked",
        "unsubscribed",
        "bounced",
    ]
    return {
        "contact": random.choice((None, *names)),
        "kind": random.choice(kinds),
        "at": random.choice((None, *[_moment(random)] * 9)),
        "message": random.choice((None, *"abcdefghijkl")),
        "machine": random.choice((None, None, False, True)),
        "proxy": None,
    }


def _event(random, names):
    return {
        "contact": random.choice((None, *names)),
        "name": random.choice((None, "page", "Page Viewed", "Product Added", "form_submitted")),
        "at": random.choice((None, *[_moment(random)] * 9)),
        "session": random.choice((None, "s1", "s2")),
    }


def _cart(random, number, names):
    return {
        "cart_id": f"c{number}",
        "contact": random.choice((None, *names)),
        "created_at": random.choice((None, *[_moment(random)] * 9)),
        "updated_at": random.choice((None, _moment(random))),
        "status": random.choice((None, "open", "ordered", "abandoned")),
        "amount": random.choice((None, 10)),
    }


_WORLDS, _ANSWERS = {}, {}


def small_world(engine, seed, shuffled=None):
    """A random world on an engine, written once."""
    key = (engine.name, seed, shuffled)
    if key not in _WORLDS:
        given = dict(entities(seed))
        random = None if shuffled is None else Random(shuffled)  # noqa: S311  for data
        _WORLDS[key] = world(engine, people=given.pop("people"), random=random, **given)
    return _WORLDS[key]


def answers(engine, seed, *, shuffled=None, again=0):
    """Outputs of all members by person; each is worked out once."""
    key = (engine.name, seed, shuffled, again)
    if key not in _ANSWERS:
        _ANSWERS[key] = small_world(engine, seed, shuffled).used(*USES)
    return _ANSWERS[key]


def outputs():
    """Every output with the member it is of."""
    return [(score, output) for score in SCORES for output in score.outputs]


def test_68_are_shipped_in_the_order_of_their_groups():
    """SC1: as many as the sections have; names of columns are given once."""
    groups = [each.group for each in SCORES]

    assert len(SCORES) == 68
    assert groups == sorted(groups, key=GROUPS.index)
    assert Counter(groups) == {
        "value": 13,
        "rhythm": 15,
        "rfm": 2,
        "engagement": 9,
        "promotion": 6,
        "basket": 8,
        "preference": 8,
        "loyalty": 6,
        "future": 1,
    }
    assert max(Counter(output.name for _, output in outputs()).values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_member_says_all_that_the_reference_shows(name):
    """SC1, SC9, SC71: label, meaning, formula, sentence, needs, outputs, settings with defaults."""
    score = SCORES[name]

    assert score.label
    assert score.meaning.endswith(".")
    assert "{" not in score.meaning
    assert score.formula
    assert score.needs
    told = set(re.findall(r"{(\w+)}", score.told))
    columns = {each.name: each for each in (*score.outputs, *score.parts)}
    assert told <= set(columns), "the sum in words is of outputs and parts"
    for each in columns.values():
        assert each.label
        assert each.type in TYPES
        assert each.low is None or each.high is None or each.low < each.high
    settings = settings_of(score)
    assert len({one.name for one in settings}) == len(settings)
    for one in settings:
        assert one.label
        assert one.kind in (
            ["whole", "number", "share", "choice", "flag", "words", "window", "money_list", "table"]
        )
        if one.kind == "choice":
            assert one.default is None or one.default in dict(one.choices)
        if one.kind in ("whole", "number", "share") and one.default is not None:
            assert one.low is None or one.default >= one.low
            assert one.high is None or one.default <= one.high
    defaults = {one.name: one.default for one in settings}
    json.dumps(defaults)
    score.check(defaults)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_member_has_one_row_per_person(duck, seed):
    """SC8, SC71: also for those who did nothing."""
    found = answers(duck, seed)

    assert set(found) == {each["id"] for each in entities(seed)["people"]}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_values_are_of_their_type_and_within_bounds(duck, name, seed):
    """SC8, SC71: no NaN, no infinity; of a category only what it may have."""
    for output in SCORES[name].outputs:
        values = [row[output.name] for row in answers(duck, seed).values()]
        _check_values(output, values)


def _check_values(output, values):
    known = [each for each in values if each is not None]
    for value in known:
        if output.type in PYTHON:
            assert type(value) is PYTHON[output.type], (output.name, value)
        if output.type in ("integer", "decimal", "number"):
            assert math.isfinite(value)
            assert output.low is None or value >= output.low, (output.name, value)
            assert output.high is None or value <= output.high, (output.name, value)
        if output.choices:
            assert value in dict(output.choices), (output.name, value)


def test_every_output_has_a_value_in_some_world(duck):
    """A test over NULLs alone would test nothing."""
    told = {
        name
        for seed in SEEDS
        for row in answers(duck, seed).values()
        for name, value in row.items()
        if value is not None
    }
    without = {"rfm_move"}  # NULL on the first run (SC38)

    assert {output.name for _, output in outputs()} - told - without == set()


@pytest.mark.parametrize("name", NAMES)
def test_parts_are_told_beside_every_value(duck, name):
    """SC1, SC9: of their type, within bounds; where they promise it they add up to the value."""
    score = SCORES[name]

    rows = small_world(duck, 1).with_parts(name, **SETTINGS.get(name, {}))

    for part in (*score.outputs, *score.parts):
        _check_values(part, [row[part.name] for row in rows.values()])
    for row in rows.values() if score.adds_up else ():
        total = row[score.outputs[0].name]
        parts = [row[each.name] or 0 for each in score.parts]
        assert total is None or abs(float(total) - float(sum(parts))) < 1e-6
    same = {id_: {each.name: row[each.name] for each in score.outputs} for id_, row in rows.items()}
    all_at_once = answers(duck, 1)
    for id_, row in same.items():
        assert row == {each: all_at_once[id_][each] for each in row}, "alone as among all others"


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_json(duck, name):
    """SC9: they are kept with the version."""
    facts = small_world(duck, 2).facts(name, **SETTINGS.get(name, {}))

    assert json.loads(json.dumps(facts)) == facts
    assert len(json.dumps(facts)) < 100_000


FEW = {
    "nothing": {},
    "no rows": {name: () for name in entities(1) if name != "people"},
    "one order": {"orders": [order("one", "2026-01-01", 10)]},
    "two orders": {"orders": [order("one", "2026-01-01", 10), order("one", "2026-01-01", 10)]},
    "nobody": {"orders": [order(None, "2026-01-01", 10)]},
}


@pytest.mark.parametrize("which", FEW)
def test_few_rows_or_none_are_no_fault(duck, which):
    """SC8, SC71: NULLs as stated for no, one and two orders, in worlds that lack datasets too."""
    rows = world(duck, people=["none"], **FEW[which]).used(*USES)

    assert {"none"} <= set(rows) <= {"none", "one"}
    for _, output in outputs():
        _check_values(output, [row[output.name] for row in rows.values()])
    nothing = {name for name, value in rows["none"].items() if value is not None}
    assert {"orders_count", "revenue_total", "ordering_behaviour"} <= nothing
    assert not nothing & {"average_order_value", "rfm_r", "expected_gap", "refund_rate"}


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71: rows in another order, in other files."""
    for shuffle in (5, 6):
        assert answers(duck, 1, shuffled=shuffle) == answers(duck, 1)


def test_the_same_twice_is_the_same(duck):
    """SC71: same input and t0, same output."""
    assert answers(duck, 2, again=1) == answers(duck, 2)


def test_members_are_set_in_other_ways(duck):
    """SC4, SC8: what Spark is compared by has values, within the bounds."""
    rows = small_world(duck, 1).used(*OTHERWISE)

    for use in OTHERWISE:
        for output in SCORES[use.score].outputs:
            values = [row[f"{use.prefix}{output.name}"] for row in rows.values()]
            _check_values(output, values)
            assert any(value is not None for value in values), (use.key, output.name)


def test_used_twice_a_member_gives_the_same_under_both_names(duck):
    """SC4: uses share what they are made of, and keep apart what is their own."""
    again = [replace(use, prefix="x_") for use in USES]

    rows = small_world(duck, 1).used(*USES, *again)

    for row in rows.values():
        for _, output in outputs():
            assert row[f"x_{output.name}"] == row[output.name], output.name


A_SEED = st.integers(0, 2**32 - 1)
ON_SHARED_ENGINES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@given(seed=A_SEED)
@settings(max_examples=5, deadline=None, suppress_health_check=ON_SHARED_ENGINES)
def test_on_any_world_the_order_of_rows_makes_no_difference(duck, seed):
    """SC71: worlds drawn by Hypothesis; rows in another order, in other files."""
    assert answers(duck, seed, shuffled=7) == answers(duck, seed)


@pytest.mark.spark
@given(seed=A_SEED)
@settings(max_examples=2, deadline=None, suppress_health_check=ON_SHARED_ENGINES)
def test_spark_gives_what_duckdb_gives(duck, spark, seed):
    """SC71: all members, some of them set in several ways, on worlds drawn by Hypothesis."""
    one, other = (small_world(each, seed).used(*USES, *OTHERWISE) for each in (duck, spark))

    assert set(one) == set(other)
    wrong = {
        (id_, name): (value, other[id_][name])
        for id_, row in one.items()
        for name, value in row.items()
        if value != other[id_][name]
    }
    assert wrong == {}
