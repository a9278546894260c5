"""Saved views on index pages, through Django's client: as they work without scripts."""

import json
import re

import pytest

from tests.records.visits import Visit
from tresse.accounts.changes import add_role, add_team, add_user, change_user
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.objects.models import Property
from tresse.records import slowness
from tresse.records.changes.views import add_view
from tresse.records.models import View

FRENCH = {"property": "country", "operator": "is", "value": "FR"}


@pytest.fixture
def save(ada):
    """Saves a view of contacts, by Ada if nobody is named."""

    def view(label="French", *, actor=ada, **facts):
        model = data_model()
        return add_view(model, model.object("contact"), label=label, actor=actor, **facts)

    return view


def tabs_of(visit):
    found = re.findall(r'<a class="tab"[^>]*>(.*?)</a>', visit.source, re.S)
    return [re.sub(r"<[^>]+>", "", tab).strip() for tab in found]


def test_a_view_shows_its_rows_in_its_order_and_columns(visit, make, save):
    """C84: what the address does not say is as in the view."""
    for name, country in (("B", "FR"), ("A", "FR"), ("C", "PL")):
        make("contact", first_name=name, country=country)
    save(filter=FRENCH, columns=["city", "owner"], sort=["first_name"], widths={"city": 300})

    visit.get("/contacts/", view="french")
    assert (visit.status, visit.names()) == (200, ["A", "B"])
    assert visit.heads() == ["Name", "City", "Owner"]
    assert 'data-column="city" data-width="300"' in visit.source
    assert tabs_of(visit) == ["All", "Mine", "French"]
    assert "<title>French · Contacts" in visit.source


def test_the_address_may_say_something_else_and_the_page_tells(visit, make, save):
    """C84: the state is in the address; a part that is given but empty sets the view's aside."""
    make("contact", first_name="A", country="FR")
    make("contact", first_name="B", country="PL")
    save(filter=FRENCH, sort=["first_name"])

    assert "Changed, not saved" not in visit.get("/contacts/", view="french").text
    assert "Changed, not saved" not in visit.source
    visit.get("/contacts/?view=french&filter=")
    assert visit.names() == ["A", "B"]
    assert "Changed, not saved" in visit.source
    form = visit.found(r'<form class="searchbox".*?</form>', re.S)
    assert '<input type="hidden" name="filter" value="">' in form
    assert visit.get("/contacts/", view="french", by="last_name", way="").to.endswith(
        "?view=french&sort=last_name"
    )
    assert visit.get("/contacts/", view="french", by="").to == "/contacts/?view=french&sort="


def test_a_view_is_saved_named_shared_and_deleted(visit, make):
    """C84: with forms that work alone; saving as, saving over, name and sharing, deleting."""
    make("contact", first_name="Jo", country="FR")
    state = {"filter": json.dumps(FRENCH), "sort": "-created_at", "columns": "email,city"}
    visit.get("/contacts/views/", **state, q="jo")
    assert "The typed search is not part of it." in visit.text

    visit.post("/contacts/views/", **state, label="French", sharing="everyone")
    assert visit.to == "/contacts/?view=french"
    view = View.objects.get()
    assert (view.filter, view.sort, view.columns) == (FRENCH, ["-created_at"], ["email", "city"])
    assert view.sharing == "everyone"

    visit.post("/contacts/views/french/save/", view="french", sort="email", version="1")
    assert View.objects.get().sort == ["email"]
    assert View.objects.get().filter == FRENCH
    visit.post("/contacts/views/french/", label="FR", sharing="private")
    view.refresh_from_db()
    assert (view.label, view.sharing) == ("FR", "private")
    assert "Delete the view FR?" in visit.get("/contacts/views/french/delete/").text
    assert visit.post("/contacts/views/french/delete/").to == "/contacts/"
    assert not View.objects.exists()


def test_a_view_of_mine_keeps_that_it_is_mine(visit):
    """Saved from "Mine", a view means the records of whoever looks (G10)."""
    visit.post("/contacts/views/", view="mine", label="My contacts")
    assert View.objects.get().filter == {"property": "owner", "operator": "is", "value": "me"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"label": ""}, "This field is required."),
        ({"label": "x" * 101}, "at most 100 characters"),
        ({"label": "X", "sharing": "team", "team": ""}, "Choose a team"),
    ],
)
def test_a_form_says_what_is_missing(visit, ada, data, sentence):
    """C129: 422 with the form and what was typed; nothing is saved."""
    add_team(name="north", label="North", members=[], actor=ada)

    visit.post("/contacts/views/", htmx=True, **{"sharing": "private", **data})
    assert visit.status == 422
    assert sentence in visit.text
    assert "<html" not in visit.source
    assert not View.objects.exists()


def test_who_may_not_share_is_not_asked(mia):
    """C106a: a member saves private views only, and changes no shared one."""
    desk = Visit(mia.user_id)
    assert "Who sees it" not in desk.get("/contacts/views/").text
    desk.post("/contacts/views/", label="Mine", sharing="everyone")
    assert View.objects.get().sharing == "private"


def test_a_shared_view_is_saved_as_another_by_those_who_may_not_change_it(save, mia):
    """C84."""
    save(sharing="everyone", filter=FRENCH)
    desk = Visit(mia.user_id)

    desk.get("/contacts/", view="french", sort="email")
    assert "Save view" in desk.text
    assert "Discard changes" in desk.text
    assert "/views/french/save/" not in desk.source
    assert desk.post("/contacts/views/french/save/", sort="email").status == 403
    assert desk.post("/contacts/views/french/delete/").status == 403


