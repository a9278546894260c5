"""BG/NBD and modified BG/NBD: who still buys, and how often in the time to come (SC61 to SC63).

While alive a person buys at a rate of their own (gamma: `r`, `alpha`), and after every purchase
leaves for good with a probability of their own (beta: `a`, `b`). In the modified model a person
may leave after the first purchase already.

Source:
    BG/NBD: Fader, Hardie, Lee, "Counting your customers" the easy way, Marketing Science 24 (2),
    2005, pages 275 to 284: likelihood (6), expectation (9), conditional expectation (10).
    Modified: Batislam, Denizel, Filiztekin, Empirical validation and comparison of models for
    customer base analysis, International Journal of Research in Marketing 24 (3), 2007, 201 to 209.
    What we do differently: both are one formula in `s`, which is b - 1 or b; the function 2F1 is
    taken after Euler's transformation (Abramowitz and Stegun, 15.3.3), so that nothing overflows
    for people with thousands of orders; equal people are worked out once.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import scipy

from tresse.datasets.scores.clv.fitting import Maximum, Numbers, maximised

MODELS = ("bg_nbd", "mbg_nbd")
"In the modified one people may leave before their second order."
LOW = np.array([1e-4, 1e-6, 1e-4, 1e-4])
HIGH = np.array([1e4, 1e6, 1e4, 1e4])
"Of r, alpha (in mean ages), a, b. Beyond them predictions do not change."
NEAR = 1e-6
"Nearer to a pole than this, the mean of both sides is taken."
POINTS = 100
"Of a sum over what is known of a person's probability of leaving."


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """People who bought, summed up; those who are alike stand in one row.

    Arrays of one length, rows in the order of the first three, each three once.
    """

    x: Numbers
    "Repeat purchase days: whole, 0 or more."
    recency: Numbers
    "Time from the first to the last purchase; 0 where x is 0, above 0 elsewhere."
    age: Numbers
    "Time from the first purchase to the day of the figures; at least `recency`."
    count: Numbers
    "People, 1 or more."

    @classmethod
    def of(cls, x: Any, recency: Any, age: Any, count: Any = None) -> Self:
        """People in any order, alike or not; `count` None: one each."""
        keys = [np.asarray(each, dtype=float) for each in (x, recency, age)]
        counts = np.ones(len(keys[0])) if count is None else np.asarray(count, dtype=float)
        order = np.lexsort(keys[::-1])
        keys, counts = [each[order] for each in keys], counts[order]
        is_new = np.ones(len(order), dtype=bool)
        if len(order):
            is_new[1:] = np.any([each[1:] != each[:-1] for each in keys], axis=0)
            counts = np.add.reduceat(counts, np.flatnonzero(is_new))
        x, recency, age = (each[is_new] for each in keys)
        return cls(x, recency, age, counts)

    @property
    def total(self) -> int:
        """People in all rows."""
        return int(self.count.sum())

    @property
    def repeating(self) -> int:
        """People with more than one purchase day."""
        return int(self.count[self.x > 0].sum())

    def per(self, unit: float) -> Self:
        """The same people with times divided by a unit, such as days by 7."""
        return replace(self, recency=self.recency / unit, age=self.age / unit)


@dataclass(frozen=True, slots=True)
class Buying:
    """A model with its parameters, all above 0; `alpha` in the unit of time of its people."""

    model: str
    "One of `MODELS`."
    r: float
    alpha: float
    a: float
    b: float

    @property
    def is_modified(self) -> bool:
        """People may leave before their second order."""
        return self.model == "mbg_nbd"

    @property
    def s(self) -> float:
        """What both models differ by."""
        return self.b if self.is_modified else self.b - 1

    def p_alive(self, x: Any, recency: Any, age: Any) -> Numbers:
        """The probability of not having left, 0 to 1; 1 where x is 0 in BG/NBD."""
        x, recency, age = (np.asarray(each, dtype=float) for each in (x, recency, age))
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            odds = (
                np.log(self.a)
                - np.log(self.s + x)
                + (self.r + x) * np.log((self.alpha + age) / (self.alpha + recency))
            )
            found: Numbers = scipy.special.expit(-odds)
        return found if self.is_modified else np.where(x > 0, found, 1.0)

    def orders_if_alive(self, x: Any, age: Any, time: float) -> Numbers:
        """Purchase days expected within `time` from now, of people who have not left."""
        x, age = np.asarray(x, dtype=float), np.asarray(age, dtype=float)
        c = self.a + self.s + x
        for pole, name in ((self.a - 1, "a"), (self.a + self.s, "b")):
            if abs(pole) < NEAR:
                middle = getattr(self, name) - pole
                sides = [replace(self, **{name: middle + side}) for side in (-2 * NEAR, 2 * NEAR)]
                return np.asarray(sum(each.orders_if_alive(x, age, time) for each in sides) / 2)
        z = time / (self.alpha + age + time)
        with np.errstate(all="ignore"):
            series = scipy.special.hyp2f1(self.a - 1, self.a + self.s - self.r, c, z)
            left = np.exp((self.a - 1) * np.log1p(-z))
            found = np.asarray(c / (self.a - 1) * (1 - left * series), dtype=float)
        wild = ~np.isfinite(found)
        for each in np.unique(x[wild]):
            rows = wild & (x == each)
            ages, place = np.unique(age[rows], return_inverse=True)
            found[rows] = self._orders_by_sum(float(each), ages, time)[place]
        least: Numbers = np.maximum(found, 0.0)
        return least

    def _orders_by_sum(self, x: float, age: Numbers, time: float) -> Numbers:
        """`orders_if_alive` of people of one x where 2F1 overflows: great `a`.

        The mean of (1 - ((alpha + T) / (alpha + T + p h)) ^ (r + x)) / p over what is known of the
        probability p of leaving, which is a beta of a and s + x + 1.
        """
        points, weights = _beta_points(self.a, self.s + x + 1)
        share = np.log1p(points * (time / (self.alpha + age))[:, None])
        found: Numbers = -np.expm1(-(self.r + x) * share) / points @ weights
        return found

    def expected(self, x: Any, recency: Any, age: Any, time: float) -> Numbers:
        """Purchase days expected within `time` from now, 0 or more."""
        return self.p_alive(x, recency, age) * self.orders_if_alive(x, age, time)

    def expected_of_new(self, time: float) -> float:
        """Repeat purchase days of a person within `time` from their first purchase."""
        return float(self.expected([0.0], [0.0], [0.0], time)[0])


def _beta_points(a: float, b: float) -> tuple[Numbers, Numbers]:
    """Points between 0 and 1 whose weighted sum is the mean over a beta distribution.

    Source:
        Golub, Welsch, Calculation of Gauss quadrature rules, Mathematics of Computation 23, 1969.
    """
    k = np.arange(1.0, POINTS)
    both = a + b - 2
    middle = np.empty(POINTS)
    middle[0] = (a - b) / (both + 2)
    middle[1:] = ((a - 1) ** 2 - (b - 1) ** 2) / ((2 * k + both) * (2 * k + both + 2))
    beside = 4 * k * (k + a - 1) * (k + b - 1) / ((2 * k + both) ** 2 * (2 * k + both + 1))
    # k + both and 2 k + both - 1 are equal at k = 1, and may both be 0 there.
    beside[1:] *= (k[1:] + both) / (2 * k[1:] + both - 1)
    places, vectors = scipy.linalg.eigh_tridiagonal(middle, np.sqrt(beside))
    return (1 + places) / 2, vectors[0] ** 2


@dataclass(frozen=True, slots=True)
class BuyingFit:
    """The likeliest parameters of some people."""

    buying: Buying
    log_likelihood: float
    "Of all people together, without the constant of x!, as the paper has it."
    maximum: Maximum

    @property
    def is_converged(self) -> bool:
        """Whether there is no likelier place near it."""
        return self.maximum.is_converged

    @property
    def at_bound(self) -> tuple[str, ...]:
        """Names of parameters that ran into an end of their range."""
        return tuple(("r", "alpha", "a", "b")[each] for each in self.maximum.at_bound)


class _Likelihood:
    """The log-likelihood of an average person and its slope, over people made ready for it."""

    def __init__(self, people: People, model: str) -> None:
        self.people, self.is_modified = people, model == "mbg_nbd"
        self.weight = people.count / people.count.sum()
        self.xs, self.place = np.unique(people.x, return_inverse=True)
        self.x_weight = np.bincount(self.place, self.weight)

    def __call__(self, parameters: Numbers) -> tuple[float, Numbers]:
        r, alpha, a, b = (float(each) for each in parameters)
        people, weight, xs = self.people, self.weight, self.xs
        may_have_left = xs > (-1 if self.is_modified else 0)
        s_x = np.where(may_have_left, xs + (b if self.is_modified else b - 1), 1.0)
        start = np.where(may_have_left, np.log(a / s_x), -np.inf)
        rest = r + people.x
        age, last = alpha + people.age, alpha + people.recency
        log_age = np.log(age)
        span = np.log(age / last)
        odds = start[self.place] + rest * span
        # left: the probability of having left; its complement is p_alive.
        left = scipy.special.expit(odds)
        soft = np.logaddexp(0.0, odds)
        value = self._of_x(r, alpha, a, b) + float(weight @ (soft - rest * log_age))
        left_x = np.bincount(self.place, weight * left, minlength=len(xs))
        by_a, by_b = self._slopes_of_x(a, b)
        slope = np.array(
            [
                float(self.x_weight @ (scipy.special.digamma(r + xs) - scipy.special.digamma(r)))
                + np.log(alpha)
                + float(weight @ (left * span - log_age)),
                r / alpha - float(weight @ (rest * ((1 - left) / age + left / last))),
                by_a + float(left_x.sum()) / a,
                by_b - float(left_x @ np.where(may_have_left, 1 / s_x, 0.0)),
            ]
        )
        return value, slope

    def _of_x(self, r: float, alpha: float, a: float, b: float) -> float:
        """The part that depends on x alone."""
        xs = self.xs
        found = scipy.special.gammaln(r + xs) - scipy.special.gammaln(r) + r * np.log(alpha)
        found = found + scipy.special.betaln(a, b + xs) - scipy.special.betaln(a, b)
        if self.is_modified:
            found = found + np.log((b + xs) / (a + b + xs))
        return float(self.x_weight @ found)

    def _slopes_of_x(self, a: float, b: float) -> tuple[float, float]:
        """Slopes of `_of_x` in a and b."""
        xs = self.xs
        by_a = scipy.special.digamma(a + b) - scipy.special.digamma(a + b + xs)
        by_b = by_a + scipy.special.digamma(b + xs) - scipy.special.digamma(b)
        if self.is_modified:
            by_a = by_a - 1 / (a + b + xs)
            by_b = by_b + a / ((b + xs) * (a + b + xs))
        return float(self.x_weight @ by_a), float(self.x_weight @ by_b)


def log_likelihood(buying: Buying, people: People) -> tuple[float, Numbers]:
    """Of all people together, and its slope in r, alpha, a, b."""
    values = np.array([buying.r, buying.alpha, buying.a, buying.b])
    mean, slope = _Likelihood(people, buying.model)(values)
    return mean * people.total, slope * people.total


def fitted(people: People, model: str) -> BuyingFit:
    """The likeliest parameters of a model.

    Times are divided by the mean age for the search, so that the unit of time makes no difference.

    Args:
        people: At least one, and at least one with x above 0; some age above 0.
        model: One of `MODELS`.
    """
    unit = float(people.count @ people.age) / people.total
    likelihood = _Likelihood(people.per(unit), model)
    rate = float(people.count @ people.x) / people.total
    starts = [
        (r, r / rate / 2, a, b)
        for r in (0.3, 1.0, 3.0)
        for a, b in ((0.5, 1.5), (1.0, 5.0), (0.05, 1.0))
    ]
    found = maximised(likelihood, starts, LOW, HIGH)
    r, alpha, a, b = found.parameters
    buying = Buying(model, r, alpha * unit, a, b)
    return BuyingFit(buying, log_likelihood(buying, people)[0], found)
