"""Models of when people buy again and for what (SC60 to SC66), against what was published."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from tests.datasets.scores import cdnow
from tests.examples import examples
from tresse.datasets.scores.clv import bgnbd, gammagamma
from tresse.datasets.scores.clv.bgnbd import MODELS, Buying, People
from tresse.datasets.scores.clv.checking import WARNINGS, Check, check, warning
from tresse.datasets.scores.clv.fitting import maximised
from tresse.datasets.scores.clv.gammagamma import Spending, Worth

BG_NBD, MBG_NBD = MODELS
KINDS = st.sampled_from(MODELS)


def amounts(low, high):
    """Numbers above 0, over orders of magnitude."""
    return st.floats(np.log(low), np.log(high)).map(lambda each: float(np.exp(each)))


@st.composite
def models(draw):
    """A model with parameters."""
    r, alpha, a, b = (
        draw(amounts(low, high)) for low, high in ((0.02, 50), (0.1, 200), *[(0.02, 50)] * 2)
    )
    return Buying(draw(KINDS), r, alpha, a, b)


@st.composite
def persons(draw):
    """x, t_x, T in days."""
    age = draw(st.integers(1, 1500))
    x = draw(st.integers(0, min(age, 60)))
    return x, draw(st.integers(x, age)) if x else 0, age


CROWDS = st.lists(persons(), min_size=2, max_size=40)


def people_of(rows):
    return People.of(*zip(*rows, strict=True))


# What was published


def test_the_cdnow_sample_gives_the_published_parameters_of_bg_nbd():
    """SC62: r 0.243, α 4.414, a 0.793, b 2.426, log-likelihood −9582.4."""
    people = cdnow.weeks()

    fit = bgnbd.fitted(people, BG_NBD)

    assert (people.total, people.repeating) == (2357, 946)
    assert fit.is_converged
    assert fit.at_bound == ()
    found = (fit.buying.r, fit.buying.alpha, fit.buying.a, fit.buying.b)
    assert [round(each, 3) for each in found] == [0.243, 4.414, 0.793, 2.426]
    assert found == pytest.approx((0.2426, 4.4135, 0.7929, 2.4257), abs=1e-4)
    assert round(fit.log_likelihood, 2) == -9582.43


def test_the_cdnow_sample_gives_the_published_parameters_of_the_modified_model():
    """SC63: r 0.525, α 6.183, a 0.891, b 1.614."""
    fit = bgnbd.fitted(cdnow.weeks(), MBG_NBD)

    found = fit.buying
    assert [round(each, 3) for each in (found.r, found.alpha, found.a, found.b)] == [
        0.525,
        6.183,
        0.891,
        1.614,
    ]


def test_the_cdnow_sample_gives_the_published_parameters_of_gamma_gamma():
    """SC62: p 6.25, q 3.74, v 15.44 (± 0.01) of the 946 with a repeat purchase."""
    spending = cdnow.spending()

    fit = gammagamma.fitted(spending)

    assert spending.people == 946
    assert fit.is_converged
    found = (fit.worth.p, fit.worth.q, fit.worth.v)
    assert found == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert spending.correlation == pytest.approx(0.11, abs=0.005)


@pytest.mark.parametrize(
    ("person", "alive", "orders"),
    [
        ((2, 30.43, 38.86), 0.7266, 1.226),
        ((1, 1.71, 38.86), 0.2122, 0.2033),
        ((0, 0, 38.86), 1, 0.1948),
        ((7, 29.43, 38.86), 0.6418, 3.337),
    ],
)
def test_persons_of_cdnow_have_the_published_probabilities_and_orders(person, alive, orders):
    """SC62: p_alive, and expected orders of 39 weeks, by x, t_x, T."""
    buying = bgnbd.fitted(cdnow.weeks(), BG_NBD).buying

    x, last, age = person
    assert float(buying.p_alive(x, last, age)) == pytest.approx(alive, abs=5e-5)
    assert float(buying.expected(x, last, age, 39)) == pytest.approx(orders, rel=5e-4)


@pytest.mark.parametrize(
    ("x", "mean", "value"), [(2, 22.35, 24.66), (1, 11.77, 18.91), (0, 0, 35.17)]
)
def test_persons_of_cdnow_have_the_published_expected_values(x, mean, value):
    """SC62: the expected value by x and m."""
    worth = gammagamma.fitted(cdnow.spending()).worth

    assert float(worth.expected(x, x * mean)) == pytest.approx(value, abs=0.01)


@pytest.mark.parametrize(
    ("weeks", "orders"), [(1, 0.0532), (3, 0.1506), (32, 1.0437), (78, 1.8576)]
)
def test_a_new_customer_of_cdnow_orders_again_as_published(weeks, orders):
    """SC62: expected repeat orders after 1, 3, 32, 78 weeks (± 0.001)."""
    buying = bgnbd.fitted(cdnow.weeks(), BG_NBD).buying

    assert buying.expected_of_new(weeks) == pytest.approx(orders, abs=0.001)


def test_the_fit_predicts_what_cdnow_customers_bought_afterwards():
    """SC65: orders of the 39 weeks after the fit, off by less than 30 %."""
    before, after = cdnow.by_day(), cdnow.by_day(max(day for _, day, _ in cdnow.purchases()))
    real = sum(len(after[each]) - len(days) for each, days in before.items())

    held = check(cdnow.people().per(7), real, BG_NBD, 39)

    assert held is not None
    assert abs(held.share_off) < 0.15
    assert not held.is_doubtful


# Formulas


@examples(50)
@given(models(), persons(), st.floats(0.5, 300))
def test_expected_orders_are_the_formula_of_the_paper(buying, person, time):
    """SC61: with ₂F₁ as the paper writes it, where that can be worked out."""
    r, alpha, a = buying.r, buying.alpha, buying.a
    b = buying.b + (1 if buying.is_modified else 0)
    x, last, age = person
    z = time / (alpha + age + time)
    series = special.hyp2f1(r + x, b + x, a + b + x - 1, z)
    left = ((alpha + age) / (alpha + age + time)) ** (r + x) * series
    assume(np.isfinite(left) and left < 1e4)
    assume(abs(a - 1) > 1e-3 and abs(a + b + x - 1) > 1e-3)

    found = float(buying.expected(x, last, age, time))

    alive = float(buying.p_alive(x, last, age))
    paper = alive * (a + b + x - 1) / (a - 1) * (1 - left)
    assert found == pytest.approx(paper, rel=1e-6, abs=1e-8)


@examples(25)
@given(models(), persons(), st.floats(0.5, 300))
def test_expected_orders_are_those_of_the_process_itself(buying, person, time):
    """SC61: a person leaves with probability p, else buys at the rate they have shown."""
    x, _, age = person
    s = buying.s + x + 1
    assume(buying.a > 1 and s > 1)

    def orders(p):
        share = ((buying.alpha + age) / (buying.alpha + age + p * time)) ** (buying.r + x)
        return (1 - share) / p * stats.beta.pdf(p, buying.a, s)

    middle = stats.beta.mean(buying.a, s)
    expected = integrate.quad(orders, 0, 1, points=[middle], limit=200)[0]

    assert float(buying.orders_if_alive(x, age, time)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("a", "b"), [(1, 2.5), (0.4, 0.6), (1, 1), (300, 0.8), (5000, 9000)])
def test_expected_orders_stay_finite_where_the_formula_of_the_paper_does_not(model, a, b):
    """SC8: a of 1, a + b of 1, and parameters at which ₂F₁ overflows."""
    here, beside = Buying(model, 0.4, 0.5, a, b), Buying(model, 0.4, 0.5, a * 1.0001, b * 1.0001)
    x, age = np.array([0, 1, 5, 900]), np.array([0, 3, 9, 1])

    found = here.orders_if_alive(x, age, 150)

    assert np.all(np.isfinite(found) & (found >= 0))
    assert found == pytest.approx(beside.orders_if_alive(x, age, 150), rel=1e-2)


@examples(50)
@given(models(), CROWDS, st.floats(0, 200))
def test_probabilities_lie_between_0_and_1_and_orders_are_not_below_0(buying, rows, time):
    """SC8: bounds."""
    people = people_of(rows)

    alive = buying.p_alive(people.x, people.recency, people.age)
    orders = buying.expected(people.x, people.recency, people.age, time)

    assert np.all((alive >= 0) & (alive <= 1))
    assert np.all(np.isfinite(orders) & (orders >= 0))


@examples(50)
@given(models(), persons())
def test_whoever_bought_later_is_likelier_to_buy_still(buying, person):
    """SC61: p_alive rises with t_x, and falls with T."""
    x, _, age = person
    assume(x > 0)
    last = np.arange(0, age + 1)

    alive = buying.p_alive(x, last, age)
    longer = buying.p_alive(x, age, age + last)

    assert np.all(np.diff(alive) >= 0)
    assert np.all(np.diff(longer) <= 0)


@examples(50)
@given(models(), persons(), st.floats(0.1, 100), st.floats(0.1, 100))
def test_a_longer_time_brings_more_orders(buying, person, time, more):
    """SC61: expected orders rise with the horizon."""
    x, last, age = person

    near, far = (float(buying.expected(x, last, age, each)) for each in (time, time + more))

    assert far >= near * (1 - 1e-9) - 1e-9


def test_after_one_order_only_the_modified_model_knows_of_leaving():
    """SC63: BG/NBD says 1 for everyone who bought once."""
    bg, mbg = (Buying(each, 0.5, 6, 0.9, 1.6) for each in MODELS)

    assert float(bg.p_alive(0, 0, 300)) == 1
    assert 0 < float(mbg.p_alive(0, 0, 300)) < float(mbg.p_alive(0, 0, 3)) < 1


@examples(50)
@given(
    amounts(0.1, 50), amounts(1.1, 50), amounts(0.1, 500), st.integers(1, 50), amounts(0.01, 1e5)
)
def test_an_expected_value_lies_between_the_persons_own_and_that_of_all(p, q, v, x, mean):
    """SC61: the more repeat purchases, the nearer to the person's own mean."""
    worth = Worth(p, q, v)

    found = float(worth.expected(x, x * mean))

    ends = sorted((mean, float(worth.expected(0, 0))))
    assert ends[0] * (1 - 1e-9) <= found <= ends[1] * (1 + 1e-9)


