"""The worked examples walked through in Chromium, from the file to the report (T91 a)."""

import csv
import threading
import time

import pytest
from django.db import connection
from playwright.sync_api import expect

from tests.transfers.imports.test_examples import TE2, TE4, TE5
from tests.transfers.wizard.walking import Walk
from tresse.jobs import worker
from tresse.jobs.work import Work

TE1 = """Company ID,Name,Associated Contact
41,Company 1,anna@ex.org
41,Company 1,bob@ex.org
41,Company 1,53
"""


@pytest.fixture
def walk(start, signed_in_page, tmp_path):  # noqa: ARG001  the house is there first
    """A walk of an administrator in the house of the worked examples."""
    return Walk(signed_in_page, tmp_path)


def test_te1_one_company_three_contacts(walk, start):
    """TE1, T60, T76: check and report have the numbers of the spec."""
    walk.take_in("companies", TE1, name="companies.csv")
    walk.check()
    assert walk.outcomes() == {"unchanged": 1, "repeated": 2}
    assert walk.links() == {"asked": 3, "created": 3}
    assert start.links("company", "contact") == []

    walk.run()

    assert walk.outcomes() == {"unchanged": 1, "repeated": 2}
    assert walk.links() == {"asked": 3, "created": 3}
    assert start.links("company", "contact") == [(41, 51), (41, 52), (41, 53)]


def test_te2_and_te3_associate_then_dissociate(walk, start):
    """TE2, TE3, T55, T57: the second time the page offers to undo the first import instead."""
    start.link("deal", 61, "contact", 51)
    walk.through("companies", TE2, name="companies.csv")
    assert walk.outcomes() == {"unchanged": 2, "repeated": 1}
    assert walk.links() == {"asked": 7, "created": 6, "existing": 1}
    page = walk.page

    walk.take_in("companies", TE2, name="companies.csv")
    page.locator("#options summary").first.click()
    page.get_by_label("Remove these links, and change nothing else").check()
    expect(page.locator("#options summary").first).to_contain_text("emove")
    walk.check()
    assert walk.links() == {"asked": 7, "removed": 7}
    expect(page.get_by_text("This file was imported before")).to_be_visible()
    expect(page.get_by_role("link", name="Undo that import instead")).to_be_visible()
    walk.run()
    assert walk.links() == {"asked": 7, "removed": 7}
    assert start.links("company", "deal") == []


def test_te4_deals_with_contacts_and_the_error_file_corrected(walk, start):
    """TE4, T77, T91 d: what failed is downloaded, corrected, imported again; then all is in."""
    walk.take_in("deals", TE4, name="deals.csv")
    walk.check()
    assert walk.outcomes() == {"updated": 1, "unchanged": 1, "repeated": 1, "failed": 1}
    assert walk.links() == {"asked": 4, "created": 2, "failed": 1, "not tried": 1}
    page = walk.page
    change = page.get_by_role("region", name="First changes").get_by_role("row").nth(1)
    expect(change).to_contain_text("Renewal")
    expect(change).to_contain_text("Renewal 2027")
    walk.run()
    assert walk.outcomes() == {"updated": 1, "unchanged": 1, "repeated": 1, "failed": 1}

    with page.expect_download() as started:
        page.get_by_role("link", name="Download the error file").click()
    path = walk.folder / "errors.csv"
    started.value.save_as(path)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert [row[3] for row in rows[1:]] == ["4", "5"]
    rows[1][2], rows[2][0] = "cleo@ex.org", "62"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(rows)
    walk.through("deals", path.read_bytes(), name="deals corrected.csv")

    assert walk.outcomes() == {"updated": 1, "repeated": 1}
    assert walk.links() == {"asked": 2, "created": 2}
    assert start.values("deal", "name") == {61: "Renewal 2027", 62: "Audit"}


def test_te4_with_missing_contacts_created(walk):
    """TE4, T47: one link more, one contact made through it."""
    walk.take_in("deals", TE4, name="deals.csv")
    walk.page.get_by_label("Unknown contacts").select_option("create")
    walk.check()
    walk.run()

    assert walk.links() == {"asked": 4, "created": 3, "not tried": 1}
    expect(walk.page.get_by_text("1 created · 0 updated")).to_be_visible()


