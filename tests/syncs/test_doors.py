"""Syncs over REST, from the command line, in files, after builds (Y4, Y5, Y12, Y60, Y66)."""

import json

import pytest
import yaml
from click.testing import CliRunner

from tests.datasets.builds.worlds import built
from tests.program import Program
from tests.syncs.worlds import (
    change,
    contacts,
    counts,
    ended,
    faults,
    people,
    republish,
    sent,
    state,
    sync_to_crm,
    with_crm,
)
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token, add_user
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.datasets.models import Dataset
from tresse.jobs.models import Job
from tresse.jobs.worker import run as work
from tresse.objects.described import data_model
from tresse.records.changes import update_record
from tresse.syncs.models import Sync, SyncRun, SyncState

GOOD = {"id": "1", "email": "ada@x.fr", "first_name": "Ada", "last_name": "Roe"}
BAD = {"id": "2", "email": "bob@x.fr", "last_name": "Bob", "city": "neither a language"}
WITH_LANGUAGE = [{"from": "email"}, {"from": "last_name"}, {"from": "city", "to": "language"}]
ITEM = {
    "name": "contacts_to_crm",
    "dataset": "people",
    "to": {"object": "contact"},
    "match": [{"email": "email"}],
    "columns": WITH_LANGUAGE,
}
KEYED = {"key": {"email": "email"}, "match": None, "columns": [{"from": "last_name"}]}


def row(number, **more):
    return {"_id": f"g{number}", "email": f"p{number}@x.fr", "last_name": f"N {number}", **more}


def tresse(*arguments):
    """Exit code and answer as JSON."""
    result = CliRunner().invoke(cli, [*arguments, "--json"], prog_name="tresse")
    assert result.exit_code in (0, 1), result.output
    return result.exit_code, json.loads(result.stdout or "null")


@pytest.fixture
def api(client, house):
    _, secret = add_token(User.objects.get(pk=house.ada.user_id), name="test", actor=house.ada)
    return Program(client, secret)


def test_a_sync_over_rest(api):
    """Y66: made, read, looked at, changed, switched on and removed as on the pages."""
    people(GOOD, BAD)
    status, made = api("POST", "/syncs", ITEM)
    assert (status, made["state"], made["destination"]) == (201, "draft", "crm")

    status, seen = api("POST", "/syncs/contacts_to_crm/preview")
    assert (status, seen["added"], seen["refused"], seen["preview"]) == (200, 1, 1, True)
    assert [each["fields"]["email"] for each in seen["examples"]["added"]] == [[None, "ada@x.fr"]]
    assert contacts() == []
    status, refused = api("POST", "/syncs/contacts_to_crm/run", {})
    assert (status, refused["code"]) == (409, "wrong_state")

    status, changed = api(
        "PATCH", "/syncs/contacts_to_crm", {"active": True, "revision": made["revision"]}
    )
    assert (status, changed["state"]) == (200, "active")
    assert "active" not in changed["definition"] or changed["definition"]["active"] is True
    late = api("PATCH", "/syncs/contacts_to_crm", {"mode": "mirror", "revision": 0})
    assert late[0] == 409
    assert [each["name"] for each in api("GET", "/syncs")[1]] == ["contacts_to_crm"]
    assert api("DELETE", "/syncs/contacts_to_crm")[0] == 204
    assert api("GET", "/syncs/contacts_to_crm")[0] == 404


def test_runs_and_rows_over_rest(api):
    """Y60, Y66: sent by a job; its runs, its rows, those that failed; tried again, given up."""
    people(GOOD, BAD)
    sync = sync_to_crm(people_dataset(), columns=WITH_LANGUAGE)
    here = f"/syncs/{sync.name}"

    status, begun = api("POST", f"{here}/run", {})
    work(until_idle=True)
    run = api("GET", f"{here}/runs/{begun['run']}")[1]
    listed = api("GET", f"{here}/runs?state=partial")[1]
    rows = api("GET", f"{here}/rows?run={begun['run']}&status=refused")[1]
    [fault] = api("GET", f"{here}/rows")[1]["items"]

    assert (status, begun["state"]) == (202, "queued")
    assert (run["state"], run["total"], run["added"], run["refused"]) == ("partial", 2, 1, 1)
    assert [each["run"] for each in listed["items"]] == [run["run"]]
    assert [each["code"] for each in rows["items"]] == [fault["code"]]
    assert fault["message"]
    given = {"keys": [fault["key"]], "reason": "He speaks none."}
    assert api("POST", f"{here}/give_up", {**given, "reason": ""})[0] == 422
    assert api("POST", f"{here}/give_up", given)[1] == {"given_up": 1}
    assert api("GET", f"{here}/rows?which=given_up")[1]["items"][0]["reason"] == "He speaks none."
    assert api("POST", f"{here}/retry", {"keys": ["nobody"]})[0] == 404
    for nothing in ({}, {"code": fault["code"]}, {"keys": [fault["key"]], "code": "key_null"}):
        status, refused = api("POST", f"{here}/retry", nothing)
        assert (status, refused["code"]) == (409, "wrong_state")
        assert "nothing to retry" in refused["detail"]
    assert SyncRun.objects.count() == 1
    assert api("POST", f"{here}/retry", {"keys": [fault["key"]]})[0] == 202
    work(until_idle=True)
    assert faults(sync)[0][2] == 2
    assert api("POST", f"{here}/cancel")[1]["code"] == "wrong_state"


