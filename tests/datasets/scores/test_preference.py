"""Preferred channel, store, category, brand, product and payment (scores.md section 9)."""

from random import Random

import pytest

from tests.datasets.scores.worlds import order, world
from tresse.datasets.scores.registry import SCORES
from tresse.kernel.errors import TresseError


def bought(person: str, *, days: int = 1, **more):
    return order(person, f"2026-01-{days:02}", more.pop("net", 10), **more)


def line(of: str, amount: float, **more):
    return {"order": of, "line_amount": amount, **more}


def test_a_tie_goes_to_the_latest_order_and_value_may_decide(any_engine):
    """SC51: web by orders with a share of 0.5, store by value with 0.8."""
    small = world(
        any_engine,
        orders=[
            bought("ada", days=1, net=10, channel="web"),
            bought("ada", days=2, net=80, channel="store"),
            bought("ada", days=3, net=40, channel="store"),
            bought("ada", days=4, net=20, channel="web"),
        ],
    )

    by_orders = small.scores("preferred_channel")["ada"]
    by_value = small.scores("preferred_channel", by="value")["ada"]

    assert by_orders == {"preferred_channel": "web", "preferred_channel_share": 0.5}
    assert by_value == {
        "preferred_channel": "store", "preferred_channel_share": pytest.approx(0.8)
    }  # fmt: skip


def test_orders_at_the_same_moment_leave_it_to_the_lesser_text(any_engine):
    """SC50: tie: the one with the latest order, then the lesser text."""
    small = world(
        any_engine,
        orders=[
            bought("ada", store="Żory"), bought("ada", store="Zabrze"), bought("ada", store="a"),
        ],
    )  # fmt: skip

    assert small.scores("preferred_store")["ada"]["preferred_store"] == "Zabrze"


def test_too_few_orders_or_too_small_a_share_give_no_value(duck):
    """SC50: NULL under min_orders, or if the share is below min_share; unknown ones are no part."""
    small = world(
        duck,
        people=["none"],
        orders=[
            bought("ada", days=1, payment_method="card"),
            bought("ada", days=2, payment_method="card"),
            bought("ada", days=3, payment_method="cash"),
            bought("ada", days=4, payment_method=None),
            bought("bob", days=4, payment_method=" "),
        ],
    )
    nothing = {"preferred_payment_method": None, "preferred_payment_method_share": None}

    found = small.scores("preferred_payment_method")

    assert found["ada"] == {
        "preferred_payment_method": "card",
        "preferred_payment_method_share": pytest.approx(2 / 3),
    }
    assert found["none"] == found["bob"] == nothing
    assert small.scores("preferred_payment_method", min_orders=4)["ada"] == nothing
    assert small.scores("preferred_payment_method", min_share=0.7)["ada"] == nothing
    parts = small.with_parts("preferred_payment_method")["ada"]
    assert (parts["weight"], parts["whole"]) == (2, 3)


def test_of_lines_an_order_counts_once_for_each_value(any_engine):
    """SC50: category, brand and product of the lines."""
    small = world(
        any_engine,
        orders=[order("ada", f"2026-01-0{n}", 10, id=str(n)) for n in (1, 2, 3)],
        order_items=[
            line("1", 1, category="hats", brand="Roy", name="Cap"),
            line("1", 1, category="hats", brand="Roy", name="Cap"),
            line("1", 90, category="bags", brand=None, name="Tote"),
            line("2", 1, category="hats", brand="Lux", name="Cap"),
            line("3", 5, category=None, brand="Lux", name="Box"),
            line("3", -5, category="gifts", brand="Lux", name="Box"),
        ],
    )
    names = ("preferred_category", "preferred_brand", "preferred_product")

    by_orders = small.scores(*names)["ada"]
    by_value = small.scores(*names, by="value")["ada"]

    assert by_orders == {
        "preferred_category": "hats",
        "preferred_category_share": pytest.approx(2 / 3),
        "preferred_brand": "Lux",
        "preferred_brand_share": pytest.approx(2 / 3),
        "preferred_product": "Cap",
        "preferred_product_share": pytest.approx(2 / 3),
    }
    assert by_value["preferred_category"] == "bags"
    assert by_value["preferred_category_share"] == pytest.approx(90 / 93)
    assert by_value["preferred_brand"] == "Roy"
    assert by_value["preferred_product"] == "Tote"


