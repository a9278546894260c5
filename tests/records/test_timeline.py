from datetime import timedelta

import pytest

from tests.records.conftest import NOW
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.changes import (
    delete_activity,
    edit_activity,
    link_records,
    log_activity,
    unlink_records,
    update_record,
)
from tresse.records.queries import record
from tresse.records.timeline import Wanted, timeline


@pytest.fixture
def told(model, ada):
    """What stands on a timeline: kind and badges."""

    def entries(object_name, id, actor=ada, **more):
        found = timeline(model, model.object(object_name), id, actor, **more)
        return [
            (each.kind, each.fields.get("text"), [badge.title for badge in each.badges])
            for each in found.entries
            if each.activity_id
        ]

    return entries


@pytest.fixture
def note(model, ada):
    """Logs a note about a record."""

    def log(object_name, id, text="Hello", at=None, actor=ada):
        about = [(model.object(object_name), id)]
        return log_activity(model, "note", about, fields={"text": text}, actor=actor, at=at)

    return log


def test_a_note_on_a_company_shows_on_its_deal_until_unlinked(model, make, side, note, told, ada):
    """C73, C74, C75, C130b: with the company's badge; past ones at once; gone after unlinking."""
    acme, roof = make("company", name="Acme"), make("deal", name="Roof")
    note("company", acme)
    assert told("deal", roof) == []

    link_records(model, side("deal", "company"), [(roof, acme)], actor=ada)
    assert told("deal", roof) == [("note", "Hello", ["Acme"])]
    assert told("company", acme) == [("note", "Hello", [])]

    unlink_records(model, side("deal", "company"), [(roof, acme)], actor=ada)
    assert told("deal", roof) == []


def test_two_links_away_never_contributes(make, side, note, told):
    """C74: one hop."""
    acme = make("company", name="Acme")
    anna = make("contact", last_name="Anna", links=[(side("contact", "company"), acme)])
    roof = make("deal", name="Roof", links=[(side("deal", "company"), acme)])
    note("contact", anna)
    assert told("company", acme) == [("note", "Hello", ["Anna"])]
    assert told("deal", roof) == []


def test_one_about_several_linked_records_shows_once(model, make, side, told, ada):
    """C75: with all badges; an own one has none."""
    acme = make("company", name="Acme")
    link = (side("contact", "company"), acme)
    one, two = (make("contact", last_name=name, links=[link]) for name in ("Anna", "Bob"))
    contact = model.object("contact")
    log_activity(model, "note", [(contact, one), (contact, two)], fields={"text": "x"}, actor=ada)
    [(_, _, badges)] = told("company", acme)
    assert sorted(badges) == ["Anna", "Bob"]
    assert told("contact", one) == [("note", "x", [])]


def test_newest_first_by_pages(model, make, note, ada):
    """C77: 50 a page, keyset on time and id; none twice, none missing."""
    anna = make("contact", last_name="Anna")
    for number in range(7):
        note("contact", anna, str(number), at=NOW - timedelta(days=number % 3))
    seen, cursor = [], None
    while True:
        page = timeline(model, model.object("contact"), anna, ada, cursor=cursor, limit=3)
        seen += [each.key for each in page.entries]
        cursor = page.next
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen, reverse=True)


def test_kinds_can_be_chosen(make, note, told, model, ada):
    """C77: filter by kind."""
    anna = make("contact", last_name="Anna")
    note("contact", anna)
    log_activity(model, "call", [(model.object("contact"), anna)], fields={"text": "Hi"}, actor=ada)
    assert [kind for kind, _, _ in told("contact", anna, wanted=Wanted(kinds=("call",)))] == [
        "call"
    ]


def test_changes_stand_between_activities(model, make, ada):
    """C69, E97: property changes and links with old and new."""
    anna = make("contact", last_name="Anna")
    with clock.at(NOW + timedelta(hours=1)):
        update_record(model, model.object("contact"), anna, values={"city": "Lyon"}, actor=ada)
    [changed, created] = timeline(model, model.object("contact"), anna, ada).entries
    assert (changed.kind, created.kind) == ("property_changed", "record_created")
    [change] = changed.fields["changes"]
    assert (change["property"].name, change["old"], change["new"]) == ("city", None, "Lyon")


def test_out_of_sight_shows_nothing(make, side, note, told, mia):
    """C76, C108: rights follow the record the activity is about."""
    hidden = make("company", name="Hidden")
    anna = make(
        "contact", last_name="A", owner=mia.email, links=[(side("contact", "company"), hidden)]
    )
    note("company", hidden)
    assert told("contact", anna, mia) == []


