"""Watched segments: members stored as events come in (G52, G53, G55 to G58)."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.conftest import NOW
from tests.segments.conftest import FRENCH, Watch, happened
from tresse.engine.constructs import OpenTransactions
from tresse.kernel import clock
from tresse.objects.database import execute, rows, scalar
from tresse.records.changes import (
    delete_records,
    link_records,
    log_activity,
    restore_records,
    unlink_records,
    update_record,
)
from tresse.records.tables import CHANGE_SET, EVENT
from tresse.records.writing import new_change_set
from tresse.segments.changes import (
    add_members,
    add_segment,
    change_segment,
    compare,
    follow,
    keep_sizes,
    pass_time,
)
from tresse.segments.lately import lately
from tresse.segments.membership import meaning_of
from tresse.segments.models import Segment
from tresse.segments.sizes import sizes_of
from tresse.segments.tables import SEGMENT_MEMBER, TOUCHED

MOVES = ("segment_entered", "segment_left")


@pytest.fixture
def watched(model, ada, french, watch):
    """The segment of contacts in France, its size kept from now on."""
    change_segment(french, keeps_size=True, model=model, actor=ada)
    watch.follow()
    return Segment.objects.get(pk=french.pk)


@pytest.fixture
def change(model, ada):
    def change(object_name, id, **values):
        update_record(model, model.object(object_name), id, values=values, actor=ada)

    return change


def test_the_first_filling_fires_nothing(model, ada, french, watch, make):
    """G52, G56"""
    anna = make("contact", first_name="Anna", country="FR")

    change_segment(french, keeps_size=True, model=model, actor=ada)
    watch.follow()

    assert watch.stored(french) == [anna]
    assert happened(*MOVES) == []
    assert scalar(sa.select(SEGMENT_MEMBER.c.cause)) == "filled"


def test_says_who_came_and_went_lately(model, ada, watched, watch, make, change):
    """G52: the latest first; those of the first filling did not come"""
    anna = make("contact", first_name="Anna", country="FR")
    watch.follow()
    change("contact", anna, country="PL")
    watch.follow()

    moves = lately(watched, model, ada)

    assert [(each.is_in, each.member.title, each.version) for each in moves] == [
        (False, "Anna", None),
        (True, "Anna", None),
    ]


def test_watching_ends_with_its_use(model, ada, watched, watch, make):
    """G52"""
    make("contact", first_name="Anna", country="FR")
    watch.follow()

    change_segment(watched, keeps_size=False, model=model, actor=ada)
    watch.follow()

    assert watch.stored(watched) == []
    assert Segment.objects.get(pk=watched.pk).watched_since is None


def test_a_change_moves_a_record_with_an_event_of_its_cause(watched, watch, make, change):
    """G52, G53"""
    anna = make("contact", first_name="Anna")
    watch.follow()
    change("contact", anna, country="FR")
    watch.follow()
    assert watch.stored(watched) == [anna]

    change("contact", anna, country="PL")
    watch.follow()

    assert watch.stored(watched) == []
    assert happened(*MOVES) == [("segment_entered", anna), ("segment_left", anna)]
    causes = sa.select(EVENT.c.change_set_id, EVENT.c.data).where(EVENT.c.name == "segment_left")
    [(change_set, data)] = rows(causes)
    assert data == '{"segment": "french"}'
    own = sa.select(EVENT.c.name).where(EVENT.c.change_set_id == change_set)
    assert ("record_changed",) in rows(own)
    assert scalar(sa.select(sa.func.count()).select_from(TOUCHED)) == 0


@pytest.mark.usefixtures("watched")
def test_a_quiet_cause_gives_a_quiet_event(model, ada, watch, make):
    """G53, C55"""
    anna = make("contact", first_name="Anna")
    watch.follow()
    quiet = new_change_set(ada, is_quiet=True)
    values = {"country": "FR"}
    update_record(model, model.object("contact"), anna, values=values, actor=ada, change_set=quiet)

    watch.follow()

    is_quiet = sa.select(CHANGE_SET.c.is_quiet).join(
        EVENT, EVENT.c.change_set_id == CHANGE_SET.c.id
    )
    assert scalar(is_quiet.where(EVENT.c.name == "segment_entered")) is True


def test_the_bin_is_outside_of_every_segment(model, ada, watched, watch, make):
    """C58, G53"""
    anna = make("contact", first_name="Anna", country="FR")
    watch.follow()
    contact = model.object("contact")

    delete_records(model, contact, [anna], actor=ada)
    watch.follow()
    assert watch.stored(watched) == []

    restore_records(model, contact, [anna], actor=ada)
    watch.follow()
    assert watch.stored(watched) == [anna]


def test_a_segment_follows_what_is_linked_two_steps_away(model, ada, watch, make, side, change):
    """G53: a touched deal moves the contacts of its company"""
    filter = {
        "linked": "company",
        "filter": {
            "linked": "deal",
            "filter": {"property": "amount", "operator": "at_least", "value": 100},
        },
    }
    row = add_segment(
        base="contact", label="Rich", filter=filter, keeps_size=True, model=model, actor=ada
    )
    watch.follow()
    company = make("company", name="Iron")
    anna = make("contact", first_name="Anna", links=[(side("contact", "company"), company)])
    deal = make("deal", name="Steel", amount="50")
    to_company = side("deal", "company")
    link_records(model, to_company, [(deal, company)], actor=ada)
    watch.follow()
    assert watch.stored(row) == []

    change("deal", deal, amount="200")
    watch.follow()
    assert watch.stored(row) == [anna]

    unlink_records(model, to_company, [(deal, company)], actor=ada)
    watch.follow()
    assert watch.stored(row) == []
    assert compare(mend=False) == {}


@pytest.mark.usefixtures("french")
def test_a_segment_follows_a_path_a_list_and_another_segment(
    model,
    ada,
    vip,
    watch,
    make,
    side,
    change,
):
    """G53"""
    asked = {
        "of_iron": {"property": "company.name", "operator": "is", "value": "Iron"},
        "vips": {"list": "vip"},
        "also_french": {"segment": "french"},
    }
    found = {
        name: add_segment(
            base="contact", name=name, filter=filter, keeps_size=True, model=model, actor=ada
        )
        for name, filter in asked.items()
    }
    watch.follow()
    company = make("company", name="Steel")
    anna = make("contact", first_name="Anna", links=[(side("contact", "company"), company)])
    watch.follow()
    assert {name: watch.stored(row) for name, row in found.items()} == {key: [] for key in asked}

    add_members(vip, [anna], model=model, actor=ada)
    change("contact", anna, country="FR")
    change("company", company, name="Iron")
    watch.follow()

    assert {name: watch.stored(row) for name, row in found.items()} == {
        key: [anna] for key in asked
    }


def test_a_record_that_comes_goes_and_comes_within_a_batch_does_so_in_order(
    watched, watch, make, change
):
    """G57"""
    anna = make("contact", first_name="Anna", country="FR")
    change("contact", anna, country="PL")
    change("contact", anna, first_name="Anne")
    change("contact", anna, country="FR")

    watch.follow()

    moves = [("segment_entered", anna), ("segment_left", anna), ("segment_entered", anna)]
    assert happened(*MOVES) == moves
    assert watch.stored(watched) == [anna]
    stays = sa.select(sa.func.count()).select_from(SEGMENT_MEMBER)
    assert scalar(stays) == 2


def test_a_record_that_comes_and_goes_within_a_batch_leaves_its_trace(
    model, ada, watched, watch, make, change
):
    """G57: by a change of value, and by the bin"""
    anna = make("contact", first_name="Anna", country="FR")
    change("contact", anna, country="PL")
    bob = make("contact", first_name="Bob", country="FR")
    delete_records(model, model.object("contact"), [bob], actor=ada)

    watch.follow()

    assert sorted(happened(*MOVES)) == [
        ("segment_entered", anna),
        ("segment_entered", bob),
        ("segment_left", anna),
        ("segment_left", bob),
    ]
    assert watch.stored(watched) == []


def test_time_alone_moves_rows_every_quarter_of_an_hour(model, ada, watch, make):
    """G53"""
    filter = {"property": "created_at", "operator": "in_last", "value": "2 days"}
    row = add_segment(
        base="contact", label="New", filter=filter, keeps_size=True, model=model, actor=ada
    )
    watch.follow()
    anna = make("contact", first_name="Anna")
    watch.follow()
    assert watch.stored(row) == [anna]

    with clock.at(NOW + timedelta(days=3)):
        assert pass_time() == 1

    assert watch.stored(row) == []
    assert happened(*MOVES)[-1] == ("segment_left", anna)
    assert pass_time() == 1  # back at the hour of the test: it is new again


@pytest.mark.parametrize(
    ("filter", "is_moved"),
    [
        (FRENCH, False),
        ({"property": "created_at", "operator": "in_last", "value": "30 days"}, True),
        ({"property": "created_at", "operator": "after", "value": {"today": "-3 days"}}, True),
        ({"property": "created_at", "operator": "after", "value": "2026-01-01"}, False),
        ({"activity": ["call"]}, True),
        (
            {
                "linked": "company",
                "filter": {"property": "created_at", "operator": "on", "value": "today"},
            },
            True,
        ),
        ({"not": {"segment": "recent"}}, True),
    ],
    ids=["value", "last", "relative", "day", "activity", "linked", "segment"],
)
def test_knows_which_segments_time_moves(model, ada, filter, is_moved):
    """G53"""
    recent = {"property": "created_at", "operator": "in_last", "value": "1 days"}
    add_segment(base="contact", name="recent", filter=recent, model=model, actor=ada)
    row = add_segment(base="contact", label="Some", filter=filter, model=model, actor=ada)

    assert meaning_of(row, model).is_moved_by_time is is_moved


def test_a_segment_of_activities_is_kept_by_comparison(model, ada, watch, make):
    """G53: deleting an activity writes no event"""
    row = add_segment(
        base="contact",
        label="Called",
        filter={"activity": ["call"]},
        keeps_size=True,
        model=model,
        actor=ada,
    )
    watch.follow()
    anna = make("contact", first_name="Anna")
    log_activity(
        model, "call", [(model.object("contact"), anna)], fields={"text": "Hello"}, actor=ada
    )

    watch.follow()

    assert watch.stored(row) == [anna]


def test_the_night_mends_what_differs_and_says_so(watched, watch, make):
    """G55"""
    anna = make("contact", first_name="Anna", country="FR")
    watch.follow()
    execute(sa.delete(SEGMENT_MEMBER))

    assert compare(mend=False) == {"french": 1}
    assert compare() == {"french": 1}
    assert compare() == {}
    assert watch.stored(watched) == [anna]
    assert scalar(sa.select(SEGMENT_MEMBER.c.cause)) == "mended"


def test_a_changed_filter_moves_members_without_events_unless_asked(
    model, ada, watched, watch, make
):
    """G56"""
    anna = make("contact", first_name="Anna", country="FR")
    bob = make("contact", first_name="Bob", country="PL")
    watch.follow()
    before = happened(*MOVES)
    polish = {"property": "country", "operator": "is", "value": "PL"}

    change_segment(watched, filter=polish, model=model, actor=ada)
    assert watch.stored(watched) == [bob]
    assert happened(*MOVES) == before

    change_segment(watched, filter=FRENCH, fire=True, model=model, actor=ada)
    assert watch.stored(watched) == [anna]
    assert happened(*MOVES)[len(before) :] == [("segment_left", bob), ("segment_entered", anna)]


def test_a_filter_that_broke_keeps_its_members(watched, watch, make):
    """G6: they stay until somebody mends it"""
    anna = make("contact", first_name="Anna", country="FR")
    watch.follow()
    Segment.objects.filter(pk=watched.pk).update(filter={"property": "gone", "operator": "is"})

    make("contact", first_name="Bob", country="FR")
    watch.follow()

    assert watch.stored(watched) == [anna]
    assert compare() == {}


def test_a_row_a_day_says_how_large_it_is(watched, watch, make, change):
    """G58"""
    anna = make("contact", first_name="Anna", country="FR")
    make("contact", first_name="Bob", country="FR")
    watch.follow()
    change("contact", anna, country="PL")
    watch.follow()
    keep_sizes()

    with clock.at(NOW + timedelta(days=1)):
        make("contact", first_name="Cid", country="FR")
        watch.follow()
        keep_sizes()
        found = [(row.size, row.entered, row.left) for row in sizes_of(watched)]

    assert found == [(1, 2, 1), (2, 1, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_worker_follows_what_was_committed(model, ada, make, monkeypatch):
    """G53: with its own position, up to what is sure to be committed"""
    row = add_segment(
        base="contact", label="French", filter=FRENCH, keeps_size=True, model=model, actor=ada
    )
    assert follow() is False
    anna = make("contact", first_name="Anna", country="FR")
    _follow_until(row, [anna])

    monkeypatch.setattr("tresse.segments.changes.watching.differences", _broken)
    bob = make("contact", first_name="Bob", country="FR")
    with pytest.raises(RuntimeError):
        _follow_until(row, [anna, bob])
    monkeypatch.undo()
    _follow_until(row, [anna, bob])


def _follow_until(row, wanted):
    """Within the 5 s of G53, unless others of the same server hold transactions open meanwhile."""
    end = time.monotonic() + 5
    while Watch().stored(row) != wanted:
        if time.monotonic() > end and scalar(sa.select(OpenTransactions())):
            pytest.skip("Others of this PostgreSQL server hold a transaction open.")
        assert time.monotonic() < end
        if not follow():
            time.sleep(0.05)


def _broken(*_arguments):
    message = "killed"
    raise RuntimeError(message)
