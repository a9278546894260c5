"""Linked history, folds, tasks and filters of a timeline (C69, C73 to C78)."""

import random
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.records.conftest import NOW
from tests.records.visits import Visit
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.records.changes import create_record, link_records, log_activity, update_record
from tresse.records.timeline import Wanted, sources, timeline
from tresse.records.timeline.asked import said, wanted_of


@pytest.fixture
def house(model, make, side, ada):
    """A deal linked with a company, and ways to do things at a time."""
    contact_company = side("deal", "company")
    acme = make("company", name="Acme")
    roof = make("deal", name="Roof", links=[(contact_company, acme)])

    def change(object_name, id, minutes, *, actor=ada, **values):
        with clock.at(NOW + timedelta(minutes=minutes)):
            update_record(model, model.object(object_name), id, values=values, actor=actor)

    def note(object_name, id, text, minutes=0, actor=ada):
        about = [(model.object(object_name), id)]
        at = NOW + timedelta(minutes=minutes)
        return log_activity(model, "note", about, fields={"text": text}, actor=actor, at=at)

    def read(object_name, id, actor=ada, **wanted):
        with clock.at(NOW + timedelta(days=3)):
            found = timeline(model, model.object(object_name), id, actor, wanted=Wanted(**wanted))
        return found.entries

    return SimpleNamespace(acme=acme, roof=roof, change=change, note=note, read=read)


def test_changes_of_one_author_and_minute_are_one_entry(house):
    """C69: with everything that changed, in the order written."""
    house.change("deal", house.roof, 60, amount="100")
    house.change("deal", house.roof, 60.5, description="Slate", stage="won")
    house.change("deal", house.roof, 61, amount="200")

    [later, first] = house.read("deal", house.roof, kinds=("property_changed",), origin="own")

    names = [change["property"].name for change in first.fields["changes"]]
    assert names == ["amount", "description", "stage"]
    assert (first.kind, later.kind) == ("stage_changed", "property_changed")
    assert later.fields["changes"][0]["old"] == 100


def test_changes_of_a_linked_record_fold_per_day(house):
    """C73, C75, C77: history of linked records too, with its badge, one entry a day."""
    for minutes in (60, 120, 180):
        house.change("company", house.acme, minutes, city=f"City {minutes}")
    house.change("company", house.acme, 24 * 60, city="Lyon")

    [next_day, day] = house.read("deal", house.roof, origin="linked")

    assert [part.kind for part in day.parts] == [*["property_changed"] * 3, "record_created"]
    assert (day.kind, day.badges[0].title) == ("property_changed", "Acme")
    assert next_day.parts == []
    assert next_day.fields["changes"][0]["new"] == "Lyon"
    assert [each.badges for each in house.read("company", house.acme, origin="own")] == [[]] * 6


def test_the_fold_of_a_day_is_that_of_the_person(house, ada):
    """C77: where the day changes depends on the zone of who looks."""
    house.change("company", house.acme, 12 * 60, city="Lyon")  # 21:30 UTC
    house.change("company", house.acme, 14 * 60, city="Gent")  # 23:30 UTC
    abroad = replace(ada, zone="Europe/Paris")

    assert len(house.read("deal", house.roof, origin="linked")) == 1
    assert len(house.read("deal", house.roof, abroad, origin="linked")) == 2


def test_links_made_at_once_are_one_entry(house, model, make, side, ada):
    """C69: by name the newest one, and how many; not those out of sight."""
    people = [make("contact", last_name=f"P{number}") for number in range(4)]
    pairs = [(house.acme, each) for each in people]
    with clock.at(NOW + timedelta(hours=1)):
        link_records(model, side("company", "contact"), pairs, actor=ada)

    [entry, *_] = house.read("company", house.acme, kinds=("record_linked",))

    assert (entry.fields["title"], entry.fields["number"]) == ("P3", 4)


def test_a_link_to_a_record_out_of_sight_is_no_entry(house, model, make, side, mia):
    """C76, C108: neither shown nor counted."""
    hidden = make("contact", last_name="Hidden")
    seen = make("contact", last_name="Seen", owner=mia.email)
    firm = make("company", name="Firm", owner=mia.email)
    link = side("company", "contact")
    link_records(model, link, [(firm, hidden), (firm, seen)], actor=at_large(mia))

    [entry] = house.read("company", firm, mia, kinds=("record_linked",))

    assert (entry.fields["title"], entry.fields["number"]) == ("Seen", 1)


def at_large(mia):
    """The same person with the rights of an administrator, for one act."""
    return replace(mia, rights=replace(mia.rights, is_administrator=True))


