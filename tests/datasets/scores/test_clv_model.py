"""The score clv_model: churn and lifetime value of people (SC60 to SC66)."""

import json
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
import sqlalchemy as sa

from tests.datasets.scores import cdnow
from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores.clv import bgnbd, gammagamma
from tresse.datasets.scores.clv.checking import WARNINGS
from tresse.datasets.scores.members.future import LIFECYCLE, MONTH, ClvModel

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 3, 31)
OUTPUTS = [each.name for each in ClvModel.outputs]


def crowd(number=300, seed=3, *, until=AS_OF, quiet=0.0):
    """Orders of people who buy at rates of their own, and leave; `quiet`: share gone for long."""
    random = Random(seed)  # noqa: S311  no secret
    found = []
    for person in range(number):
        day = AS_OF - timedelta(days=random.randrange(20, 900))
        rate, leaving = random.gammavariate(1, 1 / 25), random.betavariate(1, 4)
        mean = random.gammavariate(4, 8)
        last = until - timedelta(days=200) if random.random() < quiet else until
        while day <= last:
            net = round(mean * random.gammavariate(5, 0.2) + 0.01, 2)
            found.append(order(f"p{person}", day.isoformat(), net))
            if random.random() < leaving:
                break
            day += timedelta(days=1 + int(random.expovariate(rate)))
    return found


EDGES = [
    order("one", "2026-01-10", 30),
    order("one", "2026-01-10", 12),
    order("two", "2025-06-01", 20),
    order("two", "2025-08-01", "44.5"),
    order("later", "2026-02-01", 10),
    order("later", "2026-05-01", 10),
]
SOME = {"min_buyers": 20}


@pytest.fixture(scope="module")
def orders():
    return [*crowd(), *EDGES]


@pytest.fixture
def small(duck, orders):
    return world(duck, people=["nobody"], orders=orders)


def summary(orders):
    """By person: purchase days, from the first to the last, since the first, spent after it."""
    days = {}
    for each in orders:
        day = date.fromisoformat(each["ordered_at"])
        if day <= AS_OF:
            mine = days.setdefault(each["contact"], {})
            mine[day] = mine.get(day, Decimal(0)) + Decimal(str(each["net_amount"]))
    found = {}
    for person, mine in days.items():
        first, last = min(mine), max(mine)
        spent = sum((net for day, net in mine.items() if day != first), Decimal(0))
        found[person] = (len(mine), (last - first).days, (AS_OF - first).days, spent)
    return found


def test_the_figures_of_each_person_are_those_of_the_models(any_engine, orders):
    """SC61: outputs by the parameters of the facts, alike on every engine."""
    shop = world(any_engine, people=["nobody"], orders=orders)

    facts, found = shop.facts("clv_model", **SOME), shop.scores("clv_model", **SOME)

    buying = bgnbd.Buying(facts["model"], **facts["buying"])
    worth = gammagamma.Worth(**facts["worth"])
    people = summary(orders)
    times = [(n - 1, last / 7, age / 7) for n, last, age, _ in people.values()]
    spent = [(n - 1, float(net)) for n, _, _, net in people.values() if n > 1]
    own = bgnbd.fitted(bgnbd.People.of(*zip(*times, strict=True)), "bg_nbd").buying
    its = gammagamma.fitted(gammagamma.Spending.of(*zip(*spent, strict=True))).worth
    for name, value in facts["buying"].items():
        assert value == pytest.approx(getattr(own, name), rel=1e-8)
    for name, value in facts["worth"].items():
        assert value == pytest.approx(getattr(its, name), rel=1e-8)
    assert set(found) == {*people, "nobody"}
    for person, (n, last, age, spent) in people.items():
        x, weeks = n - 1, 52.18
        alive = float(buying.p_alive(x, last / 7, age / 7))
        expected = float(buying.expected(x, last / 7, age / 7, weeks))
        value = float(worth.expected(x, float(spent)))
        row = found[person]
        assert row["p_alive"] == round(alive, 9)
        assert row["expected_orders"] == pytest.approx(expected, abs=1e-9)
        assert float(row["expected_value"]) == pytest.approx(value, abs=1e-6)
        assert float(row["predicted_clv"]) == pytest.approx(expected * value, abs=2e-6)
        assert row["churn_risk"] == (round(1 - alive, 9) if n > 1 else None)
        band = next(name for name, _, above in LIFECYCLE if alive > above)
        assert row["lifecycle"] == (band if n > 1 else None)


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
def test_nobody_one_and_two_orders(small, model):
    """SC61, SC63: no order gives nothing; one gives a churn risk in the modified model alone."""
    found = small.scores("clv_model", model=model, **SOME)

    assert found["nobody"] == dict.fromkeys(OUTPUTS)
    one, two = found["one"], found["two"]
    assert one["lifecycle"] is None
    assert one["expected_value"] == found["later"]["expected_value"] > 0
    assert one["expected_orders"] > 0
    assert None not in two.values()
    if model == "bg_nbd":
        assert (one["p_alive"], one["churn_risk"]) == (1, None)
    else:
        assert one["churn_risk"] == pytest.approx(1 - one["p_alive"], abs=2e-9)
        assert 0 < one["churn_risk"] < 1


