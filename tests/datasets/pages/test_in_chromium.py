"""Datasets in Chromium: building, provenance on hover, keys of the review, order by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser import LIGHT
from tests.datasets.pages.conftest import built
from tests.journeys.test_every_page import SETTLED
from tresse.datasets.models import Dataset, Decision, ReviewItem
from tresse.jobs.worker import run_here

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESSES = (
    "/datasets/",
    "/datasets/new/?entity=contacts",
    "/datasets/people/",
    "/datasets/people/rows/",
    "/datasets/people/rows/{id}/",
    "/datasets/people/rows/{id}/why/",
    "/datasets/people/rows/{id}/apart/",
    "/datasets/people/rows/{id}/pin/?column=city",
    "/datasets/people/why/?a=shop/1&b=shop/2",
    "/datasets/people/columns/",
    "/datasets/people/column/?name=email",
    "/datasets/people/sources/",
    "/datasets/people/sources/till/",
    "/datasets/people/identity/",
    "/datasets/people/identity/draft/",
    "/datasets/people/review/",
    "/datasets/people/decisions/",
    "/datasets/people/builds/",
    "/datasets/people/builds/{build}/",
    "/datasets/people/versions/",
    "/datasets/people/versions/compare/?from=1&to=1",
    "/datasets/people/health/",
    "/datasets/people/settings/",
    "/datasets/buys/relations/?to=people",
)


def test_a_dataset_is_built_while_one_looks(signed_in_page, people):  # noqa: ARG001
    """D130: progress comes by itself; the end shows what came of it."""
    page = signed_in_page
    page.goto("/datasets/people/")
    page.get_by_role("button", name="Build now").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()

    run_here(Dataset.objects.get(name="people").last_build.job)

    expect(page.get_by_text("Version 1 is published")).to_be_visible()
    expect(page.get_by_text("golden records came of them.")).to_be_visible()
    page.get_by_role("link", name="Golden records 5").click()
    expect(page.get_by_role("link", name="Mary Somerville")).to_be_visible()


def test_a_value_says_where_it_comes_from(signed_in_page, golden):  # noqa: ARG001
    """D75: on hover, and for the keyboard on focus; Escape takes the card away."""
    page = signed_in_page
    page.goto("/datasets/people/rows/?columns=city,customer_id&q=C1")
    card = page.locator("#why")
    cell = page.locator("td[data-why]").filter(has_text="C1")

    cell.hover()
    expect(card).to_contain_text("shop")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.locator("tbody td").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cell).to_be_focused()
    expect(card).to_contain_text("Records with a value")


def test_the_table_narrows_while_one_types(signed_in_page, golden):  # noqa: ARG001
    """D62's keys in the search of the table."""
    page = signed_in_page
    page.goto("/datasets/people/rows/")

    page.get_by_role("searchbox").fill("MARY@x.fr")

    expect(page.get_by_text("1 golden record", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Mary Somerville")).to_be_visible()


def test_cases_are_decided_by_the_keyboard(signed_in_page, golden):
    """D60: S, D and L answer; what is typed in the reason answers nothing."""
    page = signed_in_page
    item = ReviewItem.objects.get(dataset=golden, kind="refused")
    page.goto(f"/datasets/people/review/?item={item.pk}")
    page.get_by_label("Why").fill("sdl")
    assert not Decision.objects.exists()
    page.get_by_role("region", name="The case").focus()

    page.keyboard.press("d")

    expect(page.get_by_text("Decided: different people. No build joins them.")).to_be_visible()
    decision = Decision.objects.get()
    assert (decision.kind, decision.reason) == (Decision.APART, "sdl")


def test_sources_are_put_in_order_by_keyboard_and_by_drag(signed_in_page, people):
    """D3, WCAG 2.2 §2.5.7: the order of the rows is the order that is saved."""
    page = signed_in_page
    page.goto("/datasets/people/sources/")
    page.get_by_role("button", name="Move till up").press("Enter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The sources are saved.")).to_be_visible()
    people.refresh_from_db()
    assert [each["source"] for each in people.definition["sources"]] == ["till", "shop"]

    grip = page.locator("[data-grip]").first.bounding_box()
    below = page.locator("[data-row]").last.bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, below["y"] + below["height"] - 4, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="Save").click()

    expect(page.locator("[data-row]").first).to_contain_text("shop")
    people.refresh_from_db()
    assert [each["source"] for each in people.definition["sources"]] == ["shop", "till"]


def test_a_value_is_pinned_in_a_dialog(signed_in_page, golden, owner):
    """D74: without leaving the page."""
    page = signed_in_page
    page.goto("/datasets/people/rows/?q=C1")
    page.locator("a.table__name").first.click()
    page.get_by_role("link", name="Pin city").click()
    page.get_by_role("dialog").get_by_label("city").fill("Nantes")
    page.get_by_role("button", name="Pin it").click()
    expect(page.get_by_text("It is pinned. The next build shows it.")).to_be_visible()
    built(golden, actor=owner)

    page.reload()

    expect(page.locator(".why__row").filter(has_text="Nantes")).to_contain_text("pinned by")


@pytest.mark.parametrize("look", [LIGHT], ids=str)
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, look, golden, client):
    """Pages full of what was built, in both themes, on a phone, and in French."""
    page, faults = signed_in_page, {}
    client.post("/datasets/people/identity/", {"key": ["phone"], "memory": ["current"]})
    known = {"id": _joined(client), "build": golden.last_build_id}
    for address in ADDRESSES:
        page.goto(address.format(**known))
        page.wait_for_load_state("networkidle")
        found = axe(page)
        if look is LIGHT:
            page.emulate_media(color_scheme="dark")
            page.evaluate(SETTLED)
            found += axe(page, runOnly=["color-contrast"])
            page.emulate_media(color_scheme="light")
        if page.evaluate("document.documentElement.scrollWidth") > look.width:
            found = [*found, "wider than the window"]
        if found:
            faults[address] = found

    assert faults == {}


def _joined(client):
    """A golden record of two records."""
    page = client.get("/datasets/people/rows/?which=joined").content.decode()
    return page.partition('class="table__name" href="/datasets/people/rows/')[2].partition("/")[0]
