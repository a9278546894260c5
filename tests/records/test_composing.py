"""Composer, mentions, editing of activities, and what people are told (C69 to C72, C95, C117)."""

import re

import pytest

from tests.program import Program
from tests.records.visits import Visit
from tresse.accounts.changes import add_token, change_user
from tresse.accounts.models import User
from tresse.jobs.models import Notification
from tresse.kernel.errors import TresseError
from tresse.records.changes import (
    add_other_value,
    apply_batch,
    create_record,
    edit_activity,
    log_activity,
    update_record,
)
from tresse.records.links import linked
from tresse.records.mentions import named_in, pieces
from tresse.records.queries import record
from tresse.records.timeline import timeline


@pytest.fixture
def about(model, make):
    """A contact, as activities name it."""
    return [(model.object("contact"), make("contact", first_name="Jo", last_name="Martin"))]


@pytest.fixture
def entries(model, ada):
    """The activities on a timeline."""

    def read(about, actor=ada):
        [(object_, id_)] = about
        return [each for each in timeline(model, object_, id_, actor).entries if each.activity_id]

    return read


def told(person):
    return list(Notification.objects.filter(user_id=person.user_id).order_by("-id"))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("note", {"text": " "}),
        ("call", {"direction": "incoming", "channel": "video"}),
        ("email", {"state": "opened"}),
        ("meeting", {}),
    ],
)
def test_an_activity_that_says_nothing_is_refused(model, about, ada, kind, fields):
    """C69: the same on pages, in REST, on the command line."""
    with pytest.raises(TresseError) as refused:
        log_activity(model, kind, about, fields=fields, actor=ada)
    assert refused.value.code == "missing_required_property"

    id_ = log_activity(model, "note", about, fields={"text": "Hi"}, actor=ada)
    with pytest.raises(TresseError):
        edit_activity(model, id_, fields={"text": ""}, actor=ada)


def test_who_may_edit_none_of_the_records_logs_nothing(model, about, rea):
    """C69, C106: seeing is not enough."""
    with pytest.raises(TresseError) as refused:
        log_activity(model, "note", about, fields={"text": "Hi"}, actor=rea)
    assert refused.value.code == "not_permitted"


def test_an_email_finds_contacts_by_their_other_addresses(model, make, entries, ada):
    """C71, C21: main or other."""
    contact = model.object("contact")
    jo = make("contact", email="jo@ex.org")
    add_other_value(model, contact, jo, name="email", value="jo.martin@ex.org", actor=ada)

    fields = {"to": ["Jo.Martin@ex.org"], "subject": "Prices"}
    log_activity(model, "email", [], fields=fields, actor=ada)

    [entry] = entries([(contact, jo)])
    assert entry.fields["subject"] == "Prices"


def test_a_mention_tells_a_person_who_may_see_the_record(model, about, ada, rea):
    """C72, C117: once, with a link to the activity; nobody is told of their own words."""
    text = "@rea and @Ada, look: @Rea"
    id_ = log_activity(model, "note", about, fields={"text": text}, actor=ada)

    [note] = told(rea)
    assert (note.kind, note.title) == ("mention", "Ada mentioned you on Jo Martin")
    assert (note.sentence, note.link) == (text, f"/contacts/{about[0][1]}/#activity-{id_}")
    assert told(ada) == []
    edit_activity(model, id_, fields={"text": "@Rea again"}, actor=ada)
    assert len(told(rea)) == 1


def test_a_mention_of_one_who_may_not_see_is_refused_before_saving(model, about, entries, ada, mia):
    """C72: by page, REST and edit alike; nothing is written."""
    update_record(model, about[0][0], about[0][1], values={"owner": "ada@example.com"}, actor=ada)
    with pytest.raises(TresseError) as refused:
        log_activity(model, "note", about, fields={"text": "Ask @Mia"}, actor=ada)

    assert refused.value.code == "not_permitted"
    assert refused.value.message == "Mia may not see Jo Martin and cannot be told about it."
    assert (entries(about), told(mia)) == ([], [])
    visit = Visit(ada.user_id).post(
        f"/contacts/{about[0][1]}/activities/", htmx=True, kind="note", text="Ask @Mia"
    )
    assert (visit.status, "Ask @Mia" in visit.source) == (422, True)