def test_there_is_no_expected_value_where_the_model_has_no_mean():
    """SC8: q of 1 or less, and no repeat purchase."""
    found = Worth(2, 0.9, 10).expected([0, 1], [0, 30])

    assert np.isnan(found[0])
    assert found[1] == pytest.approx(2 * 40 / 1.9)


# Likelihoods


@examples(50)
@given(models(), CROWDS)
def test_people_alike_count_as_each_of_them(buying, rows):
    """SC66: the likelihood of people put together is that of each added up."""
    twice = people_of([*rows, *rows[::2]])
    each = [people_of([row]) for row in [*rows, *rows[::2]]]

    value, slope = bgnbd.log_likelihood(buying, twice)

    parts = [bgnbd.log_likelihood(buying, one) for one in each]
    assert twice.total == len(each)
    assert value == pytest.approx(sum(part[0] for part in parts), rel=1e-9, abs=1e-9)
    assert slope == pytest.approx(sum(part[1] for part in parts), rel=1e-7, abs=1e-7)


@examples(50)
@given(models(), CROWDS)
def test_slopes_of_the_likelihood_are_its_differences(buying, rows):
    """SC60: the slope that the search goes by."""
    people = people_of(rows)

    slope = bgnbd.log_likelihood(buying, people)[1]

    for number, name in enumerate(("r", "alpha", "a", "b")):
        value = getattr(buying, name)
        step = 1e-5 * value
        after, before = (
            bgnbd.log_likelihood(replace(buying, **{name: value + each}), people)[0]
            for each in (step, -step)
        )
        size = max(1.0, abs(bgnbd.log_likelihood(buying, people)[0]))
        assert slope[number] * value == pytest.approx(
            (after - before) / 2e-5, rel=1e-4, abs=1e-7 * size
        )


