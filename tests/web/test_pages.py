"""The shell and the components in Chromium."""

import re

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, MIDDLE, NARROW, in_both_themes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guide(signed_in_page, settings):
    settings.STYLEGUIDE = True
    signed_in_page.goto("/styleguide/")
    return signed_in_page


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_the_style_guide_has_no_accessibility_faults(guide, axe):
    assert axe(guide) == []


@in_both_themes
def test_error_pages_have_no_accessibility_faults(signed_in_page, axe, page_errors):
    page_errors.append("status of 404")
    signed_in_page.goto("/no-such-page/")

    assert axe(signed_in_page) == []


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_signing_in_has_no_accessibility_faults(page, axe):
    page.goto("/sign-in/")

    assert axe(page) == []


@pytest.mark.parametrize("look", [LIGHT, MIDDLE, NARROW], ids=str)
def test_no_page_is_wider_than_the_screen(guide, look):
    assert guide.evaluate("document.documentElement.scrollWidth") <= look.width


@pytest.mark.parametrize("look", [NARROW], ids=str)
def test_the_nav_is_a_drawer_on_narrow_screens(guide):
    nav = guide.get_by_role("navigation", name="Main")
    expect(nav).to_be_hidden()

    guide.get_by_role("button", name="Menu").click()
    expect(nav).to_be_visible()

    guide.keyboard.press("Escape")
    expect(nav).to_be_hidden()


def test_a_menu_opens_beside_its_button(guide):
    button = guide.get_by_role("button", name="More actions")
    button.click()

    menu = guide.locator("#m-more")
    expect(menu).to_be_visible()
    at, place = button.bounding_box(), menu.bounding_box()
    assert 0 <= place["y"] - (at["y"] + at["height"]) < 12
    assert place["x"] + place["width"] <= 1440


def test_the_theme_changes_at_once(guide):
    guide.route("**/settings/theme/", lambda route: route.fulfill(status=204))
    with guide.expect_request("**/settings/theme/") as sent:
        guide.get_by_role("button", name="Light or dark").click()

    expect(guide.locator("html")).to_have_attribute("data-theme", "dark")
    assert sent.value.post_data == "theme=dark"


def test_a_dialog_shows_errors_and_closes(guide):
    guide.get_by_role("button", name="New contact").first.click()
    dialog = guide.get_by_role("dialog", name="New contact")
    expect(dialog).to_be_visible()

    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator(".field__error")).to_have_count(2)

    guide.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_selected_rows_open_the_bulk_bar(guide):
    bar = guide.get_by_role("region", name="Selected rows")
    expect(bar).to_be_hidden()

    guide.get_by_label("Select all").check()
    expect(bar).to_contain_text(re.compile(r"4\s+selected"))

    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()


def test_toasts_can_be_closed(guide):
    guide.get_by_role("link", name="Toasts").click()
    expect(guide.locator("tresse-toast")).to_have_count(2)

    guide.locator("tresse-toast").first.get_by_role("button", name="Close").click()
    expect(guide.locator("tresse-toast")).to_have_count(1)


@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_of_a_fragment_becomes_a_toast(guide, page_errors, status):
    page_errors.append(r"status of 403|Response Status Error")
    body = render_to_string("_error.html", {"sentence": "You may not do this."})
    guide.route("**/styleguide/dialog/", lambda route: route.fulfill(status=status, body=body))
    guide.get_by_role("button", name="New contact").first.click()

    expect(guide.locator("tresse-toast")).to_contain_text("You may not do this.")
    expect(guide.locator("#dialog")).to_be_hidden()


def test_a_fault_of_a_fragment_is_told(guide, page_errors):
    page_errors.append(r"status of 500|Response Status Error")
    guide.route("**/styleguide/dialog/", lambda route: route.fulfill(status=500, body="oh"))
    guide.get_by_role("button", name="New contact").first.click()

    expect(guide.locator("tresse-toast")).to_contain_text("did not answer as expected")


def test_the_slash_key_goes_to_the_search_box(guide):
    guide.keyboard.press("/")

    expect(guide.get_by_placeholder("Search name")).to_be_focused()


def test_a_file_can_be_dropped(guide):
    transfer = guide.evaluate_handle(
        "() => { const d = new DataTransfer();"
        "d.items.add(new File(['a;b'], 'dropped.csv', {type: 'text/csv'})); return d; }"
    )
    guide.dispatch_event("tresse-dropzone", "drop", {"dataTransfer": transfer})

    expect(guide.locator("[data-name]")).to_contain_text("dropped.csv")


@in_both_themes
def test_a_graph_is_drawn_and_has_no_accessibility_faults(signed_in_page, axe, settings):
    settings.STYLEGUIDE = True
    signed_in_page.goto("/styleguide/model/")
    signed_in_page.wait_for_selector("tresse-canvas[ready]")

    expect(signed_in_page.locator(".tnode")).to_have_count(3)
    expect(signed_in_page.locator(".react-flow__edge")).to_have_count(2)
    expect(signed_in_page.locator(".tnode", has_text="Parent and child")).to_have_count(1)
    assert axe(signed_in_page) == []


def test_going_back_shows_the_whole_page_again(signed_in_page):
    """A fragment alone would come back if the browser asked htmx for it."""
    signed_in_page.goto("/contacts/")
    signed_in_page.get_by_role("searchbox").fill("zofia")
    signed_in_page.wait_for_url("**q=zofia**")
    signed_in_page.goto("/companies/")

    signed_in_page.go_back()
    expect(signed_in_page.get_by_role("navigation", name="Main")).to_be_visible()

    signed_in_page.go_back()
    expect(signed_in_page.get_by_role("navigation", name="Main")).to_be_visible()
