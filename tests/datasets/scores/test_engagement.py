"""Engagement scores (scores.md section 6)."""

from datetime import UTC, datetime
from random import Random

import pytest

from tests.datasets.scores.worlds import order, world
from tresse.datasets.scores.registry import SCORES
from tresse.kernel.errors import TresseError

T0 = "2026-03-31"
NAMES = (
    "engagement",
    "email_open_rate",
    "email_click_rate",
    "last_engaged_at",
    "days_since_engaged",
    "engagement_status",
    "preferred_send_hour",
    "visits_90d",
    "email_fatigue",
)
MAPPED = {"email_events": ("message", "machine", "proxy")}


def mail(person: str, kind: str, at: str = T0, message: str | None = None, **more):
    return {"contact": person, "kind": kind, "at": at, "message": message, **more}


def event(person: str, name: str, at: str = T0, **more):
    return {"contact": person, "name": name, "at": at, **more}


def test_the_example_of_engagement_comes_out(any_engine):
    """SC41: s = 5.881, score 18.4."""
    small = world(
        any_engine,
        orders=[order("ada", "2026-01-30", 50)],
        email_events=[mail("ada", "clicked", "2026-03-21")],
        events=[event("ada", "page")],
    )

    found = small.with_parts("engagement")["ada"]

    assert found["engagement"] == pytest.approx(18.4, abs=0.05)
    assert found["points"] == pytest.approx(5.881, abs=0.0005)
    assert found["orders"] == 2.5
    assert found["clicks"] == pytest.approx(2.381, abs=0.0005)
    assert found["pages"] == 1
    assert (found["opens"], found["others"], found["unsubscribes"]) == (0, 0, 0)


def test_people_without_events_have_what_the_table_says(duck):
    """Section 6, edge cases; also where there are no events at all: they need none of both."""
    nothing = {
        "engagement": 0,
        "email_open_rate": None,
        "email_click_rate": None,
        "last_engaged_at": None,
        "days_since_engaged": None,
        "engagement_status": "never",
        "preferred_send_hour": None,
        "visits_90d": 0,
        "email_fatigue": None,
    }

    some = world(duck, people=["none"], email_events=[mail("ada", "opened")], events=[])

    assert world(duck, people=["none"]).scores(*NAMES) == {"none": nothing}
    assert some.scores(*NAMES)["none"] == nothing


def test_points_do_not_fall_below_zero(duck):
    """SC40: an unsubscription weighs −10; s is not below 0."""
    small = world(
        duck, email_events=[mail("ada", "unsubscribed"), mail("ada", "email_clicked")]
    )  # fmt: skip

    found = small.with_parts("engagement")["ada"]

    assert (found["engagement"], found["points"]) == (0, 0)
    assert (found["unsubscribes"], found["clicks"]) == (-10, 3)


def test_weights_and_half_life_are_settings(duck):
    """SC40: names in any case, screens are pages; what is not named counts nothing."""
    small = world(
        duck,
        events=[
            event("ada", "SCREEN"),
            event("ada", "Video Watched", "2026-03-21"),
            event("ada", "Video Watched", "2026-03-21"),
            event("ada", "Other"),
        ],
    )
    weights = {"page": 2, "video watched": 8}

    found = small.with_parts("engagement", weights=weights, half_life=10)["ada"]

    assert (found["pages"], found["others"], found["points"]) == (2, 8, 10)
    assert found["engagement"] == pytest.approx(100 * (1 - 2**-0.5))
    assert small.scores("engagement", weights={})["ada"]["engagement"] == 0
    for wrong in ({"page": "much"}, {"page": True}, {"page": 1, "Screen": 2}, {"page": 10_000}):
        with pytest.raises(TresseError) as refused:
            SCORES["engagement"].check({"weights": wrong})
        assert "Weights are numbers from -1,000 to 1,000" in str(refused.value)


def test_what_is_told_twice_counts_once(duck):
    """SC40, E53, Y74: e-mails and orders among events count where no others tell of them."""
    events = [event("ada", "email_clicked"), event("ada", "Order Completed")]

    alone = world(duck, events=events).with_parts("engagement")["ada"]
    beside = world(
        duck, events=events, email_events=[mail("ada", "clicked")], orders=[order("ada", T0, 5)]
    ).with_parts("engagement")["ada"]

    assert (alone["clicks"], alone["orders"]) == (3, 10)
    assert (beside["clicks"], beside["orders"], beside["others"]) == (3, 10, 0)


