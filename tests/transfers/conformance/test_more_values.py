"""Values, checks, counters: what the other tests leave out (T35 to T41, T60 to T63, T75 to T78)."""

import csv
import io

import pytest

from tests.transfers.imports.house import codes, empty, error_file, links, numbers
from tresse.jobs.models import Notification
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_object_from_template,
    archive_object_type,
    delete_object_type,
)
from tresse.objects.models import Property
from tresse.records.changes import delete_records, update_record
from tresse.transfers import changes, told
from tresse.transfers.models import Import
from tresse.transfers.report import report


def table_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_new_record_gets_no_value_of_a_bad_cell(world):
    """T36: an old value stays, a new one is empty."""
    content = "E-mail,Birthday,City\nanna@ex.org,2020-02-30,Lyon\nnew@ex.org,yesterday,Nice\n"
    row = world.load("contacts", content)
    assert [code for _, code in codes(row)] == ["could_not_parse_date", "could_not_parse_date"]
    assert numbers(row) == {"rows": 2, "updated": 1, "created": 1}
    assert row.counters["cells_left_out"] == 2
    assert report(row)["cells_left_out"] == 2


def test_a_bad_cell_required_for_creation_refuses_the_row(world):
    """T36: but only where the record would be made."""
    Property.objects.filter(object_type__name="deal", name="amount").update(is_required=True)
    try:
        row = world.load("deals", "Deal ID,Name,Amount\n61,Renewal,x\n,New,y\n,Fine,12.5\n")
    finally:
        Property.objects.filter(object_type__name="deal", name="amount").update(is_required=False)
    assert numbers(row) == {"rows": 3, "unchanged": 1, "created": 1, "failed": 1}
    assert (2, "could_not_parse_number") in codes(row, "cell")
    assert any(line == 3 for line, _ in codes(row, "row"))


def test_one_bad_row_costs_itself_only(world):
    """T91 d in small: in the error file with line and column; corrected, all are in (T77)."""
    good = "".join(f"p{n}@ex.org,P{n},41\n" for n in range(200))
    content = "E-mail,First name,Associated Company\n" + good + "bad@,B,42\np@ex.org,Q,99\n"
    row = world.load("contacts", content)
    assert numbers(row) == {"rows": 202, "created": 201, "failed": 1}
    rows = table_of(error_file(row))
    assert [each[3] for each in rows[1:]] == ["202", "203"]
    assert rows[1][5] == "E-mail"
    assert rows[2][5] == "Associated Company"
    assert rows[1][6] == "bad@"
    assert rows[2][6] == "99"

    rows[1][0], rows[2][2] = "bad@ex.org", "43"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    again = world.load("contacts", out.getvalue())
    assert numbers(again) == {"rows": 2, "created": 1, "unchanged": 1}
    assert codes(again) == []
    assert links(again) == {"asked": 2, "created": 2}


def test_an_error_file_has_the_delimiter_header_and_ragged_cells_of_the_file(world):
    """T77: several findings of a row joined by "; "; a row stands once."""
    content = 'E-mail;Birthday;City;Lead source\nbad@;nope;"A;B";x\na@ex.org;1;2;3;4\nb@ex.org;;;\n'
    row = world.load("contacts", content, encoding="utf-16")
    text = error_file(row)
    lines = text.splitlines()
    assert lines[0] == "E-mail;Birthday;City;Lead source;_line;_code;_column;_value;_hint"
    assert len(lines) == 3
    cells = next(csv.reader([lines[1]], delimiter=";"))
    assert cells[:5] == ["bad@", "nope", "A;B", "x", "2"]
    assert "invalid_email" in cells[5]
    assert "; " in cells[5]


def test_the_columns_of_an_error_file_stand_under_their_headers_for_ragged_rows(world):
    """T77: a row with fewer cells than the header still has _line under _line."""
    row = world.load("contacts", "E-mail,City,Region\na@ex.org,X\nb@ex.org,Y,Z\n")
    rows = table_of(error_file(row))
    assert numbers(row) == {"rows": 2, "created": 1, "failed": 1}
    assert dict(zip(rows[0], rows[1], strict=False))["_line"] == "2"


def test_a_run_without_check_makes_one(world):
    """T63"""
    row = world.add("contacts", "E-mail\nz@ex.org\n")
    row = world.run(row)
    assert row.state == "done"
    assert row.planned == row.counters


def test_what_others_changed_between_check_and_run(world):
    """T63, T68: the run's numbers hold; each difference is a notice; created meanwhile: updated."""
    row = world.check("contacts", "E-mail,City\nz@ex.org,Paris\nanna@ex.org,Paris\n")
    assert row.planned["created"] == 1
    made = world.make("contact", email="z@ex.org")
    row = world.run(row)
    assert numbers(row) == {"rows": 2, "updated": 2}
    assert row.planned["created"] == 1
    assert codes(row) == [(2, "plan_drift")]
    assert world.values("contact", "city")[made] == "Paris"


