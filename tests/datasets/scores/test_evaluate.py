"""Scores worked out together (SC1, SC3, SC9)."""

import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, worked, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores.evaluate import used
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import settings_of
from tresse.kernel.errors import TresseError

ORDERS = [
    order("ada", "2026-01-01", 10, channel="web"),
    order("ada", "2026-02-01", 20, channel="store"),
    order("bob", "2026-02-01", 5, channel="web"),
]


def test_settings_are_completed_by_their_defaults():
    """SC1, SC3: what a use does not say is as the score says."""
    found = used(ScoreUse("purchase_gap", {"shrink": 3}))

    assert found.settings == {"shrink": 3, "statuses": ()}
    assert "paid" in found.restriction.statuses


def test_an_unknown_score_is_refused_with_the_nearest():
    """SC1: the registry knows them all."""
    with pytest.raises(TresseError, match="revenue_total"):
        used(ScoreUse("revenue_totals"))


def test_scores_of_orders_may_say_which_statuses_count():
    """SC5: a setting of each of them, and of no other."""
    with_statuses = {each.name for each in SCORES if "statuses" in _names(each)}

    assert {"orders_count", "rfm", "margin_total"} <= with_statuses
    assert "email_open_rate" not in with_statuses


def test_measures_alike_are_one_column(duck):
    """Scores share a pass over the orders: revenue is summed once for all of them."""
    small = world(duck, orders=ORDERS)
    names = ("revenue_total", "average_order_value", "orders_count", "value_percentile")
    sheet = small.sheet(*map(ScoreUse, names))

    profile, _ = sheet._profile(sheet.uses[0])

    assert [each.name for each in profile.c] == ["id", "created_at", "m0", "m1"]


def test_scores_that_share_a_table_are_joined_with_it_once(any_engine):
    """First and last values are of one step, gaps of another; all stand beside each other."""
    names = ("first_order_value", "median_time_between_orders", "last_order_value")
    small = world(any_engine, orders=ORDERS)

    rows = small.scores(*names)

    assert list(rows["ada"].values()) == [10, 31, 20]


def test_columns_follow_the_plan_not_the_order_of_work(any_engine):
    """SC4: uses under other restrictions are worked out apart, and put together by number."""
    uses = (
        ScoreUse("orders_count"),
        ScoreUse("orders_count", {}, "web_", "channel = 'web'"),
        ScoreUse("revenue_total"),
    )
    small = world(any_engine, orders=ORDERS)

    scored = small.sheet(*uses).scored(worked(*uses))

    assert [each.name for each in scored.table.c] == ["id", "f0", "f1", "f2"]
    rows = small.world.engine.rows(sa.select(*scored.table.c))
    assert sorted(rows) == [("ada", 2, 1, 30), ("bob", 1, 1, 5)]


def test_facts_are_kept_by_key_and_taken_as_given(any_engine):
    """SC9, SC18: given facts are not worked out again."""
    use = ScoreUse("purchase_gap", {}, "own_")
    small = world(any_engine, orders=ORDERS)

    free = small.sheet(use).scored(worked(use))
    frozen = small.sheet(use).scored(worked(use), {"own_purchase_gap": {"usual_gap": 100.0}})

    assert free.facts == {"own_purchase_gap": {"usual_gap": 31.0}}
    assert frozen.facts == {"own_purchase_gap": {"usual_gap": 100.0}}
    gaps = [_rows(small, each)["ada"][0] for each in (free, frozen)]
    assert gaps == [31, (2 * 100 + 31) / 3]