def test_built_in_views_have_no_forms(visit):
    """C84: "All" and "Mine" do not change."""
    assert visit.get("/contacts/views/mine/").status == 409
    assert visit.post("/contacts/views/all/delete/").status == 409
    assert "comes with the product" in visit.text


def test_a_view_that_is_not_there_is_told(visit, make, save, mia):
    """C33: an unknown view, or another person's private one, shows no rows."""
    make("contact", first_name="Jo")
    save()

    visit.get("/contacts/", view="frensh")
    assert (visit.status, visit.rows()) == (404, [])
    assert 'There is no view "frensh". Did you mean "french"?' in visit.text
    assert Visit(mia.user_id).get("/contacts/", view="french").status == 404


def test_a_view_that_one_may_not_read_shows_no_rows_and_says_so(make, save, ada):
    """G38, C109: a filter on a property without access; a column alone is left out, and told."""
    rights = {
        "objects": {"contact": {"view": "all"}},
        "properties": {"contact": {"city": "none"}},
    }
    add_role(name="narrow", label="Narrow", rights=rights, actor=ada)
    lea = add_user(email="lea@example.com", name="Lea", role="narrow", actor=ada)
    make("contact", first_name="Jo", city="Lyon")
    city = {"property": "city", "operator": "is", "value": "Lyon"}
    save("In Lyon", sharing="everyone", filter=city)
    save("With city", sharing="everyone", columns=["city", "email"])
    desk = Visit(lea.pk)

    desk.get("/contacts/", view="in_lyon")
    assert (desk.status, desk.rows()) == (422, [])
    assert 'no property named "city"' in desk.text
    desk.get("/contacts/", view="with_city")
    assert (desk.status, desk.heads()) == (200, ["Name", "E-mail"])
    assert 'A column is not shown. Contact has no property named "city"' in desk.text


def test_saving_keeps_what_the_person_does_not_see(save, ada):
    """C109: columns without access stay in a shared view, whoever saves its order."""
    rights = {
        "objects": {"contact": {"view": "all"}},
        "properties": {"contact": {"city": "none"}},
        "rights": ["views.share"],
    }
    add_role(name="narrow", label="Narrow", rights=rights, actor=ada)
    lea = add_user(email="lea@example.com", name="Lea", role="narrow", actor=ada)
    view = save("Ours", sharing="everyone", columns=["city", "email"])
    desk = Visit(lea.pk)

    desk.post("/contacts/views/ours/save/", view="ours", sort="email", version="1")
    view.refresh_from_db()
    assert (view.columns, view.sort) == (["city", "email"], ["email"])
    desk.post("/contacts/views/", htmx=True, view="ours", label="Copy")
    assert (desk.status, View.objects.count()) == (422, 1)
    assert 'no property named "city"' in desk.text


def test_numbers_come_onto_the_tabs_after_the_page(visit, make, save):
    """C79, C86: capped, one request; the page itself counts its own list only."""
    make("contact", first_name="Jo", country="FR")
    make("contact", first_name="Al", country="PL")
    view = save(filter=FRENCH)

    assert 'hx-get="/contacts/counts/" hx-trigger="load"' in visit.get("/contacts/").source
    visit.get("/contacts/counts/", htmx=True)
    assert f'id="count-view-{view.pk}" hx-swap-oob="true">1</span>' in visit.source
    assert 'id="count-mine" hx-swap-oob="true">2</span>' in visit.source


def test_a_slow_view_says_so_and_offers_an_index(visit, make, save, monkeypatch, mia):
    """C87: above 100,000 records, sorted or filtered by a property without index."""
    make("contact", first_name="Jo", city="Lyon")
    save("By city", sharing="everyone", sort=["city"])
    save("By name", sharing="everyone", sort=["last_name"])
    monkeypatch.setattr(slowness, "MANY", 0)

    assert "This reads every record: City." in visit.get("/contacts/", view="by_city").text
    assert "This reads every record" not in visit.get("/contacts/", view="by_name").text
    assert "Index City" not in Visit(mia.user_id).get("/contacts/", view="by_city").text
    visit.post("/contacts/index/", property="city", state="view=by_city")
    assert visit.to == "/contacts/?view=by_city"
    assert Property.objects.get(object_type__name="contact", name="city").is_indexed
    assert "This reads every record" not in visit.get("/contacts/", view="by_city").text


def test_a_filter_that_an_index_serves_is_not_slow(make, model):
    """C87: a condition beside it that has an index finds the few records."""
    contact = model.object("contact")
    city = {"property": "city", "operator": "is", "value": "Lyon"}
    mine = {"property": "owner", "operator": "is", "value": "me"}
    slow = slowness.slow_properties
    assert slow(contact, city, [], model) == []
    for _ in range(2):
        make("contact", city="Lyon", first_name="Jo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slowness, "MANY", 1)
        assert [each.name for each in slow(contact, city, [], model)] == ["city"]
        assert slow(contact, {"all": [mine, city]}, ["city"], model) == []


def test_the_team_of_a_person_brings_its_views(save, ada, mia):
    """C84: shared with a team."""
    add_team(name="paris", label="Paris", members=["mia@example.com"], actor=ada)
    save("Ours", sharing="team", team="paris")
    desk = Visit(mia.user_id)

    assert tabs_of(desk.get("/contacts/")) == ["All", "Mine", "Ours"]
    change_user(User.objects.get(pk=mia.user_id), teams=[], actor=ada)
    assert tabs_of(desk.get("/contacts/")) == ["All", "Mine"]
    assert actor_of(User.objects.get(pk=mia.user_id)).team_mates == {mia.user_id}
