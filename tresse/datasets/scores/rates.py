"""Amounts in the account's currency, by the rate of their day, else the last before (SC7)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.models import Rate
from tresse.datasets.scores.arithmetic import MONEY, times
from tresse.engine import columns as do

if TYPE_CHECKING:
    from tresse.datasets.scores.inputs import Inputs

RATE = sa.Numeric(18, 8)
COLUMNS: list[sa.ColumnClause[Any]] = [
    sa.column("currency", sa.Text()),
    sa.column("day", sa.Date()),
    sa.column("rate", RATE),
]


def converted(
    inputs: "Inputs", read: sa.FromClause, amounts: Sequence[str], *, is_told: bool
) -> sa.Select[Any]:
    """Rows with their amounts in the account's currency.

    Args:
        inputs: Whose.
        read: `day` (NULL: no rate is known), `currency` (text, NULL: the account's), the amounts
            (decimals), and others.
        amounts: Names of them. One that does not fit once it is converted is NULL.
        is_told: Whether a currency is mapped at all; else all amounts are in the account's.

    Returns:
        The columns of `read`, and `rate_missing` (never NULL): there is no rate for the currency
        on or before its day; its amounts are NULL.
    """
    if not is_told:
        return sa.select(*read.c, sa.false().label("rate_missing"))
    others = [each for each in read.c if each.name not in amounts]
    currency = do.uppered(read.c.currency)
    is_own = sa.func.coalesce(currency == inputs.world.currency, sa.true())
    last, known = _rates(inputs)
    if known is None:
        cells = [sa.case((is_own, read.c[name])).label(name) for name in amounts]
        return sa.select(*others, *cells, sa.not_(is_own).label("rate_missing"))
    on = sa.and_(
        known.c.currency == currency,
        known.c.day == sa.func.least(read.c.day, sa.literal(last, sa.Date())),
        read.c.day.is_not(None),
    )
    cells = [
        sa.case((is_own, read.c[name]), else_=times(read.c[name], known.c.rate)).label(name)
        for name in amounts
    ]
    missing = sa.and_(sa.not_(is_own), known.c.rate.is_(None))
    return sa.select(
        *others,
        *(sa.type_coerce(each, MONEY) for each in cells),
        missing.label("rate_missing"),
    ).select_from(read.outerjoin(known, on))


def _rates(inputs: "Inputs") -> tuple[date | None, sa.TableClause | None]:
    """A row per currency and day from its first rate on, and the last of these days."""
    rows = list(Rate.objects.order_by("currency", "date").values_list("currency", "date", "rate"))
    if not rows:
        return None, None
    last = max(day for _, day, _ in rows)
    currencies, days, rates = zip(*_by_day(rows, last), strict=True)
    batch = pa.RecordBatch.from_pydict(
        {
            "currency": pa.array([each.upper() for each in currencies], pa.string()),
            "day": pa.array(days, pa.date32()),
            "rate": pa.array(rates, pa.decimal128(18, 8)),
        }
    )
    return last, inputs.load("rates", [batch], COLUMNS)


def _by_day(
    rows: Sequence[tuple[str, date, Decimal]], last: date
) -> Iterator[tuple[str, date, Decimal]]:
    """Each rate on all days it is good for: joins by equality are what engines do well."""
    following: Iterable[Any] = [*rows[1:], (None, None, None)]
    for (currency, day, rate), (other, start, _) in zip(rows, following, strict=True):
        end = start if other == currency else last + timedelta(days=1)
        for number in range((end - day).days):
            yield currency, day + timedelta(days=number), rate