def people_dataset():
    return Dataset.objects.select_related("version").get(name="people")


def test_who_may(api, client, house):
    """Y66: `syncs.read` looks, `syncs.manage` sends; a member sees none of it."""
    sync_to_crm(people(GOOD))
    for role, reads in (("manager", 200), ("member", 403)):
        user = add_user(email=f"{role}@x.fr", name=role, role=role, actor=house.ada)
        _, secret = add_token(user, name="test", actor=SYSTEM)
        theirs = Program(client, secret)

        assert theirs("GET", "/syncs")[0] == reads
        assert theirs("POST", "/syncs/contacts_to_crm/preview")[0] == reads
        assert theirs("POST", "/syncs/contacts_to_crm/run", {})[0] == 403
    assert api("GET", "/syncs")[0] == 200


def test_the_command_sends(house):  # noqa: ARG001  the first administrator
    """`cli.md`: counts by name; --strict exits with 1 where a row was not sent."""
    sync_to_crm(people(GOOD, BAD), columns=WITH_LANGUAGE)

    code, seen = tresse("sync", "contacts_to_crm", "--dry-run")
    assert (code, seen["added"], seen["refused"], seen["calls"]) == (0, 1, 1, 0)
    assert {each["class"] for each in seen["rows"]} >= {"added", "refused"}
    assert contacts() == []
    code, first = tresse("sync", "contacts_to_crm")
    strict, again = tresse("sync", "contacts_to_crm", "--strict")
    words = CliRunner().invoke(cli, ["sync", "contacts_to_crm"], prog_name="tresse").output

    expected = {"sync": "contacts_to_crm", "state": "partial", "total": 2, "added": 1, "refused": 1}
    assert code == 0
    assert expected.items() <= first.items()
    assert strict == 1
    assert (again["added"], again["unchanged"], again["refused"]) == (0, 1, 1)
    assert "2 rows: 0 added, 0 changed, 1 unchanged, 1 refused" in words
    assert tresse("sync", "contact_to_crm")[1]["code"] == "unknown_name"


def test_a_held_run_is_confirmed_by_command(house):  # noqa: ARG001
    """Y44, Y45: it exits with 1 and says what; the version that was looked at goes through."""
    dataset = people(GOOD)
    mirror = sync_to_crm(dataset, mode="mirror", **KEYED)
    republish(dataset, [row(number) for number in range(40)])
    sent(mirror)
    version = republish(dataset, [row(1)])

    code, held = tresse("sync", mirror.name)
    wrong = tresse("sync", mirror.name, "--confirm", "99")
    right, done = tresse("sync", mirror.name, "--confirm", str(version.number))

    assert (code, held["state"], held["code"]) == (1, "held", "delete_brake")
    assert (wrong[0], wrong[1]["code"]) == (1, "held_outdated")
    assert f"is held on version {version.number}, not on 99" in wrong[1]["message"]
    assert (right, done["state"], done["removed"]) == (0, "done", 39)


def test_rows_of_runs_are_printed(house):  # noqa: ARG001
    """Y60: `rows sync_runs` and `rows sync_rows`, with filter, order and columns."""
    sync = sync_to_crm(people(GOOD, BAD), columns=WITH_LANGUAGE)
    run = sent(sync)

    [one] = tresse("rows", "sync_runs")[1]["rows"]
    rows = tresse("rows", "sync_rows", "--filter", '{"status": "refused"}')[1]["rows"]

    assert (one["id"], one["sync"], one["total"], one["added"]) == (run.pk, sync.name, 2, 1)
    assert [(each["run"], each["status"]) for each in rows] == [(run.pk, "refused")]
    assert rows[0]["message"]


def test_a_file_makes_a_sync_and_is_written_as_it_was(house, tmp_path):  # noqa: ARG001
    """Y1: `apply` and `config`, kind `syncs`; applied again nothing changes."""
    people(GOOD)
    file = tmp_path / "syncs.yaml"
    file.write_text(yaml.safe_dump({"syncs": [{**ITEM, "active": True}]}), encoding="utf-8")

    first = tresse("apply", str(file))
    revision = Sync.objects.get().revision
    written = CliRunner().invoke(cli, ["config", "syncs"], prog_name="tresse").stdout
    second = tresse("apply", str(file))

    assert first[0] == second[0] == 0
    assert Sync.objects.get().state == "active"
    [item] = yaml.safe_load(written)["syncs"]
    assert item["columns"] == WITH_LANGUAGE or [each["from"] for each in item["columns"]] == [
        each["from"] for each in WITH_LANGUAGE
    ]
    assert item["active"] is True
    assert Sync.objects.get().revision == revision


