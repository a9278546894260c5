"""RFM: scores, segments and movement (SC30 to SC39, SC18)."""

import json
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, worked, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores import rfm_grid
from tresse.datasets.scores.evaluate import used
from tresse.kernel.errors import TresseError, sentence

pytestmark = pytest.mark.django_db
T0 = date(2026, 3, 31)
DAYS = [3, 10, 10, 40, 60, 90, 90, 200, 300, 400]
ORDERS = [1, 1, 1, 1, 1, 1, 2, 2, 3, 9]
AMOUNT = [20, 20, 35, 50, 50, 80, 120, 120, 300, 900]
"The ten buyers of SC34: p0 to p9."
CUTS = {
    "recency": [10, 40, 90, 200],
    "frequency": [1, 1, 1, 2],
    "monetary": [20, 50, 80, 120],
}
QUANTILE = {
    "rfm_r": [5, 5, 5, 4, 3, 3, 3, 2, 1, 1],
    "rfm_f": [1, 1, 1, 1, 1, 1, 4, 4, 5, 5],
    "rfm_m": [1, 1, 2, 2, 2, 3, 4, 4, 5, 5],
}
NTILE = {
    "rfm_r": [5, 5, 4, 4, 3, 3, 2, 2, 1, 1],
    "rfm_f": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
    "rfm_m": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
}


def buyer(person, days, orders=1, amount=10):
    """A buyer whose last order is so many days old; the orders before it a day each."""
    return [
        order(person, T0 - timedelta(days=days + number), Decimal(amount) / orders)
        for number in range(orders)
    ]


def ten(engine, **more):
    figures = zip(DAYS, ORDERS, AMOUNT, strict=True)
    orders = [each for at, given in enumerate(figures) for each in buyer(f"p{at}", *given)]
    return world(engine, people=["nobody"], orders=orders, as_of=T0, **more)


def column(found, name):
    return [found[f"p{at}"][name] for at in range(len(found) - ("nobody" in found))]


