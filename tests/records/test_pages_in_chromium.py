"""Pages of records in Chromium: by mouse and keyboard, in both themes, all widths and languages."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, MIDDLE, NARROW, Look, dark
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records.changes import create_record, link_records, log_activity

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [MIDDLE, dark(NARROW), Look(language="pl", width=390, height=844)]
"`journeys` looks at every page in both themes and, on a phone, in French or Polish."


@pytest.fixture
def actor(person):
    return actor_of(person)


@pytest.fixture
def world(actor):
    """A small world: ids of its records by name."""
    model = data_model()

    def make(object_name, **values):
        return create_record(model, model.object(object_name), values=values, actor=actor)

    ids = {
        "zofia": make(
            "contact",
            first_name="Zofia",
            last_name="Wiśniewska",
            email="zofia@blawatek.example",
            phone="+48601234502",
            city="Gdańsk",
            lifecycle_stage="customer",
            language="pl",
        ),
        "marco": make("contact", first_name="Marco", last_name="Bianchi", city="Milano"),
        "acme": make("company", name="Bławatek Studio", domain="blawatek.example"),
        "verdier": make("company", name="Maison Verdier"),
        "roof": make("deal", name="Winter linens", amount="18400", close_date="2026-04-15"),
    }
    side = model.default_side("contact", "company")
    assert side
    link_records(model, side, [(ids["zofia"], ids["acme"])], actor=actor)
    side = model.default_side("deal", "contact")
    assert side
    link_records(model, side, [(ids["roof"], ids["zofia"])], actor=actor)
    about = [(model.object("contact"), ids["zofia"])]
    log_activity(model, "note", about, fields={"text": "Likes linen"}, actor=actor)
    log_activity(model, "call", about, fields={"text": "Rang", "outcome": "Connected"}, actor=actor)
    return ids


@pytest.fixture
def at(signed_in_page, world):
    """Opens an address; `{zofia}` in it is an id."""

    def go(address):
        signed_in_page.goto(address.format(**world, filter=quote(FILTER)))
        return signed_in_page

    return go


def prop(page, name):
    return page.locator(f"#prop-{name}")


FILTER = json.dumps(
    {
        "all": [
            {"property": "country", "operator": "is_any_of", "value": ["fr"]},
            {"property": "birthday", "operator": "between", "value": ["2000-01-01", "today"]},
            {"linked": "deal", "filter": {"any": [{"property": "emial", "operator": "is"}]}},
        ]
    }
)


PAGES = (
    "/contacts/",
    '/contacts/?filter={{"property":"emial","operator":"is","value":"x"}}',
    "/deals/?sort=-amount&view=mine",
    "/products/",
    "/filters/edit/?filter_object=contact&filter_next=/contacts/&filter={filter}",
    "/contacts/new/",
    "/contacts/{zofia}/",
    "/deals/{roof}/?edit=stage",
    "/contacts/{zofia}/city/history/",
    "/contacts/{zofia}/delete/",
    "/contacts/{zofia}/links/contact_company:forward/search/",
)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_pages_have_no_accessibility_faults(at, axe, look):
    """C79, C93: WCAG 2.2 AA, and no page is wider than its screen."""
    found = {}
    for address in PAGES:
        page = at(address)
        if faults := axe(page):
            found[address] = faults
        if page.evaluate("document.documentElement.scrollWidth") > look.width:
            found[f"{address} is too wide"] = []
    assert found == {}


@pytest.mark.parametrize("look", [DARK, NARROW], ids=str)
def test_what_opens_on_pages_has_no_accessibility_faults(at, axe):
    """C79, C89, C95: menus, open fields, the dialog, the form of a call."""
    page = at("/contacts/")
    for button in ("Filter", "Sort", "Columns"):
        page.get_by_role("button", name=button, exact=True).click()
        if button == "Filter":
            expect(page.get_by_role("searchbox", name="Search what")).to_be_focused()
        assert axe(page) == [], button
        page.keyboard.press("Escape")
    page = at("/contacts/{zofia}/")
    prop(page, "city").get_by_role("link", name="Edit").click()
    expect(page.locator("#edit-city")).to_be_focused()
    page.locator(".composer__kind", has_text="Call").click()
    assert axe(page) == [], "open field"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a link").click()
    assert axe(page) == [], "links"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == [], "dialog"


def test_a_wide_record_page_has_three_scrolls(at):
    """C93: properties, activity and linked records each scroll by themselves."""
    page = at("/contacts/{zofia}/")
    for name in ("record__side", "record__main", "record__assoc"):
        box = page.locator(f".{name}")
        assert box.evaluate("(e) => getComputedStyle(e).overflowY") == "auto"
        assert box.bounding_box()["height"] == 848
    assert page.evaluate("document.documentElement.scrollHeight") == 900


def test_searches_while_typing(at):
    """C79, C88: rows and state change, the field keeps the focus, the number is announced."""
    page = at("/contacts/?sort=city")
    box = page.get_by_role("searchbox")
    box.press_sequentially("zof", delay=20)

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#found")).to_have_text("1 contact")
    expect(box).to_be_focused()
    expect(page).to_have_url(re.compile(r"q=zof&sort=city"))
    page.get_by_role("link", name="E-mail").first.click()
    expect(page).to_have_url(re.compile(r"q=zof"))


def test_a_head_sorts_and_turns(at):
    """C85: by keyboard too."""
    page = at("/contacts/?columns=city")
    head = page.get_by_role("link", name="City")
    head.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("Zofia")

    page.get_by_role("link", name="City").click()
    expect(page.locator("tbody tr").first).to_contain_text("Marco")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("City")


def test_columns_come_in_the_order_chosen(at):
    """C80: a column that is ticked comes after those ticked before; arrows move it."""
    page = at("/contacts/?columns=email")
    page.get_by_role("button", name="Columns").click()
    menu = page.locator("#columns-menu")
    menu.get_by_label("City", exact=True).check()
    menu.get_by_label("Birthday", exact=True).check()
    menu.get_by_role("button", name="Move Birthday up").click()
    menu.get_by_role("button", name="Apply").click()

    heads = page.locator("thead th[data-column]")
    expect(heads).to_have_text(["Name", "E-mail", "Birthday", "City"])
    expect(page).to_have_url(re.compile(r"columns=email%2Cbirthday%2Ccity$"))


def test_pages_forth_and_back(at, actor):
    """C85, C86."""
    model = data_model()
    for number in range(26):
        values = {"first_name": f"N{number:02}"}
        create_record(model, model.object("contact"), values=values, actor=actor)
    page = at("/contacts/?size=25&sort=first_name")
    expect(page.locator("tbody tr")).to_have_count(25)

    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Previous page").click()
    expect(page.locator("tbody tr").first).to_contain_text("Marco")
    expect(page.locator(".table-foot")).to_contain_text("28 contacts")


def test_creates_a_record_after_an_error(at):
    """C94, C96a: the field says what is wrong; then the record's page opens."""
    page = at("/contacts/")
    page.get_by_role("link", name="New contact").click()
    page.get_by_label("E-mail").fill("nope")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".field__error")).to_have_text('"nope" is not an e-mail address.')

    page.get_by_label("E-mail").fill("jo@ex.example")
    page.get_by_text("More properties").click()
    page.get_by_label("City").fill("Lyon")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("jo@ex.example")
    expect(page.get_by_role("status").filter(has_text="The record is there now.")).to_be_visible()