def test_counts_follow_activities(model, make, note, ada):
    """C41: `last_activity_at` and `activity_count` of own activities only."""
    anna, contact = make("contact", last_name="Anna"), model.object("contact")
    first = note("contact", anna, at=NOW - timedelta(days=1))
    second = note("contact", anna, at=NOW)
    values = record(model, contact, anna, ada).values
    assert (values["activity_count"], values["last_activity_at"]) == (2, NOW)
    delete_activity(model, second, actor=ada)
    values = record(model, contact, anna, ada).values
    assert (values["activity_count"], values["last_activity_at"]) == (1, NOW - timedelta(days=1))
    assert first


def test_an_email_is_about_everyone_addressed(model, make, told, ada):
    """C71: every contact with an address among from, to and cc."""
    anna, bob = (make("contact", email=f"{name}@ex.org") for name in ("anna", "bob"))
    fields = {"from": "anna@ex.org", "to": ["BOB@ex.org"], "subject": "Hi", "text": "Hello"}
    log_activity(model, "email", [], fields=fields, actor=ada)
    assert told("contact", anna) == told("contact", bob) == [("email", "Hello", [])]


def test_only_the_author_edits_and_the_former_text_is_kept(model, make, note, told, ada, mia):
    """C70: edited, deleted by the author or with the right `activities.others`."""
    anna = make("contact", last_name="A", owner=mia.email)
    by_ada = note("contact", anna, "Ada's")
    with pytest.raises(TresseError) as refused:
        edit_activity(model, by_ada, fields={"text": "Mine"}, actor=mia)
    assert refused.value.code == "not_permitted"

    by_mia = note("contact", anna, "Mia's", actor=mia)
    edit_activity(model, by_mia, fields={"text": "Better"}, actor=ada)
    assert ("note", "Better", []) in told("contact", anna)


@pytest.mark.parametrize("kind", ACTIVITY_KINDS, ids=lambda kind: kind.name)
def test_fields_of_each_kind(model, make, kind, ada):
    """C69, C69a: fields as the page says; an unknown one is refused with the nearest."""
    anna = make("contact", last_name="Anna")
    about = [(model.object("contact"), anna)]
    with pytest.raises(TresseError) as refused:
        log_activity(model, kind.name, about, fields={"txet": "x"}, actor=ada)
    assert refused.value.code == "unknown_key"
    assert refused.value.details["nearest"] == "text"


def test_a_call_has_a_channel(model, make, ada):
    """C69a: phone by default; LinkedIn calls."""
    anna, contact = make("contact", last_name="Anna"), model.object("contact")
    about = [(contact, anna)]
    said = {"outcome": "Connected"}
    log_activity(model, "call", about, fields=said, actor=ada)
    log_activity(model, "call", about, fields={"channel": "linkedin", **said}, actor=ada)
    channels = [
        each.fields["channel"]
        for each in timeline(model, contact, anna, ada).entries
        if each.activity_id
    ]
    assert channels == ["linkedin", "phone"]
    with pytest.raises(TresseError) as refused:
        log_activity(model, "call", about, fields={"channel": "fax"}, actor=ada)
    assert refused.value.message == "channel needs phone / video / linkedin / other, not fax."


def test_an_external_id_of_another_activity_is_refused(model, make, ada):
    """C69: in words, and nothing of the second is written."""
    about = [(model.object("contact"), make("contact", email="a@ex.org"))]
    log_activity(model, "note", about, fields={"text": "A"}, actor=ada, external_id="x1")
    with pytest.raises(TresseError) as refused:
        log_activity(model, "call", about, fields={"text": "B"}, actor=ada, external_id="x1")
    assert (refused.value.code, refused.value.status) == ("duplicate_value", 409)
    assert record(model, about[0][0], about[0][1], ada).values["activity_count"] == 1


@pytest.mark.parametrize("seconds", ["--5", "²", "-", "1" * 5_000])
def test_what_only_looks_like_a_number_is_refused(model, make, ada, seconds):
    """C69: a text of strange digits is no length of a call."""
    about = [(model.object("contact"), make("contact", email="a@ex.org"))]
    fields = {"text": "A", "duration_seconds": seconds}
    with pytest.raises(TresseError, match="whole number"):
        log_activity(model, "call", about, fields=fields, actor=ada)
