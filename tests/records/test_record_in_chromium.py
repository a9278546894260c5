"""The record page, tasks and the inbox in Chromium: by keyboard, in both themes, narrow, French."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, Look
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.jobs.models import Notification
from tresse.kernel.clock import now
from tresse.objects.described import data_model
from tresse.objects.models import Stage
from tresse.records.changes import (
    add_task,
    create_record,
    link_records,
    log_activity,
    update_record,
)
from tresse.records.queries import record
from tresse.records.reminders import remind

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [DARK, Look(language="fr", width=390, height=844)]


@pytest.fixture
def world(person):
    """A contact of two companies with a deal, tasks and notes; ids by name."""
    model, actor = data_model(), actor_of(person)

    def make(object_name, **values):
        return create_record(model, model.object(object_name), values=values, actor=actor)

    def link(one, one_id, two, two_id):
        side = model.default_side(one, two)
        assert side
        link_records(model, side, [(one_id, two_id)], actor=actor)

    ids = {
        "jo": make("contact", first_name="Jo", last_name="Martin", city="Lyon"),
        "acme": make("company", name="Acme", domain="acme.example"),
        "verdier": make("company", name="Maison Verdier"),
        "roof": make("deal", name="Winter linens", amount="18400", close_date="2027-04-15"),
    }
    for name in ("acme", "verdier"):
        link("contact", ids["jo"], "company", ids[name])
    link("deal", ids["roof"], "contact", ids["jo"])
    contact, company = model.object("contact"), model.object("company")
    log_activity(model, "note", [(company, ids["acme"])], fields={"text": "Moves"}, actor=actor)
    update_record(model, company, ids["acme"], values={"city": "Gent"}, actor=actor)
    for title, hours in (("Call back", -2), ("Send prices", 30)):
        values = {"title": title, "due_at": (now() + timedelta(hours=hours)).isoformat()}
        ids[title] = add_task(model, [(contact, ids["jo"])], values=values, actor=actor)
    remind()
    return ids


@pytest.fixture
def at(signed_in_page, world):
    """Opens an address; `{jo}` in it is an id."""

    def go(address):
        signed_in_page.goto(address.format(**world))
        return signed_in_page

    return go


PAGES = (
    "/contacts/{jo}/?kind=history",
    "/contacts/{jo}/?q=moves&origin=linked",
    "/companies/{acme}/?compose=task",
    "/deals/{roof}/",
    "/tasks/",
    "/tasks/?of=team&when=done",
    "/notifications/",
    "/notifications/team/",
    "/deals/new/",
)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_pages_have_no_accessibility_faults(at, axe, look):
    """C93, C117: WCAG 2.2 AA, and no page is wider than its screen."""
    found = {}
    for address in PAGES:
        page = at(address)
        if faults := axe(page):
            found[address] = faults
        if page.evaluate("document.documentElement.scrollWidth") > look.width:
            found[f"{address} is too wide"] = []
    assert found == {}


def test_what_opens_has_no_accessibility_faults(at, axe):
    """C77, C94 to C96: the filter, records to choose, people, the menu of a link, an edit."""
    page = at("/contacts/{jo}/")
    page.get_by_role("button", name="Filter activity").click()
    assert axe(page) == [], "filter"
    page.keyboard.press("Escape")
    page.locator(".composer__also summary").click()
    page.get_by_label("Text", exact=True).press_sequentially("Ask @ann")
    expect(page.get_by_role("option", name="Anna Nowak")).to_be_visible()
    assert axe(page) == [], "people"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Link with Acme").focus()
    page.keyboard.press("Enter")
    assert axe(page) == [], "link menu"
    page = at("/companies/{acme}/")
    page.get_by_role("link", name="Edit this activity").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".composer--edit textarea")).to_be_focused()
    assert axe(page) == [], "edit"


def test_a_note_is_written_by_keyboard_alone(at, person):
    """C72, C95: quick button, a mention from the list, saved by Ctrl+Enter."""
    bob = add_user(email="bob@example.com", name="Bob Reed", role="manager", actor=SYSTEM)
    page = at("/contacts/{jo}/")
    page.get_by_role("link", name="Note", exact=True).focus()
    page.keyboard.press("Enter")
    text = page.get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    page.keyboard.type("Please call, @bo")
    expect(page.get_by_role("option", name="Bob Reed")).to_be_visible()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Please call, @Bob Reed ")
    page.keyboard.type("today")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#timeline .mention")).to_have_text("@Bob Reed")
    expect(text).to_have_value("")
    assert Notification.objects.get(user=bob).title == f"{person.name} mentioned you on Jo Martin"


def until_held(page, held, number):
    """Waits until so many requests are held back."""
    for _ in range(2000):
        if len(held) == number:
            return
        page.wait_for_timeout(10)
    pytest.fail("The page sends no request.")


def test_a_note_is_shown_though_a_refresh_was_on_its_way(at):
    """C95: the answer to a note finds the timeline that replaced its own."""
    page, held = at("/contacts/{jo}/"), {}
    page.route("**/timeline/**", lambda route: held.update(refresh=route))
    page.route("**/activities/", lambda route: held.update(note=route))
    timeline = page.locator("#timeline")
    page.evaluate("htmx.trigger(document.body, 'tresse:changed')")
    text = page.get_by_label("Text", exact=True)
    text.fill("Likes linen")
    timeline.evaluate("node => node.dataset.old = 1")
    text.press("Control+Enter")
    until_held(page, held, 2)
    held["refresh"].continue_()
    expect(timeline).not_to_have_attribute("data-old", "1")
    held["note"].continue_()
    expect(timeline).to_contain_text("Likes linen")


def test_a_change_during_a_refresh_is_fetched_as_well(at, world, person):
    """C93: the last of two refreshes counts, whichever was asked for first."""
    page, held = at("/contacts/{jo}/"), []
    page.route("**/timeline/**", lambda route: route.continue_() if held else held.append(route))
    page.evaluate("htmx.trigger(document.body, 'tresse:changed')")
    until_held(page, held, 1)
    model = data_model()
    jo = (model.object("contact"), world["jo"])
    log_activity(model, "note", [jo], fields={"text": "Likes linen"}, actor=actor_of(person))
    page.evaluate("htmx.trigger(document.body, 'tresse:changed')")
    expect(page.locator("#timeline")).to_contain_text("Likes linen")


def test_a_note_is_edited_and_shows_its_former_text(at):
    """C70."""
    page = at("/companies/{acme}/")
    page.get_by_role("link", name="Edit this activity").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".composer--edit textarea")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Moves in May")
    page.keyboard.press("Control+Enter")
    card = page.locator(".timeline__card", has_text="Moves in May")
    card.get_by_text("Edited").click()
    expect(card.locator(".timeline__former")).to_contain_text("Before the edit by Anna Nowak")


def test_linked_history_folds_and_unfolds(at):
    """C75, C77: with the company's badge."""
    page = at("/contacts/{jo}/")
    line = page.locator(".timeline > li", has=page.get_by_role("link", name="Acme")).filter(
        has_text="made 2 changes"
    )
    line.get_by_text("Show the changes").click()
    expect(line.locator(".timeline__parts")).to_contain_text("City")


