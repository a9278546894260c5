"""Merging, taking apart, duplicates and the warning while typing, in Chromium (C61 to C68)."""

import pytest
from playwright.sync_api import expect

from tests.browser import LIGHT, NARROW, dark
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record, delete_records, log_activity
from tresse.records.changes.duplicates import find_duplicates

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [LIGHT, dark(NARROW)]


@pytest.fixture
def pair(person):
    """Two records of one Anna, found to be duplicates; a third one is in the bin."""
    model, actor = data_model(), actor_of(person)
    contact = model.object("contact")

    def make(**values):
        return create_record(model, contact, values=values, actor=actor)

    one = make(first_name="Anna", last_name="Nowak", email="anna@ex.org", city="Lyon")
    two = make(first_name="Anna", last_name="Nowak", email="a@ex.org", phone="+33612345678")
    log_activity(model, "note", [(contact, two)], fields={"text": "Likes linen"}, actor=actor)
    delete_records(model, contact, [make(last_name="Gone")], actor=actor)
    find_duplicates(model, contact)
    return one, two


def test_two_records_become_one_and_two_again(signed_in_page, pair):
    """C61, C64, C67: from the list of duplicates, by keyboard; and back."""
    page, (one, two) = signed_in_page, pair
    page.goto("/contacts/duplicates/")
    page.get_by_role("link", name="Merge…").click()
    expect(page.get_by_role("button", name="Merge 2 records")).to_be_visible()
    page.get_by_role("link", name="Take all of this one").nth(1).press("Enter")
    expect(page.locator(f'[name="value-email"][value="{two}"]')).to_be_checked()
    page.locator(f'[name="value-email"][value="{two}"]').press("ArrowLeft")
    expect(page.locator(f'[name="value-email"][value="{one}"]')).to_be_checked()
    page.get_by_role("button", name="Merge 2 records").press("Enter")

    expect(page.get_by_text("2 records are one now.")).to_be_visible()
    expect(page.get_by_text("Likes linen")).to_be_visible()
    expect(page.get_by_text("also a@ex.org")).to_be_visible()
    page.get_by_role("link", name="Take apart").click()
    page.get_by_role("button", name="Take apart").click()
    expect(page.get_by_text("It is 2 records again.")).to_be_visible()
    page.goto(f"/contacts/{two}/")
    expect(page.get_by_text("Likes linen")).to_be_visible()


def test_another_survivor_brings_its_own_presets(signed_in_page, pair):
    """C61: without leaving the page, the focus stays."""
    page, (one, two) = signed_in_page, pair
    page.goto(f"/contacts/merge/?ids={one}&ids={two}")
    page.get_by_role("radio", name="This one stays").nth(1).check()
    expect(page.locator(f'[name="value-email"][value="{two}"]')).to_be_checked()
    expect(page.locator(f"#survivor-{two}")).to_be_focused()


def test_the_form_warns_while_one_types(signed_in_page, pair):
    """C68: likely duplicates before saving; one may go on."""
    page = signed_in_page
    page.goto("/contacts/new/")
    page.get_by_label("First name").fill("anna")
    page.get_by_label("Last name").fill("nowak")
    expect(page.get_by_text("One of these may be the same")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("The record is there now.")).to_be_visible()
    assert pair


def test_not_duplicates_takes_the_group_away(signed_in_page, pair):
    """C67."""
    page = signed_in_page
    page.goto("/contacts/duplicates/")
    page.get_by_role("button", name="Not duplicates").click()
    expect(page.get_by_role("link", name="Merge…")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("No duplicates")).to_be_visible()
    assert pair


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_pages_of_merging_are_accessible_and_fit(signed_in_page, pair, axe):
    """Axe finds nothing; nothing sticks out of the page."""
    page, (one, two) = signed_in_page, pair
    for address in (
        f"/contacts/merge/?ids={one}&ids={two}",
        "/contacts/duplicates/",
        "/contacts/bin/",
        f"/contacts/{one}/",
        f"/contacts/{one}/email/others/",
    ):
        page.goto(address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.goto("/contacts/new/")
    page.get_by_label("First name").fill("anna")
    page.get_by_label("Last name").fill("nowak")
    expect(page.get_by_text("One of these may be the same")).to_be_visible()
    assert axe(page) == []
