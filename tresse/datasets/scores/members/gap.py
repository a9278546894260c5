"""Where people are in their own rhythm (SC25 to SC28): early, late, or gone."""

from itertools import pairwise

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import DOUBLE, WHOLE, middle, number, share
from tresse.datasets.scores.base import Facts, Figures, Measures, Output, Row, Setting, Settings
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.rhythm import (
    DAYS,
    LAST,
    SINCE,
    N,
    Rhythm,
    Value,
    days_in,
    gaps,
    mean_gap,
    until,
    variation,
)
from tresse.datasets.scores.refusals import THRESHOLDS_ORDER
from tresse.engine import columns as do
from tresse.kernel.marks import N_


class Gap(Rhythm):
    """What gaps are expected to be, and where in it a person is (SC25)."""

    settings: tuple[Setting, ...] = (
        Setting(
            "shrink",
            "number",
            N_("Weight of the usual gap"),
            2,
            0,
            hint=N_(
                "After two purchase days the gap is the mean of the own one and of this many of "
                "the usual one."
            ),
        ),
    )

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """`usual_gap`: median of the mean gaps of customers with n ≥ 2; None without any."""
        return {"usual_gap": inputs.engine.scalar(middle(row.table, mean_gap(row)))}

    def expected(self, settings: Settings, facts: Facts, row: Row) -> Value:
        """e; NULL for n < 2."""
        own = mean_gap(row)
        usual, shrink = facts["usual_gap"], float(settings["shrink"])
        if usual is None:
            return own
        known = sa.literal(shrink * float(usual), DOUBLE)
        shrunk = (known + own) / sa.literal(shrink + 1, DOUBLE)
        return sa.case((row["n"] == 2, shrunk), else_=own)


class PurchaseGap(Gap):
    """Purchase calendar gap: early or late against the own rhythm."""

    name = "purchase_gap"
    label = N_("Purchase calendar gap")
    formula = (
        "e = mean gap for n ≥ 3, (k·G + g₁) ÷ (k + 1) for n = 2; "
        "gap_days = (t0 − last day) − e; gap_ratio = (t0 − last day) ÷ e"
    )
    meaning = N_("How early or late the person is, by the rhythm of their own orders.")
    told = N_(
        "Purchase days: {purchase_days}, the last on {last_day}, {days_since} ago. Expected "
        "after {expected_gap}, on {expected_next_order_at}: {gap_days}, {gap_ratio} times "
        "the gap."
    )
    outputs = (
        Output("expected_gap", "number", N_("Expected gap"), 0, unit=DAYS),
        Output("gap_days", "number", N_("Days late"), unit=DAYS, is_delay=True),
        Output("gap_ratio", "number", N_("Share of the expected gap"), 0),
        Output("expected_next_order_at", "date", N_("Next order expected")),
    )
    parts = (N, LAST, SINCE)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """All four NULL for n < 2."""
        expected = self.expected(settings, facts, row)
        since = until(inputs, row["last"])
        days = do.try_cast(do.rounded(expected, 0), WHOLE)
        return {
            "expected_gap": expected,
            "gap_days": number(since) - expected,
            "gap_ratio": share(since, expected),
            "expected_next_order_at": do.plus_days(row["last"], days),
            N.name: days_in(row),
            LAST.name: row["last"],
            SINCE.name: since,
        }


NEVER, ONCE, CONSISTENT = "never_ordered", "ordered_once", "orders_consistently"
RECENT, ABOUT, LATE, VERY_LATE, LONG_AGO = (
    "ordered_recently",
    "about_to_order",
    "late_order",
    "very_late_order",
    "no_recent_order",
)
LABELS = (
    (CONSISTENT, N_("Orders consistently")),
    (RECENT, N_("Ordered recently")),
    (ABOUT, N_("About to order")),
    (LATE, N_("Late order")),
    (VERY_LATE, N_("Very late order")),
    (LONG_AGO, N_("No recent order")),
    (ONCE, N_("Ordered once")),
    (NEVER, N_("Never ordered")),
)
THRESHOLDS = (
    ("about_from", 0.75, N_("About to order, from this share of the gap")),
    ("late_from", 1.25, N_("Late order, from this share of the gap")),
    ("very_late_from", 2.0, N_("Very late order, from this share of the gap")),
    ("long_ago_from", 4.0, N_("No recent order, from this share of the gap")),
)