@pytest.mark.parametrize(
    ("flags", "is_human"),
    [
        ({}, True),
        ({"machine": "none"}, True),
        ({"machine": "suspected"}, False),
        ({"machine": "certain"}, False),
        ({"proxy": "apple_mpp"}, False),
        ({"proxy": "gmail"}, True),
    ],
)
def test_opens_of_machines_do_not_count_unless_asked(duck, flags, is_human):
    """SC40, E85 to E87: machines and Apple's proxy, unless count_machine."""
    small = world(
        duck,
        email_events=[
            *(mail("ada", "delivered", message=f"m{n}") for n in range(3)),
            mail("ada", "opened", message="m1", **flags),
        ],
        mapped=MAPPED,
        types={"machine": "text", "proxy": "text"},
    )
    names = ("engagement", "email_open_rate", "engagement_status")

    by_people = small.scores(*names)["ada"]
    by_all = small.scores(*names, count_machine=True)["ada"]

    assert by_all["email_open_rate"] == pytest.approx(1 / 3)
    assert by_all["engagement_status"] == "active"
    assert (by_people == by_all) is is_human
    assert (by_people["engagement"] > 0) is is_human


def test_a_click_through_apples_proxy_is_a_persons(duck):
    """E86: Apple's opens say nothing of the person; clicks do. `machine` may be true or false."""
    small = world(
        duck,
        email_events=[
            mail("ada", "clicked", proxy="apple_mpp", machine=False),
            mail("bob", "clicked", machine=True),
        ],
        types={"proxy": "text"},
    )

    found = small.scores("engagement_status")

    assert found["ada"]["engagement_status"] == "active"
    assert found["bob"]["engagement_status"] == "never"


def test_rates_are_of_distinct_delivered_messages(any_engine):
    """Section 6: opened, clicked ÷ delivered, by distinct messages, in 6 months."""
    small = world(
        any_engine,
        email_events=[
            *(mail("ada", "delivered", message=f"m{n}") for n in (1, 1, 2, 3, 4)),
            *(mail("ada", "opened", message=each) for each in ("m1", "m1", "m2", "gone", None)),
            mail("ada", "clicked", message="m2"),
            mail("ada", "delivered", "2025-09-30", message="old"),
            mail("ada", "opened", message="old"),
            mail("bob", "delivered", message="m1"),
            mail("bob", "delivered", message="m2"),
        ],
    )

    opened, clicked = (small.with_parts(f"email_{each}_rate") for each in ("open", "click"))

    assert opened["ada"] == {"email_open_rate": 0.5, "opened": 2, "delivered": 4}
    assert clicked["ada"] == {"email_click_rate": 0.25, "clicked": 1, "delivered": 4}
    assert opened["bob"]["email_open_rate"] is None
    every = small.scores("email_open_rate", window="all")["ada"]["email_open_rate"]
    assert every == pytest.approx(3 / 5)


def test_the_last_deed_is_a_click_page_form_cart_order_or_open(any_engine):
    """Section 6: last_engaged_at, days_since_engaged."""
    small = world(
        any_engine,
        email_events=[mail("ada", "opened", "2026-03-01T22:59"), mail("ada", "delivered")],
        events=[
            event("ada", "Video Watched"),
            event("ada", "page", "2026-04-02"),
            event("bob", "Product Added", "2026-03-01T23:01"),
        ],
    )

    found = small.scores("last_engaged_at", "days_since_engaged")

    assert found["ada"] == {
        "last_engaged_at": datetime(2026, 3, 1, 22, 59, tzinfo=UTC),
        "days_since_engaged": 30,
    }
    assert found["bob"]["days_since_engaged"] == 29, "in Paris it was the 2nd"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-03-31", "active"),
        ("2026-03-01", "active"),
        ("2026-02-28", "cooling"),
        ("2025-12-31", "cooling"),
        ("2025-12-30", "inactive"),
        ("2025-10-02", "inactive"),
        ("2025-10-01", "asleep"),
    ],
)
def test_the_status_goes_by_days(duck, day, status):
    """Section 6: active ≤ 30 days, cooling ≤ 90, inactive ≤ 180, asleep > 180."""
    small = world(duck, events=[event("ada", "form_submitted", day)])

    assert small.scores("engagement_status")["ada"]["engagement_status"] == status