def test_create_only_skips_what_somebody_made_meanwhile(world):
    """T68"""
    row = world.check("contacts", "E-mail,Associated Company\nz@ex.org,41\n", mode="create")
    world.make("contact", email="z@ex.org")
    row = world.run(row)
    assert numbers(row) == {"rows": 1, "skipped": 1}
    assert world.links("contact", "company") == []
    row.refresh_from_db()
    assert links(row) == {"asked": 1, "not_tried": 1}


def test_a_record_deleted_between_check_and_run(world):
    """T63: by id it is a failed row; its pairs are not tried."""
    row = world.check("contacts", "ID,City,Associated Company\n51,Paris,41\n52,Lyon,41\n")
    delete_records(world.model, world.model.object("contact"), [51], actor=world.ada)
    row = world.run(row)
    assert numbers(row) == {"rows": 2, "updated": 1, "failed": 1}
    assert (2, "record_in_bin") in codes(row)
    assert world.links("contact", "company") == [(52, 41)]
    assert links(row) == {"asked": 2, "created": 1, "not_tried": 1}


def test_a_linked_record_deleted_between_check_and_run(world):
    """T63, T65: no link to the bin."""
    row = world.check("contacts", "ID,Associated Company\n51,41\n52,42\n")
    delete_records(world.model, world.model.object("company"), [41], actor=world.ada)
    row = world.run(row)
    assert world.links("contact", "company") == [(52, 42)]


def test_a_linked_record_made_between_check_and_run_is_not_doubled(world):
    """T68, T47"""
    row = world.check("deals", "Name,Associated Contact\nRoof,new@ex.org\n", missing="create")
    made = world.make("contact", email="new@ex.org")
    row = world.run(row)
    assert row.state == "done", row.error
    mails = list(world.values("contact", "email").values())
    assert mails.count("new@ex.org") == 1
    assert [two for _, two in world.links("deal", "contact")] == [made]


def test_a_value_changed_between_check_and_run(world):
    """T63: the run compares again."""
    row = world.check("contacts", "E-mail,City\nanna@ex.org,Paris\n")
    update_record(
        world.model, world.model.object("contact"), 51, values={"city": "Paris"}, actor=world.ada
    )
    row = world.run(row)
    assert numbers(row) == {"rows": 1, "unchanged": 1}


def test_same_plan_stops_before_any_write(world):
    """T63: `plan_changed`."""
    row = world.check("contacts", "E-mail,City\nz@ex.org,Paris\nanna@ex.org,X\n", same_plan=True)
    world.make("contact", email="z@ex.org")
    row = world.run(row)
    assert (row.state, row.error_code) == ("failed", "plan_changed")
    assert world.values("contact", "city")[51] is None


def test_what_a_check_shows(world):
    """T62: counters, pairs by kind, findings by code, changes old → new, links to be removed."""
    world.link("contact", 51, "company", 41)
    row = world.check(
        "contacts",
        "E-mail,City,Associated Company\nanna@ex.org,Rome,42\nbad@,X,\n",
        existing="replace",
    )
    seen = report(row)
    assert seen["plan"]["changes"] == [
        {"line": 2, "record_id": 51, "property": "City", "old": "", "new": "Rome"}
    ]
    assert seen["codes"] == {"invalid_email": 1}
    assert seen["replaced_links"] == 1
    assert seen["links_by_pair"]["contact-company"]["created"] == 1


def test_findings_are_capped_per_code_and_counters_stay_exact(world, monkeypatch):
    """T78"""
    monkeypatch.setattr(told, "MOST_KEPT", 5)
    content = "E-mail\n" + "bad@\n" * 20 + "x@ex.org\n"
    row = world.load("contacts", content)
    assert row.findings.count() == 5
    assert report(row)["codes"]["invalid_email"] == 20
    assert numbers(row) == {"rows": 21, "created": 1, "failed": 20}


@pytest.mark.parametrize("state", ["check", "run"])
def test_acts_that_do_not_fit_the_state(world, state):
    """T4: `wrong_state`."""
    row = world.load("contacts", "E-mail\nz@ex.org\n")
    act = changes.check_import if state == "check" else changes.run_import
    with pytest.raises(TresseError) as refused:
        act(row, actor=world.ada)
    assert refused.value.code == "wrong_state"
    with pytest.raises(TresseError) as refused:
        changes.cancel_import(row, actor=world.ada)
    assert refused.value.code == "wrong_state"
    with pytest.raises(TresseError) as refused:
        changes.resume_import(row, actor=world.ada)
    assert refused.value.code == "wrong_state"