class OrderingBehaviour(Gap):
    """A label for where in their own rhythm people are (SC27)."""

    name = "ordering_behaviour"
    label = N_("Ordering behaviour")
    formula = (
        "n = 0 never_ordered; n = 1 ordered_once; n ≥ 4, CV ≤ 0.35 and r < 0.75 "
        "orders_consistently; r < 0.75 ordered_recently; < 1.25 about_to_order; < 2 late_order; "
        "< 4 very_late_order; else no_recent_order"
    )
    meaning = N_("Where the person is in the rhythm of their own orders, as a label.")
    told = N_(
        "Purchase days: {purchase_days}, the last {days_since} ago; the next was expected "
        "after {expected_gap}, so {gap_ratio} of the gap has passed. Regularity "
        "{order_regularity}: {ordering_behaviour}."
    )
    outputs = (Output("ordering_behaviour", "text", N_("Ordering behaviour"), choices=LABELS),)
    parts = (
        N,
        SINCE,
        Output("expected_gap", "number", N_("Expected gap"), 0, unit=DAYS),
        Output("gap_ratio", "number", N_("Share of the expected gap"), 0),
        Output("order_regularity", "number", N_("Regularity of orders"), 0),
    )
    settings = (
        *Gap.settings,
        Setting("consistent_days", "whole", N_("Orders consistently, purchase days"), 4, 3),
        Setting("consistent_spread", "number", N_("Orders consistently, regularity"), 0.35, 0),
        *(Setting(name, "number", label, default, 0) for name, default, label in THRESHOLDS),
    )
    source = "parity Brevo"

    def check(self, settings: Settings) -> None:
        """Refuse thresholds that do not rise (SC28)."""
        given = [(name, float(settings[name])) for name, _, _ in THRESHOLDS]
        for (first, low), (second, high) in pairwise(given):
            if low >= high:
                raise THRESHOLDS_ORDER(first=first, low=low, second=second, high=high)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Sums of gaps too."""
        found = super().measures(inputs, settings)
        return {"days": {**found["days"], **gaps(inputs)}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """Never NULL."""
        expected = self.expected(settings, facts, row)
        since, spread = until(inputs, row["last"]), variation(row)
        ratio = share(since, expected)
        return {
            self.name: label_of(days_in(row), spread, ratio, settings),
            N.name: days_in(row),
            SINCE.name: since,
            "expected_gap": expected,
            "gap_ratio": ratio,
            "order_regularity": spread,
        }


def label_of(n: Value, spread: Value, ratio: Value, settings: Settings) -> Value:
    """The first label of SC27 that holds.

    Args:
        n: Purchase days; never NULL.
        spread: CV of the gaps; NULL for n < 3.
        ratio: r; NULL for n < 2.
        settings: With the thresholds.
    """
    about, late, very_late, long_ago = (
        sa.literal(float(settings[name]), DOUBLE) for name, _, _ in THRESHOLDS
    )
    is_consistent = sa.and_(
        n >= int(settings["consistent_days"]),
        spread <= sa.literal(float(settings["consistent_spread"]), DOUBLE),
        ratio < about,
    )
    return sa.case(
        (n == 0, sa.literal(NEVER)),
        (n == 1, sa.literal(ONCE)),
        (is_consistent, sa.literal(CONSISTENT)),
        (ratio < about, sa.literal(RECENT)),
        (ratio < late, sa.literal(ABOUT)),
        (ratio < very_late, sa.literal(LATE)),
        (ratio < long_ago, sa.literal(VERY_LATE)),
        else_=sa.literal(LONG_AGO),
    )


GAPS = (PurchaseGap(), OrderingBehaviour())
