"""The filter editor in Chromium: by keyboard, in groups, with faults in place and reasons."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW, Look
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record

pytestmark = pytest.mark.django_db(transaction=True)
CITY = {"property": "city", "operator": "is", "value": "Gent"}


@pytest.fixture
def contacts(person):
    """Three contacts, two of them in Gent."""
    model, actor = data_model(), actor_of(person)
    for name, city in (("Zofia", "Gdańsk"), ("Jo", "Gent"), ("Al", "Gent")):
        values = {"first_name": name, "city": city}
        create_record(model, model.object("contact"), values=values, actor=actor)


@pytest.fixture
def index(signed_in_page, contacts):  # noqa: ARG001
    """The index page of contacts, with a filter if one is given."""

    def go(filter_=None):
        query = f"?filter={quote(json.dumps(filter_))}" if filter_ else ""
        signed_in_page.goto(f"/contacts/{query}")
        return signed_in_page

    return go


def rows(page):
    return page.locator("tbody tr")


def test_a_condition_is_added_changed_and_removed_by_keyboard(index):
    """G70, G71, G74: search, Enter, value, Enter; Escape leaves; Backspace removes; Back undoes."""
    page = index()
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    search = page.get_by_role("searchbox", name="Search what")
    expect(search).to_be_focused()
    search.press_sequentially("town")
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    search.fill("city")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Value")).to_be_focused()
    page.keyboard.type("gent")
    page.keyboard.press("Enter")

    expect(page.locator(".chip--on")).to_have_text("City contains “gent”")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="City contains").press("Enter")
    expect(page.get_by_label("Value")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("Backspace")
    expect(rows(page)).to_have_count(3)
    page.go_back()
    expect(rows(page)).to_have_count(2)


def test_conditions_stand_in_groups(index):
    """G72, G73: one editor with groups; the number follows, five rows, and why one is in it."""
    page = index({"all": [CITY]})
    page.get_by_role("link", name="All filters").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 contacts")).to_be_visible()
    dialog.get_by_role("button", name="More about City").click()
    dialog.get_by_role("button", name="Put into a new group").click()
    dialog.get_by_role("searchbox", name="Search what").fill("first name")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Give a value.")).to_be_visible()
    dialog.get_by_role("group", name="First name").get_by_label("Value").fill("zof")
    expect(dialog.get_by_text("3 contacts")).to_be_visible()
    expect(dialog.get_by_text("Give a value.")).to_have_count(0)
    expect(dialog.get_by_role("link", name="Zofia")).to_be_visible()

    dialog.get_by_text("Why is a record in it").click()
    dialog.get_by_role("searchbox", name="Find a record").fill("zof")
    dialog.get_by_role("button", name="Zofia").click()
    reasons = dialog.locator(".filter__reasons")
    expect(reasons).to_contain_text("Zofia is in it")
    expect(reasons.locator(".filter__reason--no")).to_contain_text("City is “Gent” (“Gdańsk”)")
    dialog.get_by_role("button", name="More about First name").click()
    dialog.get_by_role("button", name="Switch off").click()
    expect(dialog.get_by_text("2 contacts")).to_be_visible()
    dialog.get_by_role("button", name="Apply").click()
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("filter_draft="))


def test_conditions_are_dragged_into_groups(index):
    """G72."""
    page = index({"all": [CITY, {"any": [{**CITY, "value": "Lyon"}]}]})
    page.get_by_role("link", name="All filters").click()
    dialog = page.get_by_role("dialog")
    group = dialog.locator("[data-card='1']")
    expect(dialog.get_by_text("0 contacts")).to_be_visible()
    dialog.locator("[data-part='0'] [data-drag]").drag_to(group.locator(".filter__add"))

    expect(dialog.locator("[data-card='0'] .filter__line")).to_have_count(2)
    expect(dialog.get_by_text("2 contacts")).to_be_visible()


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW, Look(language="pl")], ids=str)
def test_a_fault_stands_at_its_condition(index, axe, look):
    """G74, C83: the page shows no rows; the panel has the sentence, and no accessibility faults."""
    broken = {"property": "birthday", "operator": "on", "value": "soon"}
    linked = {"linked": "deal", "filter": {"property": "amount", "operator": "at_least"}}
    calls = {"activity": ["call"], "in": {"last": "30 days"}}
    page = index({"all": [CITY, {"any": [broken, linked, calls]}]})

    expect(rows(page)).to_have_count(0)
    page.locator(".chips > a").first.click()
    fault = page.locator("#filter-1-0-fault")
    expect(fault).to_contain_text("soon")
    expect(page.locator("#filter-1-1-f-0-fault .muted")).to_be_visible()
    page.locator(".filter__found .muted").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