@pytest.mark.parametrize("stop", ["paused", "broken"])
def test_a_file_does_not_switch_on_what_was_stopped(house, tmp_path, stop):  # noqa: ARG001
    """Y4, D85: neither the file that made it nor the one that `config` prints; a person does."""
    people(GOOD)
    file, printed = tmp_path / "syncs.yaml", tmp_path / "printed.yaml"
    file.write_text(yaml.safe_dump({"syncs": [{**ITEM, "active": True}]}), encoding="utf-8")
    tresse("apply", str(file))
    Sync.objects.update(state=stop)
    revision = Sync.objects.get().revision
    printed.write_text(CliRunner().invoke(cli, ["config", "syncs"]).stdout, encoding="utf-8")

    again, same = tresse("apply", str(file)), tresse("apply", str(printed))
    untouched = Sync.objects.get()
    other = {**ITEM, "mode": "mirror", "active": True}
    file.write_text(yaml.safe_dump({"syncs": [other]}), encoding="utf-8")
    tresse("apply", str(file))

    assert (again[0], same[0]) == (0, 0)
    assert "active" not in yaml.safe_load(printed.read_text(encoding="utf-8"))["syncs"][0]
    assert (untouched.state, untouched.revision) == (stop, revision)
    assert Sync.objects.get().state == stop
    assert Sync.objects.get().definition["mode"] == "mirror"


def test_a_build_sends_the_syncs_that_follow_it(house):  # noqa: ARG001
    """Y5: `after_build`, once per published version; not one that follows no builds."""
    dataset = people(GOOD)
    names = [{"from": "email"}, {"from": "last_name"}]
    follows = sync_to_crm(dataset, columns=names, schedule="after_build")
    birthday = [{"from": "birth_date", "to": "birthday"}]
    sync_to_crm(dataset, name="by_hand", **{**KEYED, "columns": birthday})

    change(dataset, GOOD, {**GOOD, "id": "2", "email": "eve@x.fr"})
    work(until_idle=True)
    found = [(run.sync_id, run.cause, run.state, run.number) for run in SyncRun.objects.all()]
    built(dataset)

    assert found == [(follows.pk, "build", "done", 2)]
    assert [each["email"] for each in contacts("email")] == ["ada@x.fr", "eve@x.fr"]
    assert SyncRun.objects.count() == 1
    assert Job.objects.filter(kind="sync").count() == 1


def test_what_is_there_is_taken_over_without_being_sent(house):
    """Y12: only `--take-over` begins the state from what is there; then only differences go."""
    house.make("contact", email="p1@x.fr", last_name="N 1")
    house.make("contact", email="p2@x.fr", last_name="Other")
    dataset = people(GOOD)
    sync = sync_to_crm(dataset, columns=[{"from": "email"}, {"from": "last_name"}])
    republish(dataset, [row(1), row(2), row(3)])

    words = CliRunner().invoke(cli, ["sync", sync.name, "--take-over"], prog_name="tresse").output
    SyncState.objects.all().delete()
    code, taken = tresse("sync", sync.name, "--take-over")
    before = contacts("last_name")
    known = {key: each["last_name"] for key, each in state(sync).items()}
    run = sent(sync)

    assert (code, taken["state"], taken["added"], taken["changed"]) == (0, "done", 0, 0)
    assert [each["last_name"] for each in before] == ["N 1", "Other"]
    assert sorted(known.values()) == ["N 1", "Other"]
    assert (taken["taken_over"], taken["not_found"]) == (2, 1)
    assert "taken as sent: 2; not found, so that the next run adds them: 1." in words
    assert "everything is as it should be" not in words
    assert counts(run) == {"added": 1, "changed": 1, "unchanged": 1}
    assert [each["last_name"] for each in contacts("last_name")] == ["N 1", "N 2", "N 3"]


def test_a_run_is_taken_back_as_an_import_is(house):
    """A run made records and changed one; what people edited since stays."""
    ada = house.make("contact", email="ada@x.fr", last_name="Before")
    dataset = with_crm(GOOD, {"id": "3", "email": "eve@x.fr", "last_name": "Eve"})
    sync = sync_to_crm(dataset)
    run = sent(sync)
    assert counts(run) == {"added": 2}
    contact = data_model().object("contact")
    update_record(data_model(), contact, ada, values={"first_name": "Adele"}, actor=house.ada)

    code, undone = tresse("undo", f"sync:{run.pk}")

    assert code == 0
    assert undone["reversed"] >= 1
    [left] = contacts("email", "first_name", "last_name")
    assert (left["email"], left["first_name"]) == ("ada@x.fr", "Adele")
    assert ended(run).state == "done"
