"""The pages of check, run, report and list (T60 to T63, T75 to T78)."""

import re
from datetime import timedelta
from io import StringIO

import pytest

from tests.records.visits import Visit, plain
from tests.transfers.imports.test_examples import TE2, TE4
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.jobs.models import Job
from tresse.kernel import clock
from tresse.records.changes import update_record
from tresse.transfers import changes, reported, told
from tresse.transfers.error_file import write_error_file
from tresse.transfers.models import Import
from tresse.transfers.report import write_findings


@pytest.fixture
def ada(start):
    """The administrator at the pages."""
    return Visit(start.ada.user_id)


def part(page, name):
    """The card of that heading, as people read it."""
    found = re.search(
        rf'<section class="card[^>]*aria-labelledby="{name}">.*?</section>', page, re.S
    )
    return plain(found[0]) if found else ""


def test_the_check_says_in_words_and_figures_what_the_run_will_do(ada, start):
    """T60, T62: numbers by outcome, pairs by kind, findings in place, changes as old and new."""
    row = start.check("deals", TE4)

    page = ada.get(f"/imports/{row.pk}/")

    assert "Run the import 3" in page.text
    assert "1 changed record · 2 new links" in part(page.source, "verdict")
    assert "1 updated · 1 unchanged · 1 repeated · 1 failed" in part(page.source, "numbers")
    assert "Contact" in part(page.source, "pairs")
    assert "4 2 1 1" in part(page.source, "pairs")
    assert "Existing" not in part(page.source, "pairs")
    found = part(page.source, "groups")
    assert "Row refused Records not found record_not_found 1" in found
    assert "There is no deal 99." in found
    assert "Link left out Records to link not found association_record_not_found 1" in found
    assert "2 Renewal Name Renewal Renewal 2027" in part(page.source, "changes")
    assert "No automation is on" in page.text
    assert f'href="/imports/{row.pk}/map/"' in page.source
    assert f'href="/imports/{row.pk}/errors.csv"' in page.source


def test_a_check_that_found_nothing_wrong_is_calm(ada, start):
    """T62: no card says anything but what will be written."""
    row = start.check("contacts", "E-mail,First name\nz@ex.org,Zoe\n")

    page = ada.get(f"/imports/{row.pk}/")

    assert "Everything fits" in page.text
    assert "No findings. Every row, cell and link of the file fits." in page.text
    for name in ("pairs", "options", "groups", "changes", "duplicates"):
        assert part(page.source, name) == "", name
    assert "errors.csv" not in page.source


def test_the_first_20_of_each_code_stand_in_place(ada, start):
    """T62: and how many there are."""
    lines = "".join(f"p{number}@ex.org,not a date\n" for number in range(25))
    row = start.check("contacts", "E-mail,Birthday\n" + lines)

    page = ada.get(f"/imports/{row.pk}/")

    assert page.source.count('class="findings__text"') == 20
    assert "The first 20 are shown; all of them are in the file of findings." in page.text
    assert "25 cells are left out; their rows are imported." in page.text


def test_more_findings_than_are_kept(ada, start, monkeypatch):
    """T78: the counters stay exact, and the report says how many are kept."""
    monkeypatch.setattr(told, "MOST_KEPT", 3)
    monkeypatch.setattr("tresse.transfers.reported.MOST_KEPT", 3)
    monkeypatch.setattr("tresse.transfers.views.MOST_KEPT", 3)
    lines = "".join(f"p{number}@ex.org,not a date\n" for number in range(25))
    row = start.load("contacts", "E-mail,Birthday\n" + lines)

    page = ada.get(f"/imports/{row.pk}/")

    assert row.counters["cells_left_out"] == 25
    assert "Invalid dates: 3 of 25 are kept." in page.text


def test_all_or_nothing_with_findings_offers_no_run(ada, start):
    """T6: the page says so instead."""
    row = start.check("deals", TE4, all_or_nothing=True)

    page = ada.get(f"/imports/{row.pk}/")

    assert "Nothing will be written" in page.text
    assert f"/imports/{row.pk}/run/" not in page.source


def test_a_check_that_was_refused_says_why(ada, start):
    """T79: and leads back to the columns."""
    row = start.check("deals", TE4)
    Import.objects.filter(pk=row.pk).update(
        state="failed", error_code="file_is_empty", error={"message": "x.csv holds no row."}
    )

    page = ada.get(f"/imports/{row.pk}/")

    assert "x.csv holds no row." in page.text
    assert "Back to mapping" in page.text


def test_a_draft_leads_to_its_columns(ada, start):
    """T3: the check is not made yet."""
    row = start.add("deals", TE4)
    assert ada.get(f"/imports/{row.pk}/").to == f"/imports/{row.pk}/map/"


