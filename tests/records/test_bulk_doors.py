"""Bulk edits and undo over REST and by command: the same numbers as on pages."""

import json

import pytest
from click.testing import CliRunner

from tests.program import Program
from tests.records.running import run_jobs
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.objects.described import data_model
from tresse.records.changes import update_record


@pytest.fixture
def api(client, ada):
    """Calls the REST interface as Ada; answers status and body."""
    return Program(client, add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)[1])


@pytest.fixture
def deals(make):
    return [make("deal", name=f"Deal {n}", amount=n) for n in range(3)]


def tresse(*words):
    result = CliRunner().invoke(cli, [*words, "--json"], obj=words, catch_exceptions=False)
    return json.loads(result.stdout)


def edit(value):
    return [{"property": "amount", "act": "set", "value": value}]


def test_records_are_changed_by_id_or_by_filter(api, deals):
    """C56, C120: of a filter the number is confirmed."""
    cheap = {"property": "amount", "operator": "less_than", "value": 2}

    status, by_id = api("POST", "/records/deals/bulk-edit", {"ids": deals[:1], "changes": edit(7)})
    _, asked = api("POST", "/records/deals/bulk-edit", {"all": True, "changes": edit(8)})
    body = {"all": True, "filter": cheap, "number": 1, "changes": edit(9)}
    _, by_filter = api("POST", "/records/deals/bulk-edit", body)

    assert (status, by_id["state"], by_id["changed"]) == (200, "done", 1)
    assert asked["code"] == "wrong_value"
    assert (by_filter["number"], by_filter["changed"]) == (1, 1)


def test_what_was_refused_is_in_the_answer(api, make):
    """C56: with code and sentence."""
    ids = [make("contact", email="a@ex.org")]
    changes = [{"property": "email", "act": "empty"}]

    _, body = api("POST", "/records/contacts/bulk-edit", {"ids": ids, "changes": changes})

    assert body["state"] == "partial"
    [refused] = body["refusals"]
    assert (refused["id"], refused["code"]) == (ids[0], "nothing_to_identify")


def test_more_than_a_hundred_answer_with_their_job(api, make):
    """C126: 202 with the address of the job."""
    for n in range(101):
        make("deal", name=f"Deal {n}")

    body = {"all": True, "number": 101, "changes": edit(1)}
    status, begun = api("POST", "/records/deals/bulk-edit", body)
    run_jobs()
    _, ended = api("GET", f"/records/deals/bulk-edit/{begun['id']}")

    assert (status, begun["job"]["state"]) == (202, "queued")
    assert (ended["state"], ended["changed"]) == ("done", 101)


def test_a_bulk_edit_is_taken_back(api, deals):
    """T71, T72: the dry run first."""
    _, made = api("POST", "/records/deals/bulk-edit", {"ids": deals, "changes": edit(7)})
    path = f"/records/deals/bulk-edit/{made['id']}/undo"

    _, checked = api("POST", f"{path}?dry_run=true", {})
    _, done = api("POST", path, {})
    status, again = api("POST", path, {})

    assert (checked["state"], checked["reversed"]) == ("checked", 3)
    assert (done["state"], done["reversed"], done["failed"]) == ("done", 3, [])
    assert (status, again["code"]) == (409, "already_undone")


def test_the_command_says_what_stays(api, deals, ada):
    """T72 and cli.md: the fields of `tresse undo`."""
    _, made = api("POST", "/records/deals/bulk-edit", {"ids": deals, "changes": edit(7)})
    model = data_model()
    update_record(model, model.object("deal"), deals[0], values={"amount": 1}, actor=ada)

    checked = tresse("undo", f"bulk:{made['id']}", "--dry-run")
    done = tresse("undo", f"bulk:{made['id']}")

    assert checked == done
    assert (done["reversed"], done["failed"], done["links_removed"]) == (2, [], 0)
    [kept] = done["kept_because_edited"]
    assert (kept["id"], kept["property"], kept["code"]) == (
        deals[0],
        "amount",
        "value_changed_since",
    )
