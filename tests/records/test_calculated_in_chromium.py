"""The pages of calculated properties and of kinds in Chromium (C22, C30, D104)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW
from tresse.accounts.queries import actor_of
from tresse.objects.changes import add_property
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named
from tresse.records.changes import create_record, update_record

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/data-model/deal/new-calculated/"


@pytest.fixture
def deal(person):
    """A deal with an amount, and a text property of our own."""
    actor, model = actor_of(person), data_model()
    values = {"name": "Winter linens", "amount": "18400"}
    id = create_record(model, model.object("deal"), values=values, actor=actor)
    row = object_type_named("deal")
    add_property(row, name="size", label="Size", kind="text", actor=actor)
    model = data_model()
    update_record(model, model.object("deal"), id, values={"size": "many"}, actor=actor)
    return id


@pytest.mark.usefixtures("deal")
@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_pages_have_no_accessibility_faults(signed_in_page, axe, look):
    for address in (
        NEW,
        "/data-model/company/new-calculated/?sort=rollup",
        "/data-model/deal/properties/size/kind/?kind=integer",
    ):
        signed_in_page.goto(address)
        assert axe(signed_in_page) == [], address
        assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= look.width


@pytest.mark.usefixtures("deal")
def test_a_formula_is_tried_while_one_types_and_saved(signed_in_page):
    """C22, D104, D106"""
    page = signed_in_page
    page.goto(NEW)
    formula = page.get_by_label("Formula", exact=True)

    formula.fill("amout * 2")
    expect(page.locator("#formula-preview")).to_contain_text('Did you mean "amount"?')
    page.get_by_role("button", name="Show the place").click()
    assert page.evaluate("getSelection().toString()") == "amout"

    page.keyboard.press("Delete")
    page.locator(".word", has_text=re.compile("^amount")).click()
    expect(formula).to_have_value("amount * 2")
    expect(page.locator("#formula-preview table")).to_contain_text("36,800")
    page.get_by_label("Label", exact=True).fill("Twice")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Twice")).to_be_visible()
