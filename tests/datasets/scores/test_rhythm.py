"""When people order (section 4 of the score library)."""

from datetime import UTC, date, datetime
from itertools import product

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, world
from tresse.datasets.scores.members.gap import LABELS, THRESHOLDS, label_of
from tresse.datasets.scores.members.periods import PERIODS, black_friday, days_of_period, easter
from tresse.datasets.scores.registry import SCORES
from tresse.kernel.errors import TresseError

DAYS = {
    "consistent": ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-10"],
    "two": ["2025-12-01", "2026-01-30"],
    "three": ["2025-09-01", "2025-11-01", "2026-02-01"],
    "late": ["2025-01-10", "2025-04-10", "2025-10-01"],
    "gone": ["2025-06-01", "2025-07-01", "2025-08-15"],
    "twice": ["2025-12-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-02-28"],
    "once": ["2026-02-20"],
}
EXPECTED = {
    "consistent": (4, 33, 21, -12, 0.636, 0.105, "Orders consistently"),
    "two": (2, 50, 60, 10, 1.2, None, "About to order"),
    "three": (3, 76.5, 58, -18.5, 0.758, 0.287, "About to order"),
    "late": (3, 132, 181, 49, 1.371, 0.45, "Late order"),
    "gone": (3, 37.5, 228, 190.5, 6.08, 0.283, "No recent order"),
    "twice": (4, 29.667, 31, 1.333, 1.045, 0.078, "About to order"),
    "once": (1, None, 39, None, None, None, "Ordered once"),
    "none": (0, None, None, None, None, None, "Never ordered"),
}
"n, e, days since, gap_days, r, CV, label."


def calendar(engine, **more):
    """The people of the table of SC26."""
    orders = [order(id_, day, 10) for id_, days in DAYS.items() for day in days]
    return world(engine, orders=orders, people=["none"], as_of="2026-03-31", **more)


def test_gaps_are_those_of_the_examples(any_engine):
    """SC26: every line of the table, G given as 45."""
    small = calendar(any_engine)

    facts = {"purchase_gap": {"usual_gap": 45.0}}
    rows = small.scores("purchase_gap", "order_regularity", "days_since_last_order", facts=facts)

    for id_, (_, gap, since, late, ratio, spread, _) in EXPECTED.items():
        row = rows[id_]
        assert _near(row["expected_gap"], gap), id_
        assert row["days_since_last_order"] == since
        assert _near(row["gap_days"], late)
        assert _near(row["gap_ratio"], ratio)
        assert _near(row["order_regularity"], spread)


def test_behaviour_is_that_of_the_examples(any_engine):
    """SC26, SC27: the label of every line."""
    small = calendar(any_engine)

    rows = small.scores("ordering_behaviour", facts={"ordering_behaviour": {"usual_gap": 45.0}})

    labels = dict(LABELS)
    found = {id_: labels[row["ordering_behaviour"]] for id_, row in rows.items()}
    assert found == {id_: line[-1] for id_, line in EXPECTED.items()}


def test_the_usual_gap_is_the_median_of_mean_gaps(any_engine):
    """SC25: over customers with two purchase days or more."""
    small = calendar(any_engine)

    # Means: 33, 60, 76.5, 132, 37.5, 29.667.
    assert small.facts("purchase_gap") == {"usual_gap": 48.75}
    assert world(any_engine, orders=[order("a", "2026-01-01", 1)]).facts("purchase_gap") == {
        "usual_gap": None
    }


@pytest.mark.parametrize(("shrink", "gap"), [(0, 60), (2, 50), (8, 46.667)])
def test_two_purchase_days_lean_on_the_usual_gap(duck, shrink, gap):
    """SC25: (k·G + g₁) ÷ (k + 1)."""
    small = calendar(duck)

    rows = small.scores("purchase_gap", shrink=shrink, facts={"purchase_gap": {"usual_gap": 45.0}})

    assert _near(rows["two"]["expected_gap"], gap)


