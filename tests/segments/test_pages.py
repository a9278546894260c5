"""Pages of lists and segments (G67), without scripts and with HTMX."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.conftest import NOW
from tests.segments.conftest import FRENCH
from tresse.kernel import clock
from tresse.segments.changes import add_members, add_segment, change_segment, keep_sizes
from tresse.segments.models import List, Segment


def test_the_index_of_segments_says_who_is_in_each(visit, french):  # noqa: ARG001
    page = visit.get("/segments/")

    assert page.status == 200
    assert "French" in page.text
    assert "Country is any of France" in page.text


def test_an_empty_index_says_what_a_segment_is(visit):
    page = visit.get("/segments/")

    assert "No segments yet" in page.text
    assert "New segment" in page.text


def test_indexes_find_by_words_and_object(visit, french, vip, model, ada):  # noqa: ARG001
    add_segment(base="company", label="Big firms", filter={"all": []}, model=model, actor=ada)

    assert "French" not in visit.get("/segments/", q="big").text
    assert "Big firms" not in visit.get("/segments/", base="contact").text
    assert "No segment fits" in visit.get("/segments/", htmx=True, q="nothing").text


def test_numbers_come_when_the_page_is_there(visit, french, make, vip):  # noqa: ARG001
    make("contact", first_name="Anna", country="FR")

    numbers = visit.get("/segments/numbers/", htmx=True)

    assert f'id="number-{french.pk}"' in numbers.source
    assert ">1</td>" in numbers.source
    assert ">0</td>" in visit.get("/lists/numbers/", htmx=True).source


@pytest.mark.usefixtures("french")
def test_a_segment_shows_its_members_words_and_use(visit, make, model, ada):
    anna = make("contact", first_name="Anna", last_name="Arbre", country="FR")
    make("contact", first_name="Bob", country="PL")
    add_segment(base="contact", label="Users", filter={"segment": "french"}, model=model, actor=ada)

    page = visit.get("/segments/french/")

    assert "Country is any of France" in page.text
    assert f"/contacts/{anna}/" in page.source
    assert "Bob" not in page.text
    assert 'segment "Users"' in page.text
    assert "Its size is not kept" in page.text


def test_a_segment_is_made_with_the_editor(visit):
    sent = {"base": "contact", "label": "In France", "filter": json.dumps(FRENCH)}

    page = visit.post("/segments/new/", **sent)

    assert page.to == "/segments/in_france/"
    assert Segment.objects.get().filter == {"all": [FRENCH]}


def test_a_refused_segment_shows_the_form_again(visit):
    sent = {"base": "contact", "label": "", "filter": json.dumps(FRENCH)}

    page = visit.post("/segments/new/", **sent)

    assert page.status == 422
    assert not Segment.objects.exists()


def test_a_changed_filter_of_a_used_segment_asks_first(visit, french, make, model, ada):
    """G56"""
    make("contact", first_name="Bob", country="PL")
    add_segment(base="contact", label="Users", filter={"segment": "french"}, model=model, actor=ada)
    polish = {"property": "country", "operator": "is_any_of", "value": ["PL"]}
    sent = {"label": "French", "filter": json.dumps(polish), "version": "1"}

    asked = visit.post("/segments/french/edit/", **sent)
    assert "With this filter 1 enter and 0 leave." in asked.text
    assert 'segment "Users"' in asked.text
    assert Segment.objects.get(pk=french.pk).filter == FRENCH

    assert visit.post("/segments/french/edit/", **sent, sure="1").to == "/segments/french/"
    assert Segment.objects.get(pk=french.pk).filter == {"all": [polish]}


def test_a_segment_changed_meanwhile_says_so(visit, french, model, ada):
    """G56"""
    change_segment(french, label="Français", model=model, actor=ada)
    sent = {"label": "Mine", "filter": json.dumps(FRENCH), "version": "1"}

    page = visit.post("/segments/french/edit/", **sent)

    assert page.status == 422
    assert "was changed by somebody else" in page.text


@pytest.mark.usefixtures("french")
def test_its_size_is_kept_and_drawn(visit, watch, make):
    """G58"""
    visit.post("/segments/french/size/", keeps="1")
    watch.follow()
    keep_sizes()
    make("contact", first_name="Anna", country="FR")
    watch.follow()
    with clock.at(NOW + timedelta(days=1)):
        keep_sizes()

        page = visit.get("/segments/french/")

    assert "From 1 to 1" in page.source or "From 0 to 1" in page.source
    assert page.source.count("<polyline") == 1
    assert "Day by day" in page.text


def test_a_segment_is_frozen_as_a_list(visit, french, make, ids_of):  # noqa: ARG001
    """G59"""
    anna = make("contact", first_name="Anna", country="FR")

    page = visit.post("/segments/french/freeze/", label="French today")

    assert page.to == "/lists/french_today/"
    assert ids_of({"list": "french_today"}) == [anna]
    assert "1 record was put on" in visit.get(page.to).text


def test_two_segments_are_compared(visit, french, make, model, ada):  # noqa: ARG001
    """G58"""
    make("contact", first_name="Anna", country="FR")
    make("contact", first_name="Anna", country="PL")
    anna = {"property": "first_name", "operator": "is", "value": "Anna"}
    add_segment(base="contact", label="Annas", filter=anna, model=model, actor=ada)

    page = visit.get("/segments/french/compare/", **{"with": "annas"})

    assert "Only in French 0 " in page.text
    assert "In both 1 " in page.text
    assert "Only in Annas 1 " in page.text


def test_deleting_asks_and_says_what_uses_it(visit, french, model, ada):  # noqa: ARG001
    """G60"""
    user = add_segment(
        base="contact", label="Users", filter={"segment": "french"}, model=model, actor=ada
    )
    assert "French is used by segment" in visit.get("/segments/french/delete/").text
    assert visit.post("/segments/french/delete/").status == 409

    user.delete()
    assert visit.post("/segments/french/delete/").to == "/segments/"


def test_a_list_is_made_changed_and_deleted(visit):
    assert visit.post("/lists/new/", label="Guests", base="contact").to == "/lists/guests/"
    edited = {"label": "Guests of honour", "folder": "Events", "version": "1"}
    assert visit.post("/lists/guests/edit/", **edited).to == "/lists/guests/"
    assert "Guests of honour" in visit.get("/lists/").text
    assert "Events" in visit.get("/lists/").text

    assert "The records stay" in visit.get("/lists/guests/delete/").text
    assert visit.post("/lists/guests/delete/").to == "/lists/"
    assert not List.objects.exists()


def test_members_are_found_added_and_taken_off(visit, vip, make, ids_of):  # noqa: ARG001
    """G46"""
    anna = make("contact", first_name="Anna", last_name="Arbre")

    assert "Anna Arbre" in visit.get("/lists/vip/search/", htmx=True, words="arb").text
    assert "Anna Arbre" in visit.post("/lists/vip/members/", htmx=True, id=anna).text
    assert "is found by" in visit.get("/lists/vip/search/", htmx=True, words="arb").text
    assert "Anna Arbre" in visit.get("/lists/vip/").text

    visit.post("/lists/vip/members/", id=anna, remove="1")
    assert visit.to == "/lists/vip/"
    assert ids_of({"list": "vip"}) == []


def test_lists_are_combined_and_split(visit, vip, make, model, ada, ids_of):
    """G48"""
    people = [make("contact", first_name=name) for name in ("Anna", "Bob", "Cid", "Dan")]
    add_members(vip, people, model=model, actor=ada)
    visit.post("/lists/new/", label="Other", base="contact")

    sent = {"label": "Rest", "way": "rest", "first": "vip", "others": ["other"]}
    assert visit.post("/lists/vip/combine/", **sent).to == "/lists/rest/"
    assert ids_of({"list": "rest"}) == people

    visit.post("/lists/vip/split/", number="2")
    assert "VIP, part 1" in visit.get("/lists/").text


@pytest.mark.parametrize("htmx", [True, False], ids=["dialog", "page"])
def test_a_selection_goes_onto_a_list(visit, vip, make, ids_of, htmx):  # noqa: ARG001
    """G48"""
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")

    asked = visit.get("/lists/bulk/contact/add/", htmx=htmx, ids=[anna, bob])
    assert "2 records are selected" in asked.text

    visit.post("/lists/bulk/contact/add/", htmx=htmx, ids=[anna, bob], list="vip")
    assert ids_of({"list": "vip"}) == [anna, bob]

    visit.post("/lists/bulk/contact/remove/", htmx=htmx, ids=[anna], list="vip")
    assert ids_of({"list": "vip"}) == [bob]


def test_a_list_is_made_of_all_that_a_filter_finds(visit, make, ids_of):
    """G48"""
    anna = make("contact", first_name="Anna", country="FR")
    make("contact", first_name="Bob", country="PL")

    sent = {"all": "1", "filter": json.dumps(FRENCH), "label": "French now"}
    assert visit.post("/lists/bulk/contact/make/", **sent).to == "/lists/french_now/"

    assert ids_of({"list": "french_now"}) == [anna]


@pytest.mark.usefixtures("vip")
def test_a_records_page_says_which_lists_it_is_on(visit, make):
    anna = make("contact", first_name="Anna")
    assert "On no list" in visit.get(f"/contacts/{anna}/").text

    sent = {"id": anna, "next": f"/contacts/{anna}/"}
    assert visit.post("/lists/vip/members/", htmx=True, **sent).status == 204
    assert "Take off the list VIP" in visit.get(f"/contacts/{anna}/").source


def test_the_index_is_filtered_by_a_list(visit, vip, make, model, ada):
    """G70"""
    anna = make("contact", first_name="Anna")
    make("contact", first_name="Bob")
    add_members(vip, [anna], model=model, actor=ada)

    page = visit.get("/contacts/", filter='{"list": "vip"}')

    assert "Anna" in page.text
    assert "Bob" not in page.text


def test_a_reader_sees_shared_ones_and_changes_none(reader, french, model, ada):
    change_segment(french, sharing="everyone", model=model, actor=ada)

    assert "Edit" not in reader.get("/segments/french/").text
    assert reader.post("/segments/french/delete/").status == 403
    assert reader.get("/segments/nowhere/").status == 404


def test_an_index_costs_as_much_with_many_segments(visit, french, model, ada):  # noqa: ARG001
    def queries():
        with CaptureQueriesContext(connection) as caught:
            visit.get("/segments/")
        return sum("accounts_session" not in each["sql"] for each in caught.captured_queries)

    few = queries()
    for number in range(5):
        add_segment(base="contact", label=f"S {number}", filter=FRENCH, model=model, actor=ada)

    assert queries() <= few
