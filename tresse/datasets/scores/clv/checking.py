"""A fit held against what came, and what is to be said of it (SC64, SC65)."""

from dataclasses import dataclass
from typing import Any

from tresse.datasets.scores.clv.bgnbd import Buying, People, fitted
from tresse.kernel.marks import N_

Said = dict[str, Any]
"""A warning as facts keep it: `code` of `WARNINGS`, and what its sentence names."""
MOST_OFF = 0.3
"Of the orders that came: the difference beyond which predictions are doubtful."
MOST_CORRELATED = 0.3

WARNINGS = {
    "not_enough_repeat_buyers": N_("Not enough repeat buyers: {found} of {needed}."),
    "not_converged": N_("No likeliest parameters of {model} were found."),
    "parameters_kept": N_("The parameters of {model} are those of {since}."),
    "at_bound": N_(
        "The data do not tell {parameters} of {model}; the values are those of the nearest model."
    ),
    "values_depend": N_(
        "How often people order and what they spend go together (correlation {correlation}). "
        "Gamma-Gamma assumes that they do not."
    ),
    "no_mean_value": N_(
        "Values vary too much to expect one of whoever ordered once (q is {q}, not above 1)."
    ),
    "doubtful": N_("Doubtful: since {since}, {predicted} orders were predicted and {real} came."),
    "not_checked": N_(
        "Predictions could not be checked: before {since} there were {found} of {needed} repeat "
        "buyers."
    ),
}
"Sentences by code."


@dataclass(frozen=True, slots=True)
class Check:
    """What was predicted of people who were known at an earlier day, and what came."""

    predicted: float
    "Purchase days."
    real: int
    "Purchase days of the same people; those of newer ones are not predicted, so not counted."

    @property
    def share_off(self) -> float | None:
        """The difference, of those that came; above 0: too many predicted. None: none came."""
        return (self.predicted - self.real) / self.real if self.real else None

    @property
    def is_doubtful(self) -> bool:
        """Whether it is off by more than `MOST_OFF`."""
        return abs(self.predicted - self.real) > MOST_OFF * self.real


def check(before: People, real: int, model: str, time: float) -> Check | None:
    """Fit a model to people as they stood at an earlier day, and predict what came since.

    Args:
        before: People as of that day, at least one with a repeat purchase.
        real: Their purchase days since.
        model: Of `bgnbd.MODELS`.
        time: From that day, in the unit of `before`.

    Returns:
        None where the fit came to no end.
    """
    fit = fitted(before, model)
    if not fit.is_converged:
        return None
    return Check(predicted(fit.buying, before, time), real)


def predicted(buying: Buying, people: People, time: float) -> float:
    """Purchase days of all people together within `time` from now."""
    each = buying.expected(people.x, people.recency, people.age, time)
    return float(people.count @ each)


def warning(code: str, **named: Any) -> Said:
    """A warning of `WARNINGS`, as facts keep it."""
    if code not in WARNINGS:
        raise KeyError(code)
    return {"code": code, **named}