def test_a_mention_is_told_in_the_language_of_the_person(model, about, ada, rea):
    """C117: not in that of the author."""
    change_user(User.objects.get(pk=rea.user_id), language="fr", actor=ada)
    log_activity(model, "note", about, fields={"text": "@Rea"}, actor=ada)
    [note] = told(rea)
    assert "Jo Martin" in note.title


def test_names_are_found_at_their_ends():
    """C72: the longest name counts; a part of a word is no mention."""
    people = {1: "Anna Nowak", 2: "Anna", 3: "Jo"}
    assert named_in("@anna nowak, @Jo! a@jo.fr @Joe @ANNA", people) == [1, 3, 2]
    assert named_in("Nobody", people) == []
    parts = [(each.text, each.is_mention) for each in pieces("Hi @Jo.", ["Jo"])]
    assert parts == [("Hi ", False), ("@Jo", True), (".", False)]


def test_the_picker_offers_who_may_see_the_record(make, visit, mia, rea, user_of):
    """C72: active people whose names begin as typed."""
    jo = make("contact", first_name="Jo", owner="ada@example.com")
    user_of("Bea")
    assert rea.name

    address = f"/contacts/{jo}/activities/people/"
    assert re.findall(r'data-name="(\w+)"', visit.get(address, q="").source) == ["Ada", "Rea"]
    assert re.findall(r'data-name="(\w+)"', visit.get(address, q="re").source) == ["Rea"]
    assert 'role="option"' not in visit.get(address, q="mi").source
    assert Visit(mia.user_id).get(address, q="").status == 404


def test_an_edit_keeps_the_former_text_and_shows_it_on_request(visit, about, model, entries, ada):
    """C70: marked "edited"; what was not touched stays to the second."""
    fields = {"text": "First", "duration_seconds": 61, "outcome": "Busy"}
    id_ = log_activity(model, "call", about, fields=fields, actor=ada)
    address = f"/contacts/{about[0][1]}/activities/{id_}/"

    visit.get(address, htmx=True)
    assert 'value="Busy"' in visit.source
    typed = dict(re.findall(r'name="(call_\w+)" value="([^"]*)"', visit.source))
    typed |= {"call_direction": "incoming", "call_channel": "phone"}
    visit.post(address, htmx=True, **{**typed, "call_outcome": "", "text": "Second"})

    [entry] = entries(about)
    assert (entry.fields["text"], entry.fields["direction"]) == ("Second", "incoming")
    assert (entry.fields["duration_seconds"], "outcome" in entry.fields) == (61, False)
    assert "Before the edit by Ada" in visit.text
    assert "First" in visit.found(r'<details class="timeline__earlier">.*?</details>', re.S)


def test_a_refused_edit_keeps_what_was_typed(visit, about, model, entries, ada):
    """C70, C95: with and without scripts."""
    id_ = log_activity(model, "note", about, fields={"text": "First"}, actor=ada)
    address = f"/contacts/{about[0][1]}/activities/{id_}/"
    for htmx in (False, True):
        visit.post(address, htmx=htmx, text="")
        assert (visit.status, "Note needs a value for Text." in visit.text) == (422, True)
    assert visit.answer["HX-Retarget"] == f"#activity-{id_}"
    visit.post(address, text="Second")
    assert visit.to == f"/contacts/{about[0][1]}/"
    assert entries(about)[0].fields["text"] == "Second"


def test_only_who_may_change_an_activity_gets_its_form(reader, about, model, ada):
    """C70: refused as the change itself is."""
    id_ = log_activity(model, "note", about, fields={"text": "First"}, actor=ada)
    assert reader.get(f"/contacts/{about[0][1]}/activities/{id_}/").status == 403
    assert f"activities/{id_}/" not in reader.get(f"/contacts/{about[0][1]}/").source


