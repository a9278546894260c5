"""Imports by REST, command line and page: same numbers, same refusals (T3, T91 a)."""

import csv
import io
import json

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.program import Program
from tests.transfers.imports.house import links
from tests.transfers.imports.test_examples import TE2, TE4
from tresse.accounts.changes import add_token
from tresse.accounts.models import AuditEntry, User
from tresse.config.doors import cli
from tresse.jobs.models import Notification
from tresse.jobs.worker import run
from tresse.transfers.models import Import


@pytest.fixture
def api(client, start):
    """Calls the REST interface as Ada; answers status and body."""
    user = User.objects.get(pk=start.ada.user_id)
    return Program(client, add_token(user, name="test", actor=start.ada)[1])


def upload(name, content):
    return SimpleUploadedFile(name, content.encode(), content_type="text/csv")


def test_te2_by_rest(api, start):
    """TE2, T3, T63: a run without a check makes one first; the job's address is answered."""
    start.link("deal", 61, "contact", 51)

    status, row = api.send("/imports", file=upload("c.csv", TE2), object="companies")
    assert (status, row["state"]) == (201, "draft")

    status, row = api("POST", f"/imports/{row['import_id']}/run")
    assert (status, row["state"]) == (202, "queued")
    assert api.response["Location"] == f"/api/v1/jobs/{row['job_id']}"
    run(until_idle=True)

    _, row = api("GET", f"/imports/{row['import_id']}")
    assert row["state"] == "done"
    assert (row["rows"], row["unchanged"], row["repeated"]) == (3, 2, 1)
    assert row["links"]["created"] == 6
    assert row["links"]["existing"] == 1
    assert row["links_by_pair"]["company-deal"]["created"] == 2


def test_te4_by_rest_with_findings_and_error_file(api):
    """TE4, T77: lines 4 and 5, as in the file, with five columns more; filters by code and line."""
    _, row = api.send("/imports", file=upload("deals.csv", TE4), object="deal")
    id_ = row["import_id"]
    assert api("POST", f"/imports/{id_}/check")[0] == 202
    run(until_idle=True)

    _, found = api("GET", f"/imports/{id_}/findings?level=link")
    assert [each["line"] for each in found["findings"]] == [4]
    assert found["findings"][0]["column"] == "Associated Contact"
    assert found["findings"][0]["message"] == (
        'No contact has the E-mail "nobody@ex.org". Import it first or choose "create".'
    )
    assert found["codes"] == {"association_record_not_found": 1, "record_not_found": 1}

    api("GET", f"/imports/{id_}/error-file")
    rows = list(csv.reader(io.StringIO(api.response.getvalue().decode())))
    assert rows[0] == [
        *("Deal ID", "Name", "Associated Contact"),
        *("_line", "_code", "_column", "_value", "_hint"),
    ]
    assert [row[:5] for row in rows[1:]] == [
        ["62", "Extension", "nobody@ex.org", "4", "association_record_not_found"],
        ["99", "Audit", "anna@ex.org", "5", "record_not_found"],
    ]

    api("GET", f"/imports/{id_}/findings?format=csv")
    assert len(api.response.getvalue().decode().splitlines()) == 3
    api.response.close()


def test_te6_is_refused_by_rest_at_check_and_run(api):
    """TE6: 422 `column_needs_answer`; answered by PATCH it goes on."""
    content = "Company ID,Associated Deals\n41,61\n"
    _, row = api.send("/imports", file=upload("c.csv", content), object="companies")
    for act in ("check", "run"):
        status, problem = api("POST", f"/imports/{row['import_id']}/{act}")
        assert (status, problem["code"]) == (422, "column_needs_answer")
        assert "Associated Deal" in problem["detail"]

    mapping = {"Associated Deals": {"association": "deal_company"}}
    status, _ = api("PATCH", f"/imports/{row['import_id']}", {"mapping": mapping})
    assert status == 200
    api("POST", f"/imports/{row['import_id']}/run")
    run(until_idle=True)
    _, row = api("GET", f"/imports/{row['import_id']}")
    assert (row["state"], row["links"]["created"]) == ("done", 1)


def test_an_act_that_does_not_fit_the_state(api):
    """T4: `wrong_state`, 409."""
    _, row = api.send("/imports", file=upload("c.csv", TE2), object="companies")
    api("POST", f"/imports/{row['import_id']}/run")
    run(until_idle=True)

    status, problem = api("POST", f"/imports/{row['import_id']}/run")

    assert (status, problem["code"]) == (409, "wrong_state")


@pytest.fixture
def command(start):  # noqa: ARG001  a house to work in
    """Runs a command; answers exit code and JSON."""

    def call(*words):
        asked = [str(word) for word in (*words, "--json")]
        result = CliRunner().invoke(cli, asked, obj=asked, catch_exceptions=False)
        body = json.loads(result.stdout) if result.stdout.startswith("{") else None
        return result.exit_code, body

    return call


