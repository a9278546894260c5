"""A day's work with the keyboard alone: no mouse, no `focus()`; what Tab does not reach fails."""

import re

import pytest
from playwright.sync_api import expect

from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record
from tresse.records.models import View
from tresse.records.queries import record

pytestmark = pytest.mark.django_db(transaction=True)
FURTHEST = 150
"Stops of Tab on one page before a search for a control is given up."


@pytest.fixture
def ids(person):
    """A contact, a company and a deal."""
    model, actor = data_model(), actor_of(person)
    given = {
        "contact": {"first_name": "Zofia", "last_name": "Lis", "city": "Gdynia"},
        "company": {"name": "Blawatek Studio"},
        "deal": {"name": "Winter linens", "amount": "18400"},
    }
    return {
        name: create_record(model, model.object(name), values=values, actor=actor)
        for name, values in given.items()
    }


@pytest.fixture
def keys(signed_in_page):
    """The keyboard at the page."""
    return Keys(signed_in_page)


class Keys:
    """What fingers do: to a control by Tab, then a key."""

    def __init__(self, page):
        self.page = page

    def to(self, control, key="Tab"):
        """Goes from stop to stop until the control has the focus."""
        expect(control).to_be_attached()
        for _ in range(FURTHEST):
            if control.evaluate("(node) => node === document.activeElement"):
                return self
            self.page.keyboard.press(key)
        pytest.fail(f"The keyboard does not reach {control}.")

    def press(self, *keys):
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text):
        """A text, as if typed."""
        self.page.keyboard.type(text)
        return self


def test_from_the_search_to_a_note_and_a_link(keys, ids):
    """C110, C89, C95, C96: the palette, a value, a note, a company."""
    page = keys.page
    page.goto("/tasks/")
    keys.press("Control+k").type("zof")
    expect(page.locator("#palette .found__line").first).to_contain_text("Zofia Lis")
    keys.press("ArrowDown", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zofia Lis")

    keys.to(page.get_by_role("link", name="Edit City")).press("Enter")
    expect(page.locator("#edit-city")).to_be_focused()
    keys.press("Control+a").type("Sopot").press("Enter")
    expect(page.locator("#prop-city")).to_contain_text("Sopot")
    expect(page.get_by_role("link", name="Edit City")).to_be_focused()

    keys.to(page.get_by_label("Text", exact=True)).type("Likes linen").press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("Likes linen")

    keys.to(page.get_by_role("button", name="Add a link")).press("Enter")
    keys.to(page.locator("#add-link summary", has_text="Company")).press("Enter")
    expect(page.locator("#add-link [open] input")).to_be_focused()
    with page.expect_response(re.compile("=blaw$")):
        keys.type("blaw")
    found = page.get_by_role("button", name="Blawatek Studio")
    expect(found).to_be_visible()
    keys.to(found).press("Enter")
    card = page.locator("#cards .assoc", has_text="Blawatek Studio")
    expect(card).to_be_visible()
    keys.to(page.get_by_role("button", name="Link with Blawatek Studio")).press("Enter")
    keys.to(page.get_by_role("button", name="Unlink Blawatek Studio")).press("Enter")
    expect(card).to_have_count(0)
    assert ids


def test_a_deal_is_moved_deleted_and_brought_back(keys, ids, person):
    """C91, C57, C98: by the board's menu; the bin and back."""
    page = keys.page
    page.goto("/contacts/")
    keys.to(page.get_by_role("navigation", name="Main").get_by_role("link", name="Deals"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Deals")
    keys.to(page.get_by_role("link", name="Board")).press("Enter")
    expect(page).to_have_url(re.compile("layout=board"))
    keys.to(page.get_by_role("button", name="Move Winter linens")).press("Enter")
    keys.to(page.get_by_role("button", name="Demo scheduled")).press("Enter")
    expect(page.get_by_role("button", name="Move Winter linens")).to_be_focused()
    model = data_model()
    deal = model.object("deal")
    stages = {stage.id: stage.name for stage in deal.pipelines[0].stages}
    kept = record(model, deal, ids["deal"], actor_of(person))
    assert stages[kept.values["stage"]] == "demo_scheduled"

    keys.to(page.get_by_role("link", name="Winter linens"), "Shift+Tab").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Winter linens")
    keys.to(page.get_by_role("button", name="More")).press("Enter")
    keys.to(page.get_by_role("link", name="Delete")).press("Enter")
    keys.to(page.get_by_role("dialog").get_by_role("button", name="Delete")).press("Enter")
    expect(page.get_by_text("for 90 more days")).to_be_visible()
    keys.to(page.get_by_role("button", name="Restore")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Winter linens")


def test_a_filter_is_built_and_kept_as_a_view(keys, ids):
    """C80, C84, G70: a condition by words, the dialog of the view, a selection and its menu."""
    page = keys.page
    page.goto("/contacts/")
    keys.to(page.get_by_role("button", name="Filter", exact=True)).press("Enter")
    expect(page.get_by_role("searchbox", name="Search what")).to_be_focused()
    keys.type("city").press("Enter")
    expect(page.get_by_label("Value")).to_be_focused()
    keys.type("gdy").press("Enter")
    expect(page.locator(".chip--on")).to_have_text("City contains “gdy”")
    keys.press("Escape")

    keys.to(page.get_by_role("link", name="Save view")).press("Enter")
    dialog = page.get_by_role("dialog", name="Save view")
    expect(dialog).to_be_visible()
    keys.to(dialog.get_by_label("Name")).type("Gdynia").press("Enter")
    expect(page).to_have_url(re.compile(r"view=gdynia"))
    contains = {"property": "city", "operator": "contains", "value": "gdy"}
    assert View.objects.get().filter == {"all": [contains]}

    keys.to(page.locator('tbody [name="ids"]').first).press("Space")
    keys.to(page.locator('button[formaction$="/bulk/edit/"]')).press("Enter")
    expect(page.locator("dialog[open] form")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert ids


def test_the_search_page_finds_while_one_types(keys, ids):
    """C109, C110: without the palette; what is found opens."""
    page = keys.page
    page.goto("/search/")
    keys.to(page.get_by_role("searchbox", name="Search everything")).type("linens")
    found = page.locator("#found").get_by_role("link", name="Winter linens")
    expect(found).to_be_visible()
    expect(page).to_have_url(re.compile("q=linens"))
    keys.to(found).press("Enter")
    expect(page).to_have_url(re.compile(f"/deals/{ids['deal']}/$"))