def test_more_records_are_chosen_by_search(visit, make, side, about, entries, model):
    """C95, C71: linked ones are offered, others are found by words; all of them show it."""
    acme = make("company", name="Acme")
    far = make("deal", name="Far roof")
    [(_, jo)] = about
    jim = make("contact", last_name="Jim", links=[(side("contact", "company"), acme)])
    address = f"/contacts/{jim}/"

    assert f'name="about" value="company:{acme}"' in visit.get(address).source
    visit.get(f"{address}activities/also/", htmx=True, also="far", about=f"company:{acme}")
    assert f'value="company:{acme}" checked' in visit.source
    assert f'value="deal:{far}">' in visit.source
    assert f"contact:{jim}" not in visit.source
    chosen = [f"deal:{far}", f"contact:{jo}"]
    visit.post(f"{address}activities/", kind="note", text="Together", about=chosen)
    assert [each.fields["text"] for each in entries(about)] == ["Together"]
    assert [each.fields["text"] for each in entries([(model.object("deal"), far)])] == ["Together"]


@pytest.mark.parametrize("value", ["firm:1", "deal:x", "deal:99999", "deal"])
def test_a_record_that_is_not_there_is_refused(visit, about, entries, value):
    """C95: nothing is written, and what was typed stays."""
    visit.post(f"/contacts/{about[0][1]}/activities/", htmx=True, text="Kept", about=value)
    assert (visit.status, "Kept" in visit.source) == (422, True)
    assert entries(about) == []


def test_a_task_is_added_with_its_links(visit, make, model, side, about, ada):
    """C95: title from the first line if none is typed; shown on the card at once."""
    [(_, jo)] = about
    acme = make("company", name="Acme")
    address = f"/contacts/{jo}/activities/"
    visit.post(
        address,
        htmx=True,
        kind="task",
        text="Send prices\nwinter list",
        task_due_at="2026-03-12T10:00",
        task_type="email",
        about=f"company:{acme}",
    )
    assert visit.status == 200
    assert "Send prices" in visit.found(r'id="cards".* hx-swap-oob.*', re.S)
    [task] = linked(model, side("contact", "task"), jo, ada)
    values = record(model, model.object("task"), task["id"], ada).values
    assert (values["title"], values["notes"], values["type"]) == (
        "Send prices",
        "winter list",
        "email",
    )
    assert values["owner"] == ada.user_id
    assert [each["id"] for each in linked(model, side("company", "task"), acme, ada)] == [
        task["id"]
    ]
    visit.post(address, htmx=True, kind="task", text="", task_title="")
    assert (visit.status, "Task needs a value for Title." in visit.text) == (422, True)


def test_a_record_given_to_somebody_tells_them(model, make, ada, mia):
    """C117: created or changed by another; by oneself it tells nothing."""
    contact = model.object("contact")
    jo = make("contact", last_name="Jo", owner="mia@example.com")
    jim = make("contact", last_name="Jim")
    update_record(model, contact, jim, values={"owner": "mia@example.com"}, actor=ada)

    assert [each.title for each in told(mia)] == [
        "Jim was assigned to you",
        "Jo was assigned to you",
    ]
    assert told(mia)[1].link == f"/contacts/{jo}/"
    update_record(model, contact, jo, values={"owner": "ada@example.com"}, actor=mia)
    assert len(told(ada)) == 1
    create_record(model, contact, values={"last_name": "Own"}, actor=mia)
    assert len(told(mia)) == 2


def test_many_at_once_tell_in_one_summary(model, ada, mia):
    """C119: "3 contacts were assigned to you"."""
    items = [
        {"act": "create", "properties": {"last_name": f"P{number}", "owner": "mia@example.com"}}
        for number in range(3)
    ]
    apply_batch(model, model.object("contact"), items, actor=ada)

    assert [each.title for each in told(mia)] == ["3 contacts were assigned to you"]
    apply_batch(model, model.object("contact"), items[:1], actor=ada)
    assert told(mia)[0].title == "P0 was assigned to you"


def test_activities_over_rest_follow_the_same_rules(about, ada, client):
    """C52, C70: log, edit, delete."""
    user = User.objects.get(pk=ada.user_id)
    api = Program(client, add_token(user, name="test", actor=ada)[1])
    body = {"kind": "note", "about": [{"object": "contact", "id": about[0][1]}], "fields": {}}

    assert api("POST", "/activities", body)[1]["code"] == "missing_required_property"
    made = api("POST", "/activities", {**body, "fields": {"text": "Hello"}})[1]
    path = f"/activities/{made['id']}"
    assert api("PATCH", path, {"fields": {"text": "Hello again"}})[0] == 200
    assert api("DELETE", path)[0] == 200
