"""Background work and the notification centre in Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import DARK, LIGHT, MIDDLE, NARROW
from tresse.accounts.queries import actor_of
from tresse.jobs.changes import enqueue, notify
from tresse.jobs.models import Job
from tresse.jobs.queries import unread_number

pytestmark = pytest.mark.django_db(transaction=True)
in_every_look = pytest.mark.parametrize("look", [LIGHT, DARK, MIDDLE, NARROW], ids=str)


@pytest.fixture
def job(person, kind):
    """A job that runs, half done."""
    kind("any", lambda _work: None, label="Import")
    made = enqueue("any", arguments={}, target="contacts.csv", actor=actor_of(person))
    Job.objects.update(
        state="running", done=500, total=1000, log=[["2026-03-02T12:00:00+00:00", "Read the file"]]
    )
    return made


@pytest.fixture
def told(person):
    """Two notifications, one of them long."""
    for n, sentence in enumerate(("3 contacts were created.", "A sentence of many words. " * 8)):
        notify(
            person.pk, "import", title=f"Import {n} finished", sentence=sentence, link="/jobs/",
            cause=str(n),
        )  # fmt: skip


@in_every_look
@pytest.mark.usefixtures("told")
def test_the_pages_have_no_accessibility_faults_and_fit(signed_in_page, axe, job, look):
    for address in ("/jobs/", f"/jobs/{job.pk}/", "/notifications/", "/notifications/?unread"):
        signed_in_page.goto(address)
        assert axe(signed_in_page) == [], address
        assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= look.width


def test_progress_is_live_until_the_end(signed_in_page, job):
    """C119a."""
    signed_in_page.goto(f"/jobs/{job.pk}/")
    expect(signed_in_page.get_by_text("500 of 1,000")).to_be_visible()

    Job.objects.update(done=900)
    expect(signed_in_page.get_by_text("900 of 1,000")).to_be_visible()
    Job.objects.update(state="done", done=1000, result={"created": 3})

    expect(signed_in_page.get_by_text("Done", exact=True)).to_be_visible()
    expect(signed_in_page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_cancel_and_resume_without_leaving_the_page(signed_in_page, job):
    """C119a."""
    signed_in_page.goto(f"/jobs/{job.pk}/")
    signed_in_page.get_by_role("button", name="Cancel").click()
    expect(signed_in_page.get_by_text("Cancelled", exact=True)).to_be_visible()

    signed_in_page.get_by_role("button", name="Resume").click()
    expect(signed_in_page.get_by_text("Waiting", exact=True)).to_be_visible()


@pytest.mark.usefixtures("told")
def test_a_notification_is_read_marked_and_opened(signed_in_page, person):
    """C117: chosen in the list, it stands beside it and is read."""
    signed_in_page.goto("/notifications/")
    signed_in_page.get_by_role("link", name="Import 0 finished").click()
    pane = signed_in_page.get_by_label("Chosen notification")
    expect(pane.get_by_role("heading")).to_contain_text("Import 0")
    assert unread_number(actor_of(person)) == 1
    pane.get_by_role("button", name="Mark as unread").click()
    expect(pane.get_by_role("button", name="Mark as read")).to_be_visible()
    assert unread_number(actor_of(person)) == 2

    signed_in_page.get_by_role("link", name="Import 1 finished").click()
    expect(signed_in_page).to_have_url(re.compile(r"/notifications/\?id=\d+$"))
    expect(pane.get_by_role("heading")).to_contain_text("Import 1")
    pane.get_by_role("link", name="Open").click()
    expect(signed_in_page).to_have_url(re.compile("/jobs/$"))
    assert unread_number(actor_of(person)) == 1