def floors(values, bins):
    """SC31 in whole numbers: floor(n × people with a strictly lower value ÷ people)."""
    return [bins * sum(other < value for other in values) // len(values) for value in values]


def groups(values, ids, bins):
    """SC32: place in the order (value, id), the first groups one larger."""
    order_ = sorted(range(len(values)), key=lambda at: (values[at], ids[at]))
    ends = np.cumsum([len(values) // bins + (at < len(values) % bins) for at in range(bins)])
    found = [0] * len(values)
    for place, at in enumerate(order_, 1):
        found[at] = int(np.searchsorted(ends, place))
    return found


@pytest.mark.parametrize(("binning", "wanted"), [("quantile", QUANTILE), ("ntile", NTILE)])
def test_ten_buyers_get_the_scores_of_the_example(any_engine, binning, wanted):
    """SC34, SC30."""
    found = ten(any_engine).scores("rfm", binning=binning)

    assert {name: column(found, name) for name in wanted} == wanted
    codes = ["-".join(map(str, each)) for each in zip(*wanted.values(), strict=True)]
    assert column(found, "rfm_code") == codes


def test_cut_points_are_those_of_the_example(any_engine):
    """SC34: and they are kept with the counts they make."""
    facts = ten(any_engine).facts("rfm")

    assert facts["cut_points"] == {
        "r": ["10", "40", "90", "200"],
        "f": ["1", "1", "1", "2"],
        "m": ["20", "50", "80", "120"],
    }
    assert (facts["t0"], facts["base"], facts["population"]) == ("2026-03-31", 11, 10)
    assert facts["scores"] == {"r": [2, 1, 3, 1, 3], "f": [6, 0, 0, 2, 2], "m": [2, 3, 1, 2, 2]}
    assert sum(facts["segments"].values()) == 11
    assert facts["segments"]["prospect"] == 1
    assert json.loads(json.dumps(facts)) == facts


def test_segments_of_three_buyers(any_engine):
    """SC39."""
    found = ten(any_engine).scores("rfm")

    assert found["p3"]["rfm_segment"] == "promising"
    assert found["p0"]["rfm_segment"] == "new_customers"
    assert found["p9"]["rfm_segment"] == "cant_lose_them"


def test_those_without_an_order_are_prospects(any_engine):
    """SC30: never lost."""
    nobody = ten(any_engine).with_parts("rfm")["nobody"]

    assert nobody == {
        "rfm_r": None, "rfm_f": None, "rfm_m": None, "rfm_code": None,
        "rfm_segment": "prospect", "days": None, "orders": 0, "amount": Decimal(0),
    }  # fmt: skip


def test_orders_before_the_window_make_no_buyer(any_engine):
    """SC30, SC4: scores are over the orders in the window alone."""
    found = ten(any_engine).with_parts("rfm", window="3 months")

    assert [name for name, row in found.items() if row["rfm_segment"] == "prospect"] == [
        name for name, row in found.items() if row["rfm_r"] is None
    ]
    assert found["p7"]["rfm_segment"] == "prospect"
    # Three months before 31 March is 31 December, 90 days, and no more in the window.
    assert found["p5"]["days"] is None
    assert found["p4"]["days"] == 60


def test_a_world_without_orders_has_prospects_alone(any_engine):
    """SC8: one row per person, and facts that say so."""
    small = world(any_engine, people=["a", "b"])

    found, facts = small.scores("rfm"), small.facts("rfm")

    assert {row["rfm_segment"] for row in found.values()} == {"prospect"}
    assert facts["population"] == 0
    assert facts["cut_points"] == {"r": [], "f": [], "m": []}
    assert facts["empty"] == []
    assert small.scores("rfm", binning="ntile", preset="sextile").keys() == {"a", "b"}
    assert {row["rfm_move"] for row in small.scores("rfm_move").values()} == {None}


def test_facts_say_which_scores_nobody_has_and_why(any_engine):
    """SC31: "Nobody has F = 2: 60 % ordered once"."""
    facts = ten(any_engine).facts("rfm")

    assert facts["empty"] == [
        {"figure": "f", "score": 2, "value": "1", "share": 0.6},
        {"figure": "f", "score": 3, "value": "1", "share": 0.6},
    ]
    told = rfm_grid.empty_scores(facts)[0]
    assert sentence(told.template, {**told.details, "share": "60 %"}) == (
        "Nobody has F = 2: 60 % ordered once."
    )


def test_an_empty_score_of_recency_is_counted_from_the_least_recent(any_engine):
    """SC31: R is turned round."""
    orders = [each for at in range(4) for each in buyer(f"p{at}", 5, amount=10 + at)]
    orders += buyer("p4", 50, amount=30)
    small = world(any_engine, orders=orders, as_of=T0)

    facts = small.facts("rfm")

    assert facts["scores"]["r"] == [1, 0, 0, 0, 4]
    empty = [each for each in facts["empty"] if each["figure"] == "r"]
    assert empty == [
        {"figure": "r", "score": score, "value": "5", "share": 0.8} for score in (2, 3, 4)
    ]


def test_facts_say_whose_equal_values_got_unequal_scores(any_engine):
    """SC32: the page says so."""
    facts = ten(any_engine).facts("rfm", binning="ntile")

    assert facts["split"] == [
        {"figure": "r", "value": "10"},
        {"figure": "r", "value": "90"},
        {"figure": "f", "value": "1"},
        {"figure": "m", "value": "50"},
    ]
    assert facts["cut_points"]["f"] == [["1", "p1"], ["1", "p3"], ["1", "p5"], ["2", "p7"]]
    assert facts["empty"] == []
    told = rfm_grid.split_values(facts)[2]
    assert sentence(told.template, dict(told.details)) == (
        "Not all people with a frequency of 1 have the same F."
    )


def test_the_published_cut_points_give_the_published_scores(any_engine):
    """SC33: those of SC34, given."""
    found = ten(any_engine).scores("rfm", binning="fixed", cut_points=CUTS)

    assert {name: column(found, name) for name in QUANTILE} == QUANTILE


def test_a_value_equal_to_a_cut_point_is_at_the_edge_that_is_asked_for(any_engine):
    """SC33: `edge: lower` puts it into the upper bin; repeated cut-points leave bins empty."""
    found = ten(any_engine).scores("rfm", binning="fixed", cut_points=CUTS, edge="lower")

    assert column(found, "rfm_r") == [5, 4, 4, 3, 3, 2, 2, 1, 1, 1]
    assert column(found, "rfm_f") == [4, 4, 4, 4, 4, 4, 5, 5, 5, 5]
    assert column(found, "rfm_m") == [2, 2, 2, 3, 3, 4, 5, 5, 5, 5]


def test_cut_points_may_lie_between_whole_numbers(any_engine):
    """SC33: days are compared exactly."""
    cuts = {**CUTS, "recency": [9.5, "40.000001", 89.999999, 200]}

    found = ten(any_engine).scores("rfm", binning="fixed", cut_points=cuts)

    assert column(found, "rfm_r") == [5, 4, 4, 4, 3, 2, 2, 2, 1, 1]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        (
            {"cut_points": {**CUTS, "recency": [10, 40, 30, 200]}},
            "thresholds_order",
            "The cut-points of recency are 10, 40, 30, 200. Write them from low to high; equal "
            "ones may stand.",
        ),
        (
            {"cut_points": {**CUTS, "monetary": [1, 2, 3]}},
            "wrong_value",
            "monetary needs 4 cut-points for 5 scores, not 3. Add or remove some.",
        ),
        (
            {"cut_points": {"recency": [1, 2, 3, 4]}},
            "wrong_value",
            "Fixed cut-points are numbers for recency, frequency and monetary, as recency: [10, "
            "40, 90, 200]. Add those of frequency.",
        ),
        ({"cut_points": {**CUTS, "frequency": [1, 1, "x", 2]}}, "wrong_value", None),
        ({"cut_points": {**CUTS, "frequency": [1, 1, float("nan"), 2]}}, "wrong_value", None),
        ({"cut_points": {**CUTS, "frequency": [1, 1, True, 2]}}, "wrong_value", None),
        ({"cut_points": {**CUTS, "monetary": [1, 1, 2, 1e300]}}, "wrong_value", None),
        ({"cut_points": {**CUTS, "monetary": [1, 1, 2, 10**30]}}, "wrong_value", None),
        ({"cut_points": None}, "wrong_value", None),
        ({"cut_points": [1, 2]}, "wrong_value", None),
        ({"cut_points": CUTS, "bins": 4, "segments": None}, "wrong_value", None),
        ({"cut_points": CUTS, "window": "3 hours"}, "wrong_value", None),
    ],
)
def test_cut_points_that_are_none_are_refused(settings, code, words):
    """SC33: `thresholds_order`."""
    each = used(ScoreUse("rfm", {"binning": "fixed", **settings}))

    with pytest.raises(TresseError) as caught:
        each.score.check(each.settings)

    assert caught.value.code == code
    assert words is None or str(caught.value) == words


@pytest.mark.parametrize("name", ["rfm", "rfm_move"])
def test_what_fits_together_is_taken(name):
    """SC33, SC36: defaults, the preset, fixed cut-points."""
    for settings in ({}, {"preset": "sextile"}, {"binning": "fixed", "cut_points": CUTS}):
        each = used(ScoreUse(name, settings))
        each.score.check(each.settings)


@pytest.mark.parametrize("bins", [2, 3, 5, 7, 10])
def test_bins_are_the_floor_of_shares_in_whole_numbers(any_engine, bins):
    """SC31, SC32, SC37: of people with many ties, for several n."""
    random = Random(bins)  # noqa: S311
    figures = [
        (
            random.choice([1, 2, 3, 50, 60, 400]),
            random.choice([1, 1, 1, 2, 3]),
            random.randint(1, 9),
        )
        for _ in range(37)
    ]
    orders = [
        each
        for at, (days, many, amount) in enumerate(figures)
        for each in buyer(f"p{at:02}", days, many, amount * many * Decimal("1.01"))
    ]
    small = world(any_engine, orders=orders, as_of=T0, random=random)
    own = [{"name": "All", "r": f"1-{bins}", "f": f"1-{bins}"}]
    by_figure = list(zip(*((d, n, a * n) for d, n, a in figures), strict=True))
    ids = [f"p{at:02}" for at in range(37)]

    for binning in ("quantile", "ntile"):
        found = small.scores("rfm", bins=bins, binning=binning, segments=own)

        cut = [
            floors(each, bins) if binning == "quantile" else groups(each, ids, bins)
            for each in by_figure
        ]
        rows = [found[id_] for id_ in ids]
        assert [row["rfm_r"] for row in rows] == [bins - each for each in cut[0]]
        assert [row["rfm_f"] for row in rows] == [1 + each for each in cut[1]]
        assert [row["rfm_m"] for row in rows] == [1 + each for each in cut[2]]
        assert {row["rfm_segment"] for row in rows} == {"All"}


def test_money_can_be_the_mean_of_an_order(any_engine):
    """SC30: `monetary: mean`, six places."""
    found = ten(any_engine).with_parts("rfm", monetary="mean")

    assert found["p9"]["amount"] == 100
    assert found["nobody"]["amount"] is None
    means = [Decimal(amount) / orders for amount, orders in zip(AMOUNT, ORDERS, strict=True)]
    assert column(found, "rfm_m") == [1 + each for each in floors(means, 5)]


def test_sextile_takes_the_mean_of_f_and_m(any_engine):
    """SC36: six equal groups, FxM rounded up."""
    found = ten(any_engine).scores("rfm", preset="sextile")

    ids = [f"p{at}" for at in range(10)]
    f, m = (groups(each, ids, 6) for each in (ORDERS, AMOUNT))
    r = groups(DAYS, ids, 6)
    [*cells] = rfm_grid.grid({"preset": "sextile"})
    wanted = [cells[r[at]][-(-(f[at] + m[at] + 2) // 2) - 1].segment.name for at in range(10)]
    assert column(found, "rfm_segment") == wanted
    assert column(found, "rfm_r") == [6 - each for each in r]


def test_own_segments_are_given(any_engine):
    """SC37."""
    own = [{"name": "Warm", "r": 2, "f": "1-2"}, {"name": "Cold", "r": 1, "f": "1-2"}]

    found = ten(any_engine).scores("rfm", bins=2, segments=own)

    assert column(found, "rfm_segment") == ["Warm"] * 5 + ["Cold"] * 5
    assert found["nobody"]["rfm_segment"] == "prospect"


def test_it_can_be_used_several_times(any_engine):
    """SC4: with a prefix each."""
    small = ten(any_engine)

    found = small.used(
        ScoreUse("rfm"),
        ScoreUse("rfm", {"binning": "ntile"}, "even_"),
        ScoreUse("rfm_move"),
        ScoreUse("rfm_move", {"days": 60}, "long_"),
    )

    assert column(found, "rfm_f") == QUANTILE["rfm_f"]
    assert column(found, "even_rfm_f") == NTILE["rfm_f"]
    assert found["p3"]["rfm_move"] != found["p3"]["long_rfm_move"] == "new"


def test_some_people_get_what_they_get_among_all(any_engine):
    """SC16: of the facts of the base, for restricted people; ties of groups too."""
    small = ten(any_engine)
    for binning in ("quantile", "ntile"):
        settings = {"binning": binning}
        facts = {"rfm": small.facts("rfm", **settings)}
        everyone = small.scores("rfm", **settings)
        chosen = any_engine.view(
            sa.select(sa.literal("p2").label("id")).union_all(sa.select(sa.literal("p5")))
        )

        use = ScoreUse("rfm", settings)
        scored = small.sheet(use, people=chosen).scored(worked(use), facts)

        names = [each.name for each in worked(use)]
        rows = any_engine.rows(sa.select(*scored.table.c))
        found = {id_: dict(zip(names, row, strict=True)) for id_, *row in rows}

        assert found == {name: everyone[name] for name in ("p2", "p5")}


def test_frozen_cut_points_let_time_alone_move_people(any_engine):
    """SC17, SC18: cut at 10, 40, 90, 200, an order 35 days ago is R 4, ten days later R 3."""
    settings = {"binning": "fixed", "cut_points": CUTS}
    orders = [*buyer("ada", 35), *buyer("bo", 3)]
    then = world(any_engine, orders=orders, as_of=T0)
    later = world(any_engine, orders=orders, as_of=T0 + timedelta(days=10))
    frozen = used(ScoreUse("rfm")).score.cuts(then.facts("rfm", **settings))

    assert then.scores("rfm")["ada"]["rfm_r"] != 4
    assert then.scores("rfm", facts={"rfm": frozen})["ada"]["rfm_r"] == 4
    assert later.scores("rfm", facts={"rfm": frozen})["ada"]["rfm_r"] == 3


def test_the_order_of_rows_makes_no_difference(any_engine):
    """SC71."""
    one, other = (
        ten(any_engine, random=Random(seed)).scores("rfm", "rfm_move", preset="sextile")  # noqa: S311
        for seed in (1, 2)
    )

    assert one == other


def test_people_move_up_down_in_and_out(any_engine):
    """SC38: R + F of today beside those of 30 days before, over the orders up to each day."""
    cuts = {"recency": [10, 40, 90, 200], "frequency": [1, 2, 3, 4], "monetary": [1, 2, 3, 4]}
    orders = [
        *buyer("up", 100),
        *buyer("up", 5),
        *buyer("down", 35),
        *buyer("same", 300),
        *buyer("new", 5),
        *buyer("lost", 380),
    ]
    small = world(any_engine, people=["nobody"], orders=orders, as_of=T0)
    settings = {"binning": "fixed", "cut_points": cuts, "window": "12 months"}

    found = small.with_parts("rfm_move", **settings)

    assert {name: row["rfm_move"] for name, row in found.items()} == {
        "up": "up", "down": "down", "same": "same", "new": "new", "lost": "lost_buyer",
        "nobody": None,
    }  # fmt: skip
    assert found["down"] == {
        "rfm_move": "down", "r": 4, "f": 1, "r_before": 5, "f_before": 1, "days": 30,
    }  # fmt: skip
    assert found["up"]["f"] == 2
    assert found["up"]["f_before"] == 1


def test_the_day_of_30_days_before_counts_for_both(any_engine):
    """SC38: whole days in the zone of the account."""
    orders = [*buyer("on", 30), *buyer("after", 29)]
    small = world(any_engine, orders=orders, as_of=T0)

    found = small.scores("rfm_move")

    assert found["on"]["rfm_move"] != "new"
    assert found["after"]["rfm_move"] == "new"
    assert small.facts("rfm_move")["before"] == "2026-03-01"
    assert {row["rfm_move"] for row in small.scores("rfm_move", days=31).values()} == {None}


def test_nobody_moves_while_there_was_nobody_before(any_engine):
    """SC38: nothing to compare with on the first run."""
    small = world(any_engine, orders=buyer("ada", 5), as_of=T0)

    assert small.scores("rfm_move")["ada"]["rfm_move"] is None
    assert small.facts("rfm_move")["population_before"] == 0


def test_movement_is_that_of_two_runs(any_engine):
    """SC38: the same as RFM of both days, cut anew each."""
    random = Random(5)  # noqa: S311
    orders = [
        order(f"p{random.randint(0, 30):02}", T0 - timedelta(days=random.randint(0, 400)), 10)
        for _ in range(90)
    ]
    small = world(any_engine, orders=orders, as_of=T0)
    then = world(any_engine, orders=orders, as_of=T0 - timedelta(days=30))

    moved = small.with_parts("rfm_move")

    now, before = small.scores("rfm"), then.scores("rfm")
    for id_, row in moved.items():
        assert (row["r"], row["f"]) == (now[id_]["rfm_r"], now[id_]["rfm_f"])
        assert (row["r_before"], row["f_before"]) == (
            before[id_]["rfm_r"],
            before[id_]["rfm_f"],
        )


def test_frozen_cut_points_are_those_of_both_days(any_engine):
    """SC18, SC38: and they are all that is kept."""
    small = ten(any_engine)
    score = used(ScoreUse("rfm_move")).score
    kept = score.cuts(small.facts("rfm_move"))

    found = small.scores("rfm_move", facts={"rfm_move": kept})

    assert kept["cut_points"] == kept["cut_points_before"]
    assert found["p0"]["rfm_move"] == "new"
    # 400 days are as much beyond the last cut-point of today as 370 were then.
    assert found["p9"]["rfm_move"] == "same"
    assert found["p3"]["rfm_move"] == "down"
