"""Connections and sources in Chromium: the way to a first version, and no faults anywhere."""

import pytest
from django.db import connection
from playwright.sync_api import expect

from tests.browser import LIGHT
from tests.journeys.test_every_page import SETTLED
from tresse.accounts.changes import change_settings
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.sources.changes.runs import extract
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESSES = (
    "/connections/shop/",
    "/sources/",
    "/sources/new/shop/",
    "/sources/shop_orders/",
    "/sources/shop_orders/columns/",
    "/sources/shop_orders/column/?name=total",
    "/sources/shop_orders/relations/?to=shop_customers",
    "/sources/shop_orders/runs/{run}/",
    "/sources/shop_orders/rejected/",
)


class Clicks:
    """Counts what a person clicks; what is typed does not count."""

    def __init__(self, page):
        self.page = page
        self.number = 0

    def __call__(self, role, name):
        self.number += 1
        self.page.get_by_role(role, name=name).first.click()

    def at(self, selector):
        self.number += 1
        self.page.locator(selector).click()


def walked(page, kind, settings, what):
    """Make a connection and a source of it, and read it; answers how many clicks it took."""
    page.goto("/contacts/")
    click = Clicks(page)
    click("link", "Sources")
    click("link", "New source")
    click.at(f'[href^="/connections/new/{kind}/"]')
    page.get_by_label("Name", exact=True).fill("shop")
    for label, value in settings.items():
        page.get_by_label(label, exact=True).fill(value)
    click("button", "Connect")
    click.at(f"button:has-text({what!r})")
    expect(page.get_by_text("It tells every row from the others.")).to_be_visible()
    click("button", "Next: times and first reading")
    click("button", "Read it now")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    run_here(Job.objects.get(kind="extraction"))
    words = "All 3 rows are new because this source had not been read before."
    expect(page.get_by_text(words)).to_be_visible()
    assert Source.objects.values_list("version__number", flat=True).get() == 1
    return click.number


def test_from_nothing_to_the_first_version_of_files_in_fewer_than_ten_clicks(
    signed_in_page, folder
):
    """S121: a connection, what is read, its columns, its times, and it is read."""
    assert walked(signed_in_page, "folder", {"Folder": str(folder)}, "customers") < 10


@pytest.fixture
def table(folder):  # noqa: ARG001  sets the home
    """A table with three rows in the database of the tests, where that is PostgreSQL."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: set TRESSE_DATABASE_URL")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shop_clicks (id int PRIMARY KEY, name text)")
        cursor.execute("INSERT INTO shop_clicks VALUES (1, 'a'), (2, 'b'), (3, NULL)")
    yield "shop_clicks"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE shop_clicks")


def test_from_nothing_to_the_first_version_of_a_table_in_fewer_than_ten_clicks(
    signed_in_page, table, owner
):
    """S121: the same with a table of PostgreSQL."""
    change_settings({"private_addresses": True}, actor=owner)
    facts = connection.get_connection_params()
    settings = {
        "Server": str(facts["host"]),
        "Port": str(facts["port"]),
        "Database": str(facts["dbname"]),
        "User": str(facts["user"]),
        "Password": str(facts.get("password") or ""),
    }

    assert walked(signed_in_page, "postgresql", settings, table) < 10


def test_a_check_says_on_the_page_what_is_there(signed_in_page, shop):  # noqa: ARG001
    """S20: the answer comes in place, without a new page."""
    page = signed_in_page
    page.goto("/connections/shop/")

    page.get_by_role("button", name="Check", exact=True).click()

    expect(page.locator("#answer").get_by_text("customers.csv")).to_be_visible()


def test_a_run_is_cancelled_while_one_looks(signed_in_page, customers, owner):
    """S113: a run that waits is there with a way to stop it."""
    page = signed_in_page
    run, _job = extract(customers, actor=owner)
    page.goto(f"/sources/shop_customers/runs/{run.pk}/")

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("This reading was cancelled")).to_be_visible()


def test_the_catalogue_narrows_while_one_types(signed_in_page, orders):  # noqa: ARG001
    """S36"""
    page = signed_in_page
    page.goto("/sources/")

    page.get_by_role("searchbox").fill("order")

    expect(page.get_by_role("link", name="shop_customers")).to_have_count(0)
    expect(page.get_by_role("link", name="shop_orders")).to_be_visible()


@pytest.mark.parametrize("look", [LIGHT], ids=str)
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, look, orders):
    """S120: pages full of what was read, in both themes and in French on a phone."""
    page, faults = signed_in_page, {}
    for address in ADDRESSES:
        page.goto(address.format(run=orders.last_run_id))
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