def test_the_report_filters_and_pages_its_findings(ada, start, monkeypatch):
    """T75: by code, level, line and column, with the settings and times of the run."""
    monkeypatch.setattr("tresse.transfers.views.FINDINGS", 2)
    lines = "".join(f"p{number}@ex.org,not a date,Chief\n" for number in range(3))
    row = start.load("contacts", "E-mail,Birthday,Lifecycle stage\n" + lines, bad_cell="leave")

    def shown(query):
        return ada.get(f"/imports/{row.pk}/?{query}").source.count('class="findings__text"')

    assert shown("") == 2
    assert shown("start=2") == 2
    assert shown("start=4") == 2
    assert shown("code=could_not_parse_date&start=2") == 1
    assert shown("column=Birthday&line=3") == 1
    assert shown("level=row") == 0
    assert "No finding passes this filter." in ada.text
    assert shown("line=x&start=-1&code=%27") == 0
    page = ada.get(f"/imports/{row.pk}/")
    assert "1–2 of 6" in page.text
    assert "create and update" in part(page.source, "besides")


def test_the_created_records_are_one_click_away(ada, start):
    """T75: the index page, filtered by the ids that the import made."""
    start.load("contacts", "E-mail\nold@ex.org\n")
    row = start.load("contacts", "E-mail\nz@ex.org\ny@ex.org\nanna@ex.org\n")

    page = ada.get(f"/imports/{row.pk}/")
    page = ada.get(page.found(r'href="(/contacts/\?filter=[^"]*)"'))

    for email in ("z@ex.org", "y@ex.org"):
        assert email in page.text
    for email in ("old@ex.org", "anna@ex.org"):
        assert email not in page.text


def test_what_changed_between_check_and_run_stands_with_both_numbers(ada, start):
    """T63: the numbers of the run hold; each difference is a notice."""
    row = start.check("contacts", "E-mail,First name\nz@ex.org,Zoe\nanna@ex.org,Anna\n")
    start.make("contact", email="z@ex.org")
    row = start.run(row)

    page = ada.get(f"/imports/{row.pk}/")

    assert "Created 1 0" in part(page.source, "drift")
    assert "Updated 1 2" in part(page.source, "drift")
    assert "plan_drift" in page.source


def test_same_plan_stops_before_any_write(ada, start):
    """T63: `plan_changed`, with both numbers."""
    row = start.check("contacts", "E-mail,First name\nanna@ex.org,Anna\n", same_plan=True)
    contact = start.model.object("contact")
    update_record(start.model, contact, 51, values={"first_name": "Anna"}, actor=start.ada)
    row = start.run(row)

    page = ada.get(f"/imports/{row.pk}/")

    assert (row.state, row.error_code) == ("failed", "plan_changed")
    assert "Data changed since the check: 0 updated instead of 1." in page.text


def test_a_file_imported_before_offers_to_undo_that_import(ada, start):
    """T57: also where the links are to be removed."""
    first = start.load("companies", TE2)
    row = start.check("companies", TE2, links="dissociate")

    page = ada.get(f"/imports/{row.pk}/")

    assert "This file was imported before" in page.text
    assert f'href="/imports/{first.pk}/undo/"' in page.source
    assert "undo it: that keeps links that were there before it" in page.text
    assert "7 links removed" in part(page.source, "verdict")


def test_pairs_without_relation_and_replaced_links_are_told(ada, start):
    """T51, T53, T62: what is not linked, and what goes."""
    start.link("deal", 61, "contact", 52)
    start.make("product", id=71, name="Pen")
    start.make("ticket", id=81, subject="Broken")
    content = "Deal ID,Associated Contact,Associated Product,Associated Ticket\n61,51,71,81\n"
    row = start.check("deals", content, existing="replace")

    besides = part(ada.get(f"/imports/{row.pk}/").source, "besides")

    assert "Links removed, because those of the file replace them 1" in besides
    assert re.search(r"Pairs not linked, because no relation joins their objects [1-9]", besides)


def test_the_list_shows_counters_and_filters_by_state_and_object(ada, start):
    """T75: all imports with state, person, counters and undo."""
    done, draft = start.load("deals", TE4, name="deals.csv"), start.add("contacts", "E-mail\nx\n")

    page = ada.get("/imports/")
    assert "deals.csv Deals Done 4 0 1 1 2 A Ada" in page.text
    assert f'href="/imports/{done.pk}/undo/"' in page.source
    assert f'href="/imports/{draft.pk}/undo/"' not in page.source
    assert "deals.csv" not in ada.get("/imports/?state=draft").text
    assert "deals.csv" in ada.get("/imports/?object=deal&state=done").text
    assert "No import here" in ada.get("/imports/?object=company").text
    assert ada.get("/imports/?state=nonsense").status == 422


def test_an_empty_list_leads_to_a_first_import(ada):
    """T3a, T75: the one next step."""
    page = ada.get("/imports/")
    assert "Import a first file" in page.text
    assert 'href="/imports/new/"' in page.source


