"""The wizard's file and columns in Chromium: keyboard, French, dark, narrow, without faults."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW, Look
from tests.transfers.imports.house import links, numbers
from tests.transfers.wizard.walking import Walk
from tresse.transfers.models import Import

TE6 = "Company ID,Associated Deals\n41,61\n"
ALL_STATES = (
    "Company ID,Name,Industrie,Associated Deals,Associated Contact,Fax,Updated at,Shoe size\n"
    "41,Company 1,Tech,61,anna@ex.org,1,2024-01-01,38\n"
)


@pytest.fixture
def walk(start, signed_in_page, tmp_path):  # noqa: ARG001  the house is there first
    """A walk of an administrator in the house of the worked examples."""
    return Walk(signed_in_page, tmp_path)


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_pages_have_no_accessibility_faults(walk, axe, look):
    """T21: in every state of a column, the list of answers open, settings unfolded."""
    page = walk.page
    for address in ("/imports/new/", "/imports/new/companies/"):
        page.goto(address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= look.width

    row = walk.take_in("companies", ALL_STATES)
    walk.answer("Shoe size", "New property…", now="Shoe size")
    page.get_by_role("link", name="Unlock Company ID").click()
    page.locator("#options summary").first.click()
    expect(page.get_by_text("Create new companies and update known ones")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    page.get_by_role("button", name="Fax:").click()
    expect(page.get_by_role("listbox")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")

    page.goto(f"/imports/{row.pk}/file/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width


def press_until(page, name, key="Tab", most=80):
    """Go on by a key until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press(key)
        focus = page.evaluate(
            "(e => (e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText || '')"
            ".trim())(document.activeElement)"
        )
        if re.match(name, focus):
            return
    pytest.fail(f"nothing called {name} gets the focus")


def test_te6_by_keyboard_from_the_index_page(walk, start):
    """TE6, T3a, T43: no mouse from the button Import companies to the checked page and the run."""
    page = walk.page
    path = walk.folder / "companies.csv"
    path.write_text(TE6)
    page.goto("/companies/")
    press_until(page, "Import companies")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a file")).to_be_visible()
    press_until(page, "Drop a file here")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(path)
    expect(page.get_by_text("companies.csv")).to_be_visible()
    press_until(page, "Next: read the file")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/imports/\d+/file/"))
    press_until(page, "Next: map columns")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()

    press_until(page, "Associated Deals:")
    page.keyboard.press("Space")
    expect(page.get_by_role("combobox", name="Search properties and relations")).to_be_focused()
    page.keyboard.type("associated dea")
    page.keyboard.press("Enter")

    button = page.get_by_role("button", name="Associated Deals: Associated Deal")
    expect(button).to_be_focused()
    expect(page.get_by_text("Every column has an answer.")).to_be_visible()
    press_until(page, "Next: check")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Checking the file")).to_be_visible()
    walk.work()
    expect(page.get_by_role("heading", name="What the import will do")).to_be_visible()
    assert numbers(walk.row) == {"rows": 1, "unchanged": 1}
    press_until(page, "Run the import")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    walk.work()
    expect(page.get_by_role("heading", name="The import is done")).to_be_visible()
    assert links(walk.row) == {"asked": 1, "created": 1}
    assert start.links("company", "deal") == [(41, 61)]


def test_te6_did_you_mean_is_confirmed_by_a_click(walk):
    """TE6, T43: the way on opens with the last answer."""
    walk.take_in("companies", TE6)
    page = walk.page
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()

    page.get_by_role("button", name="Yes, Associated Deal").click()

    expect(page.get_by_role("button", name="Next: check")).to_be_enabled()
    expect(page.locator("#column-1 .tag")).to_have_text("Matched")
    page.reload()
    expect(page.locator("#column-1 .tag")).to_have_text("Matched")


def test_the_rest_is_answered_after_an_answer(walk):
    """T19: the button goes on working in the foot that an answer replaced."""
    walk.take_in("companies", "Associated Deals,Fax\n61,1\n")
    page = walk.page
    page.get_by_role("button", name="Yes, Associated Deal").click()
    expect(page.locator("#column-0 .tag")).to_have_text("Matched")

    page.get_by_role("button", name="Do not import the rest").click()

    expect(page.get_by_text("Every column has an answer.")).to_be_visible()
    expect(page.get_by_role("button", name="Next: check")).to_be_enabled()


