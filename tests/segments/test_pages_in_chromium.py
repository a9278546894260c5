"""Lists and segments in Chromium: one is made, a list of a selection, and no faults anywhere."""

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record
from tresse.records.selection import Selection
from tresse.segments.changes import add_segment, keep_sizes, make_list, settle
from tresse.segments.models import List, Segment, SegmentSize

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = {"property": "lifecycle_stage", "operator": "is_any_of", "value": ["customer"]}


@pytest.fixture
def actor(person):
    return actor_of(person)


@pytest.fixture
def people(actor):
    """Ids of three contacts by first name; two of them are customers."""
    model = data_model()
    contact = model.object("contact")
    given = {"Zofia": "customer", "Marco": "customer", "Ines": "lead"}
    return {
        name: create_record(
            model, contact, values={"first_name": name, "lifecycle_stage": stage}, actor=actor
        )
        for name, stage in given.items()
    }


@pytest.fixture
def customers(actor, people):  # noqa: ARG001  records that there are
    """A segment whose size is kept since yesterday, and a list in the same folder."""
    model = data_model()
    facts = {"base": "contact", "folder": "Marketing", "model": model, "actor": actor}
    row = add_segment(label="Customers", filter=CUSTOMERS, keeps_size=True, **facts)
    add_segment(label="Some of them", filter={"segment": "customers"}, **facts)
    make_list(Selection(filter=CUSTOMERS, is_all=True), label="Guests", **facts)
    settle()
    keep_sizes()
    today = row.sizes.get()
    earlier = today.day.replace(year=today.day.year - 1)
    SegmentSize.objects.create(segment=row, day=earlier, size=1, entered=1, left=0)
    return row


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, look, customers):  # noqa: ARG001
    """G67"""
    faults = {}
    for address in (
        "/segments/",
        "/segments/customers/",
        "/segments/customers/edit/",
        "/segments/customers/compare/",
        "/lists/",
        "/lists/guests/",
        "/lists/guests/combine/",
    ):
        signed_in_page.goto(address)
        expect(signed_in_page.locator("h1")).to_be_visible()
        if found := axe(signed_in_page):
            faults[address] = found
        wide = signed_in_page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, address

    assert faults == {}


def test_a_segment_is_made_by_keyboard_and_mouse(signed_in_page, people):
    """G70, G73: the editor offers the property, the count follows, the members are there"""
    page = signed_in_page
    page.goto("/segments/new/")
    page.get_by_role("button", name="Condition").click()
    page.get_by_role("searchbox").last.fill("First name")
    page.get_by_role("button", name="First name").first.click()
    page.get_by_role("textbox", name="Value").fill("zof")
    expect(page.get_by_text("1 contact").first).to_be_visible()
    page.get_by_label("Name", exact=True).fill("People called Zofia")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="People called Zofia")).to_be_visible()
    expect(page.locator("#members")).to_contain_text("Zofia")
    assert page.locator("#members tbody tr").count() == 1
    assert Segment.objects.get().name == "people_called_zofia"
    assert people["Zofia"]


def test_a_list_is_made_of_selected_rows_and_filled_by_search(signed_in_page, people):
    """G46, G48"""
    page = signed_in_page
    page.goto("/contacts/")
    page.locator(f'input[name="ids"][value="{people["Zofia"]}"]').check()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Make a list of these").click()
    page.get_by_label("Name", exact=True).fill("Guests")
    page.get_by_role("button", name="Make the list").click()

    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    expect(page.locator("#members tbody tr")).to_have_count(1)
    page.get_by_role("searchbox", name="Search contacts to add").fill("mar")
    page.get_by_role("button", name="Add Marco").click()
    expect(page.locator("#members tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Take Zofia off the list").click()
    expect(page.locator("#members tbody tr")).to_have_count(1)
    assert List.objects.get().label == "Guests"