def test_another_member_sees_no_import_of_mine(start):
    """T5, T75: neither in the list nor by its address; and may not answer for it."""
    row = start.check("deals", TE4)
    bob = actor_of(add_user(email="bob@example.com", name="Bob", role="member", actor=SYSTEM))
    visit = Visit(bob.user_id)

    assert "x.csv" not in visit.get("/imports/").text
    for way in ("", "keep/", "errors.csv", "findings.csv"):
        assert visit.get(f"/imports/{row.pk}/{way}").status == 404, way
    for act in ("run", "cancel", "resume", "options", "keep"):
        assert visit.post(f"/imports/{row.pk}/{act}/").status == 404, act


def test_hostile_answers_to_unknown_options_are_refused_or_shown_as_text(ada, start):
    """T37: what is no option stays unknown; names are never run as markup."""
    name = "<script>alert(1)</script>"
    row = start.check("contacts", f'E-mail,Lifecycle stage\nz@ex.org,"{name}"\n')

    page = ada.get(f"/imports/{row.pk}/")
    assert "<script>alert" not in page.source
    assert "&lt;script&gt;alert(1)" in page.source

    given = {"property": "lifecycle_stage", "text": name, "option": "nonsense", "answer": "leave"}
    ada.post(f"/imports/{row.pk}/options/", **given)
    row.refresh_from_db()
    assert row.settings["option_map"] == {"lifecycle_stage": {name: "nonsense"}}
    changes.cancel_import(row, actor=start.ada)
    assert ada.post(f"/imports/{row.pk}/options/", answer="everything").status == 422


def test_progress_says_rows_links_pace_and_time_left(ada, start):
    """T67, T68: of the writing alone; the page asks for itself while it is live."""
    row, job = changes.run_import(start.check("deals", TE4), actor=start.ada)
    page = ada.get(f"/imports/{row.pk}/")
    assert "It starts in a moment." in page.text
    other, _ = changes.run_import(start.check("deals", TE4), actor=start.ada)
    assert "1 import is before this one." in ada.get(f"/imports/{other.pk}/").text

    began = clock.now() - timedelta(seconds=10)
    Import.objects.filter(pk=row.pk).update(
        state="running", change_set_id=1, started_at=began, counters=row.planned
    )
    facts = {"state": "running", "started_at": began - timedelta(seconds=60)}
    Job.objects.filter(pk=job.pk).update(done=1_000, total=31_000, **facts)
    page = ada.get(f"/imports/{row.pk}/", htmx=True)

    assert "1,000 of 31,000 rows" in page.text
    assert re.search(r"Links 4 Rows a second (9\d|100) Time left 5 minutes", page.text)
    assert 'hx-trigger="every 1s"' in page.source
    ada.post(f"/imports/{row.pk}/cancel/", htmx=True)
    assert "The import was cancelled" in ada.text
    assert reported.duration(1) == "1 second"


def test_a_second_tab_that_runs_it_again_is_shown_the_run(ada, start):
    """T4: the first run holds; the steps above are told with the answer that replaces the page."""
    row = start.check("deals", TE4)
    checked = ada.get(f"/imports/{row.pk}/", htmx=True)
    assert 'id="wizard-steps" hx-swap-oob="true"' in checked.source
    row = start.run(row)

    again = ada.post(f"/imports/{row.pk}/run/", htmx=True)

    assert again.status == 200
    assert "The import is done" in again.text
    assert 'aria-current="step"><b>4</b>' in again.source
    assert Import.objects.get(pk=row.pk).job_id == row.job_id


def test_a_check_of_which_nothing_fits_calls_nothing_there_already(ada, start):
    """T62: every row fails, so that no word is said of values that stand there."""
    row = start.check("contacts", "E-mail\nnobody\n")

    page = ada.get(f"/imports/{row.pk}/")

    assert "There is nothing to write" in page.text
    assert "1 row cannot be imported." in page.text
    assert "is there already" not in page.text


def test_texts_of_the_file_stand_in_no_list_as_formulas(start):
    """T77, T78, T84: neither in the findings nor in the columns that tell of them."""
    row = start.check("contacts", 'E-mail,First name\n"=cmd()",Zoe\n')
    found, errors = StringIO(), start.folder / "errors.csv"

    write_findings(row, found)
    write_error_file(row, errors)

    assert ",'=cmd()," in found.getvalue()
    assert ",=cmd()," not in found.getvalue()
    assert ",'=cmd()," in errors.read_text("utf-8")


@pytest.mark.parametrize("asked", ["start=9999999999999999999999", "line=" + "9" * 5_000])
def test_numbers_longer_than_any_file_are_not_looked_up(ada, start, asked):
    """T78: the first page is shown, not a fault."""
    row = start.run(start.check("deals", TE4))

    assert "Findings" in ada.get(f"/imports/{row.pk}/?{asked}").text


def test_an_import_to_repeat_that_is_no_number_is_not_looked_up(ada):
    """T88: the step of the file is shown as without it."""
    for id in ("²", "9" * 5_000):
        assert "Choose a file" in ada.get(f"/imports/new/contacts/?repeat={id}").text