def test_the_list_of_answers_is_searched_by_any_word(walk):
    """T21: labels in other languages, names, without marks; nothing found is said."""
    walk.take_in("companies", "Fax\n1\n")
    page = walk.page
    page.get_by_role("button", name="Fax:").click()
    box = page.get_by_role("combobox", name="Search properties and relations")
    for typed, found in (
        ("miasto", "City"),
        ("annual_rev", "Annual revenue"),
        ("telephone", "Phone"),
        ("parent", "Company > Parent company"),
        ("szansa", "Associated Deal"),
    ):
        box.fill(typed)
        expect(page.get_by_role("option", name=found).first).to_be_visible()
    box.fill("xyzzy")
    expect(page.get_by_text("Nothing is called so.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Fax:")).to_be_focused()


def test_a_file_is_dropped_and_a_large_one_is_told_before_it_is_sent(walk):
    """T8: by name and size; the most is said where the file is chosen."""
    page = walk.page
    page.goto("/imports/new/companies/")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["Name\\nAcme\\n"], "dropped.csv"));
          const zone = document.querySelector("tresse-dropzone");
          zone.dispatchEvent(new DragEvent("dragover", {dataTransfer: data, cancelable: true}));
          zone.dispatchEvent(new DragEvent("drop", {dataTransfer: data, cancelable: true}));
        }"""
    )
    expect(page.get_by_text("dropped.csv")).to_be_visible()

    page.evaluate("document.querySelector('tresse-dropzone').dataset.most = '5'")
    page.evaluate("document.querySelector('tresse-dropzone').show()")
    expect(page.get_by_role("alert")).to_contain_text("the most is 512 MB")
    page.get_by_role("button", name="Next: read the file").click()
    assert not Import.objects.exists()

    page.evaluate("document.querySelector('tresse-dropzone').dataset.most = '5000'")
    page.evaluate("document.querySelector('tresse-dropzone').show()")
    page.get_by_role("button", name="Next: read the file").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/file/"))
    assert walk.row.file_name == "dropped.csv"


def test_how_it_is_read_changes_at_once(walk):
    """T10, T14: the lines are shown anew without a button."""
    walk.take_in("companies", "Nazwa;Miasto\nZażółć;Łódź\n".encode("cp1250"))
    page = walk.page
    page.get_by_role("link", name="How it is read").click()
    expect(page.get_by_role("cell", name="Zażółć")).to_be_visible()

    page.get_by_label("Encoding").select_option("ISO-8859-1")
    expect(page.get_by_role("cell", name="Za¿ó³æ")).to_be_visible()
    page.get_by_label("Encoding").select_option("Windows-1250")
    page.get_by_label("First line", exact=True).select_option("no")
    expect(page.get_by_role("columnheader", name="A", exact=True)).to_be_visible()


@pytest.mark.parametrize("look", [Look(language="fr")], ids=str)
def test_a_french_file_of_a_french_person(walk, start):
    """T20, T22, T42: French headers; property names and relations in the words of the person."""
    path = Path(walk.folder) / "deals.csv"
    path.write_text(
        "ID de l'opportunité,Nom,Contact associé,Date de clôture prévue\n61,Toit,51,03/04/2027\n",
        encoding="utf-8",
    )
    page = walk.page
    page.goto("/imports/new/deals/")
    page.locator("input[type=file]").set_input_files(path)
    page.locator("form .btn--primary").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/file/"))
    page.goto(page.url.replace("/file/", "/map/"))

    expect(page.locator("#column-1 .choice")).to_contain_text("Nom")
    expect(page.locator("#column-2 .choice")).to_contain_text("Contact")
    expect(page.locator("#column-2")).to_have_class(re.compile("col--locked"))
    page.locator("#column-3 [data-choose]").click()
    page.locator("#choices input").fill("cloture")
    page.locator("[role=option]:not([hidden])").first.click()
    expect(page.locator("#column-3 .ask__answers button").first).to_have_text("3 avril")
    page.locator("#column-3 .ask__answers button").first.click()
    expect(page.locator("#map-foot .btn--primary")).to_be_enabled()
    page.locator("#map-foot .btn--primary").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/$"))
    walk.work()
    assert numbers(walk.row) == {"rows": 1, "updated": 1}
    assert start.values("deal", "name")[61] == "Renewal"
