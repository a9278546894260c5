"""Explaining, deciding, unmerging, reviewing from the command line and over REST (cli.md, D130)."""

import json

import pytest
from click.testing import CliRunner

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, clusters, example
from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli


@pytest.fixture
def people(home, ada):  # noqa: ARG001, F811  they are there
    """The example of D45, built."""
    dataset = example()
    assert built(dataset).state == "published"
    return dataset


@pytest.fixture
def tresse(ada):  # noqa: ARG001  the first administrator
    def run(*arguments, code=0, is_json=True):
        more = ["--json"] if is_json else []
        result = CliRunner().invoke(cli, [*map(str, arguments), *more], prog_name="tresse")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if is_json else result.stdout

    return run


@pytest.fixture
def api(client, ada):
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    return Program(client, secret)


def test_explain_answers_why(people, tresse):  # noqa: ARG001
    """D62: the fields of cli.md, and sentences for people."""
    told = tresse("explain", "people", "jane@x.fr")
    assert set(told) >= {"id", "members", "edges", "refused", "values"}
    assert set(told["values"][0]) >= {
        "column",
        "value",
        "source",
        "record_key",
        "updated_at",
        "method",
    }

    lines = tresse("explain", "people", "crm/2", is_json=False).splitlines()
    assert "  crm/2 and pos/B share phone: +33622222222" in lines
    assert (
        "  DG3: email jane@x.fr: crm/2 would join C2 with C1 in customer_id; at most 1 in one."
        in (lines)
    )
    assert "  customer_id: C2  (crm/2, 2026-03-04, latest of 1)" in lines

    path = tresse("explain", "people", "web/7", "pos/A")
    assert (path["is_one"], len(path["path"])) == (True, 2)
    assert "They are apart" in tresse("explain", "people", "crm/1", "web/9", is_json=False)
    assert tresse("explain", "people", "crm/44", code=1)["code"] == "unknown_record"


def test_decide_builds_the_golden_records_anew(people, tresse):
    """D60, D61: `decision, records`; withdrawn as it was made."""
    told = tresse("decide", "people", "must_link", "crm/2", "web/9", "--reason", "phoned")
    assert set(told) >= {"decision", "records"}
    assert (told["decision"]["a"], told["decision"]["author"]) == ("crm/2", "ada@example.com")
    assert told["build"]["state"] == "published"
    assert len({each["id"] for each in told["records"]}) == 1
    assert ["crm/2", "pos/B", "web/9"] in clusters(people)

    refused = tresse("decide", "people", "must_not_link", "web/9", "crm/2", "--reason", "x", code=1)
    assert refused["code"] == "decision_conflict"
    assert tresse("decide", "people", "must_link", "crm/2", "x/1", "--reason", "x", code=1)[
        "code"
    ] == ("unknown_record")
    assert (
        tresse("decide", "people", "must_link", "crm/2", "web/7", code=1)["code"] == "wrong_value"
    )

    told = tresse("decide", "people", "must_link", "web/9", "crm/2", "--withdraw")
    assert told["decision"]["withdrawn_at"]
    assert len({each["id"] for each in told["records"]}) == 2


def test_unmerge_sets_members_apart(people, tresse):
    """D63: `unmerge DATASET KEY MEMBER…`; a dry run writes nothing."""
    seen = tresse("unmerge", "people", "crm/1", "pos/A", "--dry-run")
    assert set(seen) >= {"records", "kept_with_survivor", "conflicts"}
    assert [each["members"] for each in seen["records"]] == [["crm/1", "web/7"], ["pos/A"]]
    assert seen["kept_with_survivor"] == ["crm/1", "web/7"]
    assert seen["build"] is None
    assert ["crm/1", "pos/A", "web/7"] in clusters(people)

    done = tresse("unmerge", "dataset:people", "crm/1", "pos/A")
    assert done["records"] == seen["records"]
    assert ["pos/A"] in clusters(people)
    assert tresse("unmerge", "people", "crm/1", "pos/A", code=1)["code"] == "unknown_record"


def test_explain_and_decide_over_rest(people, api):
    """D62, D60, D130: the same facts as the command line, the build as a job."""
    status, told = api("GET", "/datasets/people/explain?key=pos/A")
    assert (status, [each["record"] for each in told["members"]]) == (
        200,
        ["crm/1", "web/7", "pos/A"],
    )
    told = api("GET", "/datasets/people/explain?key=crm/1&other=crm/2")[1]
    assert (told["is_one"], told["reasons"][0]["guard"]) == (False, "DG3")
    assert api("GET", "/datasets/people/explain")[1]["code"] == "wrong_value"

    item = {"kind": "must_link", "a": "crm/2", "b": "web/9", "reason": "phoned"}
    status, made = api("POST", "/datasets/people/decisions", item)
    assert (status, made["a"], made["b"]) == (201, "crm/2", "web/9")
    people.refresh_from_db()
    assert (people.last_build.cause, people.last_build.state) == ("decision", "queued")
    assert api("GET", "/datasets/people/decisions?record=web/9")[1]["items"] == [made]
    status, told = api("DELETE", f"/datasets/people/decisions/{made['id']}")
    assert (status, len(told["items"])) == (200, 1)
    assert api("GET", "/datasets/people/decisions")[1]["items"] == []
    assert len(api("GET", "/datasets/people/decisions?withdrawn=yes")[1]["items"]) == 1


