"""RFM over published orders: scores that others printed, and an independent computation (SC72)."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.scores.test_rfm import groups
from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores.evaluate import used
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[2] / "cases" / "rfm"
PUBLISHED = {
    "Champions": ("5-5", "5-5", "5-5"),
    "Potential Loyalist": ("3-5", "3-5", "2-5"),
    "Loyal Customers": ("2-4", "2-4", "2-4"),
    "Promising": ("3-4", "1-3", "3-5"),
    "New Customers": ("4-5", "1-3", "1-5"),
    "Can't Lose Them": ("1-2", "3-4", "4-5"),
    "At Risk": ("1-2", "2-5", "4-5"),
    "Need Attention": ("1-3", "3-5", "3-5"),
    "About To Sleep": ("2-3", "1-3", "1-4"),
    "Lost": ("1-1", "1-5", "1-5"),
}
"Segments of the README, as ranges of R, F and M."


def first_that_fits(scores):
    for name, ranges in PUBLISHED.items():
        ends = [[int(end) for end in each.split("-")] for each in ranges]
        if all(low <= score <= high for score, (low, high) in zip(scores, ends, strict=True)):
            return name
    return None


def published():
    """Days since the last order, orders and revenue by customer, as of 2006-12-31."""
    by_customer = defaultdict(list)
    with (CASES / "orders.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["order_date"])
            by_customer[row["customer_id"]].append((day, int(row["revenue"])))
    end = date(2006, 12, 31)
    return by_customer, {
        name: ((end - max(rows)[0]).days, len(rows), sum(amount for _, amount in rows))
        for name, rows in by_customer.items()
    }


@pytest.fixture(scope="module")
def customers():
    return published()


def customers_world(engine, by_customer):
    orders = [
        order(name, day, amount) for name, rows in by_customer.items() for day, amount in rows
    ]
    return world(engine, orders=orders, as_of="2006-12-31")


def test_published_scores_are_reproduced(duck, customers):
    """SC72, SC33: edges are linear quantiles + 1, a value equal to one is above it."""
    by_customer, figures = customers
    names = list(figures)
    values = np.array([figures[name] for name in names])
    edges = np.quantile(values, [0.2, 0.4, 0.6, 0.8], axis=0).round(6) + 1
    cuts = {
        name: [float(each) for each in edges[:, at]]
        for at, name in enumerate(("recency", "frequency", "monetary"))
    }
    small = customers_world(duck, by_customer)

    found = small.with_parts("rfm", binning="fixed", edge="lower", cut_points=cuts)

    bins = (values[:, None, :] >= edges[None, :, :]).sum(axis=1)
    wanted = np.column_stack([5 - bins[:, 0], 1 + bins[:, 1], 1 + bins[:, 2]])
    rows = [found[name] for name in names]
    assert [[row["rfm_r"], row["rfm_f"], row["rfm_m"]] for row in rows] == wanted.tolist()
    assert len(rows) == 995
    with (CASES / "readme_first_five.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            ours = found[row["customer_id"]]
            assert (ours["days"], ours["orders"], ours["amount"]) == (
                int(row["recency_days"]),
                int(row["transaction_count"]),
                int(row["amount"]),
            )
            assert ours["rfm_code"].replace("-", "") == row["rfm_score"]
            scores = (ours["rfm_r"], ours["rfm_f"], ours["rfm_m"])
            assert first_that_fits(scores) == row["segment"]


def test_published_segments_overlap_and_are_refused():
    """SC72, SC37: there the first that fits wins; here each cell has one."""
    own = [{"name": name, "r": ranges[0], "f": ranges[1]} for name, ranges in PUBLISHED.items()]
    each = used(ScoreUse("rfm", {"segments": own}))

    with pytest.raises(TresseError, match=r"R 5, F 5 \(Champions, Potential Loyalist\)") as caught:
        each.score.check(each.settings)

    assert caught.value.code == "cells_twice"


@pytest.mark.parametrize("binning", ["quantile", "ntile"])
def test_every_customer_gets_the_scores_of_an_independent_computation(duck, customers, binning):
    """SC72, SC31, SC32."""
    by_customer, figures = customers
    names = list(figures)
    small = customers_world(duck, by_customer)

    found = small.scores("rfm", binning=binning)

    for at, (output, is_turned) in enumerate((("rfm_r", True), ("rfm_f", False), ("rfm_m", False))):
        values = np.array([figures[name][at] for name in names])
        if binning == "quantile":
            bins = 5 * np.searchsorted(np.sort(values), values, side="left") // len(values)
        else:
            bins = np.array(groups(values.tolist(), [each.encode() for each in names], 5))
        wanted = 5 - bins if is_turned else 1 + bins
        assert [found[name][output] for name in names] == wanted.tolist()
