"""Why scores changed: partial results, each changing one thing (SC16 to SC18)."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.datasets.scores.stands import stand, why, with_members
from tests.datasets.scores.worlds import order, world
from tresse.datasets.definition import ScoreUse

pytestmark = pytest.mark.django_db
T0 = date(2026, 3, 31)
LATER = T0 + timedelta(days=10)
EVA = T0 - timedelta(days=35)
RFM = ScoreUse("rfm")
AT_FIRST = (3, 10, 40, 60, 90, 100, 200, 300, 400)
"Days since the last order of nine others: with eva's 35 they cut R at 10, 40, 90, 200."
ALIKE = (3, 10, 20, 40, 90, 100, 200, 300, 400)
"With eva's 45 likewise."
ANEW = (3, 10, 46, 60, 90, 100, 200, 300, 400)
"With eva's 45 they cut it at 10, 46, 90, 200."


def shop(duck, days, day, *more, eva=EVA, **facts):
    """Nine others who ordered so many days before a day, and eva."""
    orders = [
        order(f"p{n}", day - timedelta(days=each), 50, order_id=f"o{n}")
        for n, each in enumerate(days)
    ]
    own = [order("eva", eva, 50, order_id="eva_1")] if eva else []
    return world(duck, orders=[*orders, *own, *more], as_of=day, **facts)


def told(reasons):
    return [(each["reason"], each["before"], each["after"]) for each in reasons]


def cut_at(found):
    return [int(each) for each in found.facts["rfm"]["cut_points"]["r"]]


def test_the_example_of_one_who_moves_by_time_and_back_by_others(any_engine):
    """SC17: R 4 at 35 days; ten days later R 3, as time passed; cut anew the same day R 4."""
    first = stand(shop(any_engine, AT_FIRST, T0), RFM)
    second = stand(shop(any_engine, ALIKE, LATER), RFM)
    third = stand(shop(any_engine, ANEW, LATER), RFM)

    assert [cut_at(each) for each in (first, second, third)] == [
        [10, 40, 90, 200],
        [10, 40, 90, 200],
        [10, 46, 90, 200],
    ]
    assert told(why(first, second, "eva", "rfm_r")[1]) == [("time_passed", "4", "3")]
    assert told(why(second, third, "eva", "rfm_r")[1]) == [("others_moved", "3", "4")]


def test_both_steps_are_shown_where_the_value_is_as_it_was(duck):
    """SC17: if both fall into one build the value has not changed; both steps are there."""
    first = stand(shop(duck, AT_FIRST, T0), RFM)
    third = stand(shop(duck, ANEW, LATER), RFM)

    stages, reasons = why(first, third, "eva", "rfm_r")

    assert stages == ["4", "4", "3", "3", "3", "4"]
    assert told(reasons) == [("time_passed", "4", "3"), ("others_moved", "3", "4")]


def test_own_orders_are_listed(duck):
    """SC16: orders that came, changed or went, by step 3; those of others are not among them."""
    first = stand(
        shop(
            duck,
            AT_FIRST,
            T0,
            order("eva", EVA, 20, order_id="eva_2"),
            order("eva", EVA, 30, order_id="eva_3"),
        ),
        ScoreUse("revenue_total"),
    )
    second = stand(
        shop(
            duck,
            AT_FIRST,
            T0,
            order("eva", EVA, 25, order_id="eva_2"),
            order("eva", T0, 7, order_id="eva_4"),
            order("ada", T0, 7, order_id="ada_1"),
        ),
        ScoreUse("revenue_total"),
    )

    _, reasons = why(first, second, "eva", "revenue_total")

    assert reasons == [
        {
            "reason": "own_activity",
            "before": "100",
            "after": "82",
            "came": ["orders/eva_4"],
            "changed": ["orders/eva_2"],
            "went": ["orders/eva_3"],
        }
    ]


def test_no_more_than_twenty_are_listed(duck):
    """SC16: of thirty orders that came, twenty."""
    use = ScoreUse("orders_count")
    first = stand(shop(duck, AT_FIRST, T0), use)
    many = [order("eva", EVA, 5, order_id=f"n{at}") for at in range(30)]
    second = stand(shop(duck, AT_FIRST, T0, *many), use)

    [reason] = why(first, second, "eva", "orders_count")[1]

    assert (reason["before"], reason["after"]) == ("1", "31")
    assert len(reason["came"]) == 20


def test_orders_that_come_with_a_record_are_no_own_activity(any_engine):
    """SC16: bob's record joins eva with his order; a new order of hers is her own."""
    use = ScoreUse("orders_count")
    his = [order("bob", T0, 10, order_id=f"bob_{at}") for at in range(2)]
    first = with_members(shop(any_engine, AT_FIRST, T0, *his), {"eva": [1], "bob": [2]})
    joined = [replace_owner(each, "eva") for each in his]
    new = order("eva", T0, 5, order_id="new")
    second = with_members(shop(any_engine, AT_FIRST, T0, *joined, new), {"eva": [1, 2]})

    stages, reasons = why(stand(first, use), stand(second, use), "eva", "orders_count")

    assert stages == ["1", "1", "1", "2", "4", "4"]
    assert told(reasons) == [("own_activity", "1", "2"), ("identity_changed", "2", "4")]
    assert reasons[0]["came"] == ["orders/new"]


