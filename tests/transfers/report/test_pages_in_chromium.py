"""The pages of check, report, list and settings in Chromium, in four looks."""

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, Look
from tests.transfers.imports.test_examples import TE2, TE4
from tresse.transfers import changes
from tresse.transfers.models import ImportTemplate

FRENCH = Look(language="fr")
POLISH = Look(width=390, height=844, language="pl", theme="dark")
UNFOLD = "document.querySelectorAll('.finding-group').forEach((each) => (each.open = true))"
PEOPLE = (
    "E-mail,First name,Last name,Birthday,Lifecycle stage,Extra\n"
    "a@a.org,Ann,Lee,1990-02-30,Prospekt,x\n"
    "b@a.org,ann,lee,1990-02-28,Lead,\n"
    "no address,Zed,Roy,,,\n"
    "anna@ex.org,Anna,Lind,,,\n"
)


@pytest.fixture
def pages(start, signed_in_page):  # noqa: ARG001  the house is there first
    """Addresses of pages in every state, with everything that may stand on them."""
    checked = start.check("contacts", PEOPLE)
    done = start.load("deals", TE4, name="deals.csv")
    start.link("deal", 61, "contact", 53)
    again = start.check("companies", TE2)
    changes.keep_template(done, name="Deals", actor=start.ada, is_shared=True)
    failed = start.check("deals", TE4)
    failed.state, failed.error = "failed", {"message": "x.csv holds no row."}
    failed.save(update_fields=["state", "error"])
    waiting = start.check("companies", TE2)
    waiting, _job = changes.run_import(waiting, actor=start.ada)
    template = ImportTemplate.objects.get()
    return [
        *(f"/imports/{row.pk}/" for row in (checked, done, again, failed, waiting)),
        f"/imports/{done.pk}/keep/",
        "/imports/",
        "/imports/?state=failed",
        "/imports/?object=ticket",
        "/settings/imports/",
        f"/settings/imports/{template.pk}/",
    ]


@pytest.mark.parametrize("look", [LIGHT, DARK, FRENCH, POLISH], ids=str)
def test_pages_have_no_accessibility_faults_and_fit(signed_in_page, pages, axe, look):
    """T62, T75, T88: WCAG 2.2 AA; none is wider than the screen."""
    for address in pages:
        signed_in_page.goto(address)
        expect(signed_in_page.locator("h1")).to_be_visible()
        signed_in_page.evaluate(UNFOLD)
        assert axe(signed_in_page) == [], address
        assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= look.width, (
            address
        )


def test_a_report_survives_a_reload_and_is_filtered(signed_in_page, start):
    """T75: by code and line, at an address of its own."""
    row = start.load("contacts", PEOPLE)
    page = signed_in_page
    page.goto(f"/imports/{row.pk}/")
    page.get_by_label("Code").select_option(label="Invalid dates (1)")
    page.get_by_role("button", name="Filter").click()
    found = page.locator(".findings tbody tr")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("1990-02-30")
    page.reload()
    expect(found).to_have_count(1)


def test_an_import_is_kept_as_a_template_in_a_dialog(signed_in_page, start, axe):
    """T88: a refusal stands in the dialog; then the template is there."""
    row = start.load("deals", TE4, name="deals.csv")
    page = signed_in_page
    page.goto(f"/imports/{row.pk}/")
    page.get_by_role("link", name="Keep as template…").click()
    dialog = page.get_by_role("dialog", name="Keep as template")
    expect(dialog).to_be_visible()
    assert axe(page) == []
    dialog.get_by_label("Name").fill("   ")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog.get_by_role("alert")).to_contain_text("1 to 100 characters")
    dialog.get_by_label("Name").fill("Deals")
    dialog.get_by_label("Everyone who may import this").check()
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_text('The template "Deals" is kept.')).to_be_visible()
    assert ImportTemplate.objects.get().is_shared

    page.get_by_role("link", name="Repeat this import").click()
    expect(page.get_by_text("As in the import of deals.csv")).to_be_visible()