def test_the_next_order_is_expected_on_a_day_rounded_half_up(any_engine):
    """SC25: last day + e."""
    rows = calendar(any_engine).scores("purchase_gap", facts={"purchase_gap": {"usual_gap": 45.0}})

    assert rows["three"]["expected_next_order_at"] == date(2026, 4, 19)  # 76.5 days
    assert rows["twice"]["expected_next_order_at"] == date(2026, 3, 30)  # 29.667 days
    assert rows["once"]["expected_next_order_at"] is None


def test_every_case_gets_exactly_one_label(duck):
    """SC28: by enumeration over n, CV and r."""
    settings = {name: default for name, default, _ in THRESHOLDS}
    settings |= {"consistent_days": 4, "consistent_spread": 0.35}
    ratios = (0.0, 0.74, 0.75, 1.24, 1.25, 1.9, 2.0, 3.9, 4.0, 50.0)
    cases: list[tuple[int, float | None, float | None]] = [(0, None, None), (1, None, None)]
    cases += [(2, None, ratio) for ratio in ratios]
    cases += list(product((3, 4, 9), (0.0, 0.35, 0.36, 5.0), ratios))

    columns = [sa.column("n", sa.BigInteger())]
    columns += [sa.column(name, sa.Double()) for name in ("spread", "ratio")]
    cells = dict(zip(("n", "spread", "ratio"), map(list, zip(*cases, strict=True)), strict=True))
    table = duck.load("cases_of_labels", [pa.RecordBatch.from_pydict(cells)], columns)
    label = label_of(table.c.n, table.c.spread, table.c.ratio, settings)

    rows = duck.rows(sa.select(*table.c, label))

    assert len(rows) == len(cases)
    for n, spread, ratio, found in rows:
        assert found == _label(n, spread, ratio)


def _label(n, spread, ratio):
    if n < 2:
        return ("never_ordered", "ordered_once")[n]
    if ratio < 0.75:
        is_clock = n >= 4 and spread is not None and spread <= 0.35
        return "orders_consistently" if is_clock else "ordered_recently"
    bands = [(1.25, "about_to_order"), (2, "late_order"), (4, "very_late_order")]
    return next((name for end, name in bands if ratio < end), "no_recent_order")


def test_refuses_thresholds_that_do_not_rise():
    """SC28: `thresholds_order` names both."""
    settings = {name: default for name, default, _ in THRESHOLDS} | {"late_from": 2}

    with pytest.raises(TresseError) as refused:
        SCORES["ordering_behaviour"].check(settings)

    assert refused.value.code == "thresholds_order"
    assert "late_from is 2.0 and very_late_from is 2.0" in str(refused.value)


def test_times_and_days_of_the_first_and_last_order(any_engine):
    """Section 4: least and greatest `ordered_at`, days to t0, gaps, orders a year."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2024-03-31T08:00", 10),
            order("ada", "2024-04-10T08:00", 10),
            order("ada", "2026-03-30T23:30", 10),  # 31 March in Paris
            order("bob", "2026-01-31", 10),
        ],
        people=["eve"],
    )

    rows = small.scores(
        "first_order_at",
        "last_order_at",
        "days_since_last_order",
        "days_since_first_order",
        "time_between_orders",
        "median_time_between_orders",
        "orders_per_year",
        "time_to_second_order",
    )

    ada, bob = rows["ada"], rows["bob"]
    assert ada["first_order_at"] == datetime(2024, 3, 31, 8, tzinfo=UTC)
    assert ada["last_order_at"] == datetime(2026, 3, 30, 23, 30, tzinfo=UTC)
    assert (ada["days_since_last_order"], ada["days_since_first_order"]) == (0, 730)
    assert ada["time_between_orders"] == ada["median_time_between_orders"] == 365
    assert ada["orders_per_year"] == 3 / (730 / 365.25)
    assert ada["time_to_second_order"] == 10
    assert bob["orders_per_year"] == 1
    assert bob["days_since_last_order"] == 59
    assert bob["time_between_orders"] is None
    assert set(rows["eve"].values()) == {None}


def test_habits_are_what_most_orders_have_in_common(any_engine):
    """Section 4: weekday, time of day and month; a tie goes to the latest order."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-03-02T08:00", 1),  # Monday morning
            order("ada", "2026-03-09T08:00", 1),
            order("ada", "2026-02-10T22:30", 1),  # Tuesday evening, 23:30 in Paris
            order("tie", "2026-01-05T04:00", 1),  # Monday night, 5 h in Paris
            order("tie", "2026-02-03T05:00", 1),  # Tuesday, 6 h in Paris
            order("bob", "2026-03-02T08:00", 1),
        ],
    )
    names = ("preferred_weekday", "preferred_time", "preferred_month")

    rows = small.scores(*names)

    assert list(rows["ada"].values()) == [1, "morning", 3]
    assert list(rows["tie"].values()) == [2, "morning", 2]
    assert list(rows["bob"].values()) == [None, None, None]
    assert list(small.scores(*names, min_orders=1)["bob"].values()) == [1, "morning", 3]