def test_values_that_sum_up_to_nothing_have_no_share(duck):
    """SC8: no NaN, and every ratio within its bounds."""
    small = world(
        duck,
        orders=[order("ada", "2026-01-01", 10, id="1")],
        order_items=[line("1", 0, category="hats"), line("1", -3, category="bags")],
    )

    found = small.scores("preferred_category", by="value")["ada"]

    assert found == {"preferred_category": None, "preferred_category_share": None}


@pytest.mark.parametrize(
    ("channels", "mix"),
    [
        (["Web", "online"], "web_only"),
        (["store", " SHOP"], "store_only"),
        (["web", "store", "phone"], "omnichannel"),
        (["web", "phone"], "other"),
        (["phone"], "other"),
        (["web", None], "web_only"),
        ([None], "other"),
        ([], None),
    ],
)
def test_the_channel_mix_goes_by_kinds_of_channels(duck, channels, mix):
    """Section 9: web_only, store_only, omnichannel (both), other; no orders: NULL."""
    small = world(
        duck,
        people=["ada"],
        orders=[bought("ada", channel=each) for each in channels],
        mapped={"orders": ("channel",)},
    )

    assert small.scores("channel_mix") == {"ada": {"channel_mix": mix}}


def test_kinds_of_channels_are_a_setting(duck):
    """Section 9: by the kinds of channels (setting)."""
    small = world(duck, orders=[bought("ada", channel="Kiosk"), bought("ada", channel="Appli")])

    kinds = {"web": ["appli"], "store": ["kiosk"]}

    assert small.scores("channel_mix", kinds=kinds)["ada"]["channel_mix"] == "omnichannel"
    for wrong in ({"web": ["a"], "store": ["A "]}, {"phone": ["a"]}, {"web": "a"}):
        with pytest.raises(TresseError) as refused:
            SCORES["channel_mix"].check({"kinds": wrong})
        assert "Kinds of channels are a list" in str(refused.value)


def test_categories_with_an_affinity_come_by_ratio_then_text(any_engine):
    """Section 9: share ÷ share in the base ≥ 1.5, at least 2 lines, at most 5."""
    lines = [
        line("ada", 50, category="bags"), line("ada", 50, category="bags"),
        line("ada", 50, category="hats"), line("ada", 50, category="hats"),
        line("ada", 30, category="once"),
        line("bob", 300, category="shoes"), line("bob", 300, category="shoes"),
        line("bob", 70, category="belts"), line("bob", 70, category="belts"),
        line("bob", 30, category="belts"),
    ]  # fmt: skip
    small = world(
        any_engine,
        people=["none"],
        orders=[order("ada", "2026-01-01", 10, id="ada"), order("bob", "2026-01-01", 10, id="bob")],
        order_items=lines,
    )

    found = small.with_parts("category_affinity")

    assert found["ada"] == {"category_affinity": ["bags", "hats"], "categories": 2, "bought": 3}
    # 600 ÷ 770 against 600 ÷ 1,000 of all is 1.3 times as much.
    assert found["bob"] == {"category_affinity": [], "categories": 0, "bought": 2}
    assert found["none"] == {"category_affinity": [], "categories": 0, "bought": 0}
    least = small.scores("category_affinity", ratio=1.2)["bob"]["category_affinity"]
    assert least == ["belts", "shoes"]


def test_at_most_five_categories_are_listed(duck):
    """Section 9: list, at most 5."""
    names = [f"c{n}" for n in range(7)]
    small = world(
        duck,
        orders=[order("ada", "2026-01-01", 10, id="1"), order("bob", "2026-01-01", 10, id="2")],
        order_items=[
            *(line("1", 10 + n, category=each) for n, each in enumerate(names) for _ in "ab"),
            line("2", 1_000, category="c0"),
        ],
    )

    found = small.scores("category_affinity")["ada"]["category_affinity"]

    assert found == ["c1", "c2", "c3", "c4", "c5"]


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71."""
    orders = [
        order("ada" if n % 3 else "bob", f"2026-01-{1 + n % 9:02}", 1 + n / 7, id=f"o{n}",
              channel=f"c{n % 4}", store=f"s{n % 3}")
        for n in range(40)
    ]  # fmt: skip
    lines = [line(f"o{n % 40}", n / 7, category=f"k{n % 6}") for n in range(120)]
    names = ("preferred_channel", "preferred_store", "preferred_category", "category_affinity")

    found = [
        world(duck, orders=orders, order_items=lines, random=Random(seed)).scores(  # noqa: S311
            *names, by="value"
        )
        for seed in range(3)
    ]

    assert found[0] == found[1] == found[2]