def test_edits_a_property_where_it_stands(at):
    """C89: Enter opens and saves, Escape cancels, a refusal keeps what was typed."""
    page = at("/contacts/{zofia}/")
    prop(page, "email").get_by_role("link", name="Edit E-mail").focus()
    page.keyboard.press("Enter")
    field = page.locator("#edit-email")
    expect(field).to_be_focused()
    field.fill("nope")
    page.keyboard.press("Enter")
    expect(prop(page, "email").get_by_role("alert")).to_contain_text("is not an e-mail address")
    expect(field).to_have_value("nope")

    page.keyboard.press("Escape")
    expect(prop(page, "email")).to_contain_text("zofia@blawatek.example")
    expect(prop(page, "email").get_by_role("link", name="Edit E-mail")).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("zofia@studio.example")
    page.keyboard.press("Enter")
    expect(prop(page, "email")).to_contain_text("zofia@studio.example")
    expect(page.locator("#said")).to_have_text("E-mail is saved.")
    expect(page.locator("#timeline")).to_contain_text("Anna Nowak changed E-mail")


def test_leaving_a_field_saves_it(at):
    """C89: and one that was not changed just closes; the title follows."""
    page = at("/contacts/{zofia}/")
    prop(page, "last_name").get_by_role("link", name="Edit").click()
    page.locator("#edit-last_name").fill("Lis")
    page.get_by_text("Likes linen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zofia Lis")
    expect(page.locator("#crumb")).to_have_text("Zofia Lis")

    prop(page, "last_name").get_by_role("link", name="Edit").click()
    expect(page.locator("#edit-last_name")).to_be_focused()
    page.get_by_text("Likes linen").click()
    expect(page.locator("#edit-last_name")).to_have_count(0)