def test_a_change_that_one_may_not_see_is_no_entry(house, ada):
    """C76, C109: of a property without access nothing is told, however linked."""
    house.change("company", house.acme, 24 * 60, annual_revenue="5000")
    rights = replace(
        ada.rights,
        is_administrator=False,
        objects={"*": {"view": "all"}},
        properties={"company": {"annual_revenue": "none"}},
    )
    blind = replace(ada, rights=rights)

    assert len(house.read("deal", house.roof, origin="linked")) == 2
    [entry] = house.read("deal", house.roof, blind, origin="linked")
    assert entry.kind == "record_created"
    assert [e.kind for e in house.read("company", house.acme, blind, origin="own")] == [
        "record_linked",
        "record_created",
    ]


def test_a_task_shows_when_made_due_and_done(house, model, side, ada):
    """C69: three moments of a linked task; no link or change of it beside them."""
    due = (NOW + timedelta(hours=5)).isoformat()
    task = create_record(
        model,
        model.object("task"),
        values={"title": "Call back", "due_at": due},
        actor=ada,
        links=[(side("task", "deal"), house.roof, None)],
    )
    house.change("task", task, 600, status="done")

    entries = house.read("deal", house.roof, kinds=("task",))

    assert [each.fields["phase"] for each in entries] == ["done", "due", "created"]
    assert [each.author_id for each in entries] == [ada.user_id, None, ada.user_id]
    assert not any(each.badges for each in entries)
    kinds = [each.kind for each in house.read("deal", house.roof)]
    assert kinds.count("record_linked") == 1
    assert house.read("deal", house.roof, words="call ba") == entries


def test_a_task_done_in_time_was_never_due(house, model, side, ada):
    """C69, C43: done_at follows the status; opening it again takes it away."""
    due = (NOW + timedelta(hours=5)).isoformat()
    links = [(side("task", "deal"), house.roof, None)]
    task = create_record(
        model, model.object("task"), values={"title": "A", "due_at": due}, actor=ada, links=links
    )

    house.change("task", task, 60, status="done")
    assert phases(house) == ["done", "created"]
    house.change("task", task, 90, status="open")
    assert phases(house) == ["due", "created"]


def phases(house):
    entries = house.read("deal", house.roof, kinds=("task",))
    return [each.fields["phase"] for each in entries]


def test_entries_are_chosen_by_author_and_period(house, mia):
    """C77: of activities and of changes alike."""
    house.note("deal", house.roof, "by Mia", 60, actor=at_large(mia))
    house.note("deal", house.roof, "by Ada", 26 * 60)
    house.change("deal", house.roof, 27 * 60, amount="5", actor=at_large(mia))

    by_mia = house.read("deal", house.roof, author=mia.user_id)
    assert [each.kind for each in by_mia] == ["property_changed", "note"]
    since = house.read("deal", house.roof, since=NOW + timedelta(days=1))
    assert [each.kind for each in since] == ["property_changed", "note"]
    until = house.read("deal", house.roof, until=NOW + timedelta(hours=2), author=mia.user_id)
    assert [each.kind for each in until] == ["note"]


def test_entries_are_chosen_by_origin_and_object(house, make, model, side, ada):
    """C77: own or linked; linked records of one object alone."""
    jo = make("contact", last_name="Jo", links=[(side("contact", "deal"), house.roof)])
    house.note("deal", house.roof, "own")
    house.note("company", house.acme, "of Acme")
    house.note("contact", jo, "of Jo")
    both = [(model.object("deal"), house.roof), (model.object("company"), house.acme)]
    log_activity(model, "note", both, fields={"text": "of both"}, actor=ada)

    def texts(**wanted):
        entries = house.read("deal", house.roof, kinds=("note",), **wanted)
        return {each.fields["text"] for each in entries}

    assert texts(origin="own") == {"own", "of both"}
    assert texts(origin="linked") == {"of Acme", "of Jo"}
    assert texts(object="contact") == {"of Jo"}


def test_words_are_looked_for_in_texts_alone(house, model, ada):
    """C77: folded, all of them; names of fields are no text."""
    house.note("deal", house.roof, 'Élodie veut\nle "lin"')
    house.note("deal", house.roof, "Paul")
    about = [(model.object("deal"), house.roof)]
    fields = {"subject": "Prix du lin", "text": "x", "to": ["e@ex.org"]}
    log_activity(model, "email", about, fields=fields, actor=ada)

    def found(words):
        return [each.kind for each in house.read("deal", house.roof, words=words)]

    assert found("elodie LIN") == ["note"]
    assert sorted(found("lin")) == ["email", "note"]
    assert found('"lin"') == ["note"]
    assert found("text") == found("100%") == found("nle") == []


