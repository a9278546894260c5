"""The CDNOW sample (tests/cases/scores), as purchases and summed up."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from tresse.datasets.scores.clv.bgnbd import People
from tresse.datasets.scores.clv.gammagamma import Spending

PLACE = Path(__file__).parents[2] / "cases" / "scores" / "cdnow_sample.csv"
CALIBRATED = date(1997, 9, 30)
"Last day of the 39 weeks that published parameters come of."


@cache
def purchases() -> tuple[tuple[str, date, Decimal], ...]:
    """Customer, day, amount in USD."""
    with PLACE.open(newline="") as file:
        rows = [
            (row["customer"], date.fromisoformat(row["day"]), Decimal(row["amount"]))
            for row in csv.DictReader(file)
        ]
    return tuple(rows)


def by_day(until: date = CALIBRATED) -> dict[str, list[tuple[date, Decimal]]]:
    """Purchase days of each customer with what was spent, in their order."""
    found: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, day, amount in purchases():
        if day <= until:
            found[customer][day] += amount
    return {customer: sorted(days.items()) for customer, days in found.items()}


@cache
def people(until: date = CALIBRATED) -> People:
    """Everybody, times in days."""
    rows = [
        (len(days) - 1, (days[-1][0] - days[0][0]).days, (until - days[0][0]).days)
        for days in by_day(until).values()
    ]
    return People.of(*zip(*rows, strict=True))


@cache
def weeks() -> People:
    """Everybody after the 39 weeks as the published table has them: weeks to two places."""
    found = people().per(7)
    return People.of(found.x, found.recency.round(2), found.age.round(2), found.count)


@cache
def spending(until: date = CALIBRATED) -> Spending:
    """Those with a repeat purchase day."""
    rows = [
        (len(days) - 1, float(sum(amount for _, amount in days[1:])))
        for days in by_day(until).values()
        if len(days) > 1
    ]
    return Spending.of(*zip(*rows, strict=True))