def test_orders_of_a_day_alone_have_no_time_of_day(duck):
    """SC8: a source that tells only days would put everybody into the night."""
    small = world(
        duck,
        orders=[order("ada", "2026-03-02", 1), order("ada", "2026-03-03", 1)],
        types={"ordered_at": "date"},
    )

    row = small.scores("preferred_time", "preferred_weekday")["ada"]

    assert row == {"preferred_time": None, "preferred_weekday": 2}


def test_periods_of_2025_are_those_of_the_rule():
    """SC29: Easter 20 April, Black Friday 28 November."""
    days = {each["name"]: days_of_period(each, 2025) for each in PERIODS}

    assert easter(2025) == date(2025, 4, 20)
    assert black_friday(2025) == date(2025, 11, 28)
    assert days["easter"] == (date(2025, 4, 13), date(2025, 4, 20))
    assert days["black_friday"] == (date(2025, 11, 24), date(2025, 12, 1))
    assert days["valentine"] == (date(2025, 2, 7), date(2025, 2, 14))
    assert [easter(year) for year in (1961, 2000, 2024, 2038)] == [
        date(1961, 4, 2),
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2038, 4, 25),
    ]
    # 1 November 2029 is itself a Thursday.
    assert black_friday(2029) == date(2029, 11, 23)


def test_shopping_periods_are_those_with_an_order(any_engine):
    """SC29: whole days, both ends, in the account's zone; none is an empty list."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2025-11-23T23:30", 1),  # 24 November in Paris
            order("ada", "2024-12-25", 1),
            order("ada", "2023-12-25", 1),
            order("bob", "2025-11-23T22:30", 1),
        ],
        people=["eve"],
    )

    rows = small.scores("key_shopping_periods")

    assert rows["ada"]["key_shopping_periods"] == ["black_friday", "christmas"]
    assert rows["bob"]["key_shopping_periods"] == []
    assert rows["eve"]["key_shopping_periods"] == []


def test_periods_can_be_edited_and_may_cross_the_year(duck):
    """SC29: own ones take the place of those shipped."""
    periods = [{"name": "new_year", "from": "12-27", "to": "01-05"}]
    small = world(duck, orders=[order("ada", "2025-01-05", 1), order("bob", "2025-01-06", 1)])

    rows = small.scores("key_shopping_periods", periods=periods)

    assert rows["ada"]["key_shopping_periods"] == ["new_year"]
    assert rows["bob"]["key_shopping_periods"] == []


@pytest.mark.parametrize(
    "periods",
    [
        "christmas",
        [{"name": "sales", "from": "13-01", "to": "12-02"}],
        [{"name": "sales", "from": "12-01"}],
        [{"name": "", "from": "12-01", "to": "12-02"}],
        [{"name": "sales", "around": "whitsun"}],
        [{"name": "sales", "around": "easter", "before": 400}],
        ["sales"],
    ],
    ids=["text", "month", "no-end", "no-name", "unknown", "long", "no-mapping"],
)
def test_refuses_periods_that_cannot_be_read(periods):
    """SC29: the sentence says how they are written."""
    with pytest.raises(TresseError, match=r"sales, from|name, from and to"):
        SCORES["key_shopping_periods"].check({"periods": periods})


def _near(found, expected):
    if expected is None:
        return found is None
    return found is not None and abs(found - expected) < 0.0006
