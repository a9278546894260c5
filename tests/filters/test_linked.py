"""Conditions on linked records and activities."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.accounts.changes import add_team
from tresse.accounts.queries import actor_of
from tresse.objects import database
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD

GONE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def deals(put, link):
    """Contact 1 has three deals, one by two relations; 2 one; 3 only a binned one; 4 none."""
    for id in (1, 2, 3, 4):
        put("contact", id, city=f"Town {id}")
    for id, amount in ((11, 10), (12, 20), (13, 30), (14, 40)):
        put("deal", id, name=f"Deal {id}", amount=amount)
    put("deal", 15, name="Gone", amount=50, deleted_at=GONE)
    for deal, contact in ((11, 1), (12, 1), (13, 1), (14, 2), (15, 3)):
        link("deal_contact", deal, contact)
    link("decision_maker", 11, 1)
    link("decision_maker", 14, 2)


def amount(operator, value):
    return {"property": "amount", "operator": operator, "value": value}


@pytest.mark.usefixtures("deals")
def test_any_none_and_every_linked_record(ids):
    """G21, G22; a binned record never counts (G18)."""
    assert ids({"linked": "deal"}) == [1, 2]
    assert ids({"linked": "deal", "operator": "none"}) == [3, 4]
    assert ids({"not": {"linked": "deal"}}) == [3, 4]
    assert ids({"linked": "deal", "filter": amount("more_than", 25)}) == [1, 2]
    assert ids({"linked": "deal", "filter": amount("less_than", 15)}) == [1]
    assert ids({"linked": "deal", "filter": []}) == [1, 2]
    every = {"not": {"linked": "deal", "filter": {"not": amount("at_least", 20)}}}
    assert ids(every) == [2, 3, 4]


@pytest.mark.usefixtures("deals")
def test_counts_of_linked_records(ids):
    """G7, G22, G37."""
    assert ids({"linked": "deal", "value": 3}) == [1]
    assert ids({"linked": "deal", "operator": "at_least", "value": 4}) == []
    assert ids({"linked": "deal", "operator": "at_least", "value": 0}) == [1, 2, 3, 4]
    assert ids({"linked": "deal", "operator": "at_most", "value": 1}) == [2, 3, 4]
    assert ids({"linked": "deal", "operator": "exactly", "value": 1}) == [2]
    assert ids({"linked": "deal", "operator": "exactly", "value": 0}) == [3, 4]
    assert ids({"linked": "deal", "operator": "between", "value": [1, 3]}) == [1, 2]
    assert ids({"linked": "deal", "operator": "between", "value": [0, 2]}) == [2, 3, 4]
    two = {"linked": "deal", "filter": amount("at_most", 20), "value": 2}
    assert ids(two) == [1]
    assert ids({"not": two}) == [2, 3, 4]


@pytest.mark.usefixtures("deals")
def test_a_record_linked_by_two_relations_counts_once(ids):
    """G21."""
    by = ["deal_contact", "decision_maker"]
    assert ids({"linked": "deal", "by": by, "value": 3}) == [1]
    assert ids({"linked": "deal", "by": by, "value": 4}) == []
    assert ids({"linked": "deal", "by": by, "operator": "exactly", "value": 1}) == [2]
    assert ids({"linked": "deal", "by": "decision_maker"}) == [1, 2]
    assert ids({"linked": "deal", "by": ["decision_maker"], "filter": amount("is", 12)}) == []


@pytest.mark.usefixtures("deals")
def test_conditions_in_one_filter_hold_for_the_same_record(ids):
    """G23."""
    low, high = amount("at_most", 10), amount("at_least", 30)
    assert ids({"linked": "deal", "filter": [low, high]}) == []
    assert ids([{"linked": "deal", "filter": low}, {"linked": "deal", "filter": high}]) == [1]


@pytest.mark.usefixtures("deals")
def test_linked_conditions_nest(ids):
    """G21: deals of contacts that have a deal of 30."""
    inner = {"linked": "contact", "filter": {"linked": "deal", "filter": amount("is", 30)}}
    assert ids(inner, "deal") == [11, 12, 13]
    assert ids({"linked": "contact", "filter": {"linked": "deal", "value": 3}}, "deal") == [
        11,
        12,
        13,
    ]


def test_a_symmetric_relation_is_read_from_both_ends(put, link, ids):
    """C34, G21: stored once, lower id first."""
    for id in (1, 2, 3):
        put("company", id, name=f"C{id}")
    link("company_company", 1, 2)
    link("company_company", 1, 3)

    assert ids({"linked": "company"}, "company") == [1, 2, 3]
    assert ids({"linked": "company", "value": 2}, "company") == [1]
    second = {"property": "name", "operator": "is", "value": "c1"}
    assert ids({"linked": "company", "filter": second}, "company") == [2, 3]


def test_a_paired_label_is_read_one_way(put, link, ids):
    """C34: `company_parent` leads to the parent, `company_parent:inverse` to subsidiaries."""
    put("company", 1, name="Daughter")
    put("company", 2, name="Mother")
    link("company_parent", 1, 2)

    assert ids({"linked": "company", "by": "company_parent"}, "company") == [1]
    assert ids({"linked": "company", "by": ["company_parent:inverse"]}, "company") == [2]
    both = {"linked": "company", "by": ["company_parent", "company_parent:inverse"]}
    assert ids(both, "company") == [1, 2]


def test_records_out_of_sight_do_not_count(put, link, ids):
    """G24, C108; on paths they read as empty."""
    put("contact", 1)
    put("deal", 11, name="Mine", owner=7)
    put("deal", 12, name="Theirs", owner=8)
    put("deal", 13, name="Nobody's")
    put("company", 21, name="Theirs", owner=8)
    for deal in (11, 12, 13):
        link("deal_contact", deal, 1)
    link("deal_primary_company", 11, 21)
    ada = Actor(7, "Ada", Rights(objects={"*": {"view": "own"}, "contact": {"view": "all"}}))

    assert ids({"linked": "deal", "value": 3}) == [1]
    assert ids({"linked": "deal", "value": 3}, actor=ada) == []
    assert ids({"linked": "deal", "operator": "exactly", "value": 2}, actor=ada) == [1]
    hidden = {"linked": "deal", "filter": {"property": "name", "operator": "is", "value": "theirs"}}
    assert ids(hidden) == [1]
    assert ids(hidden, actor=ada) == []
    path = {"property": "company.name", "operator": "is_not_empty"}
    assert ids(path, "deal") == [11]
    assert ids(path, "deal", actor=ada) == []


@pytest.mark.parametrize("role", ["administrator", "manager", "member", "reader"])
def test_each_role_counts_the_linked_records_in_its_sight(put, link, ids, user_of, role):
    """G24, G81f: own, the team's and a stranger's deal of one contact; by number and by name."""
    gus, mate, other = user_of("Gus", role), user_of("Tim"), user_of("Zoe")
    add_team(name="north", label="North", members=[gus.email, mate.email], actor=SYSTEM)
    gus = actor_of(gus)
    put("contact", 1, owner=gus.user_id)
    for deal, owner in ((11, gus.user_id), (12, mate.pk), (13, other.pk)):
        put("deal", deal, name=f"D{deal}", owner=owner)
        link("deal_contact", deal, 1)
    seen = {"own": 1, "team": 2, "all": 3}[gus.scope("deal", "view")]

    for number in range(1, 5):
        count = {"linked": "deal", "value": number}
        named = {"property": "name", "operator": "is", "value": f"d1{number}"}
        assert ids(count, actor=gus) == ([1] if number <= seen else [])
        assert ids({"linked": "deal", "filter": named}, actor=gus) == (
            [1] if number <= seen else []
        )
        assert ids({"not": count}, actor=gus) == ([] if number <= seen else [1])


def test_activities_count_by_kind_and_time(put, ids):
    """G2 and the windows of G25; deleted ones never count."""
    for id in (1, 2, 3):
        put("contact", id)

    def log(id, record, kind, at, deleted_at=None):
        row = {"id": id, "kind": kind, "at": at, "deleted_at": deleted_at}
        database.execute(sa.insert(ACTIVITY).values(**row, change_set_id=1, fields="{}"))
        about = {"record_id": record, "at": at, "activity_id": id, "object_id": 1}
        database.execute(sa.insert(ACTIVITY_RECORD).values(about))

    march = datetime(2026, 3, 5, tzinfo=UTC)
    log(1, 1, "call", march)
    log(2, 1, "meeting", march)
    log(3, 2, "call", datetime(2026, 2, 5, tzinfo=UTC))
    log(4, 3, "call", march, GONE)

    assert ids({"activity": "call"}) == [1, 2]
    assert ids({"activity": ["call", "meeting"], "value": 2}) == [1]
    assert ids({"activity": ["call", "meeting"], "in": {"last": "14 days"}}) == [1]
    recent = {"activity": ["call"], "in": {"last": "14 days"}, "operator": "none"}
    assert ids(recent) == [2, 3]
    assert ids({"not": recent}) == [1]
    assert ids({"activity": "call", "in": {"previous": "month"}}) == [2]
    assert ids({"activity": "call", "in": {"this": "month"}}) == [1]
    assert ids({"activity": "call", "in": {"from": "2026-03-05", "to": "2026-03-05"}}) == [1]
    assert ids({"activity": "call", "in": {"to": "2026-03-04"}}) == [2]
    assert ids({"activity": "call", "operator": "exactly", "value": 1}) == [1, 2]
