"""Index pages in Chromium: views, columns and widths, cells edited by keyboard and mouse."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, NARROW
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record, update_record
from tresse.records.changes.views import add_view
from tresse.records.models import View
from tresse.records.queries import record

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = "columns=city,lifecycle_stage,created_at"


@pytest.fixture
def actor(person):
    return actor_of(person)


@pytest.fixture
def people(actor):
    """Ids of three contacts by first name."""
    model = data_model()
    contact = model.object("contact")
    given = {
        "Zofia": {"city": "Gdańsk", "lifecycle_stage": "customer"},
        "Marco": {"city": "Milano", "lifecycle_stage": "lead"},
        "Ines": {"city": "Porto"},
    }
    return {
        name: create_record(model, contact, values={"first_name": name, **values}, actor=actor)
        for name, values in given.items()
    }


@pytest.fixture
def at(signed_in_page, people):  # noqa: ARG001  records that there are
    def go(address):
        signed_in_page.goto(address)
        return signed_in_page

    return go


def cell(page, people, name, prop):
    return page.locator(f"#c{people[name]}-{prop}")


@pytest.mark.parametrize("look", [DARK, NARROW], ids=str)
def test_the_page_and_what_opens_on_it_have_no_accessibility_faults(at, axe, look, people, actor):
    """C79, C80, C84, C89: with a field open, the columns, the dialogs; none wider than it is."""
    model = data_model()
    facts: dict[str, Any] = {"columns": ["city", "company.industry"], "sort": ["city"]}
    facts["sharing"] = "everyone"
    add_view(model, model.object("contact"), label="By city", actor=actor, **facts)
    faults: dict[str, list[str]] = {}

    def look_at(what, **options):
        if found := axe(page, **options):
            faults[what] = found
        if page.evaluate("document.documentElement.scrollWidth") > look.width:
            faults[f"{what} is too wide"] = []

    page = at("/contacts/?view=by_city&sort=&columns=city,nope")
    expect(page.locator("#count-mine")).to_have_text("3")
    look_at("page")
    cell(page, people, "Zofia", "city").click()
    expect(page.locator("#cell-edit")).to_be_focused()
    look_at("field")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Columns").click()
    expect(page.locator("#columns-menu").get_by_role("button", name="Apply")).to_be_visible()
    # The links below a menu are no neighbours of its boxes, though axe takes them for some.
    look_at("columns", rules={"target-size": {"enabled": False}})
    page.keyboard.press("Escape")
    page.get_by_role("link", name="New view").click()
    expect(page.get_by_role("dialog", name="Save view")).to_be_visible()
    look_at("dialog")
    assert faults == {}


def test_a_view_is_saved_changed_and_saved_again(at):
    """C84: with a dialog; a change is marked, saved over, and discarded."""
    page = at("/contacts/?sort=first_name")
    page.get_by_role("link", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save view")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("This field is required.")
    dialog.get_by_label("Name").fill("By name")
    dialog.get_by_label("Everyone").check()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/contacts/\?view=by_name$"))
    tab = page.locator(".tab[aria-current]")
    expect(tab).to_contain_text("By name")
    expect(page.locator("tbody tr").first).to_contain_text("Ines")

    page.get_by_role("link", name="Name", exact=True).click()
    expect(tab).to_contain_text("changed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    expect(tab).not_to_contain_text("changed")
    assert View.objects.get().sort == ["last_name", "first_name"]

    page.get_by_role("button", name="View By name").click()
    page.get_by_role("link", name="Delete view").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/contacts/$"))
    assert not View.objects.exists()


def test_cells_are_edited_by_keyboard_alone(at, people, actor):
    """C89: arrows move, Enter opens and saves, Escape cancels, a refusal keeps what was typed."""
    page = at(f"/contacts/?{COLUMNS}&sort=first_name")
    first = cell(page, people, "Ines", "city")
    page.get_by_role("gridcell", name="Ines", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    field = page.locator("#cell-edit")
    expect(field).to_be_focused()
    field.fill("Braga")
    page.keyboard.press("Enter")
    expect(first).to_have_text("Braga")
    expect(first).to_be_focused()
    expect(page.locator("#said")).to_have_text("City is saved.")

    page.keyboard.press("Enter")
    field.fill("Faro")
    page.keyboard.press("Escape")
    expect(first).to_have_text("Braga")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    field.select_option(label="Lead")
    page.keyboard.press("Enter")
    expect(cell(page, people, "Ines", "lifecycle_stage")).to_have_text("Lead")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(field).to_have_count(0)
    model = data_model()
    values = record(model, model.object("contact"), people["Ines"], actor).values
    assert (values["city"], values["lifecycle_stage"]) == ("Braga", "lead")


def test_leaving_a_cell_saves_it_and_a_clash_is_told(at, people, actor):
    """C89, C54: by mouse; the next cell opens while the first one is saved."""
    model = data_model()
    page = at(f"/contacts/?{COLUMNS}")
    cell(page, people, "Zofia", "city").click()
    page.locator("#cell-edit").fill("Sopot")
    page.locator("#found").evaluate("() => document.activeElement.blur()")
    expect(cell(page, people, "Zofia", "city")).to_have_text("Sopot")

    cell(page, people, "Marco", "city").click()
    expect(page.locator("#cell-edit")).to_be_focused()
    contact = model.object("contact")
    update_record(model, contact, people["Marco"], values={"city": "Roma"}, actor=actor)
    page.locator("#cell-edit").fill("Torino")
    page.keyboard.press("Enter")
    alert = cell(page, people, "Marco", "city").get_by_role("alert")
    expect(alert).to_contain_text('City was changed to "Roma" by Anna Nowak')
    expect(page.locator("#cell-edit")).to_have_value("Torino")


def test_columns_are_found_ordered_and_widened(at):
    """C80: by words, by the keyboard and by dragging; widths stay in the address and in links."""
    page = at("/contacts/?columns=email,city")
    page.get_by_role("button", name="Columns").click()
    menu = page.locator("#columns-menu")
    menu.get_by_label("Find a column").fill("industry")
    page.keyboard.press("Enter")
    grip = menu.locator("[data-columns] li").last.locator("[data-grip]").bounding_box()
    top = menu.locator("[data-columns] li").first.bounding_box()
    page.mouse.move(grip["x"] + 4, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(top["x"] + 10, top["y"] + 4, steps=6)
    page.mouse.up()
    menu.get_by_role("button", name="Apply").click()
    heads = page.locator("thead th[data-column]")
    expect(heads).to_have_text(["Name", "Primary company > Industry", "E-mail", "City"])

    city = heads.last
    city.focus()
    wide = city.bounding_box()["width"]
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page).to_have_url(re.compile(r"widths=city%3A\d+"))
    assert city.bounding_box()["width"] > wide
    page.get_by_role("link", name="E-mail", exact=True).click()
    expect(page).to_have_url(re.compile(r"widths=city%3A\d+.*sort=email|sort=email.*widths=city"))
    expect(heads.last).to_have_attribute("data-width", re.compile(r"\d+"))