def test_another_company_becomes_primary(at):
    """C39, C96: by the menu of its link."""
    page = at("/contacts/{jo}/")
    card = page.locator("#cards .assoc", has_text="Companies")
    item = card.get_by_role("listitem").filter(has_text="Maison Verdier")
    expect(item.locator(".tag")).to_have_count(0)
    item.hover()
    item.get_by_role("button", name="Link with Maison Verdier").click()
    item.get_by_role("button", name="Make primary").click()
    expect(item.locator(".tag")).to_have_text("Primary")
    expect(page.locator("#said")).to_have_text("The link has its label.")


def test_a_stage_asks_in_a_dialog_for_what_it_needs(at, world):
    """C49, C94."""
    Stage.objects.filter(name="in_negotiation").update(required=["description"])
    page = at("/deals/{roof}/")
    page.get_by_role("button", name="Move to In negotiation").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Description").fill("Two houses")
    dialog.get_by_role("button", name="Save and move").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#record-head .tag")).to_have_text("In negotiation")
    model = data_model()
    values = record(model, model.object("deal"), world["roof"], SYSTEM).values
    assert values["description"] == "Two houses"


def test_a_value_is_given_back(at):
    """C27: from the field of the property, through its history."""
    page = at("/companies/{acme}/")
    page.locator("#prop-city").get_by_role("link", name="Edit City").click()
    page.get_by_role("link", name="History of City").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Gent")
    dialog.get_by_role("button", name="Empty it again").click()
    expect(page.locator("#timeline")).to_contain_text("City Gent → –")


def test_a_task_is_done_on_its_card_and_in_the_list(at):
    """C96: one click or key; the timeline and the number follow."""
    page = at("/contacts/{jo}/")
    page.get_by_role("button", name="Done: Call back").focus()
    page.keyboard.press("Space")
    expect(page.locator("#timeline")).to_contain_text("completed a task Call back")
    expect(page.get_by_role("button", name="Done: Call back")).to_have_attribute(
        "aria-pressed", "true"
    )
    page = at("/tasks/")
    page.get_by_label("New task").fill("Write the offer")
    page.keyboard.press("Enter")
    expect(page.locator("#tasks")).to_contain_text("Tomorrow, 09:00")
    page.get_by_role("button", name="Move: Write the offer").click()
    page.get_by_role("button", name="In a week").click()
    expect(page.locator("#tasks")).not_to_contain_text("Tomorrow, 09:00")
    page.get_by_role("button", name="Done: Write the offer").click()
    expect(page.locator("#tasks")).not_to_contain_text("Write the offer")