def test_parts_show_what_it_is_made_of(small):
    """SC9, SC60: repeat days, times, mean value without the first day; one order is marked."""
    found = small.with_parts("clv_model", **SOME)

    shown = ("repeat_days", "recency_days", "age_days", "repeat_value", "from_one_order")
    assert [found["one"][each] for each in shown] == [0, 0, 80, None, True]
    assert [found["two"][each] for each in shown] == [1, 61, 303, Decimal("44.5"), False]
    assert [found["later"][each] for each in shown] == [0, 0, 58, None, True]
    assert [found["nobody"][each] for each in shown] == [None] * 5


def test_facts_are_json_and_say_what_the_fit_was_made_of(small, orders):
    """SC9: parameters, likelihood, counts, correlation and check."""
    facts = small.facts("clv_model", **SOME)

    people = summary(orders)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["buyers"] == len(people)
    assert facts["repeat_buyers"] == sum(n > 1 for n, *_ in people.values())
    assert facts["t0"] == "2026-03-31"
    assert set(facts["buying"]) == {"r", "alpha", "a", "b"}
    assert set(facts["worth"]) == {"p", "q", "v"}
    assert facts["log_likelihood"] < 0
    xs, means = zip(
        *((n - 1, float(spent) / (n - 1)) for n, _, _, spent in people.values() if n > 1),
        strict=True,
    )
    assert facts["correlation"] == pytest.approx(np.corrcoef(xs, means)[0, 1])


def test_the_cdnow_orders_give_the_parameters_of_their_summary(duck):
    """SC72: through orders and purchase days, the 8 orders of 0 left out (SC5)."""
    known = [each for each in cdnow.purchases() if each[2] > 0]
    shop = world(
        duck,
        orders=[order(customer, day.isoformat(), net) for customer, day, net in known],
        as_of=cdnow.CALIBRATED,
        zone="UTC",
        currency="USD",
    )

    facts = shop.facts("clv_model")

    assert (facts["buyers"], facts["repeat_buyers"]) == (2349, 946)
    buying = facts["buying"]
    found = [buying[each] for each in ("r", "alpha", "a", "b")]
    assert found == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.01)
    worth = [facts["worth"][each] for each in "pqv"]
    assert worth == pytest.approx([6.25, 3.74, 15.44], abs=0.01)
    assert facts["warnings"] == []


def test_a_margin_a_horizon_and_a_discount_change_the_value_alone(small):
    """SC61: value = orders × value × margin, each month's orders discounted."""
    plain = small.scores("clv_model", **SOME)["two"]
    half = small.scores("clv_model", margin=0.5, **SOME)["two"]
    near = small.scores("clv_model", horizon=2, **SOME)["two"]
    less = small.scores("clv_model", horizon=2, discount=0.1, **SOME)["two"]
    facts = small.facts("clv_model", **SOME)

    assert float(half["predicted_clv"]) == pytest.approx(
        float(plain["predicted_clv"]) / 2, abs=1e-6
    )
    assert half["expected_orders"] == plain["expected_orders"] > near["expected_orders"]
    assert less["expected_orders"] == near["expected_orders"]
    buying = bgnbd.Buying(facts["model"], **facts["buying"])
    one, two = (float(buying.expected(1, 61 / 7, 303 / 7, n * MONTH / 7)) for n in (1, 2))
    discounted = one / 1.1 + (two - one) / 1.21
    value = float(gammagamma.Worth(**facts["worth"]).expected(1, 44.5))
    assert float(less["predicted_clv"]) == pytest.approx(discounted * value, abs=1e-6)