def test_te5_one_column_per_relation_in_polish(walk, start):
    """TE5, T10, T17: Windows-1250, decimal comma; the second time the check says so."""
    start.make("company", id=43, name="Acme SA")
    start.make("company", id=44, name="Beta Sp. z o.o.")
    walk.take_in("deals", TE5.encode("cp1250"), name="szanse.csv")
    walk.answer("Wartość", "Amount")
    walk.check()
    assert walk.outcomes() == {"created": 3}
    assert walk.links() == {"asked": 5, "created": 4, "failed": 1}
    walk.run()
    assert walk.links() == {"asked": 5, "created": 4, "failed": 1}

    walk.take_in("deals", TE5.encode("cp1250"), name="szanse.csv")
    walk.answer("Wartość", "Amount")
    walk.check()
    expect(walk.page.get_by_text("This file was imported before")).to_be_visible()
    expect(walk.page.get_by_text("Likely duplicates among the new records")).to_be_visible()


def test_te6_a_misspelt_header_blocks_until_it_is_answered(walk):
    """TE6, T43: the check waits for the answer."""
    walk.take_in("companies", "Company ID,Associated Deals\n41,61\n")
    page = walk.page
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()
    page.get_by_role("button", name="Yes").first.click()
    expect(page.get_by_role("button", name="Next: check")).to_be_enabled()
    walk.check()
    walk.run()

    assert walk.outcomes() == {"unchanged": 1}
    assert walk.links() == {"asked": 1, "created": 1}


def test_unknown_options_are_answered_where_they_are_told(walk, start):
    """T37: each value mapped, all others left out or added; then the check is made again."""
    people = "E-mail,Lifecycle stage\na@a.org,Prospekt\nb@a.org,Prospekt\nc@a.org,Chief\n"
    walk.take_in("contacts", people, name="people.csv")
    walk.check()
    page = walk.page
    rows = page.get_by_role("region", name="Unknown options").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Prospekt")
    expect(rows.nth(1)).to_contain_text("2")

    page.get_by_label('What "Prospekt" becomes').select_option(label="Lead")
    page.get_by_label("Add them as options").check()
    page.get_by_role("button", name="Answer and check again").click()
    expect(page.get_by_role("heading", name="Checking the file")).to_be_visible()
    worker.run(until_idle=True)
    expect(page.get_by_role("heading", name="Everything fits")).to_be_visible()
    walk.run()

    stages = start.values("contact", "email", "lifecycle_stage").values()
    assert dict(stages) | {"a@a.org": "lead", "b@a.org": "lead", "c@a.org": "chief"} == dict(stages)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="15,000 rows are one chunk there")
def test_cancelled_in_the_middle_and_resumed(walk, start, monkeypatch):
    """T67: what was written stays and is counted; resumed, it ends as if undisturbed."""
    look = Work.check_cancelled

    def unhurried(work):
        time.sleep(2)
        look(work)

    rows = "".join(f"p{number}@n{number % 97}.org,Ann,Lee{number}\n" for number in range(15_000))
    walk.take_in("contacts", "E-mail,First name,Last name\n" + rows, name="people.csv")
    walk.check()
    page = walk.page
    page.get_by_role("button", name="Run the import").click()
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    monkeypatch.setattr(Work, "check_cancelled", unhurried)
    at_work = threading.Thread(target=_work)
    at_work.start()
    expect(page.get_by_text("of 15,000 rows")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    at_work.join()
    expect(page.get_by_role("heading", name="The import was cancelled")).to_be_visible()
    assert 0 < walk.outcomes()["created"] < 15_000

    monkeypatch.undo()
    page.reload()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    worker.run(until_idle=True)
    expect(page.get_by_role("heading", name="The import is done")).to_be_visible()
    assert walk.outcomes() == {"created": 15_000}
    assert len(start.values("contact", "email")) == 15_003


def _work():
    worker.run(until_idle=True)
    connection.close()
