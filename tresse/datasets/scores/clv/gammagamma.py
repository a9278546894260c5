"""Gamma-Gamma: what a person's orders are worth on average, out of the few seen (SC60, SC61).

The value of an order varies about a mean of the person's own (gamma: `p`), and these means vary
between people (gamma: `q`, `v`). How often somebody buys says nothing of what for: `correlation`
tells how far that is from true.

Source:
    Fader, Hardie, The Gamma-Gamma model of monetary value, 2013, brucehardie.com/notes/025:
    likelihood (1a), conditional expectation (5). What we do differently: parameters are sought
    over values divided by their mean, so that a currency makes no difference.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from tresse.datasets.scores.clv.fitting import Maximum, Numbers, maximised

LOW = np.array([1e-3, 1e-3, 1e-6])
HIGH = np.array([1e4, 1e4, 1e8])
"Of p, q, v (in mean values)."


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """Arrays of one length, a row per person with a repeat purchase, or per people alike."""

    x: Numbers
    "Repeat purchase days, 1 or more."
    total: Numbers
    "What was spent on them together, above 0, in the currency of the account."
    count: Numbers
    "People, 1 or more."

    @classmethod
    def of(cls, x: Any, total: Any, count: Any = None) -> "Spending":
        """Rows in any order, alike or not; `count` None: one each."""
        xs, totals = np.asarray(x, dtype=float), np.asarray(total, dtype=float)
        counts = np.ones(len(xs)) if count is None else np.asarray(count, dtype=float)
        # Sums of doubles depend on their order, and engines answer rows in any.
        order = np.lexsort((counts, totals, xs))
        return cls(xs[order], totals[order], counts[order])

    @property
    def people(self) -> int:
        """People in all rows."""
        return int(self.count.sum())

    @property
    def mean(self) -> float:
        """Of the people's mean values."""
        return float(self.count @ (self.total / self.x)) / self.people

    @property
    def correlation(self) -> float | None:
        """Of x and the mean value (Pearson), -1 to 1; None where one of them does not vary."""
        value, weight = self.total / self.x, self.count / self.count.sum()
        x_off, value_off = self.x - weight @ self.x, value - weight @ value
        spread = float(weight @ x_off**2) * float(weight @ value_off**2)
        least = 1e-24 * float(weight @ self.x**2) * float(weight @ value**2)
        return float(weight @ (x_off * value_off)) / spread**0.5 if spread > least else None


@dataclass(frozen=True, slots=True)
class Worth:
    """The model with its parameters, all above 0; `v` in the currency of the values."""

    p: float
    q: float
    v: float

    def expected(self, x: Any, total: Any) -> Numbers:
        """The value expected of a further order; NaN where the model has no finite one.

        That is where p·x + q is 1 or less: with x = 0 if q is 1 or less.
        """
        x, total = np.asarray(x, dtype=float), np.asarray(total, dtype=float)
        below = self.p * x + self.q - 1
        with np.errstate(divide="ignore"):
            return np.where(below > 0, self.p * (self.v + total) / below, np.nan)


@dataclass(frozen=True, slots=True)
class WorthFit:
    """The likeliest parameters of some people."""

    worth: Worth
    log_likelihood: float
    maximum: Maximum

    @property
    def is_converged(self) -> bool:
        """Whether there is no likelier place near it."""
        return self.maximum.is_converged

    @property
    def at_bound(self) -> tuple[str, ...]:
        """Names of parameters that ran into an end of their range."""
        return tuple("pqv"[each] for each in self.maximum.at_bound)


class _Likelihood:
    """The log-likelihood of an average person and its slope."""

    def __init__(self, spending: Spending) -> None:
        self.x, self.total = spending.x, spending.total
        self.weight = spending.count / spending.count.sum()
        self.xs, self.place = np.unique(self.x, return_inverse=True)
        self.x_weight = np.bincount(self.place, self.weight)
        self.log_total = float(self.weight @ np.log(self.total))
        self.x_log_total = float(self.weight @ (self.x * np.log(self.total)))
        self.log_x = float(self.weight @ np.log(self.x))

    def __call__(self, parameters: Numbers) -> tuple[float, Numbers]:
        p, q, v = (float(each) for each in parameters)
        xs, weight = self.xs, self.x_weight
        every = v + self.total
        log_every = np.log(every)
        # By x: that is all that most of the terms depend on.
        logs = np.bincount(self.place, self.weight * log_every, minlength=len(xs))
        shares = np.bincount(self.place, self.weight / every, minlength=len(xs))
        shape = p * xs + q
        value = (
            float(weight @ (scipy.special.gammaln(shape) - scipy.special.gammaln(p * xs)))
            - float(scipy.special.gammaln(q))
            + q * np.log(v)
            + p * self.x_log_total
            - self.log_total
            + self.log_x
            - float(shape @ logs)
        )
        of_shape = scipy.special.digamma(shape)
        slope = np.array(
            [
                float(weight @ (xs * (of_shape - scipy.special.digamma(p * xs))))
                + self.x_log_total
                - float(xs @ logs),
                float(weight @ of_shape) - float(scipy.special.digamma(q)) + np.log(v) - logs.sum(),
                q / v - float(shape @ shares),
            ]
        )
        return float(value), slope


def log_likelihood(worth: Worth, spending: Spending) -> tuple[float, Numbers]:
    """Of all people together, and its slope in p, q, v."""
    mean, slope = _Likelihood(spending)(np.array([worth.p, worth.q, worth.v]))
    return mean * spending.people, slope * spending.people


def fitted(spending: Spending) -> WorthFit:
    """The likeliest parameters; at least one person."""
    unit = spending.mean
    scaled = Spending(spending.x, spending.total / unit, spending.count)
    starts = [(p, q, (q - 1) / p) for p in (1.0, 5.0, 20.0) for q in (2.0, 4.0, 15.0)]
    found = maximised(_Likelihood(scaled), starts, LOW, HIGH)
    p, q, v = found.parameters
    worth = Worth(p, q, v * unit)
    return WorthFit(worth, log_likelihood(worth, spending)[0], found)