def test_a_unit_of_time_changes_nothing_but_alpha(small):
    """SC60: figures are the same in days and weeks."""
    weeks, days = (small.scores("clv_model", unit=each, **SOME) for each in ("week", "day"))
    one, other = (small.facts("clv_model", unit=each, **SOME) for each in ("week", "day"))

    assert other["buying"]["alpha"] == pytest.approx(one["buying"]["alpha"] * 7, rel=1e-7)
    for person, row in weeks.items():
        if row["p_alive"] is not None:
            assert days[person]["p_alive"] == pytest.approx(row["p_alive"], abs=1e-6)
            assert days[person]["expected_orders"] == pytest.approx(
                row["expected_orders"], rel=1e-5
            )


def test_two_uses_stand_beside_each_other(small):
    """SC4: with settings and prefixes of their own, over the same orders."""
    uses = [
        ScoreUse("clv_model", {**SOME, "model": model}, f"{model}_", None)
        for model in ("bg_nbd", "mbg_nbd")
    ]

    found = small.used(*uses)

    for use in uses:
        alone = small.scores("clv_model", **use.settings)
        for person, row in alone.items():
            assert {name: found[person][f"{use.prefix}{name}"] for name in OUTPUTS} == row


def test_too_few_repeat_buyers_give_nothing(small):
    """SC64: not enough repeat buyers: so many of so many."""
    facts = small.facts("clv_model", min_buyers=1000)
    found = small.scores("clv_model", min_buyers=1000)

    assert all(row == dict.fromkeys(OUTPUTS) for row in found.values())
    [said] = facts["warnings"]
    assert said == {
        "code": "not_enough_repeat_buyers",
        "found": facts["repeat_buyers"],
        "needed": 1000,
    }
    assert facts["buying"] is None
    assert small.with_parts("clv_model", min_buyers=1000)["two"]["repeat_days"] == 1


def test_a_world_without_orders_gives_nothing(duck):
    """SC8: one row per person all the same."""
    empty = world(duck, people=["ada"])

    assert empty.scores("clv_model") == {"ada": dict.fromkeys(OUTPUTS)}
    assert empty.facts("clv_model")["buyers"] == 0


def test_predictions_are_held_against_the_last_26_weeks(small, orders):
    """SC65: fitted on the days before, of the people known then."""
    facts = small.facts("clv_model", **SOME)

    since = AS_OF - timedelta(weeks=26)
    days = {(each["contact"], date.fromisoformat(each["ordered_at"])) for each in orders}
    known = {person for person, day in days if day <= since}
    real = sum(person in known and since < day <= AS_OF for person, day in days)
    assert facts["check"]["since"] == since.isoformat()
    assert facts["check"]["real"] == real
    off = (facts["check"]["predicted"] - real) / real
    assert facts["check"]["share_off"] == pytest.approx(off, abs=1e-4)
    assert facts["is_doubtful"] == (abs(off) > 0.3)
    assert facts["is_doubtful"] is False


def test_people_who_stay_away_make_it_doubtful(duck):
    """SC65: hardly an order came of those predicted."""
    facts = world(duck, orders=crowd(quiet=0.9)).facts("clv_model", **SOME)

    assert facts["is_doubtful"] is True
    said = next(each for each in facts["warnings"] if each["code"] == "doubtful")
    assert said["predicted"] > said["real"] * 1.3
    assert said["since"] == "2025-09-30"


def test_a_young_shop_cannot_be_checked(duck):
    """SC65: told, and not doubtful for that."""
    young = [each for each in crowd() if each["ordered_at"] > "2025-12-01"]

    facts = world(duck, orders=young).facts("clv_model", **SOME)

    assert (facts["check"], facts["is_doubtful"]) == (None, False)
    said = next(each for each in facts["warnings"] if each["code"] == "not_checked")
    assert (said["since"], said["found"], said["needed"]) == ("2025-09-30", 0, 20)


