"""Merging on pages, without scripts (C61 to C64, C98)."""

import pytest

from tresse.records.changes import merge_records
from tresse.records.links import linked
from tresse.records.queries import record


@pytest.fixture
def contact(model):
    return model.object("contact")


@pytest.fixture
def pair(make):
    """Two records of Anna."""
    return (
        make("contact", first_name="Anna", last_name="Nowak", email="anna@ex.org", city="Lyon"),
        make(
            "contact",
            first_name="Ania",
            last_name="Nowak",
            email="ania@ex.org",
            phone="+33612345678",
        ),
    )


def test_the_page_compares_what_differs(visit, pair):
    """C61: each differing property with one choice, the preset chosen."""
    page = visit.get("/contacts/merge/", ids=pair)
    assert "First name" in page.text
    assert "Last name" not in page.text.split("This one stays")[-1].split("Merge 2 records")[0]
    assert page.found(r'name="value-phone" value="(\d+)" checked') == str(pair[1])
    assert page.found(r'name="value-email" value="(\d+)" checked') == str(pair[0])


def test_all_values_of_one_record_can_be_taken(visit, pair):
    """C61: without scripts by a link."""
    page = visit.get("/contacts/merge/", ids=pair, survivor=pair[0], take=pair[1])
    assert page.found(r'name="value-email" value="(\d+)" checked') == str(pair[1])


def test_merging_leads_to_the_survivor_which_says_what_it_is_made_of(
    visit, model, contact, pair, ada
):
    """C61, C64: chosen values, and the way back."""
    one, two = pair
    page = visit.post("/contacts/merge/", ids=pair, survivor=one, **{"value-first_name": two})
    assert page.to == f"/contacts/{one}/"
    assert record(model, contact, one, ada).values["first_name"] == "Ania"
    page = visit.get(page.to)
    assert "2 records are one now." in page.text
    assert "Made of several records 2" in page.text
    assert f"/contacts/{one}/unmerge/" in page.source


def test_the_page_of_a_merged_id_leads_to_the_survivor_and_says_so(
    visit, model, contact, pair, ada
):
    """C98, C42."""
    one, two = pair
    merge_records(model, contact, one, [two], actor=ada)
    page = visit.get(f"/contacts/{two}/")
    assert page.to == f"/contacts/{one}/"
    assert f"Contact {two} was merged into Anna Nowak ({one})." in visit.get(page.to).text


def test_taking_apart_shows_first_what_comes_of_it(visit, model, contact, pair, ada):
    """C64."""
    one, two = pair
    merge_records(model, contact, one, [two], actor=ada)
    page = visit.get(f"/contacts/{one}/unmerge/")
    assert "Ania Nowak" in page.text
    assert visit.get(f"/contacts/{two}/").to
    page = visit.post(f"/contacts/{one}/unmerge/")
    assert page.to == f"/contacts/{one}/"
    assert "It is 2 records again." in visit.get(page.to).text
    assert visit.get(f"/contacts/{two}/").status == 200


def test_one_record_asks_for_another(visit, pair):
    """C94: from the menu of a record, with a search."""
    page = visit.get(f"/contacts/{pair[0]}/")
    assert f"/contacts/merge/?ids={pair[0]}" in page.source
    page = visit.get("/contacts/merge/search/", htmx=True, ids=[pair[0]], q="Nowak")
    assert "Ania Nowak" in page.text
    assert "Anna Nowak" not in page.text


def test_the_person_picks_links_beyond_a_limit(visit, model, make, side, ada):
    """C62: the survivor's own is chosen first."""
    to = side("order", "contact")
    anna, bob = make("contact", last_name="Anna"), make("contact", last_name="Bob")
    orders = [
        make("order", order_number=str(n), ordered_at="2026-01-01", links=[(to, who)])
        for n, who in enumerate((anna, bob))
    ]
    page = visit.get("/orders/merge/", ids=orders)
    assert page.found(r'name="keep-order_contact:forward" value="(\d+)" checked') == str(anna)
    refused = visit.post("/orders/merge/", ids=orders, survivor=orders[0])
    assert refused.status == 422
    assert "the most Order > Contact allows" in refused.text
    picked = {"relations": "order_contact:forward", "keep-order_contact:forward": bob}
    visit.post("/orders/merge/", ids=orders, survivor=orders[0], **picked)
    assert [each["id"] for each in linked(model, to, orders[0], ada)] == [bob]


def test_too_many_records_are_refused_in_words(visit, make):
    """C61."""
    ids = [make("contact", last_name=f"N{n}") for n in range(11)]
    page = visit.get("/contacts/merge/", ids=ids)
    assert page.status == 422
    assert "Merge takes 2 to 10 records of one object." in page.text


def test_readers_are_offered_no_merge(reader, pair):
    """C106."""
    assert "Merge" not in reader.get(f"/contacts/{pair[0]}/").text
    assert reader.get("/contacts/merge/", ids=pair).status == 403