def test_a_stage_moves_by_its_path(at):
    """C94: one click; the tag and the path say where it is."""
    page = at("/deals/{roof}/")
    page.get_by_role("button", name="Move to In negotiation").click()

    expect(page.locator("#record-head .tag")).to_have_text("In negotiation")
    expect(page.locator(".stages .on")).to_have_count(5)


def test_logs_a_note_and_a_call(at):
    """C95: fields follow the kind; a draft outlives a reload; the timeline shows both at once."""
    page = at("/contacts/{marco}/")
    page.get_by_label("Text", exact=True).fill("Likes blue")
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Likes blue")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#timeline")).to_contain_text("Likes blue")
    expect(page.get_by_label("Text", exact=True)).to_have_value("")

    expect(page.get_by_label("Channel")).to_be_hidden()
    page.locator(".composer__kind", has_text="Call").click()
    page.get_by_label("Minutes").fill("many")
    page.get_by_role("button", name="Log call").click()
    expect(page.locator(".composer").get_by_role("alert")).to_contain_text("a whole number")
    page.get_by_label("Minutes").fill("12")
    page.get_by_label("Channel").select_option("linkedin")
    page.get_by_role("button", name="Log call").click()
    expect(page.locator("#timeline")).to_contain_text("LinkedIn · 12 min")
    expect(page.locator("#said")).to_have_text("The call is saved.")


def test_the_timeline_shows_one_kind(at):
    """C77."""
    page = at("/contacts/{zofia}/")
    page.get_by_role("link", name="Calls").click()

    expect(page.locator("#timeline")).not_to_contain_text("Likes linen")
    expect(page.locator("#timeline")).to_contain_text("Rang")


def test_removes_an_activity(at):
    """C70: after a question."""
    page = at("/contacts/{zofia}/")
    page.on("dialog", lambda dialog: dialog.accept())
    line = page.locator(".timeline > li", has_text="Likes linen")
    line.hover()
    line.get_by_role("button", name="Remove this activity").click()

    expect(page.locator("#timeline")).not_to_contain_text("Likes linen")
    expect(page.locator("#said")).to_have_text("The activity was removed.")


def test_links_and_unlinks_records(at):
    """C96: by search; empty relations stand behind one control; cards follow at once."""
    page = at("/contacts/{marco}/")
    expect(page.locator("#cards .assoc")).to_have_count(0)
    page.get_by_role("button", name="Add a link").click()
    page.locator("#add-link summary", has_text="Company").click()
    page.keyboard.type("verd")
    page.get_by_role("button", name="Maison Verdier").click()
    card = page.locator("#cards .assoc", has_text="Compan")
    expect(card).to_contain_text("Maison Verdier")
    expect(page.locator("#timeline")).to_contain_text("linked Company Maison Verdier")

    card.get_by_role("button", name="Link: Company").click()
    page.keyboard.type("blaw")
    page.get_by_role("button", name="Bławatek Studio").click()
    expect(card.locator(".card__head .tag.num")).to_have_text("2")
    card.get_by_role("listitem").filter(has_text="Maison").hover()
    card.get_by_role("button", name="Link with Maison Verdier").click()
    card.get_by_role("button", name="Unlink Maison Verdier").click()
    expect(card).not_to_contain_text("Maison Verdier")
    expect(page.locator("#said")).to_have_text("The link was taken away.")


def test_deletes_and_restores_a_record(at):
    """C57, C98: asked in a dialog; the bin's page brings it back."""
    page = at("/contacts/{marco}/")
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Marco Bianchi is in the bin")).to_be_visible()
    expect(page.get_by_text("for 90 more days")).to_be_visible()

    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marco Bianchi")
