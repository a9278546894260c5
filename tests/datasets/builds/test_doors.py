"""Builds, versions and rows: the same from the command line and over REST (D130)."""

import json

import pytest
from click.testing import CliRunner

from tests.datasets.builds.worlds import built, example, fed, people
from tests.program import Program
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import DatasetBuild
from tresse.jobs.worker import run as work

NINE = [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, "nine@x.fr", "0000000000")]
EXAMPLE = {
    "source_rows": 6,
    "records": 3,
    "merged": 3,
    "blocked_values": 1,
    "quarantined": 1,
    "state": "published",
}


def tresse(*arguments):
    """Exit code, answer as JSON, remarks."""
    result = CliRunner().invoke(cli, [*arguments, "--json"], prog_name="tresse")
    return result.exit_code, json.loads(result.stdout or "null"), result.stderr


@pytest.fixture
def api(client, ada):
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    program = Program(client, secret)
    return lambda *asked: program(*asked)[1]


@pytest.mark.usefixtures("ada")
def test_build_answers_its_counts():
    """D45, D130: the fields of `cli.md`, and the same again of a build that finds nothing."""
    example()

    code, first, _ = tresse("build", "people")
    again = tresse("build", "people")[1]

    assert code == 0
    assert EXAMPLE.items() <= first.items()
    assert first["version"] == again["version"] == 1
    assert first["seconds"] > 0
    assert first["peak_mib"] > 10
    assert (EXAMPLE | {"state": "unchanged"}).items() <= again.items()
    printed = CliRunner().invoke(cli, ["build", "people"], prog_name="tresse").stdout
    assert printed.splitlines() == ["people: nothing new; version 1 stands."]


@pytest.mark.usefixtures("ada")
def test_several_are_built_by_one_command():
    """D80: each is answered; they are published together."""
    example()
    people(name="other")

    code, answer, _ = tresse("build", "people", "other")

    assert code == 0
    assert [each["dataset"] for each in answer["builds"]] == ["people", "other"]
    assert {each["state"] for each in answer["builds"]} == {"published"}


@pytest.mark.usefixtures("ada")
def test_a_build_that_fails_says_why():
    """D130: a sentence with the code; the command exits with 1."""
    add_dataset({"name": "empty", "entity": "stores"}, actor=SYSTEM)

    code, answer, _ = tresse("build", "empty")

    assert (code, answer["state"], answer["code"]) == (1, "failed", "no_sources")
    assert answer["message"] == (
        "empty has no source that was read. Read one of the entity stores, then build."
    )


@pytest.mark.usefixtures("ada")
def test_a_build_on_spark_needs_a_cluster():
    """`cli.md`: `--engine spark` needs TRESSE_ENGINE."""
    example()

    result = CliRunner().invoke(cli, ["build", "people", "--engine", "spark"], prog_name="tresse")

    assert result.exit_code == 1
    assert "This installation has no Spark cluster to build on." in result.output


@pytest.mark.usefixtures("ada")
def test_versions_and_rollback_answer_their_fields():
    """D85: kept versions, the difference of two, and what a rollback did."""
    dataset = example()
    built(dataset)
    fed("web", NINE)
    built(dataset)

    listed = tresse("versions", "people")[1]["versions"]
    compared = tresse("versions", "people", "--compare", "1", "2")[1]
    code, back, _ = tresse("rollback", "people", "1")

    found = [(each["version"], each["records"], each["published"]) for each in listed]
    assert found == [(2, 3, True), (1, 3, False)]
    assert compared == {"added": 0, "removed": 0, "changed_rows": 1, "changed": {"email": 1}}
    assert code == 0
    assert back == {"version": 1, "was": 2, "paused": ['schedule of "people"']}
    assert tresse("rollback", "people", "9")[0] == 1


@pytest.mark.usefixtures("ada")
def test_rows_prints_the_golden_records():
    """D130: columns, filter, order and number by choice; a name that may be both is told apart."""
    dataset = example(name="contacts_of_all")
    built(dataset)

    _, answer, _ = tresse(
        *("rows", "contacts_of_all", "--columns", "email,_members", "--sort", "-_members"),
        *("--filter", '{"property": "email", "operator": "is_not_empty"}', "--limit", "1"),
    )
    printed = CliRunner().invoke(cli, ["rows", "dataset:contacts_of_all", "--columns", "_keys"])

    assert answer == {"rows": [{"email": " JANE@x.fr", "_members": 3}]}
    assert printed.stdout.splitlines()[0] == "_keys"
    assert "crm/1; pos/A; web/7" in printed.stdout


def test_rest_builds_lists_and_rolls_back(api):
    """D130: the same words as the command line."""
    dataset = example()

    asked = api("POST", "/datasets/people/build", {})
    work(until_idle=True)
    run = api("GET", f"/datasets/people/builds/{asked['id']}")
    fed("web", NINE)
    built(dataset)

    assert asked["state"] == "queued"
    assert EXAMPLE.items() <= run.items()
    assert run["log"]
    listed = api("GET", "/datasets/people/builds", None)["items"]
    assert [each["version"] for each in listed] == [2, 1]
    versions = api("GET", "/datasets/people/versions")["versions"]
    assert [each["version"] for each in versions] == [2, 1]
    assert api("GET", "/datasets/people/versions/1/2")["changed"] == {"email": 1}
    back = api("POST", "/datasets/people/rollback", {"version": 1})
    assert (back["version"], back["was"]) == (1, 2)


def test_rest_reads_rows_in_pages(api):
    """D130: always one version; a cursor goes on."""
    dataset = example()
    built(dataset)

    first = api("GET", "/datasets/people/rows?limit=2&sort=-_members&columns=_members")
    rest = api(
        "GET",
        f"/datasets/people/rows?limit=2&sort=-_members&columns=_members&cursor={first['next']}",
    )

    assert [each["_members"] for each in first["items"]] == [3, 2]
    assert [each["_members"] for each in rest["items"]] == [1]
    assert (first["version"], rest["next"]) == (1, None)
    assert set(first["items"][0]) == {"_id", "_members"}


def test_rest_lets_held_builds_through_and_cancels(api):
    """D88: publish and cancel by the number of the build; refused by its state."""
    dataset = example()
    built(dataset)
    run = DatasetBuild.objects.get()

    assert api("POST", f"/datasets/people/builds/{run.pk}/publish")["code"] == "wrong_state"
    assert api("POST", f"/datasets/people/builds/{run.pk}/cancel")["code"] == "wrong_state"
    assert api("GET", "/datasets/people/builds/999999")["code"] == "unknown_name"