def test_a_sheet_of_some_people_gives_them_the_values_they_have_among_all(duck):
    """SC16: with the facts and the base of the sheet of all."""
    uses = [ScoreUse(each) for each in ("value_percentile", "purchase_gap", "clv_historical")]
    small = world(duck, orders=[*ORDERS, order("cid", "2026-01-05", 50)])
    people = small.world.engine.keep(
        "people_of_a_sheet",
        sa.select(small.contacts.rows.c.id).where(small.contacts.rows.c.id == "ada"),
    )
    whole, some = small.sheet(*uses), small.sheet(*uses, people=people)

    for one, other in zip(whole.uses, some.uses, strict=True):
        facts = whole.facts_of(one)
        found = {}
        for name, each, sheet in (("all", one, whole), ("some", other, some)):
            source, values = sheet.values_of(each, facts, whole)
            cell = values[each.score.outputs[0].name]
            rows = small.world.engine.rows(sa.select(_id(sheet, each), cell).select_from(source))
            found[name] = dict(rows)
        assert set(found["some"]) == {"ada"}
        assert found["some"]["ada"] == found["all"]["ada"] is not None


def test_a_sheet_can_be_worked_out_after_another_one_of_the_same_engine(duck):
    """Steps of worlds and sheets do not take each other's names."""
    first, second = (world(duck, orders=[order("ada", "2026-01-01", net)]) for net in (1, 2))
    use = ScoreUse("revenue_total")

    one, other = (each.sheet(use).scored(worked(use)) for each in (first, second))

    assert _rows(first, one) == {"ada": (1,)}
    assert _rows(second, other) == {"ada": (2,)}


def test_a_sheet_can_be_asked_again_with_other_facts(duck):
    """SC18: what it answered first stays as it was."""
    use = ScoreUse("purchase_gap")
    small = world(duck, orders=[order("ada", "2026-01-01", 1), order("ada", "2026-02-01", 1)])
    sheet = small.sheet(use)

    first, second = (
        sheet.scored(worked(use), {"purchase_gap": {"usual_gap": gap}}) for gap in (31.0, 61.0)
    )

    assert [_rows(small, each)["ada"][0] for each in (first, second)] == [31, 51]


def test_what_was_worked_out_on_the_way_is_freed(duck):
    """Orders of millions are not kept while the next dataset is worked out."""
    use = ScoreUse("key_shopping_periods")
    small = world(duck, orders=ORDERS)
    sheet = small.sheet(use)
    dropped = []
    small.world.engine, real = _Dropping(duck, dropped), duck
    sheet = small.sheet(use)
    scored = sheet.scored(worked(use))

    sheet.forget()

    assert {"people", "paid", "days", "profile"} <= {each.split("_", 2)[-1] for each in dropped}
    assert len(real.rows(sa.select(*scored.table.c))) == 2


class _Dropping:
    """An engine that says what was dropped."""

    def __init__(self, engine, dropped):
        self.engine, self.dropped = engine, dropped

    def drop(self, name):
        self.dropped.append(name)
        self.engine.drop(name)

    def __getattr__(self, name):
        return getattr(self.engine, name)


def test_a_score_may_be_used_twice_with_other_settings(duck):
    """SC4: the prefix tells them apart, and no step of one is taken for that of the other."""
    small = world(duck, orders=[order("ada", "2025-12-25", 1), order("ada", "2026-01-01", 1)])
    sales = [{"name": "new_year", "from": "12-30", "to": "01-02"}]

    rows = small.used(
        ScoreUse("key_shopping_periods"),
        ScoreUse("key_shopping_periods", {"periods": sales}, "own_"),
        ScoreUse("revenue_12m", {"window": "3 months"}, "quarter_"),
        ScoreUse("revenue_12m"),
    )

    assert rows["ada"] == {
        "key_shopping_periods": ["christmas"],
        "own_key_shopping_periods": ["new_year"],
        "quarter_revenue_12m": 1,
        "revenue_12m": 2,
    }


def _names(score):
    return {each.name for each in settings_of(score)}


def _id(sheet, each):
    return sheet._row(each, {}).id


def _rows(small, scored):
    return {row[0]: row[1:] for row in small.world.engine.rows(sa.select(*scored.table.c))}