def replace_owner(row, owner):
    return {**row, "contact": owner}


def test_orders_that_leave_with_a_record_are_no_own_activity(duck):
    """SC16: a record of eva is set apart with its orders; they are not gone, they are bob's."""
    use = ScoreUse("orders_count")
    hers = [order("eva", T0, 10, order_id=f"bob_{at}") for at in range(2)]
    first = with_members(shop(duck, AT_FIRST, T0, *hers), {"eva": [1, 2]})
    apart = [replace_owner(each, "bob") for each in hers]
    second = with_members(shop(duck, AT_FIRST, T0, *apart), {"eva": [1], "bob": [2]})

    _, reasons = why(stand(first, use), stand(second, use), "eva", "orders_count")

    assert told(reasons) == [("identity_changed", "3", "1")]


def test_an_order_that_is_said_to_be_anothers_is_activity(duck):
    """SC16: without a record that moved, an order that changes hands went and came."""
    use = ScoreUse("orders_count")
    one = order("eva", T0, 10, order_id="one")
    people = {"eva": [1], "bob": [2]}
    first = with_members(shop(duck, AT_FIRST, T0, one, people=["bob"]), people)
    second = with_members(shop(duck, AT_FIRST, T0, replace_owner(one, "bob")), people)
    before, after = stand(first, use), stand(second, use)

    hers, his = (why(before, after, each, "orders_count")[1] for each in ("eva", "bob"))

    assert told(hers) == [("own_activity", "2", "1")]
    assert hers[0]["went"] == ["orders/one"]
    assert told(his) == [("own_activity", "0", "1")]
    assert his[0]["came"] == ["orders/one"]


def test_another_rule_is_the_first_reason(duck):
    """SC16: settings first, by the base of before; then time, by what they make of it."""
    first = stand(shop(duck, AT_FIRST, T0), RFM)
    two = stand(shop(duck, ANEW, LATER), ScoreUse("rfm", {"bins": 2, "segments": HALVES}))

    stages, reasons = why(first, two, "eva", "rfm_r")

    assert stages == ["4", "2", "2", "2", "2", "2"]
    assert told(reasons) == [("rule_changed", "4", "2")]


HALVES = [{"name": "New", "r": "2", "f": "1-2"}, {"name": "Old", "r": "1", "f": "1-2"}]


def test_frozen_cut_points_let_others_move_nobody(duck):
    """SC18: a person moves by time and own deeds alone; the facts of before stay."""
    frozen = replace(RFM, is_frozen=True)
    first = stand(shop(duck, AT_FIRST, T0), frozen)
    later = stand(shop(duck, ANEW, LATER), frozen, facts={"rfm": first.facts["rfm"]})

    assert cut_at(later) == [10, 40, 90, 200]
    assert told(why(first, later, "eva", "rfm_r")[1]) == [("time_passed", "4", "3")]


def test_a_past_that_is_gone_is_unknown(duck):
    """SC16: where a version of a related dataset is not kept any more, nobody can say why."""
    first = stand(shop(duck, AT_FIRST, T0), RFM)
    second = stand(shop(duck, ALIKE, LATER), RFM)

    stages, reasons = why(replace(first, world=None), second, "eva", "rfm_r")

    assert stages == ["4", "3"]
    assert told(reasons) == [("unknown", "4", "3")]


def test_a_rule_that_names_what_was_not_there_is_unknown(duck):
    """SC16: `where` over a column that the version before had not yet; nothing fails."""
    first = stand(shop(duck, AT_FIRST, T0), ScoreUse("orders_count"))
    new = order("eva", T0, 5, order_id="new", channel="web")
    only = ScoreUse("orders_count", where="channel = 'web'")
    second = stand(shop(duck, AT_FIRST, T0, new, new | {"order_id": "more"}), only)

    _, reasons = why(first, second, "eva", "orders_count")

    assert told(reasons) == [("unknown", "1", "2")]


@pytest.mark.parametrize("column", ["rfm_r", "rfm_f", "rfm_m", "rfm_code", "rfm_segment"])
def test_every_stage_begins_where_the_one_before_ended(duck, column):
    """SC16: steps add up from the old value to the new one, for everybody."""
    before = stand(shop(duck, AT_FIRST, T0), RFM)
    after = stand(shop(duck, ANEW, LATER, order("eva", LATER, 900, order_id="new")), RFM)

    for person in ("eva", "p1", "p8"):
        stages, reasons = why(before, after, person, column)
        assert [each for each in told(reasons) if each[1] == each[2]] == []
        if reasons:
            assert (reasons[0]["before"], reasons[-1]["after"]) == (stages[0], stages[-1])
            pairs = pairwise(reasons)
            assert all(one["after"] == other["before"] for one, other in pairs)
        else:
            assert stages[0] == stages[-1]