def test_a_failed_run_leads_to_one_notification(world):
    """T75: the end, also a bad one, is told once."""
    row = world.check("contacts", "ID\n999\n", all_or_nothing=True)
    row = world.run(row)
    assert row.state == "failed"
    assert Notification.objects.filter(link=f"/imports/{row.pk}/").count() == 1


@pytest.mark.parametrize(
    ("object_name", "content"),
    [
        ("products", "Name,SKU\nNail,n-1\n"),
        ("orders", "Order number,Status,Ordered at\nA1,Paid,2026-01-02 10:00\n"),
        ("tickets", "Subject\nBroken\n"),
        ("tasks", "Title\nCall\n"),
        ("deals", "Name\nRoof\n"),
        ("companies", "Name\nNew\n"),
    ],
)
def test_every_object_type_is_imported(world, object_name, content):
    """T1"""
    row = world.load(object_name, content)
    assert numbers(row) == {"rows": 1, "created": 1}, codes(row)


def test_a_custom_object_is_imported_with_its_links(world):
    """T1: vehicles, and contacts linked to them by `Associated Contact`."""
    made = add_object_from_template("vehicle", actor=world.ada)
    try:
        content = "Registration number,Associated Contact\nAB-123,51\n"
        row = world.load("vehicles", content)
        assert numbers(row) == {"rows": 1, "created": 1}
        assert links(row) == {"asked": 1, "created": 1}
        row = world.load("vehicles", content)
        assert numbers(row) == {"rows": 1, "unchanged": 1}
    finally:
        empty()
        made.refresh_from_db()
        archive_object_type(made, actor=world.ada)
        delete_object_type(made, typed_label=made.label, actor=world.ada)


def test_empty_words(world):
    """T18: texts that mean empty, named by the person."""
    row = world.load(
        "contacts",
        "E-mail,Birthday,City,Associated Company\nz@ex.org,N/A,-,N/A\n",
        reading={"empty_words": ["N/A", "-"]},
    )
    assert codes(row) == []
    assert numbers(row) == {"rows": 1, "created": 1}


def test_equal_values_written_otherwise_are_unchanged(world):
    """T76: unchanged means no value changed: numbers, dates, phones, trimmed text."""
    world.load(
        "companies",
        "Company ID,Phone,Annual revenue,Employee count,City\n41,+33612345678,1500.5,12,Łódź\n",
    )
    row = world.load(
        "companies",
        "Company ID,Phone,Annual revenue,Employee count,City\n"
        '41,+33 6 12 34 56 78,"1500,50",12, Łódź \n',
    )
    assert codes(row) == []
    assert numbers(row) == {"rows": 1, "unchanged": 1}


def test_erase_empty_on_repeated_rows(world):
    """T35, T33: an empty cell beside a value of another row of the same record does not erase."""
    world.load("contacts", "E-mail,City,Region\nanna@ex.org,Paris,IDF\n")
    row = world.load(
        "contacts", "E-mail,City,Region\nanna@ex.org,,\nanna@ex.org,Lyon,\n", erase_empty=True
    )
    assert world.values("contact", "city", "region")[51] == ("Lyon", None)
    assert numbers(row) == {"rows": 2, "updated": 1, "repeated": 1}


def test_a_key_cell_does_not_erase(world):
    """T35: an empty e-mail of a contact found by its id, with and without `erase_empty`."""
    row = world.load("contacts", "ID,E-mail,City\n51,,Rome\n")
    assert world.values("contact", "email")[51] == "anna@ex.org"
    row = world.load("contacts", "ID,E-mail,City\n51,,Rome\n", erase_empty=True)
    assert codes(row, "row") == [] or codes(row, "row")[0][1] == "nothing_to_identify"


def test_a_check_that_was_killed_is_resumed_as_a_check(world):
    """T61, T66: who asked for a dry run never gets a run."""
    row = world.check("contacts", "E-mail\nz@ex.org\n")
    Import.objects.filter(pk=row.pk).update(state="checking", is_staged=False)
    row.refresh_from_db()
    row, job = changes.resume_import(row, actor=world.ada)
    row = world._done(row, job)
    assert row.state == "checked"
    assert "z@ex.org" not in world.values("contact", "email").values()


def test_columns_without_header_and_ragged_rows(world):
    """T14, T13: as csvkit's test_empty_columns.csv has them."""
    row = world.load("contacts", "E-mail,b,c,,\nz@ex.org,,,,\n,,c,\n,,,,\n")
    assert numbers(row) == {"rows": 2, "created": 1, "failed": 1}
    assert row.counters["blank"] == 1


def test_rows_of_one_phone_are_repeated_and_no_duplicates(world):
    """T33: `duplicate_row` is for rows without key."""
    content = "Name,Phone\nA,+33612345678\nB,+33612345678\n"
    row = world.load("contacts", content)
    assert numbers(row) == {"rows": 2, "created": 1, "repeated": 1}
    assert codes(row) == [(0, "column_ignored")]
