"""What people did, as scores take it: whose it is, up to when, and which of it counts."""

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.scores.worlds import order, world
from tresse.datasets.scores.inputs import Restriction
from tresse.kernel.errors import TresseError

OWNERS = [sa.column("id", sa.Text()), sa.column("owner", sa.Text())]


def event(id_: str, person: str | None, name: str = "page", at: str = "2026-03-01", **more):
    return {"id": id_, "contact": person, "name": name, "at": at, **more}


def mail(id_: str, person: str, kind: str = "opened", at: str = "2026-03-01", **more):
    return {"id": id_, "contact": person, "kind": kind, "at": at, **more}


def ids(small, table) -> set[str]:
    return {each["event"] for each in small.rows(table)}


def test_events_of_nobody_without_a_time_and_after_as_of_are_left_out(any_engine):
    """SC5: t0 is `as_of`; what is later never counts."""
    small = world(
        any_engine,
        as_of="2026-03-31T12:00",
        events=[
            event("1", "ada", at="2026-03-31T12:00"),
            event("2", "ada", at="2026-03-31T12:01"),
            event("3", "ada", at=None),
            event("4", None),
        ],
    )

    assert ids(small, small.inputs().table("happenings")) == {"1"}


def test_days_and_hours_are_those_of_the_accounts_zone(any_engine):
    """SC5: a day is one in the account's zone."""
    small = world(
        any_engine,
        email_events=[
            mail("1", "ada", at="2026-03-28T23:30"),
            mail("2", "ada", at="2026-03-29T02:30"),
        ],
    )

    rows = small.rows(small.inputs().table("messages"))
    found = {each["event"]: (str(each["day"]), each["hour"]) for each in rows}

    assert found == {"1": ("2026-03-29", 0), "2": ("2026-03-29", 4)}


def test_only_wanted_people_are_looked_at(any_engine):
    """SC16: a chain of reasons is worked out for those alone whose value changed."""
    small = world(any_engine, events=[event("1", "ada"), event("2", "bob")])
    wanted = small.world.engine.load(
        "wanted_people", [pa.record_batch({"id": ["bob"]})], OWNERS[:1]
    )

    assert ids(small, small.inputs(people=wanted).table("happenings")) == {"2"}


def test_rows_belong_to_those_that_own_them_instead(any_engine):
    """SC16, steps 3 and 4: rows that are not among the owners belong to nobody."""
    small = world(any_engine, events=[event("1", "ada"), event("2", "bob"), event("3", "ada")])
    batch = pa.record_batch({"id": ["1", "2", "3"], "owner": ["bob", "bob", None]})
    owners = small.world.engine.load("other_owners", [batch], OWNERS)

    rows = small.rows(small.inputs(owners={"events": owners}).table("happenings"))

    assert {(each["event"], each["id"]) for each in rows} == {("1", "bob"), ("2", "bob")}


def test_a_condition_chooses_among_the_rows_of_its_score_alone(any_engine):
    """SC4: `where` restricts the inputs: orders, lines through them, or events."""
    small = world(
        any_engine,
        orders=[
            order("ada", "2026-03-31", 10, id="o1", channel="web"),
            order("ada", "2026-03-31", 10, id="o2", channel="store"),
        ],
        order_items=[
            {"order": "o1", "quantity": 1},
            {"order": "o2", "quantity": 7},
        ],
        events=[
            event("1", "ada", at="2026-03-31", channel="app"),
            event("2", "ada", at="2026-03-31", channel="web"),
        ],
        email_events=[
            mail(str(n), "ada", "delivered", campaign="a" if n < 3 else "b", message=f"m{n}")
            for n in range(9)
        ],
    )

    lines = small.scores("items_per_order", where="channel = 'web'")["ada"]
    points = small.with_parts("engagement", where="channel = 'app'")["ada"]
    mails = small.with_parts("email_open_rate", where="campaign = 'a'")["ada"]

    assert lines["items_per_order"] == 1
    assert (points["pages"], points["orders"]) == (1, 20), "orders are all there"
    assert mails["delivered"] == 3


def test_uses_restricted_alike_over_other_rows_do_not_share_them():
    """SC4: the same condition over orders and over events is not the same restriction."""
    keys = {Restriction("channel = 'web'", over=over).key for over in ("orders", "events")}

    assert len(keys) == 2
    assert Restriction(over="orders").key == Restriction(over="events").key


def test_a_score_refuses_columns_that_its_rows_do_not_have(duck):
    """SC4: the condition of an e-mail score is over e-mail events."""
    small = world(duck, orders=[order("ada", "2026-03-01", 1, channel="web")],
                  email_events=[mail("1", "ada")])  # fmt: skip

    with pytest.raises(TresseError) as refused:
        small.scores("email_open_rate", where="channel = 'web'")
    assert "channel" in str(refused.value)