def test_no_more_linked_records_than_the_most(house, make, model, side, monkeypatch, ada):
    """C78: those with the latest activity are taken, and the page says so."""
    monkeypatch.setattr(sources, "MOST_LINKED", 3)
    link = side("contact", "company")
    for number in range(6):
        jo = make("contact", last_name=f"P{number}", links=[(link, house.acme)])
        house.note("contact", jo, f"note {number}", minutes=-number)

    found = timeline(
        model, model.object("company"), house.acme, ada, wanted=Wanted(kinds=("note",))
    )
    assert [each.fields["text"] for each in found.entries] == ["note 0", "note 1", "note 2"]
    assert (found.linked_shown, found.linked_all) == (3, 7)
    page = Visit(ada.user_id).get(f"/companies/{house.acme}/").text
    assert "Activities of 3 of 7 linked records are shown." in page


@pytest.mark.parametrize("seed", range(4))
def test_pages_of_any_size_say_the_same(house, make, model, side, ada, seed):
    """C77: keyset paging shows every entry once, though few records are asked for a page."""
    pick = random.Random(seed)  # noqa: S311  test data
    link = side("contact", "company")
    people = [
        make("contact", last_name=f"P{number}", links=[(link, house.acme)]) for number in range(12)
    ]
    contact = model.object("contact")
    for number in range(40):
        some = [(contact, each) for each in pick.sample(people, pick.choice([1, 1, 2, 6]))]
        at = NOW - timedelta(minutes=pick.randrange(30))
        log_activity(model, "note", some, fields={"text": str(number)}, actor=ada, at=at)
    for minutes in range(12):
        house.change("contact", pick.choice(people), minutes * 700, city=f"C{minutes}")

    company = model.object("company")
    whole = timeline(model, company, house.acme, ada, limit=500)
    read, cursor = [], None
    while True:
        page = timeline(model, company, house.acme, ada, limit=3, cursor=cursor)
        read += page.entries
        cursor = page.next
        if cursor is None:
            break

    assert [each.key for each in read] == [each.key for each in whole.entries]
    assert [len(each.parts) for each in read] == [len(each.parts) for each in whole.entries]
    assert [sorted(b.title for b in each.badges) for each in read] == [
        sorted(b.title for b in each.badges) for each in whole.entries
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"origin": "both"}, "wrong_value"),
        ({"author": "ada"}, "wrong_value"),
        ({"since": "yesterday"}, "wrong_value"),
        ({"until": "9999-12-31"}, "wrong_value"),
        ({"object": "firm"}, "unknown_object"),
    ],
)
def test_what_cannot_be_asked_is_refused(model, given, code):
    """C33, C123: nothing is read as "no filter"."""
    with pytest.raises(TresseError) as refused:
        wanted_of(given, model)
    assert refused.value.code == code


def test_an_unknown_kind_is_refused_with_the_nearest(house):
    """C123."""
    with pytest.raises(TresseError) as refused:
        house.read("deal", house.roof, kinds=("nite",))
    assert (refused.value.code, refused.value.details["nearest"]) == ("unknown_reference", "note")


def test_what_is_asked_can_be_said_again(model):
    """C77: the state stands in the address."""
    given = {
        "kinds": "note,task",
        "author": "3",
        "since": "2026-03-01",
        "until": "2026-03-31",
        "origin": "linked",
        "object": "deal",
        "q": "lin",
    }
    wanted = wanted_of(given, model)

    assert dict(said(wanted)) == given
    assert wanted.since
    assert wanted.until
    assert (wanted.until - wanted.since).days == 31


def test_of_a_long_note_the_beginning_shows_first(visit, house):
    """C73: the rest is one click away, without scripts too."""
    house.note("deal", house.roof, "Slate.\n" * 40)

    visit.get(f"/deals/{house.roof}/")

    assert visit.source.count("timeline__more") == 1


def test_the_page_keeps_its_filter_in_the_address(visit, house):
    """C77: a form, chips that take each part away, "Earlier" within the filter."""
    house.note("deal", house.roof, "Likes linen")
    house.note("deal", house.roof, "Likes slate")

    visit.get(f"/deals/{house.roof}/", q="linen", kind="note", list="sort=name")
    assert ("Likes linen" in visit.text, "Likes slate" in visit.text) == (True, False)
    assert 'value="linen"' in visit.source
    without = visit.found(r'chip--on" href="[^"]*\?([^"]*)"[^>]*><span class="sr">Without')
    assert without == "kind=note&list=sort%3Dname"
    visit.get(f"/deals/{house.roof}/timeline/", htmx=True, author="1")
    assert visit.answer["HX-Push-Url"] == f"/deals/{house.roof}/?author=1"
