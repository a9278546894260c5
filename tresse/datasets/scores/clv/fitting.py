"""The parameters under which what was seen is likeliest; a failure is a value, no exception."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # loads its parts when they are first used: they take a third of a second

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Likelihood = Callable[[Numbers], tuple[float, Numbers]]
"""Of parameters above 0: the log-likelihood of an average person, and its slope in each of them."""

FLAT = 1e-7
"Slope of an average person's log-likelihood, in logarithms of parameters, that counts as none."
STEPS, POLISHES = 500, 8
APART = 1e-5
"Of the logarithms, for the differences that curvature is taken from."
EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the search ended."""

    parameters: tuple[float, ...]
    mean: float
    "Log-likelihood of an average person."
    is_converged: bool
    at_bound: tuple[int, ...]
    """Places of parameters that ran into their least or greatest value: people differ too little
    for the model to tell it from more; what it predicts no longer changes there."""
    evaluations: int


def maximised(
    likelihood: Likelihood, starts: Sequence[Sequence[float]], low: Numbers, high: Numbers
) -> Maximum:
    """The likeliest parameters between `low` and `high`, all of them above 0.

    The search goes over their logarithms (L-BFGS-B), from the likeliest of the starts; from the
    next one only if it comes to no end. It ends with steps of Newton's, so that the same people
    give the same parameters to nine digits, wherever it began. It keeps nothing between calls and
    draws no random number.

    Args:
        likelihood: What is to be greatest; values that are no numbers count as unlikely.
        starts: Parameters to begin at; at least one.
        low: Least parameters.
        high: Greatest parameters.

    Returns:
        The first search that came to an end, else the likeliest place that any of them saw.

    Source:
        Nocedal and Wright, Numerical optimization, 2006, sections 7.2 and 3.3.
    """
    search = _Search(likelihood, np.log(low), np.log(high))
    with np.errstate(all="ignore"):
        places = [np.clip(np.log(np.asarray(each)), search.low, search.high) for each in starts]
        places.sort(key=lambda place: search.cost(place)[0])
        best: Maximum | None = None
        for place in places:
            found = search.from_place(place)
            if found.is_converged:
                return found
            if best is None or found.mean > best.mean:
                best = found
    if best is None:
        raise AssertionError
    return best


class _Search:
    """A search over logarithms, for the least of the negative likelihood."""

    def __init__(self, likelihood: Likelihood, low: Numbers, high: Numbers) -> None:
        self.likelihood, self.low, self.high = likelihood, low, high
        self.evaluations = 0

    def cost(self, place: Numbers) -> tuple[float, Numbers]:
        """Negative likelihood and its slope; a great number where it cannot be worked out."""
        self.evaluations += 1
        parameters = np.exp(place)
        value, slope = self.likelihood(parameters)
        slope = slope * parameters
        if not (np.isfinite(value) and np.all(np.isfinite(slope))):
            return 1e10, np.zeros_like(place)
        return -value, -slope

    def from_place(self, place: Numbers) -> Maximum:
        """Where the search from one place ends."""
        found = scipy.optimize.minimize(
            self.cost,
            place,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(self.low, self.high, strict=True)),
            options={"maxiter": STEPS, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 20},
        )
        place = self._polished(np.asarray(found.x, dtype=float))
        value, slope = self.cost(place)
        inside = ~self._held(place, slope)
        is_flat = bool(np.max(np.abs(slope[inside]), initial=0.0) < FLAT) and value < 1e9
        return Maximum(
            tuple(float(each) for each in np.exp(place)),
            float(-value),
            is_flat,
            tuple(int(each) for each in np.flatnonzero(~inside)),
            self.evaluations,
        )

    def _held(self, place: Numbers, slope: Numbers) -> Any:
        """Parameters at an end of their range that would go further."""
        at_low = (place <= self.low + EDGE) & (slope > -FLAT)
        at_high = (place >= self.high - EDGE) & (slope < FLAT)
        return at_low | at_high

    def _polished(self, place: Numbers) -> Numbers:
        """After steps of Newton's among the parameters inside their range."""
        value, slope = self.cost(place)
        for _ in range(POLISHES):
            free = np.flatnonzero(~self._held(place, slope))
            if not len(free) or np.max(np.abs(slope[free])) < 1e-13:
                break
            step = self._step(place, slope, free)
            if step is None or np.max(np.abs(step)) < 1e-11:
                break
            there = place.copy()
            there[free] = np.clip(place[free] + step, self.low[free], self.high[free])
            new, new_slope = self.cost(there)
            is_less_steep = np.max(np.abs(new_slope[free])) < np.max(np.abs(slope[free]))
            if not is_less_steep or new > value + 1e-12 * abs(value):
                break
            place, value, slope = there, new, new_slope
        return place

    def _step(self, place: Numbers, slope: Numbers, free: Any) -> Numbers | None:
        """Newton's step; None where the likelihood does not bend down on all sides."""
        curvature = np.empty((len(free), len(free)))
        for number, parameter in enumerate(free):
            apart = np.zeros_like(place)
            apart[parameter] = APART
            after, before = self.cost(place + apart)[1], self.cost(place - apart)[1]
            curvature[number] = (after - before)[free] / (2 * APART)
        curvature = (curvature + curvature.T) / 2
        try:
            np.linalg.cholesky(curvature)
        except np.linalg.LinAlgError:
            return None
        step: Numbers = np.linalg.solve(curvature, -slope[free])
        return step
