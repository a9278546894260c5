"""Segments over a dataset in Chromium: one is saved from a filter, and no faults anywhere."""

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW
from tests.datasets.pages.conftest import built
from tests.datasets.standing import publish
from tresse.objects.described import data_model
from tresse.segments.changes import add_segment, settle
from tresse.segments.models import Segment
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
ADAS = {"property": "first_name", "operator": "is", "value": "Ada"}
IN_TEXT = urlencode({"filter": json.dumps(ADAS)})


@pytest.fixture
def adas(golden, owner):
    """A segment whose members are kept; somebody left it with the second version."""
    facts = {"base": "people", "model": data_model(), "actor": owner}
    row = add_segment(label="Adas", filter=ADAS, keeps_size=True, **facts)
    add_segment(label="Some Adas", filter={"segment": "adas"}, **facts)
    settle()
    publish(Source.objects.get(name="shop"), [])
    built(golden, actor=owner)
    return row


@pytest.mark.parametrize("look", [LIGHT, DARK, NARROW], ids=str)
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, look, adas):  # noqa: ARG001
    """G50, G58, G73"""
    faults = {}
    for address in (
        "/segments/",
        "/segments/adas/",
        "/segments/adas/edit/",
        "/segments/adas/compare/",
        "/segments/new/?base=dataset:people",
        f"/datasets/people/rows/?{IN_TEXT}",
        "/datasets/people/rows/?filter=%7B",
    ):
        signed_in_page.goto(address)
        expect(signed_in_page.locator("h1")).to_be_visible()
        if found := axe(signed_in_page):
            faults[address] = found
        wide = signed_in_page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults[f"{address} is too wide"] = wide

    assert faults == {}


@pytest.mark.usefixtures("golden")
def test_a_filter_of_golden_records_becomes_a_segment(signed_in_page):
    """G70, G73: filtered in the editor, counted while one types, saved under a name"""
    page = signed_in_page
    page.goto(f"/datasets/people/rows/?{IN_TEXT}")
    page.get_by_role("link", name="first_name is “Ada”").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_text("2 people")).to_be_visible()
    dialog.locator("input[name='filter.0.value']").fill("Mary")
    expect(dialog.get_by_role("link", name="Mary Somerville")).to_be_visible()
    dialog.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("first_name is “Mary”")).to_be_visible()
    page.get_by_role("link", name="Save as segment").click()
    page.get_by_label("Name", exact=True).fill("Marys")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Marys")).to_be_visible()
    expect(page.get_by_role("link", name="Mary Somerville")).to_be_visible()
    assert Segment.objects.get().filter == {"all": [{**ADAS, "value": "Mary"}]}