def test_values_that_go_with_frequency_are_told(duck):
    """SC64: |correlation of x and m| above 0.3."""
    often = [
        order(f"p{person}", (AS_OF - timedelta(days=400 - 30 * each)).isoformat(), 5 + 9 * days)
        for person in range(60)
        for days in [person % 6 + 1]
        for each in range(days)
    ]

    facts = world(duck, orders=often).facts("clv_model", **SOME)

    assert facts["correlation"] > 0.9
    assert "values_depend" in [each["code"] for each in facts["warnings"]]


def test_neither_row_order_nor_another_run_changes_a_value(duck, orders):
    """SC71: same input and t0, same output and facts."""
    one = world(duck, orders=orders)
    other = world(duck, orders=orders, random=Random(7))  # noqa: S311  no secret

    assert one.facts("clv_model", **SOME) == other.facts("clv_model", **SOME)
    assert one.scores("clv_model", **SOME) == other.scores("clv_model", **SOME)


def test_facts_of_all_people_give_each_of_them_alone_the_same_values(small):
    """SC16: values of some people, by facts of the whole base."""
    use = ScoreUse("clv_model", SOME, "", None)
    facts, every = small.facts("clv_model", **SOME), small.scores("clv_model", **SOME)
    inputs = small.inputs()
    some = sa.select(inputs.people.c.id).where(inputs.people.c.id.in_(["two", "p5"]))
    chosen = inputs.keep("chosen", some)

    sheet = small.sheet(use, people=chosen)
    rows, values = sheet.values_of(sheet.uses[0], facts)

    wanted = sa.select(values["p_alive"], values["predicted_clv"]).select_from(rows)
    found = small.world.engine.rows(wanted)
    expected = [every[each] for each in ("two", "p5")]
    assert sorted(found) == sorted((each["p_alive"], each["predicted_clv"]) for each in expected)


# Parameters that stay


def facts_with(**more):
    """Facts of a fit, as far as parameters go."""
    base = {"model": "bg_nbd", "unit_days": 7.0, "t0": "2026-03-31", "warnings": []}
    return {**base, "buying": {"r": 1}, "worth": {"p": 1}, **more}


def failed(part, **more):
    """Facts of a fit that came to no end."""
    said = {"code": "not_converged", "part": part, "model": "BG/NBD"}
    return facts_with(**{part: None}, warnings=[said], **more)


def test_last_good_parameters_stay_where_a_fit_comes_to_no_end():
    """SC64: with the day that they are of."""
    before = facts_with(t0="2026-02-28", buying={"r": 2})

    found = ClvModel().settled(failed("buying"), before)

    assert (found["buying"], found["worth"]) == ({"r": 2}, {"p": 1})
    assert [each["code"] for each in found["warnings"]] == ["not_converged", "parameters_kept"]
    assert found["warnings"][1]["since"] == "2026-02-28"


def test_parameters_that_stay_keep_the_day_that_they_are_of():
    """SC64: over several fits that come to no end."""
    clv, before = ClvModel(), facts_with(t0="2026-02-28")

    once = clv.settled(failed("worth", t0="2026-03-01"), before)
    twice = clv.settled(failed("worth", t0="2026-03-02"), once)

    assert twice["warnings"][-1]["since"] == "2026-02-28"


@pytest.mark.parametrize(
    "before",
    [{}, facts_with(model="mbg_nbd"), facts_with(unit_days=1.0), facts_with(buying=None)],
    ids=["none", "other model", "other unit", "none then"],
)
def test_parameters_of_another_model_do_not_stay(before):
    """SC64: they would be taken for what they are not."""
    facts = failed("buying")

    assert ClvModel().settled(facts, before) == facts


def test_a_good_fit_is_not_replaced():
    """SC64: old parameters are for failures alone; too few buyers are none."""
    few = facts_with(buying=None, warnings=[{"code": "not_enough_repeat_buyers"}])

    for facts in (facts_with(), few):
        assert ClvModel().settled(facts, facts_with(buying={"r": 9})) == facts


def test_sentences_of_warnings_name_what_facts_keep():
    """SC64: each of the warnings that facts may hold can be said."""
    known = {
        **dict.fromkeys(("found", "needed", "predicted", "real"), 1),
        **dict.fromkeys(("model", "part", "since", "parameters", "correlation", "q"), "x"),
    }

    for sentence in WARNINGS.values():
        assert sentence.format(**known).endswith(".")