@examples(50)
@given(
    amounts(0.1, 30),
    amounts(0.1, 30),
    amounts(0.1, 300),
    st.lists(st.tuples(st.integers(1, 40), amounts(0.01, 1e4)), min_size=1, max_size=30),
)
def test_slopes_of_the_likelihood_of_values_are_its_differences(p, q, v, rows):
    """SC60: as above, of Gamma-Gamma."""
    worth, spending = Worth(p, q, v), Spending.of(*zip(*rows, strict=True))

    value, slope = gammagamma.log_likelihood(worth, spending)

    for number, name in enumerate("pqv"):
        step = 1e-5 * getattr(worth, name)
        after, before = (
            gammagamma.log_likelihood(
                replace(worth, **{name: getattr(worth, name) + each}), spending
            )[0]
            for each in (step, -step)
        )
        assert slope[number] * getattr(worth, name) == pytest.approx(
            (after - before) / 2e-5, rel=1e-4, abs=1e-7 * max(1.0, abs(value))
        )


@pytest.mark.parametrize("model", MODELS)
def test_neither_order_nor_unit_nor_grouping_changes_a_fit(model):
    """SC66: rows in any order, alike or apart, in days or weeks."""
    people = cdnow.people()
    rows = np.repeat(np.arange(len(people.x)), people.count.astype(int))
    np.random.default_rng(5).shuffle(rows)

    apart = bgnbd.fitted(People(people.x[rows], people.recency[rows], people.age[rows],
                                np.ones(len(rows))), model)  # fmt: skip
    together = bgnbd.fitted(
        People.of(people.x[rows], people.recency[rows], people.age[rows]), model
    )
    in_weeks = bgnbd.fitted(people.per(7), model)

    one = (together.buying.r, together.buying.alpha, together.buying.a, together.buying.b)
    other = (apart.buying.r, apart.buying.alpha, apart.buying.a, apart.buying.b)
    weeks = (in_weeks.buying.r, in_weeks.buying.alpha * 7, in_weeks.buying.a, in_weeks.buying.b)
    assert one == pytest.approx(other, rel=1e-8)
    assert one == pytest.approx(weeks, rel=1e-8)
    assert together.log_likelihood == pytest.approx(apart.log_likelihood, rel=1e-11)
    assert bgnbd.fitted(people, model) == bgnbd.fitted(people, model)