def test_days_of_the_status_must_rise():
    """Section 6: its thresholds are settings."""
    with pytest.raises(TresseError) as refused:
        SCORES["engagement_status"].check({"active": 30, "cooling": 30, "inactive": 90})

    assert refused.value.code == "thresholds_order"
    assert "cooling is 30" in str(refused.value)


def test_the_hour_is_that_of_most_opens_and_clicks_in_the_accounts_zone(any_engine):
    """Section 6: of 12 months; tie: the one with the latest; fewer than 3: NULL."""
    small = world(
        any_engine,
        email_events=[
            mail("ada", "opened", "2026-01-05T08:10"),
            mail("ada", "clicked", "2026-01-06T08:50"),
            mail("ada", "opened", "2026-02-05T18:00"),
            mail("ada", "clicked", "2026-03-06T18:59"),
            mail("ada", "delivered", "2026-03-06T03:00"),
            *(mail("ada", "opened", f"2024-03-0{n}T03:00") for n in range(1, 6)),
            mail("bob", "opened", "2026-01-05T08:10"),
            mail("bob", "opened", "2026-01-05T08:11"),
        ],
    )

    found = small.with_parts("preferred_send_hour")

    assert found["ada"] == {"preferred_send_hour": 19, "of_hour": 2, "deeds": 4}
    assert found["bob"]["preferred_send_hour"] is None


def test_a_pause_of_thirty_minutes_ends_a_visit(any_engine):
    """Section 6: sessions in 90 days; what servers send is no visit."""
    small = world(
        any_engine,
        events=[
            event("ada", "page", "2026-03-01T10:00"),
            event("ada", "page", "2026-03-01T10:29:59"),
            event("ada", "form_submitted", "2026-03-01T10:59"),
            event("ada", "Cart Viewed", "2026-03-01T11:29"),
            event("ada", "Subscription Renewed", "2026-03-02T10:00"),
            event("ada", "page", "2025-12-31T10:00"),
            event("ada", "page", "2026-01-01T10:00"),
        ],
    )

    assert small.with_parts("visits_90d")["ada"] == {"visits_90d": 3, "visits": 4}


def test_fatigue_is_of_the_last_ten_delivered_messages(any_engine):
    """Section 6: the share neither opened nor clicked; fewer than 5: NULL."""
    small = world(
        any_engine,
        email_events=[
            *(mail("ada", "delivered", f"2026-02-{n:02}", f"m{n}") for n in range(1, 13)),
            *(mail("ada", "opened", message=f"m{n}") for n in (1, 2, 11)),
            mail("ada", "clicked", message="m12"),
            *(mail("bob", "delivered", message=f"m{n}") for n in range(4)),
            *(mail("eve", "delivered", message=f"m{n}") for n in range(5)),
        ],
    )

    found = small.with_parts("email_fatigue")

    assert found["ada"] == {"email_fatigue": 0.8, "ignored": 8, "looked_at": 10}
    assert found["bob"]["email_fatigue"] is None
    assert found["eve"]["email_fatigue"] == 1


def test_the_order_of_rows_makes_no_difference(duck):
    """SC71."""
    kinds = ("delivered", "opened", "clicked", "unsubscribed")
    mails = [
        mail("ada" if n % 3 else "bob", kinds[n % 4 % 3 if n % 40 else 3],
             f"2026-0{1 + n % 3}-{1 + n % 28:02}T{n % 24:02}:00", f"m{n % 11}")
        for n in range(120)
    ]  # fmt: skip
    events = [event("ada", "page", f"2026-03-{1 + n % 30:02}T0{n % 9}:00") for n in range(60)]

    found = [
        world(duck, email_events=mails, events=events, random=Random(seed)).scores(*NAMES)  # noqa: S311
        for seed in range(3)
    ]

    assert found[0] == found[1] == found[2]
    assert found[0]["ada"]["engagement"] > 0
