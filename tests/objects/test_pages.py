"""The data-model pages in Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shipped")]
PAGES = ["/data-model/", "/data-model/as-graph/", "/data-model/deal/"]
FORMS = [
    "/data-model/new-object/",
    "/data-model/contact/properties/country/",
    "/data-model/deal/pipelines/sales/",
]


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_pages_have_no_accessibility_faults(signed_in_page, axe, look):
    """C99, C100: and none is wider than the screen."""
    for address in (*PAGES, *FORMS):
        signed_in_page.goto(address)
        if "graph" in address:
            expect(signed_in_page.get_by_text("Contacts").last).to_be_visible()
        assert axe(signed_in_page) == [], address
        assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= look.width


def test_the_graph_leads_to_an_object_type_and_to_the_list(signed_in_page):
    """C100: the list is its accessible form."""
    signed_in_page.goto("/data-model/as-graph/")
    expect(signed_in_page.locator(".react-flow__node")).to_have_count(8)

    signed_in_page.get_by_role("link", name="As a list").click()
    signed_in_page.get_by_role("link", name="Deals", exact=True).last.click()
    expect(signed_in_page).to_have_url(re.compile("/data-model/deal/"))


def test_adds_a_property_and_shows_a_refusal(signed_in_page):
    """C9: by clicking."""
    signed_in_page.goto("/data-model/contact/")
    signed_in_page.get_by_role("link", name="New property").click()
    signed_in_page.get_by_label("Label").fill("City")
    signed_in_page.get_by_role("button", name="Save").click()
    expect(signed_in_page.get_by_text('Contact already has "City".')).to_be_visible()

    signed_in_page.get_by_label("Label").fill("Shoe size")
    signed_in_page.get_by_label("Kind").select_option("integer")
    signed_in_page.get_by_role("button", name="Save").click()
    expect(signed_in_page.get_by_role("link", name="Shoe size")).to_be_visible()
