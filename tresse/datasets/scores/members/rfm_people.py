"""People as RFM sees them: its settings, what is measured of orders, and the scores it gives."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import MONEY, counted, money, number, share, total
from tresse.datasets.scores.base import Need, Row, Setting, Settings
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.figures import WINDOW
from tresse.datasets.scores.members.rfm_binning import (
    FIGURES,
    FIXED,
    LOWER,
    NTILE,
    QUANTILE,
    UPPER,
    Binning,
    Cuts,
    bin_of,
    binning_of,
    cuts_of,
    given_cuts,
)
from tresse.datasets.scores.members.rfm_tables import LEAST_BINS, MOST_BINS
from tresse.datasets.scores.windows import days_of, in_window
from tresse.engine import columns as do
from tresse.engine.base import Engine
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
WHOLE = sa.BigInteger()
NEED = Need("orders", ("ordered_at",), ("net_amount", "amount"))
MOST = Decimal("999999999999999.999999")
"The greatest amount that a column holds."
SUM, MEAN = "sum", "mean"
LETTERS = tuple(FIGURES)
SETTINGS = (
    Setting(
        "preset",
        "choice",
        N_("Segments"),
        "default",
        choices=(
            ("default", N_("Eleven segments of R and F, 5 scores")),
            ("sextile", N_("Eleven segments of R and FxM, 6 scores in equal groups")),
        ),
        hint=N_("FxM is the mean of F and M, rounded up."),
    ),
    Setting(
        "bins",
        "whole",
        N_("Scores"),
        None,
        LEAST_BINS,
        MOST_BINS,
        hint=N_("From 1 to this. Empty: as the segments need, 5 or 6."),
    ),
    Setting(
        "binning",
        "choice",
        N_("Cut by"),
        None,
        choices=(
            (QUANTILE, N_("Shares of people; equal values stay together")),
            (NTILE, N_("Groups of equal size; equal people may get unequal scores")),
            (FIXED, N_("Given cut-points")),
        ),
        hint=N_("Empty: as the segments have it."),
    ),
    Setting(
        "cut_points",
        "table",
        N_("Cut-points"),
        None,
        hint=N_("Of recency, frequency and monetary, from low to high; one fewer than scores."),
    ),
    Setting(
        "edge",
        "choice",
        N_("A value equal to a cut-point"),
        UPPER,
        choices=((UPPER, N_("is below it")), (LOWER, N_("is above it"))),
        hint=N_("For given cut-points alone."),
    ),
    Setting(
        "monetary",
        "choice",
        N_("Money"),
        SUM,
        choices=((SUM, N_("All orders together")), (MEAN, N_("Mean of an order"))),
    ),
    WINDOW,
    Setting(
        "segments",
        "table",
        N_("Own segments"),
        None,
        hint=N_("Each with a name and scores of r and f, or r and fxm: 4-5. Every cell once."),
    ),
)


def check_cuts(settings: Settings) -> None:
    """Refuse cut-points and windows that are none, whatever the day."""
    days_of(settings.get("window"), date(2000, 1, 1))
    if binning_of(settings).sort == FIXED:
        given_cuts(settings)


def measures_of(inputs: Inputs, settings: Settings, day: date) -> dict[str, Value]:
    """Of the valid orders that were in the window on a day."""
    orders = inputs.orders
    span = days_of(settings.get("window"), day)
    ends = in_window(orders.c.day, span, inputs.today)
    counts = sa.and_(*ends) if ends else None
    last = orders.c.day if counts is None else sa.case((counts, orders.c.day))
    return {
        "last": sa.type_coerce(sa.func.max(last), sa.Date()),
        "orders": sa.func.count() if counts is None else counted(counts),
        "amount": total(orders.c.net, counts),
    }


def figures_of(row: Row, settings: Settings, day: date, suffix: str = "") -> dict[str, Value]:
    """What is scored, by letter: days since the last order, orders, amount; NULL for no order."""
    orders, amount = row[f"orders{suffix}"], row[f"amount{suffix}"]
    if settings.get("monetary") == MEAN:
        amount = money(share(number(amount), number(orders)))
    return {
        "r": do.days_between(row[f"last{suffix}"], sa.literal(day, sa.Date())),
        "f": sa.type_coerce(orders, WHOLE),
        "m": sa.type_coerce(amount, MONEY),
    }


def buyers(row: Row, settings: Settings, day: date, suffix: str = "") -> sa.FromClause:
    """`id r f m`: the figures of those with an order in the window."""
    figures = figures_of(row, settings, day, suffix)
    # A sum too large for a column of amounts is NULL, and still the greatest.
    figures["m"] = sa.func.coalesce(figures["m"], sa.literal(MOST, MONEY))
    return (
        sa.select(row.id.label("id"), *(each.label(name) for name, each in figures.items()))
        .where(row[f"orders{suffix}"] > 0)
        .subquery(f"buyers{suffix}")
    )


def cuts_by_letter(engine: Engine, people: sa.FromClause, settings: Settings) -> dict[str, Cuts]:
    """The cut-points of each figure."""
    binning = binning_of(settings)
    if binning.sort == FIXED:
        return given_cuts(settings)
    return {each: cuts_of(engine, people, each, binning) for each in LETTERS}


def scores_of(people: sa.FromClause, cuts: Mapping[str, Cuts], binning: Binning) -> sa.Subquery:
    """`id r f m`: scores of people, by their figures. The least recent ones have R 1."""
    bins = {each: bin_of(people.c[each], people.c.id, cuts[each], binning) for each in LETTERS}
    scores = {"r": binning.bins - bins["r"], "f": 1 + bins["f"], "m": 1 + bins["m"]}
    return sa.select(
        people.c.id, *(sa.type_coerce(each, WHOLE).label(key) for key, each in scores.items())
    ).subquery()
