"""The data-model pages in Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW, Look
from tresse.objects.described import data_model

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shipped")]
PAGES = [
    "/data-model/",
    "/data-model/as-graph/",
    "/data-model/deal/",
    "/data-model/deal/relations/",
    "/data-model/deal/pipelines/",
    "/data-model/contact/layout/",
    "/data-model/contact/settings/",
]
FORMS = [
    "/data-model/contact/new-property/?kind=money",
    "/data-model/contact/properties/lifecycle_stage/",
    "/data-model/deal/relations/deal_company/",
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


def test_makes_a_property_with_options_puts_them_in_order_and_archives_it(signed_in_page, axe):
    """C9, C13, C14, C32: by clicking; a refusal stands at its field."""
    page = signed_in_page
    page.goto("/data-model/contact/")
    page.get_by_role("link", name="New property").click()
    page.get_by_label("Kind").select_option("option")
    page.get_by_label("Options").fill("Small\nLarge; Big")
    page.get_by_label("Label").fill("City")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text('Contact already has "City".')).to_be_visible()
    page.get_by_label("Label").fill("Shirt")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("link", name="Shirt").click()
    page.get_by_role("button", name="Move Large up").click()
    page.get_by_role("button", name="Add an option").click()
    page.get_by_label("Label", exact=True).last.fill("Huge")
    assert axe(page) == []
    page.get_by_role("button", name="Save the options").click()
    expect(page.get_by_text("The options are saved.")).to_be_visible()
    shirt = data_model().object("contact").property("shirt")
    assert [option.label for option in shirt.options] == ["Large", "Small", "Huge"]

    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("button", name="Unarchive")).to_be_visible()


def test_a_stage_is_added_and_dragged_to_its_place(signed_in_page):
    """C47: the order of the rows is the order of the stages."""
    page = signed_in_page
    page.goto("/data-model/deal/pipelines/sales/")
    page.get_by_role("button", name="Add a stage").click()
    page.get_by_label("Stage", exact=True).last.fill("Trial")
    grip = page.locator("[data-grip]").last.bounding_box()
    first = page.locator("[data-row]").first.bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 30, first["y"] + 40, steps=12)
    page.mouse.move(first["x"] + 30, first["y"] + 4, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Sales is saved.")).to_be_visible()
    assert data_model().object("deal").pipelines[0].stages[0].label == "Trial"


def test_an_object_type_is_made_from_a_template_in_a_dialog(signed_in_page, axe):
    """C8: and deleted again, with its label typed."""
    page = signed_in_page
    page.goto("/data-model/")
    page.get_by_role("link", name="New object").click()
    expect(page.get_by_role("dialog", name="New object type")).to_be_visible()
    assert axe(page) == []
    page.get_by_text("Space", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile("/data-model/space/"))
    expect(page.get_by_role("link", name="Floor area")).to_be_visible()

    page.get_by_label("Parts of the object type").get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("link", name="Delete for good").click()
    page.get_by_label("Its label, typed").fill("Spac")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text('Type "Space" to delete it for good')).to_be_visible()
    page.get_by_label("Its label, typed").fill("Space")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Space is deleted.")).to_be_visible()


@pytest.mark.parametrize("look", [Look(language="fr")], ids=str)
def test_speaks_french(signed_in_page):
    """Shipped labels and numbers are those of the language of the person."""
    signed_in_page.goto("/data-model/deal/pipelines/")
    expect(signed_in_page.get_by_role("heading", level=1)).to_contain_text("Opportunités")