@examples(30)
@given(KINDS, st.lists(persons(), min_size=3, max_size=60))
def test_no_likelier_parameters_stand_beside_a_fit(model, rows):
    """SC60: maximum likelihood, of whatever people; no exception, no NaN."""
    people = people_of(rows)
    assume(people.repeating)

    fit = bgnbd.fitted(people, model)

    assert np.isfinite(fit.log_likelihood)
    if fit.is_converged:
        for name in ("r", "alpha", "a", "b"):
            for factor in (0.9, 1.1):
                if name not in fit.at_bound:
                    beside = replace(fit.buying, **{name: getattr(fit.buying, name) * factor})
                    value = bgnbd.log_likelihood(beside, people)[0]
                    assert value <= fit.log_likelihood + 1e-6 * abs(fit.log_likelihood)


# What fails is told


def test_people_without_differences_run_into_a_bound():
    """SC64: parameters that the data do not tell are named, and predictions are sound."""
    people = People.of([10] * 300, [270] * 300, [280] * 300)

    fit = bgnbd.fitted(people, BG_NBD)

    assert fit.is_converged
    assert fit.at_bound
    assert float(fit.buying.p_alive(10, 270, 280)) == pytest.approx(1, abs=1e-3)
    assert float(fit.buying.expected(10, 270, 280, 28)) == pytest.approx(1, abs=0.1)


def test_values_without_differences_run_into_a_bound():
    """SC64: as above, of Gamma-Gamma; the correlation of what does not vary is unknown."""
    spending = Spending.of([1, 2, 3] * 100, [20, 40, 60] * 100)

    fit = gammagamma.fitted(spending)

    assert fit.at_bound
    assert spending.correlation is None
    assert float(fit.worth.expected(2, 40)) == pytest.approx(20, rel=1e-2)


def test_a_search_without_an_end_says_so():
    """SC64: no exception, whatever the likelihood."""
    low, high = np.array([0.1]), np.array([10.0])

    def broken(_parameters):
        return np.nan, np.array([np.nan])

    def jagged(parameters):
        return float(np.sin(1e9 * parameters[0])), np.array([1.0])

    assert not maximised(broken, [(1.0,)], low, high).is_converged
    assert not maximised(jagged, [(1.0,), (2.0,)], low, high).is_converged


@pytest.mark.parametrize(
    ("predicted", "real", "off", "is_doubtful"),
    [
        (130, 100, 0.3, False),
        (131, 100, 0.31, True),
        (69, 100, -0.31, True),
        (0.5, 0, None, True),
        (0, 0, None, False),
    ],
)
def test_a_fit_is_doubtful_if_it_is_off_by_more_than_30_percent(predicted, real, off, is_doubtful):
    """SC65: of the orders that came."""
    held = Check(predicted, real)

    assert held.share_off == (None if off is None else pytest.approx(off))
    assert held.is_doubtful == is_doubtful


def test_a_warning_has_a_sentence_of_its_own():
    """SC64: codes for programs, sentences for people."""
    said = warning("not_enough_repeat_buyers", found=143, needed=200)

    assert WARNINGS[said["code"]].format(**said) == "Not enough repeat buyers: 143 of 200."
    with pytest.raises(KeyError):
        warning("else")
