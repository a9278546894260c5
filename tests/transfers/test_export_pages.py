"""Exports in Chromium: the dialog, a file as a job, a schedule, and no faults anywhere."""

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, NARROW
from tresse.accounts.queries import actor_of
from tresse.jobs.worker import run
from tresse.objects.described import data_model
from tresse.records.changes import create_record
from tresse.transfers import changes
from tresse.transfers.models import Export, ScheduledExport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def actor(person):
    return actor_of(person)


@pytest.fixture
def people(actor):
    """Four contacts."""
    model = data_model()
    for name in ("Zofia", "Marco", "Ines", "Paul"):
        values = {"first_name": name, "email": f"{name.lower()}@ex.org", "city": "Lyon"}
        create_record(model, model.object("contact"), values=values, actor=actor)


@pytest.fixture
def written(actor, people):  # noqa: ARG001  records that there are
    """A file, and a schedule that has run once."""
    changes.add_export("contacts", file_name="first.csv", asked={}, actor=actor)
    row = changes.add_scheduled_export(
        "weekly", object_name="contacts", actor=actor, cron="0 6 * * 1", to={"download": True}
    )
    changes.run_scheduled_export(row, actor=actor)
    run(until_idle=True)
    return row


LOOKS = [LIGHT, DARK, NARROW]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, look, written):  # noqa: ARG001
    """T80, T81a, T87"""
    page, faults = signed_in_page, {}
    for address in (
        "/exports/",
        "/exports/new/contacts/?all=1",
        "/exports/schedules/",
        f"/exports/schedules/{written.pk}/",
        f"/exports/schedules/{written.pk}/change/",
        "/exports/schedules/new/deals/",
    ):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        if found := axe(page):
            faults[address] = found
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults[f"{address} is too wide"] = True
    assert faults == {}


def test_the_dialog_has_a_file_written_by_a_job(signed_in_page, people):  # noqa: ARG001
    """T81a, T80: ticks, search, preview; the job, then the file under one's exports."""
    page = signed_in_page
    page.goto("/contacts/")
    page.locator('[popovertarget="index-menu"]').first.click()
    page.locator('#index-menu a[hx-target="#dialog"]').click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading", name="Export 4 records")).to_be_visible()
    expect(dialog.locator(".tick--fixed .check")).to_have_count(2)
    expect(dialog.locator(".tick--fixed .check").first).to_be_disabled()
    for name in ("email", "first_name", "last_name"):
        expect(dialog.locator(f'[name="column"][value="{name}"]')).to_be_checked()

    dialog.locator('[data-action="tick-none"][data-of="export-columns"]').click()
    expect(dialog.locator("#export-preview th")).to_have_text(["ID", "External id"])
    dialog.get_by_placeholder("Find a property").fill("cit")
    expect(dialog.locator('#export-columns [name="column"]:visible')).to_have_count(1)
    dialog.locator('[data-action="tick-all"][data-of="export-columns"]').click()
    expect(dialog.locator("#export-preview th")).to_have_text(["ID", "External id", "City"])
    expect(dialog.locator("#export-preview tbody tr")).to_have_count(3)
    dialog.locator("#export-file").fill("lyon.txt")
    dialog.get_by_role("button", name="Export", exact=True).click()
    page.wait_for_url("**/jobs/*/")

    run(until_idle=True)
    page.goto("/exports/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "lyon.csv"
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "ID,External id,City"
    assert len(lines) == 5
    assert Export.objects.get().settings["columns"] == ["city"]


def test_a_schedule_is_made_run_and_paused(signed_in_page, people):  # noqa: ARG001
    """T87: wrong times are refused in words; a run now writes a file."""
    page = signed_in_page
    page.goto("/exports/schedules/")
    page.get_by_role("button", name="New schedule").click()
    page.locator("#schedule-menu").get_by_role("link", name="Contacts").click()
    page.fill("#schedule-name", "Every morning")
    page.select_option("#every", "own")
    page.fill("#cron", "whenever")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text('Schedule "whenever" is not five fields')
    expect(page.locator("#schedule-name")).to_have_value("Every morning")
    page.select_option("#every", "weekday")
    page.fill("#time", "07:30")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("h1")).to_have_text("Every morning")
    assert ScheduledExport.objects.get().cron == "30 7 * * 1-5"

    page.get_by_role("button", name="Run now").click()
    run(until_idle=True)
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Remove").first.click()
    page.locator("#remove-schedule").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No scheduled exports")).to_be_visible()