def test_unmerge_and_review_over_rest(people, api):  # noqa: ARG001  it is built
    """D60, D63: what the example refuses waits for a person."""
    [item] = api("GET", "/datasets/people/review")[1]["items"]
    assert (item["kind"], item["a"], item["b"]) == ("refused", "crm/2", "crm/1")
    assert item["facts"]["value"] == "jane@x.fr"
    status, told = api("POST", f"/datasets/people/review/{item['id']}", {"answer": "later"})
    assert (status, told["state"]) == (200, "later")
    assert api("POST", f"/datasets/people/review/{item['id']}", {"answer": "open"})[1]["state"] == (
        "open"
    )
    status, told = api(
        "POST", "/datasets/people/review", {"ids": [item["id"]], "answer": "different"}
    )
    assert told["items"][0]["decision"]["kind"] == "must_not_link"
    assert api("GET", "/datasets/people/review?state=different")[1]["items"][0]["id"] == item["id"]

    body = {"key": "crm/1", "records": ["pos/A"], "dry_run": True}
    status, seen = api("POST", "/datasets/people/unmerge", body)
    assert (status, seen["decisions"], seen["whole"]) == (200, [], True)
    assert seen["records"][1]["golden"]["phone"] == "06 11 11 11 11"
    made = api("POST", "/datasets/people/unmerge", {**body, "dry_run": False})[1]
    assert len(made["decisions"]) == 2


def test_rules_lifts_and_pins_over_rest(people, api):
    """D50, D66, D74."""
    draft = {"identity": {"keys": [["email"]]}}
    status, told = api("PUT", "/datasets/people/rules/draft", draft)
    assert (status, told["number"], told["draft"], told["rules"]) == (200, 2, True, draft)
    assert api("DELETE", "/datasets/people/rules/draft")[0] == 204
    api("PUT", "/datasets/people/rules/draft", draft)
    assert api("POST", "/datasets/people/rules/apply")[1]["holds"]
    assert api("POST", "/datasets/people/rules/1/revert")[1]["number"] == 1
    assert [each["holds"] for each in api("GET", "/datasets/people/rules")[1]["items"]] == [
        False,
        True,
    ]
    assert api("GET", "/datasets/people/rules/2")[1]["author"] == "ada@example.com"

    item = {"column": "phone", "value": "0000000000", "reason": "a test line"}
    assert api("POST", "/datasets/people/lifts", item)[0] == 201
    assert api("GET", "/datasets/people/lifts")[1]["items"][0]["value"] == "0000000000"
    assert api("DELETE", "/datasets/people/lifts?column=phone&value=0000000000")[0] == 204

    item = {"key": "crm/1", "column": "first_name", "value": "Jane"}
    status, told = api("POST", "/datasets/people/pins", item)
    assert (status, told["record"], told["value"]) == (201, "crm/1", "Jane")
    built(people)
    told = api("GET", "/datasets/people/explain?key=crm/1")[1]
    value = next(each for each in told["values"] if each["column"] == "first_name")
    assert (value["value"], value["source"], value["method"]) == ("Jane", "manual", "pinned")
    assert api("GET", "/datasets/people/pins")[1]["items"][0]["column"] == "first_name"
    assert api("DELETE", "/datasets/people/pins?key=crm/1&column=first_name")[0] == 204
    assert api("DELETE", "/datasets/people/pins?key=crm/1&column=first_name")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/datasets/persons/explain?key=crm/1", None, 404, "unknown_name"),
        ("GET", "/datasets/people/explain?key=crm/1&and=x", None, 422, "unknown_parameter"),
        ("GET", "/datasets/people/explain?key=crm/1", None, 409, "not_built"),
        ("GET", "/datasets/people/review?state=done", None, 422, "wrong_value"),
        ("POST", "/datasets/people/review", {"ids": [7], "answer": "same"}, 404, "unknown_name"),
        ("DELETE", "/datasets/people/decisions/7", None, 404, "unknown_name"),
        ("POST", "/datasets/people/decisions", {"kind": "x"}, 422, "wrong_value"),
        ("PUT", "/datasets/people/rules/draft", {"identitty": 1}, 422, "unknown_key"),
        ("POST", "/datasets/people/rules/apply", None, 404, "no_draft"),
        ("GET", "/datasets/people/rules/9", None, 404, "unknown_name"),
        ("POST", "/datasets/people/unmerge", {"key": "a", "records": []}, 409, "not_built"),
    ],
    ids=str,
)
def test_refusals_over_rest(home, api, method, path, body, status, code):  # noqa: ARG001, F811
    """D130: in the same words as everywhere."""
    example()

    found, answer = api(method, path, body)

    assert (found, answer["code"]) == (status, code)