def test_te2_by_command(command, start):
    """TE2, T50, TE3: the fields of cli.md, by check, run and dissociate."""
    start.link("deal", 61, "contact", 51)
    path = start.file(TE2, name="companies.csv")

    code, plan = command("import", "companies", path, "--dry-run")
    assert (code, plan["state"], plan["links"]["created"]) == (0, "checked", 6)
    assert start.links("company", "deal") == []

    code, row = command("import", "companies", path)
    assert (code, row["state"]) == (0, "done")
    names = (
        *("import_id", "state", "rows", "created", "updated", "unchanged", "repeated", "skipped"),
        *("failed", "blank", "links", "links_by_pair", "through_links", "cells_left_out"),
        *("errors", "seconds"),
    )
    assert set(names) <= set(row)
    assert row["links"] == plan["links"]
    assert set(row["links"]) == {
        *("asked", "created", "existing", "removed", "missing", "failed", "not_tried"),
    }

    _, row = command("import", "companies", path, "--links", "dissociate")
    assert row["links"]["removed"] == 7


def test_associate_and_dissociate_at_once(command, start):
    """T59: given twice they are refused, exit 1."""
    path = start.file(TE2)

    code, problem = command(
        "import", "companies", path, "--links", "associate", "--links", "dissociate"
    )

    assert (code, problem["code"]) == (1, "associate_or_dissociate")


def test_te6_by_command_with_a_mapping_file(command, start):
    """TE6, T88a: refused, with the line to add; then answered in MAP.yaml."""
    path = start.file("Company ID,Associated Deals\n41,61\n")

    code, problem = command("import", "companies", path)
    assert (code, problem["code"]) == (1, "column_needs_answer")
    assert problem["details"]["line"]

    mapping = start.file(
        'columns:\n  "Associated Deals": {association: deal_company}\n', name="map.yaml"
    )
    code, row = command("import", "companies", path, "--map", mapping)
    assert (code, row["links"]["created"]) == (0, 1)


def test_errors_findings_and_lists_by_command(command, start):
    """T75, T77, T78: `--errors`, `imports`, `imports ID --findings`, `--strict`."""
    path, errors = start.file(TE4, name="deals.csv"), start.folder / "errors.csv"

    code, row = command("import", "deals", path, "--errors", errors, "--strict")
    assert code == 1
    assert len(errors.read_text().splitlines()) == 3

    findings = start.folder / "findings.csv"
    _, one = command("imports", row["import_id"], "--findings", findings)
    assert one["import_id"] == row["import_id"]
    assert len(findings.read_text().splitlines()) == 3
    _, listed = command("imports", "--state", "done")
    assert [each["import_id"] for each in listed["imports"]] == [row["import_id"]]


def test_a_template_saved_and_used_again(command, start):
    """T88: mapping and settings under a name; flags win over it."""
    path = start.file("Company ID,Associated Deals\n41,61\n")
    mapping = start.file(
        'links: ignore\ncolumns:\n  "Associated Deals": {association: deal_company}\n',
        name="map.yaml",
    )
    command("import", "companies", path, "--map", mapping, "--save-template", "shop", "--dry-run")

    _, row = command("import", "companies", path, "--template", "shop")
    assert row["links"]["asked"] == 0
    _, row = command("import", "companies", path, "--template", "shop", "--links", "associate")
    assert row["links"]["created"] == 1


def test_one_notification_and_an_audit_entry(start):
    """T75, C114, C117: the end is told once and leads to the report."""
    row = start.load("companies", TE2)

    [told] = Notification.objects.filter(kind="import")
    assert told.link == f"/imports/{row.pk}/"
    assert "6 links" in told.sentence or links(row)["created"] == 7
    assert AuditEntry.objects.filter(action="import.run").count() == 1


def test_pages_show_the_list_and_the_report(client, start):
    """T75: counters, pairs by kind, findings by code; downloads."""
    row = start.load("deals", TE4)
    client.force_login(
        User.objects.get(pk=start.ada.user_id), backend="tresse.accounts.backends.Passwords"
    )

    body = client.get("/imports/").content.decode()
    assert "x.csv" in body
    body = client.get(f"/imports/{row.pk}/").content.decode()
    assert "association_record_not_found" in body
    assert "There is no deal 99." in body
    body = client.get(f"/imports/{row.pk}/?code=record_not_found").content.decode()
    assert "nobody@ex.org" not in body.split("</form>")[-1]
    assert b"_code" in client.get(f"/imports/{row.pk}/errors.csv").getvalue()
    assert b"nobody@ex.org" in client.get(f"/imports/{row.pk}/findings.csv").getvalue()
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    "columns", [1, [True], [{"id": 1}], [[]], "x"], ids=lambda value: repr(value)
)
def test_an_export_of_wrong_types_is_refused(api, columns):
    """C123: wrong types are refused, whatever they are."""
    status, problem = api("POST", "/exports", {"object": "contact", "columns": columns})
    assert (status, problem["code"]) == (422, "wrong_value")


def test_an_export_of_an_unknown_field_is_refused_with_the_nearest(api):
    """C123: unknown_key."""
    status, problem = api("POST", "/exports", {"object": "contact", "colums": ["email"]})
    assert (status, problem["code"], problem["nearest"]) == (422, "unknown_key", "columns")
